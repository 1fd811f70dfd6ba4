"""A table of cells that are buttons, or one picture of many cells: a confusion matrix, or libraries by metrics."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

from app.components import browser_code, reported

_FOLDER = Path(__file__).parent
HTML = '<div class="matrix"></div>'
CSS = browser_code(_FOLDER, "parts.css", "style.css")
JS = browser_code(_FOLDER, "parts.js", "matrix.js")

GRID_CSS = browser_code(_FOLDER, "parts.css", "grid.css")
GRID_JS = browser_code(_FOLDER, "parts.js", "grid.js")

_matrix = component("metric_explorer_matrix", html=HTML, css=CSS, js=JS)
_grid = component("metric_explorer_grid", html=HTML, css=GRID_CSS, js=GRID_JS)


def matrix(data: dict[str, Any], *, key: str, on_cell: Callable[[tuple[int, int]], None]) -> None:
    """Shows cells prepared by `app.views.cells.cells_data`, or those of a large matrix by `app.views.confusion`.

    Args:
        data: What to draw.
        key: The widget's key.
        on_cell: Called before the rerun with the (row, column) of the cell that was chosen.
    """

    is_grid = "counts" in data
    key = f"{key}_grid" if is_grid else key  # a component keeps what it has drawn under its key

    def chosen() -> None:
        match reported(key, "cell"):
            case [int(row), int(column)] if _is_shown(data, row, column):
                on_cell((row, column))
            case _:
                pass

    (_grid if is_grid else _matrix)(data=data, key=key, on_cell_change=chosen)


def _is_shown(data: dict[str, Any], row: int, column: int) -> bool:
    if "counts" in data:
        names: list[list[str]] = data["names"]
        return 0 <= row < len(names[0]) and 0 <= column < len(names[1])
    rows: list[dict[str, Any]] = data["rows"]
    cells: list[Any] = rows[row]["cells"] if 0 <= row < len(rows) else []
    return 0 <= column < len(cells) and cells[column] is not None
