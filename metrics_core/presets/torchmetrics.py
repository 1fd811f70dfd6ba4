"""torchmetrics 1.9.0, classification: pooled or per image; a class in neither mask leaves the macro mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metrics_core.presets.arguments import Parameter, beta, flag, one_of, zero_division
from metrics_core.presets.functions import Call, Function, Recipe, UnsupportedError, grid
from metrics_core.presets.ratios import f_beta
from metrics_core.presets.record import Quirk

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


def averaged(call: Call) -> str:
    """The average argument, where None means "none".

    Raises:
        UnsupportedError: the library takes two classes or more.
    """
    if call.num_classes < 2:
        raise UnsupportedError(f"torchmetrics takes num_classes of at least 2 here; got {call.num_classes}")
    return call["average"] or "none"


def _recipe(formula: str) -> Callable[[Call], Recipe]:
    def recipe(call: Call) -> Recipe:
        average, samplewise = averaged(call), call["multidim_average"] == "samplewise"
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
    average = averaged(call)
    options: dict[str, Any] = {"average": average, "zero_division": call["zero_division"]}
    if average in ("macro", "micro"):
        options["excluded_classes"] = call.ignored
    if average == "macro":
        options["kept_classes"] = "union"
    return Recipe(formula="iou", options=options, quirks=(NEIGHBOUR_CELL,), strays="checked_neighbour_cell")


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
    )


def _without_default(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if (name, value) != ("multidim_average", "global")}


FUNCTIONS = (
    _function("multiclass_precision", "precision", "precision_recall.py:38", zero_division=_ZERO_DIVISION),
    _function("multiclass_recall", "recall", "precision_recall.py:38", zero_division=_ZERO_DIVISION),
    _function("multiclass_f1_score", "dice", "f_beta.py:37", zero_division=_ZERO_DIVISION),
    _function("multiclass_fbeta_score", "fbeta", "f_beta.py:37", zero_division=_ZERO_DIVISION, beta=beta()),
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
    ),
)
