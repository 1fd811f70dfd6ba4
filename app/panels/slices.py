"""Slices: the score of parts of the images, by the size of what they show or by a column of a table."""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeAlias

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

import metrics_core as mc
from app.components.bars import bars
from app.panels.code import draw_code
from app.results import Report, sized_class
from app.selection import settle
from app.verdicts import slices
from app.views.intervals import IntervalBar, interval_bars_data
from app.views.text import escape_markdown

_TABLE, _ASKED, _ERROR, _ROUND = "_slice_table", "_slice_asked", "_slice_error", "_slice_round"
_SIZE = ""
Table: TypeAlias = tuple[str, mc.Metadata]


def draw_slices(report: Report) -> None:
    """One bar a slice: its score with its interval."""
    left, right = st.columns([1.6, 1], gap="medium")
    with right:
        table = _draw_upload(report)
    label = sized_class(report.selection, report.statistics)
    named = report.statistics.class_names[label]
    with left:
        columns = [_SIZE, *(table.columns if table else ())]
        column = report.selection.slices if report.selection.slices in columns else _SIZE
        settle(slices=column)
        st.selectbox(
            "Slice by", columns, format_func=lambda each: each or f"size of {named}: target pixels", key="slices"
        )
        try:
            slicing = chosen_slicing(report, given_table(report.key[0]))
        except mc.FileError as error:
            st.error(escape_markdown(str(error)), icon=":material/error:")
            return
        _draw_bars(report, slicing)


def given_table(digest: str) -> Table | None:
    """The table that was given for the images of some data, and the name of its file."""
    of, table = st.session_state.get(_TABLE, ("", None))
    return table if of == digest else None


def chosen_slicing(report: Report, given: Table | None) -> mc.Slicing:
    """What the slices are by: a column of the table that was given, or else the size of the class in focus.

    Raises:
        FileError: more than 40 values that are no numbers.
    """
    column = report.selection.slices
    if given is not None and column in given[1].columns:
        return mc.slice_by_column(given[1], column, file=given[0])
    return mc.slice_by_size(report.statistics, sized_class(report.selection, report.statistics))


def _draw_bars(report: Report, slicing: mc.Slicing) -> None:
    exact = blake2b(repr(sorted(slicing.labels.items())).encode()).hexdigest()
    found = slices(report, slicing.labels, named=exact)
    rows = [
        IntervalBar(label=f"{each.label} · {len(each.image_names):,}", score=each.score, note=each.score.note)
        for each in found
    ]
    bars(interval_bars_data(rows, title=report.score.formula.name), key="slice_bars")
    st.caption(
        "Slice · number of its images, and its score under the chosen rules. A bar is the 95 % interval, bootstrap "
        f"over the images of the slice, {mc.RESAMPLES:,} resamples, seed 0; grey marks: below 5 images there is none. "
        "For sizes of another class choose it in the box above the map."
    )
    draw_code(report, "slices", mc.CodeOptions(numbers="slices", labels=slicing.source))


def _draw_upload(report: Report) -> mc.Metadata | None:
    """The widget for a table, and the table that fits these images; it stays when the tab is left."""
    # A new key empties the uploader.
    turn = st.session_state.get(_ROUND, 0)
    file = st.file_uploader(
        "Table of the images, CSV", ["csv"], key=f"slice_upload{turn}", help="A row an image, its name in column image."
    )
    if file is not None and (asked := (file.file_id, report.key[0])) != st.session_state.get(_ASKED):
        st.session_state[_ASKED] = asked
        _read(file, report)
    if error := st.session_state.get(_ERROR):
        st.error(escape_markdown(error), icon=":material/error:")
    if (given := given_table(report.key[0])) is None:
        return None
    _, table = given
    st.caption(f"The table names {table.images:,} of {report.statistics.num_images:,} images.")
    st.button("Forget the table", on_click=_forget, icon=":material/delete:", type="tertiary")
    return table


def _forget() -> None:
    for name in (_TABLE, _ASKED, _ERROR):
        st.session_state.pop(name, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _read(file: UploadedFile, report: Report) -> None:
    for name in (_TABLE, _ERROR):
        st.session_state.pop(name, None)
    try:
        table = mc.read_metadata(file.name, file.getvalue(), report.statistics.image_names)
        st.session_state[_TABLE] = (report.key[0], (file.name, table))
    except mc.FileError as error:
        st.session_state[_ERROR] = str(error)
        return
    if report.selection.slices not in table.columns:
        # The address, which has been written in this run, holds it too.
        settle(slices=next(iter(table.columns)))
        st.rerun()
