"""Formulas: their records, how they are named, and their values by hand; their laws are in test_laws."""

from __future__ import annotations

import math
import re
from itertools import product
from typing import Any

import numpy as np
import pytest

from metrics_core import FORMULAS, Formula, get_formula

# tp, fp, fn, tn: 90 found, 4 false alarms, 5 misses, 1 correct negative.
CELL = (90, 4, 5, 1)
BY_HAND = {
    "iou": 90 / 99,
    "dice": 180 / 189,
    "precision": 90 / 94,
    "recall": 90 / 95,
    "specificity": 1 / 5,
    "npv": 1 / 6,
    "accuracy": 91 / 100,
    "false_positive_rate": 4 / 5,
    "false_negative_rate": 5 / 95,
    "mcc": (90 - 20) / math.sqrt(94 * 95 * 5 * 6),
    "kappa": 2 * (90 - 20) / (94 * 5 + 95 * 6),
    "fbeta": 5 * 90 / (5 * 90 + 4 * 5 + 4),
    "tversky": 90 / (90 + 0.3 * 4 + 0.7 * 5),
    "fbeta_from_precision_recall": 180 / 189,
}
# Which counts must be zero for 0/0: a set of names, or several.
UNDEFINED_WITHOUT = {
    "iou": ["tp fp fn"],
    "dice": ["tp fp fn"],
    "precision": ["tp fp"],
    "recall": ["tp fn"],
    "specificity": ["tn fp"],
    "npv": ["tn fn"],
    "accuracy": ["tp fp fn tn"],
    "false_positive_rate": ["tn fp"],
    "false_negative_rate": ["tp fn"],
    "mcc": ["tp fp", "tp fn", "tn fp", "tn fn"],
    "kappa": ["tp fp fn", "tn fp fn", "tp fp fn tn"],
    "fbeta": ["tp fp fn"],
    "tversky": ["tp fp fn"],
    "fbeta_from_precision_recall": ["tp fp fn", "tp fp", "tp fn", "tp"],
}
EVERY_FORMULA = pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)


def value(formula: Formula, *cell: float) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        numerator, denominator = formula.ratio(*(np.array([count], np.float64) for count in cell))
        return float((numerator / denominator)[0])


class TestRecords:
    @EVERY_FORMULA
    def test_value_by_hand(self, formula: Formula) -> None:
        assert value(formula, *CELL) == pytest.approx(BY_HAND[formula.key], abs=1e-15)

    @EVERY_FORMULA
    def test_zero_over_zero_is_where_it_should_be(self, formula: Formula) -> None:
        for cell in product((0, 7), repeat=4):
            zero = {name for name, count in zip(("tp", "fp", "fn", "tn"), cell, strict=True) if not count}
            undefined = any(set(names.split()) <= zero for names in UNDEFINED_WITHOUT[formula.key])
            assert math.isnan(value(formula, *cell)) == undefined, cell

    @EVERY_FORMULA
    def test_a_record_tells_what_readers_ask(self, formula: Formula) -> None:
        assert FORMULAS[formula.key] is formula
        assert formula.name
        assert re.search(r"\b(TP|TN|FP|FN|P\\,R)\b", formula.latex)
        assert formula.latex.count("{") == formula.latex.count("}")
        assert formula.pitfalls.endswith(".")
        assert formula.reference

    @EVERY_FORMULA
    def test_a_value_does_not_depend_on_its_neighbours(self, formula: Formula) -> None:
        cells = np.random.default_rng(0).integers(1, 99, (4, 3, 5)).astype(np.float64)
        numerator, denominator = formula.ratio(*cells)
        assert numerator.shape == denominator.shape == (3, 5)
        assert (numerator / denominator)[1, 2] == value(formula, *cells[:, 1, 2])

    def test_keys_and_aliases_name_one_formula_each(self) -> None:
        names = [name for formula in FORMULAS.values() for name in (formula.key, *formula.aliases)]
        assert len(set(names)) == len(names)

    def test_a_product_of_large_counts_stays_exact(self) -> None:
        half = 2.0**31
        assert value(FORMULAS["mcc"], half, 0, 0, half) == 1
        assert value(FORMULAS["mcc"], half, half, half, half) == 0
        assert value(FORMULAS["kappa"], half, 0, 0, half) == 1


