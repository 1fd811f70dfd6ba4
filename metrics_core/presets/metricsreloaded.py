"""MetricsReloaded (commit ca3d352): one class against the rest, once a class; the answer to 0/0 differs by score."""

from __future__ import annotations

import math

from metrics_core.presets.arguments import beta
from metrics_core.presets.functions import Call, Function, Recipe
from metrics_core.presets.ratios import f_beta

_FILE = "MetricsReloaded/metrics/pairwise_measures.py"
# Formula, value of 0/0, and line if known; a class in neither mask has no precision, one only missed has precision 0.
_SCORES: dict[str, tuple[str, float, str]] = {
    "dsc": ("dice", 1.0, "764"),
    "fbeta": ("fbeta", 1.0, "802"),
    "intersection_over_union": ("iou", math.nan, "919"),
    "positive_predictive_value": ("precision", 0.0, "722"),
    "sensitivity": ("recall", math.nan, ""),
    "specificity": ("specificity", math.nan, ""),
    "accuracy": ("accuracy", math.nan, ""),
}


def _function(name: str, formula: str, zero_division: float, line: str) -> Function:
    weighted = formula == "fbeta"

    def recipe(call: Call) -> Recipe:
        options = {
            "average": "none",
            "zero_division": zero_division,
            "kept_classes": "union" if formula == "precision" else "all",
        }
        return Recipe(formula=f_beta(call["beta"]) if weighted else formula, options=options)

    return Function(
        name=f"MetricsReloaded.{name}",
        library="MetricsReloaded",
        version="ca3d352",
        source=f"{_FILE}:{line}" if line else _FILE,
        parameters={"beta": beta(1.0)} if weighted else {},
        recipe=recipe,
        listed=({"beta": 2.0},) if weighted else ({},),
        ignore="filter",
    )


FUNCTIONS = tuple(_function(name, *score) for name, score in _SCORES.items())
