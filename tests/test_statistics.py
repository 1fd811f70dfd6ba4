"""Statistics: what is kept of the pixels, and how parts of it are chosen and merged."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any, Literal

import numpy as np
import pytest
import torch

import metrics_core as mc
from metrics_core.packing import WholeTables
from metrics_core.statistics import Margins
from tests.confusion_tables import statistics_of

FOUR = [[5, 1, 0], [2, 3, 1], [4, 0, 2]]


def batch(*names: str, histogram: Literal["none", "pooled", "per_image"] = "none") -> mc.Statistics:
    """Statistics of images of four pixels, whose content follows from their names."""
    rng = [np.random.default_rng(sum(map(ord, name))) for name in names]
    target = np.stack([each.integers(0, 2, 4) for each in rng])
    scores = np.stack([each.random((2, 4), np.float32) for each in rng])
    return mc.count(target, scores, num_classes=2, image_names=names, histogram=histogram)


class TestStatistics:
    def test_support_counts_predictions_of_no_class_too(self) -> None:
        statistics = statistics_of(FOUR, class_names=("a", "b"))
        assert statistics.support.tolist() == [[6, 6]]
        assert statistics.void_pixels.tolist() == [6]
        assert (statistics.num_classes, statistics.num_images) == (2, 1)

    def test_margins_by_hand(self) -> None:
        margins = Margins.of(WholeTables(np.array([FOUR])))
        assert margins.diagonal.tolist() == [[5, 3]]
        assert margins.rows.tolist() == [[6, 6]]
        assert margins.columns.tolist() == [[7, 4]]
        assert margins.outside.tolist() == [[0, 1]]

    def test_pooled_margins_are_those_of_the_sum(self) -> None:
        statistics = statistics_of(FOUR, FOUR, class_names=("a", "b"))
        assert statistics.pooled.diagonal.tolist() == [[10, 6]]
        assert statistics.per_image.diagonal.tolist() == [[5, 3], [5, 3]]

    def test_a_value_never_changes(self) -> None:
        with pytest.raises(FrozenInstanceError):
            statistics_of(FOUR, class_names=("a", "b")).image_names = ()  # pyright: ignore[reportAttributeAccessIssue]

    @pytest.mark.parametrize(
        ("confusion", "got"),
        [
            (torch.zeros((1, 3, 3)), r"got torch\.float32 \(1, 3, 3\)"),
            (torch.zeros((1, 2, 2), dtype=torch.int64), r"= \(1, 3, 3\); got torch\.int64 \(1, 2, 2\)"),
            (torch.zeros((2, 3, 3), dtype=torch.int64), r"got torch\.int64 \(2, 3, 3\)"),
            (np.zeros((1, 3, 3), np.int64), r"got ndarray \(1, 3, 3\)"),
            ([[[1]]], r"got list \(\)"),
        ],
    )
    def test_counts_of_another_form_are_refused(self, confusion: Any, got: str) -> None:
        with pytest.raises(mc.InputError, match=got):
            mc.Statistics(confusion=confusion, image_names=("one",), class_names=("a", "b"))

    def test_repeated_image_names_are_refused(self) -> None:
        with pytest.raises(mc.InputError, match="'one' occurs 2 times"):
            mc.Statistics(
                confusion=torch.zeros((2, 2, 2), dtype=torch.int64), image_names=("one", "one"), class_names=("a",)
            )


class TestSelect:
    def test_images_come_in_the_given_order(self) -> None:
        chosen = batch("a", "b", "c").select([2, 0])
        assert chosen.image_names == ("c", "a")
        assert torch.equal(chosen.confusion, torch.cat([batch("c").confusion, batch("a").confusion]))

    def test_the_last_image_from_the_end(self) -> None:
        assert batch("a", "b", "c").select([-1]).image_names == ("c",)

    def test_no_image_has_no_score(self) -> None:
        none = batch("a", "b").select([])
        assert none.num_images == 0
        assert mc.evaluate("iou", none).isnan()
        assert mc.evaluate("iou", none, mc.Convention(pooling="image")).isnan()

    def test_histograms_of_images_follow(self) -> None:
        chosen = batch("a", "b", "c", histogram="per_image").select([1]).histogram
        alone = batch("b", histogram="per_image").histogram
        assert chosen is not None
        assert alone is not None
        assert torch.equal(chosen.counts, alone.counts)

    def test_a_pooled_histogram_cannot_be_split(self) -> None:
        assert batch("a", "b", histogram="pooled").select([1]).histogram is None

    def test_an_image_given_twice_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="'a' occurs 2 times"):
            batch("a", "b").select([0, 0])

    @pytest.mark.parametrize("image", [2, -3])
    def test_an_image_that_is_not_there_is_refused(self, image: int) -> None:
        with pytest.raises(mc.InputError, match=rf"indices 0\.\.1; got {image}"):
            batch("a", "b").select([image])


class TestMerge:
    def test_images_follow_one_another(self) -> None:
        merged = mc.merge(batch("a", "b"), batch("c"))
        assert merged.image_names == ("a", "b", "c")
        assert torch.equal(merged.confusion, batch("a", "b", "c").confusion)

    def test_one_part_is_itself(self) -> None:
        assert mc.merge(batch("a")).image_names == ("a",)

    def test_pooled_histograms_add(self) -> None:
        merged = mc.merge(batch("a", histogram="pooled"), batch("b", histogram="pooled")).histogram
        whole = batch("a", "b", histogram="pooled").histogram
        assert merged is not None
        assert whole is not None
        assert torch.equal(merged.counts, whole.counts)

    def test_an_image_in_two_parts_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match=r"'a' occurs 2 times; drop the repeats \(a DistributedSampler"):
            mc.merge(batch("a", "b"), batch("c", "a"))

    def test_an_image_in_two_parts_can_count_once(self) -> None:
        # Ten images on four ranks: a sampler repeats the first two to fill the last batch.
        ranks = [batch(*(f"image {i % 10}" for i in range(rank, 12, 4))) for rank in range(4)]
        merged = mc.merge(*ranks, repeated="drop")
        assert sorted(merged.image_names) == sorted(f"image {i}" for i in range(10))
        assert merged.confusion.sum() == 40

    @pytest.mark.parametrize("histogram", ["none", "per_image"])
    def test_dropping_keeps_the_first_of_each_name(self, histogram: Literal["none", "per_image"]) -> None:
        first = batch("a", "b", histogram=histogram)
        merged = mc.merge(first, batch("b", "c", histogram=histogram), first, repeated="drop")
        whole = batch("a", "b", "c", histogram=histogram)
        assert merged.image_names == ("a", "b", "c")
        assert torch.equal(merged.confusion, whole.confusion)
        if merged.histogram is not None and whole.histogram is not None:
            assert torch.equal(merged.histogram.counts, whole.histogram.counts)

    def test_part_of_a_pooled_histogram_cannot_be_dropped(self) -> None:
        parts = batch("a", "b", histogram="pooled"), batch("b", "c", histogram="pooled")
        with pytest.raises(mc.InputError, match="pooled histogram; count with histogram='per_image'"):
            mc.merge(*parts, repeated="drop")

    def test_all_of_a_pooled_histogram_can_be_dropped(self) -> None:
        first = batch("a", "b", histogram="pooled")
        merged = mc.merge(first, batch("b", histogram="pooled"), repeated="drop")
        assert merged.image_names == ("a", "b")
        assert merged.histogram is not None
        assert first.histogram is not None
        assert torch.equal(merged.histogram.counts, first.histogram.counts)

    def test_nothing_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="at least one"):
            mc.merge()

    def test_other_classes_are_refused(self) -> None:
        with pytest.raises(mc.InputError, match="same class names"):
            mc.merge(batch("a"), replace(batch("b"), class_names=("road", "car")))

    def test_another_void_label_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="same class names and ignore_label"):
            mc.merge(batch("a"), replace(batch("b"), ignore_label=255))

    def test_histograms_in_some_parts_only_are_refused(self) -> None:
        with pytest.raises(mc.InputError, match="in every part or in none"):
            mc.merge(batch("a"), batch("b", histogram="pooled"))

    def test_histograms_that_pool_differently_are_refused(self) -> None:
        with pytest.raises(ValueError, match="histogram 1 has"):
            mc.merge(batch("a", histogram="pooled"), batch("b", histogram="per_image"))


class TestExactCounts:
    """Counts are integers of 64 bits: nothing is lost beyond 2^24, 2^31 or 2^32, where other counters stop."""

    @pytest.mark.parametrize("pixels", [2**24 + 1, 2**31 + 1, 2**32 + 1, 2**52 + 1])
    def test_one_pixel_more_is_one_pixel_more(self, pixels: int) -> None:
        statistics = statistics_of([[pixels, 1, 0], [0, pixels, 0], [0, 0, 0]], class_names=("a", "b"))
        twice = mc.merge(statistics, replace(statistics, image_names=("another",)))
        assert twice.pooled.diagonal.tolist() == [[2 * pixels, 2 * pixels]]
        cells = mc.class_counts(statistics, mc.Convention())
        assert cells.tp.tolist() == [[pixels, pixels]]
        assert cells.fp.tolist() == [[0, 1]]

    def test_twenty_million_and_one_correct_pixels(self) -> None:
        statistics = statistics_of([[20_000_001, 0], [0, 0]], class_names=("a",))
        assert mc.class_counts(statistics, mc.Convention()).tp == 20_000_001

    def test_a_thousand_images_of_1001_by_1001_pixels(self) -> None:
        statistics = statistics_of(*[[[1001**2, 0], [0, 0]]] * 1000, class_names=("a",))
        assert statistics.pooled.diagonal.tolist() == [[1_002_001_000]]

    def test_a_ratio_of_large_counts_keeps_its_last_pixel(self) -> None:
        statistics = statistics_of([[2**30, 1, 0], [0, 0, 0], [0, 0, 0]], class_names=("a", "b"))
        assert float(mc.evaluate("recall", statistics, mc.Convention(average="none"))[0]) == 2**30 / (2**30 + 1)
