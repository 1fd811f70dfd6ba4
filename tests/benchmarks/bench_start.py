"""The first seconds of a process: the import beyond torch and numpy, and the first counts with compiled kernels."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

from tests.benchmarks import Row, Size, limited

REPEATS = {"full": 3, "quick": 1}
# Prints milliseconds of both.
START = """
import time, numpy as np, torch
start = time.perf_counter()
import metrics_core as mc
imported = time.perf_counter()
labels = np.zeros((4, 64, 64), np.int64)
begun = time.perf_counter()
mc.count(labels, labels, num_classes=2)
print((imported - start) * 1000, (time.perf_counter() - begun) * 1000)
"""


def run(size: Size = "full") -> Iterator[Row]:
    """Yield the medians of processes that do nothing else."""
    command = [sys.executable, "-c", START]
    done = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(REPEATS[size])]
    printed = [[float(part) for part in each.stdout.split()] for each in done]
    imported, counted = (statistics.median(column) for column in zip(*printed, strict=True))
    yield limited("import of metrics_core beyond torch and numpy", imported, 300)
    yield limited("first counts of a process", counted, 1000)
