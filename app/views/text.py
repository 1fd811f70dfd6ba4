"""Numbers as readers expect them, and user text that cannot act as markup."""

import html
import math
import re

UNDEFINED = "∅"

_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]$:<>#~|&!@.])")
_MARKDOWN_LINE_START = re.compile(r"^(\s*)([-+=])|^(\s*\d+)(\))")
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def format_score(value: float, *, digits: int = 3) -> str:
    """Writes a score with a fixed number of digits; undefined (NaN) becomes ∅."""
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}f}"
    if text.startswith("-"):
        magnitude = text.removeprefix("-")
        return magnitude if float(magnitude) == 0 else f"−{magnitude}"
    return text


def format_difference(value: float, *, digits: int = 3) -> str:
    """Writes a difference with its sign; none at all is "=", one that rounds to nothing "≈0"."""
    if value == 0:
        return "="
    text = format_score(value, digits=digits)
    if math.isfinite(value) and round(abs(value), digits) == 0:
        return "≈0"
    return f"+{text}" if value > 0 else text


def format_percent(share: float, *, digits: int = 1) -> str:
    """Writes a share in 0..1 as a percentage, 0 and 100 only where it is just that; undefined (NaN) becomes ∅."""
    if math.isnan(share):
        return UNDEFINED
    smallest = 10.0**-digits
    if 0 < share * 100 < smallest / 2:
        return f"< {smallest:.{digits}f} %"
    if 100 - smallest / 2 <= share * 100 < 100:
        return f"> {100 - smallest:.{digits}f} %"
    return f"{share * 100:.{digits}f} %"


def format_count(count: int) -> str:
    """Writes a count with thousands separators."""
    return f"{int(count):,}"


def format_count_short(count: int) -> str:
    """Writes a count in at most five characters, such as 950, 12.3k or 1.2M."""
    count = int(count)
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        # 999,950 would read 1000.0k with one digit: it belongs to the next unit.
        if count >= size * 0.99995 and count >= 1000:
            scaled = count / size
            return f"{scaled:.0f}{unit}" if scaled >= 99.95 else f"{scaled:.1f}{unit}"
    return str(count)


def shorten(text: str, *, limit: int) -> str:
    """Cuts a long text in the middle, so that a name's start and number both stay."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def escape_markdown(text: str) -> str:
    """Escapes a name for Streamlit's Markdown: formatting, links, directives, mathematics and HTML stay plain text."""
    line = _CONTROL_CHARACTERS.sub(" ", text)
    escaped = _MARKDOWN_SIGNS.sub(r"\\\1", line)
    return _MARKDOWN_LINE_START.sub(lambda match: _escape_last(match.group(0)), escaped)


def escape_plotly(text: str) -> str:
    """Escapes a name for Plotly: tags, `%{...}` templates and `$...$` mathematics stay plain text."""
    line = _CONTROL_CHARACTERS.sub(" ", text)
    # Plotly decodes numeric entities after it has looked for templates and mathematics.
    return html.escape(line, quote=False).replace("%{", "&#37;{").replace("$", "&#36;")


def _escape_last(text: str) -> str:
    return f"{text[:-1]}\\{text[-1]}"
