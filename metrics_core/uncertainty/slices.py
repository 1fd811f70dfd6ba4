"""Slices: scores of parts of the data, by what is known of the images or by the size of what they show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.formulas import Formula
from metrics_core.inputs import whole_number
from metrics_core.statistics import Statistics, refuse_unless_statistics
from metrics_core.uncertainty.draws import RESAMPLES, any_draws
from metrics_core.uncertainty.intervals import interval_of_draws
from metrics_core.uncertainty.sampling import LEVEL, Interval, Method

NO_ENTRY = "no entry"


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Images of one label, and their score; its interval has no bounds below 5 images or groups."""

    label: str
    image_names: tuple[str, ...]
    score: Interval


def score_slices(
    statistics: Statistics,
    formula: str | Formula,
    convention: Convention | None = None,
    *,
    labels: Mapping[str, str],
    groups: Mapping[str, str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
    method: Method = "percentile",
) -> tuple[Slice, ...]:
    """Score of every slice of the images; labels: the slice of each image name, those without one are "no entry".

    Slices come in the order of their labels, numbers by value.

    Raises:
        ValueError: as bootstrap.
    """
    refuse_unless_statistics(statistics, usage="score_slices(statistics, 'iou', labels=labels)")
    members: dict[str, list[int]] = {}
    for i, name in enumerate(statistics.image_names):
        members.setdefault(labels.get(name, NO_ENTRY), []).append(i)
    slices: list[Slice] = []
    for label in sorted(members, key=_by_number):
        part = statistics.select(members[label])
        drawn = any_draws(part.image_names, groups=groups, resamples=resamples, seed=seed)
        score = interval_of_draws(part, formula, convention, drawn, level=level, method=method)
        slices.append(Slice(label=label, image_names=part.image_names, score=score))
    return tuple(slices)


def size_labels(statistics: Statistics, label: int, *, number: int = 4) -> dict[str, str]:
    """Label of each image name: its quantile by target pixels of a class, or that it has none.

    Fewer slices than asked for where many images have the same number of pixels.

    Raises:
        ValueError: no such class, or fewer than 2 slices.
    """
    refuse_unless_statistics(statistics, usage="size_labels(statistics, 1)")
    if not 0 <= whole_number(label, "label") < statistics.num_classes:
        raise ValueError(f"label must be a class 0..{statistics.num_classes - 1}; got {label}")
    if whole_number(number, "number") < 2:
        raise ValueError(f"number must be at least 2 slices; got {number}")
    sizes = statistics.per_image.rows[:, label]
    present = sizes[sizes > 0]
    texts = ["no target pixel"] * len(sizes)
    if present.size:
        cuts = np.unique(np.quantile(present, np.arange(1, number) / number))
        places = np.searchsorted(cuts, sizes, side="left")
        for order, place in enumerate(np.unique(places[sizes > 0]), start=1):
            inside = (places == place) & (sizes > 0)
            low, high = (words.shown_count(edge) for edge in (sizes[inside].min(), sizes[inside].max()))
            pixels = f"{low} to {high} pixels" if low != high else words.plural(int(sizes[inside][0]), "pixel")
            for i in np.flatnonzero(inside):
                texts[i] = f"{order}: {pixels}"
    return dict(zip(statistics.image_names, texts, strict=True))


def _by_number(label: str) -> list[tuple[int, str]]:
    """A key under which "2" comes before "10"."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", label)]
