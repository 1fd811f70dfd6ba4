"""Words: conventions, numbers and intervals as plain text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.files.refusals import clean_name
from metrics_core.report.record import Number, ScoreReport
from metrics_core.uncertainty import Interval

UNDEFINED = "∅"


def convention_words(rule: Convention, class_names: Sequence[str]) -> str:
    """Average, pooling, 0/0, and every other option that is not at its default."""
    said = [
        "each class by itself" if rule.average == "none" else words.option_value("average", rule, class_names),
        words.option_value("pooling", rule, class_names),
        f"0/0 {'' if math.isnan(rule.zero_division) else '= '}{words.option_value('zero_division', rule, class_names)}",
    ]
    # What is listed by image or class has no order of means.
    told = ("average", "pooling", "zero_division", *(("order",) if rule.order.startswith("per_") else ()))
    others = [name for name in rule.differences(Convention()) if name not in told]
    said += [f"{words.LABELS[name]}: {words.option_value(name, rule, class_names)}" for name in others]
    return clean_name("; ".join(said))


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
