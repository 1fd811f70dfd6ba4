"""The dashboard's entry: one sidebar, the pages, and the address that holds every setting."""

from __future__ import annotations

import sys
from pathlib import Path

# `streamlit run` puts this folder, not the one above it, on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import streamlit as st
from PIL import Image

from app.components.keyboard import escape_closes_sidebar
from app.counted import draw_download
from app.learning import lesson_defaults, settle_lesson
from app.loading import load_scene, scene_defaults, settled, settled_source
from app.memory import leave_libraries_alone
from app.navigation import remember_pages
from app.panels.learn_sidebar import draw_class_link, draw_contents
from app.reporting import draw_reports
from app.screens.compare import compare
from app.screens.explore import explore
from app.screens.learn import learn
from app.selection import Selection, begin, end, share
from app.sidebar import draw_image, draw_rules, draw_share, draw_source
from app.unknown_parts import draw_unknown

PAGES = (
    st.Page(explore, title="Explore", icon=":material/search:", url_path="start", default=True),
    st.Page(compare, title="Compare", icon=":material/compare_arrows:", url_path="compare"),
    st.Page(learn, title="Learn", icon=":material/school:", url_path="learn"),
)
# The default page is served at the root alone; who types its name all the same is led there.
_TYPED = st.Page(explore, title="Explore typed", url_path="explore")


# Streamlit leaves much room around a page; map and matrix should both fit on a projector. Some of its colours are too
# faint to read: captions, code, the main button on a dark page. No user text goes in here.
_STYLE = """<style>
.stMainBlockContainer { padding: 0.8rem 2rem 2rem; }
.katex-display { overflow: visible; padding: 0.4rem 0; }
.katex-display > .katex { white-space: normal; }
.katex-display .base { margin: 0.35em 0; }
.st-key-pages a:focus-visible { outline: 2px solid light-dark(#00639C, #7CC5EF); outline-offset: 1px; }
.stButtonGroup [role="radiogroup"] { flex-wrap: wrap; overflow: visible; }
.st-key-interval [data-testid="stElementContainer"]:first-child { flex: 1 1 11rem; }
header.stAppHeader { background: transparent; }
header.stAppHeader, header.stAppHeader * { pointer-events: none; }
header.stAppHeader button, header.stAppHeader button * { pointer-events: auto; }
[data-testid="stSidebarHeader"] { height: 1.6rem; margin-bottom: 0; padding-bottom: 0; }
[data-testid="stSidebarUserContent"] { padding-top: 0; }
[data-testid="stSidebar"][data-collapsed="true"] * { visibility: hidden !important; }
[data-testid="stMain"] [data-testid="stVerticalBlock"] { gap: 0.7rem; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: 0.7rem; }
[data-testid="stCaptionContainer"] { opacity: 0.72; }
[data-testid="stBaseButton-primary"] { background: #0072B2; border-color: #0072B2; }
[data-testid="stBaseButton-primary"]:hover { background: #00639C; border-color: #00639C; }
[data-testid="stCode"] .token:is(.comment, .punctuation) { color: light-dark(#5B6570, #9CA8B4); }
[data-testid="stCode"] .token:is(.keyword, .boolean) { color: light-dark(#00639C, #7CC5EF); }
[data-testid="stCode"] .token:is(.number, .string) { color: light-dark(#00694C, #3CC79C); }
[data-testid="stCode"] .token.operator { color: light-dark(#A84600, #F09A55); }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 0.8rem 1rem 2rem; }
  .st-key-pages { padding-left: 1.8rem; }
  [data-testid="stMain"] .katex-display { font-size: 0.8em; overflow-x: auto; overflow-y: hidden; }
  [data-testid="stMarkdownContainer"] table { display: block; overflow-x: auto; }
  [data-testid="stMarkdownContainer"] td:last-child { min-width: 14rem; }
}
</style>"""
_SIDEBAR_PIXELS = 350


def _icon() -> Image.Image:
    """A tab icon drawn here: a named one would be fetched from another host."""
    blue, orange, green, pale = (0, 114, 178), (230, 159, 0), (0, 158, 115), (214, 226, 236)
    cells = np.array([[green, pale, orange], [pale, green, pale], [blue, pale, green]], np.uint8)
    return Image.fromarray(cells.repeat(21, 0).repeat(21, 1))


def main() -> None:
    """Draw one run of the dashboard."""
    st.set_page_config(
        page_title="metric-explorer", page_icon=_icon(), layout="wide", initial_sidebar_state=_SIDEBAR_PIXELS
    )
    st.markdown(_STYLE, unsafe_allow_html=True)
    page = st.navigation([*PAGES, _TYPED], position="hidden")
    if page == _TYPED:
        st.switch_page(PAGES[0], query_params=st.query_params.to_dict())
    remember_pages(PAGES)
    selection = begin(page.title)
    query = _learn_sidebar(selection) if page.title == "Learn" else _data_sidebar(selection)
    with st.sidebar:
        escape_closes_sidebar(key="escape")
    with st.container(horizontal=True, gap="small", key="pages"):
        for entry in PAGES:
            st.page_link(entry, query_params=query)
    draw_unknown()
    page.run()
    end()
    leave_libraries_alone()


def _data_sidebar(selection: Selection) -> dict[str, str]:
    """Data, rules and the link; returns the address."""
    selection = settled_source(selection)
    with st.sidebar:
        draw_source(selection)
        scene = load_scene(selection)
        if scene is not None:
            selection, steps = settled(scene, selection)
            draw_image(scene, selection)
            draw_rules(scene, selection, threshold_steps=steps)
    query = share(**({} if scene is None else scene_defaults(scene, selection)), **lesson_defaults(selection))
    with st.sidebar:
        draw_share(query)
        if scene is not None:
            draw_reports(scene, selection, query)
            draw_download(scene, selection.model)
    return query


def _learn_sidebar(selection: Selection) -> dict[str, str]:
    """The lessons and the link for a class; returns the address."""
    selection = settle_lesson(selection)
    query = share(**lesson_defaults(selection))
    with st.sidebar:
        draw_contents(selection)
        draw_class_link(query)
    return query


main()
