"""Texts of a lesson: templates whose numbers are filled in from what the core computes.

`{{name}}` stands for a number by its name, `{{name:.3f}}` for so many digits, `{{name:.1%}}` for a percentage. A number
that is undefined reads ∅.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

Number = float | int | str
Numbers = Mapping[str, Number]

_REFERENCE = re.compile(r"\{\{\s*([^{}:]*?)\s*(?::([^{}]*?))?\s*\}\}")
# As many digits as anybody reads: a format could also ask for gigabytes of them.
_FORMAT = re.compile(r",?(\.\d)?[%dfg]?")
_DIGITS = 3


def fill(template: str, numbers: Numbers) -> str:
    """The text with its numbers.

    Raises:
        ValueError: a name that is no number of the lesson, or a format that does not fit it.
    """
    return _REFERENCE.sub(lambda found: formatted(found, numbers), template)


def fill_latex(template: str, numbers: Numbers) -> str:
    """The formula with its numbers, thousands and undefined written as LaTeX needs them."""

    def written(found: re.Match[str]) -> str:
        text = formatted(found, numbers).replace(",", "{,}").replace("%", r"\%").replace("−", "-")
        return text.replace("∅", r"\varnothing")

    return _REFERENCE.sub(written, template)


def formatted(found: re.Match[str], numbers: Numbers) -> str:
    """One reference written out."""
    name, spec = found[1], found[2] or ""
    if name not in numbers:
        raise ValueError(f"{{{{{name}}}}} is no number of this lesson; it has {', '.join(sorted(numbers))}")
    try:
        return format_number(numbers[name], spec)
    except ValueError as error:
        raise ValueError(f"{{{{{name}:{spec}}}}}: {error}") from error


def format_number(value: Number, spec: str = "") -> str:
    """A number in words of the page: thousands separated, three decimals, ∅ where undefined."""
    if not _FORMAT.fullmatch(spec):
        raise ValueError("a format is one such as .3f, .1% or a comma for thousands")
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return "∅"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if not spec:
        spec = "," if isinstance(value, int) else f".{_DIGITS}f"
    text = format(value, spec)
    if text.endswith("%"):
        text = f"{text[:-1]}\N{NO-BREAK SPACE}%"
    return text.replace("-", "−")


def references(template: str) -> tuple[str, ...]:
    """The names that a template refers to."""
    return tuple(found[1] for found in _REFERENCE.finditer(template))
