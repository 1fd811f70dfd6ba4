"""Own files: what was read from them without error, and how a reading is run, stopped and forgotten."""

from __future__ import annotations

from typing import Literal

import streamlit as st

import metrics_core as mc
from app.kept import forget_own
from app.own_declared import choices, declared, forget_declared, in_words
from app.own_legend import forget_legend, legend
from app.panels.own_checklist import draw_cautions, draw_checklist
from app.panels.own_inputs import Given, draw_inputs, forget_inputs
from app.panels.own_session import draw_session
from app.reading import prepare_reading, read_files
from app.reading_work import Job
from app.views.text import escape_markdown

_DATA, _MODELS = "_user_data", "_user_models"
_ASKED, _READING, _ERROR, _STOPPED = "_user_asked", "_user_reading", "_user_error", "_user_stopped"
_LARGEST_SESSION = 512 * 2**20  # bytes of all files of one session; one file is limited by Streamlit


def user_data() -> mc.UserModels | None:
    """The data that was last read without error, or None."""
    return st.session_state.get(_DATA)


def forget() -> None:
    """Drop the user's data, files and declarations from this session. For callbacks."""
    for name in (_DATA, _MODELS, _ASKED, _READING, _ERROR, _STOPPED):
        st.session_state.pop(name, None)
    forget_own()
    forget_inputs()
    forget_declared()
    forget_legend()


def draw_uploads() -> None:
    """Everything about own files; reads them when they, or what is declared about them, change."""
    prepare_reading()  # while the user looks for the files
    given = draw_inputs()
    # Messages that come and go must not move the checklist, which would lose the focus.
    with st.container():
        _draw_state(given)
    if given is not None or user_data() is not None:
        draw_checklist(user_data(), st.session_state.get(_MODELS))
    draw_session()
    if given is not None or user_data() is not None:
        st.button("Forget my data", on_click=forget, icon=":material/delete:")


def _draw_state(given: Given | None) -> None:
    """Read what was given, and say what went wrong or looks wrong."""
    if given is not None:
        _read_once(given)
    else:
        for name in (_ASKED, _ERROR, _STOPPED):
            st.session_state.pop(name, None)
    if error := st.session_state.get(_ERROR):
        st.error(escape_markdown(in_words(error)), icon=":material/error:")
        if user_data() is not None:
            st.caption("What was loaded before is still shown.")
    if st.session_state.get(_STOPPED):
        st.info("The reading was cancelled; what was loaded before stays.", icon=":material/block:")
        st.button("Read again", on_click=_again)
    data = user_data()
    if data is not None:
        draw_cautions(data)


def _read_once(given: Given) -> None:
    """Read what was given, unless that has been tried already."""
    try:
        classes = legend()
        asked = (given.key, tuple(sorted(declared().items())), classes)
        if asked == st.session_state.get(_ASKED):
            return
        said = choices(classes)
    except mc.FileError as error:
        st.session_state[_ERROR] = str(error)
        return
    st.session_state[_READING] = asked
    for name in (_ERROR, _STOPPED):
        st.session_state.pop(name, None)
    _read(given, said)
    st.session_state[_ASKED] = asked


def _read(given: Given, said: mc.Choices) -> None:
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, "Reading your files …")
        st.button("Cancel", on_click=_stop, icon=":material/close:", key="own_cancel")

    def tell(text: str, share: float) -> None:
        # Where a click or a change waits, this call ends the run, and with it the reading.
        bar.progress(min(1.0, share), escape_markdown(text))

    try:
        if given.size > _LARGEST_SESSION:
            expected = f"at most {_LARGEST_SESSION:,} bytes in one session"
            raise mc.FileError(f"your files: expected {expected}, got {given.size:,}; remove some")
        job = Job(
            targets=given.targets(),
            predictions=given.predictions(),
            images=given.images(),
            models_by=_models_by(),
            choices=said,
        )
        done = read_files(job, tell)
        st.session_state[_DATA], st.session_state[_MODELS] = done.data, done.models
    except mc.FileError as error:
        st.session_state[_ERROR] = str(error)
    except MemoryError:
        st.session_state[_ERROR] = "your files: expected less data than this machine can hold; read fewer at a time"
    place.empty()


def _models_by() -> Literal["infer", "one", "folder", "file"]:
    said = declared().get("models_by")
    return said if said in ("one", "folder", "file") else "infer"


def _stop() -> None:
    st.session_state[_ASKED] = st.session_state.get(_READING)
    st.session_state[_STOPPED] = True


def _again() -> None:
    for name in (_ASKED, _STOPPED):
        st.session_state.pop(name, None)
