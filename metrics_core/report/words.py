"""Words: conventions, numbers and intervals as plain text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.files.refusals import clean_name
from metrics_core.report.record import Number, ScoreReport
from metrics_core.uncertainty import Interval

UNDEFINED = "∅"
RULE_WORDS: Mapping[str, Mapping[str, str]] = {
    "average": {"none": "per class", "micro": "micro", "macro": "macro", "weighted": "weighted", "sum": "sum"},
    "pooling": {"dataset": "pooled", "image": "per image"},
    "kept_classes": {
        "all": "all classes",
        "union": "classes seen in target or prediction",
        "target": "classes present in the target",
        "raw_target": "classes present in the target before any is ignored",
    },
    "order": {
        "classes_then_images": "classes, then images",
        "images_then_classes": "images, then classes",
        "all_cells": "all image-class pairs at once",
    },
}
"""Values of the options that the menus offer, in a few words each."""

_TOLD = (
    *RULE_WORDS,
    "zero_division",
    "threshold",
    "threshold_tie",
    "void",
    "ignored_classes",
    "excluded_classes",
)


def rule_words(rule: Convention, class_names: Sequence[str], *, has_void: bool) -> tuple[str, ...]:
    """What every score is shown with, in a few words each, in the order the rules are applied; plain text.

    has_void: whether the data have a void label.
    """
    ignored = [class_names[label] for label in rule.ignored_classes]
    left_out = [class_names[label] for label in rule.excluded_classes if label not in rule.ignored_classes]
    said = [
        RULE_WORDS["average"][rule.average],
        RULE_WORDS["pooling"][rule.pooling],
        "0/0 dropped" if math.isnan(rule.zero_division) else f"0/0 → {rule.zero_division:g}",
        "argmax" if rule.threshold is None else f"score {rule.threshold_tie} {rule.threshold:.3f}",
    ]
    if has_void:
        said.append("void ignored" if rule.void == "removed" else "void counts against")
    if ignored:
        said.append("ignoring " + ", ".join(ignored))
    if left_out:
        said.append("mean without " + ", ".join(left_out))
    if rule.kept_classes != "all":
        said.append(RULE_WORDS["kept_classes"][rule.kept_classes])
    averaged = rule.pooling == "image" and rule.average in ("macro", "weighted")
    if averaged and rule.order in RULE_WORDS["order"] and rule.order != "classes_then_images":
        said.append(RULE_WORDS["order"][rule.order])
    return tuple(said)


def convention_words(rule: Convention, class_names: Sequence[str], *, has_void: bool) -> str:
    """The words beside every score, and every other option that is not at its default."""
    others = [name for name in rule.differences(Convention()) if name not in _TOLD]
    rest = (f"{words.LABELS[name]}: {words.option_value(name, rule, class_names)}" for name in others)
    return clean_name("; ".join((*rule_words(rule, class_names, has_void=has_void), *rest)))


def score_text(value: float, *, digits: int = 3) -> str:
    """A score as readers expect it; undefined is ∅."""
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.{digits}f}".replace("-", "−")


def interval_text(interval: Interval | None) -> str:
    """Both ends; "" without an interval."""
    return "" if interval is None else f"{score_text(interval.low)} to {score_text(interval.high)}"


def interval_sentence(report: ScoreReport, number: Number) -> str:
    """How a score's interval was found, or why there is none."""
    interval = number.interval
    if interval is None:
        return number.note or "no interval"
    drawn = words.plural(interval.drawn, interval.unit)
    note = f"; {interval.note}" if interval.note else ""
    return (
        f"{interval.level:.0%} interval {interval_text(interval)}, bootstrap over {drawn}, "
        f"{words.shown_count(interval.resamples)} resamples, seed {report.seed}{note}"
    )
