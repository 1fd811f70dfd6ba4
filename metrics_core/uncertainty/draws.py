"""Draws: which images, or groups of images, each resample holds and how often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metrics_core.inputs import InputError, whole_number

Array = NDArray[np.float64]
RESAMPLES, RESAMPLES_FOR_EXPORT = 2_000, 10_000
FEWEST, FEW = 5, 20
_MOST_RESAMPLES = 1_000_000
# Weights of a block: 32 MB of float64.
_BLOCK = 2**22


@dataclass(frozen=True, kw_only=True, eq=False)
class Draws:
    """Resamples with replacement of units: images, or groups of images that are drawn together.

    unit_of: int64 [image], 0..units-1. The numbers of a resample are drawn as scipy.stats.bootstrap draws them, so that
    one seed gives one set of resamples in both.
    """

    unit_of: NDArray[np.int64]
    units: int
    unit: Literal["image", "group"]
    resamples: int
    seed: int

    def blocks(self) -> Iterator[Array]:
        """How often each image occurs, float64 [resample, image], some resamples at a time."""
        generator = np.random.default_rng(self.seed)
        for size in _block_sizes(self.resamples, max(self.units, self.unit_of.size)):
            drawn = generator.integers(0, self.units, (size, self.units))
            places = drawn + self.units * np.arange(size)[:, None]
            times = np.bincount(places.ravel(), minlength=size * self.units).reshape(size, self.units)
            weights = times.astype(np.float64)
            yield weights if self.unit == "image" else weights[:, self.unit_of]

    def without_one(self) -> Iterator[Array]:
        """Every image once but those of one unit, float64 [unit, image], some units at a time: the jackknife."""
        start = 0
        for size in _block_sizes(self.units, self.unit_of.size):
            yield (np.arange(start, start + size)[:, None] != self.unit_of).astype(np.float64)
            start += size


def _block_sizes(rows: int, width: int) -> list[int]:
    most = max(1, _BLOCK // max(width, 1))
    return [min(most, rows - start) for start in range(0, rows, most)]


def draws(image_names: Sequence[str], *, groups: Mapping[str, str] | None, resamples: int, seed: int) -> Draws:
    """Resamples of images, or of groups: a group for each image name.

    Raises:
        InputError: fewer than 5 images or groups.
        ValueError: resamples or seed outside their range, or an image without a group.
    """
    drawn = any_draws(image_names, groups=groups, resamples=resamples, seed=seed)
    if drawn.units < FEWEST:
        raise InputError(f"an interval needs at least {FEWEST} {drawn.unit}s to draw from; got {drawn.units}")
    return drawn


def any_draws(image_names: Sequence[str], *, groups: Mapping[str, str] | None, resamples: int, seed: int) -> Draws:
    """The same of any number of images, as few as they may be."""
    if not 1 <= whole_number(resamples, "resamples") <= _MOST_RESAMPLES:
        raise ValueError(f"resamples must be 1..{_MOST_RESAMPLES:,}; got {resamples:,}; 2,000 serve well")
    if not _is_natural(seed):
        raise ValueError(f"seed must be a whole number, 0 or more; got {seed!r}")
    unit_of = _unit_indices(image_names, groups)
    units, unit = int(unit_of.max(initial=-1)) + 1, "image" if groups is None else "group"
    return Draws(unit_of=unit_of, units=units, unit=unit, resamples=resamples, seed=seed)


def _unit_indices(image_names: Sequence[str], groups: Mapping[str, str] | None) -> NDArray[np.int64]:
    """The unit of each image, int64 [image]: the image itself, or its group, numbered in order of appearance.

    Raises:
        ValueError: an image without a group.
    """
    if groups is None:
        return np.arange(len(image_names))
    if missing := [name for name in image_names if name not in groups]:
        raise ValueError(
            f"groups must name the group of every image; {len(missing)} of {len(image_names)} have none, the first is "
            f"{missing[0]!r}"
        )
    numbers = {group: i for i, group in enumerate(dict.fromkeys(groups[name] for name in image_names))}
    return np.array([numbers[groups[name]] for name in image_names], np.int64)


def _is_natural(value: object) -> bool:
    return isinstance(value, int | np.integer) and bool(value >= 0)
