"""Heading of the Compare page: the user's own score, its rules, and the questions that the page answers."""

from __future__ import annotations

import streamlit as st

from app.results import Report
from app.scenes import Scene
from app.views.text import escape_markdown, format_score
from app.views.wording import rule_badges

_TABS = {
    "Libraries": ":material/table_view: Libraries",
    "Rules": ":material/rule: Rules",
    "Models": ":material/swords: Models",
    "Imbalance": ":material/balance: Imbalance",
    "Curves": ":material/show_chart: Curves",
}
_QUESTIONS = {
    "Libraries": "What would other libraries print for these pixels, and why?",
    "Rules": "Which single rule moves this score most?",
    "Models": "Does the better model depend on the rule?",
    "Imbalance": "What would the scores be if a class were rarer?",
    "Curves": "How far do areas under curves depend on who computes them?",
}


def draw_heading(scene: Scene, report: Report) -> str:
    """The score in one line and the tabs; returns the open one."""
    score, selection = report.score, report.selection
    value = score.value
    number = format_score(float(value)) if value.ndim == 0 else f"{format_score(float(value.mean()))} (mean of classes)"
    badges = rule_badges(score.convention, scene.dataset.class_names, has_void=scene.dataset.ignore_label is not None)
    words = " ".join(f":gray-badge[{escape_markdown(badge)}]" for badge in badges)
    model = escape_markdown(selection.model)
    st.markdown(f"**Your rules: {score.formula.name} {number}** · {model} {words}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Compare",
            list(_TABS),
            format_func=_TABS.__getitem__,
            key="compare_tab",
            required=True,
            label_visibility="collapsed",
        )
        st.caption(_QUESTIONS[selection.compare_tab])
    return selection.compare_tab
