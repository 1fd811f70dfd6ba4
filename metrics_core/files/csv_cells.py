"""CSV cells: tables that a spreadsheet opens as data, never as formulas."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO

# Source: https://owasp.org/www-community/attacks/CSV_Injection; the wide forms are what some locales type.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")


def escape_csv_cell(text: str) -> str:
    """The text with a leading ' if a spreadsheet would take it for a formula; plain numbers stay as they are."""
    starts_formula = text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS)
    return f"'{text}" if starts_formula and not _NUMBER.fullmatch(text) else text


def safe_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV table (comma, line feed) with every cell escaped; floats keep all their digits."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in (header, *rows):
        writer.writerow([escape_csv_cell(str(cell)) for cell in row])
    return written.getvalue()
