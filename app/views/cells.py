"""Tables of cells that can be clicked: coloured, explained under the pointer, some of them framed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

STRONG_GREEN, STRONG_VERMILLION, STRONG_PALE = 0.82, 0.9, 0.65
"""Opacity from which on black text is readable on a dark page too: on green, on vermillion, on the pale colours."""

_LETTER_REM = 0.43
_SIDE_BY_SIDE = 44  # letters of all column names together up to which they fit side by side
_FEW_COLUMNS = 9  # more headings than these stand upright


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What a cell says, its colour as CSS, and what explains it, line by line.

    second: a smaller second line in the cell; edged: a thin edge; chosen: a frame, with a mark in its corner if given.
    strong: the colour is strong enough to need black text.
    """

    text: str
    tip: str
    colour: str
    second: str = ""
    mark: str = ""
    strong: bool = False
    edged: bool = False
    chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of rows and columns, what stands in the corner between them, and shorter labels in place of row names."""

    rows: Sequence[str]
    columns: Sequence[str]
    corner: str
    row_labels: Sequence[str] = ()


def cells_data(
    cells: Sequence[Sequence[Cell | None]],
    names: Names,
    *,
    height: int,
    least_width: int,
    widest_name: float,
    long_headings: Literal["slanted", "upright"],
    note: str = "",
) -> dict[str, Any]:
    """Returns what app.components.matrix draws of cells [row][column], as plain JSON; None leaves a cell blank.

    height, least_width: of a cell, in pixels; widest_name: room for row names, in rem.
    long_headings: how column names stand that do not fit side by side.
    """
    labels = names.row_labels or names.rows
    longest = max(map(len, labels), default=0)
    return {
        "corner": names.corner,
        "columns": list(names.columns),
        "rows": [
            {"name": name, "label": label, "cells": [cell and _cell_data(cell) for cell in line]}
            for name, label, line in zip(names.rows, labels, cells, strict=True)
        ],
        "headings": _headings(names.columns, long_headings),
        "sizes": {
            "height": f"{height}px",
            "least": f"{least_width}px",
            "names": f"{min(max(6.6, _LETTER_REM * longest + 0.6), widest_name):.1f}rem",
        },
        "note": note,
    }


def _cell_data(cell: Cell) -> dict[str, Any]:
    data: dict[str, Any] = {"text": cell.text, "tip": cell.tip, "colour": cell.colour}
    # Most cells have none of these: left out, they need not travel.
    extras = {
        "second": cell.second,
        "mark": cell.mark,
        "strong": cell.strong,
        "edged": cell.edged,
        "chosen": cell.chosen,
    }
    return data | {name: value for name, value in extras.items() if value}


def _headings(names: Sequence[str], long: Literal["slanted", "upright"]) -> str:
    if len(names) > _FEW_COLUMNS:
        return "upright"
    return long if max(map(len, names), default=0) * len(names) > _SIDE_BY_SIDE else "level"
