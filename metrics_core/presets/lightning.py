"""pytorch_lightning.metrics 0.9.0: pooled scores; 0/0 is 0, so that an absent class lowers the mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from metrics_core.cells import Cells
from metrics_core.presets.arguments import Parameter, beta, flag, number, one_of
from metrics_core.presets.float32 import saturation
from metrics_core.presets.functions import Call, Function, Recipe, grid
from metrics_core.presets.ratios import f_beta

_FILE = "pytorch_lightning/metrics/functional/classification.py"
_AVERAGES = {"elementwise_mean": "macro", "none": "none", "sum": "sum"}
_REDUCTION = one_of(*_AVERAGES, default="elementwise_mean")
_SATURATION = (saturation(f"{_FILE}:197-210", counters="outcomes", counted="dataset"),)


def _no_pixel(counts: Cells) -> str:
    return "" if (counts.tp + counts.fn).any() else "the library cannot take the maximum of no pixels"


def _only_background(counts: Cells) -> str:
    if (counts.tp + counts.fn)[:, 1:].any():
        return ""
    return "the library cannot infer num_classes from a target that is all zero"


def _recipe(formula: str) -> Callable[[Call], Recipe]:
    def recipe(call: Call) -> Recipe:
        options = {
            "average": _AVERAGES[call["reduction"]],
            "zero_division": 0.0,
            "class_set": "up_to_largest" if call["infer_num_classes"] else "fixed",
            "excluded_classes": (0,) if call.arguments.get("remove_bg") else (),
            "nothing_left": 0.0 if call["reduction"] == "sum" else math.nan,
        }
        return Recipe(
            formula=f_beta(call["beta"]) if formula == "fbeta" else formula,
            options=options,
            quirks=_SATURATION,
            strays="new_range" if call["infer_num_classes"] else None,
            refusal=_no_pixel,
        )

    return recipe


def _accuracy(call: Call) -> Recipe:
    listed, inferred = call["reduction"] == "none", call["infer_num_classes"]
    return Recipe(
        formula="recall",
        options={
            "average": "none" if listed else "micro",
            "class_set": "up_to_largest" if inferred else "fixed",
        },
        quirks=_SATURATION if listed else (),
        strays=("new_range" if inferred else None) if listed else "false_negative",
        refusal=_only_background if inferred else _no_pixel,
    )


def _dice(call: Call) -> Recipe:
    options = {
        "average": _AVERAGES[call["reduction"]],
        "excluded_classes": () if call["bg"] else (0,),
        "kept_classes": "target",
        "absent_value": call["no_fg_score"],
        "nothing_left": 0.0 if call["reduction"] == "sum" else math.nan,
    }
    return Recipe(formula="dice", options=options, strays="refused")


def _function(
    name: str, recipe: Callable[[Call], Recipe], lines: str, *listed: dict[str, Any], **parameters: Parameter
) -> Function:
    return Function(
        name=f"pytorch_lightning.{name}",
        library="pytorch_lightning",
        version="0.9.0",
        source=f"{_FILE}:{lines}",
        parameters={**parameters, "reduction": _REDUCTION},
        recipe=recipe,
        listed=listed,
        ignore="filter",
        strays="negative_refused",
    )


_BOTH = (
    *grid(reduction=tuple(_AVERAGES)),
    *grid(reduction=tuple(_AVERAGES), infer_num_classes=(True,)),
)
_INFER = flag(False)
FUNCTIONS = (
    _function("precision", _recipe("precision"), "355-360", *_BOTH, infer_num_classes=_INFER),
    _function("recall", _recipe("recall"), "355-360", *_BOTH, infer_num_classes=_INFER),
    _function("f1_score", _recipe("dice"), "478-482", *_BOTH, infer_num_classes=_INFER),
    _function("fbeta_score", _recipe("fbeta"), "478-482", {"beta": 2.0}, beta=beta(), infer_num_classes=_INFER),
    _function(
        "iou", _recipe("iou"), "1006-1008", *_BOTH, {"remove_bg": True}, infer_num_classes=_INFER, remove_bg=flag(False)
    ),
    _function("accuracy", _accuracy, "269-275", {}, {"reduction": "none"}, infer_num_classes=_INFER),
    _function(
        "dice_score",
        _dice,
        "945-960",
        *grid(bg=(False, True), no_fg_score=(0.0, 1.0), reduction=tuple(_AVERAGES)),
        bg=flag(False),
        nan_score=number(default=0.0),
        no_fg_score=number(default=0.0),
    ),
)
