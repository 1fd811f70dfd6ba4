"""Unknown parts: what a link asks for that does not exist here, said once instead of passed over."""

from __future__ import annotations

import streamlit as st

from app.views.text import escape_markdown, shorten

_UNKNOWN = "_unknown"
_LENGTH = 40  # characters that are shown of a part


def note_unknown(**settings: str) -> None:
    """Remember settings of the address by what was asked for."""
    st.session_state[_UNKNOWN] = st.session_state.get(_UNKNOWN, {}) | settings


def forget_unknown() -> None:
    """Say nothing more about the link: a setting was changed, or another link opened."""
    st.session_state[_UNKNOWN] = {}


def draw_unknown() -> None:
    """One sentence that names them all; nothing where there are none."""
    settings: dict[str, str] = st.session_state.get(_UNKNOWN, {})
    if settings:
        named = ", ".join(f"{name} “{shorten(text, limit=_LENGTH)}”" for name, text in settings.items())
        words = f"This link asks for what does not exist here: {named}. The default is shown in its place."
        st.info(escape_markdown(words), icon=":material/link_off:")
