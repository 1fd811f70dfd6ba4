"""A line of scores: dots that can be clicked, the user's own score marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.views.axis import Axis
from app.views.colours import GREY, MARK, VERMILLION

DotKind = Literal["rule", "value", "chosen", "own"]
"""How a dot looks: a score under other rules, a value of libraries, the chosen one of them, the user's own."""

_COLOURS: dict[DotKind, str] = {
    "rule": GREY,
    "value": MARK,
    "chosen": VERMILLION,
    "own": "var(--st-primary-color)",
}


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A score on the line; index names it when it is clicked (None: it cannot be), tip explains it, line by line."""

    value: float
    kind: DotKind
    tip: str
    index: int | None = None
    size: float = 13.0


@dataclass(frozen=True, kw_only=True)
class Label:
    """A text above or below the line."""

    value: float
    text: str
    at: Literal["above", "below"]


def strip_data(
    dots: Sequence[Dot], *, axis: Axis, labels: Sequence[Label], caption: str, most_ticks: int = 0
) -> dict[str, Any]:
    """Returns what app.components.strip draws, as plain JSON."""
    return {
        "dots": [
            {
                "place": axis.place(dot.value),
                "kind": dot.kind,
                "colour": _COLOURS[dot.kind],
                "tip": dot.tip,
                "index": dot.index,
                "size": dot.size,
            }
            for dot in dots
        ],
        "labels": [{"place": axis.place(label.value), "text": label.text, "at": label.at} for label in labels],
        "ticks": axis.ticks(most=most_ticks) if most_ticks else [],
        "caption": caption,
    }
