"""segmentation_models_pytorch 0.6.0: tp, fp, fn, tn of each image and class, then one of seven reductions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from metrics_core.formulas import Formula
from metrics_core.presets.arguments import Parameter, beta, class_weights, one_of, zero_division
from metrics_core.presets.float32 import saturation
from metrics_core.presets.functions import Call, Function, Recipe, UnsupportedError, grid
from metrics_core.presets.ratios import RATIOS, f_beta
from metrics_core.presets.record import Quirk

_FILE = "segmentation_models_pytorch/metrics/functional.py"
_FORMULAS: dict[str, str | Formula] = {
    "iou_score": "iou",
    "f1_score": "dice",
    "fbeta_score": "fbeta",
    "accuracy": "accuracy",
    "recall": "recall",
    "sensitivity": "recall",
    "precision": "precision",
    "positive_predictive_value": "precision",
    "specificity": "specificity",
    "negative_predictive_value": "npv",
    "false_negative_rate": "false_negative_rate",
    "false_positive_rate": "false_positive_rate",
    "balanced_accuracy": RATIOS["balanced_accuracy"],
    "false_discovery_rate": RATIOS["false_discovery_rate"],
    "false_omission_rate": RATIOS["false_omission_rate"],
    "positive_likelihood_ratio": RATIOS["positive_likelihood_ratio"],
    "negative_likelihood_ratio": RATIOS["negative_likelihood_ratio"],
}
_REDUCTIONS: dict[str, dict[str, Any]] = {
    "micro": {"average": "micro"},
    "macro": {"average": "macro"},
    "weighted": {"average": "weighted"},
    "micro-imagewise": {"average": "micro", "pooling": "image"},
    "macro-imagewise": {"average": "macro", "pooling": "image", "order": "all_cells"},
    "weighted-imagewise": {"average": "weighted", "pooling": "image"},
    "none": {"average": "none", "pooling": "image", "order": "per_cell"},
}
_LISTED = ("iou_score", "f1_score", "fbeta_score", "recall", "accuracy", "precision", "specificity")
_SATURATION = saturation(f"{_FILE}:204-210")
_DIVIDED_AGAIN = Quirk(
    key="smp_divided_by_classes",
    title="The weighted mean is divided by the number of classes once more",
    description="The weights are normalised to the sum 1 and then averaged, not summed: a perfect prediction scores "
    "1/C. 'weighted' was mended in 0.3.2 (pull request 659), these reductions were not.",
    source=f"{_FILE}:289, {_FILE}:312",
    correction=(("weighted_mean_divisor", "weights"),),
)


def _micro_quirk(value: float) -> Quirk:
    return Quirk(
        key="smp_micro_zero_division",
        title="The micro average ignores zero_division",
        description="0/0 of the pooled counts stays NaN, whatever zero_division says.",
        source=f"{_FILE}:275-281",
        correction=(("micro_zero_division", value),),
    )


def _recipe(function: str) -> Callable[[Call], Recipe]:
    def recipe(call: Call) -> Recipe:
        reduction, weights = call["reduction"] or "none", call["class_weights"]
        if call.ignored:
            raise UnsupportedError(
                f"smp.{function}: ignore_label must lie outside 0..{call.num_classes - 1} here; got {call.ignore_label}"
            )
        if weights is None and reduction.startswith("weighted"):
            raise ValueError(f"smp.{function}: reduction={reduction!r} needs class_weights, one weight a class")
        options, quirks = {**_REDUCTIONS[reduction], "zero_division": call["zero_division"]}, (_SATURATION,)
        options["undefined"] = "propagate"
        if reduction == "micro":
            options["micro_zero_division"] = math.nan
            quirks += (_micro_quirk(call["zero_division"]),)
        elif weights is not None and options["average"] in ("macro", "weighted"):
            options |= {"average": "weighted", "order": "classes_then_images", "weights": weights}
            if reduction != "weighted":
                options["weighted_mean_divisor"] = "weights_and_classes"
                quirks += (_DIVIDED_AGAIN,)
        formula = _FORMULAS[function]
        return Recipe(formula=f_beta(call["beta"]) if formula == "fbeta" else formula, options=options, quirks=quirks)

    return recipe


def _one_to_c(num_classes: int) -> tuple[float, ...]:
    return tuple(float(label + 1) for label in range(num_classes))


def _function(function: str) -> Function:
    more: dict[str, Parameter] = {"beta": beta()} if function == "fbeta_score" else {}
    first = {"beta": (2.0,)} if more else {}
    plain = ("micro", "macro", "micro-imagewise", "macro-imagewise", "none")
    listed = [
        {**arguments, **({"class_weights": _one_to_c} if arguments["reduction"].startswith("weighted") else {})}
        for arguments in grid(**first, zero_division=(1.0, 0.0), reduction=(*plain, "weighted", "weighted-imagewise"))
    ]
    return Function(
        name=f"smp.{function}",
        library="smp",
        version="0.6.0",
        source=f"{_FILE}:275-316",
        parameters={
            **more,
            "reduction": one_of(*_REDUCTIONS, None, default=None),
            "class_weights": class_weights(),
            "zero_division": zero_division(1.0, words={"warn": 0.0}),
        },
        recipe=_recipe(function),
        listed=tuple(listed) if function in _LISTED else (),
    )


FUNCTIONS = tuple(_function(function) for function in _FORMULAS)
