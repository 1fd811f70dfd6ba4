"""Progress: which lessons were seen and answered, as a short text for the address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, cast

Mark = Literal["seen", "right", "wrong"]

_SIGNS: dict[str, Mark] = {"s": "seen", "r": "right", "w": "wrong"}
_LETTERS = {mark: sign for sign, mark in _SIGNS.items()}


def read_progress(text: str) -> dict[int, Mark]:
    """Marks by the lesson's number, from a text such as "1r2w17s"; what is not such a text is skipped."""
    return {int(number): _SIGNS[sign] for number, sign in re.findall(r"(\d{1,4})([srw])", text)}


def write_progress(marks: Mapping[int, Mark]) -> str:
    """The text of marks, in the order of the numbers."""
    return "".join(f"{number}{_LETTERS[marks[number]]}" for number in sorted(marks))


def with_mark(text: str, number: int, mark: Mark) -> str:
    """The text with one more mark; the latest answer counts, and seeing a lesson again does not undo it."""
    marks = read_progress(text)
    if mark != "seen" or number not in marks:
        marks[number] = mark
    return write_progress(marks)


def count_marks(text: str, numbers: Iterable[int]) -> tuple[int, int, int]:
    """How many of these lessons were answered right, answered wrong, and seen only."""
    marks = read_progress(text)
    found = [marks.get(number) for number in numbers]
    return cast("tuple[int, int, int]", tuple(found.count(mark) for mark in ("right", "wrong", "seen")))
