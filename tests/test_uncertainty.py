"""Intervals: known numbers, scipy's bootstrap on the same resamples, what is refused and what is warned of."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

import metrics_core as mc
from metrics_core.uncertainty.draws import draws
from tests.confusion_tables import STREET, binary, statistics_of
from tests.resampling_examples import FIRST, FIRST_DICE, LESION, POOLED_LESION, SECOND, TWO, of_dice, repeated


def scipy_interval(values: Any, method: str, seed: int, resamples: int = 2000) -> tuple[float, float]:
    """Interval of the mean by scipy, which draws the same resamples from the same seed."""
    generator = np.random.default_rng(seed)
    found = stats.bootstrap((values,), np.mean, n_resamples=resamples, method=method, rng=generator)
    return tuple(map(float, found.confidence_interval))


class TestAgainstScipy:
    @pytest.mark.parametrize("method", ["percentile", "bca"])
    @pytest.mark.parametrize("seed", [0, 3])
    def test_mean_over_images(self, method: Any, seed: int) -> None:
        counts = np.random.default_rng(2).integers(1, 100, (30, 3))
        statistics = statistics_of(*(binary(*row, 900) for row in counts.tolist()), class_names=TWO)
        interval = mc.bootstrap(statistics, "dice", LESION, method=method, seed=seed)
        tp, fp, fn = counts.T
        low, high = scipy_interval(2 * tp / (2 * tp + fp + fn), method, seed)
        assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))
        assert interval.method == method

    @pytest.mark.parametrize("method", ["percentile", "bca"])
    def test_ratio_of_sums(self, method: Any) -> None:
        counts = np.array([[9, 1, 2], [40, 10, 5], [3, 7, 0], [8, 8, 8], [20, 1, 1], [6, 0, 9]])
        statistics = statistics_of(*(binary(*row, 100) for row in counts.tolist()), class_names=TWO)

        def iou(tp: Any, fp: Any, fn: Any, axis: int) -> Any:
            return tp.sum(axis) / (tp.sum(axis) + fp.sum(axis) + fn.sum(axis))

        found = stats.bootstrap(
            tuple(counts.T), iou, paired=True, n_resamples=999, method=method, rng=np.random.default_rng(8)
        ).confidence_interval
        interval = mc.bootstrap(statistics, "iou", POOLED_LESION, resamples=999, seed=8, method=method)
        assert interval.low == pytest.approx(found.low, abs=1e-12)
        assert interval.high == pytest.approx(found.high, abs=1e-12)

    def test_other_level(self) -> None:
        interval = mc.bootstrap(FIRST, "dice", LESION, level=0.8)
        found = stats.bootstrap((FIRST_DICE,), np.mean, n_resamples=2000, confidence_level=0.8, method="percentile",
                                rng=np.random.default_rng(0)).confidence_interval  # fmt: skip
        assert (interval.low, interval.high, interval.level) == (
            pytest.approx(found.low),
            pytest.approx(found.high),
            0.8,
        )

    def test_standard_error(self) -> None:
        found = stats.bootstrap((FIRST_DICE,), np.mean, n_resamples=2000, rng=np.random.default_rng(0))
        assert mc.bootstrap(FIRST, "dice", LESION).standard_error == pytest.approx(found.standard_error, abs=1e-12)

    def test_resamples_in_blocks_are_those_drawn_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        at_once = mc.bootstrap(FIRST, "dice", LESION, method="bca")
        monkeypatch.setattr("metrics_core.uncertainty.draws._BLOCK", 7 * 20 + 3)
        in_blocks = mc.bootstrap(FIRST, "dice", LESION, method="bca")
        assert (in_blocks.low, in_blocks.high) == (pytest.approx(at_once.low), pytest.approx(at_once.high))


class TestKnownNumbers:
    def test_pixels_are_not_samples(self) -> None:
        """Twenty images: the interval over pixels is a hundred times narrower than that over images."""
        pixels = mc.naive_pixel_interval(FIRST, "dice", LESION)
        assert pixels.value == pytest.approx(0.7985)
        assert pixels.width / 2 == pytest.approx(0.000687, abs=5e-7)
        images = 1.959964 * 0.162003 / math.sqrt(20)
        assert images == pytest.approx(0.071001, abs=2e-6)
        assert images / (pixels.width / 2) == pytest.approx(103, abs=0.5)
        interval = mc.bootstrap(FIRST, "dice", LESION, resamples=10_000)
        assert (interval.low, interval.high) == (pytest.approx(0.7235, abs=0.004), pytest.approx(0.86, abs=0.004))
        assert "1,310,720 pixels" in pixels.note
        assert "20 images" in pixels.note

    def test_micro_counts_the_large_image_as_often_as_it_is_drawn(self) -> None:
        tables = [binary(9000, 500, 500), *(binary(30, 15, 15) for _ in range(19))]
        statistics = statistics_of(*tables, class_names=TWO)
        pooled = mc.bootstrap(statistics, "iou", POOLED_LESION, resamples=10_000)
        assert pooled.value == pytest.approx(0.859066, abs=1e-6)
        # Not drawn at all, and drawn three times.
        assert (pooled.low, pooled.high) == (pytest.approx(0.5), pytest.approx(0.886847, abs=1e-6))
        by_image = mc.bootstrap(statistics, "iou", LESION, resamples=10_000)
        assert (by_image.value, by_image.low, by_image.high) == (
            pytest.approx(0.52),
            pytest.approx(0.5),
            pytest.approx(0.56),
        )

    def test_no_failure_in_twenty(self) -> None:
        assert mc.unseen_share(20) == pytest.approx(0.1391, abs=5e-5)
        interval = mc.bootstrap(of_dice([100] * 20), "dice", LESION)
        assert (interval.low, interval.high, interval.standard_error) == (1, 1, 0)
        assert interval.note.endswith("all 20 images behave alike; up to 13.9 % of others may not")

    def test_the_unseen_share_falls_with_the_images_and_grows_with_the_level(self) -> None:
        assert mc.unseen_share(1) == pytest.approx(0.95)
        assert mc.unseen_share(2, level=0.75) == pytest.approx(0.5)

    @pytest.mark.parametrize("number", [0, -3, math.nan])
    def test_an_unseen_share_among_no_image(self, number: Any) -> None:
        with pytest.raises(ValueError, match=f"number must be at least 1 image; got {number}"):
            mc.unseen_share(number)

    @pytest.mark.parametrize("level", [0.0, 1.0, 1.5, -0.1, math.nan])
    def test_an_unseen_share_at_an_impossible_level(self, level: float) -> None:
        with pytest.raises(ValueError, match=f"level must lie between 0 and 1, such as 0.95; got {level}"):
            mc.unseen_share(20, level=level)

    def test_images_for_a_width_of_one_point(self) -> None:
        """Per-image scores with a standard deviation of 3 points need 100 to 200 images."""
        values = np.tile([77, 83], 50)
        needed = mc.images_needed(mc.bootstrap(of_dice(values.tolist()), "dice", LESION), width=0.01)
        assert needed == pytest.approx((2 * 1.96 * 3) ** 2, rel=0.1)

    def test_images_needed_grow_with_the_square(self) -> None:
        interval = mc.bootstrap(FIRST, "dice", LESION)
        wide, narrow = (mc.images_needed(interval, width=width) for width in (0.1, 0.05))
        assert wide is not None
        assert narrow is not None
        assert narrow / wide == pytest.approx(4, rel=0.03)
        same = 2 * 1.959964 * interval.standard_error
        assert mc.images_needed(interval, width=same * 1.001) == 20

    def test_images_needed_where_nothing_varies(self) -> None:
        assert mc.images_needed(mc.bootstrap(of_dice([90] * 6), "dice", LESION), width=0.1) is None


PATIENTS = {f"image {i}": f"patient {i // 4}" for i in range(20)}


class TestGroups:
    def test_groups_are_drawn_whole(self) -> None:
        interval = mc.bootstrap(FIRST, "dice", LESION, groups=PATIENTS)
        low, high = scipy_interval(FIRST_DICE.reshape(5, 4).mean(1), "percentile", 0)
        assert (interval.low, interval.high) == (pytest.approx(low), pytest.approx(high))
        assert (interval.images, interval.drawn, interval.unit) == (20, 5, "group")

    def test_jackknife_leaves_groups_out(self) -> None:
        interval = mc.bootstrap(FIRST, "dice", LESION, groups=PATIENTS, method="bca")
        low, high = scipy_interval(FIRST_DICE.reshape(5, 4).mean(1), "bca", 0)
        assert (interval.low, interval.high) == (pytest.approx(low), pytest.approx(high))

    def test_groups_of_one_image_are_images(self) -> None:
        alone = {name: name for name in FIRST.image_names}
        by_group, by_image = (mc.bootstrap(FIRST, "dice", LESION, groups=groups) for groups in (alone, None))
        assert (by_group.low, by_group.high) == (by_image.low, by_image.high)

    def test_images_without_a_group(self) -> None:
        with pytest.raises(ValueError, match="3 of 20 have none, the first is 'image 17'"):
            mc.bootstrap(FIRST, "dice", groups={f"image {i}": "a" for i in range(17)})


class TestRefusalsAndNotes:
    def test_fewer_than_five_images(self) -> None:
        with pytest.raises(mc.InputError, match="at least 5 images to draw from; got 4"):
            mc.bootstrap(of_dice([80, 70, 60, 90]), "dice", LESION)

    def test_fewer_than_five_groups(self) -> None:
        groups = {name: str(i % 3) for i, name in enumerate(FIRST.image_names)}
        with pytest.raises(mc.InputError, match="at least 5 groups to draw from; got 3"):
            mc.bootstrap(FIRST, "dice", LESION, groups=groups)

    def test_fewer_than_twenty_images(self) -> None:
        few = mc.bootstrap(FIRST.select(range(19)), "dice", LESION)
        assert few.note == "only 19 images: take the interval with caution, it is itself unsure"
        assert mc.bootstrap(FIRST, "dice", LESION).note == ""

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"resamples": 0}, "resamples must be 1..1,000,000; got 0"),
            ({"resamples": 10**9}, "got 1,000,000,000"),
            ({"seed": -1}, "seed must be a whole number, 0 or more; got -1"),
            ({"level": 0.0}, "level must lie between 0 and 1"),
            ({"level": 95}, "got 95"),
            ({"level": math.nan}, "got nan"),
            ({"method": "BCa"}, "method must be one of 'percentile', 'bca'; got 'BCa'"),
        ],
    )
    def test_impossible_options(self, options: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            mc.bootstrap(FIRST, "dice", **options)

    @pytest.mark.parametrize("width", [0, -0.1, math.nan, math.inf])
    def test_impossible_width(self, width: float) -> None:
        with pytest.raises(ValueError, match="width must be a positive number"):
            mc.images_needed(mc.bootstrap(FIRST, "dice"), width=width)

    def test_resamples_without_a_score_are_left_out(self) -> None:
        statistics = statistics_of(binary(8, 1, 1, 90), *(binary(0, 0, 0, 100) for _ in range(5)), class_names=TWO)
        interval = mc.bootstrap(statistics, "iou", POOLED_LESION)
        # An image is not among six draws in (5/6)^6 of resamples.
        assert interval.undefined / 2000 == pytest.approx((5 / 6) ** 6, abs=0.04)
        assert (interval.low, interval.high) == (0.8, 0.8)
        assert f"{interval.undefined} of 2,000 resamples are undefined" in interval.note

    def test_undefined_score(self) -> None:
        statistics = statistics_of(*(binary(0, 0, 0, 100) for _ in range(6)), class_names=TWO)
        for method in ("percentile", "bca"):
            interval = mc.bootstrap(statistics, "iou", POOLED_LESION, method=method)
            assert math.isnan(interval.low)
            assert math.isnan(interval.high)
            assert interval.note == "the score is undefined on these images"

    def test_bca_becomes_percentile_where_the_jackknife_is_undefined(self) -> None:
        tables = [binary(8, 1, 1, 90), *(binary(0, 0, 0, 100) for _ in range(5))]
        tables[1] = binary(0, 3, 0, 97)
        interval = mc.bootstrap(
            statistics_of(*tables, class_names=TWO), "recall", replace(LESION, undefined="skip"), method="bca"
        )
        assert interval.method == "percentile"

    def test_threshold_needs_scores_of_every_image(self) -> None:
        scores = np.linspace(0, 1, 60, dtype=np.float32).reshape(6, 10)
        statistics = mc.count(scores > 0.4, np.stack([1 - scores, scores], 1), num_classes=2, histogram="pooled")
        with pytest.raises(ValueError, match="histogram='per_image'"):
            mc.bootstrap(statistics, "iou", mc.Convention(threshold=0.5))

    def test_naive_interval_of_a_score_that_is_no_share(self) -> None:
        statistics = statistics_of(*(binary(0, 50, 50, 0) for _ in range(3)), class_names=TWO)
        assert math.isnan(mc.naive_pixel_interval(statistics, "mcc").low)


class TestIntervals:
    def test_same_seed_same_interval(self) -> None:
        assert mc.bootstrap(FIRST, "iou", seed=5) == mc.bootstrap(FIRST, "iou", seed=5)
        assert mc.bootstrap(FIRST, "iou", seed=5) != mc.bootstrap(FIRST, "iou", seed=6)

    def test_value_is_the_score_as_a_fraction_before_rounding(self) -> None:
        shown = mc.bootstrap(FIRST, "dice", replace(LESION, scale=100.0, digits=1))
        assert shown == mc.bootstrap(FIRST, "dice", LESION)

    def test_every_class_has_its_interval(self) -> None:
        statistics = repeated(STREET, np.array([6, 5]))
        intervals = mc.bootstrap_classes(statistics, "iou")
        values = mc.evaluate("iou", statistics, mc.Convention(average="none")).tolist()
        assert [interval.value for interval in intervals] == pytest.approx(values)
        assert all(interval.low <= interval.value <= interval.high for interval in intervals)
        (alone,) = (mc.bootstrap(statistics, "iou", mc.Convention(excluded_classes=(0, 2))),)
        assert (intervals[1].low, intervals[1].high) == (alone.low, alone.high)

    def test_classes_of_a_mean_over_images(self) -> None:
        lesion = mc.bootstrap_classes(FIRST, "dice", LESION)[1]
        assert lesion == mc.bootstrap(FIRST, "dice", LESION)

    def test_a_list_of_images_is_its_mean(self) -> None:
        listed = replace(LESION, order="per_image")
        assert mc.bootstrap(FIRST, "dice", listed) == mc.bootstrap(FIRST, "dice", LESION)

    def test_excludes_zero(self) -> None:
        assert mc.bootstrap(SECOND, "dice", LESION).excludes_zero
        statistics = statistics_of(*(binary(0, 0, 0, 100) for _ in range(6)), class_names=TWO)
        assert not mc.bootstrap(statistics, "iou", POOLED_LESION).excludes_zero

    def test_leaving_one_out(self) -> None:
        drawn = draws(tuple("abcdef"), groups=dict(zip("abcdef", "xxyzvw", strict=True)), resamples=1, seed=0)
        rows = np.concatenate(list(drawn.without_one()))
        assert rows.tolist() == [
            [0, 0, 1, 1, 1, 1],
            [1, 1, 0, 1, 1, 1],
            [1, 1, 1, 0, 1, 1],
            [1, 1, 1, 1, 0, 1],
            [1, 1, 1, 1, 1, 0],
        ]
