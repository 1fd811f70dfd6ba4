"""Reads what was clicked out of the selection that a Plotly chart returns."""

from collections.abc import Mapping, Sequence
from typing import Any, cast


def picked(event: Any) -> tuple[int, ...] | None:
    """Returns the custom data of the clicked point, or None when nothing usable was clicked."""
    points = _entry(_entry(event, "selection"), "points")
    if not isinstance(points, Sequence) or isinstance(points, str) or not points:
        return None
    data = _entry(cast("Sequence[Any]", points)[0], "customdata")
    # Plotly hands back a single number for custom data of length one in some versions.
    values = list(cast("Sequence[Any]", data)) if isinstance(data, list | tuple) else [data]
    if not values or not all(isinstance(value, int | float) and float(value).is_integer() for value in values):
        return None
    return tuple(int(value) for value in values)


def _entry(container: Any, key: str) -> Any:
    return cast("Mapping[str, Any]", container).get(key) if isinstance(container, Mapping) else None
