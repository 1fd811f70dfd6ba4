"""Navigation: the pages of this run, for links from one to another."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
from streamlit.navigation.page import Page

_PAGES = "_pages"


def remember_pages(pages: Iterable[Page]) -> None:
    """Keep the pages, so that panels can link to them by title."""
    st.session_state[_PAGES] = {page.title: page for page in pages}


def page_called(title: str) -> Page:
    """The page of a title."""
    return st.session_state[_PAGES][title]
