"""Two models under many rules: on which side of zero the difference of their scores lies."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from app.views.base import GRID, GUIDE, TEXT, new_figure
from app.views.colours import GREY, MARK, ORANGE
from app.views.tables import VerdictRow
from app.views.text import escape_plotly, format_difference, format_score, shorten

_NAME_LIMIT = 28


def verdict_figure(
    rows: Sequence[VerdictRow],
    *,
    current: VerdictRow,
    first_name: str,
    second_name: str,
    score_name: str,
    better: Literal["higher", "lower"] = "higher",
    height: int = 128,
) -> go.Figure:
    """Draws one dot a rule at the first model's score minus the second's, the current rule as a diamond.

    Blue circles: the first model is better; orange squares: the second. Rules without a difference have no dot.
    """
    figure = new_figure(height=height, top=26, bottom=6, left=16, right=16)
    sign = 1.0 if better == "higher" else -1.0
    differences = np.array([row.first - row.second for row in (*rows, current)], dtype=np.float64)
    reach = float(np.nanmax(np.abs(differences), initial=0.0)) * 1.12 or 1.0
    for wins, colour, symbol in ((1, MARK, "circle"), (-1, ORANGE, "square"), (0, GREY, "circle")):
        chosen = [row for row in rows if np.sign(sign * (row.first - row.second)) == wins]
        _add_dots(figure, chosen, colour=colour, symbol=symbol)
    if np.isfinite(differences[-1]):
        _add_current(figure, current)
    figure.add_vline(x=0, line={"color": GUIDE, "width": 2})
    for name, side in ((first_name, sign), (second_name, -sign)):
        _name_side(figure, name, side)
    names = [escape_plotly(shorten(name, limit=_NAME_LIMIT)) for name in (first_name, second_name)]
    figure.update_xaxes(
        range=[-reach, reach], gridcolor=GRID, title_text=f"{escape_plotly(score_name)}: {' − '.join(names)}"
    )
    figure.update_yaxes(range=[-1, 1.6], visible=False)
    return figure


def _name_side(figure: go.Figure, name: str, side: float) -> None:
    """Writes on which side of zero, 1 right or -1 left, a model is the better one."""
    text = f"{escape_plotly(shorten(name, limit=_NAME_LIMIT))} better"
    text = f"{text} →" if side > 0 else f"← {text}"
    anchor = "left" if side > 0 else "right"
    figure.add_annotation(
        x=0, y=1, yref="paper", yanchor="bottom", xanchor=anchor, xshift=8 * side, text=text, showarrow=False
    )


def _add_dots(figure: go.Figure, rows: Sequence[VerdictRow], *, colour: str, symbol: str) -> None:
    figure.add_scatter(
        x=[row.first - row.second for row in rows],
        y=[0] * len(rows),
        mode="markers",
        marker={"size": 12, "color": colour, "symbol": symbol, "opacity": 0.8},
        hovertext=[_hover(row) for row in rows],
        hoverinfo="text",
        name=f"{symbol} {colour}",
    )


def _add_current(figure: go.Figure, current: VerdictRow) -> None:
    figure.add_scatter(
        x=[current.first - current.second],
        y=[0],
        mode="markers",
        marker={"size": 15, "symbol": "diamond-open", "color": TEXT, "line": {"width": 2, "color": TEXT}},
        hovertext=[_hover(current)],
        hoverinfo="text",
        name="current",
    )
    figure.add_annotation(
        x=current.first - current.second, y=0, yanchor="bottom", yshift=10, text=current.rule, showarrow=False
    )


def _hover(row: VerdictRow) -> str:
    scores = f"{format_score(row.first, digits=4)} − {format_score(row.second, digits=4)}"
    return f"{escape_plotly(row.rule)}<br>{scores} = <b>{format_difference(row.first - row.second, digits=4)}</b>"
