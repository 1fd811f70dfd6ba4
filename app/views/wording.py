"""Words for rules and formulas: the badge beside every score, and the formula with its numbers filled in."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

import metrics_core as mc
from app.views.text import UNDEFINED, format_score, shorten

AVERAGE, POOLING, KEPT, ORDER = (mc.RULE_WORDS[name] for name in ("average", "pooling", "kept_classes", "order"))
_TERMS_SHOWN = 8
_LATEX_SPECIAL = str.maketrans({c: f"\\{c}" for c in "_%&#$"} | {"\\": " ", "{": "(", "}": ")", "^": " ", "~": " "})


def rule_badges(rule: mc.Convention, class_names: Sequence[str], *, has_void: bool) -> tuple[str, ...]:
    """The convention in a few words each, long names of classes cut; plain text."""
    return mc.rule_words(rule, [shorten(name, limit=18) for name in class_names], has_void=has_void)


def latex_text(name: str) -> str:
    r"""A class name inside LaTeX's \text{}."""
    return r"\text{" + shorten(name, limit=24).translate(_LATEX_SPECIAL) + "}"


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", r"{,}")


def substituted(formula: mc.Formula, tp: float, fp: float, fn: float, tn: float) -> str:
    """The formula's LaTeX with counts in place of TP, FP, FN and TN."""
    counts = {"TP": tp, "FP": fp, "FN": fn, "TN": tn}
    joined = re.sub(r"\\,(?=TP|FP|FN|TN)", r"\\cdot ", formula.latex)
    return re.sub(r"TP|FP|FN|TN", lambda match: _number(counts[match[0]]), joined)


def class_equation(
    formula: mc.Formula, name: str, counts: tuple[float, float, float, float], value: float, *, pooled: bool
) -> str:
    """One class's score from its counts."""
    label = latex_text(f"{formula.name}, {name}")
    if "P" in formula.latex.replace("TP", "").replace("FP", ""):
        return rf"{label} = {formula.latex} = {_latex_score(value)}"
    filled = substituted(formula, *counts)
    result = f" = {_latex_score(value)}" if pooled else ""
    return rf"{label} = {formula.latex} = {filled}{result}"


def _latex_score(value: float) -> str:
    return r"\varnothing" if math.isnan(value) else format_score(value)


def average_equation(score: mc.Score) -> str:
    """How the headline score follows from its cells, with the numbers of this very data."""
    rule, value = score.convention, float(score.value) if score.value.ndim == 0 else math.nan
    name = latex_text(f"{AVERAGE[rule.average]} {score.formula.name}")
    images = score.cells.shape[0]
    if rule.average == "none":
        return ""
    if rule.average == "micro":
        fraction = rf"\frac{{{_plain(score.numerators[0, 0])}}}{{{_plain(score.denominators[0, 0])}}}"
        body = fraction if images == 1 else _mean_of(score.cells[:, 0])
    elif images == 1:
        body = _mean_of(score.cells[0][score.included[0]], weighted=rule.average == "weighted")
    else:
        cells = np.where(score.included, score.cells, np.nan)
        defined = ~np.isnan(cells)
        body = rf"\text{{mean over {images} images and {cells.shape[1]} classes, {int(defined.sum()):,} cells defined}}"
    return rf"{name} = {body} = {_latex_score(value)}"


def _plain(value: float) -> str:
    return _number(value) if float(value).is_integer() else f"{value:.4g}"


def _mean_of(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], *, weighted: bool = False) -> str:
    defined = [float(value) for value in values if not math.isnan(value)]
    if not defined:
        return r"\frac{0}{0}"
    terms = [format_score(value) for value in defined[:_TERMS_SHOWN]]
    if len(defined) > _TERMS_SHOWN:
        terms.append(r"\dots")
    if weighted:
        return r"\frac{\sum_c \text{support}_c \cdot \left(" + ", ".join(terms) + r"\right)_c}{\sum_c \text{support}_c}"
    return rf"\frac{{{' + '.join(terms)}}}{{{len(defined)}}}"


def undefined_words(score: mc.Score) -> str:
    """What became of undefined cells, for the caption under a score."""
    parts: list[str] = []
    if score.dropped:
        parts.append(
            f"{score.dropped} of {int(score.included.sum())} cells are 0/0 or absent and left out ({UNDEFINED})"
        )
    if score.replaced:
        parts.append(f"{score.replaced} cells are 0/0 or absent and count as a number")
    return "; ".join(parts)
