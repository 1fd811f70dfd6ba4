"""The least Streamlit app of two pages: what any dashboard's change of page costs here."""

import streamlit as st


def first() -> None:
    """One page."""
    st.subheader("First")


def second() -> None:
    """The other page."""
    st.subheader("Second")


PAGES = [
    st.Page(first, title="First", url_path="first", default=True),
    st.Page(second, title="Second", url_path="second"),
]
page = st.navigation(PAGES, position="hidden")
with st.container(horizontal=True):
    for entry in PAGES:
        st.page_link(entry)
page.run()
