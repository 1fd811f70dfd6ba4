"""Lattice: orders in which options can change one after another, and what each option adds in the mean over orders.

A subset of n options is a bit mask; values[mask] is the score once these options have changed. NaN is undefined, and so
is infinity here: from a number to it there is no difference to share out.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Differences below this come from rounding, e.g. of a score multiplied by 100 and divided again.
TOLERANCE = 1e-12
SAMPLED_ORDERS = 128


def differs(first: float, second: float) -> bool:
    """Whether two scores differ by more than rounding, or only one of them is undefined."""
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) != math.isnan(second)
    return first != second and abs(first - second) > TOLERANCE


def effective_options(values: Array) -> tuple[int, ...]:
    """Options that change the value in at least one subset of the others."""
    return tuple(i for i in range(_number(values)) if _changes(values, i))


def restrict(values: Array, options: tuple[int, ...]) -> Array:
    """Values over the subsets of some options only, once all others have changed."""
    masks = np.zeros(1 << len(options), np.int64)
    for position, option in enumerate(options):
        masks |= (np.arange(masks.size) >> position & 1) << option
    rest = (values.size - 1) & ~sum(1 << option for option in options)
    return values[masks | rest]


def calmest_order(values: Array) -> tuple[int, ...]:
    """Order with the fewest undefined values on the way; among those, the one that keeps the options' own order."""
    size = values.size
    undefined = (~np.isfinite(values)).astype(np.int64).tolist()
    cost = [0] * size
    for mask in range(size - 2, -1, -1):
        cost[mask] = min(undefined[after] + cost[after] for after in _supersets(mask, size))
    order: list[int] = []
    mask = 0
    while mask != size - 1:
        after = min(_supersets(mask, size), key=lambda later: (undefined[later] + cost[later], later))
        order.append((after ^ mask).bit_length() - 1)
        mask = after
    return tuple(order)


def attribution(values: Array) -> Array | None:
    """What each option adds, in the mean over all orders whose values are all defined; None if there is no such order.

    With every value defined these are the Shapley values. They add up to values[-1] - values[0].
    """
    number, size = _number(values), values.size
    allowed = np.isfinite(values)
    forward, backward = [0] * size, [0] * size
    for mask in range(size):
        before = sum(forward[mask ^ 1 << i] for i in range(number) if mask >> i & 1)
        forward[mask] = int(allowed[mask]) * (before if mask else 1)
    for mask in range(size - 1, -1, -1):
        after = sum(backward[later] for later in _supersets(mask, size))
        backward[mask] = int(allowed[mask]) * (after if mask != size - 1 else 1)
    if not forward[-1]:
        return None
    ways, onward = np.array(forward, np.float64), np.array(backward, np.float64)
    known = np.where(allowed, values, 0.0)
    shares = np.empty(number)
    for i in range(number):
        without = np.flatnonzero(~np.arange(size) >> i & 1)
        later = without | 1 << i
        shares[i] = (ways[without] * onward[later] * (known[later] - known[without])).sum() / ways[-1]
    return shares


def sampled_attribution(
    number: int, value: Callable[[frozenset[int]], float]
) -> tuple[Array | None, frozenset[int], bool]:
    """The same over a fixed sample of orders and their reverses, for more options than all subsets allow.

    Also returns the options that changed the value somewhere, and whether some value was undefined.
    """
    generator = np.random.default_rng(0)
    total, orders, moved, undefined = np.zeros(number), 0, np.zeros(number, np.bool_), False
    for _ in range(SAMPLED_ORDERS // 2):
        drawn = generator.permutation(number)
        for order in (drawn, drawn[::-1]):
            path = np.array([value(frozenset(order[:k].tolist())) for k in range(number + 1)])
            moved[order] |= ~np.isclose(path[1:], path[:-1], rtol=0, atol=TOLERANCE, equal_nan=True)
            if np.isfinite(path).all():
                total[order] += np.diff(path)
                orders += 1
            else:
                undefined = True
    return total / orders if orders else None, frozenset(np.flatnonzero(moved).tolist()), undefined


def _number(values: Array) -> int:
    return values.size.bit_length() - 1


def _supersets(mask: int, size: int) -> list[int]:
    """Masks with one more option."""
    return [mask | 1 << i for i in range(size.bit_length() - 1) if not mask >> i & 1]


def _changes(values: Array, option: int) -> bool:
    masks = np.arange(values.size)
    without, with_it = values[~masks >> option & 1 == 1], values[masks >> option & 1 == 1]
    return not np.isclose(without, with_it, rtol=0, atol=TOLERANCE, equal_nan=True).all()
