"""Where the current score lies among the scores that other rules give for the same pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from app.views.base import GROUND, GUIDE, new_figure
from app.views.colours import GREY, MARK
from app.views.text import UNDEFINED, escape_plotly, format_score


@dataclass(frozen=True, kw_only=True)
class RuleScore:
    """A rule in words and the score under it (NaN where undefined)."""

    label: str
    value: float


def other_rules_figure(
    scores: Sequence[RuleScore], *, current: RuleScore, score_name: str, height: int = 84
) -> go.Figure:
    """Draws a single line from the lowest to the highest score, one dot a rule, the current rule as a diamond.

    Custom data of a dot: (index into scores,). Rules under which the score is undefined are counted in the axis title.
    """
    values = np.array([score.value for score in scores], dtype=np.float64)
    everything = np.append(values, current.value)
    defined = everything[np.isfinite(everything)]
    low, high = (float(defined.min()), float(defined.max())) if defined.size else (0.0, 1.0)
    pad = max((high - low) * 0.12, 0.01)
    figure = new_figure(height=height, top=4, bottom=4, left=16, right=16)
    figure.add_scatter(
        x=[low, high], y=[0, 0], mode="lines", line={"color": GUIDE, "width": 3}, hoverinfo="skip", name="range"
    )
    _add_dots(figure, scores)
    if np.isfinite(current.value):
        _add_current(figure, current)
    for value, anchor, shift in ((low, "right", -10), (high, "left", 10)):
        if defined.size and value != current.value:
            figure.add_annotation(x=value, y=0, xanchor=anchor, xshift=shift, text=format_score(value), showarrow=False)
    figure.update_xaxes(range=[low - pad, high + pad], showgrid=False, showticklabels=False)
    figure.update_xaxes(title={"text": _caption(scores, score_name), "standoff": 0})
    figure.update_yaxes(range=[-1, 1.4], visible=False)
    return figure


def _add_dots(figure: go.Figure, scores: Sequence[RuleScore]) -> None:
    shown = [index for index, score in enumerate(scores) if np.isfinite(score.value)]
    figure.add_scatter(
        x=[scores[index].value for index in shown],
        y=[0] * len(shown),
        mode="markers",
        marker={"size": 10, "color": GREY, "line": {"width": 1, "color": GROUND}},
        customdata=[[index] for index in shown],
        hovertext=[
            f"{escape_plotly(scores[index].label)}<br><b>{format_score(scores[index].value)}</b>" for index in shown
        ],
        hoverinfo="text",
        name="rules",
    )


def _add_current(figure: go.Figure, current: RuleScore) -> None:
    figure.add_scatter(
        x=[current.value],
        y=[0],
        mode="markers",
        marker={"size": 15, "symbol": "diamond", "color": MARK, "line": {"width": 1.5, "color": GROUND}},
        hovertext=[f"this rule: {escape_plotly(current.label)}<br><b>{format_score(current.value)}</b>"],
        hoverinfo="text",
        name="current",
    )
    here = {"x": current.value, "y": 0, "yanchor": "bottom", "yshift": 9}
    figure.add_annotation(**here, text=f"<b>{format_score(current.value)}</b>", showarrow=False, name="current")


def _caption(scores: Sequence[RuleScore], score_name: str) -> str:
    undefined = sum(not np.isfinite(score.value) for score in scores)
    text = f"{escape_plotly(score_name)} under {len(scores)} rules"
    return f"{text}, {UNDEFINED} under {undefined} of them" if undefined else text
