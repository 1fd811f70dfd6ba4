"""Overview: every lesson by group with what became of it, the tour, the quiz, and a lesson of one's own."""

from __future__ import annotations

import random

import streamlit as st

from app.learning import fresh
from app.lessons.course import by_group, lessons, tour
from app.lessons.lesson import GROUPS, Group, Lesson
from app.lessons.progress import count_marks, read_progress
from app.panels.learn_custom import draw_custom
from app.panels.learn_links import draw_lesson_link
from app.selection import choose, current

_ICONS = {
    "right": ":material/check_circle:",
    "wrong": ":material/cancel:",
    "seen": ":material/visibility:",
    None: ":material/radio_button_unchecked:",
}
_QUIZ_QUESTIONS = 10


def draw_overview() -> None:
    """What there is to learn."""
    every = lessons()
    right, wrong, seen = count_marks(current().progress, (lesson.number for lesson in every.values()))
    st.subheader("One trap, one minute", anchor=False)
    st.markdown(
        f"**{len(every)} lessons** on how a score misleads. Each asks first, then shows why on numbers that are "
        f"computed as you turn the knobs. :green[:material/check_circle:] {right} right · "
        f":material/cancel: {wrong} to look at again · :material/visibility: {seen} seen."
    )
    _draw_starts()
    found = _draw_search()
    if not found:
        st.info("No lesson fits. Try another word, or all libraries.", icon=":material/search_off:")
    _draw_groups(found)
    draw_custom()


def _draw_starts() -> None:
    first, minutes = tour(), 10
    with st.container(horizontal=True, gap="small"):
        if first:
            st.button(
                f"Take the tour: {len(first)} lessons, {minutes} minutes",
                key="start_tour",
                type="primary",
                icon=":material/tour:",
                on_click=_start_tour,
            )
        st.button("Quiz me", key="start_quiz", icon=":material/quiz:", on_click=start_quiz)
        if current().progress:
            st.button("Forget my progress", key="forget", icon=":material/restart_alt:", on_click=_forget)


def _start_tour() -> None:
    choose(**fresh(lesson=tour()[0].key, tour=True))


def start_quiz() -> None:
    """Begin another quiz, its questions drawn anew."""
    seed = random.SystemRandom().randrange(1, 10**6)
    choose(**fresh(lesson="", tour=False, quiz=min(_QUIZ_QUESTIONS, len(lessons())), quiz_seed=seed))


def _forget() -> None:
    choose(progress="")


def _draw_search() -> list[Lesson]:
    """Search box and library; returns the lessons that fit."""
    every = list(lessons().values())
    libraries = sorted({name for lesson in every for name in lesson.libraries if name != "any"}, key=str.lower)
    left, right = st.columns([2, 1], gap="small")
    left.text_input("Search", key="find", placeholder="Dice, void, threshold …", icon=":material/search:")
    right.selectbox("Library", ["", *libraries], format_func=lambda name: name or "all", key="about")
    words, library = current().find.lower().split(), current().about
    return [
        lesson
        for lesson in every
        if (not library or library in lesson.libraries) and all(word in _searched(lesson) for word in words)
    ]


def _searched(lesson: Lesson) -> str:
    return " ".join((*lesson.texts.values(), *lesson.libraries, GROUPS[lesson.group], f"l{lesson.number:02}")).lower()


def _draw_groups(found: list[Lesson]) -> None:
    marks = read_progress(current().progress)
    columns = st.columns(3, gap="medium")
    shown: list[Group] = [group for group in by_group() if any(lesson.group == group for lesson in found)]
    for place, group in enumerate(shown):
        with columns[place % 3], st.container(gap="xxsmall"):
            st.markdown(f"**{GROUPS[group]}**")
            for lesson in (each for each in found if each.group == group):
                draw_lesson_link(lesson, icon=_ICONS[marks.get(lesson.number)])
