"""Quiz: questions of several lessons one after the other, and the score at the end."""

from __future__ import annotations

import streamlit as st

from app.learning import Opened, answer, asked, fresh
from app.lessons.lesson import Lesson
from app.lessons.quiz import points
from app.lessons.texts import fill
from app.panels.learn_lesson import draw_question, draw_verdict
from app.panels.learn_links import draw_lesson_link
from app.panels.learn_overview import start_quiz
from app.panels.learn_pictures import draw_outcome, draw_setting
from app.selection import choose, current


def draw_quiz() -> None:
    """The question that is next, or the result."""
    selection = current()
    lessons = asked(selection)
    given = selection.quiz_answers[: len(lessons)]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_progress(lessons, given), width="content")
        st.button("Leave the quiz", key="leave_quiz", icon=":material/close:", on_click=_leave)
    if selection.answer is not None and given:
        _draw_answered(lessons[len(given) - 1], last=len(given) == len(lessons))
    elif len(given) < len(lessons):
        _draw_asked(lessons[len(given)])
    else:
        _draw_result(lessons, given)


def _progress(lessons: tuple[Lesson, ...], given: tuple[int, ...]) -> str:
    place = len(given) + (current().answer is None)
    if place > len(lessons):
        return f"Quiz · {len(lessons)} questions answered"
    return f"Quiz · question {place} of {len(lessons)} · {points(lessons, given)} right so far"


def _draw_asked(lesson: Lesson) -> None:
    opened = Opened(lesson=lesson, knobs=lesson.settled({}))
    left, right = st.columns([1, 1.1], gap="medium")
    with left:
        draw_question(opened, on_answer=_answered)
    with right:
        draw_setting(opened.at_first)


def _draw_answered(lesson: Lesson, *, last: bool) -> None:
    opened = Opened(lesson=lesson, knobs=lesson.settled({}))
    st.subheader(fill(lesson.title, opened.at_first.numbers), anchor=False)
    left, right = st.columns([1, 1.1], gap="medium")
    with left:
        draw_verdict(opened)
    with right:
        draw_outcome(opened.at_first)
        words = "See the score" if last else "Next question"
        more = {"answer": None, "cell": "", "pixels": False}
        st.button(words, key="quiz_next", type="primary", on_click=choose, kwargs=more, shortcut="N")


def _answered(lesson: Lesson, choice: int) -> None:
    answer(lesson, choice)
    choose(quiz_answers=[*current().quiz_answers, choice])


def _leave() -> None:
    choose(**fresh(lesson="", tour=False))


def _draw_result(lessons: tuple[Lesson, ...], given: tuple[int, ...]) -> None:
    right = points(lessons, given)
    st.metric("Your score", f"{right} of {len(lessons)}")
    wrong = [each for each, choice in zip(lessons, given, strict=True) if each.question.answer != choice]
    if wrong:
        st.markdown("**Look at these again**")
        with st.container(gap="xxsmall"):
            for lesson in wrong:
                draw_lesson_link(lesson, icon=":material/cancel:")
    else:
        st.success("All right. There is nothing to review.", icon=":material/check_circle:")
    st.button("Another quiz", key="another_quiz", icon=":material/replay:", on_click=start_quiz)
