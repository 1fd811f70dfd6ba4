"""scikit-learn 1.9.1: labels of all images in one row; labels=None scores the classes that occur."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from metrics_core.cells import Cells
from metrics_core.presets.arguments import Parameter, beta, classes, flag, one_of, zero_division
from metrics_core.presets.functions import Call, Function, Recipe, UnsupportedError, every_class, grid
from metrics_core.presets.ratios import RATIOS, f_beta
from metrics_core.presets.record import Array

_FILE = "sklearn/metrics/_classification.py"
_AVERAGES = ("macro", "weighted", "micro")
_WARN = {"warn": 0.0}


def _no_pixel(counts: Cells) -> str:
    return "" if (counts.tp + counts.fn).any() else "the library refuses empty input"


def _class_set(call: Call) -> dict[str, Any]:
    """Options that choose the classes, by labels and pos_label."""
    labels = call["labels"]
    if call["average"] == "binary":
        if call.num_classes != 2:
            raise UnsupportedError(
                "average='binary', the default, takes two classes; choose 'micro', 'macro', 'weighted' or None"
            )
        return {"average": "macro", "excluded_classes": call.all_but((call["pos_label"],))}
    options = {"average": call["average"] or "none"}
    return {**options, "class_set": "seen"} if labels is None else {**options, "excluded_classes": call.all_but(labels)}


def _recipe(formula: str, *, undefined: str = "skip") -> Callable[[Call], Recipe]:
    def recipe(call: Call) -> Recipe:
        options = {
            **_class_set(call),
            "zero_division": call["zero_division"],
            "undefined": undefined,
            "zero_weight": "unweighted",
        }
        every = call["labels"] is None and call["average"] != "binary"
        return Recipe(
            formula=f_beta(call["beta"]) if formula == "fbeta" else formula,
            options=options,
            strays="new_class" if every else "two_labels" if call["average"] == "binary" else "false_negative",
            refusal=_no_pixel,
            class_order=call["labels"] if call["average"] is None else None,
        )

    return recipe


def _accuracy(call: Call) -> Recipe:
    formula = "recall" if call["normalize"] else RATIOS["correct_pixels"]
    return Recipe(formula=formula, options={"average": "micro"}, refusal=_no_pixel)


def _above_chance(value: Array, counts: Cells) -> Array:
    """Balanced accuracy on the scale where guessing one class is 0; not finite when only one class occurs."""
    chance = 1 / np.count_nonzero((counts.tp + counts.fn).sum(0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((value - chance) / (1 - chance))


def _balanced_accuracy(call: Call) -> Recipe:
    return Recipe(
        formula="recall",
        options={"kept_classes": "target"},
        refusal=_no_pixel,
        finish=_above_chance if call["adjusted"] else None,
    )


def _function(
    name: str, recipe: Callable[[Call], Recipe], lines: str, *listed: dict[str, Any], **more: Parameter
) -> Function:
    return Function(
        name=f"sklearn.{name}",
        library="sklearn",
        version="1.9.1",
        source=f"{_FILE}:{lines}",
        parameters=more,
        recipe=recipe,
        listed=listed,
        ignore="filter",
    )


def _set_wise(name: str, recipe: Callable[[Call], Recipe], lines: str, *zeros: float, **more: Parameter) -> Function:
    """A score of a set of classes; zeros: the numbers it takes for 0/0."""
    first: dict[str, tuple[Any, ...]] = {"beta": (2.0,)} if more else {}
    listed = [
        arguments
        for zero in zeros
        for arguments in (
            *grid(**first, average=_AVERAGES, labels=(None, every_class), zero_division=(zero,)),
            *grid(**first, average=(None,), labels=(every_class,), zero_division=(zero,)),
        )
    ]
    parameters = {
        **more,
        "labels": classes(None),
        "pos_label": one_of(0, 1, default=1),
        "average": one_of("binary", *_AVERAGES, None, default="binary"),
        "zero_division": zero_division(0.0, words=_WARN, values=zeros),
    }
    return _function(name, recipe, lines, *listed, **parameters)


FUNCTIONS = (
    _set_wise("precision_score", _recipe("precision"), "2142-2218", 0.0, 1.0, math.nan),
    _set_wise("recall_score", _recipe("recall"), "2142-2218", 0.0, 1.0, math.nan),
    _set_wise("f1_score", _recipe("dice"), "2142-2218", 0.0, 1.0, math.nan),
    _set_wise("fbeta_score", _recipe("fbeta"), "2142-2218", 0.0, 1.0, math.nan, beta=beta(infinite=True)),
    _set_wise("jaccard_score", _recipe("iou", undefined="propagate"), "1059-1241", 0.0, 1.0),
    _function("accuracy_score", _accuracy, "340-415", {}, normalize=flag(True)),
    _function("balanced_accuracy_score", _balanced_accuracy, "2938", {}, adjusted=flag(False)),
)
