"""Presets' arguments: any that the library takes, computed by hand where nothing is recorded."""

from __future__ import annotations

import math
from typing import Any

import pytest

from metrics_core import InputError, count
from metrics_core.presets import evaluate_preset, list_presets, preset, score_like


def test_default_arguments_do_not_change_the_key() -> None:
    short = preset("smp.iou_score", num_classes=3, reduction="macro")
    long = preset("smp.iou_score", num_classes=3, reduction="macro", class_weights=None, zero_division=1)
    assert short.key == long.key == "smp.iou_score(reduction='macro')"
    assert long.title == "iou_score(reduction='macro', class_weights=None, zero_division=1)"


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("torchmetrics.f1", {}, "known: torchmetrics.multiclass_precision"),
        ("numpy.mean", {}, r"known: elektronn3\.\*"),
        ("sklearn.f1_score", {"averaging": "macro"}, "has no argument 'averaging'; it has labels"),
        ("sklearn.f1_score", {"average": "mean"}, "average must be 'binary' or 'macro' or .* got 'mean'"),
        ("sklearn.f1_score", {"average": "macro", "zero_division": 2}, "zero_division must be 'warn' or 0 or 1 or nan"),
        ("sklearn.jaccard_score", {"average": "macro", "zero_division": math.nan}, "zero_division must be"),
        ("sklearn.f1_score", {"average": None, "labels": [0, 9]}, "labels must be a list of different classes"),
        ("sklearn.f1_score", {"average": None, "labels": [0.5, 1.9]}, r"different classes .*; got \[0.5, 1.9\]"),
        ("sklearn.f1_score", {}, "average='binary', the default, takes two classes"),
        ("torchmetrics.multiclass_fbeta_score", {}, "needs the argument beta, a finite float larger than 0"),
        ("torchmetrics.multiclass_fbeta_score", {"beta": 0.0}, "beta must be a finite float larger than 0.*; got 0.0"),
        ("torchmetrics.multiclass_fbeta_score", {"beta": 1}, "float larger than 0, such as 1.0 for 1; got 1$"),
        (
            "smp.fbeta_score",
            {"reduction": "macro", "beta": math.inf},
            r"beta must be a number from 0 to 1e\+140; got inf",
        ),
        ("sklearn.fbeta_score", {"average": "macro", "beta": 1e155}, r"from 0 to 1e\+140 or inf; got 1e\+155"),
        ("torchmetrics.multiclass_f1_score", {"top_k": 2}, "top_k must be 1; got 2"),
        ("smp.iou_score", {"reduction": "weighted"}, "needs class_weights"),
        ("smp.iou_score", {"reduction": "macro", "class_weights": [1, 2]}, "one weight a class"),
        ("monai.ConfusionMatrixMetric", {"metric_name": "auc"}, "one of sensitivity, specificity, .*markedness"),
        ("mmseg.IoUMetric", {"key": "mIoU", "per_class": True}, "with per_class=True key is one of IoU"),
    ],
)
def test_what_a_library_does_not_take_is_refused(function: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score_like(function, [[0, 1, 2]], [[0, 1, 2]], num_classes=3, **arguments)


def test_smp_refuses_an_ignored_label_inside_the_classes() -> None:
    with pytest.raises(ValueError, match=r"ignore_label must lie outside 0\.\.2"):
        score_like("smp.iou_score", [[0, 1]], [[0, 1]], num_classes=3, ignore_label=1, reduction="macro")


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("monai.DiceMetric", {}),
        ("monai.MeanIoU", {}),
        ("monai.ConfusionMatrixMetric", {}),
        ("monai.GeneralizedDiceScore", {}),
        ("torchmetrics.multiclass_recall", {}),
        ("torchmetrics.segmentation.MeanIoU", {"include_background": False}),
        ("torchmetrics.segmentation.GeneralizedDiceScore", {"include_background": False}),
        ("torchmetrics_0_9.recall", {"mdmc_average": "global"}),
        ("torcheval.multiclass_recall", {}),
    ],
)
def test_one_class_is_refused_where_the_library_makes_something_else_of_it(
    function: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="has no preset for num_classes=1; it needs at least 2"):
        preset(function, num_classes=1, **arguments)


def test_one_class_is_scored_where_the_library_scores_it() -> None:
    functions = {made.function for made in list_presets(num_classes=1)}
    assert {"torchmetrics.segmentation.MeanIoU", "torcheval.multiclass_accuracy", "keras.MeanIoU"} <= functions
    assert score_like("torchmetrics.segmentation.MeanIoU", [[0, 0]], [[0, 0]], num_classes=1) == 1


