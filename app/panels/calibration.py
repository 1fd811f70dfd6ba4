"""Calibration: whether scores are the probabilities they look like, and the threshold that suits the formula best."""

from __future__ import annotations

import math
from functools import partial

import streamlit as st

import metrics_core as mc
from app.components.lesson_figure import lesson_figure
from app.panels.code import draw_code, same_calibration
from app.results import Report, focus_class
from app.selection import choose
from app.verdicts import calibration
from app.views.calibration import calibration_table, reliability_picture
from app.views.lesson import figure_data, figure_words
from app.views.text import escape_markdown, format_score


def draw_calibration(report: Report) -> None:
    """The class in focus as a diagram, all classes as a table, the best threshold with its warning."""
    found = calibration(report)
    if not found:
        st.info("Calibration needs a score for every class; this prediction holds labels only.", icon=":material/info:")
        return
    label = focus_class(report.selection, report.statistics)
    half = format_score(128 / 255) if _in_bytes(report) else "0.5"
    left, right = st.columns([1, 1.9], gap="medium")
    with left:
        picture = reliability_picture(found[label])
        lesson_figure(figure_data(picture), key="reliability", words=figure_words(picture))
    with right:
        st.dataframe(
            calibration_table(found, score_name=report.score.formula.name, half=half),
            hide_index=True,
            key="calibration",
            alt="calibration errors, Brier score and best threshold of every class",
        )
        _draw_best(report, found[label], half=half)
    st.caption(
        "All images pooled, each class against the rest. ECE: mean gap between score and frequency, 15 groups of equal "
        "width or of equal mass (numbers of pixels); Brier: mean squared error of the score; threshold: the best one. "
        "All from the score histogram. "
        + (f"{half} is 128/255, the first 8-bit score from 0.5 on. " if _in_bytes(report) else "")
        + "Choose another class in the box above the map."
    )
    draw_code(
        report, "calibration", mc.CodeOptions(numbers="calibration"), calls=partial(same_calibration, report, found)
    )


def _in_bytes(report: Report) -> bool:
    """Whether scores are multiples of 1/255, none of which is 0.5."""
    histogram = report.statistics.histogram
    return histogram is not None and histogram.bins.kind == "byte"


def _draw_best(report: Report, found: mc.Calibration, *, half: str) -> None:
    best, name = found.best, report.score.formula.name
    if not math.isfinite(best.threshold):
        st.caption(f"No threshold makes {name} of {escape_markdown(found.name)} best.")
        return
    st.markdown(
        f"**{escape_markdown(found.name)}**: {name} is best at score ≥ **{format_score(best.threshold)}**: "
        f"{format_score(best.value)}, against {format_score(best.value_at_half)} at {half}."
    )
    st.warning(f"{best.warning[0].upper()}{best.warning[1:]}.", icon=":material/warning:")
    histogram = report.statistics.histogram
    st.button(
        "Use this threshold",
        key="use_threshold",
        on_click=choose,
        kwargs={"decide": "threshold", "threshold": best.threshold},
        icon=":material/check:",
        disabled=histogram is None or histogram.images != "per_image",
    )
