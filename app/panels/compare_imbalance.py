"""Imbalance: every score as a class becomes rarer or more frequent, the model staying as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

import metrics_core as mc
from app.panels.code import draw_code
from app.results import Report
from app.scenes import Scene
from app.selection import settle
from app.settings import ALL_CLASSES
from app.verdicts import kept
from app.views.base import CONFIG
from app.views.colours import class_colours
from app.views.prevalence import PrevalenceLine, prevalence_figure
from app.views.text import escape_markdown, format_percent
from app.views.wording import rule_badges

_FORMULAS = ("iou", "dice", "precision", "recall", "specificity", "accuracy")
_MATRIX = ("mcc", "kappa")
_SWEEPS = {"average": "under your rules", "class": "of this class alone"}
_PREVALENCES = tuple(float(share) for share in np.geomspace(1e-4, 0.9, 33))


def draw_imbalance(scene: Scene, report: Report) -> None:
    """Lines of all scores against the prevalence of one class, the data's own marked."""
    names = report.statistics.class_names
    supports = report.statistics.support.sum(0).tolist()
    present = [label for label in range(len(names)) if supports[label] and label not in report.selection.ignore]
    if len(present) < 2:
        st.info("Prevalence can vary only where two classes or more are present and counted.", icon=":material/info:")
        return
    rare = _draw_choices(report, present, rarest=min(present, key=supports.__getitem__))
    sweep = kept(report, f"prevalence {rare} {report.selection.sweep}", lambda: _sweep(report, rare))
    lines = [
        PrevalenceLine(name=name, colour=colour, scores=scores)
        for name, colour, scores in zip(sweep.names, class_colours(len(sweep.names)), sweep.values, strict=True)
    ]
    figure = prevalence_figure(lines, prevalences=sweep.prevalences, cursor=sweep.own_prevalence)
    st.plotly_chart(figure, key="prevalence", config=CONFIG, alt="scores against the prevalence of the class")
    _draw_legend(scene, report, rare)
    draw_code(report, "prevalence", mc.CodeOptions(numbers="prevalence", rare_class=rare), rule=_rule(report, rare))


def _draw_choices(report: Report, present: list[int], *, rarest: int) -> int:
    """Widgets for the class and the kind of score; returns the class."""
    names, chosen = report.statistics.class_names, report.selection.rare
    chosen = settle(rare=chosen if chosen in present else ALL_CLASSES).rare
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Class whose prevalence varies",
            [ALL_CLASSES, *present],
            format_func=lambda label: names[label] if label >= 0 else f"the rarest: {names[rarest]}",
            key="rare",
            width=320,
        )
        st.segmented_control("Scores", list(_SWEEPS), format_func=_SWEEPS.__getitem__, key="sweep", required=True)
    return rarest if chosen == ALL_CLASSES else chosen


def _draw_legend(scene: Scene, report: Report, rare: int) -> None:
    names = report.statistics.class_names
    if not report.cells.tp[:, rare].sum():
        st.caption(f"The model finds no pixel of {escape_markdown(names[rare])}: no prevalence lifts what needs a hit.")
    badges = rule_badges(_rule(report, rare), names, has_void=scene.dataset.ignore_label is not None)
    st.caption(
        f"The same answers on each true class, {escape_markdown(names[rare])} weighted from "
        f"{format_percent(_PREVALENCES[0], digits=2)} to {format_percent(_PREVALENCES[-1], digits=0)} of the pixels: "
        "recall and specificity of a class stay, precision and all that holds it move. "
        f"Lines that coincide hide each other. Rules: {escape_markdown(' · '.join(badges))}."
    )


def _rule(report: Report, rare: int) -> mc.Convention:
    """The user's rules, or those that leave this class alone in the average."""
    rule = report.selection.convention
    if report.selection.sweep == "average":
        return rule
    others = tuple(label for label in range(report.statistics.num_classes) if label != rare)
    order = "classes_then_images" if rule.order == "per_class" else rule.order
    return replace(rule, average="macro", order=order, excluded_classes=others)


def _sweep(report: Report, rare: int) -> mc.PrevalenceSweep:
    selection = report.selection
    keys = _FORMULAS if selection.sweep == "class" or selection.decide == "threshold" else (*_FORMULAS, *_MATRIX)
    formulas = [mc.get_formula(name) for name in keys]
    if selection.formula not in (*_FORMULAS, *_MATRIX):
        formulas.append(selection.formula_record)
    return mc.prevalence_sweep(
        report.statistics, formulas, _rule(report, rare), rare_class=rare, prevalences=_PREVALENCES
    )
