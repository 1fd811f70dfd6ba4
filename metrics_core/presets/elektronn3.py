"""elektronn3 0.1.1: pooled scores in per cent; a class that the target lacks makes the mean undefined."""

from __future__ import annotations

from metrics_core.presets.arguments import flag
from metrics_core.presets.float32 import rounding
from metrics_core.presets.functions import Call, Function, Recipe, grid
from metrics_core.presets.record import Quirk

_FILE = "elektronn3/training/metrics.py"
_FORMULAS = {
    "precision": "precision",
    "recall": "recall",
    "accuracy": "accuracy",
    "dice_coefficient": "dice",
    "iou": "iou",
}
_QUIRKS = (
    Quirk(
        key="elektronn3_stale_cache",
        title="An edited tensor keeps its old score",
        description="The counts are cached by the identity of the two tensors, so a prediction that is changed in "
        "place gets the score it had before. This preset always counts afresh.",
        source=f"{_FILE}:49",
    ),
    rounding(f"{_FILE}:100-110"),
)


def _function(name: str, formula: str) -> Function:
    def recipe(call: Call) -> Recipe:
        options = {
            "average": "macro" if call["mean"] else "none",
            "kept_classes": "raw_target",
            "undefined": "propagate",
            "epsilon": 1e-4,
            "scale": 100.0,
        }
        return Recipe(formula=formula, options=options, quirks=_QUIRKS)

    return Function(
        name=f"elektronn3.{name}",
        library="elektronn3",
        version="0.1.1",
        source=f"{_FILE}:115-166",
        parameters={"mean": flag(True)},
        recipe=recipe,
        listed=grid(mean=(True, False)),
    )


FUNCTIONS = tuple(_function(name, formula) for name, formula in _FORMULAS.items())
