"""Strays: what each library makes of a prediction that is no class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from metrics_core import InputError, count
from metrics_core.presets import evaluate_preset, preset, score_like

# Predictions outside the classes: 2 of 2 classes where the target is 0.
STRAY_TARGET, STRAY_PREDICTION = [[0, 0, 1, 1]], [[0, 2, 1, 1]]


@pytest.mark.parametrize(
    ("function", "arguments", "value"),
    [
        ("smp.iou_score", {"reduction": "none"}, [[0.5, 1]]),  # missed only
        ("evaluate.mean_iou", {"key": "per_category_iou"}, [0.5, 1]),
        ("pytorch_lightning.iou", {"reduction": "none"}, [0.5, 1]),
        ("monai.MeanIoU", {"reduction": "none"}, [[0.5, 1]]),
        ("keras.MeanIoU", {}, 1),  # the pixel is dropped
        ("keras.OneHotIoU", {"target_class_ids": [0]}, 1),  # zeros alone: class 0
        ("keras.BinaryIoU", {"target_class_ids": [0]}, 0.5),  # above the threshold: class 1
        ("keras.BinaryIoU", {"target_class_ids": [1]}, 2 / 3),
        ("pytorch_lightning.iou", {"reduction": "none", "infer_num_classes": True}, [0.5, 1, 0]),  # one class more
        ("sklearn.jaccard_score", {"average": None}, [0.5, 1, 0]),
        ("sklearn.jaccard_score", {"average": "micro"}, 3 / 5),
        ("sklearn.jaccard_score", {"average": None, "labels": [0, 1]}, [0.5, 1]),
        ("torcheval.multiclass_precision", {"average": "micro"}, 3 / 4),  # wrong for every class
        ("torcheval.multiclass_accuracy", {"average": None}, [0.5, 1]),
    ],
)
def test_prediction_outside_the_classes(function: str, arguments: dict[str, Any], value: Any) -> None:
    scores = score_like(function, STRAY_TARGET, STRAY_PREDICTION, num_classes=2, **arguments)
    assert np.allclose(scores, value, rtol=0, atol=1e-6)


def test_torchmetrics_books_a_prediction_outside_the_classes_in_the_neighbours_cell() -> None:
    # 2 where the target is 0 lands at (1, 0); with three labels in the prediction the library's own check stops it.
    more = {"num_classes": 2, "average": "none"}
    with pytest.raises(InputError, match="prediction has label 2 at image 0"):
        score_like("torchmetrics.multiclass_jaccard_index", STRAY_TARGET, STRAY_PREDICTION, **more)
    unchecked = score_like(
        "torchmetrics.multiclass_jaccard_index", STRAY_TARGET, STRAY_PREDICTION, validate_args=False, **more
    )
    assert unchecked.tolist() == pytest.approx([1 / 2, 2 / 3])
    corrected = score_like(
        "torchmetrics.multiclass_jaccard_index", STRAY_TARGET, STRAY_PREDICTION, quirks=False, **more
    )
    assert corrected.tolist() == [0.5, 1]
    # -1 where the target is 1 lands at (0, 1).
    negative = score_like("torchmetrics.multiclass_jaccard_index", [[0, 1, 1]], [[0, -1, -1]], **more)
    assert negative.tolist() == pytest.approx([1 / 3, 0])


def test_binary_iou_of_keras_takes_a_negative_prediction_for_class_0() -> None:
    scores = [
        score_like("keras.BinaryIoU", [[0, 1, 1]], [[-1, -1, 255]], num_classes=2, target_class_ids=[label]).item()
        for label in (0, 1)
    ]
    assert scores == pytest.approx([1 / 2, 1 / 2], abs=1e-6)


def test_micro_jaccard_of_torchmetrics_counts_a_prediction_booked_in_an_ignored_class_as_a_hit_only() -> None:
    # 4 of three classes where the target is 0 lands at (1, 1), the ignored class: two hits, but a union of one.
    call = ("torchmetrics.multiclass_jaccard_index", [[0, 0]], [[4, 0]])
    more = {"num_classes": 3, "ignore_label": 1}
    assert score_like(*call, average="micro", **more) == 2
    assert score_like(*call, average="micro", quirks=False, **more) == 0.5
    assert score_like(*call, average="macro", **more) == 1
    quirk = preset("torchmetrics.multiclass_jaccard_index", average="micro", **more).quirks[0]
    assert quirk.description.endswith("so that the score can exceed 1.")


def test_torchmetrics_0_9_books_before_it_ignores_a_class() -> None:
    # 4 where the target is 1 lands at (2, 1), although class 1 is ignored: class 2 is missed once.
    more = {"num_classes": 3, "ignore_label": 1, "absent_score": 1.0, "average": None}
    assert score_like("torchmetrics_0_9.jaccard_index", [[1]], [[4]], **more).tolist() == [1, 0]
    with pytest.raises(InputError, match="prediction has label 4 at image 0"):
        score_like("torchmetrics_0_9.recall", [[1]], [[4]], num_classes=3, ignore_label=1, mdmc_average="global")


@pytest.mark.parametrize(
    ("function", "prediction", "arguments"),
    [
        ("torcheval.multiclass_f1_score", 2, {"average": "macro"}),
        ("torchmetrics.segmentation.MeanIoU", 2, {}),
        ("torchmetrics.multiclass_f1_score", 255, {}),
        ("torchmetrics.multiclass_f1_score", 2, {"multidim_average": "samplewise"}),
        ("pytorch_lightning.iou", -1, {}),
        ("sklearn.f1_score", 2, {"average": "binary"}),
    ],
)
def test_library_that_fails_on_a_prediction_outside_the_classes(
    function: str, prediction: int, arguments: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=f"prediction has label {prediction}"):
        score_like(function, [[0, 0, 1]], [[0, prediction, 1]], num_classes=2, **arguments)


def test_statistics_refuse_presets_that_make_more_of_predictions_outside_the_classes() -> None:
    statistics = count(STRAY_TARGET, STRAY_PREDICTION, num_classes=2, out_of_range="count")
    with pytest.raises(InputError, match=r"1 predictions lie outside 0\.\.1"):
        evaluate_preset(preset("torchmetrics.segmentation.MeanIoU", num_classes=2), statistics)
    assert evaluate_preset(preset("keras.MeanIoU", num_classes=2), statistics).value == pytest.approx(1, abs=1e-6)


def test_statistics_of_other_classes_are_refused() -> None:
    with pytest.raises(InputError, match="statistics have 2 classes, but the preset was made for 3"):
        evaluate_preset(preset("keras.MeanIoU", num_classes=3), count([[0, 1]], [[0, 1]], num_classes=2))
