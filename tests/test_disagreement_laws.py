"""Laws of explanations, on random statistics and random conventions."""

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

import metrics_core as mc
from metrics_core.disagreement import lattice
from tests.confusion_tables import statistics_of

NAN = math.nan
FORMULAS = st.sampled_from(["iou", "dice", "precision", "recall", "accuracy", "fbeta_from_precision_recall", "mcc"])
OPTIONS: dict[str, tuple[Any, ...]] = {
    "ignored_classes": ((), (0,), (1,)),
    "ignored_pixels": ("removed", "kept_as_false_positives"),
    "void": ("removed", "false_positive"),
    "out_of_range": ("false_negative", "pixel_removed"),
    "class_set": ("fixed", "up_to_largest", "seen"),
    "pooling": ("dataset", "image"),
    "average": ("macro", "micro", "weighted", "sum"),
    "order": ("classes_then_images", "images_then_classes", "all_cells"),
    "weights": ("support", (1.0, 2.0, 3.0)),
    "excluded_classes": ((), (0,), (0, 2)),
    "kept_classes": ("all", "union", "target", "raw_target"),
    "absent_value": (NAN, 0.0, 1.0),
    "zero_division": (NAN, 0.0, 1.0),
    "micro_zero_division": (None, NAN, 1.0),
    "undefined": ("skip", "propagate"),
    "undefined_images": (None, "skip", "propagate"),
    "nothing_left": (NAN, 0.0),
    "epsilon": (0.0, 1e-4),
    "scale": (1.0, 100.0),
    "digits": (None, 1),
}
COUNTS = st.integers(0, 6) | st.just(0)
TABLES = st.lists(st_numpy.arrays(np.int64, (4, 4), elements=COUNTS).map(np.ndarray.tolist), min_size=1, max_size=3)


@st.composite
def convention_pairs(draw: st.DrawFn, most: int) -> tuple[mc.Convention, mc.Convention]:
    """Two conventions that differ in few options of many, so that all subsets can be evaluated quickly."""
    drawn = {name: draw(st.sampled_from(values)) for name, values in OPTIONS.items()}
    changed = draw(st.lists(st.sampled_from(list(OPTIONS)), max_size=most, unique=True))
    other = {name: draw(st.sampled_from(OPTIONS[name])) for name in changed}
    return mc.Convention(**drawn), mc.Convention(**(drawn | other))


def fraction(formula: str | mc.Formula, statistics: mc.Statistics, convention: mc.Convention) -> float:
    return float(mc.evaluate(formula, statistics, convention)) / convention.scale


def same(first: float, second: float) -> bool:
    return first == second or (math.isnan(first) and math.isnan(second))


@settings(max_examples=200)
@given(tables=TABLES, conventions=convention_pairs(most=6), start=FORMULAS, end=FORMULAS)
def test_steps_lead_from_start_to_end_and_add_up(
    tables: list[Any], conventions: tuple[mc.Convention, mc.Convention], start: str, end: str
) -> None:
    statistics = statistics_of(*tables)
    way = mc.explain(statistics, start=(start, conventions[0]), end=(end, conventions[1]))

    assert same(way.start_value, fraction(start, statistics, conventions[0]))
    assert same(way.end_value, fraction(end, statistics, conventions[1]))
    values = [way.start_value, *(step.after for step in way.steps)]
    assert all(same(step.before, value) for step, value in zip(way.steps, values, strict=False))
    if way.steps:
        assert same(values[-1], way.end_value)
    if all(map(math.isfinite, values)):
        assert sum(step.delta for step in way.steps) == pytest.approx(way.total, abs=1e-12)
    if way.attribution == "exact":
        assert sum(step.attribution for step in way.steps) == pytest.approx(way.total, abs=1e-12)
    else:
        assert all(math.isnan(step.attribution) for step in way.steps)


