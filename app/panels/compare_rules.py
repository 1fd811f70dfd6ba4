"""Rules: which single option moves the score most on these data."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import metrics_core as mc
from app.components.bars import bars
from app.panels.code import draw_code
from app.results import Report
from app.scenes import Scene
from app.views.effects import EffectBar, effects_data
from app.views.markdown import markdown_table
from app.views.text import escape_markdown, format_difference, format_score

_SHOWN = 12
_VISIBLE = 5e-4
_TOLD = 5


def draw_rules(scene: Scene, report: Report) -> None:
    """Every single change of a rule that moves the score, the largest first."""
    formula = report.score.formula
    effects = mc.single_option_effects(report.statistics, formula, report.selection.convention)
    if not effects:
        st.info("No single rule moves this score: these data decide it alone.", icon=":material/check_circle:")
        return
    # Undefined scores are no small change.
    visible = [effect for effect in effects if not abs(effect.delta) < _VISIBLE]
    first = effects[0]
    st.markdown(
        f"Most: **{escape_markdown(first.label)}**, {escape_markdown(first.end)} instead of "
        f"{escape_markdown(first.start)}: {formula.name} **{format_score(first.value)}** "
        f"({format_difference(first.delta)}). {_number_words(len(visible))}"
    )
    shown = [
        EffectBar(label=f"{effect.label}: {effect.end}", value=effect.value, delta=effect.delta)
        for effect in visible[:_SHOWN]
    ]
    bars(effects_data(shown, score_name=formula.name), key="effects")
    if visible:
        st.markdown(_table(visible[:_TOLD]))
    unseen = [effect for effect in effects if effect not in visible]
    for title, others in (("more in words", visible[_TOLD:]), ("that move it by less than 0.0005", unseen)):
        if others:
            with st.expander(f"{len(others)} {title}"):
                st.markdown(_table(others))
    draw_code(report, "effects", mc.CodeOptions(numbers="effects"))


def _number_words(visible: int) -> str:
    """How many changes there are, and how many of them have a bar."""
    moving = f"{visible} single change{' moves' if visible == 1 else 's move'} the score by 0.0005 or more"
    return f"{moving}; drawn are the {_SHOWN} largest." if visible > _SHOWN else f"{moving}."


def _table(effects: Sequence[mc.Effect]) -> str:
    rows = [
        [
            effect.label,
            f"{effect.start} → {effect.end}",
            format_score(effect.value),
            format_difference(effect.delta),
            effect.sentence,
        ]
        for effect in effects
    ]
    columns = ("option", "from → to", "score", "change", "why, on these data")
    return markdown_table(columns, rows, numbers=("score", "change"))
