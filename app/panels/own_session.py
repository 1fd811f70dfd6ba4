"""Session: settings, declarations and class names saved to a file, and taken over from one."""

from __future__ import annotations

import streamlit as st

import metrics_core as mc
from app.own_declared import declare, declared, forget_declared
from app.own_legend import keep, legend
from app.selection import linked
from app.views.text import escape_markdown

_ERROR, _ROUND = "_session_error", "_session_round"


def draw_session() -> None:
    """A button that saves the session, and an uploader that brings one back."""
    # The state of the session is out of reach when the button is clicked.
    session = _session()
    with st.expander("Session file"):
        st.download_button(
            "Save session",
            lambda: mc.session_bytes(session),
            file_name="metric-explorer-session.json",
            mime="application/json",
            on_click="ignore",
            icon=":material/download:",
            help="Settings, declarations, class names and colours; no pixels.",
        )
        key = f"session{st.session_state.get(_ROUND, 0)}"
        st.file_uploader("Open a session", ["json"], key=key, on_change=_take, args=(key,))
        if error := st.session_state.get(_ERROR):
            st.error(escape_markdown(error), icon=":material/error:")


def _session() -> mc.Session:
    try:
        classes = legend()
    except mc.FileError:
        classes = None
    settings = {name: text for name, text in linked().items() if name != "names"}
    return mc.Session(settings=settings, declared=declared(), legend=classes)


def _take(key: str) -> None:
    """Take a session over: its settings through the address, as if a link had been opened."""
    file = st.session_state.get(key)
    st.session_state.pop(_ERROR, None)
    if file is None:
        return
    try:
        session = mc.read_session(file.name, file.getvalue())
    except mc.FileError as error:
        st.session_state[_ERROR] = str(error)
        return
    forget_declared()
    for field, value in session.declared.items():
        st.session_state.pop(f"declare_{field}", None)
        declare(field, str(value))
    keep(session.legend)
    names: str = st.session_state.get("names") or ""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.query_params.from_dict(dict(session.settings) | {"source": "files"} | ({"names": names} if names else {}))
