"""Conventions: their options, and what each makes of a cell that is 0/0 or absent."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Any, Literal, get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import metrics_core as mc
from metrics_core import FORMULAS, Convention
from metrics_core.conventions import COUNTING_OPTIONS, OPTION_NAMES, KeptClasses
from tests.confusion_tables import binary, statistics_of
from tests.strategies import Sample, conventions, samples

NAN = math.nan
# One class against the rest, in a cell with true negatives only: tp, fp, fn.
CELLS = {"found": (7, 0, 0), "false alarm": (0, 3, 0), "missed": (0, 0, 4), "empty": (0, 0, 0)}
VALUES: dict[str, dict[str, float]] = {
    "iou": {"found": 1, "false alarm": 0, "missed": 0, "empty": NAN},
    "dice": {"found": 1, "false alarm": 0, "missed": 0, "empty": NAN},
    "precision": {"found": 1, "false alarm": 0, "missed": NAN, "empty": NAN},
    "recall": {"found": 1, "false alarm": NAN, "missed": 0, "empty": NAN},
    "specificity": {"found": 1, "false alarm": 10 / 13, "missed": 1, "empty": 1},
}
TAKES_PART: dict[KeptClasses, set[str]] = {
    "all": {"found", "false alarm", "missed", "empty"},
    "union": {"found", "false alarm", "missed"},
    "target": {"found", "missed"},
    "raw_target": {"found", "missed"},
}


class TestZeroOverZero:
    @pytest.mark.parametrize("kept", get_args(KeptClasses))
    @pytest.mark.parametrize("cell", CELLS)
    def test_every_kind_of_cell_under_every_rule(self, cell: str, kept: KeptClasses) -> None:
        statistics = statistics_of(binary(*CELLS[cell], tn=10), class_names=("rest", "class"))
        for key, zero, absent in product(VALUES, (NAN, 0.0, 1.0), (NAN, 0.0, 1.0, -1.0)):
            convention = Convention(average="none", kept_classes=kept, zero_division=zero, absent_value=absent)
            value = VALUES[key][cell]
            expected = (zero if math.isnan(value) else value) if cell in TAKES_PART[kept] else absent
            got = float(mc.evaluate(key, statistics, convention)[1])
            assert got == pytest.approx(expected, nan_ok=True), (key, convention)

    @given(
        sample=samples(),
        key=st.sampled_from(list(FORMULAS)),
        convention=conventions(absent_value=0.0, zero_division=0.0, nothing_left=0.0, zero_weight=0.0),
        excluded=st.booleans(),
    )
    def test_a_rule_for_every_case_always_gives_a_number(
        self, sample: Sample, key: str, convention: Convention, excluded: bool
    ) -> None:
        rule = replace(convention, excluded_classes=(0,) if excluded else ())
        assert not mc.evaluate(key, sample.statistics, rule).isnan().any()

    @given(sample=samples(), key=st.sampled_from(list(FORMULAS)), kept=st.sampled_from(get_args(KeptClasses)))
    def test_a_mean_that_propagates_is_undefined_where_a_cell_is(
        self, sample: Sample, key: str, kept: KeptClasses
    ) -> None:
        for pooling in ("dataset", "image"):
            rule = Convention(pooling=pooling, kept_classes=kept, undefined="propagate")
            score = mc.score(key, sample.statistics, rule)
            assert bool(score.value.isnan()) == (score.dropped > 0)

    @given(sample=samples(), key=st.sampled_from(list(FORMULAS)), zero=st.floats(-1, 1))
    def test_the_number_for_zero_over_zero_counts_like_any_other(self, sample: Sample, key: str, zero: float) -> None:
        without = mc.score(key, sample.statistics, Convention(pooling="image", order="all_cells"))
        given_one = mc.score(key, sample.statistics, Convention(pooling="image", order="all_cells", zero_division=zero))
        assert given_one.replaced == without.dropped
        total = zero * without.dropped + (float(without.value) * without.defined if without.defined else 0)
        assert float(given_one.value) == pytest.approx(total / without.cells.size, abs=1e-9)

    def test_all_ignored(self) -> None:
        statistics = statistics_of(binary(3, 2, 1, 4), class_names=("rest", "class"))
        convention = Convention(ignored_classes=(0, 1))
        assert mc.evaluate("iou", statistics, convention).isnan()
        assert mc.evaluate("iou", statistics, replace(convention, nothing_left=0.5)) == 0.5


class TestOptions:
    def test_the_default_is_a_pooled_macro_mean_that_skips_undefined_classes(self) -> None:
        rule = Convention()
        assert (rule.pooling, rule.average, rule.undefined, rule.kept_classes) == ("dataset", "macro", "skip", "all")
        assert math.isnan(rule.zero_division)

    @pytest.mark.parametrize(
        ("option", "value", "message"),
        [
            ("pooling", "batch", "pooling must be one of 'dataset', 'image'; got 'batch'"),
            ("average", "mean", "average must be one of 'none', 'micro', 'macro', 'weighted', 'sum'; got 'mean'"),
            ("order", "images", "order must be one of"),
            ("void", "ignored", "void must be one of"),
            ("ignored_pixels", "kept", "ignored_pixels must be one of"),
            ("out_of_range", "refuse", "out_of_range must be one of"),
            ("class_set", "all", "class_set must be one of"),
            ("kept_classes", "present", "kept_classes must be one of"),
            ("undefined", "ignore", "undefined must be one of"),
            ("undefined_images", "ignore", "undefined_images must be one of"),
            ("weighted_mean_divisor", "classes", "weighted_mean_divisor must be one of"),
            ("threshold_tie", "=", "threshold_tie must be one of '>=', '>'; got '='"),
            ("zero_division", 2.0, r"zero_division must lie in \[-1, 1\], or be NaN to leave 0/0 undefined; got 2.0"),
            ("micro_zero_division", math.inf, "micro_zero_division must lie in"),
            ("threshold", -0.1, r"threshold must lie in \[0, 1\] or be None for argmax; got -0.1"),
            ("threshold", 1.5, r"got 1\.5"),
            ("threshold", NAN, "got nan"),
            ("epsilon", -1e-9, "epsilon must be a finite number, not below 0; got -1e-09"),
            ("epsilon", NAN, "epsilon must be a finite number"),
            ("mean_epsilon", math.inf, "mean_epsilon must be a finite number"),
            ("scale", NAN, "scale must be a finite number"),
            ("weights", (1.0, NAN), "weights must be finite numbers or 'support'"),
            ("weights", "foo", "weights must be one number a class or 'support'; got 'foo'"),
            ("weights", 3, "weights must be one number a class or 'support'; got 3"),
            ("weights", np.ones((2, 2)), "weights must be finite numbers"),
            ("average", None, "got None; pass 'none' for one value a class"),
            ("excluded_classes", 0, r"excluded_classes must be a list of classes, such as \(0,\); got 0"),
            ("ignored_classes", (0.5,), "each class of ignored_classes must be an integer; got 0.5"),
            ("threshold", "0.5", "threshold must be a number or None; got '0.5'"),
            ("zero_division", "warn", "zero_division must be a number; got 'warn'"),
            ("zero_weight", "x", "zero_weight must be a number or 'unweighted' or None; got 'x'"),
            ("nothing_left", None, "nothing_left must be a number; got None"),
            ("scale", True, "scale must be a number; got True"),
            ("digits", 1.5, r"digits must be a whole number 0\.\.17, or None; got 1.5"),
            ("digits", 400, "digits must be a whole number"),
        ],
    )
    def test_a_value_that_does_not_exist_is_refused(self, option: str, value: object, message: str) -> None:
        options: dict[str, Any] = {option: value}
        with pytest.raises(ValueError, match=message):
            Convention(**options)

    @pytest.mark.parametrize("option", ["ignored_classes", "excluded_classes"])
    @pytest.mark.parametrize("label", [-1, 2])
    def test_a_class_that_does_not_exist_is_refused(
        self, option: Literal["ignored_classes", "excluded_classes"], label: int
    ) -> None:
        options: dict[str, Any] = {option: (label,)}
        statistics = statistics_of(binary(3, 2, 1, 4), class_names=("rest", "class"))
        with pytest.raises(ValueError, match=rf"{option} must hold classes 0\.\.1; got {label}"):
            mc.evaluate("iou", statistics, Convention(**options))

    def test_classes_are_a_set(self) -> None:
        assert Convention(ignored_classes=(2, 0, 2)) == Convention(ignored_classes=(0, 2))
        assert hash(Convention(excluded_classes=(1, 0))) == hash(Convention(excluded_classes=(0, 1)))

    @pytest.mark.parametrize("given", [[1, 1, 2], np.array([1, 1, 2]), torch.tensor([1, 1, 2])], ids=repr)
    def test_weights_are_numbers_in_whatever_form_they_come(self, given: Any) -> None:
        rule = Convention(average="weighted", weights=given)
        assert rule == Convention(average="weighted", weights=(1.0, 1.0, 2.0))
        assert hash(rule) == hash(Convention(average="weighted", weights=(1.0, 1.0, 2.0)))


class TestComparison:
    def test_nan_equals_nan(self) -> None:
        one, other = Convention(zero_division=NAN), Convention(zero_division=float("nan"))
        assert one.key() == other.key()
        assert one.differences(other) == ()

    def test_differences_are_named_in_the_order_of_declaration(self) -> None:
        changed = Convention(scale=100, average="micro", ignored_classes=(1,))
        assert changed.differences(Convention()) == ("ignored_classes", "average", "scale")

    def test_a_key_of_some_options(self) -> None:
        assert Convention(scale=100).key(COUNTING_OPTIONS) == Convention().key(COUNTING_OPTIONS)
        assert Convention(void="false_positive").key(COUNTING_OPTIONS) != Convention().key(COUNTING_OPTIONS)

    @given(sample=samples(), convention=conventions(), other=conventions())
    def test_conventions_that_count_alike_have_the_same_counts(
        self, sample: Sample, convention: Convention, other: Convention
    ) -> None:
        alike = replace(other, **{name: getattr(convention, name) for name in COUNTING_OPTIONS})
        one, two = (mc.class_counts(sample.statistics, each) for each in (convention, alike))
        assert all((mine == its).all() for mine, its in zip(one.one_vs_rest, two.one_vs_rest, strict=True))

    def test_every_option_is_listed(self) -> None:
        assert set(COUNTING_OPTIONS) < set(OPTION_NAMES)
        assert len(set(OPTION_NAMES)) == len(OPTION_NAMES)
