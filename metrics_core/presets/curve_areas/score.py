"""Score: the area under a curve that a library returns for a call, from scores and labels of the pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from metrics_core.curves import Curve, area_under_precision_recall, area_under_roc
from metrics_core.inputs import ArrayLike, InputError
from metrics_core.presets.curve_areas import quirks as known
from metrics_core.presets.curve_areas.areas import (
    CAP,
    Array,
    binned_roc_area,
    binned_step_area,
    capped_area,
    partial_roc_area,
    resorted_roc_area,
)
from metrics_core.presets.curve_areas.functions import CurveFunction, curve_function
from metrics_core.presets.curve_areas.pixels import Pixels


def curve_score_like(
    function: str,
    target: ArrayLike,
    scores: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    quirks: bool = True,
    **arguments: object,
) -> Tensor:
    """What a library's area under a curve returns for this call: float64, a number or one number a class.

    target: integer [image, *spatial]. scores: [image, class, *spatial]. quirks=False leaves out the library's known
    defects. Sources: see CURVE_FUNCTIONS.

    Raises:
        ValueError: unknown function, argument or value.
        InputError: data that cannot be scored, or that the library refuses.
    """
    record = curve_function(function)
    settings = record.settings(arguments, num_classes)
    pixels = Pixels.of(target, scores, num_classes=num_classes, ignore_label=ignore_label)
    _refuse(record, pixels, settings, quirks=quirks)
    if quirks and known.GUESSED_LOGITS in record.quirks:
        pixels = pixels.as_logits_if_outside()
    return torch.as_tensor(_value(record, pixels, settings, quirks=quirks) * record.scale, dtype=torch.float64)


def _value(record: CurveFunction, pixels: Pixels, settings: Mapping[str, Any], *, quirks: bool) -> Array:
    """The areas of all classes, or their average."""
    average = record.average(settings, pixels.num_classes)
    if average == "micro":
        pooled = _area(record, pixels.pooled_curve(), settings, quirks=quirks) if pixels.number else math.nan
        return np.array(pooled)
    curves = pixels.curves()
    values = np.array([_area(record, curve, settings, quirks=quirks) for curve in curves])
    if quirks and _absent_is_zero(record, curves, settings):
        values = np.nan_to_num(values, nan=0.0)
    if average == "none":
        return values
    weights = np.array([curve.positives if average == "weighted" else 1 for curve in curves], np.float64)
    return _mean(record, values, weights)


def _refuse(record: CurveFunction, pixels: Pixels, settings: Mapping[str, Any], *, quirks: bool) -> None:
    """Raise where the library raises, whatever the scores are."""
    images, number, average = len(pixels.target), pixels.number, record.average(settings, pixels.num_classes)
    accepts_nothing = settings.get("thresholds") is not None or record.no_pixels == "undefined"
    if not number and (not accepts_nothing or (average == "weighted" and record.library == "monai")):
        raise InputError(f"{record.function} refuses data of which no pixel counts; so does this preset")
    several = pixels.ignore_label is None and images > 1 and number > images and pixels.num_classes > 1
    if quirks and known.ONE_IMAGE_ONLY in record.quirks and several:
        raise InputError(
            f"{record.function} raises RuntimeError for {images} images, because it cannot view their scores as one "
            "row a class; pass one image, or quirks=False for the value it should return"
        )


def _area(record: CurveFunction, curve: Curve, settings: Mapping[str, Any], *, quirks: bool) -> float:
    """Area of one class, with the library's value where the class is absent or is all there is."""
    if (thresholds := settings.get("thresholds")) is not None:
        return (binned_roc_area if record.area == "roc" else binned_step_area)(curve, thresholds)
    if record.area == "roc":
        return _roc_area(record, curve, settings, quirks=quirks)
    if not curve.positives:
        return record.no_positives
    if not curve.negatives and record.no_negatives is not None:
        return record.no_negatives
    if quirks and known.CAPPED_THRESHOLDS in record.quirks and len(curve.thresholds) > CAP:
        return capped_area(curve, "precision_recall")
    return area_under_precision_recall(curve, record.area)


def _roc_area(record: CurveFunction, curve: Curve, settings: Mapping[str, Any], *, quirks: bool) -> float:
    if curve.undefined:
        if record.one_class is None:
            raise InputError(
                f"{record.function} raises ValueError for class {curve.class_index} ({curve.undefined}); so does this "
                "preset; choose data in which every class occurs, but not alone"
            )
        return record.one_class
    if quirks and known.CAPPED_THRESHOLDS in record.quirks and len(curve.thresholds) > CAP:
        return capped_area(curve, "roc")
    if quirks and known.UNSTABLE_SORT in record.quirks:
        return resorted_roc_area(curve)
    limit: float | None = settings.get("max_fpr")
    return area_under_roc(curve) if limit in (None, 1) else partial_roc_area(curve, limit)


def _absent_is_zero(record: CurveFunction, curves: tuple[Curve, ...], settings: Mapping[str, Any]) -> bool:
    """Whether an absent class, else undefined, counts as 0."""
    if known.BINNED_ABSENT in record.quirks and settings.get("thresholds") is not None:
        return True
    return known.ALL_LABELS_ZERO in record.quirks and not any(curve.positives for curve in curves[1:])


def _mean(record: CurveFunction, values: Array, weights: Array) -> Array:
    defined = np.ones(values.shape, np.bool_) if record.undefined == "propagate" else ~np.isnan(values)
    if not defined.any():
        return np.array(math.nan)
    total = weights[defined].sum()
    return np.array((values[defined] * weights[defined]).sum() / total if total else 0.0)