def test_monai_gives_one_zero_an_image_where_every_class_is_left_out() -> None:
    target, prediction = [[0, 1, 0], [0, 0, 1]], [[0, 0, 0], [1, 0, 1]]
    more = {"num_classes": 2, "ignore_label": 1, "include_background": False}
    scores = {
        name: score_like("monai.GeneralizedDiceScore", target, prediction, reduction=name, **more).tolist()
        for name in ("mean_batch", "sum_batch", "none", "mean", "mean_channel")
    }
    assert scores == {
        "mean_batch": [0],
        "sum_batch": [0],
        "none": [[0], [0]],
        "mean": [0],
        "mean_channel": [0, 0],
    }


def test_image_of_only_the_ignored_class_counts_as_0_in_the_weighted_mean_of_torchmetrics_0_9() -> None:
    target = [[2, 2, 2, 2, 2], [1, 0, 1, 1, 2]]
    more = {"num_classes": 3, "ignore_label": 2, "average": "weighted", "mdmc_average": "samplewise"}
    assert score_like("torchmetrics_0_9.recall", target, target, **more) == 0.5


def test_jaccard_of_torchmetrics_0_9_takes_no_maximum_of_no_pixels() -> None:
    nothing = {"target": [[9, 9]], "prediction": [[0, 1]], "num_classes": 2, "ignore_label": 9}
    with pytest.raises(InputError, match="refuses this data: the library cannot take the maximum of no pixels"):
        score_like("torchmetrics_0_9.jaccard_index", **nothing)
    # An ignored class leaves its pixels in the call.
    inside = {"target": [[1, 1]], "prediction": [[0, 1]], "num_classes": 2, "ignore_label": 1}
    assert score_like("torchmetrics_0_9.jaccard_index", absent_score=0.5, **inside) == 0.5
    assert math.isnan(score_like("torchmetrics_0_9.jaccard_index", absent_score=0.5, average="weighted", **inside))


def test_target_label_outside_the_classes_is_refused_by_every_preset() -> None:
    for function in ("keras.MeanIoU", "sklearn.accuracy_score", "monai.MeanIoU"):
        with pytest.raises(InputError, match="target has label 7 at image 0"):
            score_like(function, [[0, 7]], [[0, 1]], num_classes=2)


def test_mmseg_ignores_255_unless_told_otherwise() -> None:
    labels = {"target": [[0, 1, 255]], "prediction": [[0, 1, 0]], "num_classes": 2}
    assert score_like("mmseg.IoUMetric", **labels, key="mIoU") == 100
    assert score_like("evaluate.mean_iou", **labels, key="mean_iou") == 1


def test_labels_of_scikit_learn_choose_the_classes_and_their_order() -> None:
    target, prediction = [[0, 0, 1, 2]], [[0, 1, 1, 2]]
    scores = score_like("sklearn.recall_score", target, prediction, num_classes=3, average=None, labels=[2, 0])
    assert scores.tolist() == [1, 0.5]
    assert score_like("sklearn.recall_score", target, prediction, num_classes=4, average=None).tolist() == [0.5, 1, 1]


def test_beta_of_zero_is_precision_and_infinite_beta_recall() -> None:
    target, prediction = [[1, 1, 1, 0]], [[1, 0, 0, 0]]
    more = {"num_classes": 2, "average": None}
    zero = score_like("sklearn.fbeta_score", target, prediction, beta=0, **more)
    infinite = score_like("sklearn.fbeta_score", target, prediction, beta=math.inf, **more)
    assert zero.tolist() == score_like("sklearn.precision_score", target, prediction, **more).tolist()
    assert infinite.tolist() == score_like("sklearn.recall_score", target, prediction, **more).tolist()


def test_keras_binary_iou_takes_labels_as_scores() -> None:
    target, prediction = [[1, 1, 0, 0]], [[1, 0, 0, 0]]
    both = score_like("keras.BinaryIoU", target, prediction, num_classes=2)
    foreground = score_like("keras.BinaryIoU", target, prediction, num_classes=2, target_class_ids=[1])
    assert both == pytest.approx((1 / 2 + 2 / 3) / 2, abs=1e-6)
    assert foreground == pytest.approx(1 / 2, abs=1e-6)
    with pytest.raises(ValueError, match="takes two classes"):
        score_like("keras.BinaryIoU", target, prediction, num_classes=3)


