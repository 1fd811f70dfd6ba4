"""Jobs that go wrong in the ways that a decoder may, for the tests of reading apart."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import metrics_core as mc
from app.reading_work import Job, Read


def act(job: tuple[str, str], progress: Callable[[str, float], None]) -> str:
    """Do what the job's first word says; where it goes well, the second comes back."""
    word, detail = job
    progress(str(os.getpid()), 0.5)
    _ACTS[word](detail)
    return 5 if word == "answer a number" else detail  # pyright: ignore[reportReturnType]


def crash(job: Job, progress: Callable[[str, float], None]) -> Read:
    """Begin to read the first file, and crash."""
    progress(job.predictions[0].name if isinstance(job.predictions, tuple) else "", 0.5)
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("a crash ends the process")


def _fill(_detail: str) -> None:
    held: list[Any] = []
    while True:
        held.append(np.ones(2**22))


def _fill_with_tensors(_detail: str) -> None:
    held: list[Any] = []
    while True:
        held.append(torch.ones(2**22))


def _sleep(_detail: str) -> None:
    while True:
        time.sleep(1)


def _compute(_detail: str) -> None:
    while True:
        pass


def _refuse(detail: str) -> None:
    raise mc.FileError(detail)


def _wait_for(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.01)


def _nothing(_detail: str) -> None:
    pass


_ACTS: dict[str, Callable[[str], None]] = {
    "answer": _nothing,
    "answer a number": _nothing,
    "compute": _compute,
    "end by": lambda name: os.kill(os.getpid(), signal.Signals[name]),
    "fail": lambda detail: _ACTS[f"no act {detail}"](""),
    "fill": _fill,
    "fill with tensors": _fill_with_tensors,
    "read address 0": lambda _: print(ctypes.string_at(0)),
    "refuse": _refuse,
    "sleep": _sleep,
    "wait for": _wait_for,
}
