"""Quotas: shares turned into whole counts that add up, and pixels chosen to fill them exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]
LabelArray = NDArray[np.uint8]
IndexArray = NDArray[np.int64]


def share_count(share: float, total: int) -> int:
    """share * total as a whole number, rounded half up."""
    return min(total, math.floor(share * total + 0.5))


def largest_remainder(shares: tuple[float, ...], total: int) -> tuple[int, ...]:
    """Whole numbers in proportion to the shares that sum to total; the largest remainders round up."""
    exact = [share / math.fsum(shares) * total for share in shares]
    counts = [math.floor(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    # A share of zero gets nothing; rounding errors can leave a count or two more than there are remainders.
    open_places = [i for i in by_remainder if shares[i] > 0]
    for k in range(total - sum(counts)):
        counts[open_places[k % len(open_places)]] += 1
    return tuple(counts)


def highest(field: FloatArray, candidates: BoolArray, count: int) -> IndexArray:
    """Flat indices of the `count` candidates with the highest field, exactly that many."""
    indices = np.flatnonzero(candidates)
    if count == 0:
        return indices[:0]
    values = field.ravel()[indices]
    return indices[np.argpartition(values, len(values) - count)[len(values) - count :]]


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Random numbers of one purpose: drawing more for one leaves those of the others as they are."""
    return np.random.default_rng([seed, *purpose.encode()])


def first_of_each(ids: NDArray[Any], candidates: BoolArray, count: int) -> IndexArray:
    """For each id 0..count one flat index of a candidate that carries it, -1 where none does."""
    indices = np.flatnonzero(candidates)
    chosen = np.full(count + 1, -1, np.int64)
    # Backwards, so that the first index of an id is written last and stays.
    chosen[ids.ravel()[indices[::-1]]] = indices[::-1]
    return chosen
