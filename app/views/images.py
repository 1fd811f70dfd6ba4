"""One dot an image: the spread that a single mean hides, undefined images in a lane of their own."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from app.views.base import GUIDE, add_undefined_lane, dots, new_figure, value_range
from app.views.text import UNDEFINED, escape_plotly, format_score

_BINS = 90


def per_image_strip(
    values: ArrayLike,
    *,
    image_names: Sequence[str],
    score_name: str,
    selected: int | None = None,
    mean: float | None = None,
    height: int = 150,
) -> go.Figure:
    """Draws one selectable dot an image along the score's axis; custom data of a dot: (index of the image,)."""
    scores = np.asarray(values, dtype=np.float64)
    low, high = value_range(scores)
    figure = new_figure(height=height, top=18, bottom=8)
    lane = add_undefined_lane(figure, low=low, high=high)
    defined = np.isfinite(scores)
    places = np.where(defined, scores, lane)
    levels = _levels(np.where(defined, np.round((scores - low) / (high - low) * _BINS), -1.0))
    figure.add_trace(_dots(scores, places, levels, image_names, selected))
    top = max(float(levels.max(initial=0.0)), 4.0)
    figure.update_yaxes(range=[-1, top + 1], visible=False)
    figure.update_xaxes(title_text=_axis_title(score_name, scores))
    if mean is not None and np.isfinite(mean):
        figure.add_vline(x=mean, line={"color": GUIDE, "width": 1.5, "dash": "dash"})
        text = f"mean {format_score(mean)}"
        figure.add_annotation(
            x=mean, y=1, yref="paper", yanchor="bottom", text=text, showarrow=False, font={"size": 11}
        )
    return figure


def _levels(bins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stacks dots that share a bin, in the order of the images."""
    levels = np.zeros(bins.shape)
    seen: dict[float, int] = {}
    for index, place in enumerate(bins.tolist()):
        levels[index] = seen.get(place, 0)
        seen[place] = seen.get(place, 0) + 1
    return levels


def _dots(
    scores: NDArray[np.float64],
    places: NDArray[np.float64],
    levels: NDArray[np.float64],
    image_names: Sequence[str],
    selected: int | None,
) -> go.Scatter:
    size = 10 if scores.size <= 60 else 8 if scores.size <= 400 else 5
    hover = [
        f"<b>{escape_plotly(name)}</b><br>{format_score(score)}"
        for name, score in zip(image_names, scores, strict=True)
    ]
    return go.Scatter(
        x=places,
        y=levels,
        mode="markers",
        marker=dots([index == selected for index in range(scores.size)], size=size),
        customdata=[[index] for index in range(scores.size)],
        hovertext=hover,
        hoverinfo="text",
        name="images",
        unselected={"marker": {"opacity": 0.6}},
    )


def _axis_title(score_name: str, scores: NDArray[np.float64]) -> str:
    undefined = int(np.isnan(scores).sum())
    title = f"{escape_plotly(score_name)} of each image"
    return f"{title} · {UNDEFINED} undefined: {undefined} of {scores.size}" if undefined else title
