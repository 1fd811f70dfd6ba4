"""Evaluation: a formula on statistics under a convention, in float64, without touching a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from metrics_core.cells import Cells, cells_of, ignored_classes, margins_of, matrices_of, threshold_cells
from metrics_core.conventions import Convention, Undefined
from metrics_core.formulas import Formula, get_formula
from metrics_core.inputs import InputError
from metrics_core.packing import WholeTables
from metrics_core.statistics import Margins, Statistics, refuse_unless_statistics

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score and what it was made of.

    value: float64, scalar or the shape that the convention leaves unaveraged; NaN is undefined.
    cells: float64 [image or 1, class or 1] before averaging, scaled; numerators, denominators: the same shape.
    included: the cells whose class takes part in the average.
    defined, dropped, replaced: how many included cells are numbers, were left out as NaN, or got a number for 0/0 or
    for an absent class.
    reason: why the value is undefined, or "".
    """

    formula: Formula
    convention: Convention
    value: torch.Tensor
    cells: Array
    numerators: Array
    denominators: Array
    included: Mask
    defined: int
    dropped: int
    replaced: int
    reason: str


def evaluate(
    formula: str | Formula, statistics: Statistics, convention: Convention | None = None, **parameters: Any
) -> torch.Tensor:
    """Score of formula under convention (default: pooled macro mean that skips undefined classes).

    Returns a float64 tensor: scalar, or [class], [image] or [image, class] where the convention does not average.
    parameters: those of the formula (beta; alpha, beta).

    Raises:
        ValueError: unknown formula or parameter, or a class outside 0..C-1 in the convention.
        InputError: statistics or a convention of another kind.
    """
    return score(formula, statistics, convention, **parameters).value


def score(
    formula: str | Formula, statistics: Statistics, convention: Convention | None = None, **parameters: Any
) -> Score:
    """The score with the cells, numerators and denominators behind it; arguments as for evaluate."""
    refuse_unless_statistics(statistics, usage="evaluate('iou', statistics)")
    record, rule = get_formula(formula, **parameters), rule_of(convention)
    if rule.threshold is not None:
        return score_cells(record, threshold_cells(statistics, rule), rule)
    margins = margins_of(statistics, rule)
    return score_cells(record, cells_of(margins, rule), rule, margins)


def trivial_score(formula: str | Formula, statistics: Statistics, convention: Convention | None = None) -> Score:
    """The score of always answering the commonest class not ignored, under the same convention but no threshold."""
    refuse_unless_statistics(statistics, usage="trivial_score('iou', statistics)")
    rule = replace(rule_of(convention), threshold=None)
    support = statistics.pooled.rows[0].copy()
    support[ignored_classes(rule, statistics.num_classes)] = 0
    margins = _constant(margins_of(statistics, rule), int(support.argmax()))
    return score_cells(get_formula(formula), cells_of(margins, rule), rule, margins)


def rule_of(convention: object) -> Convention:
    """The convention, or the default one.

    Raises:
        InputError: anything else, such as the name of an average.
    """
    if convention is None:
        return Convention()
    if not isinstance(convention, Convention):
        raise InputError(
            f"convention must be a Convention, such as Convention(average='macro'), or None; got {convention!r}; "
            "evaluate_preset scores as a library's preset does"
        )
    return convention


def _constant(margins: Margins, answer: int) -> Margins:
    """Margins of the same target pixels when every one of them is predicted as one class."""
    pixels = np.concatenate([margins.rows, margins.void.sum(1, keepdims=True)], 1)
    confusion = np.zeros((*pixels.shape, pixels.shape[1]), pixels.dtype)
    confusion[:, :, answer] = pixels
    return Margins.of(WholeTables(confusion))


def score_cells(record: Formula, counts: Cells, rule: Convention, margins: Margins | None = None) -> Score:
    """Score of counts that are at hand already; margins are needed for formulas over the whole matrix."""
    classes = _included_classes(counts, rule)
    numerators, denominators = _ratio(record, margins, counts, classes, rule)
    micro = rule.average == "micro"
    cells, replaced = _cells(numerators, denominators, counts, rule)
    included = np.ones(cells.shape, np.bool_) if micro else np.broadcast_to(classes, cells.shape)
    value = np.asarray(_average(cells, included, counts, rule), np.float64) * rule.scale
    if rule.digits is not None:
        value = np.round(value, rule.digits)
    defined = included & ~np.isnan(cells)
    return Score(
        formula=record,
        convention=rule,
        value=torch.from_numpy(np.array(value)),
        cells=cells * rule.scale,
        numerators=numerators,
        denominators=denominators,
        included=included,
        defined=int(defined.sum()),
        dropped=int(included.sum()) - int(defined.sum()),
        replaced=int((replaced & included).sum()),
        reason=_reason(value, included, defined, rule),
    )


def _included_classes(counts: Cells, rule: Convention) -> Mask:
    """Mask [1, class] of the classes that take part in averages."""
    included = np.ones((1, counts.tp.shape[1]), np.bool_)
    included[:, list(rule.excluded_classes)] = False
    if rule.class_set == "up_to_largest":
        included[:, counts.largest_label + 1 :] = False
    elif rule.class_set == "seen":
        included &= (counts.tp + counts.fp + counts.fn).any(0)
    return included


