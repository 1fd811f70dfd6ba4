"""nnU-Net v2 (commit 0e49508): each class over the images where it is defined, then over the foreground classes."""

from __future__ import annotations

from collections.abc import Callable

from metrics_core.presets.arguments import one_of
from metrics_core.presets.functions import Call, Function, Recipe, grid

_FILE = "nnunetv2/evaluation/evaluate_predictions.py"
_FORMULAS = {"Dice": "dice", "IoU": "iou"}


def _mean(call: Call) -> Recipe:
    options = {"pooling": "image", "average": "none", "order": "per_class"}
    return Recipe(formula=_FORMULAS[call["metric"]], options=options)


def _foreground_mean(call: Call) -> Recipe:
    options = {
        "pooling": "image",
        "average": "macro",
        "order": "images_then_classes",
        "undefined_images": "propagate",
        "excluded_classes": (0,),
    }
    return Recipe(formula=_FORMULAS[call["metric"]], options=options)


def _function(name: str, recipe: Callable[[Call], Recipe], lines: str) -> Function:
    return Function(
        name=f"nnunetv2.{name}",
        library="nnunetv2",
        version="0e49508",
        source=f"{_FILE}:{lines}",
        parameters={"metric": one_of(*_FORMULAS)},
        recipe=recipe,
        listed=grid(metric=tuple(_FORMULAS)),
    )


FUNCTIONS = (_function("mean", _mean, "106, 155"), _function("foreground_mean", _foreground_mean, "162-165"))
