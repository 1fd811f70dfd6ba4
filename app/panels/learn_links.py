"""Links from a lesson: to another lesson, and to Explore with the lesson's very pixels and settings."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.learning import OWN, Opened, fresh
from app.lessons.lesson import Lesson
from app.navigation import page_called
from app.selection import linked
from app.settings import SETTINGS

_RULES = (
    "formula",
    "beta",
    "average",
    "pooling",
    "zero",
    "background",
    "void",
    "ignore",
    "decide",
    "threshold",
    "tie",
    "kept",
    "order",
    "image",
    "model",
    "focus",
    "cell",
    "scope",
    "slice",
)


def explore_settings(opened: Opened) -> dict[str, Any]:
    """Every setting of Explore that this lesson decides: its data, its rules, the others at their defaults."""
    if opened.now.explore is None:
        return {}
    defaults = {name: SETTINGS[name].default for name in _RULES}
    return defaults | {"source": "lesson", "presenter": False} | dict(opened.now.explore.settings)


def draw_explore_link(opened: Opened) -> None:
    """A link to Explore, where the lesson has something to show there."""
    settings = explore_settings(opened)
    if settings and opened.lesson.key != OWN:
        query = linked(**settings)
        st.page_link(page_called("Explore"), label="Open in Explore", icon=":material/search:", query_params=query)


def draw_lesson_link(lesson: Lesson, *, prefix: str = "", icon: str | None = None) -> None:
    """A link to a lesson, with what was answered so far."""
    query = linked(**fresh(lesson=lesson.key, tour=False))
    concerned = ", ".join(lesson.libraries) if lesson.libraries != ("any",) else "any library"
    st.page_link(page_called("Learn"), label=prefix + lesson.title, icon=icon, query_params=query, help=concerned)
