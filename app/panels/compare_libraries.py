"""Libraries: what each makes of the same pixels, as a strip of one score and as a heat map of all of them."""

from __future__ import annotations

import math
from dataclasses import replace

import streamlit as st

import metrics_core as mc
from app.comparison import OWN, Calls, End, Line, chosen_ends, library_calls, own_ends
from app.comparison_table import YOURS, Table
from app.components.matrix import matrix
from app.components.strip import strip
from app.panels.compare_reasons import draw_call, draw_ends, draw_steps
from app.results import Report
from app.scenes import Scene
from app.selection import choose, current, settle
from app.verdicts import cell_intervals
from app.views.compare import disagreement_data, spread_data
from app.views.intervals import short_ends
from app.views.text import format_score

_ROWS = {"library": "one row a library", "convention": "every average"}
_SHOW = {"value": "score", "deviation": "difference"}


def draw_libraries(scene: Scene, report: Report) -> None:
    """The strip, the heat map, and beside it the way from one cell to another."""
    calls = library_calls(scene, report.selection.model)
    report = _settled(report, calls)
    own = own_ends(report, calls.families)
    ends = chosen_ends(report, calls, own)
    if ends is None:
        st.info("No library has a call for such data.", icon=":material/info:")
        return
    _draw_spread(report, calls, own, ends[1])
    lines = _draw_choices(report, calls)
    # Two numbers a cell need more room.
    left, right = st.columns([2.2 if report.selection.intervals else 1.5, 1], gap="medium")
    with left:
        _draw_heatmap(report, Table(calls=calls, own=own, lines=lines), ends)
        _draw_legend(report, calls)
    with right:
        explanation = draw_ends(report, calls, own, ends)
    if explanation is not None:
        draw_steps(explanation)
    draw_call(report, calls, ends)


def _settled(report: Report, calls: Calls) -> Report:
    """The report with those settings of this page put right that the data or the libraries do not have."""
    selection = report.selection
    names = {line.name for line in calls.lines(selection.rows, selection.libraries)}
    known = {row.preset.key for row in calls.averages} | {OWN + family for family in calls.families}
    selection = settle(
        libraries=[name for name in selection.libraries if name in calls.libraries],
        reference=selection.reference if selection.reference in names else "",
        start=selection.start if selection.start in known else "",
        end=selection.end if selection.end in known else "",
    )
    return replace(report, selection=selection)


def _draw_spread(report: Report, calls: Calls, own: dict[str, End], end: End) -> None:
    family = mc.formula_family(report.selection.formula_record)
    spread = calls.spread(family)
    if not spread:
        name = report.selection.formula_record.name
        st.caption(f"No library call here computes {name}; the heat map holds the scores that libraries share.")
        return
    number = sum(len(each.calls) for each in spread)
    title = mc.FAMILIES[family]
    defined = [each.value for each in spread if not math.isnan(each.value)]
    low, high = (format_score(value) for value in (min(defined), max(defined))) if defined else ("∅", "∅")
    shown = f"{title} of the same pixels: {number} library calls, {len(spread)} values from {low} to {high}"
    selected = next((index for index, each in enumerate(spread) if end.row in each.calls), None)
    data = spread_data([each.shown for each in spread], caption=shown, own=own[family].value, selected=selected)
    strip(data, key="spread", on_dot=lambda index: _choose_key(spread[index].calls[0].preset.key))


def _draw_choices(report: Report, calls: Calls) -> tuple[Line, ...]:
    """Widgets that say which rows there are and what they show; returns the rows."""
    selection = report.selection
    with st.container(horizontal=True, vertical_alignment="center"):
        _choice("Rows", "rows", _ROWS)
        _choice("Show", "show", _SHOW)
        st.toggle("intervals", key="intervals", help="A second line a cell: the 95 % interval, bootstrap over images.")
        lines = calls.lines(selection.rows, selection.libraries)
        if selection.show == "deviation":
            names = ["", *(line.name for line in lines)]
            st.selectbox(
                "From",
                names,
                format_func=lambda name: f"from {name or YOURS}",
                key="reference",
                label_visibility="collapsed",
                width=190,
            )
        st.multiselect(
            "Libraries",
            calls.libraries,
            key="libraries",
            placeholder="all libraries",
            label_visibility="collapsed",
            width=190,
        )
    return lines


def _choice(label: str, key: str, words: dict[str, str]) -> None:
    st.segmented_control(
        label, list(words), format_func=words.__getitem__, key=key, required=True, label_visibility="collapsed"
    )


def _draw_heatmap(report: Report, table: Table, ends: tuple[End, End]) -> None:
    selection = report.selection
    reference = table.reference(selection.reference) if selection.show == "deviation" else None
    data = disagreement_data(
        table.values,
        row_names=table.names,
        row_labels=table.labels,
        column_names=[mc.FAMILIES[family].split(" / ")[0] for family in table.calls.families],
        absent=table.absent(reference),
        reference=reference,
        notes=table.notes,
        seconds=_ends_of_cells(report, table) if selection.intervals else None,
        start=table.place(ends[0]),
        end=table.place(ends[1]),
    )
    matrix(data, key="heatmap", on_cell=lambda cell: _choose_key(table.keys[cell[0]][cell[1]]))


def _ends_of_cells(report: Report, table: Table) -> list[list[str]]:
    return [[short_ends(each) for each in row] for row in cell_intervals(report, table)]


def _draw_legend(report: Report, calls: Calls) -> None:
    label = "with the data's void label" if calls.has_void else "on all pixels"
    colours = "Blue: above the reference, orange: below. " if report.selection.show == "deviation" else ""
    second = (
        f"Second line: 95 % interval, bootstrap over images, {mc.RESAMPLES:,} resamples, seed 0; a defect of its own "
        "leaves a call without one. "
        if report.selection.intervals
        else ""
    )
    st.caption(
        f"{colours}{second}Libraries are called {label}; the sidebar's rules do not reach them. Each cell is the call "
        "closest to the library's defaults; blank: there is none. Click one cell, then another: the way between is "
        "explained."
    )


def _choose_key(key: str) -> None:
    """A first click explains the cell from the user's rules, a second from the first cell; a third begins again."""
    selection = current()
    if selection.start and selection.end:
        choose(start="", end="")
    elif key in (selection.start, selection.end):
        choose(start="", end="")
        return
    elif selection.start or selection.end:
        choose(start=selection.start or selection.end, end=key)
        return
    choose(**{"start" if key.startswith(OWN) else "end": key})
