"""Pairs: two models on the same images, and whether the difference between them is more than chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.formulas import Formula
from metrics_core.statistics import Statistics, refuse_unless_statistics
from metrics_core.uncertainty.contest import Contest, contest
from metrics_core.uncertainty.draws import FEW, RESAMPLES
from metrics_core.uncertainty.sampling import DECIMALS, Interval, Method, interval

Array = NDArray[np.float64]
NEEDED_SHARE = 0.95


@dataclass(frozen=True, kw_only=True)
class PairedDifference:
    """Two models on the images that both have; all scores as fractions.

    a, b: scores. difference: b - a with its 95 % interval. better: by the sign of the difference and the formula's
    direction. wins, ties, losses: images on which b is better, equal, worse; undefined: images without both scores.
    median_difference: median of b - a over images. p_value: Wilcoxon signed-rank test over images (means of groups,
    where groups are drawn), NaN without a pair; p_holm: adjusted for all pairs compared. rank_one_share: share of
    resamples in which b is better, ties half. dropped: images that only one has; different_targets: images whose target
    differs between the two, so that they are no fair pair. winner: the name of a model only if the interval excludes 0
    and the model is first in 95 % of resamples; reason: in one sentence.
    """

    names: tuple[str, str]
    a: float
    b: float
    difference: Interval
    better: Literal["a", "b", "neither"]
    wins: int
    ties: int
    losses: int
    undefined: int
    median_difference: float
    p_value: float
    p_holm: float
    rank_one_share: float
    images: int
    dropped: tuple[str, ...]
    different_targets: tuple[str, ...]
    winner: str | None
    reason: str


def paired_difference(
    a: Statistics,
    b: Statistics,
    formula: str | Formula,
    convention: Convention | None = None,
    *,
    names: tuple[str, str] = ("A", "B"),
    groups: Mapping[str, str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    method: Method = "percentile",
) -> PairedDifference:
    """Difference of two models by a score, each resample holding the same images of both.

    Raises:
        InputError: fewer than 5 images or groups in common.
        ValueError: equal names, different classes, no image in common, or as bootstrap.

    Source: Wilcoxon, Individual comparisons by ranking methods, 1945 (scipy.stats.wilcoxon).
    """
    refuse_unless_statistics(a, b, usage="paired_difference(statistics_a, statistics_b, 'iou')")
    if names[0] == names[1]:
        raise ValueError(f"names must tell the two models apart; got {names[0]!r} twice")
    models = dict(zip(names, (a, b), strict=True))
    return pair(
        contest(models, formula, convention, groups=groups, resamples=resamples, seed=seed, method=method), 0, 1
    )


def pair(models: Contest, first: int, second: int) -> PairedDifference:
    """The difference of two models of a contest."""
    difference = interval(models.sampled.difference(second, first), 0, models.drawn)
    by_image = np.round(models.image_scores[second] - models.image_scores[first], DECIMALS)
    gains = by_image[~np.isnan(by_image)] * models.goodness
    names = models.names[first], models.names[second]
    share = float(rank_one_shares(models, [first, second])[1])
    p_value = wilcoxon(models.units(by_image))
    winner, reason = _winner(models, names, difference, share)
    return PairedDifference(
        names=names,
        a=float(models.sampled.observed[first]),
        b=float(models.sampled.observed[second]),
        difference=difference,
        better=_better(difference.value * models.goodness),
        wins=int((gains > 0).sum()),
        ties=int((gains == 0).sum()),
        losses=int((gains < 0).sum()),
        undefined=by_image.size - gains.size,
        median_difference=float(np.median(gains)) * models.goodness if gains.size else math.nan,
        p_value=p_value,
        p_holm=p_value,
        rank_one_share=share,
        images=by_image.size,
        dropped=models.dropped,
        different_targets=models.different_targets,
        winner=winner,
        reason=reason,
    )


def rank_one_shares(models: Contest, chosen: list[int]) -> Array:
    """Share of resamples in which each of the chosen models is first [model]; those that tie share the place."""
    values = np.round(models.sampled.values[:, chosen], DECIMALS) * models.goodness
    values = values[~np.isnan(values).all(1)]
    if not len(values):
        return np.full(len(chosen), math.nan)
    first = values == np.nanmax(values, 1, keepdims=True)
    return (first / first.sum(1, keepdims=True)).mean(0)


def wilcoxon(differences: Array) -> float:
    """P value of the signed-rank test that differences [unit] lie around 0; 1 if all are 0, NaN if none is defined."""
    defined = np.round(differences[~np.isnan(differences)], DECIMALS)
    if not defined.any():
        return 1.0 if defined.size else math.nan
    from scipy import stats  # imported where it is used: it takes longer than all the rest together

    test: Any = stats.wilcoxon(defined)
    return float(test.pvalue)


def _better(gain: float) -> Literal["a", "b", "neither"]:
    rounded = round(gain, DECIMALS) if math.isfinite(gain) else 0.0
    return "neither" if rounded == 0 else "b" if rounded > 0 else "a"


def _winner(models: Contest, names: tuple[str, str], difference: Interval, share: float) -> tuple[str | None, str]:
    """The winner, if there is one, and why."""
    gain = difference.value * models.goodness
    low, high = words.shown_score(difference.low), words.shown_score(difference.high)
    shown = f"the 95 % interval of the difference, {low} to {high},"
    if models.different_targets:
        number = words.plural(len(models.different_targets), "image")
        return None, f"no winner: the two have different targets in {number}, so they are no fair pair"
    if math.isnan(difference.low):
        return None, f"no winner: {difference.note}"
    if not difference.excludes_zero:
        return None, f"no winner: {shown} includes 0"
    name, first = (names[1], share) if gain > 0 else (names[0], 1 - share)
    if first < NEEDED_SHARE:
        return None, f"no winner: {name} is first in {words.shown_share(first, 1)} of resamples, less than 95 %"
    caution = f"; {difference.note}" if models.drawn.units < FEW else ""
    images = words.plural(len(models.image_names), "common image")
    first_in = words.shown_share(first, 1)
    return (
        name,
        f"{name} is better on {images}: {shown} excludes 0, and it is first in {first_in} of resamples{caution}",
    )
