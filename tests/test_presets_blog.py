"""Presets on a hundred random images of which thirty are blank: one score, one pair of masks, many numbers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

from metrics_core import Statistics, count
from metrics_core.presets import evaluate_preset, preset


@cache
def blog() -> Statistics:
    """Statistics of a hundred random images, the last thirty of which are blank in target and prediction."""
    torch.manual_seed(7)
    frequencies = torch.tensor([1.0, 10.0, 3.0, 1.0])
    prediction, target = (
        torch.multinomial(frequencies, 100 * 256 * 256, replacement=True).reshape(100, 256, 256) for _ in range(2)
    )
    prediction[70:] = 0
    target[70:] = 0
    return count(target, prediction, num_classes=4)


@pytest.mark.parametrize(
    ("function", "arguments", "value"),
    [
        ("sklearn.precision_score", {"average": "macro"}, 0.4517214441963613),
        ("torchmetrics.multiclass_precision", {}, 0.451721),
        ("smp.f1_score", {"reduction": "macro-imagewise", "zero_division": 0}, 0.249785),
        ("smp.f1_score", {"reduction": "macro-imagewise"}, 0.474785),
        ("torchmetrics_0_9.f1_score", {"average": "macro", "mdmc_average": "samplewise"}, 0.249785),
        ("torchmetrics_0_9.f1_score", {"average": "macro", "mdmc_average": "global"}, 0.451721),
        ("monai.DiceMetric", {}, 0.474785),
        ("monai.DiceMetric", {"ignore_empty": False}, 0.474785),
        ("monai.DiceMetric", {"reduction": "mean_batch"}, [0.346244, 0.666796, 0.199205, 0.066711]),
        ("torchmetrics.segmentation.DiceScore", {}, 0.474785),
        ("torchmetrics.segmentation.DiceScore", {"aggregation_level": "global"}, 0.451721),
        ("torchmetrics.segmentation.DiceScore", {"average": "micro"}, 0.645318),
        ("torchmetrics.segmentation.DiceScore", {"average": "weighted"}, 0.64524),
        ("torchmetrics.segmentation.MeanIoU", {}, 0.250198),
        ("torchmetrics.segmentation.MeanIoU", {"include_background": False}, 0.215095),
        ("keras.MeanIoU", {}, 0.355431),
        ("elektronn3.dice_coefficient", {}, 45.1721),
        ("smp.f1_score", {"reduction": "micro"}, 0.645318),
        ("smp.f1_score", {"reduction": "macro"}, 0.451721),
        ("smp.f1_score", {"reduction": "micro-imagewise"}, 0.645318),
    ],
)
def test_same_tensors_and_many_different_numbers(function: str, arguments: dict[str, Any], value: Any) -> None:
    got = evaluate_preset(preset(function, num_classes=4, **arguments), blog()).value
    np.testing.assert_allclose(got, value, rtol=0, atol=1e-4 if function.startswith("elektronn3") else 1e-6)


@pytest.mark.parametrize(("average", "mean"), [("macro", 0.474785), ("none", 0.249785)])
def test_absent_classes_left_the_macro_mean_of_torchmetrics_only_lately(average: str, mean: float) -> None:
    function = "torchmetrics.multiclass_f1_score"
    made = preset(function, num_classes=4, average=average, multidim_average="samplewise")
    assert evaluate_preset(made, blog()).value.mean() == pytest.approx(mean, abs=1e-6)
