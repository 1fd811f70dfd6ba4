"""What all figures share: transparent grounds, tight margins, no tool bar, room for an undefined value."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.views.colours import GREY, MARK, VERMILLION, with_alpha
from app.views.text import UNDEFINED

CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
GRID = with_alpha(GREY, 0.22)
GUIDE = with_alpha(GREY, 0.75)
# Streamlit's theme for Plotly replaces these two in the browser by the page's text colour and its ground.
TEXT = "#000037"
GROUND = "#000038"

_LEGEND_ROW = 20
_AXIS_ROOM = 46  # under the axes, for ticks and title


def new_figure(*, height: int, left: int = 12, right: int = 12, top: int = 12, bottom: int = 12) -> go.Figure:
    """Returns an empty figure in the colours of the page's theme."""
    # A drag inside a dashboard should scroll the page, not lose the view.
    shared: dict[str, Any] = {
        "fixedrange": True,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"color": TEXT, "size": 12},
        "title": {"font": {"color": TEXT, "size": 12}, "standoff": 6},
    }
    # Given at once: every later update of a figure costs milliseconds, and all of them are paid at each rerun.
    return go.Figure(
        layout={
            "height": height,
            "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": TEXT, "size": 12},
            "hovermode": "closest",
            "hoverlabel": {"align": "left", "font": {"color": TEXT}},
            "showlegend": False,
            "xaxis": shared,
            "yaxis": shared | {"ticklabelstandoff": 4},
        }
    )


def add_legend(figure: go.Figure, number: int, *, height: int, title: str = "", columns: int = 2) -> go.Figure:
    """Makes the figure taller by a legend under the axes, whose size stays the same."""
    room = _LEGEND_ROW * -(-number // columns) + (_LEGEND_ROW if title else 0)
    figure.update_layout(
        showlegend=True,
        height=height + room,
        margin_b=_AXIS_ROOM + room,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yref": "container", "yanchor": "bottom"},
    )
    figure.update_layout(
        legend_entrywidth=1 / columns,
        legend_entrywidthmode="fraction",
        legend_font={"size": 12, "color": TEXT},
        legend_title={"text": title, "side": "top", "font": {"size": 12, "color": TEXT}},
        legend_itemclick=False,
        legend_itemdoubleclick=False,
    )
    return figure


def dots(marked: Sequence[bool], *, size: int) -> dict[str, Any]:
    """Returns the look of dots of one kind, the marked ones larger, in another colour and shape."""
    return {
        "size": [size + 5 if mark else size for mark in marked],
        "symbol": ["diamond" if mark else "circle" for mark in marked],
        "color": [VERMILLION if mark else MARK for mark in marked],
        "line": {"width": 1, "color": GROUND},
        "opacity": 1,
    }


def value_range(values: NDArray[np.float64], *, unit_interval: bool = True) -> tuple[float, float]:
    """Returns the ends of an axis that holds all defined values, and 0..1 where they lie inside."""
    defined = values[np.isfinite(values)]
    low, high = (0.0, 1.0) if unit_interval or defined.size == 0 else (float(defined.min()), float(defined.max()))
    if defined.size:
        low, high = min(low, float(defined.min())), max(high, float(defined.max()))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def add_undefined_lane(figure: go.Figure, *, low: float, high: float) -> float:
    """Sets the x axis to low..high with a separate lane for undefined values left of it; returns the lane's x."""
    width = high - low
    lane = low - 0.085 * width
    ticks = [float(tick) for tick in np.linspace(low, high, 6)]
    figure.add_shape(
        type="rect",
        xref="x",
        yref="paper",
        x0=lane - 0.035 * width,
        x1=lane + 0.035 * width,
        y0=0,
        y1=1,
        line={"width": 0},
        fillcolor=with_alpha(GREY, 0.16),
        layer="below",
        name="undefined lane",
    )
    figure.update_xaxes(
        range=[lane - 0.05 * width, high + 0.03 * width],
        tickvals=[lane, *ticks],
        ticktext=[UNDEFINED, *(f"{tick:.3g}" for tick in ticks)],
        gridcolor=GRID,
    )
    return lane
