"""Calibration: reliability, ECE and Brier against the pixels' own scores, and thresholds chosen on the data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import metrics_core as mc
from tests.resampling_examples import FIRST
from tests.strategies import VOID, Sample, scored_samples


def counted(target: Any, scores: Any, *, histogram: Any = "per_image", **options: Any) -> mc.Statistics:
    """Statistics of scores [image, class, pixel], or of those of class 1 [image, pixel]."""
    scores = np.asarray(scores)
    if scores.ndim == 2:
        scores = np.stack([1 - scores, scores], 1)
    return mc.count(target, scores, num_classes=scores.shape[1], histogram=histogram, **options)


def expected_error(scores: NDArray[Any], positive: NDArray[Any], group_of: NDArray[Any]) -> float:
    """ECE of single pixels in given groups."""
    gaps = [abs((scores[group_of == g] - positive[group_of == g]).sum()) for g in np.unique(group_of)]
    return float(sum(gaps) / scores.size)


# 100 positives, 80 at .4 and 20 at .1; 9,900 negatives, 100 at .3 and 9,800 at .05.
RARE_SCORES = np.repeat(np.array([0.4, 0.1, 0.3, 0.05], np.float32), [80, 20, 100, 9800])
RARE = counted((np.arange(10_000) < 100).astype(int)[None], RARE_SCORES[None])


class TestReliability:
    def test_by_hand(self) -> None:
        target, scores = np.array([[1, 1, 0, 1, 0, 0, 0, 0]]), np.array([[0.75] * 4 + [0.25] * 4], np.float32)
        found = mc.reliability(counted(target, scores), 1, groups=2)
        assert found.pixels.tolist() == [4, 4]
        assert found.mean_scores.tolist() == [0.25, 0.75]
        assert found.frequencies.tolist() == [0, 0.75]
        assert (found.ece, found.largest_error, found.ece_error) == (0.125, 0.25, 0)
        assert (found.brier, found.brier_error) == (pytest.approx((3 * 0.0625 + 0.5625 + 4 * 0.0625) / 8), 0)
        assert found.edges.tolist() == [0, 0.5, 1]

    def test_certain_and_right(self) -> None:
        target = np.array([[0, 1, 1, 0]])
        found = mc.reliability(counted(target, target.astype(np.float32)), 1)
        assert (found.ece, found.brier, found.largest_error) == (0, 0, 0)

    def test_certain_and_wrong(self) -> None:
        target = np.array([[0, 1, 1, 0]])
        found = mc.reliability(counted(target, 1 - target.astype(np.float32)), 1)
        assert (found.ece, found.brier, found.largest_error) == (1, 1, 1)

    def test_saying_how_frequent_the_class_is_is_calibrated_and_useless(self) -> None:
        target = (np.arange(100) < 25).astype(int)[None]
        found = mc.reliability(counted(target, np.full((1, 100), 0.25, np.float32)), 1)
        assert (found.ece, found.brier) == (0, pytest.approx(0.25 * 0.75))

    def test_groups_of_equal_mass(self) -> None:
        found = mc.reliability(RARE, 1, groups=4, grouping="equal_mass")
        # Nearly all pixels share one score: equal scores stay together.
        assert found.pixels.sum() == 10_000
        assert found.pixels.max() == 9800
        spread = np.linspace(0, 1, 400, dtype=np.float32)[None]
        even = mc.reliability(counted(spread > 0.5, spread), 1, groups=4, grouping="equal_mass")
        assert even.pixels.tolist() == [100, 100, 100, 100]
        assert even.edges.tolist() == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=2e-3)

    def test_void_and_ignored_pixels_are_left_out(self) -> None:
        target = np.array([[0, 1, 2, 255, 1, 0]])
        scores = np.full((1, 3, 6), 0.25, np.float32)
        scores[0, 1, [1, 4]] = 0.5
        statistics = counted(target, scores, ignore_label=255)
        assert mc.reliability(statistics, 1).pixels.sum() == 5
        found = mc.reliability(statistics, 1, ignored_classes=(0,))
        assert found.pixels.sum() == 3
        assert found.brier == pytest.approx((2 * 0.25 + 0.0625) / 3)

    def test_pooled_histograms_serve_as_well(self) -> None:
        target, scores = np.array([[0, 1], [1, 1]]), np.array([[0.2, 0.6], [0.4, 0.9]], np.float32)
        pooled, each = (mc.reliability(counted(target, scores, histogram=kind), 1) for kind in ("pooled", "per_image"))
        assert (pooled.ece, pooled.brier) == (each.ece, each.brier)

    def test_no_pixel(self) -> None:
        statistics = counted(np.full((1, 3), VOID), np.full((1, 3), 0.5, np.float32), ignore_label=VOID)
        for grouping in ("equal_width", "equal_mass"):
            found = mc.reliability(statistics, 1, grouping=grouping)
            assert all(math.isnan(value) for value in (found.ece, found.brier, found.largest_error))
            assert np.isnan(found.mean_scores).all()

    @pytest.mark.parametrize("groups", [-1, 0, 1, 5000])
    def test_impossible_groups(self, groups: int) -> None:
        with pytest.raises(ValueError, match=r"groups must be 2\.\.4096"):
            mc.reliability(RARE, 1, groups=groups)

    def test_unknown_grouping(self) -> None:
        with pytest.raises(ValueError, match="grouping must be one of 'equal_width', 'equal_mass'; got 'width'"):
            mc.reliability(RARE, 1, grouping="width")

    def test_labels_alone_have_no_calibration(self) -> None:
        with pytest.raises(ValueError, match="need scores"):
            mc.reliability(FIRST, 1)
        with pytest.raises(ValueError, match="need scores"):
            mc.best_threshold(FIRST, "iou", 1)

    def test_no_such_class(self) -> None:
        with pytest.raises(ValueError, match=r"label must be a class 0\.\.1; got 2"):
            mc.reliability(RARE, 2)


class TestAgainstPixels:
    @settings(max_examples=60)
    @given(sample=scored_samples(dtype="uint8"), groups=st.integers(2, 20), label=st.integers(0, 1))
    def test_bytes_are_exact(self, sample: Sample, groups: int, label: int) -> None:
        statistics = counted(sample.target, sample.prediction, ignore_label=VOID)
        kept = sample.target.ravel() != VOID
        if not kept.any():
            return
        scores = (sample.prediction[:, label] / 255).ravel()[kept]
        positive = (sample.target.ravel() == label)[kept].astype(float)
        found = mc.reliability(statistics, label, groups=groups)
        group_of = np.minimum(np.searchsorted(np.arange(groups + 1) / groups, scores, side="right") - 1, groups - 1)
        assert found.ece == pytest.approx(expected_error(scores, positive, group_of), abs=1e-12)
        assert found.brier == pytest.approx(((scores - positive) ** 2).mean(), abs=1e-12)
        assert (found.ece_error, found.brier_error) == (0, 0)

    @pytest.mark.parametrize("groups", [10, 15])
    def test_floats_lie_within_the_stated_error(self, groups: int) -> None:
        generator = np.random.default_rng(5)
        scores = generator.beta(0.3, 0.8, (4, 2000)).astype(np.float32)
        target = (generator.random((4, 2000)) < scores**2).astype(int)
        statistics = counted(target, scores, bins=mc.Bins(kind="uniform", count=64))
        found = mc.reliability(statistics, 1, groups=groups)
        flat, positive = scores.ravel().astype(np.float64), target.ravel().astype(float)
        group_of = np.minimum((flat * groups).astype(int), groups - 1)
        assert 0 < abs(found.ece - expected_error(flat, positive, group_of)) <= found.ece_error < 0.25
        assert 0 < abs(found.brier - sk.brier_score_loss(positive, flat)) <= found.brier_error < 0.02

    @given(sample=scored_samples(dtype="uint8"))
    def test_merging_groups_never_raises_the_error(self, sample: Sample) -> None:
        statistics = counted(sample.target, sample.prediction, ignore_label=VOID)
        if (sample.target == VOID).all():
            return
        coarse, fine = (mc.reliability(statistics, 1, groups=groups).ece for groups in (5, 10))
        assert coarse <= fine + 1e-12


class TestBestThreshold:
    def test_half_is_not_the_threshold(self) -> None:
        best = mc.best_threshold(RARE, "dice", 1)
        assert (best.value, best.value_at_half) == (pytest.approx(0.888889, abs=1e-6), 0)
        assert best.threshold == pytest.approx(0.35, abs=1e-3)
        assert mc.best_threshold(RARE, "iou", 1).value == pytest.approx(0.8)
        assert best.warning == (
            "this threshold was chosen on the 1 image it is scored on, so Dice at it is too good for new ones: "
            "choose it on other data than you report"
        )

    def test_it_gives_its_value(self) -> None:
        generator = np.random.default_rng(1)
        scores = generator.random((3, 500)).astype(np.float32)
        statistics = counted(scores + generator.normal(0, 0.3, scores.shape) > 0.6, scores)
        for key in ("iou", "dice", "mcc", "fbeta"):
            best = mc.best_threshold(statistics, key, 1)
            rule = mc.Convention(threshold=best.threshold, excluded_classes=(0,))
            assert float(mc.evaluate(key, statistics, rule)) == pytest.approx(best.value)
            others = [mc.Convention(threshold=t, excluded_classes=(0,)) for t in (0.1, 0.5, 0.9)]
            assert all(float(mc.evaluate(key, statistics, other)) <= best.value for other in others)

    def test_lower_is_better(self) -> None:
        best = mc.best_threshold(RARE, "false_negative_rate", 1)
        assert (best.value, best.value_at_half) == (0, 1)
        assert best.threshold <= 0.1

    def test_nothing_predicted(self) -> None:
        statistics = counted(np.zeros((1, 4), int), np.ones((1, 4), np.float32))
        best = mc.best_threshold(statistics, "specificity", 1)
        assert (best.threshold, best.value) == (math.inf, 1)

    def test_undefined_everywhere(self) -> None:
        statistics = counted(np.zeros((1, 4), int), np.full((1, 4), 0.5, np.float32))
        best = mc.best_threshold(statistics, "recall", 1)
        assert math.isnan(best.threshold)
        assert math.isnan(best.value)

    def test_ignored_classes(self) -> None:
        scores = np.array([[0.9, 0.8, 0.3]], np.float32)
        full = np.stack([np.zeros_like(scores), scores, np.zeros_like(scores)], 1)
        statistics = counted(np.array([[1, 2, 1]]), full)
        assert mc.best_threshold(statistics, "iou", 1).value == pytest.approx(2 / 3)
        assert mc.best_threshold(statistics, "iou", 1, ignored_classes=(2,)).value == 1
