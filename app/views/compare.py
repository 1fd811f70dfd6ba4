"""Scores of many libraries and metrics side by side."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from app.views.base import GRID, add_undefined_lane, dots, new_figure, value_range
from app.views.cells import (
    STRONG_PALE,
    CellText,
    add_cells,
    cell_font_size,
    colour_cells,
    frame_cell,
    set_cell_axes,
    write_cells,
)
from app.views.colours import ORANGE, SKY
from app.views.text import escape_plotly, format_difference, format_score, shorten

_NAME_LIMIT = 34
_ROW_HEIGHT = 26


def disagreement_heatmap(
    values: ArrayLike,
    *,
    row_names: Sequence[str],
    column_names: Sequence[str],
    absent: ArrayLike | None = None,
    reference: ArrayLike | None = None,
    selected: tuple[int, int] | None = None,
    height: int | None = None,
) -> go.Figure:
    """Draws scores [row, column], such as libraries by metrics, as cells that can be clicked.

    With a reference [column], colour and number show the difference from it: orange below, blue above.
    ∅ marks an undefined score; absent [row, column] marks cells for which there is nothing to compute, left blank.
    Custom data of a cell: (row, column).
    """
    scores = np.asarray(values, dtype=np.float64)
    missing = np.zeros(scores.shape, dtype=bool) if absent is None else np.asarray(absent, dtype=bool)
    references = None if reference is None else np.asarray(reference, dtype=np.float64)
    shown = scores if references is None else scores - references
    tall = height or 96 + _ROW_HEIGHT * len(row_names)
    figure = new_figure(height=tall, left=8, right=8, top=8, bottom=8)
    strengths = _strengths(shown, relative=references is not None)
    colour_cells(figure, np.where(missing, np.nan, strengths), positive=SKY, negative=ORANGE, gap=2)
    cells = [(int(row), int(column)) for row, column in zip(*np.nonzero(~missing), strict=True)]
    add_cells(figure, cells, _hover_texts(cells, scores, references, row_names, column_names))
    set_cell_axes(figure, row_names=_shortened(row_names), column_names=_shortened(column_names))
    size = cell_font_size(rows=len(row_names), columns=len(column_names), height=tall, width=620)
    write_cells(figure, _cell_texts(cells, shown, strengths, relative=references is not None), size=size)
    if selected is not None and selected in cells:
        frame_cell(figure, row=selected[0], column=selected[1])
    return figure


def spread_strip(
    values: ArrayLike,
    *,
    labels: Sequence[str],
    groups: Sequence[str],
    score_name: str,
    selected: int | None = None,
    height: int | None = None,
) -> go.Figure:
    """Draws one row a group, such as a library, and one dot a value; custom data of a dot: (index into values,)."""
    scores = np.asarray(values, dtype=np.float64)
    names = list(dict.fromkeys(groups))
    figure = new_figure(height=height or 70 + _ROW_HEIGHT * len(names), top=6, bottom=6)
    low, high = value_range(scores)
    lane = add_undefined_lane(figure, low=low, high=high)
    hover = [
        f"{escape_plotly(label)}<br><b>{format_score(score)}</b>" for label, score in zip(labels, scores, strict=True)
    ]
    figure.add_scatter(
        x=np.where(np.isfinite(scores), scores, lane),
        y=[names.index(group) for group in groups],
        mode="markers",
        marker=dots([index == selected for index in range(scores.size)], size=11),
        customdata=[[index] for index in range(scores.size)],
        hovertext=hover,
        hoverinfo="text",
        name="values",
    )
    figure.update_xaxes(title_text=escape_plotly(score_name))
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], gridcolor=GRID)
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=_shortened(names))
    return figure


def _cell_texts(
    cells: Sequence[tuple[int, int]], shown: NDArray[np.float64], strengths: NDArray[np.float64], *, relative: bool
) -> list[CellText]:
    write = format_difference if relative else format_score
    return [
        CellText(
            row=row,
            column=column,
            text=write(shown[row, column], digits=2),
            strong=bool(abs(strengths[row, column]) >= STRONG_PALE),
        )
        for row, column in cells
    ]


def _strengths(shown: NDArray[np.float64], *, relative: bool) -> NDArray[np.float64]:
    """Returns −1..1 a cell: the score itself, or the square root of a difference relative to the largest one."""
    if not relative:
        return np.clip(np.nan_to_num(shown, nan=0.0, posinf=1.0, neginf=0.0), 0, 1)
    sizes = np.abs(np.nan_to_num(shown, nan=0.0, posinf=1.0, neginf=1.0))
    return np.sign(np.nan_to_num(shown)) * np.sqrt(sizes / max(float(sizes.max(initial=0.0)), 1e-12))


def _hover_texts(
    cells: Sequence[tuple[int, int]],
    scores: NDArray[np.float64],
    references: NDArray[np.float64] | None,
    row_names: Sequence[str],
    column_names: Sequence[str],
) -> list[str]:
    texts: list[str] = []
    for row, column in cells:
        lines = [f"<b>{escape_plotly(row_names[row])}</b> · {escape_plotly(column_names[column])}"]
        lines.append(f"score {format_score(scores[row, column], digits=4)}")
        if references is not None:
            lines.append(f"reference {format_score(references[column], digits=4)}")
            lines.append(f"difference {format_difference(scores[row, column] - references[column], digits=4)}")
        texts.append("<br>".join(lines))
    return texts


def _shortened(names: Sequence[str]) -> list[str]:
    return [escape_plotly(shorten(name, limit=_NAME_LIMIT)) for name in names]
