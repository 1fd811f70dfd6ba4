"""Own files: uploads, what was concluded from them, and what may be declared instead."""

from __future__ import annotations

from typing import Literal, cast

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

import metrics_core as mc
from app.views.text import escape_markdown

_DATA, _ASKED, _ERROR = "_user_data", "_user_asked", "_user_error"
_TYPES = ["npy", "npz", "png", "zip"]
_KINDS = {"infer": "find out", "labels": "labels", "probabilities": "probabilities", "logits": "logits"}
_AXES = {"infer": "find out", "first": "before rows", "last": "after columns"}


def user_data() -> mc.UserData | None:
    """The data that was last read without error, or None."""
    return st.session_state.get(_DATA)


def forget() -> None:
    """Drop the user's data from this session."""
    for name in (_DATA, _ASKED, _ERROR):
        st.session_state.pop(name, None)
    st.session_state["_upload_round"] = st.session_state.get("_upload_round", 0) + 1


def draw_uploads() -> None:
    """Upload widgets and declarations; reads the files when either changes."""
    # A new key empties the uploaders: Streamlit offers no other way.
    turn = st.session_state.get("_upload_round", 0)
    targets = st.file_uploader("Target masks", _TYPES, accept_multiple_files=True, key=f"targets{turn}")
    predictions = st.file_uploader("Predictions", _TYPES, accept_multiple_files=True, key=f"predictions{turn}")
    with st.expander("Declare instead of finding out"):
        choices = _declared()
    if targets and choices is not None:
        _read(targets, predictions or [], choices)
    if error := st.session_state.get(_ERROR):
        st.error(escape_markdown(error), icon=":material/error:")
        if user_data() is not None:
            st.caption("What was loaded before is still shown.")
    if (data := user_data()) is not None:
        _draw_conclusions(data)
        st.button("Forget my data", on_click=forget, icon=":material/delete:")


def _declared() -> mc.Choices | None:
    classes = st.number_input("Classes", 0, 65536, 0, key="declare_classes", help="0: find out.")
    void = st.text_input("Void label", "find out", key="declare_void", help="A whole number, 'none' or 'find out'.")
    kind = st.selectbox("Prediction holds", list(_KINDS), format_func=_KINDS.__getitem__, key="declare_kind")
    axis = st.selectbox("Class axis", list(_AXES), format_func=_AXES.__getitem__, key="declare_axis")
    help_names = "With commas between; empty: class 0, class 1, …"
    names = st.text_input("Class names", "", key="declare_names", help=help_names)
    shared = st.toggle("Only images that both sides have", key="declare_both")
    try:
        label = _void_label(void.strip())
    except ValueError:
        st.error("Void label must be a whole number, 'none' or 'find out'.")
        return None
    return mc.Choices(
        num_classes=int(classes) or None,
        ignore_label=label,
        class_names=tuple(part.strip() for part in names.split(",")) if names.strip() else None,
        scores=cast("Literal['infer', 'labels', 'probabilities', 'logits']", kind),
        scores_axis=cast("Literal['infer', 'first', 'last']", axis),
        unmatched="intersection" if shared else "refuse",
    )


def _void_label(text: str) -> int | Literal["infer"] | None:
    if text in ("", "find out"):
        return "infer"
    return None if text == "none" else int(text)


def _read(targets: list[UploadedFile], predictions: list[UploadedFile], choices: mc.Choices) -> None:
    asked = (tuple(f.file_id for f in targets), tuple(f.file_id for f in predictions), choices)
    if asked == st.session_state.get(_ASKED):
        return
    st.session_state[_ASKED] = asked
    st.session_state.pop(_ERROR, None)
    try:
        with st.spinner("Reading your files …"):
            sides = [[mc.Upload(name=f.name, data=f.getvalue()) for f in side] for side in (targets, predictions)]
            st.session_state[_DATA] = mc.read_pair(sides[0], sides[1], choices=choices)
    except mc.FileError as error:
        st.session_state[_ERROR] = str(error)


def _draw_conclusions(data: mc.UserData) -> None:
    for notice in data.notices:
        st.warning(escape_markdown(notice), icon=":material/info:")
    with st.expander("What was found out"):
        for note in data.inferred:
            field, value, why = (escape_markdown(str(part)) for part in (note.field, note.value, note.why))
            st.markdown(f"- **{field}**: {value} — {why}")
