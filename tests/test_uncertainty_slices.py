"""Slices and worst images: parts of the data and what is wrong with single images."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import metrics_core as mc
from tests.confusion_tables import binary, statistics_of
from tests.resampling_examples import FIRST, LESION, TWO

PART = FIRST.select(range(12))


class TestSlices:
    def test_each_slice_is_scored_on_its_own(self) -> None:
        labels = {name: "2" if i < 6 else "10" for i, name in enumerate(PART.image_names)}
        two, ten = mc.score_slices(PART, "dice", LESION, labels=labels, seed=4)
        assert (two.label, ten.label) == ("2", "10")
        assert two.score == mc.bootstrap(PART.select(range(6)), "dice", LESION, seed=4)
        assert ten.image_names == PART.image_names[6:]

    def test_too_few_images_have_a_score_but_no_interval(self) -> None:
        labels = dict.fromkeys(PART.image_names[:4], "a")
        small, rest = mc.score_slices(PART, "dice", LESION, labels=labels)
        assert (small.label, small.score.value) == ("a", pytest.approx(0.5325))
        assert math.isnan(small.score.low)
        assert small.score.note == "no interval: 4 images, and resampling needs at least 5"
        assert (rest.label, len(rest.image_names)) == (mc.NO_ENTRY, 8)
        assert rest.score.low < rest.score.value < rest.score.high

    def test_groups_within_slices(self) -> None:
        labels = dict.fromkeys(PART.image_names, "all")
        groups = {name: str(i // 3) for i, name in enumerate(PART.image_names)}
        (whole,) = mc.score_slices(PART, "dice", LESION, labels=labels, groups=groups)
        assert whole.score.note == "no interval: 4 groups, and resampling needs at least 5"

    def test_quantiles_of_size(self) -> None:
        sizes = [0, 10, 20, 30, 40, 1000, 2000, 3000, 4000]
        statistics = statistics_of(*(binary(size, 0, 0, 10_000 - size) for size in sizes), class_names=TWO)
        labels = mc.size_labels(statistics, 1)
        assert list(labels.values()) == [
            "no target pixel",
            "1: 10 to 20 pixels",
            "1: 10 to 20 pixels",
            "2: 30 to 40 pixels",
            "2: 30 to 40 pixels",
            "3: 1,000 to 2,000 pixels",
            "3: 1,000 to 2,000 pixels",
            "4: 3,000 to 4,000 pixels",
            "4: 3,000 to 4,000 pixels",
        ]
        order = [part.label for part in mc.score_slices(statistics, "iou", labels=labels)]
        assert [label[:2] for label in order] == ["1:", "2:", "3:", "4:", "no"]

    def test_equal_sizes_are_not_torn_apart(self) -> None:
        statistics = statistics_of(*(binary(5, 0, 0, 95) for _ in range(7)), class_names=TWO)
        assert set(mc.size_labels(statistics, 1, number=3).values()) == {"1: 5 pixels"}

    def test_class_without_a_target_pixel(self) -> None:
        statistics = statistics_of(*(binary(0, 1, 0, 99) for _ in range(5)), class_names=TWO)
        assert set(mc.size_labels(statistics, 1).values()) == {"no target pixel"}

    def test_refusals(self) -> None:
        with pytest.raises(ValueError, match=r"label must be a class 0\.\.1; got 2"):
            mc.size_labels(PART, 2)
        with pytest.raises(ValueError, match="number must be at least 2 slices; got 1"):
            mc.size_labels(PART, 1, number=1)


ONE_OF_EACH = statistics_of(
    binary(50, 0, 0, 50),
    binary(0, 4, 20, 76),
    binary(0, 7, 0, 93),
    binary(20, 1, 30, 49),
    binary(20, 30, 1, 49),
    binary(20, 10, 8, 62),
    binary(0, 0, 0, 100),
    class_names=TWO,
)


class TestWorstImages:
    def test_every_mistake_has_its_name(self) -> None:
        worst = mc.worst_images(ONE_OF_EACH, "iou", LESION, number=10)
        assert [(each.index, each.mistake) for each in worst] == [
            (1, "missed object"),
            (2, "false positive on empty"),
            (3, "under-segmentation"),
            (4, "over-segmentation"),
            (5, "displaced"),
            (0, "none"),
        ]
        assert [each.reason for each in worst] == [
            "class 1 (lesion): missed object, none of its 20 pixels found",
            "class 1 (lesion): false positive on empty, 7 pixels predicted and none in the target",
            "class 1 (lesion): under-segmentation, 30 pixels of 50 pixels missed, 1 added",
            "class 1 (lesion): over-segmentation, 30 pixels added to 21 pixels, 1 missed",
            "class 1 (lesion): place, boundary or shape, 8 pixels missed and 10 added: look at the image",
            "class 1 (lesion): no wrong pixel",
        ]

    def test_the_number_asked_for_and_their_scores(self) -> None:
        worst = mc.worst_images(ONE_OF_EACH, "iou", LESION, number=3)
        assert [each.score for each in worst] == [0, 0, pytest.approx(20 / 51)]
        assert [each.name for each in worst] == ["image 1", "image 2", "image 3"]

    def test_the_class_with_the_worst_score_is_to_blame(self) -> None:
        table = [[80, 0, 0, 0], [0, 5, 5, 0], [0, 0, 10, 0], [0, 0, 0, 0]]
        (worst,) = mc.worst_images(statistics_of(table), "iou", mc.Convention(pooling="image"))
        assert (worst.label, worst.mistake) == (1, "under-segmentation")

    def test_high_is_bad_for_an_error_rate(self) -> None:
        worst = mc.worst_images(ONE_OF_EACH, "false_negative_rate", LESION, number=1)
        assert (worst[0].index, worst[0].score) == (1, 1)

    def test_micro_average(self) -> None:
        worst = mc.worst_images(ONE_OF_EACH, "iou", replace(LESION, average="micro"), number=2)
        assert [each.mistake for each in worst] == ["missed object", "false positive on empty"]

    def test_refusal(self) -> None:
        with pytest.raises(ValueError, match="number must be at least 1 image; got 0"):
            mc.worst_images(ONE_OF_EACH, "iou", number=0)
