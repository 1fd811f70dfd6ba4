"""Code: Python that gives the numbers beside it, with metrics_core and with each library that gives the same."""

from __future__ import annotations

import math

import streamlit as st

import metrics_core as mc
from app.comparison import library_calls
from app.results import Report
from app.scenes import Scene
from app.views.text import escape_markdown

_SAME = 5e-7  # float32 libraries round to about this


def draw_code(report: Report, key: str, then: str, *, label: str = "Copy the code") -> None:
    """A button that opens the code of the numbers above it: an expression of statistics, formula and convention."""
    opened = st.popover(
        label, icon=":material/code:", key=f"code_{key}", on_change="rerun", type="tertiary", help="Copy the code."
    )
    if opened.open:
        with opened:
            st.code(report.python(then), language="python", wrap_lines=True)


def draw_same_number(scene: Scene, report: Report) -> None:
    """The headline score in Python, and every library call that returns it for these data."""
    opened = st.expander("The same number in Python", key="same_number", on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.code(report.python(), language="python", wrap_lines=True)
        st.caption("Its interval")
        st.code(report.python("mc.bootstrap(statistics, formula, convention)"), language="python", wrap_lines=True)
        rows = same_number(scene, report)
        if not rows:
            st.caption("No library call here returns this number for these data.")
            return
        st.caption("Library calls that return this number for these data; on others, their conventions may differ.")
        names = {row.preset.key: f"{row.library}: {row.call}" for row in rows}
        chosen = st.selectbox("Library", list(names), format_func=names.__getitem__, key="same_library")
        row = next(row for row in rows if row.preset.key == chosen)
        differs = row.convention.differences(report.selection.convention)
        st.caption(
            escape_markdown(f"Options that differ: {', '.join(differs)}." if differs else "The same convention.")
        )
        st.code(mc.call_source(row.preset), language="python", wrap_lines=True)


def same_number(scene: Scene, report: Report) -> list[mc.Row]:
    """Library calls of the chosen formula that return the headline score, those closest to its convention first."""
    value = report.score.value
    if value.ndim or math.isnan(float(value)):
        return []
    family = mc.formula_family(report.score.formula)
    found = [
        row
        for row in library_calls(scene, report.selection.model).averages
        if row.family == family and row.preset.is_scalar and abs(row.fraction - float(value)) < _SAME
    ]
    return sorted(found, key=lambda row: len(row.convention.differences(report.selection.convention)))
