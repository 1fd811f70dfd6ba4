"""The way from one score to another, option by option."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from app.views.base import GRID, new_figure, value_range
from app.views.colours import GREY, MARK, ORANGE
from app.views.text import UNDEFINED, escape_plotly, format_difference, format_score, shorten

_NAME_LIMIT = 34


@dataclass(frozen=True, kw_only=True)
class WaterfallStep:
    """One option that changes from the start's value to the end's: the score before and after it."""

    label: str
    before: float
    after: float


def waterfall(
    steps: Sequence[WaterfallStep], *, score_name: str, start_name: str, end_name: str, height: int | None = None
) -> go.Figure:
    """Draws the way from the first step's score to the last one's, one bar an option, lengths equal to the change.

    Steps into or out of an undefined score have no length: they are marked with ∅.
    """
    names = [start_name, *(step.label for step in steps), end_name]
    start, end = (steps[0].before, steps[-1].after) if steps else (float("nan"), float("nan"))
    figure = new_figure(height=height or 64 + 30 * len(names), top=6, bottom=6, right=56)
    _add_total(figure, 0, start)
    for place, step in enumerate(steps, start=1):
        _add_step(figure, place, step)
    _add_total(figure, len(names) - 1, end)
    low, high = value_range(np.array([score for step in steps for score in (step.before, step.after)] or [0.0, 1.0]))
    figure.update_xaxes(range=[min(low, 0.0), high + 0.04 * (high - low)], gridcolor=GRID)
    figure.update_xaxes(title_text=escape_plotly(score_name))
    labels = [escape_plotly(shorten(name, limit=_NAME_LIMIT)) for name in names]
    figure.update_yaxes(
        range=[len(names) - 0.4, -0.6], tickvals=list(range(len(names))), ticktext=labels, showgrid=False
    )
    figure.update_layout(bargap=0.25, barmode="overlay")
    return figure


def _add_total(figure: go.Figure, place: int, score: float) -> None:
    length = score if np.isfinite(score) else 0.0
    _add_bar(
        figure,
        place,
        start=0.0,
        length=length,
        colour=GREY,
        text=f"<b>{format_score(score)}</b>",
        hover=format_score(score),
    )


def _add_step(figure: go.Figure, place: int, step: WaterfallStep) -> None:
    change = step.after - step.before
    hover = f"{escape_plotly(step.label)}<br>{format_score(step.before)} → {format_score(step.after)}"
    if np.isfinite(change):
        colour = MARK if change >= 0 else ORANGE
        _add_bar(
            figure, place, start=step.before, length=change, colour=colour, text=format_difference(change), hover=hover
        )
        return
    defined = [score for score in (step.before, step.after) if np.isfinite(score)]
    text = f"{format_score(step.before)} → {format_score(step.after)}" if defined else UNDEFINED
    start = defined[0] if defined else 0.0
    _add_bar(figure, place, start=start, length=0.0, colour=GREY, text=text, hover=hover)


def _add_bar(figure: go.Figure, place: int, *, start: float, length: float, colour: str, text: str, hover: str) -> None:
    figure.add_bar(
        x=[length],
        base=[start],
        y=[place],
        orientation="h",
        marker={"color": colour, "line": {"width": 0}},
        hovertext=[hover],
        hoverinfo="text",
        name="bar",
    )
    # Beside the bar, not in it: a short bar has no room, and the theme's text colour suits the page's ground.
    figure.add_annotation(
        x=max(start, start + length), y=place, xanchor="left", xshift=5, text=text, showarrow=False, name="bar"
    )