class TestMatrices:
    """MCC and kappa of a whole confusion matrix."""

    @pytest.mark.parametrize("key", ["mcc", "kappa"])
    def test_two_classes_give_the_value_of_one_against_the_other(self, key: str) -> None:
        formula = FORMULAS[key]
        assert formula.matrix_ratio is not None
        numerator, denominator = formula.matrix_ratio(np.array([[1.0, 4], [5, 90]]))
        assert float(numerator / denominator) == pytest.approx(BY_HAND[key], abs=1e-15)

    def test_three_classes_by_hand(self) -> None:
        confusion = np.array([[72.0, 8, 0], [5, 10, 0], [4, 0, 1]])
        correct, chance = 100 * 83, 80 * 81 + 15 * 18 + 5 * 1
        spread = math.sqrt(100**2 - 81**2 - 18**2 - 1), math.sqrt(100**2 - 80**2 - 15**2 - 5**2)
        expected = {"mcc": (correct - chance) / math.prod(spread), "kappa": (correct - chance) / (100**2 - chance)}
        for key, wanted in expected.items():
            matrix_ratio = FORMULAS[key].matrix_ratio
            assert matrix_ratio is not None
            numerator, denominator = matrix_ratio(confusion)
            assert float(numerator / denominator) == pytest.approx(wanted, abs=1e-15)

    @pytest.mark.parametrize("confusion", [[[5.0, 0], [0, 0]], [[0.0, 0], [0, 0]]], ids=["one class", "nothing"])
    def test_a_single_class_is_undefined(self, confusion: list[list[float]]) -> None:
        for key in ("mcc", "kappa"):
            matrix_ratio = FORMULAS[key].matrix_ratio
            assert matrix_ratio is not None
            numerator, denominator = matrix_ratio(np.array(confusion))
            assert (float(numerator), float(denominator)) == (0, 0)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "key"),
        [("iou", "iou"), ("Jaccard", "iou"), ("F1", "dice"), ("f1 score", "dice"), ("PPV", "precision"),
         ("false-positive rate", "false_positive_rate"), ("Cohen kappa", "kappa"), ("fbeta", "fbeta")],
    )  # fmt: skip
    def test_a_formula_answers_to_its_usual_names(self, name: str, key: str) -> None:
        assert get_formula(name).key == key

    def test_a_record_is_its_own_name(self) -> None:
        assert get_formula(FORMULAS["iou"]) is FORMULAS["iou"]

    def test_parameters(self) -> None:
        half = get_formula("fbeta", beta=0.5)
        assert (half.key, half.name, half.symmetric) == ("fbeta(0.5)", "F0.5", False)
        assert value(half, *CELL) == pytest.approx(1.25 * 90 / (1.25 * 90 + 0.25 * 5 + 4))
        assert get_formula("fbeta", beta=1).symmetric
        assert get_formula("tversky", alpha=1, beta=1).symmetric
        assert value(get_formula("tversky", alpha=0, beta=1), *CELL) == BY_HAND["recall"]
        assert value(get_formula("fbeta_from_precision_recall", beta=2), *CELL) == pytest.approx(BY_HAND["fbeta"])

    def test_the_default_parameters_are_the_listed_records(self) -> None:
        assert get_formula("fbeta", beta=2).key == "fbeta"
        assert get_formula("tversky", alpha=0.3, beta=0.7).key == "tversky"

    @pytest.mark.parametrize(
        ("formula", "parameters", "message"),
        [
            ("iuo", {}, "unknown formula 'iuo'; known: iou, dice, "),
            ("iou", {"beta": 2}, "'iou' takes no parameters; those that do: fbeta, tversky"),
            ("fbeta", {"gamma": 2}, "'fbeta' takes beta; got gamma"),
            (FORMULAS["fbeta"], {"beta": 3}, "fbeta is a formula already; give its name to set beta"),
            *[("fbeta", {"beta": beta}, "positive finite number") for beta in (0, -1, 1e155, math.inf, math.nan)],
            *[("fbeta_from_precision_recall", {"beta": beta}, "positive finite number") for beta in (0, math.nan)],
            *[
                ("tversky", {"alpha": alpha, "beta": beta}, "finite, >= 0 and not both 0")
                for alpha, beta in ((0, 0), (-1, 2), (math.nan, 1), (1, math.inf))
            ],
        ],
    )
    def test_what_does_not_exist_is_refused(
        self, formula: str | Formula, parameters: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            get_formula(formula, **parameters)
