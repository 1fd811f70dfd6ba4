"""Headline: the score, the rules it was made by, and what other rules would say."""

from __future__ import annotations

import streamlit as st

import metrics_core as mc
from app.components.strip import strip
from app.panels.code import draw_code
from app.results import Report
from app.scenes import Scene
from app.selection import choose_rules
from app.verdicts import headline_interval
from app.views.intervals import interval_words
from app.views.rules import RuleScore, rules_data
from app.views.text import UNDEFINED, escape_markdown, format_score, shorten
from app.views.wording import rule_badges, undefined_words


def draw_headline(scene: Scene, report: Report) -> None:
    """The score in large, its rule badges, and the range under other rules."""
    score, selection = report.score, report.selection
    left, right = st.columns([1, 1.15], gap="medium", vertical_alignment="center")
    with left:
        # A range of scores is wider than one score.
        number, rules = st.columns([1.8, 1.2] if score.value.ndim else [1, 1.7], vertical_alignment="center")
        number.metric(
            score.formula.name,
            _value_text(report),
            help=_help(report),
        )
        names, has_void = scene.dataset.class_names, scene.dataset.ignore_label is not None
        badges = rule_badges(score.convention, names, has_void=has_void)
        model = f":blue-badge[{escape_markdown(shorten(selection.model, limit=24))}]"
        rules.markdown(" ".join([model, *(f":gray-badge[{escape_markdown(badge)}]" for badge in badges)]))
        _draw_interval(report)
    with right:
        _draw_other_rules(report)


def _draw_interval(report: Report) -> None:
    """The interval of a score that is one number; a list has those of its classes in the table below."""
    if report.score.value.ndim == 0:
        found = headline_interval(report)
        with st.container(horizontal=True, gap="small", key="interval"):
            st.caption(interval_words(found))
            wanted = mc.CodeOptions(numbers="score" if isinstance(found, str) else "interval")
            draw_code(report, "headline", wanted, label="Code")


def _value_text(report: Report) -> str:
    value = report.score.value
    if value.ndim == 0:
        return format_score(float(value))
    defined = value[~value.isnan()]
    if not defined.numel():
        return UNDEFINED
    return f"{format_score(float(defined.min()))} … {format_score(float(defined.max()))}"


def _help(report: Report) -> str:
    score, baseline = report.score, report.baseline.value
    parts = [score.reason and f"{UNDEFINED}: {score.reason}.", undefined_words(score)]
    if baseline.ndim == 0:
        parts.append(f"Always answering the commonest class would score {format_score(float(baseline))}.")
    if score.formula.matrix_ratio is not None and score.convention.average == "micro":
        parts.append("Its micro average takes the whole matrix: leaving a class out of the mean does not change it.")
    parts.append(score.formula.pitfalls)
    return escape_markdown(" ".join(part for part in parts if part))


def _draw_other_rules(report: Report) -> None:
    score = report.score
    if score.value.ndim:
        st.caption("No average is taken: the table of classes below holds the scores.")
        return
    others = report.other_rules.values
    scores = [RuleScore(label=rule.label, value=rule.value) for rule in others]
    data = rules_data(scores, current=float(score.value), score_name=score.formula.name)
    strip(data, key="other_rules", on_dot=lambda index: choose_rules(others[index].convention))
