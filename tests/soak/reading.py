"""Reading: a NaN in one of 6.5 million pixels, in the last place that is looked at."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator

import numpy as np

import metrics_core as mc
from tests.soak import Row, Size, at_most, holds

IMAGE, ROW, COLUMN = 99, 3, 200


def run(size: Size) -> Iterator[Row]:
    """Scores as arrays, and as a file."""
    scores = np.random.default_rng(0).random((100, 1, 256, 256), np.float32)
    target = (scores[:, 0] > 0.5).astype(np.uint8)
    scores = np.concatenate([1 - scores, scores], 1)
    scores[IMAGE, 1, ROW, COLUMN] = np.nan
    files = [[mc.Upload(name=f"{name}.npy", data=_npy(array))] for name, array in (("t", target), ("p", scores))]
    works: dict[str, Callable[[], object]] = {
        "counting": lambda: mc.count(target, scores, num_classes=2),
        "reading files": lambda: mc.read_pair(*files),
    }
    for name, work in works.items():
        said, seconds = _refusal(work)
        where = f"image {IMAGE}, class 1 (row {ROW}, column {COLUMN})"
        broken = "" if where in said else f"said {said!r}"
        yield holds(f"NaN in 1 pixel of 6.5 million, {name}: named", where, broken=broken)
        yield at_most(f"NaN in 1 pixel of 6.5 million, {name}: until it is found", 1000 * seconds, 100, "ms")


def _refusal(work: Callable[[], object]) -> tuple[str, float]:
    """What is said, and the shortest of three times, the first of which loads compiled code."""
    taken, said = list[float](), ""
    for _ in range(4):
        start = time.perf_counter()
        try:
            work()
        except ValueError as error:
            said = str(error)
        taken.append(time.perf_counter() - start)
    return said, min(taken[1:])


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()
