"""Effects: what changing one option of a convention, and nothing else, does to a score."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.disagreement.change import Change
from metrics_core.disagreement.lattice import differs
from metrics_core.disagreement.sentences import sentence
from metrics_core.disagreement.states import Scorer, State
from metrics_core.evaluation import rule_of
from metrics_core.formulas import Formula, get_formula
from metrics_core.statistics import Statistics, refuse_unless_statistics

NAN = math.nan
# Values that people choose; the scale and rounding of a number, sums and lists are no other rule for the same score.
_VALUES: dict[str, tuple[object, ...]] = {
    "ignored_pixels": ("removed", "kept_as_false_positives"),
    "void": ("removed", "false_positive"),
    "out_of_range": ("false_negative", "pixel_removed"),
    "class_set": ("fixed", "up_to_largest", "seen"),
    "threshold": (None, 0.5),
    "threshold_tie": (">=", ">"),
    "pooling": ("dataset", "image"),
    "average": ("macro", "micro", "weighted"),
    "order": ("classes_then_images", "images_then_classes", "all_cells"),
    "weights": ("support",),
    "weighted_mean_divisor": ("weights",),
    "kept_classes": ("all", "union", "target", "raw_target"),
    "absent_value": (NAN, 0.0, 1.0),
    "zero_division": (NAN, 0.0, 1.0),
    "micro_zero_division": (None,),
    "undefined": ("skip", "propagate"),
    "undefined_images": (None, "skip", "propagate"),
    "nothing_left": (NAN, 0.0, 1.0),
    "zero_weight": (None, 0.0, "unweighted"),
    "epsilon": (0.0, 1e-7, 1e-4),
    "mean_epsilon": (0.0, 1e-7),
}


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One option of a convention changed, from start to end in words.

    convention: the one that comes out; value: its score, a fraction; delta: the difference to the score before, NaN
    where either is undefined.
    """

    option: str
    label: str
    start: str
    end: str
    convention: Convention
    value: float
    delta: float
    sentence: str


def single_option_effects(
    statistics: Statistics, formula: str | Formula, convention: Convention | None = None
) -> tuple[Effect, ...]:
    """Every single change of an option that moves the score, the largest first; undefined scores come last.

    Each option is set to the other values people choose, and each class is taken out of, or into, the ignored and the
    excluded ones. Changes without effect on these data are left out.

    Raises:
        ValueError: unknown formula, or a class outside 0..C-1 in the convention.
    """
    refuse_unless_statistics(statistics, usage="single_option_effects(statistics, 'iou')")
    scorer = Scorer(statistics)
    state = State(formula=get_formula(formula), convention=rule_of(convention))
    before = scorer.value(state)
    effects: list[Effect] = []
    known: set[tuple[object, ...]] = set()
    for name, value in alternatives(state.convention, statistics):
        after = state.with_options(**{name: value})
        score = scorer.value(after)
        # Two values of an option with one outcome are told once; two classes are two facts.
        outcome = (name, value if name.endswith("classes") and isinstance(value, tuple) else None, f"{score:.12g}")
        if differs(score, before) and outcome not in known:
            known.add(outcome)
            effects.append(_effect(Change(options=(name,), scorer=scorer, before=state, after=after), before, score))
    return tuple(sorted(effects, key=lambda effect: -abs(effect.delta) if math.isfinite(effect.delta) else 0.0))


def alternatives(rule: Convention, *data: Statistics) -> Iterator[tuple[str, object]]:
    """Other values of single options that can be evaluated on all data: (option, value)."""
    classes = range(data[0].num_classes)
    for name in ("ignored_classes", "excluded_classes"):
        for label in classes:
            toggled = tuple(sorted(set(getattr(rule, name)) ^ {label}))
            if len(toggled) < len(classes):
                yield name, toggled
    for name, values in _VALUES.items():
        if name != "threshold" or all(_has_scores(statistics, rule) for statistics in data):
            yield from ((name, value) for value in values if is_other(rule, name, value))


def is_other(rule: Convention, name: str, value: Any) -> bool:
    """Whether an option has another value than this one; NaN equals NaN."""
    return bool(replace(rule, **{name: value}).differences(rule))


def _has_scores(statistics: Statistics, rule: Convention) -> bool:
    histogram = statistics.histogram
    return histogram is not None and (rule.pooling == "dataset" or histogram.images == "per_image")


def _effect(change: Change, before: float, after: float) -> Effect:
    start, end = change.in_words()
    return Effect(
        option=change.options[0],
        label=words.LABELS[change.options[0]],
        start=start,
        end=end,
        convention=change.after.convention,
        value=after,
        delta=after - before,
        sentence=sentence(change),
    )
