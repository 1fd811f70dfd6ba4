"""Reporting: files of the score on the page, made when they are asked for."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from urllib.parse import urlencode

import streamlit as st

import metrics_core as mc
from app.panels.slices import Table, chosen_slicing, given_table
from app.results import Report, statistics
from app.scenes import Scene
from app.selection import Selection
from app.verdicts import known

_WRITERS: Mapping[str, Callable[[mc.ScoreReport], str]] = {
    "html": mc.report_html,
    "md": mc.report_markdown,
    "csv": mc.report_csv,
    "json": mc.report_json,
}


def draw_reports(scene: Scene, selection: Selection, query: Mapping[str, str]) -> None:
    """Buttons that save the report as a page, and all its forms with the counts in one archive."""
    # The state of the session is out of reach when a button is clicked.
    link, table = link_of(query), given_table(scene.digest)
    name = f"{scene.dataset.key}-{selection.formula}"
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Report",
            lambda: mc.report_html(_report(scene, selection, link, table)).encode(),
            file_name=f"{name}.html",
            mime="text/html",
            on_click="ignore",
            icon=":material/description:",
            help="One page of every number with its convention, 10,000 resamples; it needs no network.",
        )
        st.download_button(
            "All forms",
            lambda: archive(_report(scene, selection, link, table), statistics(scene, selection.model), name=name),
            file_name=f"{name}.zip",
            mime="application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
            help="The report as HTML, Markdown, CSV and JSON, and the counts that it can be computed from again.",
        )


def link_of(query: Mapping[str, str]) -> str:
    """The address of Explore with these settings."""
    address = (st.context.url or "").split("?")[0].rstrip("/")
    for page in ("/explore", "/compare", "/learn"):
        address = address.removesuffix(page)
    return f"{address}/" + (f"?{urlencode(query)}" if query else "")


def archive(report: mc.ScoreReport, counted: mc.Statistics, *, name: str) -> bytes:
    """The report in every form and the statistics, as a zip archive."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        for ending, write in _WRITERS.items():
            files.writestr(f"{name}.{ending}", write(report))
        files.writestr(f"{name}.stats", mc.statistics_bytes(counted))
    return packed.getvalue()


def _report(scene: Scene, selection: Selection, link: str, table: Table | None) -> mc.ScoreReport:
    counted = statistics(scene, selection.model)
    shown = Report(key=(scene.digest, selection.model), selection=selection, statistics=counted)
    try:
        slicing = chosen_slicing(shown, table)
    except mc.FileError:  # the page says why and shows no slices
        slicing = None
    return mc.make_report(
        counted,
        selection.formula,
        selection.convention,
        parameters=selection.parameters,
        title=f"{scene.dataset.title}: {selection.model}",
        link=link,
        known=known(scene, selection),
        slicing=slicing,
    )