def _ratio(
    record: Formula, margins: Margins | None, counts: Cells, classes: Mask, rule: Convention
) -> tuple[Array, Array]:
    """Numerators and denominators [image or 1, class], or [image or 1, 1] for the micro average."""
    if rule.average != "micro":
        return record.ratio(counts.tp, counts.fp, counts.fn, counts.tn)
    if record.matrix_ratio is not None and margins is not None:
        parts = [record.matrix_ratio(matrices) for matrices in matrices_of(margins, rule)]
        numerators, denominators = (np.concatenate(part)[:, None] for part in zip(*parts, strict=True))
        return numerators, denominators
    summed = (np.where(classes, part, 0.0).sum(1, keepdims=True) for part in counts.one_vs_rest)
    return record.ratio(*summed)


def _cells(numerators: Array, denominators: Array, counts: Cells, rule: Convention) -> tuple[Array, Mask]:
    """Value of each cell, and which of them stand in for an undefined one."""
    micro = rule.average == "micro"
    zero_division = rule.zero_division
    if micro and rule.micro_zero_division is not None:
        zero_division = rule.micro_zero_division
    shifted = denominators + rule.epsilon if rule.epsilon else denominators
    with np.errstate(divide="ignore", invalid="ignore"):
        cells = numerators / shifted
    # 0/0 only: a likelihood ratio may well be infinite.
    undefined = np.isnan(cells)
    cells = np.where(undefined, zero_division, cells)
    if not micro and rule.kept_classes != "all":
        absent = ~counts.kept(rule.kept_classes)
        cells = np.where(absent, rule.absent_value, cells)
        return cells, (absent & (not math.isnan(rule.absent_value))) | (undefined & ~absent & ~np.isnan(cells))
    return cells, undefined & ~np.isnan(cells)


def _average(cells: Array, included: Mask, counts: Cells, rule: Convention) -> Array | float:
    """Reduce cells [image or 1, class] in the convention's order."""
    if rule.order == "per_class" and rule.average in ("none", "sum"):
        return _mean(cells, None, 0, rule.undefined, rule, final=True)[included[0]]
    if rule.average == "none":
        unaveraged = cells[:, included[0]]
        return unaveraged if rule.order == "per_cell" or rule.pooling == "image" else unaveraged[0]
    weights = _weights(cells, counts, rule)
    visible = np.where(included, cells, np.nan)
    if rule.order == "all_cells":
        return _reduce(visible.reshape(1, -1), included.reshape(1, -1), None, rule, final=True)[0]
    if rule.order == "images_then_classes":
        per_class = _mean(cells, None, 0, rule.undefined, rule, final=False)[None]
        second = rule.undefined_images or rule.undefined
        return _mean(per_class[:, included[0]], None, 1, second, rule, final=True)[0]
    final = rule.order == "per_image" or cells.shape[0] == 1
    per_image = _reduce(visible, included, weights, rule, final=final)
    if rule.order == "per_image":
        return per_image
    if cells.shape[0] == 1:
        return per_image[0]
    if rule.average == "sum":
        return float(np.nansum(per_image)) if not np.isnan(per_image).all() else rule.nothing_left
    return _mean(per_image[None], None, 1, rule.undefined_images or rule.undefined, rule, final=True)[0]


def _weights(cells: Array, counts: Cells, rule: Convention) -> Array | None:
    if rule.average != "weighted":
        return None
    if rule.weights == "support":
        return counts.tp + counts.fn
    if len(rule.weights) != cells.shape[1]:
        raise ValueError(f"weights must hold one number a class ({cells.shape[1]}); got {len(rule.weights)}")
    return np.broadcast_to(np.asarray(rule.weights, np.float64), cells.shape)


def _reduce(visible: Array, included: Mask, weights: Array | None, rule: Convention, *, final: bool) -> Array:
    """Average over classes: excluded classes never make an image undefined, included NaN ones may."""
    poisoned = rule.undefined == "propagate"
    result = _mean(visible, weights, 1, "skip", rule, final=final)
    if poisoned:
        result = np.where((np.isnan(visible) & included).any(1), np.nan, result)
    return result


def _mean(
    cells: Array, weights: Array | None, axis: int, undefined: Undefined, rule: Convention, *, final: bool
) -> Array:
    """(Weighted) mean or sum along an axis; where nothing is left: nothing_left at the final step, else NaN."""
    valid = ~np.isnan(cells)
    number = valid.sum(axis)
    filled = np.where(valid, cells, 0.0)
    left_over = rule.nothing_left if final else math.nan
    total = filled.sum(axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        if rule.average == "sum" and (axis == 1 or rule.order == "per_class"):
            result = total
        elif weights is None:
            result = total / (number + rule.mean_epsilon)
        else:
            result = _weighted(filled, np.where(valid, weights, 0.0), total / number, axis, rule, left_over)
    result = np.where(number == 0, left_over, result)
    if undefined == "propagate":
        result = np.where(valid.all(axis), result, np.nan)
    return result


def _weighted(filled: Array, weights: Array, plain: Array, axis: int, rule: Convention, left_over: float) -> Array:
    total = weights.sum(axis)
    result = (filled * weights).sum(axis) / total
    if rule.weighted_mean_divisor == "weights_and_classes":
        result = result / filled.shape[axis]
    if rule.zero_weight == "unweighted":
        return np.where(total == 0, plain, result)
    return np.where(total == 0, left_over if rule.zero_weight is None else rule.zero_weight, result)


def _reason(value: Array, included: Mask, defined: Mask, rule: Convention) -> str:
    if not np.isnan(value).any():
        return ""
    if not included.any():
        return "every class is excluded from the average"
    if not defined.any():
        return "0/0 in every class that takes part: neither target nor prediction holds a pixel the formula counts"
    missing = int((included & ~defined).sum())
    return f"0/0 in {missing} of {int(included.sum())} cells" + (
        ", and this convention lets one undefined cell undo the mean" if rule.undefined == "propagate" else ""
    )
