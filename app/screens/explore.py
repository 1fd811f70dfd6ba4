"""Explore: what does this number hide?"""

from __future__ import annotations

import streamlit as st

from app.loading import current_scene
from app.panels.details import draw_details
from app.panels.empty import draw_nothing_loaded
from app.panels.headline import draw_headline
from app.panels.matrix import draw_matrix
from app.panels.picture import draw_picture
from app.results import Report, statistics
from app.selection import current

_MANY = 20  # classes whose matrix needs more room than the picture


def explore() -> None:
    """The headline, where it comes from, and what it hides."""
    scene, selection = current_scene(), current()
    if scene is None:
        draw_nothing_loaded(selection)
        return
    counts = statistics(scene, selection.model)
    report = Report(key=(scene.digest, selection.model), selection=selection, statistics=counts)
    draw_headline(scene, report)
    left, right = st.columns([1, 1.35 if scene.num_classes > _MANY else 1], gap="medium")
    with left:
        draw_picture(scene, report)
    with right:
        draw_matrix(scene, report)
    draw_details(scene, report)
