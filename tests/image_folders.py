"""Folders of small images that tests and benchmarks count, and processes that count them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from metrics_core import FolderTask

VOID, CLASSES = 255, 3
ROOT = Path(__file__).parents[1]


def labels(seed: int, shape: tuple[int, ...] = (6, 8)) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A target with void pixels and a prediction that is right four times in five."""
    random = np.random.default_rng(seed)
    target = random.integers(0, CLASSES, shape).astype(np.uint8)
    predicted = np.where(random.random(shape) < 0.8, target, (target + 1) % CLASSES).astype(np.uint8)
    target[0] = VOID
    return target, predicted


def write_png(path: Path, values: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def write_folders(root: Path, images: int) -> FolderTask:
    """PNG label maps of different heights in root/targets and root/predictions."""
    for index in range(images):
        target, predicted = labels(index, (5 + index % 3, 8))
        write_png(root / "targets" / f"image{index:05}.png", target)
        write_png(root / "predictions" / f"image{index:05}.png", predicted)
    return FolderTask(
        targets=root / "targets", predictions=root / "predictions", num_classes=CLASSES, ignore_label=VOID
    )


def evaluate_command(task: FolderTask, out: Path) -> list[str]:
    """Arguments of `metric-explorer` that count a task of label maps."""
    folders = ["--targets", str(task.targets), "--predictions", str(task.predictions)]
    return ["evaluate", *folders, "--num-classes", str(CLASSES), "--void", str(VOID), "--out", str(out)]


def python(code: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A Python process that runs code with arguments in sys.argv[1:]."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def group(code: str, arguments: Sequence[str], *, processes: int) -> list[subprocess.Popen[str]]:
    """Processes of one group, as torchrun starts them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(processes), "OMP_NUM_THREADS": "1"}
    return [
        python(code, *arguments, **common, RANK=str(rank), LOCAL_RANK=str(rank), GLOO_SOCKET_IFNAME="lo")
        for rank in range(processes)
    ]
