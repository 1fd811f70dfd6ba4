"""Curves: the choices behind the area under a curve, and what each of them makes of these scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import streamlit as st

import metrics_core as mc
from app.panels.code import draw_code
from app.results import Report
from app.scenes import Scene
from app.settings import ALL_CLASSES
from app.views.markdown import markdown_table
from app.views.text import escape_markdown, format_score

_EQUAL = 5e-4


def draw_curve_choices(scene: Scene, report: Report) -> None:
    """One table a question; questions whose answers make no difference here come last, folded away."""
    histogram, selection, names = report.statistics.histogram, report.selection, scene.dataset.class_names
    if histogram is None:
        text = "This prediction holds labels only. Areas under curves need a score for every class."
        st.info(text, icon=":material/info:")
        return
    st.selectbox(
        "Class",
        range(ALL_CLASSES, scene.num_classes),
        format_func=lambda label: "mean of the classes" if label < 0 else names[label],
        key="focus",
        width=320,
    )
    rows = mc.compare_curves_from_histogram(histogram, ignored_classes=selection.ignore, threshold=selection.threshold)
    topics = _topics(rows, selection.focus)
    st.markdown(escape_markdown(largest_gap(topics, selection.focus)))
    _draw_topics(topics, selection.focus)
    st.caption(
        "All images pooled, each class against the rest; void pixels and ignored classes are left out. The mean of the "
        "classes is taken by each choice's own rule. Ties and logits are shown at the threshold of the sidebar."
        + (" First thresholds and numbers of points are those of a class: choose one." if selection.focus < 0 else "")
    )
    draw_code(report, "choices", mc.CodeOptions(numbers="choices", threshold=selection.threshold))


def _topics(rows: Sequence[mc.CurveRow], focus: int) -> dict[str, list[mc.CurveRow]]:
    """The choices of each question; what is no score has no mean over classes."""
    topics: dict[str, list[mc.CurveRow]] = {}
    for row in rows:
        if row.kind != "position" or focus != ALL_CLASSES:
            topics.setdefault(row.topic, []).append(row)
    return topics


def largest_gap(topics: Mapping[str, Sequence[mc.CurveRow]], focus: int) -> str:
    """How far apart calls are in the question that matters most for these scores, in one sentence."""
    ends: list[tuple[mc.CurveRow, mc.CurveRow]] = []
    for choices in topics.values():
        made = [row for row in choices if row.kind == "score" and row.libraries and not math.isnan(_value(row, focus))]
        made.sort(key=lambda row: _value(row, focus))
        ends += [(made[0], made[-1])] if made else []
    gaps = [_value(high, focus) - _value(low, focus) for low, high in ends]
    if not gaps or max(gaps) <= _EQUAL:
        return "No choice of a library makes a difference here."
    low, high = ends[gaps.index(max(gaps))]
    told = [f"{format_score(_value(row, focus))} ({row.name}; {', '.join(row.libraries[:2])})" for row in (low, high)]
    gap = format_score(max(gaps))
    return f"“{low.topic}” takes library calls furthest apart, by {gap}: {' against '.join(told)}."


def _draw_topics(topics: Mapping[str, list[mc.CurveRow]], focus: int) -> None:
    values = {topic: [_value(row, focus) for row in choices] for topic, choices in topics.items()}
    alike = [topic for topic in topics if not _differ(values[topic])]
    for topic in topics:
        if topic not in alike:
            _draw_topic(topic, topics[topic], focus)
    if alike:
        with st.expander(f"{len(alike)} questions whose answers give the same here"):
            for topic in alike:
                _draw_topic(topic, topics[topic], focus)


def _draw_topic(topic: str, choices: list[mc.CurveRow], focus: int) -> None:
    rows = [
        [row.name, _number(_value(row, focus)), ", ".join(row.libraries) or "nobody by default", row.sentence]
        for row in choices
    ]
    value = "mean over classes" if focus == ALL_CLASSES else "value"
    st.markdown(f"**{escape_markdown(topic)}**")
    st.markdown(markdown_table(("choice", value, "made by", "what it does"), rows, numbers=(value,)))


def _value(row: mc.CurveRow, focus: int) -> float:
    return row.mean if focus == ALL_CLASSES else row.values[focus]


def _number(value: float) -> str:
    """A score, or a number of points or a threshold above 1, which may be whole."""
    return f"{value:,.3f}".rstrip("0").rstrip(".") if 1 < value < math.inf else format_score(value)


def _differ(values: list[float]) -> bool:
    """Whether a reader of three digits would see two different values."""
    defined = [value for value in values if not math.isnan(value)]
    return len(defined) not in (0, len(values)) or (bool(defined) and max(defined) - min(defined) > _EQUAL)