@settings(max_examples=100)
@given(tables=TABLES, conventions=convention_pairs(most=5), start=FORMULAS, end=FORMULAS)
def test_every_step_can_be_retraced_by_hand(
    tables: list[Any], conventions: tuple[mc.Convention, mc.Convention], start: str, end: str
) -> None:
    statistics = statistics_of(*tables)
    way = mc.explain(statistics, start=(start, conventions[0]), end=(end, conventions[1]))

    formula, rule = start, conventions[0]
    told = {name for part in (*way.steps, *way.unchanged) for name in part.options}
    silent = [name for name in rule.differences(conventions[1]) if name not in told]
    for options in (silent, *(other.options for other in way.unchanged)):
        formula, rule = change(formula, rule, end, conventions[1], options)
    for step in way.steps:
        formula, rule = change(formula, rule, end, conventions[1], step.options)
        assert fraction(formula, statistics, rule) == pytest.approx(step.after, abs=1e-11, nan_ok=True)
    assert formula == end or way.start_value == pytest.approx(way.end_value, nan_ok=True)


def change(formula: str, rule: mc.Convention, end: str, last: mc.Convention, options: Any) -> tuple[str, mc.Convention]:
    """Formula and convention with some options taken from the end."""
    taken = {name: getattr(last, name) for name in options if name != "formula"}
    return (end if "formula" in options else formula), replace(rule, **taken)


def test_more_options_than_subsets_allow_are_sampled_and_still_add_up() -> None:
    statistics = statistics_of(
        [[60, 4, 1, 2], [3, 10, 2, 1], [1, 5, 7, 2], [6, 2, 3, 4]], [[50, 2, 0, 3], [1, 4, 0, 0], [0] * 4, [2, 1, 0, 1]]
    )
    end = mc.Convention(
        ignored_classes=(1,),
        void="false_positive",
        out_of_range="pixel_removed",
        pooling="image",
        average="weighted",
        excluded_classes=(0,),
        kept_classes="target",
        zero_division=0.5,
        epsilon=0.5,
        mean_epsilon=0.1,
        nothing_left=0.0,
        scale=100.0,
    )
    way = mc.explain(statistics, start=("iou", mc.Convention()), end=("dice", end))

    assert way.attribution == "sampled"
    assert len(way.steps) + len(way.unchanged) > 10
    assert sum(step.delta for step in way.steps) == pytest.approx(way.total, abs=1e-12)
    assert sum(step.attribution for step in way.steps) == pytest.approx(way.total, abs=1e-12)
    assert way.steps[-1].after == way.end_value
    assert "orders" in way.note


@given(values=st_numpy.arrays(np.float64, 16, elements=st.floats(-2, 2) | st.just(NAN)))
def test_attribution_is_the_mean_over_all_orders_without_undefined_scores(values: np.ndarray) -> None:
    paths: list[np.ndarray] = []
    for order in itertools.permutations(range(4)):
        masks = np.cumsum([0, *(1 << option for option in order)])
        if np.isfinite(values[masks]).all():
            shares = np.zeros(4)
            shares[list(order)] = np.diff(values[masks])
            paths.append(shares)

    found = lattice.attribution(values)
    if not paths:
        assert found is None
    else:
        assert found == pytest.approx(np.mean(paths, axis=0), abs=1e-12)
        assert found.sum() == pytest.approx(values[-1] - values[0], abs=1e-12)


@given(values=st_numpy.arrays(np.float64, 16, elements=st.floats(0, 1) | st.just(NAN)))
def test_no_order_meets_fewer_undefined_scores(values: np.ndarray) -> None:
    def met(order: tuple[int, ...]) -> int:
        return int(np.isnan(values[np.cumsum([1 << option for option in order])]).sum())

    chosen = lattice.calmest_order(values)
    best = min(map(met, itertools.permutations(range(4))))

    assert sorted(chosen) == [0, 1, 2, 3]
    assert met(chosen) == best
    # Among equally good orders the first one is taken, so that stories are told alike.
    assert chosen == next(order for order in itertools.permutations(range(4)) if met(order) == best)


def test_option_without_effect_in_any_subset_takes_no_part() -> None:
    values = np.array([1.0, 2.0, 1.0, 2.0])

    assert lattice.effective_options(values) == (0,)
    assert lattice.restrict(values, (0,)).tolist() == [1.0, 2.0]
    assert lattice.effective_options(np.array([0.0, 1.0, 1.0, 0.0])) == (0, 1)
    assert lattice.effective_options(np.array([0.0, NAN, 0.0, NAN])) == (0,)
