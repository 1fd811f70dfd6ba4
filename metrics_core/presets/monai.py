"""MONAI 1.6.1: scores of each (image, class), averaged over classes and then over images; nothing left is 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from metrics_core.cells import Cells
from metrics_core.formulas import Formula
from metrics_core.presets.arguments import Parameter, flag, number, one_of
from metrics_core.presets.functions import Call, Function, Recipe, grid
from metrics_core.presets.generalized_dice import Weighting, generalized_dice
from metrics_core.presets.ratios import RATIOS
from metrics_core.presets.record import Array, Quirk, Returns

_FOLDER = "monai/metrics"
# What do_metric_reduction does to scores [image, class] ...
_OF_CELLS: dict[str, dict[str, Any]] = {
    "mean": {"average": "macro", "order": "classes_then_images"},
    "sum": {"average": "sum", "order": "classes_then_images"},
    "mean_batch": {"average": "none", "order": "per_class"},
    "sum_batch": {"average": "sum", "order": "per_class"},
    "mean_channel": {"average": "macro", "order": "per_image"},
    "sum_channel": {"average": "sum", "order": "per_image"},
    "none": {"average": "none", "order": "per_cell"},
}
# ... and to counts, of which the score is taken afterwards.
_OF_COUNTS: dict[str, dict[str, Any]] = {
    "mean": {"average": "micro"},
    "sum": {"average": "micro"},
    "mean_batch": {"average": "none"},
    "sum_batch": {"average": "none"},
    "mean_channel": {"average": "micro", "pooling": "image", "order": "per_image"},
    "sum_channel": {"average": "micro", "pooling": "image", "order": "per_image"},
    "none": {"average": "none", "pooling": "image", "order": "per_cell"},
}
_METRICS: dict[tuple[str, ...], str | Formula] = {
    ("sensitivity", "recall", "hit_rate", "true_positive_rate", "tpr"): "recall",
    ("specificity", "selectivity", "true_negative_rate", "tnr"): "specificity",
    ("precision", "positive_predictive_value", "ppv"): "precision",
    ("negative_predictive_value", "npv"): "npv",
    ("miss_rate", "false_negative_rate", "fnr"): "false_negative_rate",
    ("fall_out", "false_positive_rate", "fpr"): "false_positive_rate",
    ("false_discovery_rate", "fdr"): RATIOS["false_discovery_rate"],
    ("false_omission_rate", "for"): RATIOS["false_omission_rate"],
    ("prevalence_threshold", "pt"): RATIOS["prevalence_threshold"],
    ("threat_score", "critical_success_index", "ts", "csi"): "iou",
    ("accuracy", "acc"): "accuracy",
    ("balanced_accuracy", "ba"): RATIOS["balanced_accuracy"],
    ("f1_score", "f1"): "dice",
    ("matthews_correlation_coefficient", "mcc"): RATIOS["mcc_of_summed_counts"],
    ("fowlkes_mallows_index", "fm"): RATIOS["fowlkes_mallows"],
    ("informedness", "bookmaker_informedness", "bm", "youden_index", "youden"): RATIOS["informedness"],
    ("markedness", "deltap", "mk"): RATIOS["markedness"],
}
_BY_NAME = {name: formula for names, formula in _METRICS.items() for name in names}
_WEIGHTINGS: dict[str, Weighting] = {
    "square": "inverse_squared_support",
    "simple": "inverse_support",
    "uniform": "equal",
}
_IN_RANGE = Quirk(
    key="monai_ignored_class_stays",
    title="The pixels of an ignored class are still scored",
    description="An ignore_index inside the class range only empties that class: its pixels stay, as false positives "
    "of whatever was predicted there, and the emptied class can score 1. DiceMetric drops the pixels instead.",
    source=f"{_FOLDER}/meaniou.py:156-161, {_FOLDER}/confusion_matrix.py:180-187",
    correction=(("ignored_pixels", "removed"),),
)


def _in_range(call: Call) -> tuple[dict[str, Any], tuple[Quirk, ...]]:
    """Options and quirks of the functions that only empty an ignored class."""
    return ({"ignored_pixels": "kept_as_false_positives"}, (_IN_RANGE,)) if call.ignored else ({}, ())


def _overlap(formula: str, *, empties: bool) -> Callable[[Call], Recipe]:
    """DiceMetric and MeanIoU; empties: whether an ignored class is emptied instead of its pixels dropped."""

    def recipe(call: Call) -> Recipe:
        more, quirks = _in_range(call) if empties else ({}, ())
        options = {
            **_OF_CELLS[call["reduction"]],
            **more,
            "pooling": "image",
            "excluded_classes": call.background_out,
            "kept_classes": "target" if call["ignore_empty"] else "all",
            "zero_division": 1.0,
            "nothing_left": 0.0 if call["reduction"] != "none" else math.nan,
        }
        return Recipe(formula=formula, options=options, quirks=quirks, returns=_returns(call))

    return recipe


def _confusion(call: Call) -> Recipe:
    more, quirks = _in_range(call)
    options = {**more, "excluded_classes": call.background_out}
    if call["compute_sample"]:
        left = 0.0 if call["reduction"] != "none" else math.nan
        options |= {**_OF_CELLS[call["reduction"]], "pooling": "image", "nothing_left": left}
    else:
        options |= _OF_COUNTS[call["reduction"]]
    return Recipe(formula=_BY_NAME[call["metric_name"]], options=options, quirks=quirks, returns=_returns(call))


def _generalized(call: Call) -> Recipe:
    reduction, excluded = call["reduction"], (*call.background_out, *call.ignored)
    options = {**_OF_CELLS[reduction], "pooling": "image", "excluded_classes": excluded, "zero_division": 1.0}
    if not reduction.endswith("batch") and reduction != "none":
        # One score an image is left: the sum and the mean over classes are over that one. Without any class it is 0.
        options |= {"average": "micro", "zero_division": float(len(set(excluded)) < call.num_classes)}
    formula = generalized_dice(_WEIGHTINGS[call["weight_type"]], "largest_of_image", excluded)
    finish = _times_images if reduction == "sum" else None
    if len(set(excluded)) == call.num_classes and (reduction.endswith("batch") or reduction == "none"):
        finish = _zero_for_no_class
    return Recipe(formula=formula, options=options, finish=finish, returns=_returns(call))


def _returns(call: Call) -> Returns:
    """A mean over everything comes as a list of one number, and so does a score of summed counts."""
    of_counts = not call.arguments.get("compute_sample", True) and call["reduction"] == "sum"
    return "listed" if call["reduction"] == "mean" or of_counts else "as_is"


def _times_images(value: Array, counts: Cells) -> Array:
    return value * len(counts.tp)


def _zero_for_no_class(value: Array, counts: Cells) -> Array:
    """A list over no classes becomes one over a class that scores 0."""
    return np.zeros((*value.shape[:-1], 1))


def _metric_name() -> Parameter:
    def accept(value: Any, num_classes: int) -> str:
        (name,) = (value,) if isinstance(value, str) else value
        plain = name.replace(" ", "_").lower()
        if plain not in _BY_NAME:
            raise ValueError
        return plain

    expected = "one of " + ", ".join(names[0].replace("_", " ") for names in _METRICS) + " or their other names"
    return Parameter(expected=expected, accept=accept, default="hit_rate")


def _function(
    name: str, recipe: Callable[[Call], Recipe], file: str, *listed: dict[str, Any], **more: Parameter
) -> Function:
    return Function(
        name=f"monai.{name}",
        library="monai",
        version="1.6.1",
        source=f"{_FOLDER}/{file}",
        parameters={"include_background": flag(True), **more, "reduction": one_of(*_OF_CELLS, default="mean")},
        recipe=recipe,
        listed=listed,
        fewest_classes=2,
    )


_BACKGROUND = (True, False)
_OVERLAP_GRID = (
    *grid(include_background=_BACKGROUND, ignore_empty=(True, False), reduction=("mean", "mean_batch", "mean_channel")),
    *grid(include_background=_BACKGROUND, ignore_empty=(True, False), reduction=("none", "sum")),
)
_NAMES = ("precision", "sensitivity", "specificity", "threat score", "f1 score", "accuracy")
_CONFUSION_GRID = tuple(
    arguments
    for arguments in grid(
        include_background=_BACKGROUND,
        metric_name=_NAMES,
        compute_sample=(True, False),
        reduction=("mean", "mean_batch", "mean_channel", "none"),
    )
    if arguments["compute_sample"] or arguments["reduction"] != "none"
)
_EMPTY = flag(True)
FUNCTIONS = (
    _function(
        "DiceMetric", _overlap("dice", empties=False), "meandice.py:374-399", *_OVERLAP_GRID, ignore_empty=_EMPTY
    ),
    _function("MeanIoU", _overlap("iou", empties=True), "meaniou.py:148-182", *_OVERLAP_GRID, ignore_empty=_EMPTY),
    _function(
        "ConfusionMatrixMetric",
        _confusion,
        "confusion_matrix.py:141-330",
        *_CONFUSION_GRID,
        metric_name=_metric_name(),
        compute_sample=flag(False),
    ),
    _function(
        "GeneralizedDiceScore",
        _generalized,
        "generalized_dice.py:128-243",
        *grid(include_background=_BACKGROUND, reduction=("mean_channel",)),
        weight_type=one_of(*_WEIGHTINGS, default="square"),
        epsilon=number(default=1e-8),
    ),
)
