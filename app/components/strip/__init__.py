"""A line of scores, one button a score: pointing at a dot explains it, a click takes it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from app.components import browser_code, reported

_FOLDER = Path(__file__).parent
HTML = '<div class="strip"></div>'
CSS = browser_code(_FOLDER, "parts.css", "style.css")
JS = browser_code(_FOLDER, "parts.js", "strip.js")

_strip = component("metric_explorer_strip", html=HTML, css=CSS, js=JS)


def strip(data: dict[str, Any], *, key: str, on_dot: Callable[[int], None]) -> None:
    """Shows scores prepared by `app.views.strip.strip_data`.

    Args:
        data: What to draw.
        key: The widget's key.
        on_dot: Called before the rerun with the index of the dot that was clicked.
    """

    def chosen() -> None:
        index = reported(key, "dot")
        if isinstance(index, int) and index in [dot["index"] for dot in data["dots"]]:
            on_dot(index)

    _strip(data=data, key=key, on_dot_change=chosen)
