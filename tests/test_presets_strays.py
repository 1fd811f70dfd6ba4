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
        ("keras.MeanIoU", {}, 1),  # the pixel is dropped
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


@pytest.mark.parametrize(
    ("function", "prediction", "arguments"),
    [
        ("torcheval.multiclass_f1_score", 2, {"average": "macro"}),
        ("monai.MeanIoU", 2, {}),
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
        evaluate_preset(preset("monai.MeanIoU", num_classes=2), statistics)
    assert evaluate_preset(preset("keras.MeanIoU", num_classes=2), statistics).value == pytest.approx(1, abs=1e-6)


def test_statistics_of_other_classes_are_refused() -> None:
    with pytest.raises(InputError, match="statistics have 2 classes, but the preset was made for 3"):
        evaluate_preset(preset("keras.MeanIoU", num_classes=3), count([[0, 1]], [[0, 1]], num_classes=2))
