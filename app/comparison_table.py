"""Comparison table: the user's rules and the libraries' calls, row by row, as the heat map shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

import metrics_core as mc
from app.comparison import OWN, Calls, End, Line, call_end

YOURS = "your rules"


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Rows of libraries under a first row of the user's rules, one column a family.

    The call of a cell is the one closest to the library's defaults.
    """

    calls: Calls
    own: dict[str, End]
    lines: Sequence[Line]

    @property
    def names(self) -> list[str]:
        """Names of the rows."""
        return [YOURS, *(line.name for line in self.lines)]

    @property
    def labels(self) -> list[str]:
        """Names in which each library is named once."""
        before = ["", *(line.library for line in self.lines)]
        pairs = zip(self.lines, before, strict=False)
        return [
            YOURS,
            *(line.averaging if line.averaging and line.library == last else line.name for line, last in pairs),
        ]

    @cached_property
    def keys(self) -> list[list[str]]:
        """Key of each cell's end [row][column]; "" where a library has no call."""
        rows = [[found[0].preset.key if found else "" for found in self._found(line)] for line in self.lines]
        return [[OWN + family for family in self.calls.families], *rows]

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Score of each cell [row, column]."""
        rows = [[found[0].fraction if found else math.nan for found in self._found(line)] for line in self.lines]
        return np.array([[self.own[family].value for family in self.calls.families], *rows], np.float64)

    @property
    def notes(self) -> list[list[str]]:
        """Lines on each cell [row][column]."""
        rows = [[self.calls.note(found) if found else "" for found in self._found(line)] for line in self.lines]
        return [["the rules of the sidebar"] * len(self.calls.families), *rows]

    @property
    def ends(self) -> list[list[End | None]]:
        """The end of each cell [row][column]; None where a library has no call."""
        rows = [[call_end(found[0]) if found else None for found in self._found(line)] for line in self.lines]
        return [[self.own[family] for family in self.calls.families], *rows]

    def reference(self, name: str) -> NDArray[np.float64]:
        """Scores of the row of this name, of the user's rules without one."""
        return self.values[self.names.index(name or YOURS)]

    def absent(self, reference: NDArray[np.float64] | None) -> NDArray[np.bool_]:
        """Cells without a call [row, column], or without one to compare with."""
        missing = np.array([[not key for key in row] for row in self.keys])
        return missing if reference is None else missing | np.isnan(reference)

    def place(self, end: End) -> tuple[int, int] | None:
        """Row and column of the cell that an end belongs to, if there is one."""
        if end.family not in self.own:
            return None
        column = self.calls.families.index(end.family)
        shown = [end.row is None, *(end.row in line.calls.get(end.family, ()) for line in self.lines)]
        return (shown.index(True), column) if True in shown else None

    def _found(self, line: Line) -> list[tuple[mc.Row, ...]]:
        return [line.calls.get(family, ()) for family in self.calls.families]
