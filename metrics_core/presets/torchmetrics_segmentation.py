"""torchmetrics 1.9.0, segmentation: scores of each image; a class in neither mask is undefined there and skipped."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from metrics_core.presets.arguments import Parameter, flag, one_of
from metrics_core.presets.functions import Call, Function, Recipe, UnsupportedError, grid
from metrics_core.presets.generalized_dice import Weighting, generalized_dice
from metrics_core.presets.record import Quirk, Returns
from metrics_core.presets.torchmetrics import AVERAGES

_FORMAT = one_of("one-hot", "index", "mixed", default="one-hot")
_WEIGHTINGS: dict[str, Weighting] = {
    "square": "inverse_squared_support",
    "simple": "inverse_support",
    "linear": "equal",
}


def _need_a_class(call: Call) -> None:
    """Refuse what the functions take and the classes do not: leaving out the background where it is the only class."""
    if call.num_classes == 1 and not call["include_background"]:
        raise UnsupportedError(
            "torchmetrics.segmentation: include_background=False has no preset for num_classes=1; it needs at least 2"
        )


def _returns(over_images: bool) -> Returns:
    """The classes, which average over images, turn a list of one number into that number."""
    return "squeezed" if over_images else "as_is"


def _dice(*, over_images: bool) -> Callable[[Call], Recipe]:
    """DiceScore averages over images what dice_score returns for each."""

    def recipe(call: Call) -> Recipe:
        average = call["average"] or "none"
        unaveraged = {"none": "per_cell"}.get(average, "per_image")
        averaged = {"none": "per_class"}.get(average, "classes_then_images")
        options = {
            "excluded_classes": call.background_out,
            "average": average,
            "pooling": "image" if call["aggregation_level"] == "samplewise" else "dataset",
            "order": averaged if over_images else unaveraged,
            "zero_weight": 0.0,
        }
        return Recipe(formula="dice", options=options, returns=_returns(over_images))

    return recipe


def _mean_iou(*, over_images: bool) -> Callable[[Call], Recipe]:
    def recipe(call: Call) -> Recipe:
        per_class = call["per_class"]
        if over_images:
            _need_a_class(call)
        options: dict[str, Any] = {
            "excluded_classes": call.background_out,
            "pooling": "image",
            "average": "none" if per_class else "macro",
        }
        if over_images:
            options |= {
                "order": "per_class" if per_class else "all_cells",
                "nothing_left": -1.0 if per_class else math.nan,
            }
        else:
            options |= {
                "order": "per_cell" if per_class else "per_image",
                "zero_division": -1.0 if per_class else math.nan,
            }
        return Recipe(formula="iou", options=options, returns=_returns(over_images))

    return recipe


def _generalized(*, over_images: bool) -> Callable[[Call], Recipe]:
    def recipe(call: Call) -> Recipe:
        if over_images:
            _need_a_class(call)
        weighting, excluded = _WEIGHTINGS[call["weight_type"]], call.background_out
        if call["per_class"]:
            order = "per_class" if over_images else "per_cell"
        else:
            order = "classes_then_images" if over_images else "per_image"
        options = {
            "pooling": "image",
            "average": "none" if call["per_class"] else "micro",
            "order": order,
            "excluded_classes": excluded,
            "zero_division": 0.0,
        }
        quirk = Quirk(
            key="torchmetrics_generalized_dice_index",
            title="An absent class takes another class's weight",
            description="1/support is infinite for an absent class and is replaced by the class's largest weight over "
            "the images; the table of replacements is laid out class by class but read image by image, so that with "
            "two images or more it belongs to another class.",
            source="torchmetrics/functional/segmentation/generalized_dice.py:79-80",
            formula=generalized_dice(weighting, "largest_of_class", excluded),
        )
        quirks = () if weighting == "equal" else (quirk,)
        formula = generalized_dice(weighting, "transposed", excluded)
        return Recipe(formula=formula, options=options, quirks=quirks, returns=_returns(over_images))

    return recipe


def _function(
    name: str, recipe: Callable[[Call], Recipe], file: str, *listed: dict[str, Any], **more: Parameter
) -> Function:
    return Function(
        name=f"torchmetrics.segmentation.{name}",
        library="torchmetrics",
        version="1.9.0",
        source=f"torchmetrics/{file}",
        parameters={**more, "include_background": flag(True), "input_format": _FORMAT},
        recipe=recipe,
        listed=listed,
        ignore="filter",
        strays="refused",
    )


_DICE_GRID = grid(include_background=(True, False), average=AVERAGES, aggregation_level=("samplewise", "global"))
_BACKGROUND = grid(include_background=(True, False))
_DICE_PARAMETERS: dict[str, Parameter] = {
    "average": one_of(*AVERAGES, None, default="macro"),
    "aggregation_level": one_of("samplewise", "global", default="samplewise"),
}
_PER_CLASS = flag(False)
_WEIGHT_TYPE = one_of(*_WEIGHTINGS, default="square")
FUNCTIONS = (
    _function(
        "dice_score", _dice(over_images=False), "functional/segmentation/dice.py:79", *_DICE_GRID, **_DICE_PARAMETERS
    ),
    _function("DiceScore", _dice(over_images=True), "segmentation/dice.py:158", *_DICE_GRID, **_DICE_PARAMETERS),
    _function(
        "mean_iou",
        _mean_iou(over_images=False),
        "functional/segmentation/mean_iou.py:95",
        *_BACKGROUND,
        per_class=_PER_CLASS,
    ),
    _function(
        "MeanIoU",
        _mean_iou(over_images=True),
        "segmentation/mean_iou.py:175-186",
        *_BACKGROUND,
        *grid(include_background=(True, False), per_class=(True,)),
        per_class=_PER_CLASS,
    ),
    _function(
        "generalized_dice_score",
        _generalized(over_images=False),
        "functional/segmentation/generalized_dice.py:48-93",
        *_BACKGROUND,
        per_class=_PER_CLASS,
        weight_type=_WEIGHT_TYPE,
    ),
    _function(
        "GeneralizedDiceScore",
        _generalized(over_images=True),
        "segmentation/generalized_dice.py:139-150",
        per_class=_PER_CLASS,
        weight_type=_WEIGHT_TYPE,
    ),
)
