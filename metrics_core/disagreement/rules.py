"""Rules: a grid of the conventions people use for one score, and the range that the score takes over it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.conventions import COUNTING_OPTIONS, Convention
from metrics_core.disagreement import words
from metrics_core.disagreement.lattice import TOLERANCE
from metrics_core.disagreement.states import Scorer, State
from metrics_core.evaluation import rule_of
from metrics_core.formulas import Formula, get_formula
from metrics_core.statistics import Statistics, refuse_unless_statistics

Array = NDArray[np.float64]
Choice = tuple[str, dict[str, Any]]
# Taken over from a user's convention: which pixels and classes there are. The grid decides everything else.
_KEPT = (*(name for name in COUNTING_OPTIONS if name != "pooling"), "class_set")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A convention with a short label; choices: its place on the grid, or () for a rule of one's own."""

    label: str
    convention: Convention
    choices: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RuleValue:
    """A value of the score, the simplest rule that gives it, and the labels of all rules that do."""

    label: str
    labels: tuple[str, ...]
    convention: Convention
    value: float


@dataclass(frozen=True, kw_only=True)
class RulesRange:
    """All values of a score over a grid of rules, ascending, undefined last; low and high are NaN if all are."""

    low: float
    high: float
    values: tuple[RuleValue, ...]


def rules_range(statistics: Statistics, formula: str | Formula, convention: Convention | None = None) -> RulesRange:
    """Values of a score over the rules of common_rules, as fractions, one entry a value.

    Raises:
        ValueError: unknown formula, or a class outside 0..C-1 in the convention.
    """
    refuse_unless_statistics(statistics, usage="rules_range(statistics, 'iou')")
    rules, scorer, record = common_rules(statistics, convention), Scorer(statistics), get_formula(formula)
    values = np.array([scorer.value(State(formula=record, convention=rule.convention)) for rule in rules])
    groups = grouped(values[:, None])
    found = [
        RuleValue(
            label=shortest_label(rules, group, statistics),
            labels=tuple(rules[i].label for i in group),
            convention=rules[group[0]].convention,
            value=float(values[group[0]]),
        )
        for group in groups
    ]
    found.sort(key=lambda entry: math.inf if math.isnan(entry.value) else entry.value)
    defined = [entry.value for entry in found if not math.isnan(entry.value)]
    return RulesRange(low=min(defined, default=math.nan), high=max(defined, default=math.nan), values=tuple(found))


def common_rules(statistics: Statistics, convention: Convention | None = None) -> tuple[Rule, ...]:
    """The rules people use for one score: the simplest first.

    All combinations of: macro, micro, or weighted by target pixels; images pooled or each scored and averaged; 0/0
    dropped, 0 or 1; class 0 in the average or out of it; classes absent from the target kept or dropped (macro only:
    micro and weighted averages give them no weight). Ignored classes, void pixels, threshold, and excluded classes
    other than 0 are those of the convention.
    """
    base = rule_of(convention)
    axes = _axes(statistics, base)
    kept = {name: getattr(base, name) for name in _KEPT}
    order = base.order if base.order in ("images_then_classes", "all_cells") else "classes_then_images"
    rules: list[Rule] = []
    for choices in itertools.product(*(range(len(axis)) for axis in axes)):
        options = dict(kept, order=order)
        for axis, choice in zip(axes, choices, strict=True):
            options |= axis[choice][1]
        if options["average"] == "macro" or options["kept_classes"] == "all":
            rules.append(Rule(label=_label(axes, choices), convention=Convention(**options), choices=choices))
    return tuple(sorted(rules, key=lambda rule: sum(choice > 0 for choice in rule.choices)))


def _axes(statistics: Statistics, base: Convention) -> tuple[tuple[Choice, ...], ...]:
    # An ignored background has no pixels left: it stays out of the average whatever the rule.
    ignored = 0 in base.ignored_classes
    others = tuple(label for label in base.excluded_classes if label != 0 or ignored)
    background: tuple[Choice, ...] = (("", {"excluded_classes": others}),)
    if not ignored and len(others) + 1 < statistics.num_classes:
        without = f"without {words.one_class(0, statistics.class_names)}"
        background += ((without, {"excluded_classes": (0, *others)}),)
    pooling: tuple[Choice, ...] = (("pooled", {"pooling": "dataset"}),)
    # Scores that were pooled when they were counted cannot be thresholded image by image.
    if base.threshold is None or statistics.scores_per_image is not None:
        pooling += (("per image", {"pooling": "image"}),)
    return (
        tuple((name, {"average": name}) for name in ("macro", "micro", "weighted")),
        pooling,
        tuple(
            (label, {"zero_division": value})
            for label, value in (("0/0 dropped", math.nan), ("0/0 = 0", 0.0), ("0/0 = 1", 1.0))
        ),
        background,
        (("", {"kept_classes": "all"}), ("absent classes dropped", {"kept_classes": "target"})),
    )


def _label(axes: tuple[tuple[Choice, ...], ...], choices: tuple[int, ...], silent: frozenset[int] = frozenset()) -> str:
    parts = (axis[choice][0] for i, (axis, choice) in enumerate(zip(axes, choices, strict=True)) if i not in silent)
    return " · ".join(part for part in parts if part)


def grouped(values: Array) -> list[list[int]]:
    """Rows of values [rule, column] that are equal up to rounding (NaN equals NaN), as lists of indices."""
    undefined = np.isnan(values)
    with np.errstate(invalid="ignore"):
        close = np.abs(values[:, None] - values[None]) <= TOLERANCE
    # Equal infinities have no difference.
    equal = (close | (values[:, None] == values[None]) | (undefined[:, None] & undefined[None])).all(2)
    firsts = equal.argmax(1)
    return [np.flatnonzero(firsts == first).tolist() for first in dict.fromkeys(firsts.tolist())]


def shortest_label(rules: Sequence[Rule], group: Sequence[int], statistics: Statistics) -> str:
    """Label of a group's first rule, without the choices that make no difference to it."""
    first = rules[group[0]]
    if not first.choices:
        return first.label
    members = {rules[i].choices for i in group}
    known = {rule.choices for rule in rules}
    silent = frozenset(
        axis
        for axis in range(1, len(first.choices))
        if all(other in members for other in known if _differ_only_at(axis, other, first.choices))
    )
    return _label(_axes(statistics, first.convention), first.choices, silent)


def _differ_only_at(axis: int, one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(a == b for i, (a, b) in enumerate(zip(one, other, strict=True)) if i != axis)
