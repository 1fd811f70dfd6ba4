"""Hugging Face evaluate, mean_iou (commit a7dd338): mmsegmentation's counts as plain fractions, without rounding."""

from __future__ import annotations

import math

from metrics_core.presets.arguments import flag, number, one_of
from metrics_core.presets.functions import Call, Function, Recipe, UnsupportedError, grid

_FILE = "metrics/mean_iou/mean_iou.py"
_KEYS = {
    "mean_iou": ("iou", "macro"),
    "mean_accuracy": ("recall", "macro"),
    "overall_accuracy": ("recall", "micro"),
    "per_category_iou": ("iou", "none"),
    "per_category_accuracy": ("recall", "none"),
}


def _recipe(call: Call) -> Recipe:
    formula, average = _KEYS[call["key"]]
    replaced = math.nan if call["nan_to_num"] is None else call["nan_to_num"]
    # NaN is replaced in the result only: the mean has skipped undefined classes by then.
    zero_division = math.nan if average == "macro" else replaced
    options = {"average": average, "zero_division": zero_division, "nothing_left": replaced}
    target_map = None
    if call["reduce_labels"]:
        if call.ignore_label != 255 or call.ignored:
            raise UnsupportedError(
                "evaluate.mean_iou: reduce_labels=True turns label 0 into 255; it needs ignore_label=255 or None"
            )
        target_map = (call.num_classes, *range(call.num_classes))
    return Recipe(formula=formula, options=options, target_map=target_map)


FUNCTIONS = (
    Function(
        name="evaluate.mean_iou",
        library="evaluate",
        version="a7dd338",
        source=f"{_FILE}:113-260",
        parameters={"key": one_of(*_KEYS), "nan_to_num": number(default=None), "reduce_labels": flag(False)},
        recipe=_recipe,
        listed=grid(key=tuple(_KEYS)),
        default_ignore=255,
    ),
)
