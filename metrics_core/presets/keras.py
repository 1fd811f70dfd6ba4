"""Keras 3.15.1, IoU metrics: a pixel whose target or prediction is no class is dropped; 1e-7 in every denominator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metrics_core.presets.arguments import Parameter, classes, number
from metrics_core.presets.functions import Call, Function, Recipe, UnsupportedError
from metrics_core.presets.record import Strays

_FILE = "keras/src/metrics/iou_metrics.py"


def _first_and_last(num_classes: int) -> tuple[int, ...]:
    return tuple(sorted({0, num_classes - 1}))


def _recipe(call: Call) -> Recipe:
    chosen = call.arguments.get("target_class_ids")
    options = {
        "out_of_range": "pixel_removed",
        "excluded_classes": () if chosen is None else call.all_but(chosen),
        "kept_classes": "union",
        "nothing_left": 0.0,
        "epsilon": 1e-7,
        "mean_epsilon": 1e-7,
    }
    return Recipe(formula="iou", options=options)


def _binary(call: Call) -> Recipe:
    if call.num_classes != 2:
        raise UnsupportedError(f"keras.BinaryIoU takes two classes; got num_classes={call.num_classes}")
    if not 0 < call["threshold"] <= 1:
        raise ValueError(f"keras.BinaryIoU: on labels 0 and 1 threshold must lie in (0, 1]; got {call['threshold']}")
    return _recipe(call)


def _function(
    name: str, recipe: Callable[[Call], Recipe], listed: tuple[dict[str, Any], ...], **more: Parameter
) -> Function:
    binary = name == "BinaryIoU"
    strays: Strays = "thresholded" if binary else "first_class" if name.startswith("OneHot") else "pixel_removed"
    return Function(
        name=f"keras.{name}",
        library="keras",
        version="3.15.1",
        source=f"{_FILE}:131-151, {_FILE}:283-326",
        parameters=more,
        recipe=recipe,
        listed=listed,
        ignore="filter" if binary else "argument",
        strays=strays,
    )


_TARGETS = classes()
FUNCTIONS = (
    _function("MeanIoU", _recipe, ({},)),
    _function("IoU", _recipe, ({"target_class_ids": _first_and_last},), target_class_ids=_TARGETS),
    _function("OneHotMeanIoU", _recipe, ({},)),
    _function("OneHotIoU", _recipe, (), target_class_ids=_TARGETS),
    _function("BinaryIoU", _binary, (), target_class_ids=classes((0, 1)), threshold=number(default=0.5)),
)
