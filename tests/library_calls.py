"""Running other libraries: the calls that presets stand for, made for real."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from metrics_core.presets.calls import call_source
from metrics_core.presets.curve_areas import CURVE_FUNCTIONS, curve_preset, curve_score_like, list_curve_presets
from metrics_core.presets.find import list_presets, preset
from metrics_core.presets.record import Preset
from metrics_core.presets.scoring import score_like

Array = NDArray[Any]
# Libraries that the tests install, as modules of call_source; torchmetrics 0.9.3 cannot stand beside 1.9.0.
INSTALLED = ("sklearn", "torchmetrics", "torchmetrics.segmentation", "keras", "monai", "torcheval")
TOLERANCE = 5e-6


def is_installed(function: str) -> bool:
    """Whether a function belongs to a library that can be called here."""
    return function.rsplit(".", 1)[0] in INSTALLED


def any_preset(function: str, *, num_classes: int, ignore_label: int | None, **arguments: object) -> Preset:
    """A preset on labels or on scores."""
    make = curve_preset if function in CURVE_FUNCTIONS else preset
    return make(function, num_classes=num_classes, ignore_label=ignore_label, **arguments)


def every_preset(*, num_classes: int, ignore_label: int | None) -> tuple[Preset, ...]:
    """All listed presets, on labels and on scores."""
    of_scores = list_curve_presets(num_classes=num_classes, ignore_label=ignore_label)
    return (*list_presets(num_classes=num_classes, ignore_label=ignore_label), *of_scores)


def returned_by_library(made: Preset, target: Array, prediction: Array | None, scores: Array) -> Array | Exception:
    """What the library itself returns for the preset's call, as float64, or the error that it ends with.

    prediction: None where there are scores only.
    """
    names: dict[str, Any] = {"target": target, "prediction": prediction, "scores": scores}
    code = compile(call_source(made, given="scores" if prediction is None else "labels"), made.key, "exec")
    with warnings.catch_warnings():
        # The libraries warn of absent classes and of 0/0, which these data hold on purpose, and of their own imports.
        warnings.simplefilter("ignore")
        try:
            exec(code, names)
        except Exception as error:
            return error
    return as_array(names["value"])


def returned_by_score_like(made: Preset, target: Array, prediction: Array, scores: Array) -> Array | Exception:
    """What the preset says that the library returns, or the error of a refusal."""
    given: dict[str, Any] = dict(made.arguments)
    data = {"num_classes": made.num_classes, "ignore_label": made.ignore_label}
    try:
        if made.takes == "scores":
            return curve_score_like(made.function, target, scores, **data, **given).numpy()
        return score_like(made.function, target, prediction, **data, **given).numpy()
    except ValueError as error:
        return error


def as_array(value: Any) -> Array:
    """A library's result as float64: a number, a tensor, or a list of either."""
    if isinstance(value, Sequence):
        return np.array([as_array(part) for part in value])
    return np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else value, np.float64)


def difference(made: Preset, target: Array, prediction: Array, scores: Array) -> str:
    """A sentence about how library and preset differ, or "" if both return the same or both refuse."""
    real = returned_by_library(made, target, prediction, scores)
    ours = returned_by_score_like(made, target, prediction, scores)
    if isinstance(real, Exception) or isinstance(ours, Exception):
        same = isinstance(real, Exception) and isinstance(ours, Exception)
    else:
        same = real.shape == ours.shape and np.allclose(ours, real, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    if same:
        return ""
    return f"{made.key} (ignore_label={made.ignore_label}): the library gives {real!r}, the preset {ours!r}"
