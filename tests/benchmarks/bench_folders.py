"""Folders of Cityscapes-sized PNG label maps counted by one process and by two, and the memory of many images."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from tests.benchmarks import Row, median_ms
from tests.image_folders import group, python, write_folders, write_png

IMAGES, HEIGHT, WIDTH, CLASSES = 256, 1024, 2048, 19
# Prints seconds and the process's peak memory in bytes before and after; kernels are compiled before the clock starts.
COUNTING = """
import sys, time
from pathlib import Path
import numpy as np
import metrics_core as mc
from tests.resident import resident
root, classes = Path(sys.argv[1]), int(sys.argv[3])
mc.count(np.zeros((1, 9), np.uint8), np.zeros((1, 9), np.uint8), num_classes=classes, ignore_label=255)
task = mc.FolderTask(
    targets=root / "targets", predictions=root / "predictions", num_classes=classes, ignore_label=255
)
peak = resident("VmHWM")
start = time.perf_counter()
mc.evaluate_folders(task, sys.argv[2], threads=1)
print(time.perf_counter() - start, peak, resident("VmHWM"))
"""


def run() -> Iterator[Row]:
    """Yield time an image beside decoding alone, what a second process brings, and peaks of memory."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_street(root)
        one, before, peak = results(COUNTING, [str(root), str(root / "one.stats"), str(CLASSES)], processes=1)
        two, _, _ = results(COUNTING, [str(root), str(root / "two.stats"), str(CLASSES)], processes=2)
        yield timed(
            "1 process", one, against="decoding both PNG files", other=decoding_ms(root), goal=4, sense="at most"
        )
        yield timed("2 processes", two, against="1 process", other=one, goal=1.6, sense="at least")
        yield memory(f"{IMAGES} Cityscapes-sized pairs", peak - before, limit=128)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_small(root, 10_000)
        seconds, before, peak = results(COUNTING, [str(root), str(root / "run.stats"), "3"], processes=1)
        yield memory(f"10,000 small pairs ({10_000 / seconds:,.0f} a second)", peak - before, limit=64)


def timed(
    name: str, seconds: float, *, against: str, other: float, goal: float, sense: Literal["at least", "at most"]
) -> Row:
    """Milliseconds an image, with images a second in the name."""
    workload = f"folders, {name}: {IMAGES / seconds:,.1f} images/s of {HEIGHT} x {WIDTH}"
    ours, other = seconds * 1000 / IMAGES, other if sense == "at most" else other * 1000 / IMAGES
    return Row(workload=workload, against=against, ours=ours, other=other, goal=goal, sense=sense, unit="ms")


def memory(name: str, taken: float, *, limit: float) -> Row:
    """Peak memory in bytes beyond that of the imported library, beside a fixed limit."""
    return Row(
        workload=f"memory peak, {name}",
        against="limit",
        ours=taken / 2**20,
        other=limit,
        goal=1,
        sense="at most",
        unit="MiB",
    )


def results(code: str, arguments: Sequence[str], *, processes: int) -> tuple[float, float, float]:
    """Seconds and peaks of the slowest, or largest, of the processes."""
    started = group(code, arguments, processes=processes) if processes > 1 else [python(code, *arguments)]
    outputs = [process.communicate() for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError(outputs[0][1])
    found = [[float(part) for part in output.split()] for output, _ in outputs]
    seconds, before, peak = (max(column) for column in zip(*found, strict=True))
    return seconds, before, peak


def write_street(root: Path) -> None:
    """Four different pairs of blocky labels under many names: reading a file twice takes no less than reading two."""
    random = np.random.default_rng(0)
    for index in range(IMAGES):
        for folder in ("targets", "predictions"):
            if index < 4:
                blocks = random.integers(0, CLASSES, (HEIGHT // 16, WIDTH // 16)).astype(np.uint8)
                write_png(root / folder / f"{index}.png", blocks.repeat(16, 0).repeat(16, 1))
            else:
                os.link(root / folder / f"{index % 4}.png", root / folder / f"{index}.png")


def write_small(root: Path, images: int) -> None:
    """One small pair under many names."""
    write_folders(root, 1)
    for folder in ("targets", "predictions"):
        for index in range(1, images):
            os.link(root / folder / "image00000.png", root / folder / f"image{index:05}.png")


def decoding_ms(root: Path) -> float:
    """Milliseconds that Pillow takes for one pair."""
    paths = [root / folder / "0.png" for folder in ("targets", "predictions")]
    return median_ms(lambda: [np.asarray(Image.open(path)) for path in paths])
