"""Streamlit components of our own: each draws in the browser and reports what was clicked."""

from pathlib import Path
from typing import Any

import streamlit as st

_SHARED = Path(__file__).parent


def browser_code(folder: Path, *names: str) -> str:
    """One module or style sheet for the browser, of files that are separate for the reader only.

    A name is looked for in the component's own folder first, then among the parts that components share.
    """
    paths = [folder / name if (folder / name).exists() else _SHARED / name for name in names]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def reported(key: str, name: str) -> Any:
    """What the component of a key last reported under a name; None where it reported nothing."""
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, dict) else None
