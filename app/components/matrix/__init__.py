"""A confusion matrix whose cells are buttons; drawing it again with the same data costs nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import streamlit as st
from streamlit.components.v2 import component

_FOLDER = Path(__file__).parent
HTML = '<div class="matrix"></div>'
CSS = (_FOLDER / "style.css").read_text(encoding="utf-8")
JS = (_FOLDER / "matrix.js").read_text(encoding="utf-8")

_matrix = component("metric_explorer_matrix", html=HTML, css=CSS, js=JS)


def matrix(data: dict[str, Any], *, key: str, on_cell: Callable[[tuple[int, int]], None]) -> None:
    """Shows counts prepared by `app.views.confusion.confusion_data`.

    Args:
        data: What to draw.
        key: The widget's key.
        on_cell: Called before the rerun with the (true, predicted) cell that was chosen.
    """

    def chosen() -> None:
        state = st.session_state.get(key)
        cell = state.get("cell") if isinstance(state, dict) else None
        places = [(each["row"], each["column"]) for each in data["cells"]]
        if isinstance(cell, list) and tuple(cast("list[int]", cell)) in places:
            on_cell((cell[0], cell[1]))

    _matrix(data=data, key=key, on_cell_change=chosen)
