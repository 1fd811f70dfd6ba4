"""What holds for every test: repeatable examples, no network, and results of the shapes that their classes declare."""

import dataclasses
import functools
import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import hypothesis
import numpy as np
import pytest
import torch
from beartype import beartype
from jaxtyping import Bool, Float64, Int64, jaxtyped
from torch import Tensor

from metrics_core.bins import Histogram
from metrics_core.evaluation import Score
from metrics_core.statistics import Statistics

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")
torch.set_num_threads(1)  # the tests run in several processes already

LOCAL = {"127.0.0.1", "::1", "localhost"}


@jaxtyped(typechecker=beartype)
def statistics_shapes(
    confusion: Int64[Tensor, "image side side"] | Float64[Tensor, "image side side"], **_others: Any
) -> None:
    """Statistics: square tables, one an image."""


@jaxtyped(typechecker=beartype)
def histogram_shapes(
    low: Float64[Tensor, "class_ bin"],
    high: Float64[Tensor, "class_ bin"],
    counts: Int64[Tensor, "image class_+1 class_ bin"],
    **_others: Any,
) -> None:
    """Histogram: the bins of counts, low and high are the same ones."""


@jaxtyped(typechecker=beartype)
def score_shapes(
    value: Float64[Tensor, "..."],
    cells: Float64[np.ndarray, "image class"],
    numerators: Float64[np.ndarray, "image class"],
    denominators: Float64[np.ndarray, "image class"],
    included: Bool[np.ndarray, "image class"],
    **_others: Any,
) -> None:
    """Score: each cell has its numerator, its denominator and its part in the average."""


def check_on_creation(kind: type, shapes: Callable[..., None]) -> None:
    """Make every object of a dataclass pass its fields to shapes, which fails where they do not fit."""
    create = kind.__init__

    @functools.wraps(create)
    def create_checked(self: Any, *arguments: Any, **fields: Any) -> None:
        create(self, *arguments, **fields)
        shapes(**{field.name: getattr(self, field.name) for field in dataclasses.fields(self)})

    kind.__init__ = create_checked


check_on_creation(Statistics, statistics_shapes)
check_on_creation(Histogram, histogram_shapes)
check_on_creation(Score, score_shapes)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run once more what failed in a browser, where a busy machine loses an input now and then, or took for ever."""
    for item in items:
        in_browser = "tests/browser/" in item.nodeid
        item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=None if in_browser else r"Timeout \(>"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why something ran once more."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.write_sep("_", f"ran once more: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext[-4000:])


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to other machines, so that nothing tested can depend on one."""
    connect = socket.socket.connect

    def connect_locally(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in LOCAL:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_locally)


@pytest.fixture(autouse=True)
def keep_the_main_module() -> Iterator[None]:
    """Leave the main module as it was: the page's tests put the app's there, and started processes would run that."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
