"""Intervals of scores, and the mistaken one that takes pixels for samples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from metrics_core.cells import class_counts
from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.disagreement.states import one_number
from metrics_core.evaluation import evaluate, rule_of
from metrics_core.formulas import Formula
from metrics_core.statistics import Statistics, refuse_unless_statistics
from metrics_core.uncertainty.draws import FEWEST, RESAMPLES, Draws, draws
from metrics_core.uncertainty.resampled import Resampler
from metrics_core.uncertainty.sampling import (
    LEVEL,
    Interval,
    Method,
    interval,
    leaves_out,
    normal_quantile,
    refuse_unless_level,
    sample,
    without_bounds,
)

Array = NDArray[np.float64]


def bootstrap(
    statistics: Statistics,
    formula: str | Formula,
    convention: Convention | None = None,
    *,
    groups: Mapping[str, str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
    method: Method = "percentile",
) -> Interval:
    """Bootstrap interval of a score: images are drawn with replacement and scored anew, counts summed where pooled.

    groups: a group (patient, scene) for each image name; groups are then drawn whole. Works for every formula and
    convention, thresholds included where scores were counted per image.

    Raises:
        InputError: fewer than 5 images or groups.
        ValueError: resamples, seed, level or method out of range, an image without a group, or as evaluate.

    Source: Efron and Tibshirani, An introduction to the bootstrap, 1993; BCa in section 14.3.
    """
    refuse_unless_statistics(statistics, usage="bootstrap(statistics, 'iou')")
    drawn = draws(statistics.image_names, groups=groups, resamples=resamples, seed=seed)
    return interval_of_draws(statistics, formula, convention, drawn, level=level, method=method)


def interval_of_draws(
    statistics: Statistics,
    formula: str | Formula,
    convention: Convention | None,
    drawn: Draws,
    *,
    level: float,
    method: Method,
) -> Interval:
    """Interval of a score from given draws; without bounds where they draw from fewer than 5."""
    refuse_unless_level(level)
    jackknife = leaves_out(method)
    resampler = Resampler(statistics, formula, convention)

    def scores(weights: Array) -> Array:
        return resampler.scores(weights)[:, None]

    if drawn.units < FEWEST:
        return without_bounds(float(scores(np.ones((1, statistics.num_images)))[0, 0]), drawn, level=level)
    return interval(sample(drawn, scores, jackknife=jackknife), 0, drawn, level=level)


def bootstrap_classes(
    statistics: Statistics,
    formula: str | Formula,
    convention: Convention | None = None,
    *,
    groups: Mapping[str, str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
    method: Method = "percentile",
) -> tuple[Interval, ...]:
    """Bootstrap interval of every class's score, before the average over classes; arguments and errors as bootstrap."""
    refuse_unless_statistics(statistics, usage="bootstrap_classes(statistics, 'iou')")
    refuse_unless_level(level)
    drawn = draws(statistics.image_names, groups=groups, resamples=resamples, seed=seed)
    resampler = Resampler(statistics, formula, convention)
    sampled = sample(drawn, resampler.class_scores, jackknife=leaves_out(method))
    return tuple(interval(sampled, c, drawn, level=level) for c in range(statistics.num_classes))


def images_needed(given: Interval, *, width: float) -> int | None:
    """How many images (or groups) such an interval needs to be this wide; None where resamples do not differ.

    The width falls with the root of the number: drawn * (2 z standard_error / width)^2, z of the interval's level.

    Raises:
        ValueError: the width is not positive.

    Source: El Jurdi, Varoquaux and Colliot, arXiv:2307.10926.
    """
    if not 0 < width < math.inf:
        raise ValueError(f"width must be a positive number, such as 0.02; got {width}")
    if not given.standard_error > 0:
        return None
    wanted = 2 * normal_quantile(given.level) * given.standard_error / width
    return max(math.ceil(given.drawn * wanted**2), 1)


def naive_pixel_interval(
    statistics: Statistics, formula: str | Formula, convention: Convention | None = None, *, level: float = LEVEL
) -> Interval:
    """The interval that takes every pixel for a sample of its own: far too narrow, kept to show that it is.

    value +- z sqrt(value (1 - value) / pixels); NaN for a score outside [0, 1].

    Raises:
        ValueError: as evaluate, or a level outside (0, 1).
    """
    refuse_unless_statistics(statistics, usage="naive_pixel_interval(statistics, 'iou')")
    refuse_unless_level(level)
    rule = replace(rule_of(convention), scale=1.0, digits=None)
    value = one_number(evaluate(formula, statistics, rule))
    counts = class_counts(statistics, replace(rule, pooling="dataset"))
    pixels = float(np.sum(counts.one_vs_rest, axis=0).max())
    error = math.sqrt(value * (1 - value) / pixels) if pixels and 0 <= value <= 1 else math.nan
    half = normal_quantile(level) * error
    return Interval(
        value=value,
        low=value - half,
        high=value + half,
        level=level,
        method="naive_pixels",
        resamples=0,
        seed=0,
        images=statistics.num_images,
        drawn=statistics.num_images,
        unit="image",
        undefined=0,
        standard_error=error,
        note=f"too narrow: it takes {words.plural(pixels, 'pixel')} for as many samples, but pixels of one image "
        f"resemble each other; the samples are the {words.plural(statistics.num_images, 'image')}",
    )
