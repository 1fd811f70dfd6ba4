"""Advice: what twenty rules say about this score on these data, and what only the user can tell them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

import metrics_core as mc
from app.lessons.course import lessons
from app.panels.learn_links import draw_lesson_link
from app.results import Report
from app.scenes import Scene
from app.selection import Selection, choose, rule_settings
from app.verdicts import advice
from app.views.advice import ANSWERS, KINDS, QUESTIONS
from app.views.text import escape_markdown


def draw_advice(scene: Scene, report: Report) -> None:
    """A card for each rule that has something to say; below them, the questions that others wait for."""
    found = advice(scene, report)
    said = [each for each in found if each.kind != "check"]
    order = list(KINDS)
    said.sort(key=lambda each: order.index(each.kind))
    left, right = st.columns(2, gap="small")
    for place, each in enumerate(said):
        with (left, right)[place % 2]:
            _draw_card(report.selection, each)
    _draw_questions(found)


def _draw_card(selection: Selection, advice: mc.Advice) -> None:
    colour, words = KINDS[advice.kind]
    with st.container(border=True, key=f"advice{advice.rule}"):
        st.markdown(f":{colour}-badge[{words}] **{escape_markdown(advice.title)}**")
        st.caption(f"{escape_markdown(advice.reason[0].upper() + advice.reason[1:])}.")
        with st.container(horizontal=True, vertical_alignment="center"):
            if settings := _settings(selection, advice):
                st.button(
                    "Apply",
                    key=f"apply{advice.rule}",
                    on_click=choose,
                    kwargs=settings,
                    icon=":material/check:",
                    help="Set formula and rules in the sidebar as this advice says.",
                )
            _draw_lesson(advice)


def _settings(selection: Selection, advice: mc.Advice) -> dict[str, Any]:
    """Settings that follow the advice; none where the sidebar has no such rules, or has them already."""
    settings: dict[str, Any] = {}
    if advice.formula is not None and advice.formula.key in mc.FORMULAS:
        settings["formula"] = advice.formula.key
    if advice.convention is not None:
        rules = rule_settings(advice.convention)
        followed = replace(selection, **rules | {"ignore": tuple(rules["ignore"])})
        if followed.convention.key() == advice.convention.key():
            settings |= rules
    current = {name: getattr(selection, name) for name in settings} | {"ignore": list(selection.ignore)}
    return {} if all(current[name] == value for name, value in settings.items()) else settings


def _draw_lesson(advice: mc.Advice) -> None:
    for lesson in lessons().values():
        if f"L{lesson.number:02d}" == advice.lesson:
            draw_lesson_link(lesson, icon=":material/school:")


def _draw_questions(found: tuple[mc.Advice, ...]) -> None:
    st.markdown("**What the counts cannot tell**")
    st.caption("Each answer lets a rule speak; answers are kept in the address.")
    columns = st.columns(3, gap="small")
    for place, (name, question) in enumerate(QUESTIONS.items()):
        with columns[place % 3]:
            st.selectbox(question, list(ANSWERS[name]), format_func=ANSWERS[name].__getitem__, key=f"known_{name}")
    waiting = [each for each in found if each.kind == "check"]
    if waiting:
        with st.expander(f"{len(waiting)} rules wait for an answer"):
            for each in waiting:
                st.markdown(f"**{escape_markdown(each.title)}**: {escape_markdown(each.reason)}")
                _draw_lesson(each)
