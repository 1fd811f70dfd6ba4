"""Verdicts: two models on the same images, and how the choice of a rule decides between them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.disagreement.effects import alternatives, is_other
from metrics_core.disagreement.lattice import TOLERANCE
from metrics_core.disagreement.rules import Rule, common_rules, grouped, shortest_label
from metrics_core.disagreement.states import Scorer, State
from metrics_core.evaluation import rule_of
from metrics_core.formulas import Formula, get_formula
from metrics_core.statistics import Statistics, common_images, different_targets, refuse_unless_statistics

Winner = Literal["a", "b", "tie", "undefined"]


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """Scores of two models, as fractions, and the winner; labels: all rules that give these two values."""

    label: str
    labels: tuple[str, ...]
    convention: Convention
    a: float
    b: float
    winner: Winner


@dataclass(frozen=True, kw_only=True)
class Flip:
    """The smallest change of a convention that makes the other model win: options, in words, and both scores then."""

    options: tuple[str, ...]
    description: str
    convention: Convention
    a: float
    b: float


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Two models under many rules; rules that give the same two values count as one.

    current: under the convention asked for. flip: None if no change of one option, or of two on the grid, makes the
    other model win, or if current has no winner. images: how many both models have; dropped: names only one has;
    different_targets: names of images whose target counts differ between the two, so that they are no fair pair.
    """

    rows: tuple[VerdictRow, ...]
    current: VerdictRow
    flip: Flip | None
    images: int
    dropped: tuple[str, ...]
    different_targets: tuple[str, ...]

    def number(self, winner: Winner) -> int:
        """Rows with this outcome."""
        return sum(row.winner == winner for row in self.rows)


def verdict(
    statistics_a: Statistics,
    statistics_b: Statistics,
    formula: str | Formula,
    convention: Convention | None = None,
    *,
    rules: Sequence[Rule] | None = None,
) -> Verdict:
    """Which of two models a score prefers, under a convention and under others (default: common_rules).

    Only images that both have, by name, are scored.

    Raises:
        ValueError: the models have different classes or no image in common, or the formula is unknown.
    """
    refuse_unless_statistics(statistics_a, statistics_b, usage="verdict(statistics_a, statistics_b, 'iou')")
    (first, second), dropped = common_images(statistics_a, statistics_b)
    pair = _Pair(formula=get_formula(formula), a=Scorer(first), b=Scorer(second))
    base = rule_of(convention)
    tried = common_rules(pair.a.statistics, base) if rules is None else tuple(rules)
    current = pair.row(base, "current rule", ("current rule",))
    return Verdict(
        rows=_rows(pair, tried),
        current=current,
        flip=_flip(pair, current),
        images=pair.a.statistics.num_images,
        dropped=dropped,
        different_targets=different_targets(first, second),
    )


@dataclass(frozen=True, kw_only=True)
class _Pair:
    formula: Formula
    a: Scorer
    b: Scorer

    def values(self, rule: Convention) -> tuple[float, float]:
        state = State(formula=self.formula, convention=rule)
        return self.a.value(state), self.b.value(state)

    def winner(self, a: float, b: float) -> Winner:
        if math.isnan(a) or math.isnan(b):
            return "undefined"
        if a == b or abs(a - b) <= TOLERANCE:
            return "tie"
        return "a" if (a > b) == (self.formula.best > self.formula.worst) else "b"

    def row(self, rule: Convention, label: str, labels: tuple[str, ...]) -> VerdictRow:
        a, b = self.values(rule)
        return VerdictRow(label=label, labels=labels, convention=rule, a=a, b=b, winner=self.winner(a, b))


def _rows(pair: _Pair, rules: Sequence[Rule]) -> tuple[VerdictRow, ...]:
    values = np.array([pair.values(rule.convention) for rule in rules]).reshape(-1, 2)
    return tuple(
        pair.row(
            rules[group[0]].convention,
            shortest_label(rules, group, pair.a.statistics),
            tuple(rules[i].label for i in group),
        )
        for group in grouped(values)
    )


def _flip(pair: _Pair, current: VerdictRow) -> Flip | None:
    """Fewest options, then the shortest description."""
    if current.winner not in ("a", "b"):
        return None
    singles = [{name: value} for name, value in alternatives(current.convention, pair.a.statistics, pair.b.statistics)]
    for candidates in (singles, list(_pairs(current.convention, pair.a.statistics))):
        flips = [flip for options in candidates if (flip := _tried(pair, current, options)) is not None]
        if flips:
            return min(flips, key=lambda flip: (len(flip.description), flip.description))
    return None


def _tried(pair: _Pair, current: VerdictRow, options: dict[str, Any]) -> Flip | None:
    state = State(formula=pair.formula, convention=current.convention).with_options(**options)
    a, b = pair.values(state.convention)
    if pair.winner(a, b) not in ("a", "b") or pair.winner(a, b) == current.winner:
        return None
    names = pair.a.statistics.class_names
    changes = (
        f"{words.LABELS[name]}: {words.option_value(name, state.convention, names)} instead of "
        f"{words.option_value(name, current.convention, names)}"
        for name in options
    )
    return Flip(options=tuple(options), description=", ".join(changes), convention=state.convention, a=a, b=b)


def _pairs(rule: Convention, statistics: Statistics) -> Iterator[dict[str, Any]]:
    """Two options of the grid changed at once."""
    toggled = tuple(set(rule.excluded_classes) ^ {0})
    axes: dict[str, tuple[Any, ...]] = {
        "average": ("macro", "micro", "weighted"),
        "pooling": ("dataset", "image"),
        "zero_division": (math.nan, 0.0, 1.0),
        "excluded_classes": (toggled,) if len(toggled) < statistics.num_classes else (),
        "kept_classes": ("all", "target"),
    }
    changes = [(name, value) for name, values in axes.items() for value in values if is_other(rule, name, value)]
    for (first, one), (second, two) in itertools.combinations(changes, 2):
        if first != second:
            yield {first: one, second: two}
