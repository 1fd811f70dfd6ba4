"""torcheval 0.0.7: pooled scores; 0/0 is 0, and a class in neither mask leaves the macro mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from metrics_core.cells import Cells
from metrics_core.conventions import Convention
from metrics_core.inputs import InputError
from metrics_core.presets.arguments import Parameter, one_of
from metrics_core.presets.float32 import saturation
from metrics_core.presets.functions import Call, Function, Recipe, grid
from metrics_core.presets.record import Array, Quirk

_FOLDER = "torcheval/metrics/functional/classification"
_AVERAGES = ("macro", "weighted", "micro", None)


def _present(counts: Cells) -> Array:
    return (counts.tp + counts.fp + counts.fn)[0] > 0


def _half_masked_recall(counts: Cells, rule: Convention) -> Array:
    """Recall of the present classes' hits over all classes' support; a single hit count is spread over all of them."""
    tp, support, present = counts.tp[0], (counts.tp + counts.fn)[0], _present(counts)
    if np.count_nonzero(present) not in (1, len(present)):
        raise InputError(
            "torcheval 0.0.7 divides the hits of the classes that occur by the pixels of all classes, whose numbers "
            "differ here, and fails; pass quirks=False for the score without this defect"
        )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        recall = (tp[present] / support).astype(np.float32)
        if np.isnan(recall).any():
            recall = np.nan_to_num(recall)
        if rule.average == "macro":
            return np.asarray(recall.mean(), np.float64)
        return np.asarray((recall * (support[present] / support.sum()).astype(np.float32)).sum(), np.float64)


_RECALL = Quirk(
    key="torcheval_half_masked_recall",
    title="Recall fails when a class is absent",
    description="The hits leave out the classes that occur in neither mask, the support does not: with such a class "
    "the call ends in a RuntimeError, or in infinity when one class is left. Mended in the repository, not on PyPI.",
    source=f"{_FOLDER}/recall.py:192-195",
    value=_half_masked_recall,
)
_F1 = saturation(f"{_FOLDER}/f1_score.py:184", counted="dataset")


def _recipe(formula: str) -> Callable[[Call], Recipe]:
    def recipe(call: Call) -> Recipe:
        average = {"None": "none", None: "none"}.get(call["average"], call["average"])
        options: dict[str, Any] = {"average": average, "zero_division": 0.0}
        if average == "macro":
            options["kept_classes"] = "union"
        if average == "weighted":
            options["nothing_left"] = 0.0
        quirks: tuple[Quirk, ...] = ()
        if formula == "dice" and average != "micro":
            quirks = (_F1,)
        if formula == "recall" and average in ("macro", "weighted"):
            quirks = (_RECALL,)
        return Recipe(
            formula=formula,
            options=options,
            quirks=quirks,
            strays="wrong_class" if average == "micro" else "refused",
        )

    return recipe


def _accuracy(call: Call) -> Recipe:
    return Recipe(formula="recall", options={"average": {None: "none"}.get(call["average"], call["average"])})


def _function(
    name: str, recipe: Callable[[Call], Recipe], lines: str, averages: tuple[Any, ...], **more: Parameter
) -> Function:
    return Function(
        name=f"torcheval.multiclass_{name}",
        library="torcheval",
        version="0.0.7",
        source=f"{_FOLDER}/{lines}",
        parameters={"average": one_of(*averages, default="micro"), **more},
        recipe=recipe,
        listed=grid(average=tuple(average for average in averages if average not in ("none", "None"))),
        ignore="filter",
        fewest_classes=1 if name == "accuracy" else 2,
    )


FUNCTIONS = (
    _function("precision", _recipe("precision"), "precision.py:142-177", (*_AVERAGES, "None")),
    _function("recall", _recipe("recall"), "recall.py:184-215", _AVERAGES),
    _function("f1_score", _recipe("dice"), "f1_score.py:196-232", _AVERAGES),
    _function("accuracy", _accuracy, "accuracy.py:282-291", ("macro", "micro", None, "none"), k=one_of(1, default=1)),
)
