"""Drawings: the figures of a report as SVG in the colours of its style sheet; every text is escaped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from metrics_core.calibration import Reliability
from metrics_core.files.refusals import clean_name
from metrics_core.report.words import score_text

_WIDTH = 560
_NAMES = 150  # room for names left of the bars
_ROW = 24
_SHOWN_LETTERS = 22


@dataclass(frozen=True, kw_only=True)
class Whisker:
    """A named score with the ends of its interval; NaN where there are none."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan


def shown(text: str) -> str:
    """A text as markup shows it: no tag, no invisible character."""
    return escape(clean_name(text))


def whiskers_svg(rows: Sequence[Whisker], *, title: str) -> str:
    """One row a name: a dot at the score, a line from low to high; undefined rows say so."""
    values = [each for row in rows for each in (row.value, row.low, row.high)]
    low, high = _ends(values)
    height = _ROW * len(rows) + 30

    def across(value: float) -> float:
        return _NAMES + (value - low) / (high - low) * (_WIDTH - _NAMES - 70)

    parts = list(_grid(low, high, across, height - 22))
    for place, row in enumerate(rows):
        middle = _ROW * place + _ROW / 2
        parts.append(_text(_NAMES - 10, middle + 4, _shortened(row.name), anchor="end"))
        if not math.isfinite(row.value):
            parts.append(_text(_NAMES + 6, middle + 4, score_text(row.value)))
            continue
        if math.isfinite(row.low) and math.isfinite(row.high):
            ends = f'x1="{across(row.low):.1f}" x2="{across(row.high):.1f}"'
            parts.append(f'<line class="whisker" {ends} y1="{middle}" y2="{middle}"/>')
        parts.append(f'<circle class="dot" cx="{across(row.value):.1f}" cy="{middle}" r="5"/>')
        right = across(row.high if math.isfinite(row.high) else row.value)
        parts.append(_text(right + 9, middle + 4, score_text(row.value)))
    return _svg(parts, _WIDTH, height, title)


def strip_svg(values: Sequence[float], *, title: str, marked: float = math.nan) -> str:
    """One dot a value along an axis, dots of one place stacked; a line at the marked value."""
    defined = [value for value in values if math.isfinite(value)]
    low, high = _ends([*defined, marked])
    places: dict[int, int] = {}
    for value in defined:
        column = round((value - low) / (high - low) * 110)
        places[column] = places.get(column, 0) + 1
    tallest = max(places.values(), default=1)
    step = min(9.0, 110 / tallest)
    base = max(step * tallest, 12) + 14

    def across(value: float) -> float:
        return 14 + (value - low) / (high - low) * (_WIDTH - 28)

    parts = list(_grid(low, high, across, base))
    for column, number in sorted(places.items()):
        x = 14 + column / 110 * (_WIDTH - 28)
        parts += [f'<circle class="dot" cx="{x:.1f}" cy="{base - 6 - step * n:.1f}" r="4"/>' for n in range(number)]
    if math.isfinite(marked):
        x = f"{across(marked):.1f}"
        parts.append(f'<line class="mark" x1="{x}" x2="{x}" y1="2" y2="{base:.1f}"/>')
    return _svg(parts, _WIDTH, base + 22, title)


def reliability_svg(found: Reliability, *, title: str) -> str:
    """Frequency of the class against the mean score of each group; on the diagonal, scores are probabilities."""
    size, edge = 220, 30

    def at(x: float, y: float) -> tuple[str, str]:
        return f"{edge + x * size:.1f}", f"{8 + (1 - y) * size:.1f}"

    parts = [f'<rect class="frame" x="{edge}" y="8" width="{size}" height="{size}"/>']
    (x1, y1), (x2, y2) = at(0, 0), at(1, 1)
    parts.append(f'<line class="mark" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>')
    groups = zip(found.mean_scores.tolist(), found.frequencies.tolist(), strict=True)
    points = [at(score, share) for score, share in groups if math.isfinite(score) and math.isfinite(share)]
    parts.append(f'<polyline class="line" points="{" ".join(",".join(point) for point in points)}"/>')
    parts += [f'<circle class="dot" cx="{x}" cy="{y}" r="3.5"/>' for x, y in points]
    for tick in (0.0, 0.5, 1.0):
        x, y = at(tick, tick)
        parts.append(_text(float(x), size + 24, f"{tick:g}", anchor="middle"))
        parts.append(_text(edge - 5, float(y) + 4, f"{tick:g}", anchor="end"))
    parts.append(_text(edge + size / 2, size + 40, "mean score", anchor="middle"))
    return _svg(parts, size + edge + 12, size + 48, title)


def _svg(parts: Iterable[str], width: float, height: float, title: str) -> str:
    name = shown(title)
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{name}" style="max-width:{width:.0f}px">'
        f"<title>{name}</title>{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{shown(text)}</text>'


def _grid(low: float, high: float, across: Callable[[float], float], bottom: float) -> Iterable[str]:
    for tick in _ticks(low, high):
        x = across(tick)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="2" y2="{bottom:.1f}"/>'
        yield _text(x, bottom + 15, f"{tick:g}", anchor="middle")


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """An axis that holds all defined values, and 0 to 1 where they lie inside."""
    defined = [value for value in values if math.isfinite(value)]
    low, high = min([0.0, *defined]), max([1.0, *defined])
    return low, high


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, about five."""
    rough = (high - low) / 5
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough * 0.999)
    return [round(n * step, 10) for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _shortened(name: str) -> str:
    return name if len(name) <= _SHOWN_LETTERS else f"{name[: _SHOWN_LETTERS - 1]}…"
