"""Code: Python that gives the numbers beside it, with metrics_core and with each library that gives the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

import metrics_core as mc
from app.comparison import library_calls
from app.results import Report
from app.scenes import Scene
from app.views.text import escape_markdown


def draw_code(
    report: Report,
    key: str,
    options: mc.CodeOptions,
    *,
    label: str = "Copy the code",
    rule: mc.Convention | None = None,
    calls: Callable[[], Mapping[str, str]] | None = None,
) -> None:
    """A button that opens the code of the numbers above it.

    options: which numbers. rule: where it is not the chosen one. calls: code of libraries that give the same, by name.
    """
    opened = st.popover(
        label, icon=":material/code:", key=f"code_{key}", on_change="rerun", type="tertiary", help="Copy the code."
    )
    if opened.open:
        with opened:
            st.code(report.python(options, rule=rule), language="python", wrap_lines=True)
            if calls is not None and (found := calls()):
                _draw_calls(found, key)


def _draw_calls(calls: Mapping[str, str], key: str) -> None:
    """The code of one library, chosen by its name."""
    chosen = st.selectbox("The same from a library", list(calls), key=f"library_{key}")
    st.code(calls[chosen], language="python", wrap_lines=True)


def same_list(scene: Scene, report: Report, score: mc.Score) -> dict[str, str]:
    """Code of the library calls that return a list of scores for these data."""
    rows = library_calls(scene, report.selection.model).rows
    found = mc.same_calls(rows, score.formula, score.convention, score.value.tolist())
    return {f"{row.library}: {row.call}": report.library_python(row) for row in found}


def same_calibration(report: Report, found: Sequence[mc.Calibration]) -> dict[str, str]:
    """Code of the libraries that measure calibration class by class."""
    groups, ignored = len(found[0].even.pixels), report.selection.ignore
    sources = mc.calibration_sources(report.statistics, groups=groups, ignored_classes=ignored)
    return {f"{library}: {gives}": source for (library, gives), source in sources.items()}


def draw_same_number(scene: Scene, report: Report) -> None:
    """The headline score in Python, and every library call that returns it for these data."""
    opened = st.expander("The same number in Python", key="same_number", on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.code(report.python(), language="python", wrap_lines=True)
        st.caption("Its interval")
        st.code(report.python(mc.CodeOptions(numbers="interval")), language="python", wrap_lines=True)
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
        st.code(report.library_python(row), language="python", wrap_lines=True)


def same_number(scene: Scene, report: Report) -> list[mc.Row]:
    """Library calls of the chosen formula that return the headline score, those closest to its convention first."""
    value = report.score.value
    if value.ndim:
        return []
    rows = library_calls(scene, report.selection.model).averages
    return mc.same_calls(rows, report.score.formula, report.selection.convention, float(value))
