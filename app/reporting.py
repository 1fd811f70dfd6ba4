"""Reporting: files of the score on the page, made when they are asked for."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from urllib.parse import urlencode

import streamlit as st

import metrics_core as mc
from app.results import focus_class, statistics
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
    link = link_of(query)
    name = f"{scene.dataset.key}-{selection.formula}"
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Report",
            lambda: mc.report_html(_report(scene, selection, link)).encode(),
            file_name=f"{name}.html",
            mime="text/html",
            on_click="ignore",
            icon=":material/description:",
            help="One page of every number with its convention, 10,000 resamples; it needs no network.",
        )
        st.download_button(
            "All forms",
            lambda: archive(_report(scene, selection, link), statistics(scene, selection.model), name=name),
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


def _report(scene: Scene, selection: Selection, link: str) -> mc.ScoreReport:
    counted = statistics(scene, selection.model)
    label = focus_class(selection, counted)
    return mc.make_report(
        counted,
        selection.formula,
        selection.convention,
        parameters={"beta": selection.beta} if selection.formula == "fbeta" else {},
        title=f"{scene.dataset.title}: {selection.model}",
        link=link,
        known=known(scene, selection),
        slicing=f"target pixels of {counted.class_names[label]}",
        labels=mc.size_labels(counted, label),
    )
