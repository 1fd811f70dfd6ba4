"""Peak memory beyond the input, each work in a process of its own: counting and exact curves, libraries beside them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import Row, Size, limited
from tests.benchmarks.measured_memory import PEAK

ROOT = Path(__file__).parents[2]
LIBRARIES = ("torchmetrics", "scikit-learn")


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """How many pixels are counted, as what labels, and ranked (0: nothing is), and beside which libraries."""

    counted: int
    kinds: tuple[str, ...]
    ranked: int
    libraries: tuple[str, ...]


KINDS = ("int64", "uint8", "int64 out of order")
PIXELS = {
    "full": Pixels(counted=16_777_216, kinds=KINDS, ranked=6_553_600, libraries=LIBRARIES),
    "quick": Pixels(counted=1024, kinds=KINDS[:1], ranked=0, libraries=()),
}


def run(size: Size = "full") -> Iterator[Row]:
    """Yield our peaks beside their limits, then beside the libraries'; nothing where the system keeps no peak."""
    if PEAK.exists():
        pixels = PIXELS[size]
        yield from counting(pixels)
        if pixels.ranked:
            yield from ranking(pixels)


def counting(pixels: Pixels) -> Iterator[Row]:
    """Yield the peaks of counting labels, bytes, and labels that lie in another order."""
    name = f"peak memory, counting {pixels.counted:,} pixels"
    for kind in pixels.kinds:
        yield limited(f"{name}, {kind}", peak_mb(f"counting {kind}", pixels.counted), 16, unit="MB")
    yield from beside(f"{name}, int64", "counting int64", "counting", pixels.counted, pixels.libraries)


def ranking(pixels: Pixels) -> Iterator[Row]:
    """Yield the peak of exact areas, of both classes, the libraries' of one."""
    name = f"peak memory, exact curves of {pixels.ranked:,} pixels x 2 classes"
    # Megabytes by millions of pixels are bytes a pixel.
    yield limited(name, peak_mb("ranking", pixels.ranked) / (pixels.ranked / 1e6), 6, unit="B/pixel")
    yield from beside(name, "ranking", "ranking", pixels.ranked, pixels.libraries)


def beside(name: str, ours: str, work: str, pixels: int, libraries: tuple[str, ...]) -> Iterator[Row]:
    """Yield how many times as much memory each library takes."""
    taken = peak_mb(ours, pixels) if libraries else 0.0
    for library in libraries:
        other = peak_mb(f"{work}, {library}", pixels)
        yield Row(workload=name, against=library, ours=taken, other=other, goal=1, unit="MB")


def peak_mb(key: str, pixels: int) -> float:
    """Megabytes that a work of measured_memory takes; at least one page, so that ratios are numbers."""
    command = [sys.executable, "-m", "tests.benchmarks.measured_memory", key, str(pixels)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return max(int(done.stdout), 4096) / 1e6
