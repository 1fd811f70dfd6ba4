"""Style: links that wrap and are not marked as the current page, formulas that fit, the presenter's large type."""

from __future__ import annotations

import streamlit as st

from app.selection import choose

# No user text goes in here. A link to a lesson leads to the page that is open, which Streamlit would mark as such.
_LINK = '[data-testid="stMain"] [data-testid="stPageLink-NavLink"]:not(.st-key-pages *)'
_STYLE = f"""<style>
{_LINK} {{ background: none; }}
{_LINK}:hover {{ background: color-mix(in srgb, currentcolor 8%, transparent); }}
{_LINK} p {{ font-weight: 400; white-space: normal; }}
[data-testid="stMain"] .katex-display {{ font-size: 0.86em; overflow-x: auto; overflow-y: hidden; text-align: left; }}
[data-testid="stMain"] .katex-display > .katex {{ text-align: left; }}
.st-key-choices button {{ height: auto; padding: 0.45rem 0.9rem; }}
.st-key-choices button, .st-key-choices button > div {{ justify-content: flex-start; text-align: left; }}
.st-key-choices button p {{ white-space: normal; }}
.st-key-lesson_bar button {{ min-height: 2.1rem; padding: 0 0.7rem; }}
</style>"""
# Streamlit sizes everything by the page's root.
_PRESENTER = """<style>
html { font-size: 135%; }
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], .st-key-pages { display: none; }
</style>"""


def draw_style(*, presenter: bool) -> None:
    """The Learn page's own style."""
    st.markdown(_STYLE + (_PRESENTER if presenter else ""), unsafe_allow_html=True)


def draw_leave() -> None:
    """The way out of the presenter's mode, which hides the pages and the sidebar."""
    st.button(
        "Leave",
        key="leave",
        icon=":material/close_fullscreen:",
        on_click=choose,
        kwargs={"presenter": False},
        help="Back to pages and sidebar (Esc)",
    )
