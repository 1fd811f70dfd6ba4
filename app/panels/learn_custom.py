"""Custom: a teacher's own lesson, opened from a file that stays in this session."""

from __future__ import annotations

import streamlit as st

from app.learning import OWN, fresh, keep_own_lesson, own_lesson
from app.lessons.custom import EXAMPLE, read_lesson
from app.lessons.toml_fields import LessonError
from app.selection import choose
from app.views.text import escape_markdown

_READ, _ERROR = "_own_lesson_read", "_own_lesson_error"


def draw_custom() -> None:
    """Where a file is dropped, and an example of one."""
    with st.expander("A lesson of your own"):
        st.markdown(
            "A lesson is a small text file: a scenario, a question, one or two knobs and a moral. Start from the "
            "example, which explains every field."
        )
        st.download_button(
            "Example lesson", EXAMPLE, "lesson.toml", "application/toml", on_click="ignore", icon=":material/download:"
        )
        file = st.file_uploader("Lesson file", ["toml"], key="lesson_file", max_upload_size=1)
        if file is not None and file.file_id != st.session_state.get(_READ):
            st.session_state[_READ] = file.file_id
            _read(file.getvalue())
        if error := st.session_state.get(_ERROR):
            st.error(escape_markdown(error), icon=":material/error:")
        lesson = own_lesson()
        if lesson is not None:
            st.button(
                f"Open “{lesson.title}”",
                key="open_own",
                on_click=choose,
                kwargs=fresh(lesson=OWN, tour=False),
                icon=":material/school:",
            )


def _read(data: bytes) -> None:
    """Keep the lesson of a file; a broken one leaves the lesson before in place."""
    st.session_state[_ERROR] = ""
    try:
        keep_own_lesson(read_lesson(data))
    except LessonError as error:
        st.session_state[_ERROR] = str(error)
