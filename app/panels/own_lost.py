"""Lost: the browser still lists files that the server no longer has, after a restart or a long time apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

_HAD, _LOST = "_files_had", "_files_lost"
_DAY = 24 * 60 * 60  # seconds


def notice_lost(uploaders: Mapping[str, str], begin_anew: Callable[[], None]) -> None:
    """Where this session never had the files that the browser lists: empty the uploaders, and remember what was lost.

    uploaders: keys of uploaders that have been drawn, by what a file of theirs is called.
    begin_anew: gives the uploaders other keys, which empties them.
    """
    state = st.session_state
    files = {word: _files(key) for word, key in uploaders.items()}
    if any(isinstance(file, UploadedFile) for each in files.values() for file in each):
        state[_HAD] = True
        state.pop(_LOST, None)
        return
    gone = [f"{len(each)} {word}{'s' * (len(each) > 1)}" for word, each in files.items() if each]
    # A file that this session had is gone because the user has removed it.
    if gone and not state.get(_HAD):
        state[_LOST] = ", ".join([*filter(None, [state.get(_LOST)]), *gone])
        begin_anew()
        st.rerun()


@st.fragment(run_every=_DAY)
def run_when_reconnected() -> None:
    """Draws nothing: a page with a timed fragment, however rarely it is due, asks for a run once it is reconnected.

    Without one a page that has found its server again goes on showing what that server no longer knows.
    """


def draw_lost() -> None:
    """What was lost, until there are files again."""
    if lost := st.session_state.get(_LOST):
        st.warning(
            f"Lost with the old session: {lost}, and what was read from them or declared about them. The server was "
            "started anew, or this page was apart from it for too long. Load the files again; the settings, which "
            "are in the address, still hold.",
            icon=":material/link_off:",
        )


def _files(key: str) -> list[UploadedFile | DeletedFile]:
    value = st.session_state.get(key)
    return [] if value is None else value if isinstance(value, list) else [value]
