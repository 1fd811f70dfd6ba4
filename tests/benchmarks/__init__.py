"""Side-by-side timings: each bench_*.py here has a `run()` that yields rows, and `make bench` prints them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement beside another of the same run, or beside a fixed limit.

    ours and other are in the same unit. The ratio is other / ours where more is better ("at least" so many times as
    fast) and ours / other where less is ("at most" so many times a limit); goal is a ratio.
    """

    workload: str
    against: str
    ours: float
    other: float
    goal: float
    sense: Literal["at least", "at most"] = "at least"
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """How many times better than the other (at least), or how many times the limit (at most)."""
        return self.other / self.ours if self.sense == "at least" else self.ours / self.other

    @property
    def met(self) -> bool:
        """Whether the ratio reaches the goal."""
        return self.ratio >= self.goal if self.sense == "at least" else self.ratio <= self.goal


def median_ms(work: Callable[[], object], *, repeats: int = 7) -> float:
    """Time work in milliseconds: the median of repeats, after one call that is not counted."""
    work()
    return statistics.median(_one_ms(work) for _ in range(repeats))


def _one_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
