"""Tables: CSV files of scores, one row an image or a pixel, one column a class."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metrics_core.files.decoding import CsvStyle, Decoded, Request
from metrics_core.files.npy import Array
from metrics_core.files.refusals import FileError, clean_name, display_name, refusal
from metrics_core.files.texts import csv_rows, decode_text

MOST_ROWS = 2_000_000
MOST_COLUMNS = 4096
_SEPARATORS: dict[CsvStyle, str] = {"comma": ",", "semicolon": ";", "decimal_comma": ";", "tab": "\t"}
_PLACES = ("image", "pixel", "row", "column")
_LABELS = ("target", "prediction")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, kw_only=True)
class _Table:
    images: list[str]
    values: Array  # [row of the table, value]
    names: tuple[str, ...]  # of the values


def read_table(data: bytes | bytearray, request: Request) -> list[Decoded]:
    """Labels or scores of a table whose first row names its columns.

    - image: the name of the image a row belongs to; without this column all rows are pixels of one image.
    - pixel, or row and column: left out, since rows count in the order given.
    - target, prediction: labels. Every other column holds the scores of the class that it names.

    A target is read from the column target; a prediction from the class columns, else from the column prediction.

    Raises:
        FileError: no such columns, a cell that is no finite number, or rows of different lengths.
    """
    table = _parsed(data, request)
    role = request.options.role
    scored = role == "prediction" and len(table.names) > 0 and table.names != ("prediction",)
    values = table.values if scored else table.values[:, 0]
    starts, order = _grouped(table.images)
    names = dict(enumerate(clean_name(name) for name in table.names)) if scored else {}
    parts = np.split(values[order], starts[1:]) if starts else [values]
    firsts = [table.images[order[start]] for start in starts] if starts else [""]
    return [
        Decoded(values=part, is_image=True, name=name, scores_axis="last" if scored else None, names=names)
        for name, part in zip(firsts, parts, strict=True)
    ]


def _grouped(images: list[str]) -> tuple[list[int], np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Where each image's rows start once rows are in `order`: images as they come first, rows as given."""
    first: dict[str, int] = {}
    index = np.array([first.setdefault(name, len(first)) for name in images], np.intp)
    order = np.argsort(index, kind="stable")
    starts = np.searchsorted(index[order], np.arange(len(first)))
    return [int(start) for start in starts], order


def _parsed(data: bytes | bytearray, request: Request) -> _Table:
    where, style = request.where, request.options.csv_style
    text = decode_text(data, where=where, most=request.budget.limits.table_bytes)
    rows = csv_rows(text, separator=_SEPARATORS[style], where=where)
    header = tuple(cell.strip() for cell in next(rows, (1, []))[1])
    columns = _columns(header, request)
    image = header.index("image") if "image" in header else None
    images: list[str] = []
    values = array("d")
    count = 0
    for line, row in rows:
        if count >= MOST_ROWS:
            raise refusal(where, expected=f"at most {MOST_ROWS:,} rows", got="more", todo="split the file")
        if len(row) != len(header):
            expected = f"{len(header)} cells in line {line:,} as in the first row"
            raise refusal(where, expected=expected, got=f"{len(row)}", todo="correct the line")
        values.extend(_number(row[column], header[column], line, request) for column in columns)
        count += 1
        if image is not None:
            images.append(row[image].strip())
    if not count:
        raise refusal(where, expected="at least one row below the first", got="none", todo="add the scores")
    if image is not None and not all(0 < len(name) <= 255 for name in images):
        raise refusal(
            where, expected="a name of 1 to 255 characters in every row of image", got="another", todo="name it"
        )
    request.budget.spend(8 * len(values), where=where)
    names = tuple(header[column] for column in columns)
    found = np.frombuffer(values, np.float64).reshape(count, len(columns))
    return _Table(images=images, values=found, names=names)


def _columns(header: Sequence[str], request: Request) -> list[int]:
    """The columns that hold the role's values.

    Raises:
        FileError: a separator other than the declared one, a name twice, or no such columns.
    """
    where, role = request.where, request.options.role
    if len(header) == 1 and any(sign in header[0] for sign in ",;\t"):
        raise _other_separator(header[0], request)
    if len(set(header)) != len(header) or "" in header or len(header) > MOST_COLUMNS:
        expected = f"1 to {MOST_COLUMNS:,} columns, each with a name of its own in the first row"
        raise refusal(where, expected=expected, got=display_name(", ".join(header), characters=40), todo="rename them")
    scores = [index for index, name in enumerate(header) if name not in (*_PLACES, *_LABELS)]
    if role == "target":
        found = [header.index("target")] if "target" in header else scores if len(scores) == 1 else []
    else:
        found = scores or [index for index, name in enumerate(header) if name == "prediction"]
    if not found:
        wanted = "target" if role == "target" else "of scores, or one named prediction"
        got = display_name(", ".join(header), characters=40)
        raise refusal(where, expected=f"a column {wanted}", got=got, todo="add it")
    return found


def _other_separator(header: str, request: Request) -> FileError:
    sign = next(sign for sign in ";\t," if sign in header)
    style = {";": "'semicolon' or 'decimal_comma'", "\t": "'tab'", ",": "'comma'"}[sign]
    expected = f"columns separated as csv_style={request.options.csv_style!r} says"
    got = display_name(header, characters=40)
    return refusal(request.where, expected=expected, got=got, todo=f"pass csv_style={style}")


def _number(cell: str, column: str, line: int, request: Request) -> float:
    text = cell.strip()
    if request.options.csv_style == "decimal_comma" and "." not in text:
        text = text.replace(",", ".")
    if _NUMBER.fullmatch(text) and abs(number := float(text)) < float("inf"):
        return number
    got = f"{display_name(cell, characters=20)} in line {line:,}, column {display_name(column, characters=20)}"
    todo = "correct it" if "," not in cell else "correct it, or pass csv_style='decimal_comma'"
    raise refusal(request.where, expected="a finite number", got=got, todo=todo)
