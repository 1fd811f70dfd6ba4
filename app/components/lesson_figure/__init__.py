"""Bars, lines, small images and tables of a lesson: plain HTML and SVG, since a charting library opens too slowly."""

from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from app.components import browser_code

_FOLDER = Path(__file__).parent
HTML = '<figure class="lesson-figure"></figure>'
CSS = browser_code(_FOLDER, "style.css")
JS = browser_code(_FOLDER, "parts.js", "shapes.js", "bars.js", "lines.js", "labels.js", "tiles.js", "figure.js")

_figure = component("metric_explorer_lesson_figure", html=HTML, css=CSS, js=JS)


def lesson_figure(data: dict[str, Any], *, key: str, words: str) -> None:
    """Shows a picture prepared by `app.views.lesson.figure_data`; words say what it shows."""
    _figure(data=data | {"words": words}, key=key)
