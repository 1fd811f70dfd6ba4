"""Calls: the source text of a preset is complete, and run with the real library it returns the preset's number."""

from __future__ import annotations

import ast
import builtins
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from metrics_core.presets.calls import call_source
from metrics_core.presets.find import list_presets
from metrics_core.presets.record import Preset
from tests.library_calls import (
    any_preset,
    difference,
    every_preset,
    is_installed,
    returned_by_library,
    returned_by_score_like,
)

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Data:
    """Labels and scores of a few pixels."""

    target: Array
    prediction: Array
    num_classes: int
    ignore_label: int | None = None

    @property
    def scores(self) -> Array:
        """Scores [image, class, ...] on a coarse grid, so that some are equal."""
        shape = (self.target.shape[0], self.num_classes, *self.target.shape[1:])
        return (np.random.default_rng(1).integers(0, 11, shape) / 10).astype(np.float32)

    def presets(self) -> tuple[Preset, ...]:
        """Every listed preset for these classes and this ignored label."""
        return every_preset(num_classes=self.num_classes, ignore_label=self.ignore_label)


def _labels(seed: int, *shape: int, num_classes: int = 3) -> Array:
    return np.random.default_rng(seed).integers(0, num_classes, shape)


def _with_void(*, void: int) -> Array:
    target = _labels(2, 2, 3, 4)
    target[:, 0] = void
    return target


def _with_void_image() -> Array:
    target = _labels(4, 2, 3, 4)
    target[0] = 255
    return target


