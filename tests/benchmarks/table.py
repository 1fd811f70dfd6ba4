"""Rows as texts: the lines on the console, and the table in Markdown."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Mapping, Sequence

from tests.benchmarks import Row

HEADINGS = ("workload", "ours", "against", "other", "ratio", "goal", "")
WIDTHS = (72, 14, 30, 14, 9, 8, 6)
LIBRARIES = ("torch", "numpy", "numba", "scikit-learn", "torchmetrics", "monai", "torcheval", "keras", "streamlit")


def number(value: float, digits: int) -> str:
    """So many digits, and all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}g}"


def cells(row: Row) -> tuple[str, ...]:
    """Write a row as texts, one for each heading."""
    sign = ">=" if row.sense == "at least" else "<="
    goal = "" if row.goal is None else f"{sign} {row.goal:g}x"
    ours, other = (f"{number(value, 4)} {row.unit}".strip() for value in (row.ours, row.other))
    return (row.workload, ours, row.against, other, f"{number(row.ratio, 3)}x", goal, "" if row.met else "missed")


def line(texts: Sequence[str]) -> str:
    """Texts in columns of fixed width."""
    return "  ".join(text.ljust(width) for text, width in zip(texts, WIDTHS, strict=False)).rstrip()


def markdown(measured: Mapping[str, Sequence[Row]]) -> str:
    """What was measured, by title: a table each, after a paragraph that says with what and what a ratio is."""
    parts = [introduction()]
    for title, rows in measured.items():
        if rows:
            listed = "\n".join(_markdown_line(_with_verdict(row)) for row in rows)
            head = f"{_markdown_line(HEADINGS)}\n|---|---:|---|---:|---:|---:|---|"
            parts.append(f"### {title}\n\n{head}\n{listed}")
    return "\n\n".join(parts) + "\n"


def introduction() -> str:
    """The machine and the versions, and how a row is read."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    return (
        f"Medians of one run on {os.cpu_count()} cores ({platform.machine()}, {platform.system()}, Python "
        f"{platform.python_version()}; {versions}). A goal of >= 5x asks to be five times as good as the other, "
        "<= 5x to take no more than five times the limit. Works that are compared took turns in one process."
    )


def missed(rows: Sequence[Row]) -> list[str]:
    """The rows that miss their goals, and by how much the farthest do."""
    texts = [(row, "  ".join(part for part in cells(row)[:-1] if part)) for row in rows if not row.met]
    return [f"{text}  {'missed' if row.within_margin else 'missed by more than the margin'}" for row, text in texts]


def _with_verdict(row: Row) -> tuple[str, ...]:
    *texts, verdict = cells(row)
    return (*texts, "" if row.goal is None else verdict or "met")


def _markdown_line(texts: Sequence[str]) -> str:
    return f"| {' | '.join(text.replace('|', ' ') for text in texts)} |"
