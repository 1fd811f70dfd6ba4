"""ROC and precision-recall curves, and scores against the threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from app.views.base import GRID, GROUND, GUIDE, TEXT, add_legend, new_figure, value_range
from app.views.text import escape_plotly, format_score, shorten

_POINT_LIMIT = 1000
_NAME_LIMIT = 22


@dataclass(frozen=True, kw_only=True)
class CurveLine:
    """One class's curve; x, y and thresholds have equal length, area and its interval may be undefined (NaN)."""

    name: str
    colour: str
    x: ArrayLike
    y: ArrayLike
    thresholds: ArrayLike
    area: float = float("nan")
    area_low: float | None = None
    area_high: float | None = None
    cursor: tuple[float, float] | None = None
    cursor_threshold: float | None = None
    baseline: float | None = None


@dataclass(frozen=True, kw_only=True)
class ThresholdLine:
    """A score of one class at each threshold; NaN leaves a gap."""

    name: str
    colour: str
    values: ArrayLike
    cursor_value: float = float("nan")


def roc_figure(lines: Sequence[CurveLine], *, height: int = 360) -> go.Figure:
    """Draws recall against the false positive rate, with the chance line and each class's operating point."""
    figure = _curve_figure(len(lines), height=height, title="ROC", legend="AUROC", columns=_columns(lines))
    _add_guide(figure, x=[0, 1], y=[0, 1], dash="dash", hover="chance: area .5")
    for line in lines:
        _add_curve(figure, line, shape="linear", x_name="false positive rate", y_name="recall")
    figure.update_xaxes(title={"text": "false positive rate (1 − specificity)"})
    figure.update_yaxes(title={"text": "recall (true positive rate)"})
    return figure


def pr_figure(
    lines: Sequence[CurveLine], *, iso_f1: Sequence[float] = (0.2, 0.4, 0.6, 0.8), height: int = 360
) -> go.Figure:
    """Draws precision against recall, with lines of equal F1 and each class's prevalence as its chance line.

    Curves are stairs, not straight lines: between two points precision does not change linearly with recall.
    """
    figure = _curve_figure(
        len(lines), height=height, title="Precision–recall", legend="average precision", columns=_columns(lines)
    )
    for score in iso_f1:
        recall = np.linspace(score / (2 - score), 1, 60)
        _add_guide(figure, x=recall, y=score * recall / (2 * recall - score), dash="dot", hover=f"F1 = {score:g}")
        end = {"x": score / (2 - score), "y": 1.03, "xanchor": "center", "yanchor": "bottom"}
        figure.add_annotation(**end, text=f"F1 {score:g}", showarrow=False, font={"size": 11})
    for line in lines:
        if line.baseline is not None and np.isfinite(line.baseline):
            _add_baseline(figure, line, line.baseline)
        _add_curve(figure, line, shape="stairs", x_name="recall", y_name="precision")
    figure.update_xaxes(title={"text": "recall (true positive rate)"})
    figure.update_yaxes(title={"text": "precision (positive predictive value)"})
    return figure


def threshold_figure(
    lines: Sequence[ThresholdLine],
    *,
    score_name: str,
    thresholds: ArrayLike,
    cursor: float | None,
    height: int = 300,
) -> go.Figure:
    """Draws a score against the probability threshold, with the chosen threshold as an upright line."""
    places = np.asarray(thresholds, dtype=np.float64)
    figure = add_legend(new_figure(height=height, top=8), len(lines), height=height)
    everything = np.concatenate([np.asarray(line.values, dtype=np.float64) for line in lines] or [places[:0]])
    low, high = value_range(everything)
    for line in lines:
        _add_threshold_line(figure, line, places, score_name=score_name, cursor=cursor)
    if cursor is not None:
        figure.add_vline(x=cursor, line={"color": GUIDE, "width": 1.5, "dash": "dash"})
    ends = {"low": low - 0.03 * (high - low), "high": high + 0.03 * (high - low)}
    figure.update_xaxes(title={"text": "threshold (predicted where probability ≥ threshold)"}, gridcolor=GRID)
    figure.update_yaxes(title={"text": escape_plotly(score_name)}, gridcolor=GRID, range=[ends["low"], ends["high"]])
    return figure


def _add_threshold_line(
    figure: go.Figure, line: ThresholdLine, places: NDArray[np.float64], *, score_name: str, cursor: float | None
) -> None:
    values, kept = np.asarray(line.values, dtype=np.float64), _kept_points(places.size)
    name = escape_plotly(shorten(line.name, limit=_NAME_LIMIT))
    hover = [
        f"<b>{name}</b><br>threshold {place:.3f}<br>{escape_plotly(score_name)} {format_score(value)}"
        for place, value in zip(places[kept], values[kept], strict=True)
    ]
    legend = name if cursor is None else f"{name} {format_score(line.cursor_value)}"
    style = {"color": line.colour, "width": 2}
    figure.add_scatter(
        x=places[kept], y=values[kept], mode="lines", line=style, name=legend, hovertext=hover, hoverinfo="text"
    )
    if cursor is not None and np.isfinite(line.cursor_value):
        _add_point(figure, x=cursor, y=line.cursor_value, colour=line.colour, hover=f"<b>{legend}</b>")


