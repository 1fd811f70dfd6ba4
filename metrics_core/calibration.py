"""Calibration: whether scores are the probabilities they look like, and the threshold that suits a formula best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.bins import Histogram, threshold_counts
from metrics_core.curves import formula_against_threshold
from metrics_core.disagreement import words
from metrics_core.formulas import Formula, get_formula
from metrics_core.inputs import whole_number
from metrics_core.statistics import Statistics, refuse_unless_statistics

Array = NDArray[np.float64]
Grouping = Literal["equal_width", "equal_mass"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reliability:
    """How often pixels of one class are what their scores say, class against the rest.

    For each group of scores [group]: edges float64 [group + 1], pixels int64, mean score and frequency of the class
    float64, NaN in an empty group. ece: expected calibration error, sum of pixels / all * |mean score - frequency|;
    largest_error: the largest of these gaps. brier: mean of (score - 1)^2 over pixels of the class and score^2 over the
    others. All in [0, 1], 0 is best, NaN without a pixel. ece_error, brier_error: how far the values can be from those
    of the scores themselves, since a histogram keeps only the smallest and largest score of a bin; 0 where exact.
    """

    label: int
    grouping: Grouping
    edges: Array
    pixels: NDArray[np.int64]
    mean_scores: Array
    frequencies: Array
    ece: float
    ece_error: float
    largest_error: float
    brier: float
    brier_error: float


@dataclass(frozen=True, kw_only=True)
class BestThreshold:
    """The threshold (score >= threshold) at which a formula is best, its value there and at 0.5, and a warning."""

    label: int
    threshold: float
    value: float
    value_at_half: float
    warning: str


def reliability(
    statistics: Statistics,
    label: int,
    *,
    groups: int = 15,
    grouping: Grouping = "equal_width",
    ignored_classes: Sequence[int] = (),
) -> Reliability:
    """Reliability diagram, expected calibration error and Brier score of a class, from the histogram of its scores.

    equal_width: groups divide [0, 1] evenly; equal_mass: each holds about as many pixels, equal scores together. Void
    pixels and those of ignored classes are left out; pooled over images.

    Raises:
        ValueError: no scores, no such class or grouping, or a number of groups outside 2..number of bins.

    Source: Naeini, Cooper and Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, 2015; Nixon
    et al., arXiv:1904.01685; Brier, Verification of forecasts expressed in terms of probability, 1950.
    """
    refuse_unless_statistics(statistics, usage="reliability(statistics, 1)")
    refuse_unless_one_of(grouping, Grouping, "grouping")
    groups = whole_number(groups, "groups")
    scores = _Scores.of(_histogram(statistics, label), label, ignored_classes)
    if not 2 <= groups <= scores.bins:
        raise ValueError(f"groups must be 2..{scores.bins}, the number of bins of the scores; got {groups}")
    edges, group_of = scores.even(groups) if grouping == "equal_width" else scores.massed(groups)
    pixels, positives, total = (
        np.bincount(group_of, part, groups) for part in (scores.pixels, scores.positives, scores.pixels * scores.middle)
    )
    with np.errstate(invalid="ignore"):
        means, frequencies = total / pixels, positives / pixels
    gaps, number = np.abs(total - positives), max(scores.pixels.sum(), 1.0)
    split = scores.split(edges) if grouping == "equal_width" else 0.0
    empty = not scores.pixels.any()
    brier, brier_error = scores.brier()
    return Reliability(
        label=label,
        grouping=grouping,
        edges=edges,
        pixels=pixels.astype(np.int64),
        mean_scores=means,
        frequencies=frequencies,
        ece=math.nan if empty else float(gaps.sum() / number),
        ece_error=math.nan if empty else float((scores.pixels * scores.half).sum() + 2 * split) / number,
        largest_error=math.nan if empty else float(np.nanmax(np.abs(means - frequencies))),
        brier=brier,
        brier_error=brier_error,
    )


def best_threshold(
    statistics: Statistics, formula: str | Formula, label: int, *, ignored_classes: Sequence[int] = ()
) -> BestThreshold:
    """The threshold on the edges of the bins at which a formula of one class, pooled over images, is best.

    In the middle of neighbours that are as good; inf predicts nothing, NaN where the formula is nowhere defined.

    Raises:
        ValueError: no scores, no such class, or an unknown formula.
    """
    refuse_unless_statistics(statistics, usage="best_threshold(statistics, 'iou', 1)")
    histogram, record = _histogram(statistics, label), get_formula(formula)
    counts = threshold_counts(histogram.pooled(), ignored_classes=ignored_classes)
    values = formula_against_threshold(record, counts)[0, label].numpy()
    thresholds = np.append(histogram.bins.edges.numpy()[:-1], np.inf)
    best = _middle_of_best(values if record.best > record.worst else -values)
    images = words.plural(statistics.num_images, "image")
    return BestThreshold(
        label=label,
        threshold=math.nan if best is None else float(thresholds[best]),
        value=math.nan if best is None else float(values[best]),
        value_at_half=float(values[histogram.bins.index_at(0.5)]),
        warning=f"this threshold was chosen on the {images} it is scored on, so {record.name} at it is too good for "
        "new ones: choose it on other data than you report",
    )


def _middle_of_best(good: Array) -> int | None:
    """Index in the middle of the first run of largest values; None where all are undefined."""
    if np.isnan(good).all():
        return None
    first = int(np.nanargmax(good))
    rest = np.flatnonzero(good[first:] != good[first])
    last = first + int(rest[0]) - 1 if rest.size else good.size - 1
    return (first + last) // 2


def _histogram(statistics: Statistics, label: int) -> Histogram:
    if statistics.histogram is None:
        raise ValueError("calibration and thresholds need scores: count scores with a histogram, not labels")
    if not 0 <= whole_number(label, "label") < statistics.num_classes:
        raise ValueError(f"label must be a class 0..{statistics.num_classes - 1}; got {label}")
    return statistics.histogram


@dataclass(frozen=True, kw_only=True, eq=False)
class _Scores:
    """Scores of a class by bin, those that occur: pixels and positives [bin], smallest and largest score."""

    pixels: Array
    positives: Array
    low: Array
    high: Array
    bins: int

    @classmethod
    def of(cls, histogram: Histogram, label: int, ignored: Sequence[int]) -> _Scores:
        counts = threshold_counts(histogram.pooled(), ignored_classes=ignored)
        positives, negatives = (-np.diff(part[0, label].numpy()).astype(np.float64) for part in (counts.tp, counts.fp))
        low, high = (part[label].cpu().numpy() for part in (histogram.low, histogram.high))
        kept = positives + negatives > 0
        return cls(
            pixels=(positives + negatives)[kept],
            positives=positives[kept],
            low=low[kept],
            high=high[kept],
            bins=histogram.bins.count,
        )

    @property
    def middle(self) -> Array:
        """What stands for the scores of a bin."""
        return (self.low + self.high) / 2

    @property
    def half(self) -> Array:
        """How far from it they can be."""
        return (self.high - self.low) / 2

    def even(self, groups: int) -> tuple[Array, NDArray[np.intp]]:
        """Edges of groups of equal width and the group of each bin."""
        edges = np.arange(groups + 1) / groups
        return edges, np.minimum(np.searchsorted(edges, self.middle, side="right") - 1, groups - 1)

    def massed(self, groups: int) -> tuple[Array, NDArray[np.intp]]:
        """Edges of groups of about equal mass and the group of each bin: that of its middle pixel."""
        before = np.cumsum(self.pixels) - self.pixels
        share = (before + self.pixels / 2) / max(self.pixels.sum(), 1.0)
        group_of = np.minimum((share * groups).astype(np.intp), groups - 1)
        firsts = np.searchsorted(group_of, np.arange(1, groups))
        starts = np.append(self.low, 1.0)[firsts]
        return np.concatenate([[0.0], starts, [1.0]]), group_of

    def split(self, edges: Array) -> float:
        """Largest gap (scores less positives) that can lie on the wrong side of an edge that crosses a bin."""
        crossed = np.searchsorted(edges, self.low, side="right") != np.searchsorted(edges, self.high, side="right")
        crossed &= self.low < self.high
        negatives = self.pixels - self.positives
        return float(np.maximum(self.positives * (1 - self.low), negatives * self.high)[crossed].sum())

    def brier(self) -> tuple[float, float]:
        """Brier score and how far it can be from that of the scores themselves."""
        if not self.pixels.any():
            return math.nan, math.nan
        negatives, number = self.pixels - self.positives, self.pixels.sum()

        def mean(positive: Array, negative: Array) -> float:
            return float((self.positives * (1 - positive) ** 2 + negatives * negative**2).sum() / number)

        value = mean(self.middle, self.middle)
        best, worst = mean(self.high, self.low), mean(self.low, self.high)
        return value, max(worst - value, value - best)
