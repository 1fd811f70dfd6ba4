"""Metadata: a CSV table of what is known of the images, read as labels of slices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metrics_core.files.refusals import clean_name, display_name, display_names, refusal
from metrics_core.files.texts import csv_rows, decode_text

LONGEST_METADATA = 16 * 2**20
MOST_IMAGES, MOST_COLUMNS, LONGEST_CELL = 200_000, 100, 200
MOST_LABELS = 40
_FEW_NUMBERS = 8  # numeric columns with more values are cut into quantiles
_QUANTILES = 4


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """A table about images: the value of each image name by column; images: how many of those scored it has."""

    columns: Mapping[str, Mapping[str, str]]
    images: int

    def labels(self, column: str) -> dict[str, str]:
        """The slice of each image name: its value, or the quantile of it where a column holds many numbers.

        Raises:
            FileError: more than 40 values that are no numbers.
        """
        values = {name: value for name, value in self.columns[column].items() if value}
        distinct = set(values.values())
        numbers = {value: _number(value) for value in distinct}
        if len(distinct) > _FEW_NUMBERS and not any(math.isnan(number) for number in numbers.values()):
            return _quantiles({name: numbers[value] for name, value in values.items()})
        if len(distinct) > MOST_LABELS:
            where = f"column {display_name(column, characters=40)}"
            expected = f"at most {MOST_LABELS} values, or numbers"
            raise refusal(where, expected=expected, got=f"{len(distinct):,}", todo="choose a column of fewer values")
        return values


def read_metadata(name: str, data: bytes | bytearray, image_names: Sequence[str]) -> Metadata:
    """A table whose first row names its columns, one of them image (else the first); comma, semicolon or tab.

    Rows are matched to image names as they are, or without a file's extension. Rows of other images are left out.

    Raises:
        FileError: no such table, an image twice, no column besides image, or none of the images.
    """
    where = display_name(name)
    text = decode_text(data, where=where, most=LONGEST_METADATA)
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = csv_rows(text, separator=separator, where=where)
    header = [clean_name(cell.strip())[:LONGEST_CELL] for cell in next(rows, (1, []))[1]]
    if not 2 <= len(header) <= MOST_COLUMNS or len(set(header)) != len(header) or "" in header:
        expected = f"2 to {MOST_COLUMNS} columns, each with a name of its own in the first row"
        raise refusal(where, expected=expected, got=display_name(", ".join(header), characters=40), todo="rename them")
    key = header.index("image") if "image" in header else 0
    found: dict[str, list[str]] = {}
    for line, row in rows:
        if len(row) != len(header):
            expected = f"{len(header)} cells in line {line:,} as in the first row"
            raise refusal(where, expected=expected, got=f"{len(row)}", todo="correct the line")
        image = row[key].strip()
        if image in found or len(found) >= MOST_IMAGES:
            expected = f"every image once, and at most {MOST_IMAGES:,}"
            raise refusal(where, expected=expected, got=f"{display_name(image)} in line {line:,}", todo="correct it")
        found[image] = [clean_name(cell.strip()[:LONGEST_CELL]) for cell in row]
    return _matched(found, header, key, image_names, where)


def _matched(
    found: Mapping[str, list[str]], header: Sequence[str], key: int, image_names: Sequence[str], where: str
) -> Metadata:
    by_stem = {_stem(image): row for image, row in found.items()}
    rows = {name: found.get(name) or by_stem.get(_stem(name)) for name in image_names}
    matched = {name: row for name, row in rows.items() if row is not None}
    if not matched:
        got = display_names(list(found)) or "no row"
        expected = f"rows of the images scored, such as {display_names(list(image_names)[:2])}"
        raise refusal(where, expected=expected, got=got, todo="use their names")
    columns = {
        column: {name: row[place] for name, row in matched.items()}
        for place, column in enumerate(header)
        if place != key
    }
    return Metadata(columns=columns, images=len(matched))


def _stem(name: str) -> str:
    """The name without a file's extension."""
    before, dot, after = name.rpartition(".")
    return before if dot and before and after.isalnum() and not after.isdecimal() else name


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _quantiles(values: Mapping[str, float]) -> dict[str, str]:
    numbers = np.array(list(values.values()))
    cuts = np.unique(np.quantile(numbers, np.arange(1, _QUANTILES) / _QUANTILES))
    places = np.searchsorted(cuts, numbers, side="left")
    ends = {int(place): numbers[places == place] for place in np.unique(places)}
    texts = {
        place: f"{order}: {inside.min():g} to {inside.max():g}" for order, (place, inside) in enumerate(ends.items(), 1)
    }
    return {name: texts[int(place)] for name, place in zip(values, places, strict=True)}
