"""Pictures of a lesson: what is drawn, as plain data; app.views.lesson turns it into what the browser draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import metrics_core as mc
from app.lessons.scenario import Data

Tone = Literal["plain", "good", "bad", "trivial"]


Style = Literal["line", "dashed", "steps", "dots"]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One number with its name; note: a few words below the name; undefined (NaN) is drawn as ∅."""

    label: str
    value: float
    tone: Tone = "plain"
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Numbers side by side on one scale.

    low, high: ends of the scale. digits: decimals shown. unit: written behind every value.
    """

    bars: Sequence[Bar]
    low: float = 0.0
    high: float = 1.0
    digits: int = 3
    unit: str = ""
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line through points, NaN leaving a gap; dots: draw the points too; steps: y holds from the x before."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    style: Style = "line"


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Curves in one frame.

    x_range, y_range: ends of the axes, None: those of the points. cursor: an upright line at this x.
    """

    lines: Sequence[Line]
    x_label: str
    y_label: str
    x_range: tuple[float, float] | None = (0.0, 1.0)
    y_range: tuple[float, float] | None = (0.0, 1.0)
    x_scale: Literal["linear", "log"] = "linear"
    cursor: float | None = None
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A small table of plain texts; numbers: the columns aligned to the right. strong: the row that is emphasised."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    strong: int | None = None
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The confusion matrix of all images together, in counts or as shares. unit: of what there are counts."""

    statistics: mc.Statistics
    normalise: Literal["count", "true", "predicted", "all"] = "count"
    unit: str = "pixels"


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """The images of the data side by side: where the label is found, missed and invented.

    label: the class; None: right or wrong, all classes. names: captions of the images, their own where empty.
    """

    data: Data
    label: int | None = 1
    names: Sequence[str] = ()
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Map:
    """One image of the data on the zoomable error map."""

    data: Data
    image: int = 0
    label: int | None = 1


Picture = Bars | Lines | Table | Matrix | Tiles | Map
