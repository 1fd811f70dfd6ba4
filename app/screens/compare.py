"""Compare: would another rule, library or model change the verdict?"""

from __future__ import annotations

import streamlit as st


def compare() -> None:
    """Placeholder until the panels are in place."""
    st.write("Compare")
