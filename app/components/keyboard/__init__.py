"""Keys that work anywhere on a page, but not while something else is being typed or moved."""

from collections.abc import Callable, Sequence
from pathlib import Path

from streamlit.components.v2 import component

from app.components import reported

HTML = '<span class="keyboard"></span>'
JS = (Path(__file__).parent / "keyboard.js").read_text(encoding="utf-8")

_keyboard = component("metric_explorer_keyboard", html=HTML, js=JS)


def keyboard(keys: Sequence[str], *, key: str, on_key: Callable[[str], None]) -> None:
    """Listens for keys by the names that browsers give them, such as "ArrowRight" or "n".

    on_key is called before the rerun with the key that was pressed.
    """

    def pressed() -> None:
        name = reported(key, "key")
        if name in keys:
            on_key(str(name))

    _keyboard(data={"keys": list(keys)}, key=key, on_key_change=pressed)


def escape_closes_sidebar(*, key: str) -> None:
    """Escape closes the sidebar where it lies over the page, as on a phone; the browser does it alone."""
    _keyboard(data={"keys": [], "closes": '[data-testid="stSidebarCollapseButton"] button'}, key=key)
