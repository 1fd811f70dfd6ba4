"""The confusion matrix: rows true, columns predicted, the diagonal in another colour than the errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.views.cells import STRONG_GREEN, STRONG_VERMILLION, Cell, Names, cells_data
from app.views.colours import CORRECT, WRONG, with_alpha
from app.views.text import UNDEFINED, format_count, format_count_short, format_percent

Normalise = Literal["count", "true", "predicted", "all"]

VOID = "void"
OUTSIDE = "outside"

_NOTES: dict[Normalise, str] = {
    "count": "number: {unit} · colour: share of the row",
    "true": "number, colour: share of the row (true class)",
    "predicted": "number, colour: share of the column (predicted class)",
    "all": "number: share of all {unit} · colour: share of the row",
}
_HEIGHT = 340  # of all rows, in pixels
_LEAST = 8  # width of a cell, in pixels
_TINY = "·"
_LEAST_SHARE = 0.005  # that is written as a number
_FEW_CLASSES = 12
_MOST_BUTTONS = 40  # classes up to which every cell is a button of its own


@dataclass(frozen=True, kw_only=True)
class _Matrix:
    counts: NDArray[np.int64]  # [row, column]: a void row and an outside column only where they hold something
    number: int
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]


def confusion_data(
    counts: ArrayLike,
    *,
    class_names: Sequence[str],
    normalise: Normalise = "true",
    selected: tuple[int, int] | None = None,
    unit: str = "pixels",
) -> dict[str, Any]:
    """Returns what app.components.matrix draws of counts [true + 1, predicted + 1] of a unit, as plain JSON.

    The last row (void target pixels) and the last column (predictions outside the classes) appear only where they hold
    something; void pixels enter no share but their own row's. Colour follows the square root of a share, so that rare
    classes show their confusions beside frequent ones.
    """
    matrix = _matrix(np.asarray(counts, dtype=np.int64), class_names)
    if matrix.number > _MOST_BUTTONS:
        return _grid_data(matrix, normalise, selected, unit)
    shares, strengths = _shares(matrix, normalise), _strengths(matrix, normalise)
    of_row, of_column = _shares(matrix, "true"), _shares(matrix, "predicted")

    def cell(row: int, column: int) -> Cell:
        strength = float(strengths[row, column])
        return Cell(
            text=_shown_text(matrix, shares[row, column], row, column, normalise),
            tip=_tip(matrix, row, column, of_row[row, column], of_column[row, column], unit),
            colour=with_alpha(CORRECT if row == column else WRONG, round(strength, 3)),
            strong=strength >= (STRONG_GREEN if row == column else STRONG_VERMILLION),
            edged=row == column,
            chosen=(row, column) == selected,
        )

    return cells_data(
        [[cell(row, column) for column in range(len(matrix.column_names))] for row in range(len(matrix.row_names))],
        Names(rows=matrix.row_names, columns=matrix.column_names, corner="true ↓ predicted →"),
        height=max(14, min(46, _HEIGHT // len(matrix.row_names))),
        least_width=_LEAST,
        widest_name=6.6,
        long_headings="upright",
        note=_note(matrix, shares, normalise, unit),
    )


def _grid_data(matrix: _Matrix, normalise: Normalise, selected: tuple[int, int] | None, unit: str) -> dict[str, Any]:
    """One picture of all cells, a pixel each, and what explains the cell that is pointed at."""
    strengths, counts = _strengths(matrix, normalise), matrix.counts
    part = "column (predicted class)" if normalise == "predicted" else "row (true class)"
    return {
        "corner": "true ↓ predicted →",
        "names": [list(matrix.row_names), list(matrix.column_names)],
        "counts": counts.ravel().tolist(),
        "totals": [counts.sum(1).tolist(), counts[: matrix.number].sum(0).tolist()],
        "alphas": np.rint(255 * strengths).astype(int).ravel().tolist(),
        "colours": [CORRECT, WRONG],
        "void": len(matrix.row_names) > matrix.number,
        "chosen": selected,
        "unit": unit,
        "note": f"colour: share of the {part} · point at a cell, or walk with the arrow keys, to read its {unit}",
    }


def _note(matrix: _Matrix, shares: NDArray[np.float64], normalise: Normalise, unit: str) -> str:
    """What number and colour are, and what stands where there is no number."""
    counted, parts = matrix.counts[: matrix.number], [_NOTES[normalise].format(unit=unit)]
    tiny = normalise != "count" and bool((shares[: matrix.number][counted > 0] < _LEAST_SHARE).any())
    many = matrix.number > _FEW_CLASSES
    if tiny and not many:
        parts.append(f"{_TINY} below {format_percent(_LEAST_SHARE)}")
    if ((counted == 0) & ~np.isnan(shares[: matrix.number])).any():
        parts.append("blank: none" + (f", or below {format_percent(_LEAST_SHARE)}" if tiny and many else ""))
    return "; ".join(parts)


def _shown_text(matrix: _Matrix, share: float, row: int, column: int, normalise: Normalise) -> str:
    text = _cell_text(share, matrix.counts[row, column], counted=row < matrix.number, normalise=normalise)
    # Among many small cells the dots of the nearly empty ones would be noise.
    return "" if text == _TINY and matrix.number > _FEW_CLASSES else text


def _matrix(counts: NDArray[np.int64], class_names: Sequence[str]) -> _Matrix:
    number = len(class_names)
    if counts.shape != (number + 1, number + 1):
        raise ValueError(
            f"counts has shape {counts.shape}, but {number} class names need {(number + 1, number + 1)}: "
            "one row and one column more than classes, for void target pixels and predictions outside the classes"
        )
    rows = number + int(counts[number].sum() > 0)
    columns = number + int(counts[:, number].sum() > 0)
    return _Matrix(
        counts=counts[:rows, :columns],
        number=number,
        row_names=(*class_names, VOID)[:rows],
        column_names=(*class_names, OUTSIDE)[:columns],
    )


def _shares(matrix: _Matrix, normalise: Normalise) -> NDArray[np.float64]:
    """Divides by the row, by the column's counted pixels or by all of them; 0/0 is NaN."""
    counts = matrix.counts.astype(np.float64)
    if normalise == "count":
        return counts
    counted = counts[: matrix.number]
    totals = {
        "true": counts.sum(1, keepdims=True),
        "predicted": counted.sum(0, keepdims=True),
        "all": counted.sum(keepdims=True),
    }[normalise]
    shares = np.full(counts.shape, np.nan)
    np.divide(counts, totals, out=shares, where=np.broadcast_to(totals > 0, counts.shape))
    return shares


def _strengths(matrix: _Matrix, normalise: Normalise) -> NDArray[np.float64]:
    strengths = np.sqrt(np.nan_to_num(_shares(matrix, "predicted" if normalise == "predicted" else "true")))
    strengths[matrix.number :] = 0.0
    return strengths


def _tip(matrix: _Matrix, row: int, column: int, of_row: float, of_column: float, unit: str) -> str:
    true, predicted = matrix.row_names[row], matrix.column_names[column]
    lines = [f"true {true}, predicted {predicted}", f"{format_count(matrix.counts[row, column])} {unit}"]
    if row == matrix.number:
        return "\n".join([*lines, "void in the target"])
    return "\n".join(
        [*lines, f"{format_percent(of_row)} of true {true}", f"{format_percent(of_column)} of predicted {predicted}"]
    )


def _cell_text(share: float, count: int, *, counted: bool, normalise: Normalise) -> str:
    if normalise == "count" or not counted:
        return format_count_short(count) if count else ""
    if np.isnan(share):
        return UNDEFINED
    if count == 0:
        return ""
    if share >= 0.995:
        return ">.99" if share < 1 else "1"
    return f"{share:.2f}".removeprefix("0") if share >= _LEAST_SHARE else _TINY
