"""Scores of many libraries and metrics side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.views.axis import Axis
from app.views.cells import STRONG_PALE, Cell, Names, cells_data
from app.views.colours import ORANGE, SKY, with_alpha
from app.views.strip import Dot, Label, strip_data
from app.views.text import format_difference, format_score, shorten

Place = tuple[int, int]
_NAME_LIMIT = 31
_TIP_LINES = 12
_ENDS = {"1": "the way begins here", "2": "the way ends here"}


def disagreement_data(
    values: ArrayLike,
    *,
    row_names: Sequence[str],
    column_names: Sequence[str],
    row_labels: Sequence[str] = (),
    absent: ArrayLike | None = None,
    reference: ArrayLike | None = None,
    notes: Sequence[Sequence[str]] | None = None,
    seconds: Sequence[Sequence[str]] | None = None,
    start: Place | None = None,
    end: Place | None = None,
) -> dict[str, Any]:
    """Returns what app.components.matrix draws of scores [row, column], such as libraries by metrics.

    With a reference [column], colour and number show the difference from it: orange below, blue above.
    ∅ marks an undefined score; absent [row, column] marks cells for which there is nothing to compute, left blank.
    row_labels stand beside the rows in place of their names; notes [row][column] are further lines for the pointer.
    seconds [row][column] are smaller second lines in the cells. start and end are framed, and numbered 1 and 2.
    """
    scores = np.asarray(values, dtype=np.float64)
    missing = np.zeros(scores.shape, dtype=bool) if absent is None else np.asarray(absent, dtype=bool)
    references = None if reference is None else np.asarray(reference, dtype=np.float64)
    shown = scores if references is None else scores - references
    strengths = _strengths(np.where(missing, 0.0, shown), relative=references is not None)

    def cell(row: int, column: int) -> Cell | None:
        if missing[row, column]:
            return None
        return _cell(
            float(scores[row, column]),
            None if references is None else float(references[column]),
            strength=float(strengths[row, column]),
            name=f"{row_names[row]} · {column_names[column]}",
            note=notes[row][column] if notes else "",
            second=seconds[row][column] if seconds else "",
            ends=[mark for mark, place in zip(_ENDS, (start, end), strict=True) if place == (row, column)],
        )

    return cells_data(
        [[cell(row, column) for column in range(scores.shape[1])] for row in range(scores.shape[0])],
        Names(
            rows=row_names,
            columns=column_names,
            corner="call ↓ score →",
            row_labels=[shorten(name, limit=_NAME_LIMIT) for name in row_labels or row_names],
        ),
        height=38 if seconds else 25,
        least_width=50 if seconds else 40,
        widest_name=13.5,
        long_headings="slanted",
    )


def _cell(
    score: float, reference: float | None, *, strength: float, name: str, note: str, second: str, ends: Sequence[str]
) -> Cell:
    lines = [name, *_score_lines(score, reference), *([note] if note else []), *(_ENDS[mark] for mark in ends)]
    return Cell(
        text=format_score(score, digits=2) if reference is None else format_difference(score - reference, digits=2),
        second=second,
        tip="\n".join(lines),
        colour=with_alpha(ORANGE if strength < 0 else SKY, round(abs(strength), 3)),
        strong=abs(strength) >= STRONG_PALE,
        chosen=bool(ends),
        mark="·".join(ends),
    )


def _score_lines(score: float, reference: float | None) -> list[str]:
    lines = [f"score {format_score(score, digits=4)}"]
    if reference is not None:
        lines.append(f"reference {format_score(reference, digits=4)}")
        lines.append(f"difference {format_difference(score - reference, digits=4)}")
    return lines


def _strengths(shown: NDArray[np.float64], *, relative: bool) -> NDArray[np.float64]:
    """Returns −1..1 a cell: the score itself, or the square root of a difference relative to the largest one."""
    if not relative:
        return np.clip(np.nan_to_num(shown, nan=0.0, posinf=1.0, neginf=0.0), 0, 1)
    sizes = np.abs(np.nan_to_num(shown, nan=0.0, posinf=1.0, neginf=1.0))
    return np.sign(np.nan_to_num(shown)) * np.sqrt(sizes / max(float(sizes.max(initial=0.0)), 1e-12))


@dataclass(frozen=True, kw_only=True)
class SpreadValue:
    """One value that several calls give: a line of text for each of them."""

    value: float
    calls: tuple[str, ...]


def spread_data(
    spread: Sequence[SpreadValue], *, caption: str, own: float = float("nan"), selected: int | None = None
) -> dict[str, Any]:
    """Returns what app.components.strip draws: one dot a value, and the user's own score.

    A dot is larger the more calls give its value; its index is the place in spread. Undefined values have no dot.
    """
    dots = [
        Dot(
            value=each.value,
            kind="chosen" if index == selected else "value",
            tip=_spread_tip(each),
            index=index,
            size=round(8 + 2.6 * len(each.calls) ** 0.5, 1),
        )
        for index, each in enumerate(spread)
        if np.isfinite(each.value)
    ]
    labels: list[Label] = []
    if np.isfinite(own):
        dots.append(Dot(value=own, kind="own", tip=f"your rules\n{format_score(own, digits=4)}"))
        labels.append(Label(value=own, text=f"your rules {format_score(own)}", at="above"))
    values = [dot.value for dot in dots] or [0.0, 1.0]
    pad = max((max(values) - min(values)) * 0.04, 0.004)
    axis = Axis(low=min(values) - pad, high=max(values) + pad)
    return strip_data(dots, axis=axis, labels=labels, caption=caption, most_ticks=8)


def _spread_tip(spread: SpreadValue) -> str:
    more = len(spread.calls) - _TIP_LINES
    lines = [format_score(spread.value, digits=4), *spread.calls[:_TIP_LINES]]
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)
