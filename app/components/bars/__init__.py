"""Bars with a label and a number each: the way from one score to another, or the effects of single changes."""

from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from app.components import browser_code

_FOLDER = Path(__file__).parent
HTML = '<div class="bars"></div>'
CSS = browser_code(_FOLDER, "parts.css", "style.css")
JS = browser_code(_FOLDER, "parts.js", "bars.js")

_bars = component("metric_explorer_bars", html=HTML, css=CSS, js=JS)


def bars(data: dict[str, Any], *, key: str) -> None:
    """Shows bars prepared by `app.views.bars.bars_data`.

    Args:
        data: What to draw.
        key: The widget's key.
    """
    _bars(data=data, key=key)
