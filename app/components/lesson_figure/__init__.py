"""Bars, lines, small images and tables of a lesson: plain HTML and SVG, since a charting library opens too slowly."""

from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

_FOLDER = Path(__file__).parent
_SCRIPTS = ("parts.js", "bars.js", "lines.js", "tiles.js", "figure.js")

HTML = '<figure class="lesson-figure"></figure>'
CSS = (_FOLDER / "style.css").read_text(encoding="utf-8")
# One module for the browser: the parts are separate files for the reader only.
JS = "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)

_figure = component("metric_explorer_lesson_figure", html=HTML, css=CSS, js=JS)


def lesson_figure(data: dict[str, Any], *, key: str, words: str) -> None:
    """Shows a picture prepared by `app.views.lesson.figure_data`; words say what it shows."""
    _figure(data=data | {"words": words}, key=key)
