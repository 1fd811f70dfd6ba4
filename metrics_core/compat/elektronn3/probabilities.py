"""Areas under curves: (target, probabilities), each class against the rest, all pixels pooled, in per cent."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from metrics_core.compat.confusion import as_labels
from metrics_core.compat.elektronn3.labels import two_channels
from metrics_core.compat.elektronn3.sharing import as_list
from metrics_core.curves import curve_areas
from metrics_core.inputs import InputError

_Area = Literal["auroc", "average_precision"]
# As scikit-learn, on which elektronn3 builds, for a class without positive pixels.
_ABSENT: dict[_Area, float] = {"auroc": math.nan, "average_precision": 0.0}


def auroc(target: Tensor, probs: Tensor, mean: bool = True) -> Tensor | float:
    """Area under the ROC curve in per cent: the mean over classes, or float32 [class] with mean=False.

    target: integer labels [image, *spatial]. probs: numbers [image, class, *spatial], any number of images. NaN for a
    class without positive or without negative pixels, and then for the mean.

    Raises:
        InputError: probs without a class axis at 1, or with NaN or infinite values.
    """
    return _areas("auroc", target, probs, mean=mean)


def average_precision(target: Tensor, probs: Tensor, mean: bool = True) -> Tensor | float:
    """Average precision (step sum) in per cent; arguments, result and errors as for auroc.

    A class that the target lacks scores 0 and counts in the mean.
    """
    return _areas("average_precision", target, probs, mean=mean)


def bin_auroc(target: Tensor, out: Tensor) -> Tensor:
    """Area under the ROC curve of class 1 in per cent, float32; out: raw outputs [image, 2, *spatial]."""
    return _foreground("auroc", target, out)


def bin_average_precision(target: Tensor, out: Tensor) -> Tensor:
    """Average precision of class 1 in per cent, float32; out: raw outputs [image, 2, *spatial]."""
    return _foreground("average_precision", target, out)


def _areas(area: _Area, target: Tensor, probs: Tensor, *, mean: bool) -> Tensor | float:
    true = as_labels(target, "target")
    if probs.ndim != true.ndim + 1 or (probs.shape[0], *probs.shape[2:]) != tuple(true.shape):
        raise InputError(
            f"probs must be [image, class, *spatial] for a target of shape {tuple(true.shape)}; got shape "
            f"{tuple(probs.shape)}; move the class axis to 1"
        )
    values = torch.stack([_area(area, true == label, probs[:, label]) for label in range(probs.shape[1])])
    return float(values.mean()) if mean else as_list(values)


def _foreground(area: _Area, target: Tensor, out: Tensor) -> Tensor:
    raw = two_channels(target, out).double()
    # Softmax of two channels grows with their difference, but rounds high scores to one value.
    return as_list(_area(area, as_labels(target, "target") == 1, raw[:, 1] - raw[:, 0]))


def _area(area: _Area, positive: Tensor, scores: Tensor) -> Tensor:
    # Integers are ranked as they are: to curve_areas, bytes would stand for probabilities, wider ones for nothing.
    areas = curve_areas(positive, scores if scores.is_floating_point() else scores.double(), num_classes=2)
    return 100 * getattr(areas, area)[0].nan_to_num(nan=_ABSENT[area])
