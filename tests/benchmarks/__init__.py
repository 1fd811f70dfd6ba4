"""Side-by-side timings: each bench_*.py here has a `run(size)` that yields rows, and `make bench` prints them."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

# Keras asks for it when it is imported.
os.environ.setdefault("KERAS_BACKEND", "torch")

Size = Literal["full", "quick"]
Work = Callable[[], object]
Key = TypeVar("Key")
MARGIN = 0.25  # what a ratio may miss its goal by before `make bench-check` fails: ratios vary that much between runs
VERY_LONG_S = 4.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement beside another of the same run, or beside a fixed limit.

    ours and other are in the same unit. The ratio is other / ours where more is better ("at least" so many times as
    fast) and ours / other where less is ("at most" so many times a limit); goal is a ratio, None where there is none.
    """

    workload: str
    against: str
    ours: float
    other: float
    goal: float | None = None
    sense: Literal["at least", "at most"] = "at least"
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """How many times better than the other (at least), or how many times the limit (at most)."""
        return self.other / self.ours if self.sense == "at least" else self.ours / self.other

    @property
    def met(self) -> bool:
        """Whether the ratio reaches the goal."""
        return self._reaches(self.goal)

    @property
    def within_margin(self) -> bool:
        """Whether the ratio reaches the goal or misses it by no more than the margin."""
        slack = -MARGIN if self.sense == "at least" else MARGIN
        return self._reaches(None if self.goal is None else self.goal * (1 + slack))

    def _reaches(self, goal: float | None) -> bool:
        if goal is None:
            return True
        return self.ratio >= goal if self.sense == "at least" else self.ratio <= goal


def limited(workload: str, ours: float, limit: float, *, unit: str = "ms") -> Row:
    """A row of a measurement that a fixed limit holds for."""
    return Row(workload=workload, against="the limit", ours=ours, other=limit, goal=1, sense="at most", unit=unit)


def medians_ms(works: Mapping[Key, Work], *, rounds: int = 9, patience_s: float = 1.5) -> dict[Key, float]:
    """Time works in milliseconds, the median of each; they take turns, so that a busy moment meets all alike.

    Beyond its first call, which is not counted, a work is called until it has taken patience_s, or rounds times. One
    that takes very long is called once, and that call counts.
    """
    times: dict[Key, list[float]] = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            if not _enough(times[name], patience_s * 1000):
                times[name].append(_one_ms(work))
    return {name: statistics.median(taken[1:] or taken) for name, taken in times.items()}


def _enough(taken: list[float], patience_ms: float) -> bool:
    first, others = sum(taken[:1]), taken[1:]
    return sum(others) >= patience_ms if others else first >= VERY_LONG_S * 1000


def median_ms(work: Work, *, repeats: int = 7) -> float:
    """Time work in milliseconds: the median of repeats, after one call that is not counted."""
    work()
    return statistics.median(_one_ms(work) for _ in range(repeats))


def _one_ms(work: Work) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
