"""Thinning: fewer points of a curve for drawing, with its ends, its operating points and the area below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.curves.curve import Curve, select_points

Shape = Literal["roc", "precision_recall"]
Array = NDArray[np.float64]
AREA_ERROR = 1e-7  # at which the area is near enough
FOR_LENGTH = 0.25  # share of the points that follow the length of the curve, the others follow its bends


def thin(curve: Curve, points: int = 1000, *, shape: Shape = "roc", keep: Sequence[int] = ()) -> Curve:
    """At most `points` points of the curve for drawing it with straight lines; each is a true operating point.

    The ends stay, and the points whose indices are in keep. A quarter of the others are spread evenly over the length
    of the line, the rest where it bends; then some of them move along the curve until the area under the line is that
    of the whole curve, to 1e-7 where so few points can have it. shape: the line to be drawn, ROC (recall against
    false-positive rate) or precision against recall.

    Raises:
        ValueError: fewer than 4 points, or not enough for those to be kept.
    """
    refuse_unless_one_of(shape, Shape, "shape")
    size = len(curve.thresholds)
    kept = np.unique(np.array([0, *keep, size - 1], np.int64) % size)
    if points < max(4, len(kept)):
        raise ValueError(
            f"points must be at least {max(4, len(kept))}, to hold the ends and what is kept; got {points}"
        )
    if size <= points:
        return curve
    x, y = _line(curve, shape)
    indices = np.union1d(kept, _spread(x, y, points - len(kept)))
    return select_points(curve, _with_area(x, y, indices, kept))


def _line(curve: Curve, shape: Shape) -> tuple[Array, Array]:
    """The line as it is drawn; a rate that does not exist stays 0."""
    recall = curve.tp.numpy() / max(curve.positives, 1)
    if shape == "roc":
        return curve.fp.numpy() / max(curve.negatives, 1), recall
    return recall, curve.precision.numpy()


def _spread(x: Array, y: Array, points: int) -> NDArray[np.int64]:
    """Indices at equal steps of a density that follows length and bends."""
    dx, dy = np.diff(x), np.diff(y)
    # Straight lines between n points leave the least area where their density follows the cube root of the triangle
    # that each point makes with its neighbours.
    triangles = np.zeros(len(x))
    triangles[1:-1] = np.abs(dx[:-1] * dy[1:] - dx[1:] * dy[:-1])
    density = np.zeros(len(x))
    for part, share in ((np.cbrt(triangles), 1 - FOR_LENGTH), (np.append(0, np.hypot(dx, dy)), FOR_LENGTH)):
        if total := part.sum():
            density += share * part / total
    reached = density.cumsum()
    chosen = _steps(reached, points)
    # Several steps may end at one point, before a jump: then more of them are taken, as long as the points suffice.
    for steps in (points * 2**power for power in range(1, 10)):
        if len(more := _steps(reached, steps)) > points:
            break
        chosen = more
    return chosen


def _steps(reached: Array, steps: int) -> NDArray[np.int64]:
    """The last point at or before each of equal steps, so that a jump keeps the point it starts from."""
    return np.unique(np.searchsorted(reached, np.linspace(0, reached[-1], steps), side="right") - 1).clip(0)


def _with_area(x: Array, y: Array, indices: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """The indices, some moved between their neighbours, so that the line has the whole curve's area."""
    error = _area(x[indices], y[indices]) - _area(x, y)
    moved, fixed = indices.copy(), np.isin(indices, kept)
    for place in range(1, len(moved) - 1):
        if abs(error) <= AREA_ERROR:
            break
        if fixed[place]:
            continue
        before, after = moved[place - 1], moved[place + 1]
        between = np.arange(before + 1, after)
        areas = (x[between] - x[before]) * (y[between] + y[before]) + (x[after] - x[between]) * (y[after] + y[between])
        changes = (areas - areas[moved[place] - before - 1]) / 2
        best = int(np.abs(error + changes).argmin())
        if abs(error + changes[best]) < abs(error):
            moved[place], error = between[best], error + changes[best]
    return moved


def _area(x: Array, y: Array) -> float:
    return float(np.trapezoid(y, x))
