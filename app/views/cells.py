"""Grids of cells that can be clicked: coloured, labelled, one of them framed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.views.base import TEXT
from app.views.colours import with_alpha

STRONG_DEEP = 0.8
STRONG_PALE = 0.62
"""Opacity from which on a cell's colour, not the page's ground, decides what text is readable: deep or pale palette."""

_TEXT_ON_STRONG = "#000000"


@dataclass(frozen=True, kw_only=True)
class CellText:
    """What a cell of a grid says, and whether its colour is strong enough to need black text."""

    row: int
    column: int
    text: str
    strong: bool


def colour_cells(figure: go.Figure, strengths: NDArray[np.float64], *, positive: str, negative: str, gap: int) -> None:
    """Colours cells [row, column] by strengths in −1..1, the sign choosing the colour; NaN leaves a cell empty."""
    # Transparent in the middle: the page's own ground shows through, in the light theme and in the dark one.
    scale: list[list[Any]] = [
        [0.0, with_alpha(negative, 1)],
        [0.5, with_alpha(negative, 0)],
        [0.5, with_alpha(positive, 0)],
        [1.0, with_alpha(positive, 1)],
    ]
    figure.add_heatmap(
        z=strengths,
        zmin=-1,
        zmax=1,
        colorscale=scale,
        showscale=False,
        xgap=gap,
        ygap=gap,
        hoverinfo="skip",
        name="colours",
    )


def add_cells(figure: go.Figure, cells: Sequence[tuple[int, int]], hover: Sequence[str]) -> None:
    """Adds one invisible selectable square (row, column) a cell, since heat maps return no selection."""
    figure.add_trace(
        go.Scatter(
            x=[column for _, column in cells],
            y=[row for row, _ in cells],
            mode="markers",
            marker={"symbol": "square", "size": 14, "opacity": 0},
            selected={"marker": {"opacity": 0}},
            unselected={"marker": {"opacity": 0}},
            customdata=[list(cell) for cell in cells],
            hovertext=list(hover),
            hoverinfo="text",
            name="cells",
        )
    )
    # No limit: the nearest centre is the cell under the pointer, whatever the figure's width.
    figure.update_layout(hoverdistance=-1)


def write_cells(figure: go.Figure, texts: Sequence[CellText], *, size: int) -> None:
    """Writes texts into cells, black on the strong colours and in the page's text colour on pale ones."""
    for strong, colour, weight in ((True, _TEXT_ON_STRONG, 600), (False, TEXT, 400)):
        chosen = [text for text in texts if text.strong == strong]
        figure.add_scatter(
            x=[text.column for text in chosen],
            y=[text.row for text in chosen],
            text=[text.text for text in chosen],
            mode="text",
            textfont={"color": colour, "size": size, "weight": weight},
            # A click on a cell would otherwise fade the texts of all others.
            selected={"textfont": {"color": colour}},
            unselected={"textfont": {"color": colour}},
            hoverinfo="skip",
            name="texts",
        )


def frame_cell(figure: go.Figure, *, row: int, column: int) -> None:
    """Draws a frame around one cell that shows on every colour: a dark line inside a light one."""
    corners = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    for colour, width in (("#ffffff", 6), ("#111111", 2.5)):
        figure.add_shape(type="rect", **corners, line={"color": colour, "width": width}, name="selected cell")


def set_cell_axes(figure: go.Figure, *, row_names: Sequence[str], column_names: Sequence[str]) -> None:
    """Numbers rows from the top and puts the (already escaped) names along both axes, the columns' above the cells."""
    columns, rows = len(column_names), len(row_names)
    # Long names, or many, stand upright: side by side they would overlap.
    longest = max(map(len, column_names), default=0)
    angle = 0 if columns * longest <= 44 else -90 if columns > 9 else -40
    if angle == -40:
        figure.update_layout(margin_r=12 + int(4.8 * max(0, len(column_names[-1]) - 2)))
    figure.update_xaxes(
        range=[-0.5, columns - 0.5],
        tickvals=list(range(columns)),
        ticktext=list(column_names),
        tickangle=angle,
        ticklabeloverflow="allow",
        side="top",
        showgrid=False,
        ticks="",
    )
    figure.update_yaxes(
        range=[rows - 0.5, -0.5], tickvals=list(range(rows)), ticktext=list(row_names), showgrid=False, ticks=""
    )


def cell_font_size(*, rows: int, columns: int, height: int, width: int = 420) -> int:
    """Returns a font size in pixels at which about four characters fit a cell of a figure that narrow."""
    cell_width, cell_height = (width - 110) / columns, (height - 110) / rows
    return int(np.clip(min(cell_width / 2.4, cell_height * 0.62), 7, 15))
