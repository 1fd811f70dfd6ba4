"""Fields of a TOML file, each with its line, so that a refusal can say where."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\"'.-]+)\s*=")


class LessonError(ValueError):
    """A lesson's file that cannot be used: which line, which field, what was expected, what came."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """One table of the file. path: its name, "" for the top; lines: line numbers by the full name of a field."""

    values: Mapping[str, Any]
    path: str
    lines: Mapping[str, int]

    def error(self, name: str, expected: str) -> LessonError:
        """The refusal of a field."""
        full = self._full(name)
        line = self.lines.get(full) or self.lines.get(self.path) or 1
        came = f"got {_short(self.values[name])}" if name in self.values else "it is missing"
        return LessonError(f"line {line}, {full}: expected {expected}; {came}")

    def refuse_others(self, *known: str) -> None:
        """Refuse a field by a name that is not known: most often a slip."""
        for name in self.values:
            if name not in known:
                raise self.error(name, f"one of the fields {', '.join(known)}")

    def text(self, name: str, *, limit: int, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self.values.get(name, default)
        if not isinstance(value, str) or len(value) > limit or (not value.strip() and default is None):
            raise self.error(name, f"a text of 1 to {limit} letters")
        return value.strip()

    def choice(self, name: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        """One of some words."""
        value = self.values.get(name, default)
        if value not in allowed:
            raise self.error(name, "one of " + ", ".join(f'"{each}"' for each in allowed))
        return cast("str", value)

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number."""
        value = self.values.get(name)
        if type(value) is not int or not low <= value <= high:
            raise self.error(name, f"a whole number from {low} to {high}")
        return value

    def texts(self, name: str, *, least: int, most: int, limit: int) -> list[str]:
        """A list of different texts."""
        value = self._list(name)
        texts = [each.strip() for each in value if isinstance(each, str) and 0 < len(each.strip()) <= limit]
        if len(texts) != len(value) or not least <= len(set(texts)) == len(texts) <= most:
            raise self.error(name, f"a list of {least} to {most} different texts of 1 to {limit} letters")
        return texts

    def scalars(self, name: str, *, least: int, most: int) -> list[int | float | str]:
        """A list of different numbers or words."""
        value = self._list(name)
        fit = [each for each in value if isinstance(each, str | int | float) and not isinstance(each, bool)]
        finite = [each for each in fit if isinstance(each, str) or math.isfinite(each)]
        if len(finite) != len(value) or not least <= len({str(each) for each in finite}) == len(finite) <= most:
            raise self.error(name, f"a list of {least} to {most} different numbers or words")
        return finite

    def table(self, name: str) -> Fields:
        """A table inside this one."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise self.error(name, f"a table [{self._full(name)}]")
        return Fields(values=cast("dict[str, Any]", value), path=self._full(name), lines=self.lines)

    def tables(self, name: str, *, least: int, most: int) -> list[Fields]:
        """A list of tables [[name]]."""
        value = self._list(name)
        if not all(isinstance(each, dict) for each in value) or not least <= len(value) <= most:
            raise self.error(name, f"{least} to {most} tables [[{self._full(name)}]]")
        return [
            Fields(values=cast("dict[str, Any]", each), path=f"{self._full(name)}[{index}]", lines=self.lines)
            for index, each in enumerate(value, 1)
        ]

    def _list(self, name: str) -> list[Any]:
        value = self.values.get(name, [])
        return cast("list[Any]", value) if isinstance(value, list) else [None]

    def _full(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def read_fields(data: bytes, *, limit: int) -> Fields:
    """The top table of a file.

    Raises:
        LessonError: too large, no UTF-8, or no TOML.
    """
    if len(data) > limit:
        raise LessonError(f"line 1, the file: expected at most {limit // 1024} kB; got {len(data) // 1024} kB")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise LessonError(f"line {line}, the file: expected UTF-8 text; save it as UTF-8") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = at[1] if at else str(text.count("\n") + 1)
        what = re.sub(r" \(at .*\)", "", str(error))
        raise LessonError(f"line {line}, the file: expected TOML; {what}") from None
    except RecursionError:
        raise LessonError("line 1, the file: expected a few levels of lists; got very many") from None
    return Fields(values=values, path="", lines=dict(_lines(text)))


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """The line of every table and field, as far as they begin a line of their own."""
    table, counts = "", dict[str, int]()
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            table = header[1].replace('"', "")
            if line.lstrip().startswith("[["):
                counts[table] = counts.get(table, 0) + 1
                table = f"{table}[{counts[table]}]"
            yield table, number
        elif key := _KEY.match(line):
            name = key[1].strip("\"'")
            yield (f"{table}.{name}" if table else name), number


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
