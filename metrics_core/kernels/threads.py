"""Threads of the CPU kernels: plain ones, started for one call, so that sessions and forked processes share none."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from metrics_core.inputs import whole_number

Share = TypeVar("Share")
Result = TypeVar("Result")
SMALL_WORK = 200_000  # pixels below which threads cost more than they save
MOST_BY_DEFAULT = 8  # threads that the memory of usual machines keeps busy
_chosen: int | None = None


def set_num_threads(number: int | None) -> None:
    """Let each call of the CPU kernels use this many threads; None takes the cores this process may run on, at most 8.

    Raises:
        ValueError: fewer than 1, or no whole number.
    """
    global _chosen
    chosen = None if number is None else whole_number(number, "number")
    if chosen is not None and chosen < 1:
        raise ValueError(f"number must be at least 1, or None for the cores at hand; got {number}")
    _chosen = chosen


def get_num_threads() -> int:
    """Number of threads that a call of the CPU kernels may use."""
    return _chosen or min(_cores(), MOST_BY_DEFAULT)


def _cores() -> int:
    # Not every system can tell the cores that a process is confined to.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_for(pixels: int) -> int:
    """Number of threads worth starting for this many pixels."""
    return 1 if pixels < SMALL_WORK else get_num_threads()


def in_threads(function: Callable[[Share], Result], shares: Iterable[Share], threads: int) -> list[Result]:
    """The function's results for every share, in order; the calling thread works beside threads - 1 others."""
    if threads == 1:
        return [function(share) for share in shares]
    given = list(shares)
    left = deque(range(len(given)))
    results: dict[int, Result] = {}

    def work() -> None:
        try:
            for number in _taken_from(left):
                results[number] = function(given[number])
        finally:  # Where one fails, or is interrupted, nobody begins another share.
            left.clear()

    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(work) for _ in range(threads - 1)]
        work()
    for each in others:
        each.result()
    return [results[number] for number in range(len(given))]


def _taken_from(left: deque[int]) -> Iterator[int]:
    """The first of what is left, again and again, until other threads have taken the last."""
    with suppress(IndexError):
        while True:
            yield left.popleft()
