"""A table of cells that are buttons: a confusion matrix, or libraries by metrics."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from app.components import browser_code, reported

_FOLDER = Path(__file__).parent
HTML = '<div class="matrix"></div>'
CSS = browser_code(_FOLDER, "parts.css", "style.css")
JS = browser_code(_FOLDER, "parts.js", "matrix.js")

_matrix = component("metric_explorer_matrix", html=HTML, css=CSS, js=JS)


def matrix(data: dict[str, Any], *, key: str, on_cell: Callable[[tuple[int, int]], None]) -> None:
    """Shows cells prepared by `app.views.cells.cells_data`.

    Args:
        data: What to draw.
        key: The widget's key.
        on_cell: Called before the rerun with the (row, column) of the cell that was chosen.
    """

    def chosen() -> None:
        match reported(key, "cell"):
            case [int(row), int(column)] if _is_shown(data, row, column):
                on_cell((row, column))
            case _:
                pass

    _matrix(data=data, key=key, on_cell_change=chosen)


def _is_shown(data: dict[str, Any], row: int, column: int) -> bool:
    rows: list[dict[str, Any]] = data["rows"]
    cells: list[Any] = rows[row]["cells"] if 0 <= row < len(rows) else []
    return 0 <= column < len(cells) and cells[column] is not None
