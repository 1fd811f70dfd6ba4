"""What single changes of the rules do to a score: one bar a change."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from app.views.base import GRID, GUIDE, new_figure
from app.views.colours import GREY, MARK, ORANGE
from app.views.text import UNDEFINED, escape_plotly, format_difference, format_score, shorten

_NAME_LIMIT = 46
_ROW_HEIGHT = 27


@dataclass(frozen=True, kw_only=True)
class EffectBar:
    """A change in words, the score after it, and the difference to the score before (NaN where undefined)."""

    label: str
    value: float
    delta: float


def effects_figure(effects: Sequence[EffectBar], *, score_name: str, height: int | None = None) -> go.Figure:
    """Draws one bar a change, right of the middle where the score rises; ∅ where it becomes undefined."""
    figure = new_figure(height=height or 60 + _ROW_HEIGHT * len(effects), top=6, bottom=6)
    deltas = [effect.delta if np.isfinite(effect.delta) else 0.0 for effect in effects]
    reach = max((abs(delta) for delta in deltas), default=0.0) * 1.22 or 1.0
    figure.add_bar(
        x=deltas,
        y=list(range(len(effects))),
        orientation="h",
        marker={"color": [_colour(effect) for effect in effects], "line": {"width": 0}},
        text=[_text(effect) for effect in effects],
        textposition="outside",
        cliponaxis=False,
        hovertext=[
            f"{escape_plotly(effect.label)}<br>score {format_score(effect.value, digits=4)}" for effect in effects
        ],
        hoverinfo="text",
        name="effects",
    )
    figure.update_layout(bargap=0.3)
    figure.update_xaxes(range=[-reach, reach], gridcolor=GRID, title_text=f"change of {escape_plotly(score_name)}")
    figure.update_xaxes(zeroline=True, zerolinecolor=GUIDE, zerolinewidth=1.5)
    names = [escape_plotly(shorten(effect.label, limit=_NAME_LIMIT)) for effect in effects]
    figure.update_yaxes(
        range=[len(effects) - 0.4, -0.6], tickvals=list(range(len(effects))), ticktext=names, showgrid=False
    )
    return figure


def _colour(effect: EffectBar) -> str:
    if not np.isfinite(effect.delta):
        return GREY
    return MARK if effect.delta >= 0 else ORANGE


def _text(effect: EffectBar) -> str:
    return format_difference(effect.delta) if np.isfinite(effect.delta) else f"→ {UNDEFINED}"
