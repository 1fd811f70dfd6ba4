"""Curves from a histogram: no pass over pixels, any ignored classes and images, with proven bounds on the areas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metrics_core.bins import Histogram, ThresholdCounts, threshold_counts
from metrics_core.curves.areas import CurveAreas, exact_areas
from metrics_core.curves.curve import Curve
from metrics_core.formulas import Formula, get_formula
from metrics_core.kernels.curves import Areas, sum_points

Counts = NDArray[np.int64]
# The bounds are proven for real numbers; this many times the value covers the rounding of their float64 sums.
ROUNDING = 1e-12


def curves_from_histogram(
    histogram: Histogram, *, ignored_classes: Sequence[int] = (), images: Sequence[int] | None = None
) -> tuple[Curve, ...]:
    """Curves of all classes, one point a bin that holds a pixel; each is a true operating point.

    A point's threshold is the smallest score of its bin, so with byte or half bins the curve is the exact one.
    ignored_classes: pixels of these classes are left out. images: only these images, pooled.

    Raises:
        ValueError: an ignored class that does not exist, or images of a pooled histogram.
    """
    counts = threshold_counts(histogram, ignored_classes=ignored_classes, images=images)
    curves: list[Curve] = []
    for c in range(histogram.counts.shape[2]):
        tp, fp = _descending(counts.tp, c), _descending(counts.fp, c)
        kept = np.flatnonzero(np.diff(tp + fp)) + 1
        lowest = histogram.low[c].cpu().numpy()[::-1][kept - 1]
        points = ((np.inf, lowest), (0, tp[kept]), (0, fp[kept]))
        thresholds, tps, fps = (torch.from_numpy(np.concatenate([[start], values])) for start, values in points)
        curves.append(
            Curve(class_index=c, thresholds=thresholds, tp=tps, fp=fps, positives=int(tp[-1]), negatives=int(fp[-1]))
        )
    return tuple(curves)


def areas_from_histogram(
    histogram: Histogram, *, ignored_classes: Sequence[int] = (), images: Sequence[int] | None = None
) -> CurveAreas:
    """AUROC and average precision of all classes with proven bounds; arguments and errors as for curves_from_histogram.

    Within a bin of several scores the order is unknown. AUROC counts its pairs half, so half of them bound it.
    Average precision takes positives and negatives as evenly mixed; it is highest with all positives tied above the
    negatives, lowest with the negatives above positives that all differ.
    """
    counts = threshold_counts(histogram, ignored_classes=ignored_classes, images=images)
    mixed = (histogram.low < histogram.high).cpu().numpy()
    classes = range(histogram.counts.shape[2])
    ranked = [(_descending(counts.tp, c), _descending(counts.fp, c)) for c in classes]
    areas = exact_areas(tuple(classes), [_sums(tp, fp) for tp, fp in ranked])
    for c, (tp, fp) in enumerate(ranked):
        unknown = mixed[c, ::-1] & (np.diff(tp) > 0)
        if not unknown.any():
            continue
        pairs = float((np.diff(tp)[unknown].astype(np.float64) * np.diff(fp)[unknown]).sum())
        half_width = pairs / max(2.0 * float(tp[-1]) * float(fp[-1]), 1.0)
        areas.auroc_bounds[c] = _bounds(areas.auroc[c] - half_width, areas.auroc[c] + half_width)
        lower, value, upper = (terms.sum() / tp[-1] for terms in _precision_terms(tp, fp, unknown))
        areas.average_precision[c] = float(value)
        areas.average_precision_bounds[c] = _bounds(lower, upper)
    return areas


def formula_against_threshold(formula: str | Formula, counts: ThresholdCounts | Curve) -> Tensor:
    """A formula at every threshold: float64 of the counts' shape, NaN where it is 0/0."""
    arrays = [table.cpu().numpy().astype(np.float64) for table in (counts.tp, counts.fp, counts.fn, counts.tn)]
    with np.errstate(divide="ignore", invalid="ignore"):
        numerator, denominator = get_formula(formula).ratio(*arrays)
        return torch.from_numpy(np.asarray(numerator / denominator))


def _descending(counts: Tensor, c: int) -> Counts:
    """Counts of one class at every threshold, images pooled, from the highest (which predicts nothing) down."""
    return counts[:, c].sum(0).flip(0).cpu().numpy()


def _sums(tp: Counts, fp: Counts) -> Areas:
    """The sums over the bins that hold a pixel, added in the order in which exact curves add theirs."""
    kept = np.flatnonzero(np.diff(tp + fp)) + 1
    return sum_points(tp[kept], fp[kept])


def _bounds(lower: Tensor | float, upper: Tensor | float) -> Tensor:
    bounds = torch.tensor([float(lower) * (1 - ROUNDING), float(upper) * (1 + ROUNDING)], dtype=torch.float64)
    return bounds.clamp(0, 1)


def _precision_terms(tp: Counts, fp: Counts, unknown: NDArray[np.bool_]) -> tuple[NDArray[np.float64], ...]:
    """What each bin adds to positives * average precision: at least, if evenly mixed, at most."""
    gained, added = np.diff(tp).astype(np.float64), np.diff(fp).astype(np.float64)
    start, false = tp[:-1].astype(np.float64), fp[:-1].astype(np.float64)
    tied = gained * ((start + gained) / np.maximum(start + gained + false + added, 1))
    best = gained * ((start + gained) / np.maximum(start + gained + false, 1))
    middle = start + (gained + 1) / 2
    even = gained * (middle / (middle + false + added / 2))
    # Worst: precision (start + k) / (below + k) for k = 1..gained. 1 / x is convex, so the sum of 1 / (below + k) is at
    # most the logarithm; the first term alone is a bound as well, and the exact value for a single positive.
    below = start + false + added
    inverse = np.log1p(gained / (below + 0.5))
    worst = np.maximum(gained - (below - start) * inverse, gained * ((start + 1) / (below + 1)))
    return tuple(np.where(unknown, terms, tied) for terms in (worst, even, best))
