"""Presets beside the libraries themselves, where they are installed: random data and any arguments they take."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from metrics_core.presets import score_like

SEEDS = range(12)
Call = Callable[["Data", dict[str, Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Data:
    """Random labels [image, row, column], some of them ignored, some predictions no class."""

    target: Tensor
    prediction: Tensor
    num_classes: int
    ignore_label: int | None

    @property
    def kept(self) -> tuple[Tensor, Tensor]:
        """Target and prediction in one row, ignored pixels dropped."""
        kept = torch.ones_like(self.target, dtype=torch.bool)
        if self.ignore_label is not None:
            kept = self.target != self.ignore_label
        return self.target[kept], self.prediction[kept]

    def one_hot(self, labels: Tensor) -> Tensor:
        """[image, class, row, column]: all zero where the label is no class."""
        return (labels[:, None] == torch.arange(self.num_classes)[None, :, None, None]).long()


def data(chance: random.Random, *, strays: float) -> Data:
    num_classes, images = chance.choice([2, 3, 5]), chance.choice([1, 3])
    generator = torch.Generator().manual_seed(chance.randrange(2**31))
    shape = (images, 3, 4)
    seen = torch.randperm(num_classes, generator=generator)[: chance.choice([num_classes, num_classes - 1])]
    target = seen[torch.randint(len(seen), shape, generator=generator)]
    guess = torch.randint(num_classes, shape, generator=generator)
    prediction = torch.where(torch.rand(shape, generator=generator) < chance.choice([0, 0.5, 1]), target, guess)
    ignore_label = chance.choice([None, 255, -1, chance.randrange(num_classes)])
    if ignore_label in (255, -1):
        target = torch.where(torch.rand(shape, generator=generator) < 0.2, ignore_label, target)
    if chance.random() < strays:
        prediction[0, 0, 0] = chance.choice([num_classes, -1, 255])
    return Data(target=target, prediction=prediction, num_classes=num_classes, ignore_label=ignore_label)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Leave the libraries' own warnings, and those of importing them, unheard."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def agree(function: str, given: Data, call: Call, arguments: dict[str, Any]) -> bool:
    """Whether the library and its preset return the same, or both refuse."""
    try:
        theirs = np.asarray(call(given, arguments), np.float64)
    except (ValueError, RuntimeError, IndexError):
        theirs = None
    try:
        ours = score_like(
            function,
            given.target,
            given.prediction,
            num_classes=given.num_classes,
            ignore_label=given.ignore_label,
            **arguments,
        ).numpy()
    except ValueError:
        ours = None
    if theirs is None or ours is None:
        return theirs is ours
    return theirs.shape == ours.shape and np.allclose(theirs, ours, rtol=1e-5, atol=5e-6, equal_nan=True)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("score", ["precision", "recall", "f1_score", "fbeta_score", "specificity", "jaccard_index"])
def test_torchmetrics(quiet: None, score: str, seed: int) -> None:
    library = pytest.importorskip("torchmetrics.functional.classification")
    chance = random.Random(seed)
    arguments: dict[str, Any] = {"average": chance.choice(["micro", "macro", "weighted", "none", None])}
    if score != "jaccard_index":
        arguments["multidim_average"] = chance.choice(["global", "samplewise"])
    if score != "specificity":
        arguments["zero_division"] = chance.choice([0, 1])
    if score == "fbeta_score":
        arguments["beta"] = chance.choice([0.5, 3.0])

    def call(given: Data, arguments: dict[str, Any]) -> Any:
        function = getattr(library, f"multiclass_{score}")
        more = {"num_classes": given.num_classes, "ignore_index": given.ignore_label}
        return function(given.prediction, given.target, **more, **arguments)

    assert agree(f"torchmetrics.multiclass_{score}", data(chance, strays=0.4), call, arguments)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("score", ["precision_score", "recall_score", "f1_score", "jaccard_score"])
def test_scikit_learn(quiet: None, score: str, seed: int) -> None:
    library = pytest.importorskip("sklearn.metrics")
    chance = random.Random(seed)
    given = data(chance, strays=0.4)
    labels = chance.sample(range(given.num_classes), chance.randint(1, given.num_classes))
    arguments = {
        "average": chance.choice(["micro", "macro", "weighted", None]),
        "labels": chance.choice([None, labels]),
        "zero_division": chance.choice([0, 1, "warn", 1 if score == "jaccard_score" else math.nan]),
    }

    def call(given: Data, arguments: dict[str, Any]) -> Any:
        target, prediction = given.kept
        return getattr(library, score)(target.numpy(), prediction.numpy(), **arguments)

    assert agree(f"sklearn.{score}", given, call, arguments)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("score", ["precision", "recall", "f1_score", "accuracy"])
def test_torcheval(quiet: None, score: str, seed: int) -> None:
    library = pytest.importorskip("torcheval.metrics.functional")
    chance = random.Random(seed)
    averages = ["micro", "macro", None, "none" if score == "accuracy" else "weighted"]

    def call(given: Data, arguments: dict[str, Any]) -> Any:
        target, prediction = given.kept
        function = getattr(library, f"multiclass_{score}")
        return function(prediction, target, num_classes=given.num_classes, **arguments)

    arguments = {"average": chance.choice(averages)}
    assert agree(f"torcheval.multiclass_{score}", data(chance, strays=0.4), call, arguments)


REDUCTIONS = ["mean", "sum", "mean_batch", "sum_batch", "mean_channel", "sum_channel", "none"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("score", ["DiceMetric", "MeanIoU", "ConfusionMatrixMetric", "GeneralizedDiceScore"])
def test_monai(quiet: None, score: str, seed: int) -> None:
    library = pytest.importorskip("monai.metrics")
    chance = random.Random(seed)
    arguments: dict[str, Any] = {
        "include_background": chance.choice([True, False]),
        "reduction": chance.choice(REDUCTIONS),
    }
    if score in ("DiceMetric", "MeanIoU"):
        arguments["ignore_empty"] = chance.choice([True, False])
    if score == "ConfusionMatrixMetric":
        arguments["metric_name"] = chance.choice(["fall out", "balanced accuracy", "mcc", "markedness", "npv", "fm"])
        arguments["compute_sample"] = chance.choice([True, False])
    if score == "GeneralizedDiceScore":
        arguments["weight_type"] = chance.choice(["square", "simple", "uniform"])

    def call(given: Data, arguments: dict[str, Any]) -> Any:
        metric = getattr(library, score)(ignore_index=given.ignore_label, **arguments)
        metric(y_pred=given.one_hot(given.prediction), y=given.one_hot(given.target))
        result = metric.aggregate()
        return result[0] if isinstance(result, list) else result

    assert agree(f"monai.{score}", data(chance, strays=0.4), call, arguments)
