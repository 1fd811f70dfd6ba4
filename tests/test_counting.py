"""Counting: from pixels to statistics, whatever the labels, the scores and the device."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any, Literal, get_args

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

import metrics_core as mc
from metrics_core import counting, deciding, histograms

Images = Literal["none", "pooled", "per_image"]


def pretend(monkeypatch: pytest.MonkeyPatch, *, on_cpu: bool) -> None:
    """Treat every tensor as one of the CPU, or as one of another device."""
    for module in (counting, deciding, histograms):
        monkeypatch.setattr(module, "in_main_memory", lambda _: on_cpu)


def table(target: object, prediction: object, **options: Any) -> list[list[int]]:
    """The counts of a single row of pixels."""
    options.setdefault("num_classes", 2)
    return mc.count([target], [prediction], **options).confusion[0].tolist()  # pyright: ignore[reportArgumentType]


class TestLabels:
    def test_rows_are_true_and_columns_predicted(self) -> None:
        assert table([0, 0, 0, 1], [0, 1, 1, 1]) == [[1, 2, 0], [0, 1, 0], [0, 0, 0]]

    def test_images_are_counted_apart(self) -> None:
        statistics = mc.count([[0, 0], [1, 1]], [[0, 0], [1, 0]], num_classes=2)
        assert statistics.confusion.tolist() == [[[2, 0, 0], [0, 0, 0], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 0]]]

    def test_a_single_class(self) -> None:
        assert table([0, 0], [0, 0], num_classes=1) == [[2, 0], [0, 0]]

    @pytest.mark.parametrize("number", [np.uint8(254), np.int8(100), torch.tensor(254, dtype=torch.uint8)])
    def test_a_number_of_classes_of_a_narrow_type_does_not_overflow(self, number: Any) -> None:
        # labels.max() + 1 is such a number.
        assert mc.count([[0, 99]], [[0, 99]], num_classes=number).confusion.shape == (
            1,
            int(number) + 1,
            int(number) + 1,
        )

    def test_a_void_label_fills_the_last_row(self) -> None:
        assert table([0, 255, 255], [0, 0, 1], ignore_label=255) == [[1, 0, 0], [0, 0, 0], [1, 1, 0]]

    def test_a_void_label_below_zero(self) -> None:
        assert table([0, -1], [0, 1], ignore_label=-1) == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]

    def test_a_void_label_among_the_classes_empties_its_row(self) -> None:
        assert table([0, 1, 1], [0, 1, 0], ignore_label=1) == [[1, 0, 0], [0, 0, 0], [1, 1, 0]]

    def test_a_void_label_that_is_the_number_of_classes(self) -> None:
        assert table([0, 2], [0, 1], ignore_label=2) == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]

    def test_a_predicted_void_label_fills_the_last_column(self) -> None:
        assert table([0, 1], [255, 1], ignore_label=255) == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]

    def test_predictions_beyond_the_classes_fill_the_last_column_when_counted(self) -> None:
        assert table([0, 1, 255], [7, -1, 9], ignore_label=255, out_of_range="count") == [
            [0, 0, 1],
            [0, 0, 1],
            [0, 0, 1],
        ]

    def test_nothing_but_void(self) -> None:
        statistics = mc.count([[255, 255]], [[0, 1]], num_classes=2, ignore_label=255)
        assert statistics.support.tolist() == [[0, 0]]
        assert statistics.void_pixels.tolist() == [2]

    def test_byte_labels_beyond_127(self) -> None:
        labels = np.array([[200, 200, 18]], np.uint8)
        confusion = mc.count(labels, labels, num_classes=201).confusion
        assert confusion[0, 200, 200] == 2
        assert confusion.sum() == 3

    def test_byte_labels_whose_product_exceeds_a_byte(self) -> None:
        # 19 * 18 + 18 is 104 in eight bits.
        last = np.full((1, 100), 18, np.uint8)
        assert mc.count(last, last, num_classes=19).confusion[0, 18, 18] == 100

    def test_a_void_label_of_sixteen_bits(self) -> None:
        target = np.array([[0, 65535]], np.uint16)
        assert mc.count(target, np.zeros_like(target), num_classes=2, ignore_label=65535).void_pixels.tolist() == [1]

    def test_a_target_shifted_below_its_first_class(self) -> None:
        # Labels 0..3 of bytes, less 1: the class 0 becomes 255, and no pixel is where it should be.
        shifted = np.array([[0, 1, 2, 3]], np.uint8) - np.uint8(1)
        with pytest.raises(mc.InputError, match="target has label 255 at image 0"):
            mc.count(shifted, np.array([[0, 1, 2, 3]], np.uint8), num_classes=4)

    def test_a_thousand_classes(self) -> None:
        labels = np.arange(1000)[None]
        assert mc.count(labels, labels, num_classes=1000).confusion[0].diagonal().sum() == 1000

    def test_what_is_counted_stays_as_it_was(self) -> None:
        target, prediction = torch.tensor([[0, 1, 255]]), torch.tensor([[1, 1, 0]])
        mc.count(target, prediction, num_classes=2, ignore_label=255)
        assert target.tolist() == [[0, 1, 255]]
        assert prediction.tolist() == [[1, 1, 0]]

    def test_counting_a_prediction_against_itself(self) -> None:
        labels = torch.tensor([[0, 1, 1]])
        assert mc.evaluate("iou", mc.count(labels, labels, num_classes=2)) == 1


class TestNames:
    def test_names_that_were_not_given(self) -> None:
        statistics = mc.count([[0], [1]], [[0], [1]], num_classes=2)
        assert statistics.image_names == ("image 0", "image 1")
        assert statistics.class_names == ("class 0", "class 1")

    def test_names_that_were_given(self) -> None:
        statistics = mc.count([[0]], [[0]], num_classes=2, class_names=["road", "car"], image_names=["a.png"])
        assert statistics.image_names == ("a.png",)
        assert statistics.class_names == ("road", "car")


class TestScores:
    def test_the_first_highest_score_wins(self) -> None:
        scores = [[0.3, 0.2, 0.5, 0.1], [0.3, 0.6, 0.5, 0.2], [0.3, 0.6, 0.4, 0.7]]
        assert table([0, 0, 0, 0], scores, num_classes=3)[0] == [2, 1, 1, 0]

    @pytest.mark.parametrize(
        ("dtype", "kind", "count"),
        [
            ("uint8", "byte", 256),
            ("float16", "half", 0x3C01),
            ("float32", "uniform", 4096),
            ("float64", "uniform", 4096),
        ],
    )
    def test_bins_follow_the_dtype(self, dtype: str, kind: str, count: int) -> None:
        histogram = mc.count([[0]], np.zeros((1, 2, 1), dtype), num_classes=2, histogram="pooled").histogram
        assert histogram is not None
        assert (histogram.bins.kind, histogram.bins.count) == (kind, count)

    def test_bins_may_be_chosen(self) -> None:
        bins = mc.Bins(kind="mirrored_log", count=128)
        histogram = mc.count([[0]], [[[0.5], [0.5]]], num_classes=2, histogram="pooled", bins=bins).histogram
        assert histogram is not None
        assert histogram.bins is bins

    def test_bins_of_another_dtype_are_refused(self) -> None:
        with pytest.raises(ValueError, match="byte bins hold uint8 scores; got float64"):
            mc.count([[0]], [[[0.5], [0.5]]], num_classes=2, histogram="pooled", bins=mc.BYTE_BINS)

    def test_the_histogram_holds_every_score_by_true_class(self) -> None:
        scores = np.array([[[51, 204, 255]], [[204, 51, 0]]], np.uint8).transpose(1, 0, 2)
        histogram = mc.count([[0, 1, 255]], scores, num_classes=2, ignore_label=255, histogram="pooled").histogram
        assert histogram is not None
        assert histogram.counts.nonzero().tolist() == [
            [0, 0, 0, 51], [0, 0, 1, 204], [0, 1, 0, 204], [0, 1, 1, 51], [0, 2, 0, 255], [0, 2, 1, 0],
        ]  # fmt: skip

    def test_probabilities_of_one_class_give_the_histogram_of_both(self) -> None:
        bins = mc.Bins(kind="uniform", count=4)
        histogram = mc.count([[1, 0]], [[0.75, 0.5]], num_classes=2, histogram="pooled", bins=bins).histogram
        assert histogram is not None
        assert histogram.counts[0, :2].tolist() == [[[0, 0, 1, 0], [0, 0, 1, 0]], [[0, 1, 0, 0], [0, 0, 0, 1]]]

    def test_without_being_asked_no_score_is_kept(self) -> None:
        assert mc.count([[0]], [[[0.5], [0.5]]], num_classes=2).histogram is None


def random_data(scores: str, shape: tuple[int, ...] = (3, 20, 30)) -> tuple[torch.Tensor, torch.Tensor]:
    """A target with void label 255, and a prediction of labels or of scores in a dtype."""
    torch.manual_seed(0)
    target = torch.randint(0, 4, shape)
    target[torch.rand(shape) < 0.1] = 255
    if scores == "labels":
        return target, torch.randint(0, 4, shape)
    if scores == "uint8":
        return target, torch.randint(0, 256, (shape[0], 4, *shape[1:]), dtype=torch.uint8)
    return target, torch.rand((shape[0], 4, *shape[1:])).to(getattr(torch, scores))


class TestDevices:
    @pytest.mark.parametrize(
        ("scores", "histogram"),
        [("labels", "none"), *product(("uint8", "bfloat16", "float16", "float32", "float64"), get_args(Images))],
    )
    def test_statistics_are_the_same_on_any_device(
        self, scores: str, histogram: Images, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = random_data(scores)
        for ignored in (255, 2):
            target = data[0] if ignored == 255 else data[0].clamp(max=3)
            both: list[mc.Statistics] = []
            for on_cpu in (True, False):
                pretend(monkeypatch, on_cpu=on_cpu)
                both.append(mc.count(target, data[1], num_classes=4, ignore_label=ignored, histogram=histogram))
            assert torch.equal(both[0].confusion, both[1].confusion)
            assert (both[0].histogram is None) == (both[1].histogram is None) == (histogram == "none")
            if both[0].histogram is not None and both[1].histogram is not None:
                for name in ("counts", "low", "high"):
                    assert torch.equal(getattr(both[0].histogram, name), getattr(both[1].histogram, name))

    @pytest.mark.parametrize("histogram", ["none", "pooled", "per_image"])
    def test_probabilities_of_one_class_are_the_same_on_any_device(
        self, histogram: Images, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target, probability = torch.randint(0, 2, (2, 50)), torch.rand(2, 50)
        here = mc.count(target, probability, num_classes=2, histogram=histogram)
        pretend(monkeypatch, on_cpu=False)
        there = mc.count(target, probability, num_classes=2, histogram=histogram)
        assert torch.equal(here.confusion, there.confusion)

    @pytest.mark.parametrize("scores", ["labels", "uint8", "float32"])
    def test_the_first_look_at_a_device_comes_when_all_is_counted(
        self, scores: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pretend(monkeypatch, on_cpu=False)
        data = random_data(scores)
        histogram: Images = "none" if scores == "labels" else "per_image"
        with FakeTensorMode() as fake:
            target, prediction = (fake.from_tensor(each) for each in data)
            with pytest.raises(DataDependentOutputException) as first_look:
                mc.count(target, prediction, num_classes=4, ignore_label=255, histogram=histogram)
        counted = {module.__file__ for module in (counting, deciding, histograms)}
        looked = [entry.name for entry in first_look.traceback if str(entry.path) in counted]
        assert looked[-1] in {"_refuse_strays", "_on_device"}

    def test_statistics_stay_on_the_device(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pretend(monkeypatch, on_cpu=False)
        target, prediction = random_data("labels")
        assert mc.count(target, prediction, num_classes=4, ignore_label=255).confusion.device == target.device


class TestWork:
    def test_four_threads_may_count_at_once(self) -> None:
        target, prediction = random_data("float32", (4, 100, 200))
        options: dict[str, Any] = {"num_classes": 4, "ignore_label": 255, "histogram": "per_image"}
        alone = mc.count(target, prediction, **options)
        with ThreadPoolExecutor(4) as pool:
            for together in pool.map(lambda _: mc.count(target, prediction, **options), range(8)):
                assert torch.equal(together.confusion, alone.confusion)
                assert together.histogram is not None
                assert alone.histogram is not None
                assert torch.equal(together.histogram.counts, alone.histogram.counts)

    @pytest.mark.parametrize("dtype", ["uint8", "int64"])
    def test_counting_needs_no_copy_of_the_labels(self, dtype: str) -> None:
        target = np.zeros((20, 200_000), dtype)
        mc.count(target, target, num_classes=4)
        tracemalloc.start()
        mc.count(target, target, num_classes=4)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_000_000
