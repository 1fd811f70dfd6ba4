"""Scores against how frequent the class is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from app.views.base import GRID, GUIDE, add_legend, new_figure, value_range
from app.views.text import escape_plotly, format_percent, format_score, shorten

_NAME_LIMIT = 34
_TICKS = (0.0001, 0.001, 0.01, 0.1, 0.5, 1)


@dataclass(frozen=True, kw_only=True)
class PrevalenceLine:
    """A score at each prevalence."""

    name: str
    colour: str
    scores: ArrayLike


def prevalence_figure(
    lines: Sequence[PrevalenceLine], *, prevalences: ArrayLike, cursor: float | None = None, height: int = 340
) -> go.Figure:
    """Draws scores against the prevalence of the class on a logarithmic axis, the data's own prevalence upright."""
    shares = np.asarray(prevalences, dtype=np.float64)
    figure = add_legend(new_figure(height=height, top=8), len(lines), height=height)
    everything = np.concatenate([np.asarray(line.scores, dtype=np.float64) for line in lines] or [shares[:0]])
    low, high = value_range(everything)
    for line in lines:
        scores = np.asarray(line.scores, dtype=np.float64)
        name = escape_plotly(shorten(line.name, limit=_NAME_LIMIT))
        hover = _hover_texts(name, shares, scores)
        style = {"color": line.colour, "width": 2}
        figure.add_scatter(x=shares, y=scores, mode="lines", line=style, name=name, hovertext=hover, hoverinfo="text")
    if cursor is not None and cursor > 0:
        figure.add_vline(x=cursor, line={"color": GUIDE, "width": 1.5, "dash": "dash"})
        place = {"x": float(np.log10(cursor)), "y": 1, "yref": "paper", "yanchor": "bottom", "xref": "x"}
        figure.add_annotation(**place, text=f"your data {format_percent(cursor, digits=2)}", showarrow=False)
        figure.update_layout(margin_t=24)
    figure.update_xaxes(type="log", tickvals=_TICKS, ticktext=[f"{tick * 100:g} %" for tick in _TICKS])
    figure.update_xaxes(title_text="prevalence of the class (share of pixels)", gridcolor=GRID)
    figure.update_yaxes(
        range=[low - 0.03 * (high - low), high + 0.03 * (high - low)], gridcolor=GRID, title_text="score"
    )
    return figure


def _hover_texts(name: str, shares: NDArray[np.float64], scores: NDArray[np.float64]) -> list[str]:
    return [
        f"<b>{name}</b><br>prevalence {format_percent(share, digits=2)}<br>{format_score(score)}"
        for share, score in zip(shares, scores, strict=True)
    ]
