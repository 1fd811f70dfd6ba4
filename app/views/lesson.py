"""Turns a lesson's pictures into what app.components.lesson_figure draws, as plain JSON."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import metrics_core as mc
from app.lessons.pictures import Bar, Bars, Line, Lines, Table, Tiles
from app.views.text import format_count, format_score

Drawn = Bars | Lines | Table | Tiles

_RIGHT, _INVENTED, _MISSED, _OTHERWISE, _REST, _VOID = range(6)
_LEGEND = {
    _RIGHT: "found (TP)",
    _INVENTED: "invented (FP)",
    _MISSED: "missed (FN)",
    _OTHERWISE: "wrong",
    _REST: "rest",
    _VOID: "void, not counted",
}
_TICKS = 5
_PLAIN_POWERS = 4  # of ten, and of a tenth, that are written out
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure_data(picture: Drawn) -> dict[str, Any]:
    """What the browser draws of a picture."""
    match picture:
        case Bars():
            return _bars(picture)
        case Lines():
            return _lines(picture)
        case Table():
            return _table(picture)
        case Tiles():
            return _tiles(picture)


def with_exact_counts(data: dict[str, Any], statistics: mc.Statistics) -> dict[str, Any]:
    """The data of a confusion matrix in pixels, large counts written out: a lesson's are to be added up."""
    counts = statistics.pooled.tables.block(0, 1)[0].tolist()
    rows: list[dict[str, Any]] = data["rows"]
    for row, line in zip(rows, counts, strict=False):
        for cell, count in zip(row["cells"], line, strict=False):
            cell["text"] = format_count(count) if count else cell["text"]
    return data


def figure_words(picture: Drawn) -> str:
    """The picture in a sentence, for those who do not see it."""
    match picture:
        case Bars():
            return "; ".join(f"{bar.label}: {format_score(bar.value, digits=picture.digits)}" for bar in picture.bars)
        case Lines():
            return f"{picture.y_label} against {picture.x_label}: {'; '.join(map(_line_words, picture.lines))}"
        case Table():
            return "; ".join(", ".join(row) for row in picture.rows)
        case Tiles():
            names = picture.names or picture.data.image_names
            return f"images: {', '.join(names)}; {_pixel_words(picture)}"


def _bars(picture: Bars) -> dict[str, Any]:
    def bar(each: Bar) -> dict[str, Any]:
        defined = math.isfinite(each.value)
        text = format_score(each.value, digits=picture.digits) + (picture.unit if defined else "")
        start, end = sorted((_share(0.0, picture), _share(each.value, picture) if defined else _share(0.0, picture)))
        return {
            "label": each.label,
            "note": each.note,
            "tone": each.tone,
            "text": text,
            "start": round(start, 5),
            "length": round(end - start, 5) if defined else None,
        }

    ends = [f"{end:g}{picture.unit}" for end in (picture.low, picture.high)]
    return {"kind": "bars", "bars": [bar(each) for each in picture.bars], "ends": ends, "caption": picture.caption}


def _share(value: float, picture: Bars) -> float:
    return min(max((value - picture.low) / (picture.high - picture.low), 0.0), 1.0)


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """One axis of a frame."""

    low: float
    high: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a value stands, as a share of the axis."""
        if self.logarithmic:
            share = (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(share, 5)

    def ticks(self) -> list[list[float | str]]:
        """Place and text of each tick."""
        found = _log_ticks(self.low, self.high) if self.logarithmic else _ticks(self.low, self.high)
        return [[self.place(tick), _power(tick) if self.logarithmic else _number(tick)] for tick in found]


def _lines(picture: Lines) -> dict[str, Any]:
    x_low, x_high = picture.x_range or _ends([line.x for line in picture.lines])
    y_low, y_high = picture.y_range or _ends([line.y for line in picture.lines])
    across = _Scale(low=x_low, high=x_high, logarithmic=picture.x_scale == "log")
    up = _Scale(low=y_low, high=y_high)
    return {
        "kind": "lines",
        "lines": [
            {"name": line.name, "style": line.style, "points": _points(line, across, up)} for line in picture.lines
        ],
        "xLabel": picture.x_label,
        "yLabel": picture.y_label,
        "xTicks": across.ticks(),
        "yTicks": up.ticks(),
        "cursor": None if picture.cursor is None else across.place(picture.cursor),
        "caption": picture.caption,
    }


def _points(line: Line, across: _Scale, up: _Scale) -> list[list[float | str] | None]:
    """Places and texts of each point, None where its y is undefined."""
    return [
        [across.place(x), up.place(y), _number(x), format_score(y)] if math.isfinite(y) else None
        for x, y in zip(line.x, line.y, strict=True)
    ]


def _line_words(line: Line) -> str:
    """A line's name and where it begins and ends."""
    drawn = [(x, y) for x, y in zip(line.x, line.y, strict=True) if math.isfinite(y)]
    ends = [f"{format_score(y)} at {_number(x)}" for x, y in (drawn[:1] + drawn[-1:] if len(drawn) > 1 else drawn)]
    return f"{line.name}, {' to '.join(ends)}" if ends else line.name


