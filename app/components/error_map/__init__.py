"""A canvas that shows where one image's prediction is right and wrong; recolouring, zoom and hover cost no rerun."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from app.components import browser_code, reported
from app.views.error_map import Pick, message, picked_pixel

_FOLDER = Path(__file__).parent

HTML = '<div class="error-map"></div>'
CSS = browser_code(_FOLDER, "style.css")
JS = browser_code(_FOLDER, "labels.js", "pixels.js", "painting.js", "controls.js", "viewer.js")

_canvas = component("metric_explorer_error_map", html=HTML, css=CSS, js=JS)


def error_map(
    data: dict[str, Any],
    *,
    key: str,
    on_pick: Callable[[Pick], None] | None = None,
    on_step: Callable[[int], None] | None = None,
) -> None:
    """Shows an image prepared by `app.views.error_map.error_map_data`.

    Args:
        data: The component data of one image.
        key: The widget's key; the reader's mode, opacity and zoom are remembered under it.
        on_pick: Called before the rerun with the pixel that was clicked or chosen by keyboard.
        on_step: Called before the rerun with -1 (previous image) or +1 (next image).
    """

    def picked() -> None:
        pick = picked_pixel(reported(key, "pick"), num_classes=len(data["classNames"]))
        if on_pick is not None and pick is not None:
            on_pick(pick)

    def stepped() -> None:
        step = reported(key, "step")
        if on_step is not None and step in (-1, 1):
            on_step(step)

    _canvas(data=message({**data, "memory": key}), key=key, on_pick_change=picked, on_step_change=stepped)
