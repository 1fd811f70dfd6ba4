"""Turns curves of metrics_core into the lines that the curve figures draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import metrics_core as mc
from app.views.colours import readable
from app.views.curves import CurveLine, ThresholdLine

_POINTS = 400


@dataclass(frozen=True, kw_only=True)
class Look:
    """Name and colour of every class; lines take the colours as far as they can be seen on the page."""

    names: Sequence[str]
    colours: Sequence[str]

    def line_colour(self, label: int) -> str:
        """The colour of a class as a line."""
        return readable(self.colours[label])


def curve_lines(
    curves: Sequence[mc.Curve], areas: mc.CurveAreas, *, look: Look, threshold: float, tie: Literal[">=", ">"]
) -> tuple[list[CurveLine], list[CurveLine]]:
    """ROC lines and precision-recall lines of the same classes, with the operating point at the threshold."""
    cursors = [mc.operating_point(curve, threshold, tie=tie) for curve in curves]
    roc = [
        _roc_line(curve, areas, i, look, (threshold, at))
        for i, (curve, at) in enumerate(zip(curves, cursors, strict=True))
    ]
    return roc, [
        _pr_line(c, areas, i, look, (threshold, at)) for i, (c, at) in enumerate(zip(curves, cursors, strict=True))
    ]


def _roc_line(full: mc.Curve, areas: mc.CurveAreas, index: int, look: Look, cursor: tuple[float, int]) -> CurveLine:
    threshold, at = cursor
    curve = mc.thin(full, _POINTS, keep=[at])
    low, high = _bracket(areas.auroc_bounds[index].tolist())
    return CurveLine(
        name=look.names[full.class_index],
        colour=look.line_colour(full.class_index),
        x=curve.false_positive_rate.numpy(),
        y=curve.true_positive_rate.numpy(),
        thresholds=curve.thresholds.numpy(),
        area=float(areas.auroc[index]),
        area_low=low,
        area_high=high,
        cursor=(float(full.false_positive_rate[at]), float(full.true_positive_rate[at])),
        cursor_threshold=threshold,
    )


def _pr_line(full: mc.Curve, areas: mc.CurveAreas, index: int, look: Look, cursor: tuple[float, int]) -> CurveLine:
    threshold, at = cursor
    curve = mc.thin(full, _POINTS, shape="precision_recall", keep=[at])
    low, high = _bracket(areas.average_precision_bounds[index].tolist())
    total = full.positives + full.negatives
    return CurveLine(
        name=look.names[full.class_index],
        colour=look.line_colour(full.class_index),
        x=curve.recall.numpy(),
        y=curve.precision.numpy(),
        thresholds=curve.thresholds.numpy(),
        area=float(areas.average_precision[index]),
        area_low=low,
        area_high=high,
        cursor=(float(full.recall[at]), float(full.precision[at])),
        cursor_threshold=threshold,
        baseline=full.positives / total if total else math.nan,
    )


def _bracket(bounds: list[float]) -> tuple[float, float] | tuple[None, None]:
    """Bounds of an area where they differ; none where the area is exact."""
    low, high = bounds
    return (low, high) if high > low else (None, None)


def threshold_lines(
    thresholds: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    look: Look,
    classes: Sequence[int],
    threshold: float,
) -> tuple[NDArray[np.float64], list[ThresholdLine]]:
    """The thresholds that are drawn, and one line a class with its value at the cursor."""
    shown = np.unique(np.linspace(0, thresholds.size - 1, min(thresholds.size, _POINTS)).astype(int))
    at = min(int(np.searchsorted(thresholds, threshold)), thresholds.size - 1)
    lines = [
        ThresholdLine(
            name=look.names[label],
            colour=look.line_colour(label),
            values=values[label, shown],
            cursor_value=float(values[label, at]),
        )
        for label in classes
    ]
    return thresholds[shown], lines