def _number(value: float) -> str:
    """A number in a picture: thousands in groups, a tiny one as a multiple of a power of ten."""
    if 0 < abs(value) < 10.0**-_PLAIN_POWERS:
        factor, power = f"{value:.2e}".split("e")
        return f"{float(factor):g} · 10{_raised(int(power))}"
    return f"{value:,.0f}" if abs(value) >= 10.0**_PLAIN_POWERS or value == round(value) else f"{value:g}"


def _power(value: float) -> str:
    """A power of ten on a logarithmic axis, written out where it is short."""
    power = round(math.log10(value))
    return _number(value) if abs(power) <= _PLAIN_POWERS else f"10{_raised(power)}"


def _raised(power: int) -> str:
    return str(power).translate(_SUPERSCRIPTS)


def _ends(series: Sequence[Sequence[float]]) -> tuple[float, float]:
    values = [value for each in series for value in each if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers inside the range, about five."""
    rough = (high - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 10) for number in range(first, math.floor(high / step + 1e-9) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    return [10.0**power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


def _table(picture: Table) -> dict[str, Any]:
    return {
        "kind": "table",
        "columns": list(picture.columns),
        "rows": [list(row) for row in picture.rows],
        "numbers": list(picture.numbers),
        "strong": picture.strong,
        "caption": picture.caption,
    }


def _tiles(picture: Tiles) -> dict[str, Any]:
    codes = _codes(picture)
    own_names = picture.data.image_names
    names = picture.names or (own_names if len(own_names) > 1 else ("",))
    shown = sorted(int(code) for code in np.unique(codes))
    return {
        "kind": "tiles",
        "tiles": [
            {"name": name, "codes": base64.b64encode(mc.compress_labels(each)).decode("ascii")}
            for name, each in zip(names, codes, strict=True)
        ],
        "height": codes.shape[1],
        "width": codes.shape[2],
        "legend": [[code, _meaning(code, picture)] for code in shown],
        "caption": picture.caption,
    }


def _pixel_words(picture: Tiles) -> str:
    """How many pixels of the images became what."""
    codes, pixels = np.unique(_codes(picture), return_counts=True)
    return ", ".join(
        f"{format_count(number)} px {_meaning(int(code), picture)}" for code, number in zip(codes, pixels, strict=True)
    )


def _meaning(code: int, picture: Tiles) -> str:
    return "right" if code == _RIGHT and picture.label is None else _LEGEND[code]


def _codes(picture: Tiles) -> NDArray[np.uint8]:
    """What became of every pixel [image, row, column]."""
    target, prediction, label = picture.data.target, picture.data.prediction, picture.label
    if label is None:
        codes = np.where(target == prediction, _RIGHT, _OTHERWISE)
    else:
        true, predicted = target == label, prediction == label
        codes = np.select([true & predicted, predicted, true], [_RIGHT, _INVENTED, _MISSED], default=_REST)
    codes = np.where((target < 0) | (target >= picture.data.num_classes), _VOID, codes)
    return codes.astype(np.uint8)
