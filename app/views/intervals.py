"""Intervals in words and as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import metrics_core as mc
from app.views.axis import Axis
from app.views.bars import Bar, bars_data
from app.views.text import format_score, shorten

_NAME_LIMIT = 40
_POINT = 0.004  # half the length of a bar that stands for a score without an interval


@dataclass(frozen=True, kw_only=True)
class IntervalBar:
    """A named score with its interval, and a line that explains it."""

    label: str
    score: mc.Interval
    note: str


def short_interval(interval: mc.Interval | None) -> str:
    """Both ends, such as 0.710 to 0.820; "" without an interval."""
    if interval is None or math.isnan(interval.low):
        return ""
    return f"{format_score(interval.low)} to {format_score(interval.high)}"


def short_ends(interval: mc.Interval | None) -> str:
    """Both ends in as few letters as a cell of a table has room for; "" without an interval."""
    if interval is None or math.isnan(interval.low):
        return ""
    return "–".join(format_score(end, digits=2).removeprefix("0") for end in (interval.low, interval.high))


def interval_words(found: mc.Interval | str) -> str:
    """The interval of a score and how it was found, or why there is none."""
    if isinstance(found, str):
        return f"No interval: {found}."
    if not (ends := short_interval(found)):
        return f"No interval: {found.note.removeprefix('no interval: ')}."
    units = f"{found.drawn:,} {found.unit}s, {found.resamples:,} resamples, seed {found.seed}"
    caution = f" {found.note[0].upper()}{found.note[1:]}." if found.note else ""
    return f"{found.level * 100:.0f} % interval **{ends}** · bootstrap over {units}.{caution}"


def interval_bars_data(rows: Sequence[IntervalBar], *, title: str) -> dict[str, Any]:
    """Returns what app.components.bars draws: one bar a row from low to high, the score behind it."""
    values = [each for row in rows for each in (row.score.value, row.score.low, row.score.high) if math.isfinite(each)]
    low, high = min([0.0, *values]), max([1.0, *values])
    bars = [_bar(row, reach=high - low) for row in rows]
    summary = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return bars_data(bars, axis=Axis(low=low, high=high), title=title, summary=summary, numbers="right")


def _bar(row: IntervalBar, *, reach: float) -> Bar:
    value, ends = row.score.value, short_interval(row.score)
    lines = [row.label, f"{format_score(value, digits=4)}{f', 95 % interval {ends}' if ends else ''}", row.note]
    half = _POINT * reach
    start, end = (row.score.low, row.score.high) if ends else (value - half, value + half)
    defined = math.isfinite(value)
    return Bar(
        label=shorten(row.label, limit=_NAME_LIMIT),
        start=start if defined else 0.0,
        end=end if defined else 0.0,
        kind="undefined" if not defined else "up" if ends else "total",
        text=format_score(value),
        tip="\n".join(line for line in lines if line),
    )
