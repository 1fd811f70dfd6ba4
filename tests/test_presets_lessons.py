"""Presets on textbook pitfalls: the numbers that different libraries print for the same few pixels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from metrics_core import InputError
from metrics_core.presets import score_like

Labels = list[list[int]]
NAN = math.nan


def images(*confusions: Labels) -> tuple[Labels, Labels]:
    """Target and prediction of one image a confusion matrix (rows true, columns predicted)."""
    target, prediction = [], []
    for confusion in confusions:
        pairs = [
            (true, predicted)
            for true, row in enumerate(confusion)
            for predicted, pixels in enumerate(row)
            for _ in range(pixels)
        ]
        target.append([true for true, _ in pairs])
        prediction.append([predicted for _, predicted in pairs])
    return target, prediction


def lesion(pixels: int, hit: int, missed: int, false: int) -> Labels:
    """Confusion of an image of two classes."""
    return [[pixels - hit - missed - false, false], [missed, hit]]


COVID = images([[4993, 0], [5, 2]])
NOTHING_FOUND = images([[9900, 0], [100, 0]])
EMPTY = images([[64, 0], [0, 0]])
ONE_FALSE_PIXEL = images([[63, 1], [0, 0]])
FOUR_MISSED = images([[60, 0], [4, 0]])
HUNDRED = images([[72, 8, 0], [5, 10, 0], [4, 0, 1]])
HALF_FOUND = images(lesion(65536, 128, 128, 0))
UNEQUAL = images(*[lesion(100, 45, 5, 5)] * 4, lesion(100, 0, 4, 4))
BIG_AND_NINE_SMALL = images(lesion(16384, 10000, 0, 0), *[lesion(16384, 0, 100, 0)] * 9)
TWO_MEANS_OF_F1 = images([[9, 81], [0, 10]])
FALSE_BACKGROUND = images([[50, 40], [0, 10]])
MODEL_A = images(*[lesion(100, 17, 3, 3)] * 5, *[lesion(100, 0, 0, 1)] * 5)
MODEL_B = images(*[lesion(100, 16, 4, 4)] * 5, *[lesion(100, 0, 0, 0)] * 5)
RANKED_A = images(lesion(400, 100, 0, 0), lesion(400, 4, 96, 96))
RANKED_B = images(*[lesion(400, 50, 25, 25)] * 2)
FOREGROUND = {"include_background": False}


@pytest.mark.parametrize(
    ("data", "num_classes", "function", "arguments", "value"),
    [
        # Accuracy .999 of a test that misses five of seven.
        (COVID, 2, "torchmetrics.multiclass_recall", {"average": "micro"}, 0.999),
        (COVID, 2, "torchmetrics.multiclass_recall", {"average": "macro"}, 0.642857),
        (COVID, 2, "torchmetrics.multiclass_recall", {"average": "none"}, [1, 0.285714]),
        (COVID, 2, "sklearn.f1_score", {"average": "binary"}, 0.444444),
        (COVID, 2, "sklearn.f1_score", {"average": "macro"}, 0.721972),
        (COVID, 2, "sklearn.f1_score", {"average": "weighted"}, 0.998722),
        (COVID, 2, "sklearn.balanced_accuracy_score", {}, 0.642857),
        (COVID, 2, "keras.MeanIoU", {}, 0.6423569),
        # Predicting background only: "0.495 mIoU" can be nothing at all.
        (NOTHING_FOUND, 2, "keras.MeanIoU", {}, 0.495),
        (NOTHING_FOUND, 2, "mmseg.IoUMetric", {"key": "mIoU"}, 49.5),
        (NOTHING_FOUND, 2, "evaluate.mean_iou", {"key": "mean_iou"}, 0.495),
        (NOTHING_FOUND, 2, "torchmetrics.multiclass_jaccard_index", {}, 0.495),
        (NOTHING_FOUND, 2, "torchmetrics.multiclass_jaccard_index", {"average": "micro"}, 0.980198),
        (NOTHING_FOUND, 2, "elektronn3.iou", {}, 49.5),
        (NOTHING_FOUND, 2, "sklearn.f1_score", {"average": "weighted"}, 0.985025),
        # One empty image: the foreground scores 0, 1, undefined or -1.
        (EMPTY, 2, "sklearn.f1_score", {"average": "binary"}, 0),
        (EMPTY, 2, "torchmetrics.multiclass_f1_score", {"average": "none"}, [1, 0]),
        (EMPTY, 2, "torchmetrics.multiclass_f1_score", {"average": "macro"}, 1),
        (EMPTY, 2, "torcheval.multiclass_f1_score", {"average": None}, [1, 0]),
        (EMPTY, 2, "torchmetrics.segmentation.generalized_dice_score", FOREGROUND, [0]),
        (EMPTY, 2, "smp.f1_score", {"reduction": "none"}, [[1, 1]]),
        (EMPTY, 2, "monai.DiceMetric", {**FOREGROUND, "ignore_empty": False}, [1]),
        (EMPTY, 2, "monai.GeneralizedDiceScore", {**FOREGROUND, "reduction": "mean_channel"}, [1]),
        (EMPTY, 2, "MetricsReloaded.dsc", {}, [1, 1]),
        (EMPTY, 2, "MetricsReloaded.intersection_over_union", {}, [1, NAN]),
        (EMPTY, 2, "sklearn.f1_score", {"average": None, "labels": [1], "zero_division": NAN}, [NAN]),
        (EMPTY, 2, "torchmetrics.segmentation.dice_score", {"average": "none"}, [[1, NAN]]),
        (EMPTY, 2, "torchmetrics.segmentation.mean_iou", FOREGROUND, [NAN]),
        (EMPTY, 2, "monai.DiceMetric", {**FOREGROUND, "reduction": "none"}, [[NAN]]),
        (EMPTY, 2, "nnunetv2.mean", {"metric": "Dice"}, [1, NAN]),
        (EMPTY, 2, "elektronn3.dice_coefficient", {"mean": False}, [99.99992, NAN]),
        (EMPTY, 2, "torchmetrics.segmentation.MeanIoU", {"per_class": True}, [1, -1]),
        (EMPTY, 2, "monai.DiceMetric", FOREGROUND, [0]),
        (EMPTY, 2, "keras.MeanIoU", {}, 1),
        # One false pixel on an empty image: from 1 to 0, or forgiven.
        (ONE_FALSE_PIXEL, 2, "MetricsReloaded.dsc", {}, [126 / 127, 0]),
        (ONE_FALSE_PIXEL, 2, "nnunetv2.foreground_mean", {"metric": "Dice"}, 0),
        (ONE_FALSE_PIXEL, 2, "monai.DiceMetric", {**FOREGROUND, "reduction": "none"}, [[NAN]]),
        (ONE_FALSE_PIXEL, 2, "elektronn3.dice_coefficient", {}, NAN),
        (ONE_FALSE_PIXEL, 2, "smp.recall", {"reduction": "none"}, [[63 / 64, 1]]),
        (ONE_FALSE_PIXEL, 2, "torchmetrics.multiclass_jaccard_index", {}, 0.492188),
        (ONE_FALSE_PIXEL, 2, "sklearn.balanced_accuracy_score", {}, 0.984375),
        (FOUR_MISSED, 2, "smp.precision", {"reduction": "none"}, [[60 / 64, 1]]),
        # Averages of one matrix.
        (HUNDRED, 3, "torchmetrics.multiclass_jaccard_index", {"average": "none"}, [0.808989, 0.434783, 0.2]),
        (HUNDRED, 3, "torchmetrics.multiclass_jaccard_index", {"average": "micro"}, 0.709402),
        (HUNDRED, 3, "torchmetrics.multiclass_jaccard_index", {"average": "macro"}, 0.481257),
        (HUNDRED, 3, "torchmetrics.multiclass_jaccard_index", {"average": "weighted"}, 0.722408),
        (HUNDRED, 3, "sklearn.f1_score", {"average": "weighted"}, 0.823104),
        (HUNDRED, 3, "sklearn.precision_score", {"average": "weighted"}, 0.844444),
        (HUNDRED, 3, "sklearn.recall_score", {"average": "weighted"}, 0.83),
        (HUNDRED, 3, "sklearn.f1_score", {"average": "micro", "labels": [1, 2]}, 0.564103),
        (HUNDRED, 3, "sklearn.f1_score", {"average": "macro", "labels": [1, 2]}, 0.469697),
        (HUNDRED, 3, "torchmetrics.multiclass_f1_score", {}, 0.611268),
        (HUNDRED, 3, "torchmetrics.multiclass_accuracy", {}, 0.588889),
        (HUNDRED, 3, "torcheval.multiclass_f1_score", {}, 0.83),
        # Background in the mean.
        (HALF_FOUND, 2, "keras.IoU", {"target_class_ids": [1]}, 0.5),
        (HALF_FOUND, 2, "keras.MeanIoU", {}, 0.749022),
        (HALF_FOUND, 2, "torchmetrics.multiclass_f1_score", {}, 0.832844),
        (HALF_FOUND, 2, "sklearn.accuracy_score", {}, 0.998047),
        # Pooled or per image.
        (UNEQUAL, 2, "keras.IoU", {"target_class_ids": [1]}, 0.789474),
        (UNEQUAL, 2, "torchmetrics.segmentation.MeanIoU", FOREGROUND, 0.654545),
        (BIG_AND_NINE_SMALL, 2, "keras.IoU", {"target_class_ids": [1]}, 0.917431),
        (BIG_AND_NINE_SMALL, 2, "torchmetrics.segmentation.MeanIoU", FOREGROUND, 0.1),
        (TWO_MEANS_OF_F1, 2, "sklearn.f1_score", {"average": "macro"}, 0.189919),
        # Dice and IoU rank these two differently.
        (RANKED_A, 2, "monai.MeanIoU", FOREGROUND, [0.510204]),
        (RANKED_B, 2, "monai.MeanIoU", FOREGROUND, [0.5]),
        (RANKED_A, 2, "monai.DiceMetric", FOREGROUND, [0.52]),
        (RANKED_B, 2, "monai.DiceMetric", FOREGROUND, [0.666667]),
        # The rule for empty images decides which model wins.
        (MODEL_A, 2, "monai.DiceMetric", FOREGROUND, [0.85]),
        (MODEL_B, 2, "monai.DiceMetric", FOREGROUND, [0.8]),
        (MODEL_A, 2, "monai.DiceMetric", {**FOREGROUND, "ignore_empty": False}, [0.425]),
        (MODEL_B, 2, "monai.DiceMetric", {**FOREGROUND, "ignore_empty": False}, [0.9]),
        (MODEL_A, 2, "nnunetv2.foreground_mean", {"metric": "Dice"}, 0.425),
        (MODEL_B, 2, "nnunetv2.foreground_mean", {"metric": "Dice"}, 0.8),
        (MODEL_A, 2, "sklearn.f1_score", {"average": "binary"}, 0.829268),
        (MODEL_B, 2, "sklearn.f1_score", {"average": "binary"}, 0.8),
    ],
)
def test_what_a_library_prints(
    data: tuple[Labels, Labels], num_classes: int, function: str, arguments: dict[str, Any], value: Any
) -> None:
    got = score_like(function, *data, num_classes=num_classes, **arguments).numpy()
    assert got.shape == np.shape(value)
    # elektronn3 adds 1e-4 to its denominators.
    within = 1e-4 if function.startswith("elektronn3") else 1e-6
    np.testing.assert_allclose(got, value, rtol=0, atol=within)


@pytest.mark.parametrize(
    ("function", "arguments", "value"),
    [
        ("torchmetrics.multiclass_f1_score", {}, 1),
        ("torchmetrics.segmentation.DiceScore", {}, 1),
        ("sklearn.recall_score", {"average": "macro"}, 1),
        ("sklearn.recall_score", {"average": "macro", "labels": list(range(10))}, 0.2),
        ("sklearn.recall_score", {"average": "macro", "labels": list(range(10)), "zero_division": 1}, 1),
        ("sklearn.f1_score", {"average": "macro", "labels": list(range(10)), "zero_division": NAN}, 1),
        ("mmseg.IoUMetric", {"key": "mIoU"}, 100),
        ("smp.f1_score", {"reduction": "macro"}, 1),
        ("smp.f1_score", {"reduction": "macro", "zero_division": 0}, 0.2),
        ("elektronn3.iou", {}, NAN),
        ("torcheval.multiclass_f1_score", {"average": "macro"}, 1),
        ("torchmetrics_0_9.f1_score", {"average": "macro", "mdmc_average": "global"}, 1),
        ("torchmetrics_0_9.f1_score", {"average": "macro", "mdmc_average": "samplewise"}, 0.2),
    ],
)
def test_two_of_ten_classes_occur(function: str, arguments: dict[str, Any], value: float) -> None:
    got = score_like(function, [[0, 1]], [[0, 1]], num_classes=10, **arguments)
    assert got == pytest.approx(value, nan_ok=True)


def test_recall_of_torcheval_raises_when_two_of_ten_classes_occur() -> None:
    with pytest.raises(InputError, match="fails"):
        score_like("torcheval.multiclass_recall", [[0, 1]], [[0, 1]], num_classes=10, average="macro")


def test_absent_class_in_the_mean_of_torchmetrics() -> None:
    target, prediction = [[0, 1, 0, 0]], [[0, 1, 0, 1]]
    function = "torchmetrics.multiclass_jaccard_index"
    classes = score_like(function, target, prediction, num_classes=3, average="none")
    assert classes.tolist() == pytest.approx([2 / 3, 1 / 2, 0])
    assert score_like(function, target, prediction, num_classes=3) == pytest.approx(0.583333, abs=1e-6)


@pytest.mark.parametrize(
    ("reduction", "value"),
    [("macro", 0.5), ("weighted", 1.0), ("macro-imagewise", 0.5), ("weighted-imagewise", 0.5)],
)
def test_perfect_prediction_scores_one_over_the_classes_in_smp(reduction: str, value: float) -> None:
    perfect = images([[3, 0], [0, 5]])
    more = {"num_classes": 2, "reduction": reduction, "class_weights": [1, 1]}
    assert score_like("smp.f1_score", *perfect, **more) == value
    assert score_like("smp.f1_score", *perfect, quirks=False, **more) == 1


IGNORE_BACKGROUND = {"num_classes": 2, "ignore_label": 0}


@pytest.mark.parametrize(
    ("function", "arguments", "value"),
    [
        ("torchmetrics.multiclass_jaccard_index", {}, 1),
        ("torchmetrics.multiclass_jaccard_index", {"average": "micro"}, 1),
        ("evaluate.mean_iou", {"key": "mean_iou"}, 1),
        ("mmseg.IoUMetric", {"key": "mIoU"}, 100),
        ("keras.MeanIoU", {}, 1),
    ],
)
def test_ignoring_the_background_hides_forty_false_pixels(
    function: str, arguments: dict[str, Any], value: float
) -> None:
    got = score_like(function, *FALSE_BACKGROUND, **IGNORE_BACKGROUND, **arguments)
    assert got == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("monai.MeanIoU", FOREGROUND),
        ("torchmetrics.segmentation.MeanIoU", FOREGROUND),
        ("sklearn.jaccard_score", {"average": "macro", "labels": [1]}),
        ("keras.IoU", {"target_class_ids": [1]}),
        ("pytorch_lightning.iou", {"remove_bg": True}),
    ],
)
def test_leaving_the_background_out_of_the_mean_counts_them(function: str, arguments: dict[str, Any]) -> None:
    got = score_like(function, *FALSE_BACKGROUND, num_classes=2, **arguments)
    assert got.reshape(()) == pytest.approx(0.2, abs=1e-6)


@pytest.mark.parametrize(
    ("function", "arguments", "value"),
    [
        ("torchmetrics.multiclass_jaccard_index", {}, 1),
        ("evaluate.mean_iou", {"key": "mean_iou"}, 1),
        ("sklearn.jaccard_score", {"average": "macro"}, 1),
        ("smp.iou_score", {"reduction": "macro"}, 1),
        ("keras.MeanIoU", {}, 1),
        ("nnunetv2.foreground_mean", {"metric": "Dice"}, 1),
    ],
)
def test_void_pixels_are_ignored(function: str, arguments: dict[str, Any], value: float) -> None:
    target, prediction = [[0] * 60 + [1] * 20 + [255] * 20], [[0] * 60 + [1] * 40]
    got = score_like(function, target, prediction, num_classes=2, ignore_label=255, **arguments)
    assert got == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("stray", [5, 255])
@pytest.mark.parametrize(
    ("function", "arguments", "value"),
    [
        ("keras.MeanIoU", {}, 1),
        ("smp.iou_score", {"reduction": "macro"}, 0.75),
        ("mmseg.IoUMetric", {"key": "IoU", "per_class": True}, [0.5, 1]),
        ("evaluate.mean_iou", {"key": "per_category_iou"}, [0.5, 1]),
        ("elektronn3.iou", {}, 74.996),
        ("sklearn.jaccard_score", {"average": "macro"}, 0.5),
    ],
)
def test_prediction_outside_the_classes_disappears(
    function: str, arguments: dict[str, Any], value: Any, stray: int
) -> None:
    got = score_like(function, [[0, 0, 1, 1]], [[0, stray, 1, 1]], num_classes=2, ignore_label=255, **arguments)
    np.testing.assert_allclose(got, value, rtol=0, atol=1e-3)
    with pytest.raises(InputError):
        score_like("torchmetrics.multiclass_jaccard_index", [[0, 0, 1, 1]], [[0, 255, 1, 1]], num_classes=2)


def test_labels_that_are_off_by_one() -> None:
    target = [[1] * 40 + [2] * 30 + [3] * 30]
    shifted = [[label - 1 for label in target[0]]]
    arguments = {"num_classes": 3, "reduce_labels": True, "key": "per_category_iou"}
    assert score_like("evaluate.mean_iou", target, shifted, **arguments).tolist() == [1, 1, 1]
    assert score_like("evaluate.mean_iou", target, target, **arguments).tolist() == [0, 0, 0]