# One class: tp 3, fp 1, fn 2, tn 4.
RATES = {
    "sensitivity": 3 / 5,
    "positive_predictive_value": 3 / 4,
    "negative_predictive_value": 4 / 6,
    "false_negative_rate": 2 / 5,
    "false_positive_rate": 1 / 5,
    "balanced_accuracy": (3 / 5 + 4 / 5) / 2,
    "false_discovery_rate": 1 / 4,
    "false_omission_rate": 2 / 6,
    "positive_likelihood_ratio": (3 / 5) / (1 / 5),
    "negative_likelihood_ratio": (2 / 5) / (4 / 5),
}
MONAI_RATES = {
    "fall out": 1 / 5,
    "miss_rate": 2 / 5,
    "npv": 4 / 6,
    "Balanced Accuracy": 0.7,
    "matthews correlation coefficient": (3 * 4 - 1 * 2) / math.sqrt(4 * 5 * 5 * 6),
    "fm": math.sqrt(3 / 4 * 3 / 5),
    "youden": 3 / 5 + 4 / 5 - 1,
    "markedness": 3 / 4 + 4 / 6 - 1,
    "prevalence threshold": (math.sqrt(3 / 5 * 1 / 5) - 1 / 5) / (3 / 5 - 1 / 5),
    "csi": 3 / 6,
}
TEN_TARGET, TEN_PREDICTION = [[1] * 5 + [0] * 5], [[1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]


@pytest.mark.parametrize("function", RATES)
def test_rates_of_smp_that_no_recording_holds(function: str) -> None:
    cells = score_like(f"smp.{function}", TEN_TARGET, TEN_PREDICTION, num_classes=2, reduction="none")
    assert cells[0, 1] == pytest.approx(RATES[function])


@pytest.mark.parametrize("metric_name", MONAI_RATES)
def test_rates_of_monai_by_any_of_their_names(metric_name: str) -> None:
    scores = score_like(
        "monai.ConfusionMatrixMetric",
        TEN_TARGET,
        TEN_PREDICTION,
        num_classes=2,
        metric_name=metric_name,
        reduction="mean_batch",
    )
    assert scores[1] == pytest.approx(MONAI_RATES[metric_name])


def test_sums_of_monai_count_undefined_scores_as_nothing() -> None:
    # Dice of the two images: class 0: 1 and 1/2, class 1: undefined and 2/3.
    target, prediction = [[0, 0, 0], [0, 1, 1]], [[0, 0, 0], [1, 1, 1]]
    more = {"num_classes": 2, "ignore_empty": True}
    scores = {
        name: score_like("monai.DiceMetric", target, prediction, reduction=name, **more).tolist()
        for name in ("sum", "sum_batch", "sum_channel")
    }
    assert scores["sum"] == pytest.approx(1 + 0 + 4 / 5)
    assert scores["sum_batch"] == pytest.approx([1, 4 / 5])
    assert scores["sum_channel"] == pytest.approx([1, 4 / 5])


def test_reduced_labels_shift_the_target_only() -> None:
    target, prediction = [[0, 1, 2, 3]], [[0, 0, 1, 2]]
    more = {"num_classes": 3, "key": "per_category_iou", "reduce_labels": True}
    assert score_like("evaluate.mean_iou", target, prediction, **more).tolist() == [1, 1, 1]
    counts = count([[0, 1, 2, 2]], [[0, 0, 1, 1]], num_classes=3)
    assert evaluate_preset(preset("evaluate.mean_iou", **more), counts).value.tolist()[:2] == [1, 1]


def test_scores_are_scored_by_their_areas_and_labels_by_their_counts() -> None:
    target, scores = [[0, 0, 1, 1]], [[[0.9, 0.4, 0.6, 0.1], [0.1, 0.6, 0.4, 0.9]]]
    assert score_like("sklearn.roc_auc_score", target, scores, num_classes=2, one_vs_rest=True).tolist() == [0.75, 0.75]
    assert score_like("sklearn.accuracy_score", target, scores, num_classes=2) == 0.5
    assert preset("sklearn.roc_auc_score", num_classes=2).takes == "scores"


def test_one_hot_iou_of_keras_is_iou() -> None:
    target, prediction = [[0, 1, 1, 2]], [[0, 1, 2, 2]]
    values = {
        score_like(function, target, prediction, num_classes=3, target_class_ids=[1, 2]).item()
        for function in ("keras.IoU", "keras.OneHotIoU")
    }
    assert len(values) == 1
