"""Areas under curves: the ROC curve's, average precision in its named variants, and their averages over classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.curves.curve import Curve
from metrics_core.kernels.curves import Areas, sum_points

Interpolation = Literal[
    "step",
    "trapezoid",
    "davis_goadrich",
    "eleven_point",
    "eleven_point_anchored",
    "hundred_one_point",
    "all_point",
]
CurveAverage = Literal["none", "macro", "weighted"]
UndefinedClasses = Literal["skip", "propagate"]


@dataclass(frozen=True, kw_only=True, eq=False)
class CurveAreas:
    """AUROC and average precision (step) of every class, from one ranking.

    auroc, average_precision: float64 [class] in [0, 1], NaN where undefined. auroc_bounds, average_precision_bounds:
    float64 [class, lower and upper], proven to hold the exact value; both equal the value where nothing was binned.
    positives, negatives: int64 [class]. class_indices: the class of each entry.
    """

    class_indices: tuple[int, ...]
    auroc: Tensor
    average_precision: Tensor
    auroc_bounds: Tensor
    average_precision_bounds: Tensor
    positives: Tensor
    negatives: Tensor


def auroc_of(sums: Areas) -> float:
    """Area under the ROC curve: the share of (positive, negative) pairs in the right order, ties half."""
    pairs = sums.positives * sums.negatives
    return sums.twice_pairs / (2 * pairs) if pairs else math.nan


def average_precision_of(sums: Areas) -> float:
    """Average precision: the mean over positives of the precision at their score; NaN without positives."""
    return sums.precision_sum / sums.positives if sums.positives else math.nan


def exact_areas(class_indices: tuple[int, ...], sums: list[Areas]) -> CurveAreas:
    """The areas of all classes from their exact sums."""
    auroc = torch.tensor([auroc_of(s) for s in sums], dtype=torch.float64)
    precision = torch.tensor([average_precision_of(s) for s in sums], dtype=torch.float64)
    return CurveAreas(
        class_indices=class_indices,
        auroc=auroc,
        average_precision=precision,
        auroc_bounds=torch.stack([auroc, auroc], 1),
        average_precision_bounds=torch.stack([precision, precision], 1),
        positives=torch.tensor([s.positives for s in sums], dtype=torch.int64),
        negatives=torch.tensor([s.negatives for s in sums], dtype=torch.int64),
    )


def area_under_roc(curve: Curve) -> float:
    """Area under the ROC curve, trapezoids between points; NaN where undefined."""
    sums = sum_points(curve.tp.numpy(), curve.fp.numpy())
    # A curve that stops at full recall leaves out the negatives that lie below every positive.
    below = 2 * curve.positives * (curve.negatives - sums.negatives)
    return auroc_of(sums._replace(twice_pairs=sums.twice_pairs + below, negatives=curve.negatives))


def area_under_precision_recall(curve: Curve, interpolation: Interpolation = "step") -> float:
    """Area under the precision-recall curve under a named interpolation; NaN without positives.

    step: each point's precision times the recall it adds (scikit-learn's average precision).
    trapezoid: straight lines between points, from precision 1 at recall 0; too high wherever precision falls.
    davis_goadrich: false positives grow linearly with true positives between points.
    eleven_point, hundred_one_point: mean of the highest precision at recall >= 0, 0.1, ..., 1 (PASCAL VOC 2007), or
    0, 0.01, ..., 1 (COCO). eleven_point_anchored: with precision 1 at recall 0.
    all_point: area under the highest precision at this or a higher recall (PASCAL VOC 2010).

    Source: Davis and Goadrich, The relationship between precision-recall and ROC curves, 2006.
    """
    refuse_unless_one_of(interpolation, Interpolation, "interpolation")
    if not curve.positives:
        return math.nan
    tp, fp = curve.tp.numpy(), curve.fp.numpy()
    if interpolation == "step":
        return average_precision_of(sum_points(tp, fp))
    precision = tp / np.maximum(tp + fp, 1)
    precision[0] = 1.0
    gained = np.diff(tp)
    if interpolation == "trapezoid":
        return float((gained * (precision[1:] + precision[:-1])).sum() / (2 * curve.positives))
    if interpolation == "davis_goadrich":
        return _davis_goadrich(tp, fp) / curve.positives
    highest = np.maximum.accumulate(precision[:0:-1])[::-1]
    if interpolation == "all_point":
        return float((gained * highest).sum() / curve.positives)
    at_level = highest[_first_points(tp[1:], 100 if interpolation == "hundred_one_point" else 10)]
    if interpolation == "eleven_point_anchored":
        at_level[0] = 1.0
    return float(at_level.mean())


def _first_points(tp: NDArray[np.int64], levels: int) -> NDArray[np.intp]:
    """First points whose recall reaches 0, 1 / levels, ..., 1; in whole pixels, so that rounding misses no level."""
    return np.searchsorted(tp, -(-np.arange(levels + 1) * tp[-1] // levels))


def _davis_goadrich(tp: NDArray[np.int64], fp: NDArray[np.int64]) -> float:
    """Integral of x / (x + fp(x)) over tp, fp(x) linear between points."""
    start, false = tp[:-1].astype(np.float64), fp[:-1].astype(np.float64)
    gained, added = np.diff(tp).astype(np.float64), np.diff(fp).astype(np.float64)
    rising = gained > 0
    start, false, gained, added = start[rising], false[rising], gained[rising], added[rising]
    # x / (x + fp(x)) = x / (growth * x + constant), whose integral is elementary.
    growth = 1 + added / gained
    constant = false - start * added / gained
    before, after = start + false, start + false + gained + added
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(constant == 0, 0.0, constant * np.log(after / before))
    return float((gained / growth - ratio / growth**2).sum())


def refuse_other_averages(average: CurveAverage, undefined: UndefinedClasses) -> None:
    """Raise unless average_classes knows both.

    Raises:
        InputError: another word, or None.
    """
    refuse_unless_one_of(average, CurveAverage, "average")
    refuse_unless_one_of(undefined, UndefinedClasses, "undefined")


def average_classes(values: Tensor, positives: Tensor, *, average: CurveAverage, undefined: UndefinedClasses) -> Tensor:
    """The values themselves, their mean, or their mean weighted by positives: float64 [class] or a 0-dim tensor.

    undefined: NaN classes leave the mean, or make it NaN. NaN also when nothing, or no weight, is left.
    """
    if average == "none":
        return values
    weights = torch.ones_like(values) if average == "macro" else positives.double()
    if undefined == "skip":
        defined = ~torch.isnan(values)
        values, weights = values[defined], weights[defined]
    return (values * weights).sum() / weights.sum()
