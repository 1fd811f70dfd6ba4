"""Numbers, names, colours and tables as readers see them, and what a click on a chart returns."""

from dataclasses import replace
from typing import Any

import pytest

from app.views import colours, tables
from app.views.picking import picked
from app.views.text import (
    escape_markdown,
    escape_plotly,
    format_count,
    format_count_short,
    format_difference,
    format_percent,
    format_score,
    shorten,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.76666, "0.767"), (0.0, "0.000"), (-0.12, "−0.120"), (-0.0001, "0.000"), (NAN, "∅"), (float("inf"), "∞")],
)
def test_score_text(value: float, text: str) -> None:
    assert format_score(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.03, "+0.030"), (-0.24, "−0.240"), (0.0, "="), (0.0001, "≈0"), (-0.0001, "≈0"), (NAN, "∅")]
)
def test_difference_text(value: float, text: str) -> None:
    assert format_difference(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.123, "12.3 %"),
        (0.0, "0.0 %"),
        (0.0001, "< 0.1 %"),
        (0.99949, "99.9 %"),
        (0.9996, "> 99.9 %"),
        (1.0, "100.0 %"),
        (NAN, "∅"),
    ],
)
def test_percent_text(share: float, text: str) -> None:
    assert format_percent(share) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (999, "999"), (1000, "1.0k"), (12_345, "12.3k"), (999_949, "1000k"), (999_950, "1.0M"), (2**31, "2.1G")],
)
def test_short_count(count: int, text: str) -> None:
    assert format_count_short(count) == text
    assert format_count(1234567) == "1,234,567"


def test_long_name_keeps_start_and_end() -> None:
    assert shorten("patient_scan_0017.png", limit=11) == "patie…7.png"
    assert shorten("short", limit=5) == "short"


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("a_b*c`d", r"a\_b\*c\`d"),
        ("[x](http://y.z)", r"\[x\](http\://y\.z)"),
        ("$x^2$ :red[hot]", r"\$x^2\$ \:red\[hot\]"),
        ("<img> #1 ~~a~~ |", r"\<img\> \#1 \~\~a\~\~ \|"),
        ("back\\slash\nline", r"back\\slash line"),
        ("- item", r"\- item"),
        ("1) item", r"1\) item"),
        ("www.example.org a@b.c", r"www\.example\.org a\@b\.c"),
    ],
)
def test_markdown_signs_stay_text(name: str, escaped: str) -> None:
    assert escape_markdown(name) == escaped


def test_plotly_markup_stays_text() -> None:
    assert escape_plotly("<b>%{x}</b> $a$\n&") == "&lt;b&gt;&#37;{x}&lt;/b&gt; &#36;a&#36; &amp;"


def test_class_colours_are_distinct_and_start_with_the_palette() -> None:
    many = colours.class_colours(30)
    assert len(set(many)) == 30
    assert many[:3] == (colours.BLUE, colours.ORANGE, colours.GREEN)
    assert colours.class_colours(0) == ()


def test_class_table_shows_undefined_with_its_reason() -> None:
    shared = {"support": 10, "prevalence": 0.25, "tp": 5, "fp": 1, "fn": 5}
    rows = [
        tables.ClassRow(name="car", score=0.5, **shared),
        tables.ClassRow(name="ped", score=NAN, reason="absent class", **shared),
    ]
    table = tables.class_table(rows, score_name="recall")
    assert list(table.columns) == ["class", "recall", "support", "prevalence", "TP", "FP", "FN", "note"]
    assert list(table["recall"]) == ["0.500", "∅"]
    assert list(table["prevalence"]) == ["25.0 %", "25.0 %"]
    assert list(table["note"]) == ["", "absent class"]
    (row, _) = rows
    (interval,) = tables.class_table([replace(row, interval="0.4 to 0.6")], score_name="recall")["95 % interval"]
    assert interval == "0.4 to 0.6"


@pytest.mark.parametrize(
    ("first", "second", "better", "verdict"),
    [
        (0.6, 0.5, "higher", "A"),
        (0.6, 0.5, "lower", "B"),
        (0.5, 0.5, "higher", "tie"),
        (NAN, 0.5, "higher", "undecided"),
    ],
)
def test_verdict(first: float, second: float, better: Any, verdict: str) -> None:
    rows = [tables.VerdictRow(rule="macro", first=first, second=second)]
    assert list(tables.verdict_table(rows, first_name="A", second_name="B", better=better)["better score"]) == [verdict]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"selection": {"points": [{"customdata": [2, 4]}]}}, (2, 4)),
        ({"selection": {"points": [{"customdata": [0]}]}}, (0,)),
        ({"selection": {"points": [{"customdata": 3}]}}, (3,)),
        ({"selection": {"points": []}}, None),
        ({"selection": {"points": [{"customdata": ["x"]}]}}, None),
        ({"selection": {"points": [{}]}}, None),
        (None, None),
    ],
)
def test_picked(event: Any, expected: tuple[int, ...] | None) -> None:
    assert picked(event) == expected
