"""Verdicts: the cached bridge to intervals, slices, calibration, advice and paired comparisons."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

import metrics_core as mc
from app.comparison import End
from app.comparison_table import Table
from app.kept import kept_by_digest
from app.results import Report, statistics
from app.scenes import Scene
from app.selection import Selection

_Found = TypeVar("_Found")
# Beyond so many images, intervals of every class would slow each change of a rule down.
MOST_IMAGES = 5000
_SAME = 1e-6  # of a library that rounds to float32


def kept(report: Report, what: str, make: Callable[[], _Found]) -> _Found:
    """What make returns, computed once for the data, the model, the formula and the rules."""
    selection = report.selection
    return _made(*report.key, f"{what} {(selection.formula, selection.beta, selection.convention.key())!r}", make)


@kept_by_digest(st.cache_resource, shared=256, own=64)
def _made(digest: str, model: str, what: str, _make: Callable[[], Any]) -> Any:
    return _make()


def headline_interval(report: Report) -> mc.Interval | str:
    """The interval of the score, or why there is none."""
    return kept(report, "interval", lambda: _interval(report))


def _interval(report: Report) -> mc.Interval | str:
    selection = report.selection
    try:
        return mc.bootstrap(report.statistics, selection.formula_record, selection.convention)
    except ValueError as error:  # too few images, or scores that were not counted image by image
        return str(error)


def class_intervals(report: Report) -> tuple[mc.Interval | None, ...]:
    """The interval of every class; None where there is none."""
    none = (None,) * report.statistics.num_classes
    if report.statistics.num_images > MOST_IMAGES:
        return none
    return kept(report, "class intervals", lambda: _class_intervals(report) or none)


def _class_intervals(report: Report) -> tuple[mc.Interval, ...] | None:
    selection = report.selection
    try:
        return mc.bootstrap_classes(report.statistics, selection.formula_record, selection.convention)
    except ValueError:
        return None


def slices(report: Report, labels: Mapping[str, str], *, named: str) -> tuple[mc.Slice, ...]:
    """Score of every slice; named: what names the labels exactly."""
    selection = report.selection
    return kept(
        report,
        f"slices {named}",
        lambda: mc.score_slices(report.statistics, selection.formula_record, selection.convention, labels=labels),
    )


def worst_images(report: Report) -> tuple[mc.WorstImage, ...]:
    """The images with the worst scores."""
    selection = report.selection
    return kept(
        report, "worst", lambda: mc.worst_images(report.statistics, selection.formula_record, selection.convention)
    )


def calibration(report: Report) -> tuple[mc.Calibration, ...]:
    """How good every class's scores are as probabilities; empty without scores."""
    return kept(
        report,
        "calibration",
        lambda: mc.calibrations(
            report.statistics, report.selection.formula_record, ignored_classes=report.selection.ignore
        ),
    )


def known(scene: Scene, selection: Selection) -> mc.Known:
    """What the user knows and the counts do not tell."""
    answers: dict[str, Any] = {name: answer for name, answer in selection.known if answer and name != "background"}
    background = None if dict(selection.known)["background"] == "none" else 0
    models = list(scene.dataset.predictions)
    ranked = {name: statistics(scene, name) for name in models} if len(models) > 1 else None
    return mc.Known(background=background, models=ranked, **answers)


def advice(scene: Scene, report: Report) -> tuple[mc.Advice, ...]:
    """What the rules of advice say, given what the user knows."""
    selection = report.selection

    def found() -> tuple[mc.Advice, ...]:
        answers = known(scene, selection)
        return mc.advise(report.statistics, selection.formula_record, selection.convention, known=answers)

    return kept(report, f"advice {selection.known!r}", found)


def ranking(scene: Scene, report: Report) -> mc.Ranking | str:
    """All models on the images that they share, or why they cannot be compared; pairs are the chosen less another."""
    selection = report.selection
    # A pair is its second model less its first, so the chosen one comes last.
    models = [name for name in scene.dataset.predictions if name != selection.model] + [selection.model]

    def found() -> mc.Ranking | str:
        counted = {name: statistics(scene, name) for name in models}
        try:
            return mc.rank_models(counted, selection.formula_record, selection.convention)
        except ValueError as error:
            return str(error)

    return kept(report, "ranking", found)


def cell_intervals(report: Report, table: Table) -> list[list[mc.Interval | None]]:
    """The interval of each cell [row][column]; None where a library's own ways leave formula and convention."""
    found: dict[object, mc.Interval | None] = {}

    def cell(end: End | None) -> mc.Interval | None:
        if end is None or end.formula is None:
            return None
        key = (end.formula.key, end.convention.key())
        if key not in found:
            found[key] = _made(*report.key, f"cell {key!r}", lambda: _cell_interval(report, end))
        interval = found[key]
        same = interval is not None and math.isclose(interval.value, end.value, abs_tol=_tolerance(end.convention))
        return interval if same else None

    return [[cell(end) for end in row] for row in table.ends]


def _tolerance(rule: mc.Convention) -> float:
    """How far a library's value may be from the fraction before rounding."""
    return _SAME if rule.digits is None else 0.51 * 10.0**-rule.digits / rule.scale


def _cell_interval(report: Report, end: End) -> mc.Interval | None:
    assert end.formula is not None
    try:
        return mc.bootstrap(report.statistics, end.formula, end.convention)
    except ValueError:
        return None
