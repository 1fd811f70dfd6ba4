"""Plans: in which order options change, the value after each, and what each is worth in itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from metrics_core.disagreement import lattice

Value = Callable[[frozenset[int]], float]
Method = Literal["exact", "sampled", "none"]
# 2^10 subsets of options take about 50 ms; what more options are worth is taken from a sample of orders.
MOST_EXACT = 10


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Options that matter, in the order of the path; after: the value after each; shares: by option.

    detour: some combinations of the options are undefined.
    """

    order: tuple[int, ...]
    after: tuple[float, ...]
    shares: dict[int, float]
    method: Method
    detour: bool


def plan(number: int, value: Value) -> Plan:
    """The plan for options 0..number-1, where value(changed) is the score once some of them have changed."""
    return _exact(number, value) if number <= MOST_EXACT else _sampled(number, cache(value))


def _exact(number: int, value: Value) -> Plan:
    subsets = (frozenset(i for i in range(number) if mask >> i & 1) for mask in range(1 << number))
    values = np.array([value(subset) for subset in subsets])
    start, effective = values[0], lattice.effective_options(values)
    values = lattice.restrict(values, effective)
    values[0] = start
    order, shares = lattice.calmest_order(values), lattice.attribution(values)
    masks = np.cumsum([1 << i for i in order], dtype=np.int64)
    return Plan(
        order=tuple(effective[i] for i in order),
        after=tuple(values[masks].tolist()),
        shares={} if shares is None else dict(zip(effective, shares.tolist(), strict=True)),
        method="none" if shares is None else "exact",
        detour=not np.isfinite(values).all(),
    )


def _sampled(number: int, value: Value) -> Plan:
    shares, moved, detour = lattice.sampled_attribution(number, value)
    effective = [i for i in range(number) if i in moved]
    changed = frozenset(range(number)) - moved
    order: list[int] = []
    after: list[float] = []
    while len(order) < len(effective):
        left = [i for i in effective if i not in changed]
        chosen = next((i for i in left if np.isfinite(value(changed | {i}))), left[0])
        changed |= {chosen}
        order.append(chosen)
        after.append(value(changed))
    return Plan(
        order=tuple(order),
        after=tuple(after),
        shares={} if shares is None else {i: float(shares[i]) for i in effective},
        method="none" if shares is None else "sampled",
        detour=detour,
    )
