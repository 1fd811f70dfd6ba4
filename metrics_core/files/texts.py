"""Texts: UTF-8, JSON, TOML and CSV files read strictly, with a limit on their length."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterator
from io import StringIO
from typing import Any, NoReturn

from metrics_core.files.refusals import display_name, refusal

LONGEST_TEXT = 32 * 2**20
_CELL = 100_000


def decode_text(data: bytes | bytearray, *, where: str, most: int = LONGEST_TEXT) -> str:
    """The text of a UTF-8 file, a byte order mark left out.

    Raises:
        FileError: a file that is too long, or holds bytes that are no UTF-8.
    """
    if len(data) > most:
        raise refusal(where, expected=f"at most {most:,} bytes of text", got=f"{len(data):,}", todo="split the file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        got = f"byte {data[error.start]:#04x} at position {error.start:,}"
        raise refusal(where, expected="UTF-8 text", got=got, todo="save it as UTF-8") from None
    if "\0" in text:
        raise refusal(where, expected="UTF-8 text", got="zero bytes", todo="save it as UTF-8 text")
    return text


def parse_json(data: bytes | bytearray, *, where: str, most: int = LONGEST_TEXT) -> Any:
    """The value of a JSON file.

    Raises:
        FileError: no valid JSON (RFC 8259), a key twice, or NaN and Infinity, which JSON does not have.
    """
    text = decode_text(data, where=where, most=most)
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except RecursionError:
        raise refusal(where, expected="JSON", got="brackets nested too deeply", todo="export it again") from None
    except ValueError as error:
        got = display_name(str(error), characters=70)
        raise refusal(where, expected="valid JSON", got=got, todo="export it again") from None


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"the token {text}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key that occurs twice in one object")
    return found


def parse_toml(data: bytes | bytearray, *, where: str, most: int = LONGEST_TEXT) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        FileError: no valid TOML.
    """
    text = decode_text(data, where=where, most=most)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        got = display_name(str(error) or "brackets nested too deeply", characters=70)
        raise refusal(where, expected="valid TOML", got=got, todo="correct it") from None


def csv_rows(text: str, *, separator: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row that is not empty.

    Raises:
        FileError: a quote that does not close, or a cell that is too long.
    """
    csv.field_size_limit(_CELL)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        got = f"{display_name(str(error), characters=50)} in line {reader.line_num:,}"
        raise refusal(where, expected="a CSV table", got=got, todo="correct the line") from None
