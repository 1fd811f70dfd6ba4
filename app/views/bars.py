"""Bars with a label and a number each on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.views.axis import Axis
from app.views.colours import GREY, MARK, ORANGE

BarKind = Literal["total", "up", "down", "undefined"]
_COLOURS: dict[BarKind, str] = {"total": GREY, "up": MARK, "down": ORANGE, "undefined": GREY}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar from one value to another, its number, and what explains it, line by line.

    joint: whether a line leads to its start from the bar above; undefined bars have no length.
    """

    label: str
    start: float
    end: float
    kind: BarKind
    text: str
    tip: str
    joint: bool = False


def bars_data(
    bars: Sequence[Bar], *, axis: Axis, title: str, summary: str, numbers: Literal["right", "outside"]
) -> dict[str, Any]:
    """Returns what app.components.bars draws, as plain JSON.

    numbers: right of every bar, or outside: left of those that lead to the left.
    summary: what the bars say together, for those who do not see them.
    """
    sides = ["left" if numbers == "outside" and bar.end < bar.start else "right" for bar in bars]
    return {
        "rows": [_row(bar, axis, side) for bar, side in zip(bars, sides, strict=True)],
        "ticks": axis.ticks(most=4),
        "title": title,
        "summary": summary,
        "room": {
            "letters": max((len(bar.label) for bar in bars), default=0),
            **{
                side: max((len(bar.text) for bar, at in zip(bars, sides, strict=True) if at == side), default=0)
                for side in ("left", "right")
            },
        },
    }


def _row(bar: Bar, axis: Axis, side: str) -> dict[str, Any]:
    left, right = sorted((axis.place(bar.start), axis.place(bar.end)))
    return {
        "label": bar.label,
        "left": left,
        "right": right,
        "kind": bar.kind,
        "colour": _COLOURS[bar.kind],
        "text": bar.text,
        "side": side,
        "tip": bar.tip,
        "joint": axis.place(bar.start) if bar.joint else None,
    }
