"""Curves: ROC and precision-recall side by side with one threshold cursor, and the score against the threshold."""

from __future__ import annotations

import streamlit as st

import metrics_core as mc
from app.panels.code import draw_code
from app.results import Report
from app.scenes import Scene
from app.settings import ALL_CLASSES
from app.views.base import CONFIG
from app.views.curve_lines import Look, curve_lines, threshold_lines
from app.views.curves import pr_figure, roc_figure, shows_bounds, threshold_figure


def draw_curves(scene: Scene, report: Report) -> None:
    """All classes' curves, or the class in focus alone."""
    curves, areas = report.curves(), report.areas()
    if areas is None:
        st.info(
            "This prediction holds labels only. Curves and thresholds need a score for every class.",
            icon=":material/info:",
        )
        return
    selection = report.selection
    look = Look(names=scene.dataset.class_names, colours=scene.dataset.class_colours)
    chosen = [c for c in range(len(curves)) if selection.focus in (ALL_CLASSES, curves[c].class_index)]
    roc, pr = curve_lines(curves, areas, look=look, threshold=selection.threshold, tie=selection.tie)
    roc, pr = [roc[c] for c in chosen], [pr[c] for c in chosen]
    left, right = st.columns(2)
    left.plotly_chart(roc_figure(roc), config=CONFIG, key="roc", alt="ROC curves")
    right.plotly_chart(pr_figure(pr), config=CONFIG, key="pr", alt="precision-recall curves")
    thresholds, lines = threshold_lines(
        *report.against_threshold(),
        look=look,
        classes=[curves[c].class_index for c in chosen],
        threshold=selection.threshold,
    )
    name = selection.formula_record.name
    figure = threshold_figure(lines, score_name=name, thresholds=thresholds, cursor=selection.threshold)
    st.plotly_chart(figure, config=CONFIG, key="against", alt="score against threshold")
    bounds = " In brackets: bounds of an area, from the score histogram." if shows_bounds([*roc, *pr]) else ""
    st.caption(f"All images pooled, each class against the rest. The cursor is the threshold of the sidebar.{bounds}")
    draw_code(report, "curves", mc.CodeOptions(numbers="areas"))
