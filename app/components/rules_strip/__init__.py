"""A line of scores under other rules: pointing at a dot names its rule, a click takes it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

_FOLDER = Path(__file__).parent
HTML = '<div class="rules-strip"></div>'
CSS = (_FOLDER / "style.css").read_text(encoding="utf-8")
JS = (_FOLDER / "strip.js").read_text(encoding="utf-8")

_strip = component("metric_explorer_rules_strip", html=HTML, css=CSS, js=JS)


def rules_strip(data: dict[str, Any], *, key: str, on_rule: Callable[[int], None]) -> None:
    """Shows scores prepared by `app.views.rules.rules_data`.

    Args:
        data: What to draw.
        key: The widget's key.
        on_rule: Called before the rerun with the index of the rule that was clicked.
    """

    def chosen() -> None:
        state = st.session_state.get(key)
        index = state.get("rule") if isinstance(state, dict) else None
        if isinstance(index, int) and 0 <= index < data["number"]:
            on_rule(index)

    _strip(data=data, key=key, on_rule_change=chosen)
