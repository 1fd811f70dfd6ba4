"""Scores against the prevalence of a class."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

import metrics_core as mc
from tests.confusion_tables import HUNDRED, STREET, binary, statistics_of

RARE_ONLY = mc.Convention(excluded_classes=(0,))
# Of 1,000 positives 900 are found, and of 1,000 negatives 100 are marked.
BALANCED = statistics_of(binary(900, 100, 100, 900), class_names=("negative", "positive"))
NEGATIVES_PER_POSITIVE = (1, 10, 100)
EXPECTED = {
    "Recall": (0.9, 0.9, 0.9),
    "Precision": (0.9, 0.473684, 0.082569),
    "Dice": (0.9, 0.620690, 0.151261),
    "IoU": (0.818182, 0.45, 0.081818),
    "Balanced accuracy": (0.9, 0.9, 0.9),
    "Accuracy": (0.9, 0.9, 0.9),
    "MCC": (0.8, 0.608405, 0.255279),
}
LINES = ("recall", "precision", "dice", "iou", ("recall", mc.BALANCED_ACCURACY), "accuracy", "mcc")


def test_precision_collapses_where_recall_stays() -> None:
    points = [1 / (1 + negatives) for negatives in NEGATIVES_PER_POSITIVE]
    found = mc.prevalence_sweep(BALANCED, LINES, RARE_ONLY, rare_class=1, prevalences=points)

    assert found.names == tuple(EXPECTED)
    for name, values in zip(found.names, found.values.tolist(), strict=True):
        assert values == pytest.approx(EXPECTED[name], abs=5e-7), name
    assert found.own_prevalence == 0.5
    assert found.prevalences.tolist() == points


def test_mcc_of_the_whole_matrix() -> None:
    points = [1 / (1 + negatives) for negatives in NEGATIVES_PER_POSITIVE]
    micro = mc.Convention(average="micro")
    found = mc.prevalence_sweep(BALANCED, ["mcc"], micro, rare_class=1, prevalences=points)

    assert found.values[0].tolist() == pytest.approx(EXPECTED["MCC"], abs=5e-7)


def test_decisions_at_a_threshold() -> None:
    # 10 positives, one of them below the threshold, and 10 negatives, one above it.
    target = [[1] * 10 + [0] * 10]
    positive = [0.9] * 9 + [0.3] + [0.7] + [0.1] * 9
    scores = [[[1 - score for score in positive], positive]]
    statistics = mc.count(target, scores, num_classes=2, histogram="pooled")
    rule = mc.Convention(excluded_classes=(0,), threshold=0.5)
    found = mc.prevalence_sweep(statistics, ["precision", "iou"], rule, rare_class=1, prevalences=[0.5, 1 / 11])

    assert found.values[:, 0].tolist() == pytest.approx([0.9, 0.818182], abs=5e-7)
    assert found.values[:, 1].tolist() == pytest.approx([0.473684, 0.45], abs=5e-7)


@given(
    table=st_numpy.arrays(np.int64, (2, 4, 4), elements=st.integers(0, 9)),
    factor=st.integers(1, 50),
    pooling=st.sampled_from(["dataset", "image"]),
    void=st.sampled_from(["removed", "false_positive"]),
    formula=st.sampled_from(["iou", "precision", "mcc", "accuracy"]),
)
def test_reweighting_is_counting_a_class_more_often(
    table: Any, factor: int, pooling: Any, void: Any, formula: str
) -> None:
    table[:, 2, 2] += 1
    table[:, 0, 0] += 1
    rule = mc.Convention(pooling=pooling, void=void, zero_division=0.0)
    repeated = table.copy()
    repeated[:, 2] *= factor
    rare = repeated[:, 2].sum()
    prevalence = rare / repeated[:, :3].sum()
    statistics, counted = (statistics_of(*tables.tolist()) for tables in (table, repeated))

    found = mc.prevalence_sweep(statistics, [formula], rule, rare_class=2, prevalences=[prevalence])
    own = mc.prevalence_sweep(counted, [formula], rule, rare_class=2, prevalences=[0.5]).own_prevalence

    assert found.values[0, 0] == pytest.approx(float(mc.evaluate(formula, counted, rule)), abs=1e-12)
    assert own == pytest.approx(prevalence)


def test_per_cent_is_a_fraction_here_too() -> None:
    rule = mc.Convention(excluded_classes=(0,), scale=100.0)
    found = mc.prevalence_sweep(BALANCED, ["recall"], rule, rare_class=1, prevalences=[0.1])

    assert found.values[0, 0] == pytest.approx(0.9)


@pytest.mark.parametrize("prevalences", [[0.0], [1.0], [math.nan], [[0.5]]])
def test_prevalence_outside_0_to_1(prevalences: Any) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        mc.prevalence_sweep(HUNDRED, ["iou"], rare_class=1, prevalences=prevalences)


@pytest.mark.parametrize(
    ("statistics", "rule", "rare_class", "message"),
    [
        (HUNDRED, mc.Convention(), 3, r"rare_class must be a class 0\.\.2"),
        (HUNDRED, mc.Convention(ignored_classes=(1,)), 1, "has none of the target pixels"),
        (STREET.select([1]), mc.Convention(), 0, "has all of the target pixels"),
    ],
)
def test_class_whose_prevalence_cannot_vary(
    statistics: mc.Statistics, rule: mc.Convention, rare_class: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        mc.prevalence_sweep(statistics, ["iou"], rule, rare_class=rare_class, prevalences=[0.1])
