"""Reasons: the way from one score to another, option by option, and the call that gives the number."""

from __future__ import annotations

import math

import streamlit as st

import metrics_core as mc
from app.comparison import Calls, End, library_name, without_defects
from app.components.bars import bars
from app.results import Report
from app.selection import choose
from app.views.markdown import markdown_table
from app.views.text import escape_markdown, format_difference, format_score
from app.views.waterfall import WaterfallStep, way_data


def draw_ends(report: Report, calls: Calls, own: dict[str, End], ends: tuple[End, End]) -> mc.Explanation | None:
    """The two ends to choose and the waterfall between them; returns the explanation."""
    # No text here depends on the rules: a menu of hundreds of options is costly for the browser to draw anew.
    titles = {end.key: end.title for end in own.values()}
    titles |= {row.preset.key: _title(row) for row in calls.averages}
    start, end = ends
    defaults = {"start": "your rules", "end": "the default that is furthest"}
    for key, label in (("start", "1 From"), ("end", "2 To")):
        st.selectbox(
            label,
            ["", *titles],
            format_func=lambda choice, key=key: titles.get(choice, defaults[key]),
            key=key,
        )
    refused = [side.row.reason for side in ends if side.row is not None and side.row.reason]
    if refused:
        st.info(escape_markdown("; ".join(dict.fromkeys(refused))), icon=":material/block:")
        return None
    try:
        explanation = mc.explain(report.statistics, start=start.meaning, end=end.meaning)
    except mc.InputError as error:
        st.info(escape_markdown(str(error)), icon=":material/block:")
        return None
    _draw_waterfall(explanation, start, end)
    if report.selection.start or report.selection.end:
        st.button("Clear", on_click=choose, kwargs={"start": "", "end": ""}, icon=":material/close:", key="clear_ends")
    return explanation


def _title(row: mc.Row) -> str:
    name = row.preset.key.replace("_0_9", " 0.9")
    return f"{format_score(row.fraction)} · {name}"


def _draw_waterfall(explanation: mc.Explanation, start: End, end: End) -> None:
    before, after = format_score(explanation.start_value), format_score(explanation.end_value)
    change = format_difference(explanation.total)
    names = f"{escape_markdown(start.title)} → {escape_markdown(end.title)}"
    st.markdown(f"**{before} → {after}** &nbsp; {change}  \n:small[{names}]")
    if not explanation.steps:
        if not math.isnan(explanation.total):
            st.caption("Nothing in which the two differ matters on these data.")
        return
    moving = [step for step in explanation.steps if step.delta != 0] or explanation.steps
    data = way_data(
        [WaterfallStep(label=step.label, before=step.before, after=step.after) for step in moving],
        score_name=mc.FAMILIES[end.family],
        start_name=_short(start),
        end_name=_short(end),
        summary=f"the way from {before} to {after}, option by option",
    )
    bars(data, key="waterfall")


def _short(end: End) -> str:
    return "your rules" if end.row is None else library_name(end.row)


def draw_steps(explanation: mc.Explanation) -> None:
    """Every step in words, and what makes no difference."""
    shared = explanation.order_matters and explanation.attribution != "none"
    columns = ["option", "from → to", "change", *(["in any order"] if shared else []), "why, on these data"]
    rows = [
        [
            step.label,
            f"{step.start} → {step.end}",
            format_difference(step.delta),
            *([format_difference(step.attribution)] if shared else []),
            step.sentence,
        ]
        for step in explanation.steps
    ]
    if rows:
        st.markdown(markdown_table(columns, rows, numbers=("change", "in any order")))
    notes = [explanation.note] if explanation.note else []
    if shared:
        notes.append("a change depends on the changes before it; 'in any order' is its mean over all orders")
    if notes:
        st.caption(escape_markdown(". ".join(note[0].upper() + note[1:] for note in notes) + "."))
    if explanation.unchanged:
        number = len(explanation.unchanged)
        differ = "1 more option differs and changes" if number == 1 else f"{number} more options differ and change"
        with st.expander(f"{differ} nothing"):
            st.markdown("\n".join(f"- {escape_markdown(each.sentence)}" for each in explanation.unchanged))


def draw_call(report: Report, calls: Calls, ends: tuple[End, End]) -> None:
    """The code that prints the number of an end with the library itself, and the library's known defects."""
    rows = {end.key: end.row for end in reversed(ends) if end.row is not None}
    for key, row in rows.items():
        title = f"The call that gives {_printed(row.value, row)}: {escape_markdown(key)}"
        with st.expander(title, expanded=key == ends[1].key):
            st.caption(escape_markdown(calls.convention(row)))
            st.code(report.library_python(row), language="python", wrap_lines=True)
            st.caption(f"Source of the convention: {escape_markdown(row.preset.source)}")
            _draw_defects(report, row)


def _printed(value: float, row: mc.Row) -> str:
    """What a call returns; beside per cent the fraction, which is what the page shows elsewhere."""
    scale = row.convention.scale
    per_cent = scale == 100 and not math.isnan(value)
    return f"{format_score(value)} % ({format_score(value / scale)})" if per_cent else format_score(value)


def _draw_defects(report: Report, row: mc.Row) -> None:
    if not row.quirks:
        return
    for quirk in row.quirks:
        title, text, source = (escape_markdown(each) for each in (quirk.title, quirk.description, quirk.source))
        st.markdown(f":orange-badge[known defect] **{title}.** :small[{text} Source: {source}]")
    if row.reason:
        return
    mended = without_defects(report, row)
    same = format_score(mended, digits=4) == format_score(row.value, digits=4)
    effect = "They do not change this number." if same else f"Without them it would be {_printed(mended, row)}."
    st.caption(effect if len(row.quirks) > 1 else effect.replace("They do", "It does").replace("them", "it"))
