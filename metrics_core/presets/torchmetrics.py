"""torchmetrics 1.9.0, classification: pooled or per image; a class in neither mask leaves the macro mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from metrics_core.cells import Cells
from metrics_core.conventions import Convention
from metrics_core.presets.arguments import Parameter, flag, one_of, zero_division
from metrics_core.presets.functions import Call, Function, Recipe, grid
from metrics_core.presets.ratios import f_beta
from metrics_core.presets.record import Array, Quirk

_FOLDER = "torchmetrics/functional/classification"
AVERAGES = ("macro", "none", "weighted", "micro")
AVERAGE = one_of(*AVERAGES, None, default="macro")
_DIMENSIONS = one_of("global", "samplewise", default="global")
_ZERO_DIVISION = zero_division(0.0, words={}, values=(0.0, 1.0))
_CHECKED = flag(True)
NEIGHBOUR_CELL = Quirk(
    key="torchmetrics_neighbour_cell",
    title="A prediction that is no class lands in a neighbour's cell",
    description="The confusion matrix is filled at target * C + prediction without a range check: predicting C where "
    "the target is t counts as predicting 0 where it is t + 1, and -1 as predicting C - 1 where it is t - 1.",
    source=f"{_FOLDER}/stat_scores.py:444, {_FOLDER}/confusion_matrix.py:326",
)


def _ignored_hits(counts: Cells, rule: Convention) -> Array | None:
    """Micro Jaccard whose numerator counts predictions booked as hits of the ignored class, its denominator not."""
    ignored = list(rule.excluded_classes)
    union = np.delete((counts.tp + counts.fp + counts.fn)[0], ignored).sum()
    return counts.tp.sum() / union if union and counts.tp[:, ignored].any() else None


_MICRO_JACCARD = replace(
    NEIGHBOUR_CELL,
    description=f"{NEIGHBOUR_CELL.description} One booked as a hit of an ignored class is counted in the numerator "
    "only, so that the score can exceed 1.",
    source=f"{NEIGHBOUR_CELL.source}, {_FOLDER}/jaccard.py:82-83",
    value=_ignored_hits,
)


def _beta() -> Parameter:
    def accept(value: Any, num_classes: int) -> float:
        if not isinstance(value, float) or not 0 < value < math.inf:
            raise ValueError
        return float(value)

    return Parameter(expected="a finite float larger than 0, such as 1.0 for 1", accept=accept)


def _recipe(formula: str) -> Callable[[Call], Recipe]:
    def recipe(call: Call) -> Recipe:
        average, samplewise = call["average"] or "none", call["multidim_average"] == "samplewise"
        options: dict[str, Any] = {
            "average": average,
            "pooling": "image" if samplewise else "dataset",
            "zero_division": call.arguments.get("zero_division", 0.0),
            "nothing_left": 0.0,
        }
        if samplewise:
            options["order"] = "per_cell" if average == "none" else "per_image"
        if average == "macro":
            options["kept_classes"] = "union"
        booked = not samplewise and average != "micro"
        return Recipe(
            formula=f_beta(call["beta"]) if formula == "fbeta" else formula,
            options=options,
            quirks=(NEIGHBOUR_CELL,) if booked else (),
            strays="checked_neighbour_cell" if booked else "void_class" if samplewise else "checked_wrong_class",
        )

    return recipe


def _jaccard(call: Call) -> Recipe:
    average = call["average"] or "none"
    options: dict[str, Any] = {"average": average, "zero_division": call["zero_division"]}
    if average in ("macro", "micro"):
        options["excluded_classes"] = call.ignored
    if average == "macro":
        options["kept_classes"] = "union"
    quirk = _MICRO_JACCARD if average == "micro" and call.ignored else NEIGHBOUR_CELL
    return Recipe(formula="iou", options=options, quirks=(quirk,), strays="checked_neighbour_cell")


def _function(name: str, formula: str, file: str, **more: Parameter) -> Function:
    parameters = {
        "average": AVERAGE,
        "multidim_average": _DIMENSIONS,
        "top_k": one_of(1, default=1),
        "validate_args": _CHECKED,
        **more,
    }
    choices: dict[str, tuple[Any, ...]] = {"average": AVERAGES, "multidim_average": ("global", "samplewise")}
    if "zero_division" in more:
        choices = {"zero_division": (0, 1), **choices}
    if "beta" in more:
        choices = {"beta": (2.0,), **choices}
    return Function(
        name=f"torchmetrics.{name}",
        library="torchmetrics",
        version="1.9.0",
        source=f"{_FOLDER}/{file}",
        parameters=parameters,
        recipe=_recipe(formula),
        listed=tuple(_without_default(arguments) for arguments in grid(**choices)),
        fewest_classes=2,
    )


def _without_default(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if (name, value) != ("multidim_average", "global")}


FUNCTIONS = (
    _function("multiclass_precision", "precision", "precision_recall.py:37", zero_division=_ZERO_DIVISION),
    _function("multiclass_recall", "recall", "precision_recall.py:37", zero_division=_ZERO_DIVISION),
    _function("multiclass_f1_score", "dice", "f_beta.py:37", zero_division=_ZERO_DIVISION),
    _function("multiclass_fbeta_score", "fbeta", "f_beta.py:37", zero_division=_ZERO_DIVISION, beta=_beta()),
    _function("multiclass_accuracy", "recall", "accuracy.py:37"),
    _function("multiclass_specificity", "specificity", "specificity.py:37"),
    Function(
        name="torchmetrics.multiclass_jaccard_index",
        library="torchmetrics",
        version="1.9.0",
        source=f"{_FOLDER}/jaccard.py:38",
        parameters={"average": AVERAGE, "zero_division": _ZERO_DIVISION, "validate_args": _CHECKED},
        recipe=_jaccard,
        listed=grid(zero_division=(0.0, 1.0), average=AVERAGES),
        fewest_classes=2,
    ),
)
