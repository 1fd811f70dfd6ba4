"""Compare: would another rule, library or model change the verdict?"""

from __future__ import annotations

import streamlit as st

from app.loading import current_scene
from app.panels.compare_curves import draw_curve_choices
from app.panels.compare_heading import draw_heading
from app.panels.compare_imbalance import draw_imbalance
from app.panels.compare_libraries import draw_libraries
from app.panels.compare_models import draw_models
from app.panels.compare_rules import draw_rules
from app.panels.empty import draw_nothing_loaded
from app.results import Report, statistics
from app.selection import current

_PANELS = {
    "Libraries": draw_libraries,
    "Rules": draw_rules,
    "Models": draw_models,
    "Imbalance": draw_imbalance,
    "Curves": draw_curve_choices,
}


def compare() -> None:
    """One question at a time: only the open tab is computed."""
    scene, selection = current_scene(), current()
    if scene is None:
        draw_nothing_loaded(selection)
        return
    counted = statistics(scene, selection.model)
    report = Report(key=(scene.digest, selection.model), selection=selection, statistics=counted)
    tab = draw_heading(scene, report)
    with st.container(key="comparison"):
        _PANELS[tab](scene, report)