TWO_CLASSES = Data(
    target=_labels(12, 2, 3, 4, num_classes=2), prediction=_labels(13, 2, 3, 4, num_classes=2), num_classes=2
)
DATA = {
    "every_class_present": Data(target=_labels(0, 2, 3, 4), prediction=_labels(1, 2, 3, 4), num_classes=3),
    "classes_absent": Data(target=_labels(0, 2, 3, 4, num_classes=2), prediction=_labels(9, 2, 3, 4), num_classes=5),
    "void_outside_the_classes": Data(
        target=_with_void(void=255), prediction=_labels(3, 2, 3, 4), num_classes=3, ignore_label=255
    ),
    "void_negative": Data(target=_with_void(void=-1), prediction=_labels(3, 2, 3, 4), num_classes=3, ignore_label=-1),
    "ignored_class": Data(target=_labels(5, 2, 3, 4), prediction=_labels(6, 2, 3, 4), num_classes=3, ignore_label=1),
    "void_image": Data(target=_with_void_image(), prediction=_labels(7, 2, 3, 4), num_classes=3, ignore_label=255),
    "everything_void": Data(
        target=np.full((2, 2, 2), 255), prediction=_labels(8, 2, 2, 2), num_classes=3, ignore_label=255
    ),
    "only_background": Data(target=np.zeros((2, 2, 2), int), prediction=np.zeros((2, 2, 2), int), num_classes=2),
    "one_pixel": Data(target=np.ones((1, 1, 1), int), prediction=np.zeros((1, 1, 1), int), num_classes=2),
    "row_of_images_of_one_pixel": Data(target=_labels(16, 4, 1), prediction=_labels(17, 4, 1), num_classes=3),
    "rows_of_pixels": Data(target=_labels(14, 3, 5), prediction=_labels(15, 3, 5), num_classes=3),
    "volume": Data(target=_labels(10, 1, 2, 3, 2), prediction=_labels(11, 1, 2, 3, 2), num_classes=3),
}
FUNCTIONS = sorted({made.function for data in DATA.values() for made in data.presets() if is_installed(made.function)})
# Legal arguments beyond the listed calls: three classes, then two.
MORE_CALLS: tuple[tuple[str, dict[str, object]], ...] = (
    ("sklearn.f1_score", {"average": None, "labels": [2, 0], "zero_division": "warn"}),
    ("sklearn.recall_score", {"average": "macro", "labels": [0, 2]}),
    ("sklearn.accuracy_score", {"normalize": False}),
    ("sklearn.balanced_accuracy_score", {"adjusted": True}),
    ("sklearn.roc_auc_score", {"max_fpr": 0.3}),
    ("torchmetrics.multiclass_f1_score", {}),
    ("torchmetrics.multiclass_recall", {"average": None, "top_k": 1, "validate_args": True}),
    ("torchmetrics.multiclass_fbeta_score", {"beta": 0.5}),
    ("torchmetrics.segmentation.dice_score", {"input_format": "one-hot", "average": "none"}),
    ("torchmetrics.segmentation.mean_iou", {"input_format": "mixed", "per_class": True}),
    ("torchmetrics.segmentation.GeneralizedDiceScore", {"weight_type": "linear"}),
    ("torchmetrics.segmentation.GeneralizedDiceScore", {"per_class": True, "include_background": False}),
    ("torchmetrics.multiclass_auroc", {"thresholds": 7}),
    ("torchmetrics.multiclass_auroc", {"thresholds": [0.25, 0.5, 0.75], "average": None}),
    ("torchmetrics.multiclass_average_precision", {"thresholds": 7, "average": "weighted"}),
    ("torchmetrics.multiclass_average_precision", {"thresholds": [0.5, 0.1], "average": "none"}),
    ("keras.OneHotIoU", {"target_class_ids": [1, 2]}),
    ("monai.ConfusionMatrixMetric", {"metric_name": "npv", "reduction": "sum_batch", "compute_sample": True}),
    ("monai.ConfusionMatrixMetric", {"metric_name": "balanced accuracy", "reduction": "sum"}),
    ("monai.DiceMetric", {"reduction": "sum_channel"}),
    ("monai.GeneralizedDiceScore", {"weight_type": "simple", "reduction": "mean"}),
    ("monai.compute_roc_auc", {"average": "weighted"}),
    ("monai.compute_roc_auc", {"average": "micro"}),
    ("monai.compute_average_precision", {"average": "micro"}),
    ("torcheval.multiclass_accuracy", {"average": "none", "k": 1}),
    ("torcheval.multiclass_auprc", {"average": "none"}),
)
MORE_CALLS_OF_TWO: tuple[tuple[str, dict[str, object]], ...] = (
    ("sklearn.precision_score", {}),
    ("sklearn.f1_score", {"pos_label": 0, "zero_division": math.nan}),
    ("keras.BinaryIoU", {"target_class_ids": [1], "threshold": 0.7}),
)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_run_with_the_library_every_listed_call_returns_what_score_like_returns(function: str) -> None:
    compared = 0
    for name, data in DATA.items():
        for made in data.presets():
            if made.function == function:
                assert difference(made, data.target, data.prediction, data.scores) == "", name
                compared += 1
    assert compared >= len(DATA) - 1


@pytest.mark.parametrize(("function", "arguments"), MORE_CALLS)
@pytest.mark.parametrize(
    "name", ["every_class_present", "void_outside_the_classes", "ignored_class", "row_of_images_of_one_pixel"]
)
def test_so_does_a_call_with_other_legal_arguments(function: str, arguments: dict[str, object], name: str) -> None:
    data = DATA[name]
    made = any_preset(function, num_classes=data.num_classes, ignore_label=data.ignore_label, **arguments)
    assert difference(made, data.target, data.prediction, data.scores) == ""
    assert not isinstance(returned_by_library(made, data.target, data.prediction, data.scores), Exception)


@pytest.mark.parametrize(("function", "arguments"), MORE_CALLS_OF_TWO)
def test_so_does_a_call_that_takes_two_classes(function: str, arguments: dict[str, object]) -> None:
    made = any_preset(function, num_classes=2, ignore_label=None, **arguments)
    assert difference(made, TWO_CLASSES.target, TWO_CLASSES.prediction, TWO_CLASSES.scores) == ""


