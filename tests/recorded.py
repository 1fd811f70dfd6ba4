"""Recorded values: what the real libraries returned, read from tests/data."""

from __future__ import annotations

import gzip
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "data"


@cache
def recorded(name: str = "recorded_values") -> dict[str, Any]:
    """Return one recording: calls, and the values each call gave on each case; do not change it."""
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))


def arguments_for(call: dict[str, Any], num_classes: int) -> dict[str, Any]:
    """Return the call's arguments, those that depend on the number of classes filled in."""
    filled = {
        "1..C": [float(label + 1) for label in range(num_classes)],
        "0..C-1": list(range(num_classes)),
        "[0, C-1]": sorted({0, num_classes - 1}),
        "nan": math.nan,
    }
    return {
        name: filled[value["per_case"]] if isinstance(value, dict) else value
        for name, value in call["arguments"].items()
    }


def ignored_label(call: dict[str, Any], case: dict[str, Any]) -> int | None:
    """Return the label that was ignored when the call was recorded on the case."""
    label, num_classes = case["ignore"], case["C"]
    inside = label is not None and 0 <= label < num_classes
    # Some libraries were told the label only where it lies outside the classes, some have no way to be told.
    return None if call["ignore"] == "none" or (call["ignore"] == "sent" and inside) else label


def as_array(value: Any) -> np.ndarray:
    """Return a recorded value as numbers: null is NaN, "inf" infinity."""
    return np.asarray(_numbers(value), np.float64)


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(part) for part in value]
    return {None: math.nan, "inf": math.inf}.get(value, value) if value is None or isinstance(value, str) else value
