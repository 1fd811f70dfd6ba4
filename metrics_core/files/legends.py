"""Legends: class names, colours and labels, from CSV, JSON or TOML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from metrics_core.files.refusals import clean_name, display_name, refusal
from metrics_core.files.texts import csv_rows, decode_text, parse_json, parse_toml

MOST_ENTRIES = 65_536
LONGEST_CLASS_NAME = 200
LONGEST_LEGEND = 4 * 2**20
_VOID_NAMES = {"void", "ignore", "ignored", "unlabeled", "unlabelled", "unknown"}
_COLUMNS = {"name", "colour", "color", "label", "id", "r", "g", "b", "red", "green", "blue"}


@dataclass(frozen=True, kw_only=True)
class LegendEntry:
    """One class: its label, its name, and its colour "#RRGGBB" if it has one."""

    label: int
    name: str
    colour: str | None = None


@dataclass(frozen=True, kw_only=True)
class Legend:
    """Classes in the order of their labels; the file they come from, as messages call it."""

    entries: tuple[LegendEntry, ...]
    where: str = "the legend"

    @property
    def void(self) -> LegendEntry | None:
        """The one entry whose name says that its pixels belong to no class."""
        found = [entry for entry in self.entries if entry.name.strip().lower() in _VOID_NAMES]
        return found[0] if len(found) == 1 else None

    @property
    def names(self) -> dict[int, str]:
        """Class names by label, without void."""
        return {entry.label: entry.name for entry in self.entries if entry is not self.void}

    @property
    def colours(self) -> dict[int, str]:
        """Colours by label, without void."""
        return {entry.label: entry.colour for entry in self.entries if entry.colour and entry is not self.void}


def read_legend(name: str, data: bytes) -> Legend:
    """A legend from a file.

    A .csv has the columns name, colour (or r, g, b) and label; .json and .toml have a list "classes" of the same
    fields. Without labels the order counts, from 0.

    Raises:
        FileError: another format, a field that is missing or wrong, or a label, name or colour that occurs twice.
    """
    where, kind = display_name(name), name.rpartition(".")[2].lower()
    if kind == "csv":
        rows = _csv_entries(decode_text(data, where=where, most=LONGEST_LEGEND), where=where)
    elif kind in ("json", "toml"):
        parse = parse_json if kind == "json" else parse_toml
        rows = _listed(parse(data, where=where, most=LONGEST_LEGEND), where=where)
    else:
        raise refusal(where, expected="a legend that ends in .csv, .json or .toml", got="another", todo="rename it")
    return make_legend(rows, where=where)


def make_legend(rows: Sequence[Mapping[str, Any]], *, where: str) -> Legend:
    """A legend from rows with name, colour (or color, or r, g, b), and label (or id).

    Raises:
        FileError: as for `read_legend`.
    """
    if not 0 < len(rows) <= MOST_ENTRIES:
        raise refusal(where, expected=f"1 to {MOST_ENTRIES:,} classes", got=f"{len(rows):,}", todo="list every class")
    entries = [_entry(row, number, where=where) for number, row in enumerate(rows)]
    for field in ("label", "name", "colour"):
        values = [getattr(entry, field) for entry in entries if getattr(entry, field) is not None]
        if len(set(values)) != len(values):
            twice = next(value for value in values if values.count(value) > 1)
            got = f"{display_name(str(twice), characters=30)} twice"
            raise refusal(where, expected=f"a {field} of its own for every class", got=got, todo="change one of them")
    return Legend(entries=tuple(sorted(entries, key=lambda entry: entry.label)), where=where)


def is_legend_header(header: Sequence[str]) -> bool:
    """Whether the first row of a table is that of a legend, and not of scores."""
    names = {cell.strip().lower() for cell in header}
    return "name" in names and names <= _COLUMNS


def _csv_entries(text: str, *, where: str) -> list[dict[str, Any]]:
    separator = next((sign for sign in ",;\t" if sign in text.partition("\n")[0]), ",")
    rows = [
        row for _, row in zip(range(MOST_ENTRIES + 2), csv_rows(text, separator=separator, where=where), strict=False)
    ]
    if not rows or not is_legend_header(rows[0][1]):
        got = display_name(", ".join(rows[0][1]) if rows else "nothing", characters=40)
        raise refusal(where, expected="a first row such as name,colour,label", got=got, todo="add it")
    header = [cell.strip().lower() for cell in rows[0][1]]
    for line, row in rows[1:]:
        if len(row) != len(header):
            expected = f"{len(header)} cells in line {line}"
            raise refusal(where, expected=expected, got=f"{len(row)}", todo="correct the line")
    return [dict(zip(header, (cell.strip() for cell in row), strict=True)) for _, row in rows[1:]]


def _listed(content: Any, *, where: str) -> list[dict[str, Any]]:
    found = content.get("classes", content.get("categories")) if isinstance(content, dict) else content
    rows = cast("list[Any]", found) if isinstance(found, list) else []
    if not rows or not all(isinstance(row, dict) for row in rows):
        got = display_name(str(found)[:40], characters=40)
        raise refusal(where, expected='a list "classes" of name, colour and label', got=got, todo="write one")
    return cast("list[dict[str, Any]]", rows)


def _entry(row: Mapping[str, Any], number: int, *, where: str) -> LegendEntry:
    name = row.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_CLASS_NAME:
        expected = f"a name of 1 to {LONGEST_CLASS_NAME} characters for class {number}"
        raise refusal(where, expected=expected, got=display_name(str(name)[:40], characters=20), todo="name it")
    label = row.get("label", row.get("id", number))
    text = str(label).strip()
    if isinstance(label, bool) or not re.fullmatch(r"-?[0-9]{1,9}", text):
        expected = f"a whole number as the label of {display_name(name, characters=20)}"
        raise refusal(where, expected=expected, got=display_name(text[:40], characters=20), todo="correct it")
    return LegendEntry(label=int(text), name=clean_name(name.strip()), colour=_colour(row, name, where=where))


def _colour(row: Mapping[str, Any], name: str, *, where: str) -> str | None:
    colour = row.get("colour", row.get("color"))
    if colour is None:
        parts = [row.get(letter, row.get(word)) for letter, word in (("r", "red"), ("g", "green"), ("b", "blue"))]
        colour = None if all(part is None for part in parts) else parts
    if colour is None or colour == "":
        return None
    if isinstance(colour, list):
        texts = [str(part).strip() for part in cast("list[Any]", colour)]
        if len(texts) == 3 and all(re.fullmatch("[0-9]{1,3}", part) and int(part) < 256 for part in texts):
            return "#" + "".join(f"{int(part):02X}" for part in texts)
    elif re.fullmatch("#[0-9A-Fa-f]{6}", str(colour)):
        return str(colour).upper()
    expected = f"a colour such as #0072B2 for {display_name(name, characters=20)}"
    raise refusal(where, expected=expected, got=display_name(str(colour)[:40], characters=20), todo="correct it")
