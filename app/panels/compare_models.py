"""Models: whether one of two is better, under which rules, and what turns it round."""

from __future__ import annotations

import math

import streamlit as st

import metrics_core as mc
from app.panels.code import draw_code
from app.results import Report, statistics
from app.scenes import Scene
from app.selection import choose, choose_data, settle
from app.verdicts import ranking
from app.views.base import CONFIG
from app.views.paired import pair_words, ranking_table, ranking_words
from app.views.tables import VerdictRow, verdict_table
from app.views.text import escape_markdown, format_score
from app.views.verdict import verdict_figure


def draw_models(scene: Scene, report: Report) -> None:
    """The difference with its interval, and the scores under the usual rules."""
    others = [name for name in scene.dataset.predictions if name != report.selection.model]
    if not others:
        _draw_one_model()
        return
    versus = report.selection.versus if report.selection.versus in others else others[0]
    if len(others) > 1:
        settle(versus=versus)
        st.selectbox("Against", others, key="versus")
    formula, rule = report.score.formula, report.selection.convention
    found = mc.verdict(report.statistics, statistics(scene, versus), formula, rule)
    _draw_verdict(scene, report, versus)
    _draw_words(found, formula, report.selection.model, versus)
    rows = [_row(row) for row in sorted(found.rows, key=lambda row: _order(row.a - row.b))]
    current = VerdictRow(rule="your rules", first=found.current.a, second=found.current.b)
    first, better = report.selection.model, "higher" if formula.best > formula.worst else "lower"
    figure = verdict_figure(
        rows, current=current, first_name=first, second_name=versus, score_name=formula.name, better=better
    )
    st.plotly_chart(figure, key="verdict", config=CONFIG, alt="one dot a rule: difference of the two models' scores")
    table = verdict_table([current, *rows], first_name=first, second_name=versus, better=better)
    st.dataframe(table, hide_index=True, key="verdicts", alt="scores of both models under every rule")
    st.caption(
        f"{found.images} images that both models have. Void and ignored classes are as in the sidebar; a rule's name "
        "leaves out those of its choices that make no difference."
    )


def _draw_verdict(scene: Scene, report: Report, versus: str) -> None:
    """What resampling says about the two models, and about all of them where there are more."""
    first, found = report.selection.model, ranking(scene, report)
    if isinstance(found, str):
        st.info(f"No winner is named: {escape_markdown(found)}.", icon=":material/info:")
        return
    pair = next(each for each in found.pairs if {first, versus} == set(each.names))
    named = st.success if pair.winner else st.info
    # A winner's name stays as it is written.
    reason = pair.reason if pair.winner else pair.reason[0].upper() + pair.reason[1:]
    icon = ":material/trophy:" if pair.winner else ":material/balance:"
    named(f"**{escape_markdown(reason)}.** {escape_markdown(pair_words(pair))}", icon=icon)
    if len(found.names) > 2:
        _draw_ranking(found)
    draw_code(report, "models", mc.CodeOptions(numbers="models", names=pair.names, subtracted="other"))


def _draw_ranking(found: mc.Ranking) -> None:
    st.dataframe(ranking_table(found), hide_index=True, key="ranking", alt="all models with intervals and ranks")
    st.caption(escape_markdown(ranking_words(found)))


def _order(difference: float) -> float:
    return math.inf if math.isnan(difference) else -difference


def _row(row: mc.VerdictRow) -> VerdictRow:
    return VerdictRow(rule=row.label, first=row.a, second=row.b)


def _draw_words(found: mc.Verdict, formula: mc.Formula, first: str, second: str) -> None:
    names = {"a": escape_markdown(first), "b": escape_markdown(second)}
    rules = {better: sum(len(row.labels) for row in found.rows if row.winner == better) for better in ("a", "b")}
    every = sum(len(row.labels) for row in found.rows)
    current = found.current
    scores = f"{formula.name} {format_score(current.a)} ({names['a']}) against {format_score(current.b)} ({names['b']})"
    better = f"**{names[current.winner]}** is higher" if current.winner in names else f"**{current.winner}**"
    st.markdown(
        f"Your rules: {better}, {scores}. Of {every} usual rules, **{rules['a']}** put {names['a']} higher and "
        f"**{rules['b']}** {names['b']}."
    )
    if found.flip is not None:
        scores = f"{format_score(found.flip.a)} against {format_score(found.flip.b)}"
        st.markdown(f"The smallest change that turns it round: {escape_markdown(found.flip.description)} ({scores}).")
    elif current.winner in names:
        st.markdown("No change of one or two rules turns it round.")


def _draw_one_model() -> None:
    st.info("A verdict needs two models on the same images; these data have one.", icon=":material/info:")
    for info in mc.list_datasets():
        if len(info.model_names) > 1:
            label = f"Open {escape_markdown(info.title)}: {escape_markdown(' and '.join(info.model_names))}"
            st.button(label, on_click=_open, args=(info.key,), key=f"open_{info.key}")


def _open(key: str) -> None:
    choose_data()
    choose(source="example", data=key)
