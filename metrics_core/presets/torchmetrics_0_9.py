"""torchmetrics 0.9.3: pooled macro leaves absent classes out, macro of each image counts them as 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from metrics_core.cells import Cells
from metrics_core.presets.arguments import Parameter, beta, number, one_of
from metrics_core.presets.functions import Call, Function, Recipe, UnsupportedError, grid
from metrics_core.presets.ratios import f_beta
from metrics_core.presets.record import Array, Quirk
from metrics_core.presets.torchmetrics import NEIGHBOUR_CELL

_FOLDER = "torchmetrics/functional/classification"
_AVERAGES = ("micro", "macro", "weighted", "none")
_MDMC = ("global", "samplewise")
_SINGLE_PIXELS = Quirk(
    key="torchmetrics_0_9_single_pixels",
    title="Images of one pixel are averaged over their classes",
    description="Where each image has one pixel, or ignoring leaves one in all, its axis is squeezed away before "
    "'samplewise' averages over the first axis left, the classes. This preset averages over images of any size.",
    source="torchmetrics/utilities/checks.py:301-310",
)


def _with_gap(label: int) -> Callable[[Array, Cells], Array]:
    """A list over classes with NaN in place of the class that was left out."""
    return lambda value, counts: np.insert(value, label, math.nan)


def _recipe(formula: str) -> Callable[[Call], Recipe]:
    """Scores of stat scores: ignoring a class leaves it out of the average, its pixels still count for the others."""
    specificity = formula == "specificity"

    def recipe(call: Call) -> Recipe:
        average, samplewise = call["average"] or "none", call["mdmc_average"] == "samplewise"
        # The weights of specificity are its own denominators, which makes it the pooled ratio.
        chosen = "micro" if specificity and average == "weighted" else average
        options: dict[str, Any] = {
            "average": chosen,
            "pooling": "image" if samplewise else "dataset",
            "order": "per_class" if average == "none" else "classes_then_images",
            "ignored_classes": (),
            "excluded_classes": call.ignored,
            "zero_division": 0.0,
            "nothing_left": 0.0 if average != "none" else math.nan,
            "zero_weight": 0.0,
        }
        if not samplewise and (average == "none" or (average == "macro" and not specificity)):
            options["kept_classes"] = "union"
        return Recipe(
            formula=f_beta(call["beta"]) if formula == "fbeta" else formula,
            options=options,
            quirks=(_SINGLE_PIXELS,) if samplewise else (),
            ignore="argument" if call.ignored else None,
            finish=_with_gap(call.ignored[0]) if average == "none" and call.ignored else None,
        )

    return recipe


def _no_pixel(counts: Cells) -> str:
    return "" if counts.raw_support.any() else "the library cannot take the maximum of no pixels"


def _jaccard(call: Call) -> Recipe:
    """Ignoring a class drops its pixels; the class leaves the list and the macro mean, not the micro ratio."""
    average, absent = call["average"] or "none", call["absent_score"]
    if average == "weighted" and call.ignored:
        if call.num_classes > 2:
            raise UnsupportedError(
                "torchmetrics_0_9.jaccard_index: average='weighted' fails on an ignored class in 0..C-1"
            )
        average, absent = "macro", math.nan  # of the one class that is left
    options = {
        "average": average,
        "excluded_classes": call.ignored if average in ("macro", "none") else (),
        "zero_division": math.nan if average == "micro" else absent,
    }
    return Recipe(
        formula="iou",
        options=options,
        quirks=(NEIGHBOUR_CELL,),
        strays="neighbour_cell",
        ignore="argument" if call.ignored else None,
        refusal=_no_pixel,
    )


def _function(
    name: str, recipe: Callable[[Call], Recipe], file: str, *listed: dict[str, Any], **more: Parameter
) -> Function:
    return Function(
        name=f"torchmetrics_0_9.{name}",
        library="torchmetrics",
        version="0.9.3",
        source=f"{_FOLDER}/{file}",
        parameters={
            **more,
            "average": one_of(*_AVERAGES, None, default="macro" if name == "jaccard_index" else "micro"),
        },
        recipe=recipe,
        listed=listed,
        ignore="filter",
        strays="refused",
        fewest_classes=2,
    )


_GRID = grid(average=_AVERAGES, mdmc_average=_MDMC)
_REQUIRED = one_of(*_MDMC)
FUNCTIONS = (
    _function("precision", _recipe("precision"), "precision_recall.py:23-75", *_GRID, mdmc_average=_REQUIRED),
    _function("recall", _recipe("recall"), "precision_recall.py:201-255", *_GRID, mdmc_average=_REQUIRED),
    _function("f1_score", _recipe("dice"), "f_beta.py:30-109", *_GRID, mdmc_average=_REQUIRED),
    _function(
        "fbeta_score",
        _recipe("fbeta"),
        "f_beta.py:30-109",
        *grid(beta=(2.0,), average=_AVERAGES, mdmc_average=_MDMC),
        beta=beta(1.0),
        mdmc_average=_REQUIRED,
    ),
    _function(
        "accuracy", _recipe("recall"), "accuracy.py:120-200", *_GRID, mdmc_average=one_of(*_MDMC, default="global")
    ),
    _function("specificity", _recipe("specificity"), "specificity.py:22-70", *_GRID, mdmc_average=_REQUIRED),
    _function(
        "jaccard_index",
        _jaccard,
        "jaccard.py:20-92",
        *grid(average=("macro", "none", "micro", "weighted")),
        absent_score=number(default=0.0),
    ),
)
