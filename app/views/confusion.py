"""The confusion matrix: rows true, columns predicted, the diagonal in another colour than the errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from app.views.base import GUIDE, new_figure
from app.views.cells import (
    STRONG_DEEP,
    CellText,
    add_cells,
    cell_font_size,
    colour_cells,
    frame_cell,
    set_cell_axes,
    write_cells,
)
from app.views.colours import CORRECT, WRONG
from app.views.text import UNDEFINED, escape_plotly, format_count, format_count_short, format_percent, shorten

Normalise = Literal["count", "true", "predicted", "all"]

VOID = "void"
OUTSIDE = "outside"

_NOTES: dict[Normalise, str] = {
    "count": "number: pixels · colour: share of the row",
    "true": "number, colour: share of the row (true class)",
    "predicted": "number, colour: share of the column (predicted class)",
    "all": "number: share of all pixels · colour: share of the row",
}
_NAME_LIMIT = 16
_TINY = "·"
_FEW_CLASSES = 12


@dataclass(frozen=True, kw_only=True)
class _Matrix:
    counts: NDArray[np.int64]  # [row, column]: a void row and an outside column only where they hold something
    number: int
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]

    @property
    def cells(self) -> list[tuple[int, int]]:
        return [(row, column) for row in range(len(self.row_names)) for column in range(len(self.column_names))]


def confusion_matrix(
    counts: ArrayLike,
    *,
    class_names: Sequence[str],
    normalise: Normalise = "true",
    selected: tuple[int, int] | None = None,
    height: int = 430,
) -> go.Figure:
    """Draws counts [true + 1, predicted + 1] as a grid of cells that can be clicked.

    The last row (void target pixels) and the last column (predictions outside the classes) appear only where they hold
    something; void pixels enter no share but their own row's. Custom data of a cell: (true, predicted).
    Colour follows the square root of a share, so that rare classes show their confusions beside frequent ones.
    """
    matrix = _matrix(np.asarray(counts, dtype=np.int64), class_names)
    figure = new_figure(height=height, left=8, right=8, top=8, bottom=34)
    colour_cells(figure, _signed_strengths(matrix, normalise), positive=CORRECT, negative=WRONG, gap=1)
    add_cells(figure, matrix.cells, _hover_texts(matrix))
    set_cell_axes(figure, row_names=_shortened(matrix.row_names), column_names=_shortened(matrix.column_names))
    figure.update_xaxes(title_text="predicted")
    figure.update_yaxes(title_text="true")
    size = cell_font_size(rows=len(matrix.row_names), columns=len(matrix.column_names), height=height)
    write_cells(figure, _cell_texts(matrix, normalise), size=size)
    _outline_diagonal(figure, matrix.number)
    note = {"x": 1, "y": 0, "xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "top", "yshift": -8}
    figure.add_annotation(text=_NOTES[normalise], **note, showarrow=False, font={"size": 11})
    if selected is not None and selected in matrix.cells:
        frame_cell(figure, row=selected[0], column=selected[1])
    return figure


def _outline_diagonal(figure: go.Figure, number: int) -> None:
    # One path for all squares, since each further shape takes milliseconds; Plotly knows absolute commands only.
    ends = [(at - 0.5, at + 0.5) for at in range(number)]
    squares = [f"M{low},{low}L{high},{low}L{high},{high}L{low},{high}Z" for low, high in ends]
    figure.add_shape(type="path", path="".join(squares), line={"color": GUIDE, "width": 1}, name="diagonal")


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


def _signed_strengths(matrix: _Matrix, normalise: Normalise) -> NDArray[np.float64]:
    signs = -np.ones(matrix.counts.shape)
    np.fill_diagonal(signs, 1.0)
    return signs * _strengths(matrix, normalise)


def _hover_texts(matrix: _Matrix) -> list[str]:
    of_row, of_column = _shares(matrix, "true"), _shares(matrix, "predicted")
    texts: list[str] = []
    for row, column in matrix.cells:
        true, predicted = escape_plotly(matrix.row_names[row]), escape_plotly(matrix.column_names[column])
        lines = [
            f"true <b>{true}</b> · predicted <b>{predicted}</b>",
            f"{format_count(matrix.counts[row, column])} pixels",
        ]
        if row < matrix.number:
            lines.append(f"{format_percent(of_row[row, column])} of true {true}")
            lines.append(f"{format_percent(of_column[row, column])} of predicted {predicted}")
        else:
            lines.append("void in the target")
        texts.append("<br>".join(lines))
    return texts


def _cell_texts(matrix: _Matrix, normalise: Normalise) -> list[CellText]:
    shares, strengths = _shares(matrix, normalise), _strengths(matrix, normalise)
    texts: list[CellText] = []
    for row, column in matrix.cells:
        count, counted = matrix.counts[row, column], row < matrix.number
        text = _cell_text(shares[row, column], count, counted=counted, normalise=normalise)
        # Among many small cells the dots of the nearly empty ones would be noise.
        if text and (text != _TINY or matrix.number <= _FEW_CLASSES):
            strong = bool(strengths[row, column] >= STRONG_DEEP)
            texts.append(CellText(row=row, column=column, text=text, strong=strong))
    return texts


def _cell_text(share: float, count: int, *, counted: bool, normalise: Normalise) -> str:
    if normalise == "count" or not counted:
        return format_count_short(count) if count else ""
    if np.isnan(share):
        return UNDEFINED
    if count == 0:
        return ""
    if share >= 0.995:
        return "1.0" if share < 1 else "1"
    return f"{share:.2f}".removeprefix("0") if share >= 0.005 else _TINY


def _shortened(names: Sequence[str]) -> list[str]:
    return [escape_plotly(shorten(name, limit=_NAME_LIMIT)) for name in names]
