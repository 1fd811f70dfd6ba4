"""What the sidebar holds beside a lesson: the way to the other lessons and a link for a class."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from app.learning import OWN, own_lesson, start_over
from app.lessons.course import lessons
from app.lessons.progress import count_marks
from app.selection import Selection

_SHARED = ("lesson", "knob1", "knob2", "tour", "quiz", "quiz_seed")


def draw_contents(selection: Selection) -> None:
    """The list of lessons, and how many are answered."""
    every = lessons()
    own = own_lesson()
    titles = {"": "All lessons", **{key: lesson.title for key, lesson in every.items()}}
    if own is not None:
        titles[OWN] = f"{own.title} (your file)"
    st.subheader("1 Lesson", anchor=False)
    st.selectbox(
        "Lesson",
        list(titles),
        format_func=titles.__getitem__,
        key="lesson",
        on_change=start_over,
        label_visibility="collapsed",
    )
    right, wrong, _ = count_marks(selection.progress, (lesson.number for lesson in every.values()))
    st.progress((right + wrong) / max(len(every), 1), f"{right + wrong} of {len(every)} answered, {right} right")


def draw_class_link(query: dict[str, str]) -> None:
    """The link for a class: this lesson as it is set, without anybody's answers."""
    st.subheader("2 Share", anchor=False, help="Opens this lesson, its knobs as they are, the question unanswered.")
    if query.get("lesson") == OWN:
        st.caption("This lesson is not in any link: pass its file on instead.")
        return
    shared = {name: text for name, text in query.items() if name in _SHARED}
    address = (st.context.url or "").split("?")[0]
    st.code(address + ("?" + urlencode(shared) if shared else ""), language=None, wrap_lines=True)
