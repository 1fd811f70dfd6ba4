"""mmsegmentation 1.2.2: pooled scores in per cent, rounded to two digits; label 255 is ignored by default."""

from __future__ import annotations

import math
from typing import Any

from metrics_core.formulas import Formula, get_formula
from metrics_core.presets.arguments import beta, flag, number, one_of
from metrics_core.presets.float32 import saturation
from metrics_core.presets.functions import Call, Function, Recipe, grid

_FILE = "mmseg/evaluation/metrics/iou_metric.py"
_KEYS = {
    "IoU": "iou",
    "Acc": "recall",
    "Dice": "dice",
    "Fscore": "fbeta_from_precision_recall",
    "Precision": "precision",
    "Recall": "recall",
}
_SATURATION = (saturation(f"{_FILE}:190-196"),)


def _formula(key: str, beta: float) -> str | Formula:
    return get_formula(_KEYS[key], beta=beta) if key == "Fscore" else _KEYS[key]


def _recipe(call: Call) -> Recipe:
    key, replaced = call["key"], call["nan_to_num"]
    in_list = key in _KEYS
    if call["per_class"] != in_list:
        listed, means = ", ".join(_KEYS), ", ".join(("aAcc", *(f"m{name}" for name in _KEYS)))
        raise ValueError(
            f"mmseg.IoUMetric: with per_class=True key is one of {listed}; without, of {means}; got {key!r}"
        )
    options: dict[str, Any] = {"zero_division": math.nan if replaced is None else replaced}
    options |= {"average": "none"} if in_list else {"scale": 100.0, "digits": 2}
    if key == "aAcc":
        return Recipe(formula="recall", options=options | {"average": "micro"}, quirks=_SATURATION)
    return Recipe(formula=_formula(key.removeprefix("m"), call["beta"]), options=options, quirks=_SATURATION)


FUNCTIONS = (
    Function(
        name="mmseg.IoUMetric",
        library="mmseg",
        version="1.2.2",
        source=f"{_FILE}:171-286",
        parameters={
            "key": one_of("aAcc", *(f"m{name}" for name in _KEYS), *_KEYS),
            "per_class": flag(False),
            "nan_to_num": number(default=None),
            "beta": beta(1.0),
        },
        recipe=_recipe,
        listed=(
            *grid(key=("mIoU", "mAcc", "mDice", "mFscore", "mPrecision", "mRecall", "aAcc")),
            *grid(key=tuple(_KEYS), per_class=(True,)),
        ),
        default_ignore=255,
    ),
)