def test_libraries_refuse_nothing_but_no_pixels_and_a_recall_of_absent_classes() -> None:
    refused = {
        (name, made.function)
        for name, data in DATA.items()
        for made in data.presets()
        if is_installed(made.function)
        and isinstance(returned_by_score_like(made, data.target, data.prediction, data.scores), Exception)
    }
    of_no_pixels = {function for name, function in refused if name == "everything_void"}
    assert refused - {("everything_void", function) for function in of_no_pixels} == {
        ("classes_absent", "torcheval.multiclass_recall")
    }
    assert of_no_pixels == {
        *(function for function in FUNCTIONS if function.startswith("sklearn.")),
        "torchmetrics.multiclass_auroc",
        "torchmetrics.multiclass_average_precision",
        "torcheval.multiclass_recall",
        "torcheval.multiclass_auroc",
        "torcheval.multiclass_auprc",
    }


@pytest.mark.parametrize("name", ["every_class_present", "void_outside_the_classes", "ignored_class"])
def test_every_call_is_complete_source(name: str) -> None:
    for made in DATA[name].presets():
        tree = ast.parse(call_source(made))
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        data = {"target", "scores" if made.takes == "scores" else "prediction"}
        loaded = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        assert loaded <= assigned | imported | {"np"} | data | set(dir(builtins)), made.key
        assert "value" in assigned
        assert ("ignore_label" in loaded) == (made.ignore_label is not None), made.key


def test_a_call_states_classes_ignored_label_and_version() -> None:
    made = any_preset("sklearn.f1_score", num_classes=3, ignore_label=255, average="macro", labels=[0, 1, 2])
    assert call_source(made) == (
        "# sklearn 1.9.1; NumPy arrays: target [image, ...] of integers, prediction [image, ...]\n"
        "from sklearn.metrics import f1_score\n"
        "\n"
        "num_classes = 3\n"
        "ignore_label = 255\n"
        "kept = target != ignore_label\n"
        "true = target[kept]\n"
        "predicted = prediction[kept]\n"
        'value = f1_score(true, predicted, average="macro", labels=[0, 1, 2])\n'
    )


def test_a_call_on_labels_makes_them_of_scores() -> None:
    made = any_preset("torcheval.multiclass_accuracy", num_classes=3, ignore_label=None)
    source = call_source(made, given="scores")
    assert "target [image, ...] of integers, scores [image, class, ...]\n" in source
    assert "\nprediction = scores.argmax(1)  # labels [image, ...]: the class of the highest score\n" in source


@pytest.mark.parametrize("ignore_label", [None, 255, 0])
def test_every_call_on_labels_gives_from_scores_what_it_gives_from_labels(ignore_label: int | None) -> None:
    generator = np.random.default_rng(2)
    target = generator.integers(0, 3, (3, 4, 5))
    scores = generator.permuted(np.arange(180, dtype=np.uint8)).reshape(3, 3, 4, 5)
    if ignore_label == 255:
        target[:, 0] = 255
    tried: dict[str, Preset] = {}
    for made in list_presets(num_classes=3, ignore_label=ignore_label):
        if is_installed(made.function):
            tried.setdefault(made.function, made)
    for made in tried.values():
        of_labels = returned_by_library(made, target, scores.argmax(1), scores)
        of_scores = returned_by_library(made, target, None, scores)
        assert not isinstance(of_labels, Exception), made.key
        np.testing.assert_array_equal(of_scores, of_labels, err_msg=made.key)


def test_a_library_without_calls_is_named_with_those_that_have_some() -> None:
    made = any_preset("sklearn.accuracy_score", num_classes=2, ignore_label=None)
    object.__setattr__(made, "function", "numpy.mean")
    with pytest.raises(ValueError, match=r"no call is known for numpy.mean; libraries with calls: elektronn3"):
        call_source(made)