def _curve_figure(number: int, *, height: int, title: str, legend: str, columns: int = 2) -> go.Figure:
    figure = new_figure(height=height, top=44 if title else 8, right=16)
    if title:
        place = {"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 4}}
        figure.update_layout(title={"text": title, **place, "font": {"size": 14, "color": TEXT}})
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    figure.update_xaxes(range=[-0.02, 1.02], tickvals=ticks, gridcolor=GRID, showgrid=True)
    figure.update_yaxes(range=[-0.02, 1.03], tickvals=ticks, gridcolor=GRID)
    return add_legend(figure, number, height=height, title=legend, columns=columns)


def _add_curve(
    figure: go.Figure, line: CurveLine, *, shape: Literal["linear", "stairs"], x_name: str, y_name: str
) -> None:
    x, y = np.asarray(line.x, dtype=np.float64), np.asarray(line.y, dtype=np.float64)
    thresholds = np.asarray(line.thresholds, dtype=np.float64)
    kept = _kept_points(x.size)
    name = escape_plotly(shorten(line.name, limit=_NAME_LIMIT))
    hover = [
        f"<b>{name}</b>, threshold {_threshold_text(threshold)}<br>{x_name} {across:.3f}<br>{y_name} {format_score(up)}"
        for across, up, threshold in zip(x[kept], y[kept], thresholds[kept], strict=True)
    ]
    # A point's precision holds from the previous recall up to its own, in whichever order the points come.
    rising = x.size == 0 or not x[0] > x[-1]
    line_shape = "linear" if shape == "linear" else "vh" if rising else "hv"
    figure.add_scatter(
        x=x[kept],
        y=y[kept],
        mode="lines",
        line={"color": line.colour, "width": 2, "shape": line_shape},
        name=f"{name} {_area_text(line)}",
        hovertext=hover,
        hoverinfo="text",
    )
    if line.cursor is not None and np.isfinite(line.cursor).all():
        at = "" if line.cursor_threshold is None else f"<br>threshold {line.cursor_threshold:.3f}"
        text = f"<b>{name}</b>: operating point{at}"
        text += f"<br>{x_name} {format_score(line.cursor[0])}<br>{y_name} {format_score(line.cursor[1])}"
        _add_point(figure, x=line.cursor[0], y=line.cursor[1], colour=line.colour, hover=text)


def _columns(lines: Sequence[CurveLine]) -> int:
    return 1 if shows_bounds(lines) else 2


def shows_bounds(lines: Sequence[CurveLine]) -> bool:
    """Returns whether an area of these lines is drawn with its bounds."""
    return any(_bounds_text(line) for line in lines)


def _area_text(line: CurveLine) -> str:
    return format_score(line.area) + _bounds_text(line)


def _bounds_text(line: CurveLine) -> str:
    """Returns the bounds with the digits of the area; nothing where both read like the area itself."""
    if line.area_low is None or line.area_high is None or not np.isfinite(line.area):
        return ""
    low, high = format_score(line.area_low), format_score(line.area_high)
    return "" if low == high == format_score(line.area) else f" [{low}, {high}]"


def _threshold_text(threshold: float) -> str:
    return f"{threshold:.3f}" if np.isfinite(threshold) else "above every score"


def _kept_points(size: int) -> NDArray[np.intp]:
    """Returns at most a thousand indices spread over a curve, both ends among them."""
    if size <= _POINT_LIMIT:
        return np.arange(size)
    return np.unique(np.round(np.linspace(0, size - 1, _POINT_LIMIT)).astype(np.intp))


def _add_point(figure: go.Figure, *, x: float, y: float, colour: str, hover: str) -> None:
    marker: dict[str, Any] = {"size": 11, "color": colour, "line": {"color": GROUND, "width": 2}}
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker=marker,
        showlegend=False,
        hovertext=[hover],
        hoverinfo="text",
        name="cursor",
    )


def _add_guide(figure: go.Figure, *, x: ArrayLike, y: ArrayLike, dash: str, hover: str) -> None:
    style = {"color": GUIDE, "width": 1, "dash": dash}
    figure.add_scatter(
        x=np.asarray(x),
        y=np.asarray(y),
        mode="lines",
        line=style,
        showlegend=False,
        hovertext=hover,
        hoverinfo="text",
        name="guide",
    )


def _add_baseline(figure: go.Figure, line: CurveLine, level: float) -> None:
    style = {"color": line.colour, "width": 1.2, "dash": "dash"}
    hover = f"{escape_plotly(line.name)}: chance, prevalence {format_score(level)}"
    figure.add_scatter(
        x=[0, 1],
        y=[level, level],
        mode="lines",
        line=style,
        opacity=0.55,
        showlegend=False,
        hovertext=hover,
        hoverinfo="text",
        name="baseline",
    )
