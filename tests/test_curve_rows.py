"""Curve rows: the same scores under every choice that changes an area or the counts at a threshold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from metrics_core.bins import Bins
from metrics_core.counting import count
from metrics_core.presets.curve_areas import CurveRow, compare_curves, compare_curves_from_histogram

Array = NDArray[Any]


def one_class(labels: Array, scores: Array, **options: Any) -> dict[str, float]:
    """Values of class 1 by the names of the rows, where a name occurs once."""
    target, foreground = np.atleast_2d(labels), np.atleast_2d(scores)
    rows = compare_curves(target, np.stack([1 - foreground, foreground], 1), num_classes=2, **options)
    return {row.name: row.values[1] for row in rows}


def rows_of(rows: tuple[CurveRow, ...], topic: str) -> dict[str, CurveRow]:
    chosen = {row.name: row for row in rows if topic in row.topic}
    assert chosen
    return chosen


FALLING = np.arange(10, 0, -1) / 10


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0, 1, 1, 0, 1, 0, 0, 1, 0, 0], [0.566667, 0.461905, 0.480244, 0.609091, 0.608911, 0.608333]),
        ([1, 0, 1, 0, 0, 1, 0, 0, 0, 0], [0.722222, 0.677778, 0.682523, 0.727273, 0.722772, 0.722222]),
    ],
)
def test_six_average_precisions_of_the_same_ten_pixels(labels: list[int], expected: list[float]) -> None:
    values = one_class(np.array(labels), FALLING)
    names = ("steps", "trapezoids", "200 thresholds", "11 recalls", "101 recalls", "best at each recall")
    assert [values[name] for name in names] == pytest.approx([*expected[:2], values[names[2]], *expected[3:]], abs=1e-6)
    rows = compare_curves(np.array([labels]), np.stack([1 - FALLING, FALLING])[None], num_classes=2)
    keras = rows_of(rows, "How is precision averaged")["200 thresholds"]
    assert keras.values[1] == pytest.approx(expected[2], abs=1e-6)
    assert keras.libraries == ('keras.AUC(curve="PR")',)


def test_constant_score_at_one_per_cent_prevalence() -> None:
    labels = np.zeros(10000, int)
    labels[:100] = 1
    rows = compare_curves(labels[None], np.full((1, 2, 10000), 0.5), num_classes=2)
    sums = rows_of(rows, "How is precision averaged")
    assert [sums[name].values[1] for name in ("steps", "trapezoids", "200 thresholds")] == pytest.approx(
        [0.01, 0.505, 0.01]
    )
    assert rows_of(rows, "of the AUROC")["every score"].values == (0.5, 0.5)


def test_absent_class_is_worst_guessing_undefined_or_left_out() -> None:
    scores = np.array([[[0.9, 0.1], [0.1, 0.9], [0.0, 0.0]]])
    rows = compare_curves(np.array([[0, 1]]), scores, num_classes=3)
    auroc = rows_of(rows, "AUROC of a class")
    assert auroc["0"].values == (1, 1, 0)
    assert auroc["0"].mean == pytest.approx(2 / 3)
    assert auroc["0.5"].mean == pytest.approx(5 / 6)
    assert auroc["left out"].mean == 1
    assert math.isnan(auroc["undefined"].mean)
    assert math.isnan(auroc["refused"].mean)
    average_precision = rows_of(rows, "average precision of an absent class")
    assert average_precision["0"].mean == pytest.approx(2 / 3)
    assert average_precision["left out"].mean == 1
    assert math.isnan(average_precision["undefined"].mean)


def test_monai_alone_has_no_average_precision_where_all_is_one_class() -> None:
    rows = compare_curves(np.ones((1, 16), int), np.full((1, 2, 16), 0.5), num_classes=2)
    average_precision = rows_of(rows, "average precision of an absent class")
    assert average_precision["left out"].values[1] == 1
    assert math.isnan(average_precision["undefined"].values[1])


def test_ties_at_the_threshold() -> None:
    labels = np.repeat([1, 1, 0, 0], [30, 20, 10, 40])
    values = one_class(labels, np.repeat([0.9, 0.5, 0.5, 0.1], [30, 20, 10, 40]))
    assert values["no (>)"] == pytest.approx(0.75)
    assert values["yes (>=)"] == pytest.approx(0.909091, abs=1e-6)


def test_scores_taken_for_logits_move_the_threshold_to_their_logit() -> None:
    labels, scores = np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.3, 0.9])
    values = one_class(labels, scores)
    assert values["as given"] == 1
    assert values["guessed to be logits"] == pytest.approx(2 / 5)
    assert one_class(labels, scores, threshold=1 / (1 + math.exp(-0.25)))["guessed to be logits"] == pytest.approx(
        2 / 3
    )


def test_a_rare_class_vanishes_between_thresholds() -> None:
    scores = np.concatenate([np.linspace(0.004, 0.009, 100), np.linspace(0, 0.005, 9900)])
    labels = np.repeat([1, 0], [100, 9900])
    rows = compare_curves(labels[None], np.stack([1 - scores, scores])[None], num_classes=2)
    auroc, average_precision = rows_of(rows, "of the AUROC"), rows_of(rows, "curve of the average precision")
    assert auroc["every score"].values[1] > 0.95
    assert average_precision["every score"].values[1] > 0.5
    assert auroc["50 thresholds"].values[1] == 0.5
    assert average_precision["50 thresholds"].values[1] == pytest.approx(0.01)


def test_end_points_of_the_curves() -> None:
    rows = compare_curves(np.array([[0, 1, 0, 0]]), np.array([[[3.0, 2, 1, 0], [0, 1, 2, 3]]]), num_classes=2)
    first = rows_of(rows, "first threshold")
    assert [first[name].values[1] for name in ("infinity", "1", "largest score + 1")] == [math.inf, 1, 4]
    points = rows_of(rows, "How many points")
    assert points["all scores"].values[1] == 5
    assert points["up to full recall"].values[1] == 4


def test_rows_say_who_and_what() -> None:
    rows = compare_curves(np.array([[0, 1]]), np.array([[[0.9, 0.1], [0.1, 0.9]]]), num_classes=2)
    assert all(row.topic and row.name and row.sentence.endswith(".") for row in rows)
    assert len({(row.topic, row.name) for row in rows}) == len(rows)


def _assert_same_rows(one: tuple[CurveRow, ...], other: tuple[CurveRow, ...], tolerance: float) -> None:
    for left, right in zip(one, other, strict=True):
        assert (left.topic, left.name, left.libraries) == (right.topic, right.name, right.libraries)
        if "How many points" not in left.topic or not tolerance:
            np.testing.assert_allclose((*left.values, left.mean), (*right.values, right.mean), atol=tolerance or 1e-12)


@pytest.mark.parametrize("dtype", ["uint8", "float16"])
def test_rows_from_an_exact_histogram_are_those_from_pixels(dtype: str) -> None:
    source = np.random.default_rng(5)
    target = np.where(source.random((2, 30)) < 0.2, 255, source.integers(0, 2, (2, 30)))
    scores = source.integers(0, 256, (2, 3, 30)) if dtype == "uint8" else source.random((2, 3, 30))
    scores = scores.astype(dtype)
    statistics = count(target, scores, num_classes=3, ignore_label=255, histogram="per_image")
    assert statistics.histogram is not None
    from_pixels = compare_curves(target, scores, num_classes=3, ignore_label=255)
    _assert_same_rows(compare_curves_from_histogram(statistics.histogram), from_pixels, 0)


def test_rows_from_fine_bins_are_close_and_follow_an_ignored_class() -> None:
    source = np.random.default_rng(6)
    target = source.integers(0, 3, (1, 4000))
    scores = (
        source.random((1, 3, 4000)) * 0.5 + 0.5 * (target[:, None] == np.arange(3)[None, :, None]) * source.random()
    )
    bins = Bins(kind="uniform", count=2**16)
    statistics = count(target, scores, num_classes=3, histogram="pooled", bins=bins)
    assert statistics.histogram is not None
    from_pixels = compare_curves(target, scores, num_classes=3, ignore_label=2)
    _assert_same_rows(compare_curves_from_histogram(statistics.histogram, ignored_classes=(2,)), from_pixels, 1e-3)


def test_nothing_but_void_leaves_every_area_undefined() -> None:
    rows = compare_curves(np.full((1, 4), 255), np.full((1, 2, 4), 0.5), num_classes=2, ignore_label=255)
    for name in ("steps", "trapezoids", "11 recalls", "200 thresholds"):
        assert all(math.isnan(value) for value in rows_of(rows, "How is precision averaged")[name].values)
    assert math.isnan(rows_of(rows, "AUROC of a class")["left out"].mean)
