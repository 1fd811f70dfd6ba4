"""Lesson: story and question first; an answer brings the verdict, the formula and the knobs."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.learning import Opened, answer, go_to, neighbour, slots, step
from app.lessons.course import lessons, tour
from app.lessons.lesson import GROUPS, Lesson
from app.lessons.texts import fill, fill_latex
from app.panels.learn_links import draw_explore_link, draw_lesson_link
from app.panels.learn_pictures import draw_outcome, draw_pixels, draw_setting
from app.panels.learn_style import draw_leave
from app.selection import choose, current, show_again


def draw_lesson(opened: Opened) -> None:
    """One lesson, asked or answered."""
    _draw_bar(opened.lesson)
    st.subheader(fill(opened.lesson.title, opened.now.numbers), anchor=False)
    if current().answer is None:
        show_again(on="")
        left, right = st.columns([1, 1.1], gap="medium")
        with left:
            draw_question(opened)
        with right:
            draw_setting(opened.at_first)
        return
    left, right = st.columns([1, 1.1], gap="medium")
    with left:
        draw_verdict(opened)
    show_again("pixels", *(slot for slot, _ in slots(opened.lesson)), on=opened.lesson.key)
    with right:
        _draw_knobs(opened)
        draw_outcome(opened.now)
        st.latex(fill_latex(opened.now.formula, opened.now.numbers))
    _draw_more(opened)


def draw_question(opened: Opened, *, on_answer: Callable[[Lesson, int], None] = answer) -> None:
    """The scenario and what is asked about it, one button a choice."""
    question, numbers = opened.lesson.question, opened.at_first.numbers
    st.markdown(fill(opened.lesson.story, numbers))
    st.markdown(f"**{fill(question.text, numbers)}**")
    with st.container(key="choices", gap="small"):
        for index, choice in enumerate(question.choices):
            st.button(
                fill(choice, numbers),
                key=f"choice{index}",
                on_click=on_answer,
                args=(opened.lesson, index),
                width="stretch",
                shortcut=str(index + 1),
            )


def draw_verdict(opened: Opened) -> None:
    """Which choice was right, why, the trap and the moral."""
    lesson, now, first = opened.lesson, opened.now.numbers, opened.at_first.numbers
    question, chosen = lesson.question, current().answer
    right = chosen == question.answer
    st.markdown(fill(lesson.story, now))
    st.markdown(f"**{fill(question.text, first)}**")
    lines = [_choice_line(fill(choice, first), i, question.answer, chosen) for i, choice in enumerate(question.choices)]
    st.markdown("\n".join(lines))
    words = fill(question.why, now)
    if right:
        st.success(f"**Right.** {words}", icon=":material/check_circle:")
    else:
        st.warning(f"**Not this time.** {words}", icon=":material/lightbulb:")
    st.markdown(f":material/warning: **The trap.** {fill(lesson.trap, now)}")
    st.markdown(f":material/school: **The moral.** {fill(lesson.moral, now)}")


def _choice_line(text: str, index: int, right: int, chosen: int | None) -> str:
    yours = " ← your answer" if index == chosen else ""
    return f"- :green[:material/check:] **{text}**{yours}" if index == right else f"- {text}{yours}"


def _draw_knobs(opened: Opened) -> None:
    for slot, knob in slots(opened.lesson):
        st.select_slider(
            knob.label,
            [str(value) for value in knob.values],
            format_func=lambda text, knob=knob: knob.text(knob.read(text)),
            key=slot,
            help=knob.help or None,
        )


def _draw_bar(lesson: Lesson) -> None:
    """Where in the course the reader is, and the way on."""
    selection = current()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="lesson_bar"):
        st.button(
            "", key="previous", icon=":material/arrow_back:", on_click=step, args=(lesson, -1), help="Previous (p)"
        )
        st.caption(_place(lesson), width="content")
        following = neighbour(lesson, 1)
        words = "Next" if following else "Overview"
        hint = f"{words} (n)"
        st.button(words, key="next", icon=":material/arrow_forward:", on_click=step, args=(lesson, 1), help=hint)
        if selection.answer is not None:
            st.button("Ask again", key="again", icon=":material/replay:", on_click=choose, kwargs={"answer": None})
        if selection.presenter:
            draw_leave()
        else:
            st.button("All lessons", key="overview", icon=":material/apps:", on_click=go_to, args=(None,))
            st.button(
                "Present", key="present", icon=":material/present_to_all:", on_click=choose, kwargs={"presenter": True}
            )


def _place(lesson: Lesson) -> str:
    if current().tour and lesson in tour():
        return f"Tour, {tour().index(lesson) + 1} of {len(tour())}"
    order = list(lessons())
    if lesson.key not in order:
        return "From your file"
    return f"{GROUPS[lesson.group]}, {order.index(lesson.key) + 1} of {len(order)}"


def _draw_more(opened: Opened) -> None:
    """The pixels, the way to Explore, sources and related lessons."""
    lesson, now = opened.lesson, opened.now
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="more"):
        if now.data is not None:
            st.toggle("Show me the pixels", key="pixels")
        draw_explore_link(opened)
        for related in filter(None, map(lessons().get, lesson.related)):
            draw_lesson_link(related, prefix="See also: ")
    left, right = st.columns(2, gap="medium")
    pixels = now.data if current().pixels else None
    with left:
        if pixels is not None:
            st.markdown("**The picture of the question**")
        draw_setting(now)
    with right:
        if pixels is not None:
            st.markdown("**The pixels behind the answer**")
            draw_pixels(pixels)
        _draw_sources(lesson)


def _draw_sources(lesson: Lesson) -> None:
    concerned = " ".join(f":blue-badge[{name}]" for name in lesson.libraries if name != "any")
    links = "  \n".join(f":small[[{each.title}]({each.url})]" if each.url else each.title for each in lesson.sources)
    st.markdown(f"{concerned}\n\n{links}")
