"""Turns curves of metrics_core into the lines that the curve figures draw."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import metrics_core as mc
from app.views.curves import CurveLine, ThresholdLine

_POINTS = 400
_SHOWN = 5e-4


def curve_lines(
    curves: Sequence[mc.Curve],
    areas: mc.CurveAreas,
    *,
    names: Sequence[str],
    colours: Sequence[str],
    threshold: float,
    tie: mc.Tie,
) -> tuple[list[CurveLine], list[CurveLine]]:
    """ROC lines and precision-recall lines of the same classes, with the operating point at the threshold."""
    roc: list[CurveLine] = []
    precision_recall: list[CurveLine] = []
    for index, full in enumerate(curves):
        at = mc.operating_point(full, threshold, tie=tie)
        curve = mc.thin(full, _POINTS)
        shared = {"name": names[full.class_index], "colour": colours[full.class_index], "cursor_threshold": threshold}
        x, y = full.false_positive_rate, full.true_positive_rate
        low, high = _bracket(areas.auroc_bounds[index].tolist())
        roc.append(
            CurveLine(
                **shared,
                x=curve.false_positive_rate.numpy(),
                y=curve.true_positive_rate.numpy(),
                thresholds=curve.thresholds.numpy(),
                area=float(areas.auroc[index]),
                area_low=low,
                area_high=high,
                cursor=(float(x[at]), float(y[at])),
            )
        )
        low, high = _bracket(areas.average_precision_bounds[index].tolist())
        total = full.positives + full.negatives
        precision_recall.append(
            CurveLine(
                **shared,
                x=curve.recall.numpy(),
                y=curve.precision.numpy(),
                thresholds=curve.thresholds.numpy(),
                area=float(areas.average_precision[index]),
                area_low=low,
                area_high=high,
                cursor=(float(y[at]), float(full.precision[at])),
                baseline=full.positives / total if total else math.nan,
            )
        )
    return roc, precision_recall


def _bracket(bounds: list[float]) -> tuple[float, float] | tuple[None, None]:
    """Bounds of an area where they differ by more than the digits shown; none where the area is as good as exact."""
    low, high = bounds
    return (low, high) if high - low > _SHOWN else (None, None)


def threshold_lines(
    thresholds: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    names: Sequence[str],
    colours: Sequence[str],
    classes: Sequence[int],
    threshold: float,
) -> tuple[NDArray[np.float64], list[ThresholdLine]]:
    """The thresholds that are drawn, and one line a class with its value at the cursor."""
    shown = np.unique(np.linspace(0, thresholds.size - 1, min(thresholds.size, _POINTS)).astype(int))
    at = min(int(np.searchsorted(thresholds, threshold)), thresholds.size - 1)
    lines = [
        ThresholdLine(
            name=names[label], colour=colours[label], values=values[label, shown], cursor_value=float(values[label, at])
        )
        for label in classes
    ]
    return thresholds[shown], lines
