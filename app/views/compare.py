"""Scores of many libraries and metrics side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from app.views.base import GRID, GROUND, TEXT, new_figure
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
from app.views.colours import MARK, ORANGE, SKY, VERMILLION, with_alpha
from app.views.text import escape_plotly, format_difference, format_score, shorten
from app.views.waterfall import WaterfallStep, waterfall

Cell = tuple[int, int]
_NAME_LIMIT = 34
_ROW_HEIGHT = 25
_HOVER_LINES = 12


def disagreement_heatmap(
    values: ArrayLike,
    *,
    row_names: Sequence[str],
    column_names: Sequence[str],
    row_labels: Sequence[str] | None = None,
    absent: ArrayLike | None = None,
    reference: ArrayLike | None = None,
    notes: Sequence[Sequence[str]] | None = None,
    start: Cell | None = None,
    end: Cell | None = None,
    height: int | None = None,
) -> go.Figure:
    """Draws scores [row, column], such as libraries by metrics, as cells that can be clicked.

    With a reference [column], colour and number show the difference from it: orange below, blue above.
    ∅ marks an undefined score; absent [row, column] marks cells for which there is nothing to compute, left blank.
    row_labels stand beside the rows in place of their names; notes [row][column] are further lines for the pointer.
    start and end are framed, and numbered 1 and 2.
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
    hover = _hover_texts(cells, scores, references, row_names, column_names, notes)
    add_cells(figure, cells, hover)
    set_cell_axes(figure, row_names=_shortened(row_labels or row_names), column_names=_shortened(column_names))
    size = cell_font_size(rows=len(row_names), columns=len(column_names), height=tall, width=620)
    # A difference has five characters.
    size = min(size, 13 if references is None else 11)
    write_cells(figure, _cell_texts(cells, shown, strengths, relative=references is not None), size=size)
    for cell, number in ((start, "1"), (end, "2")):
        if cell is not None and cell in cells:
            _frame(figure, cell, number)
    return figure


def _frame(figure: go.Figure, cell: Cell, number: str) -> None:
    frame_cell(figure, row=cell[0], column=cell[1])
    figure.add_annotation(
        x=cell[1] - 0.5,
        y=cell[0] - 0.5,
        xanchor="center",
        text=f"<b>{number}</b>",
        showarrow=False,
        font={"size": 10, "color": "#ffffff"},
        bgcolor="#111111",
        bordercolor="#ffffff",
        borderpad=1,
        name="end",
    )


@dataclass(frozen=True, kw_only=True)
class SpreadValue:
    """One value that several calls give: a line of text for each of them."""

    value: float
    calls: tuple[str, ...]


def spread_strip(
    spread: Sequence[SpreadValue],
    *,
    score_name: str,
    own: float | None = None,
    selected: int | None = None,
    height: int = 106,
) -> go.Figure:
    """Draws one dot a value, larger the more calls give it, and the user's own score as a diamond.

    Custom data of a dot: (index into spread,). Undefined values have no dot.
    """
    places = [index for index, each in enumerate(spread) if np.isfinite(each.value)]
    values = [spread[index].value for index in places]
    ends = [*values, own] if own is not None and np.isfinite(own) else values
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    pad = max((high - low) * 0.06, 0.004)
    figure = new_figure(height=height, top=4, bottom=42, left=16, right=16)
    figure.add_trace(_spread_dots(spread, places, selected))
    if own is not None and np.isfinite(own):
        _add_own(figure, own)
    figure.update_xaxes(range=[low - pad, high + pad], gridcolor=GRID, nticks=9, title_text=escape_plotly(score_name))
    figure.update_yaxes(range=[-1, 1.5], visible=False)
    return figure


def _spread_dots(spread: Sequence[SpreadValue], places: Sequence[int], selected: int | None) -> go.Scatter:
    return go.Scatter(
        x=[spread[index].value for index in places],
        y=[0] * len(places),
        mode="markers",
        marker={
            "size": [7 + 2.6 * len(spread[index].calls) ** 0.5 for index in places],
            "color": [VERMILLION if index == selected else with_alpha(MARK, 0.75) for index in places],
            "line": {"width": 1, "color": GROUND},
            "opacity": 1,
        },
        customdata=[[index] for index in places],
        hovertext=[_spread_hover(spread[index]) for index in places],
        hoverinfo="text",
        name="values",
    )


def _add_own(figure: go.Figure, own: float) -> None:
    figure.add_scatter(
        x=[own],
        y=[0],
        mode="markers",
        marker={"size": 13, "symbol": "diamond-open", "color": TEXT, "line": {"width": 2, "color": TEXT}},
        hovertext=[f"your rules<br><b>{format_score(own, digits=4)}</b>"],
        hoverinfo="text",
        name="own",
    )
    text = f"your rules {format_score(own)}"
    figure.add_annotation(x=own, y=0, yanchor="bottom", yshift=10, text=text, showarrow=False, font={"size": 11})


def _spread_hover(spread: SpreadValue) -> str:
    lines = [escape_plotly(call) for call in spread.calls[:_HOVER_LINES]]
    more = len(spread.calls) - len(lines)
    return "<br>".join([f"<b>{format_score(spread.value, digits=4)}</b>", *lines, *([f"and {more} more"] * (more > 0))])


def way_figure(steps: Sequence[WaterfallStep], *, score_name: str, start_name: str, end_name: str) -> go.Figure:
    """Draws a waterfall whose axis ends at the largest score on the way, for a narrow column."""
    figure = waterfall(steps, score_name=score_name, start_name=start_name, end_name=end_name)
    scores = [score for step in steps for score in (step.before, step.after) if np.isfinite(score)]
    if scores and max(scores) > 0:
        figure.update_xaxes(range=[min(0.0, *scores), max(scores) * 1.04], nticks=5)
    return figure


def _cell_texts(
    cells: Sequence[Cell], shown: NDArray[np.float64], strengths: NDArray[np.float64], *, relative: bool
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
    cells: Sequence[Cell],
    scores: NDArray[np.float64],
    references: NDArray[np.float64] | None,
    row_names: Sequence[str],
    column_names: Sequence[str],
    notes: Sequence[Sequence[str]] | None,
) -> list[str]:
    texts: list[str] = []
    for row, column in cells:
        lines = [f"<b>{escape_plotly(row_names[row])}</b> · {escape_plotly(column_names[column])}"]
        lines.append(f"score {format_score(scores[row, column], digits=4)}")
        if references is not None:
            lines.append(f"reference {format_score(references[column], digits=4)}")
            lines.append(f"difference {format_difference(scores[row, column] - references[column], digits=4)}")
        if notes is not None:
            lines += [escape_plotly(line) for line in notes[row][column].splitlines()]
        texts.append("<br>".join(lines))
    return texts


def _shortened(names: Sequence[str]) -> list[str]:
    return [escape_plotly(shorten(name, limit=_NAME_LIMIT)) for name in names]
