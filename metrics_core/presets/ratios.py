"""Ratios: formulas that libraries offer beside those of the menus."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from metrics_core.formulas import FORMULAS, Counts, Formula, fbeta

_INFORMEDNESS_LATEX = r"\frac{TP}{TP+FN}+\frac{TN}{TN+FP}-1"


def f_beta(beta: float) -> Formula:
    """F-beta; beta = 0 is precision and an infinite beta recall, as in the limit."""
    if beta == 0:
        return FORMULAS["precision"]
    if math.isinf(beta):
        return FORMULAS["recall"]
    return FORMULAS["dice"] if beta == 1 else fbeta(beta)


def _balanced_accuracy(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> tuple[Counts, Counts]:
    positive, negative = tp + fn, tn + fp
    return tp * negative + tn * positive, 2 * positive * negative


def _informedness(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> tuple[Counts, Counts]:
    positive, negative = tp + fn, tn + fp
    return tp * negative - fp * positive, positive * negative


def _markedness(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> tuple[Counts, Counts]:
    positive, negative = tp + fp, tn + fn
    return tp * negative - fn * positive, positive * negative


def _prevalence_threshold(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> tuple[Counts, Counts]:
    positive, negative = tp + fn, tn + fp
    hits, alarms = tp * negative, fp * positive
    # The root of one product, not a product of roots: it equals alarms exactly where the denominator is 0.
    return np.sqrt(hits * alarms) - alarms, hits - alarms


def _fowlkes_mallows(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> tuple[Counts, Counts]:
    return tp, np.sqrt((tp + fp) * (tp + fn))


def _rest(
    key: str,
    name: str,
    latex: str,
    ratio: Callable[[Counts, Counts, Counts, Counts], tuple[Counts, Counts]],
    *,
    best: float = 1.0,
    worst: float = 0.0,
    symmetric: bool = False,
) -> Formula:
    return Formula(
        key=key,
        name=name,
        latex=latex,
        ratio=ratio,
        best=best,
        worst=worst,
        symmetric=symmetric,
        # A false-positive rate is FP / (FP + TN).
        uses_true_negatives="TN" in latex or "FPR" in latex,
    )


RATIOS: dict[str, Formula] = {
    formula.key: formula
    for formula in (
        _rest(
            "balanced_accuracy",
            "Balanced accuracy",
            r"\frac12\left(\frac{TP}{TP+FN}+\frac{TN}{TN+FP}\right)",
            _balanced_accuracy,
        ),
        _rest(
            "false_discovery_rate",
            "False-discovery rate",
            r"\frac{FP}{FP+TP}",
            lambda tp, fp, fn, tn: (fp, fp + tp),
            best=0.0,
            worst=1.0,
        ),
        _rest(
            "false_omission_rate",
            "False-omission rate",
            r"\frac{FN}{FN+TN}",
            lambda tp, fp, fn, tn: (fn, fn + tn),
            best=0.0,
            worst=1.0,
        ),
        _rest(
            "positive_likelihood_ratio",
            "Positive likelihood ratio",
            r"\frac{TP\,(FP+TN)}{(TP+FN)\,FP}",
            lambda tp, fp, fn, tn: (tp * (fp + tn), (tp + fn) * fp),
            best=math.inf,
        ),
        _rest(
            "negative_likelihood_ratio",
            "Negative likelihood ratio",
            r"\frac{FN\,(FP+TN)}{(TP+FN)\,TN}",
            lambda tp, fp, fn, tn: (fn * (fp + tn), (tp + fn) * tn),
            best=0.0,
            worst=math.inf,
        ),
        _rest("informedness", "Informedness", _INFORMEDNESS_LATEX, _informedness, worst=-1.0),
        _rest("markedness", "Markedness", r"\frac{TP}{TP+FP}+\frac{TN}{TN+FN}-1", _markedness, worst=-1.0),
        _rest(
            "fowlkes_mallows",
            "Fowlkes-Mallows index",
            r"\frac{TP}{\sqrt{(TP+FP)(TP+FN)}}",
            _fowlkes_mallows,
            symmetric=True,
        ),
        _rest(
            "prevalence_threshold",
            "Prevalence threshold",
            r"\frac{\sqrt{TPR\cdot FPR}-FPR}{TPR-FPR}",
            _prevalence_threshold,
            best=0.0,
            worst=1.0,
        ),
        # The sum of one-vs-rest counts, not of the matrix, is what libraries put into the two-class formula.
        replace(FORMULAS["mcc"], key="mcc_of_summed_counts", name="MCC of summed counts", matrix_ratio=None),
        _rest(
            "correct_pixels",
            "Correct pixels",
            r"TP",
            lambda tp, fp, fn, tn: (tp, np.ones_like(tp)),
            best=math.inf,
            symmetric=True,
        ),
    )
}
