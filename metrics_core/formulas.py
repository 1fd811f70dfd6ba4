"""Formulas: each a ratio of tp, fp, fn, tn, described once for menus, docs, curves and tests."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
Ratio = Callable[[Counts, Counts, Counts, Counts], tuple[Counts, Counts]]
MatrixRatio = Callable[[Counts], tuple[Counts, Counts]]
LARGEST_BETA = 1e140  # its square times any count is a finite float64


@dataclass(frozen=True, kw_only=True)
class Formula:
    """One score as (numerator, denominator) over the one-vs-rest counts of a class.

    ratio takes float64 arrays tp, fp, fn, tn of one shape and returns two arrays of that shape; 0/0 is left to the
    convention. matrix_ratio, where given, takes confusion matrices [..., true, predicted] and defines average="micro".
    best and worst bound the range (infinite where unbounded); symmetric: swapping target and prediction changes
    nothing; uses_true_negatives: true negatives change it.
    """

    key: str
    name: str
    aliases: tuple[str, ...] = ()
    latex: str
    ratio: Ratio
    matrix_ratio: MatrixRatio | None = None
    best: float = 1.0
    worst: float = 0.0
    symmetric: bool = False
    uses_true_negatives: bool = False
    pitfalls: str = ""
    reference: str = ""


def _refuse_impossible_beta(beta: float) -> None:
    if not 0 < beta <= LARGEST_BETA:
        raise ValueError(f"beta must be a positive finite number, at most {LARGEST_BETA:g}; got {beta}")


def fbeta(beta: float = 1.0) -> Formula:
    """F-beta: recall counts beta times as much as precision; beta > 0."""
    _refuse_impossible_beta(beta)
    b2 = beta * beta
    return Formula(
        key="fbeta" if beta == 2 else f"fbeta({beta:g})",
        name=f"F{beta:g}",
        aliases=("f_beta",),
        latex=rf"\frac{{(1+{b2:g})\,TP}}{{(1+{b2:g})\,TP + {b2:g}\,FN + FP}}",
        ratio=lambda tp, fp, fn, tn: ((1 + b2) * tp, (1 + b2) * tp + b2 * fn + fp),
        symmetric=beta == 1,
        pitfalls="Blind to true negatives; the class taken as positive decides the value.",
        reference="van Rijsbergen, Information Retrieval, 1979",
    )


def fbeta_from_precision_recall(beta: float = 1.0) -> Formula:
    """F-beta from precision and recall instead of counts: undefined when both are 0, so a wrong class can vanish."""
    _refuse_impossible_beta(beta)
    b2 = beta * beta

    def ratio(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> tuple[Counts, Counts]:
        with np.errstate(invalid="ignore", divide="ignore"):
            precision, recall = tp / (tp + fp), tp / (tp + fn)
        return (1 + b2) * precision * recall, b2 * precision + recall

    return Formula(
        key="fbeta_from_precision_recall" if beta == 1 else f"fbeta_from_precision_recall({beta:g})",
        name=f"F{beta:g} from precision and recall",
        latex=rf"(1+{b2:g})\,\frac{{P\,R}}{{{b2:g}\,P+R}}",
        ratio=ratio,
        symmetric=beta == 1,
        pitfalls="A completely wrong class is 0/0 here, and so can leave the mean.",
        reference="mmsegmentation IoUMetric, mFscore",
    )


def tversky(alpha: float = 0.3, beta: float = 0.7) -> Formula:
    """Tversky index: false positives weigh alpha, false negatives beta; alpha = beta = 1/2 is Dice, 1 is IoU."""
    if not (alpha >= 0 and beta >= 0 and 0 < alpha + beta < float("inf")):
        raise ValueError(f"alpha and beta must be finite, >= 0 and not both 0; got {alpha} and {beta}")
    return Formula(
        key="tversky" if (alpha, beta) == (0.3, 0.7) else f"tversky({alpha:g},{beta:g})",
        name=f"Tversky {alpha:g}/{beta:g}",
        latex=rf"\frac{{TP}}{{TP + {alpha:g}\,FP + {beta:g}\,FN}}",
        ratio=lambda tp, fp, fn, tn: (tp, tp + alpha * fp + beta * fn),
        symmetric=alpha == beta,
        pitfalls="alpha and beta are often not reported.",
        reference="Tversky, Features of similarity, 1977; Salehi et al., arXiv:1706.05721",
    )


def _mcc(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> tuple[Counts, Counts]:
    # Roots are taken pairwise: the product of all four sums leaves float64's exact range early.
    denominator = np.sqrt((tp + fp) * (tp + fn)) * np.sqrt((tn + fp) * (tn + fn))
    return tp * tn - fp * fn, denominator


def _matrix_mcc(confusion: Counts) -> tuple[Counts, Counts]:
    true, predicted = confusion.sum(-1), confusion.sum(-2)
    total, correct = true.sum(-1), np.trace(confusion, axis1=-2, axis2=-1)
    total2 = total * total
    denominator = np.sqrt(total2 - (predicted**2).sum(-1)) * np.sqrt(total2 - (true**2).sum(-1))
    return correct * total - (true * predicted).sum(-1), denominator


def _kappa(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> tuple[Counts, Counts]:
    return 2 * (tp * tn - fn * fp), (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)


def _matrix_kappa(confusion: Counts) -> tuple[Counts, Counts]:
    true, predicted = confusion.sum(-1), confusion.sum(-2)
    total, correct = true.sum(-1), np.trace(confusion, axis1=-2, axis2=-1)
    chance = (true * predicted).sum(-1)
    return total * correct - chance, total * total - chance


_RECORDS = (
    Formula(
        key="iou",
        name="IoU",
        aliases=("jaccard", "intersection_over_union", "threat_score"),
        latex=r"\frac{TP}{TP+FP+FN}",
        ratio=lambda tp, fp, fn, tn: (tp, tp + fp + fn),
        symmetric=True,
        pitfalls="Undefined where a class is neither present nor predicted; harsh on small structures.",
        reference="Jaccard, The distribution of the flora in the alpine zone, 1912",
    ),
    Formula(
        key="dice",
        name="Dice",
        aliases=("f1", "f1_score", "dsc"),
        latex=r"\frac{2\,TP}{2\,TP+FP+FN}",
        ratio=lambda tp, fp, fn, tn: (2 * tp, 2 * tp + fp + fn),
        symmetric=True,
        pitfalls="Ranks single images as IoU does, but means of it can rank models differently.",
        reference="Dice, Measures of the amount of ecologic association between species, 1945",
    ),
    Formula(
        key="precision",
        name="Precision",
        aliases=("ppv", "positive_predictive_value"),
        latex=r"\frac{TP}{TP+FP}",
        ratio=lambda tp, fp, fn, tn: (tp, tp + fp),
        pitfalls="Falls with prevalence; undefined when the class is never predicted.",
        reference="Fawcett, An introduction to ROC analysis, 2006",
    ),
    Formula(
        key="recall",
        name="Recall",
        aliases=("sensitivity", "tpr", "true_positive_rate"),
        latex=r"\frac{TP}{TP+FN}",
        ratio=lambda tp, fp, fn, tn: (tp, tp + fn),
        pitfalls="Blind to false positives; undefined when the class is absent.",
        reference="Fawcett, An introduction to ROC analysis, 2006",
    ),
    Formula(
        key="specificity",
        name="Specificity",
        aliases=("tnr", "true_negative_rate"),
        latex=r"\frac{TN}{TN+FP}",
        ratio=lambda tp, fp, fn, tn: (tn, tn + fp),
        uses_true_negatives=True,
        pitfalls="Near 1 for every rare class, whatever the model does.",
        reference="Fawcett, An introduction to ROC analysis, 2006",
    ),
    Formula(
        key="npv",
        name="NPV",
        aliases=("negative_predictive_value",),
        latex=r"\frac{TN}{TN+FN}",
        ratio=lambda tp, fp, fn, tn: (tn, tn + fn),
        uses_true_negatives=True,
        pitfalls="Near 1 for every rare class, whatever the model does.",
        reference="Altman and Bland, Diagnostic tests 2: predictive values, 1994",
    ),
    Formula(
        key="accuracy",
        name="Accuracy",
        aliases=("one_vs_rest_accuracy", "rand_accuracy"),
        latex=r"\frac{TP+TN}{TP+TN+FP+FN}",
        ratio=lambda tp, fp, fn, tn: (tp + tn, tp + fp + fn + tn),
        symmetric=True,
        uses_true_negatives=True,
        pitfalls="One class against the rest: background alone brings it near 1. Micro recall is the pixel accuracy.",
        reference="Fawcett, An introduction to ROC analysis, 2006",
    ),
    Formula(
        key="false_positive_rate",
        name="False-positive rate",
        aliases=("fpr", "fall_out"),
        latex=r"\frac{FP}{FP+TN}",
        ratio=lambda tp, fp, fn, tn: (fp, fp + tn),
        best=0.0,
        worst=1.0,
        uses_true_negatives=True,
        pitfalls="Tiny for rare classes even when most detections are false.",
        reference="Fawcett, An introduction to ROC analysis, 2006",
    ),
    Formula(
        key="false_negative_rate",
        name="False-negative rate",
        aliases=("fnr", "miss_rate"),
        latex=r"\frac{FN}{FN+TP}",
        ratio=lambda tp, fp, fn, tn: (fn, fn + tp),
        best=0.0,
        worst=1.0,
        pitfalls="Blind to false positives; undefined when the class is absent.",
        reference="Fawcett, An introduction to ROC analysis, 2006",
    ),
    Formula(
        key="mcc",
        name="MCC",
        aliases=("matthews", "phi"),
        latex=r"\frac{TP\,TN-FP\,FN}{\sqrt{(TP+FP)(TP+FN)(TN+FP)(TN+FN)}}",
        ratio=_mcc,
        matrix_ratio=_matrix_mcc,
        worst=-1.0,
        symmetric=True,
        uses_true_negatives=True,
        pitfalls="Undefined when either mask holds one class only.",
        reference="Matthews 1975; Gorodkin, Comparing two K-category assignments, 2004",
    ),
    Formula(
        key="kappa",
        name="Cohen's kappa",
        aliases=("cohen_kappa",),
        latex=r"\frac{2\,(TP\,TN-FN\,FP)}{(TP+FP)(FP+TN)+(TP+FN)(FN+TN)}",
        ratio=_kappa,
        matrix_ratio=_matrix_kappa,
        worst=-1.0,
        symmetric=True,
        uses_true_negatives=True,
        pitfalls="Depends on prevalence; undefined when both masks hold the same single class.",
        reference="Cohen, A coefficient of agreement for nominal scales, 1960",
    ),
    fbeta(2.0),
    tversky(),
    fbeta_from_precision_recall(),
)
FORMULAS: dict[str, Formula] = {record.key: record for record in _RECORDS}
_PARAMETRIC: dict[str, Callable[..., Formula]] = {
    "fbeta": fbeta,
    "tversky": tversky,
    "fbeta_from_precision_recall": fbeta_from_precision_recall,
}
_BY_NAME = FORMULAS | {alias: record for record in _RECORDS for alias in record.aliases}


def get_formula(formula: str | Formula, **parameters: Any) -> Formula:
    """A formula by key or alias, with parameters for fbeta (beta) and tversky (alpha, beta).

    Raises:
        ValueError: no formula has this name, or it does not take these parameters; the message lists what exists.
    """
    if isinstance(formula, Formula):
        if parameters:
            raise ValueError(f"{formula.key} is a formula already; give its name to set {', '.join(parameters)}")
        return formula
    name = formula.lower().replace(" ", "_").replace("-", "_")
    if parameters:
        if name not in _PARAMETRIC:
            raise ValueError(f"formula {formula!r} takes no parameters; those that do: {', '.join(_PARAMETRIC)}")
        known = inspect.signature(_PARAMETRIC[name]).parameters
        if unknown := [each for each in parameters if each not in known]:
            raise ValueError(f"formula {formula!r} takes {', '.join(known)}; got {', '.join(unknown)}")
        return _PARAMETRIC[name](**parameters)
    if name not in _BY_NAME:
        raise ValueError(f"unknown formula {formula!r}; known: {', '.join(FORMULAS)}")
    return _BY_NAME[name]
