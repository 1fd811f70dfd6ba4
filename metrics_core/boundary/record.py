"""What is left of boundaries once they are measured: how often each distance occurs, for every image and class."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.inputs import InputError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Distances:
    """How often each distance occurs.

    values: float64, ascending, each once, in the units of the spacing; infinite where there was nothing to reach.
    counts: int64, the pixels at each of them.
    """

    values: Floats
    counts: Integers

    @classmethod
    def of(cls, distances: NDArray[Any]) -> Distances:
        """Distances in any order, counted."""
        values, counts = np.unique(distances, return_counts=True)
        return cls(values=values.astype(np.float64), counts=counts.astype(np.int64))

    @property
    def total(self) -> int:
        """Number of pixels."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Mean distance; NaN of none."""
        return float((self.values * self.counts).sum() / self.total) if self.counts.size else math.nan

    def at_most(self, limit: float) -> int:
        """Number of pixels at a distance <= limit."""
        return int(self.counts[: np.searchsorted(self.values, limit, side="right")].sum())

    def below(self, limit: float) -> int:
        """Number of pixels at a distance < limit."""
        return int(self.counts[: np.searchsorted(self.values, limit, side="left")].sum())

    def percentile(self, percent: float) -> float:
        """Percentile, linear between neighbouring pixels as numpy.percentile; NaN of none."""
        if not self.counts.size:
            return math.nan
        place = percent / 100 * (self.total - 1)
        last = np.cumsum(self.counts)
        low, high = (
            float(self.values[np.searchsorted(last, at, "right")]) for at in (math.floor(place), math.ceil(place))
        )
        return low if low == high else low + (high - low) * (place - math.floor(place))

    def and_also(self, other: Distances) -> Distances:
        """These distances and the other ones, counted together."""
        values, place = np.unique(np.concatenate([self.values, other.values]), return_inverse=True)
        counts = np.zeros(values.size, np.int64)
        np.add.at(counts, place, np.concatenate([self.counts, other.counts]))
        return Distances(values=values, counts=counts)


NO_DISTANCES = Distances(values=np.empty(0), counts=np.empty(0, np.int64))


@dataclass(frozen=True, kw_only=True)
class BoundaryCell:
    """The boundaries of one class in one image.

    from_target: of each boundary pixel of the target, the distance to the nearest one of the prediction, infinite
    where there is none; from_prediction: the way back. target_depths, prediction_depths: of each pixel of a mask, the
    distance to the nearest boundary pixel of that mask; shared_depths: of each pixel in both, the larger of its depths.
    """

    from_target: Distances = NO_DISTANCES
    from_prediction: Distances = NO_DISTANCES
    target_depths: Distances = NO_DISTANCES
    prediction_depths: Distances = NO_DISTANCES
    shared_depths: Distances = NO_DISTANCES


@dataclass(frozen=True, kw_only=True)
class ImageBoundaries:
    """One image: its name, its spatial shape, the spacing of its pixels along each axis, and a cell for each class."""

    name: str
    shape: tuple[int, ...]
    spacing: tuple[float, ...]
    cells: tuple[BoundaryCell, ...]

    @property
    def diagonal(self) -> float:
        """Length of the image's diagonal, in the units of the spacing."""
        return math.hypot(*(size * step for size, step in zip(self.shape, self.spacing, strict=True)))


@dataclass(frozen=True, kw_only=True)
class BoundaryStatistics:
    """Distances between the boundaries of target and prediction, from which every boundary score is read.

    images hold one cell for each of class_names; ignore_label is the void label whose pixels belonged to no mask;
    with_depths says whether depths were measured, which boundary IoU needs. Image names are unique.
    """

    images: tuple[ImageBoundaries, ...]
    class_names: tuple[str, ...]
    ignore_label: int | None = None
    with_depths: bool = True

    def __post_init__(self) -> None:
        names = [image.name for image in self.images]
        if len(set(names)) != len(names):
            repeated = Counter(names).most_common(1)[0][0]
            raise InputError(
                f"image names must be unique, so that no image counts twice; {repeated!r} repeats; rename it"
            )
        if wrong := next((image for image in self.images if len(image.cells) != len(self.class_names)), None):
            raise InputError(
                f"every image needs one cell a class ({len(self.class_names)}); {wrong.name!r} has {len(wrong.cells)}"
            )

    @property
    def image_names(self) -> tuple[str, ...]:
        """Names of the images, in order."""
        return tuple(image.name for image in self.images)


def merge_boundaries(*parts: BoundaryStatistics) -> BoundaryStatistics:
    """Statistics of all parts together: images concatenate, in order; their shapes and spacings may differ.

    Raises:
        InputError: classes, void labels or measured depths differ, or an image name repeats.
    """
    if not parts:
        raise InputError("merge_boundaries needs at least one BoundaryStatistics; got none")
    first = parts[0]
    for part in parts[1:]:
        if replace(part, images=()) != replace(first, images=()):
            raise InputError("merge_boundaries needs the same class names, ignore_label and depths in every part")
    return replace(first, images=tuple(image for part in parts for image in part.images))
