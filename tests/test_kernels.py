"""The kernels that count labels: on the CPU and on any device, the same counts to the last pixel."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, get_ident
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from metrics_core.kernels import cpu
from metrics_core.kernels import torch as anywhere
from metrics_core.kernels.threads import in_threads

INTEGERS = ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
# 256 and more: labels that a byte cannot hold.
CLASSES = [1, 2, 64, 150, 255, 256, 257, 300]


def example(dtype: str, num_classes: int, shape: tuple[int, int], seed: int = 0) -> tuple[NDArray[Any], NDArray[Any]]:
    """Target and prediction with every class, and labels beyond the classes on either side where the dtype has them."""
    random, limits = np.random.default_rng(seed), np.iinfo(dtype)
    lowest, highest = int(limits.min), min(int(limits.max), 2**63 - 1)
    low, high = max(-3, lowest), min(num_classes + 3, highest)
    target, prediction = (random.integers(low, high, shape, endpoint=True).astype(dtype) for _ in range(2))
    target[0, :2], prediction[0, :2] = highest, lowest
    return target, prediction


def pixel_by_pixel(target: NDArray[Any], prediction: NDArray[Any], num_classes: int, ignored: int | None) -> list[Any]:
    """The tables, as the contract words them."""

    def code(label: int) -> int:
        if 0 <= label < num_classes:
            return label
        return num_classes if label == ignored else num_classes + 1

    tables = np.zeros((len(target), num_classes + 2, num_classes + 2), np.int64)
    for image, pixel in np.ndindex(target.shape):
        tables[image, code(int(target[image, pixel])), code(int(prediction[image, pixel]))] += 1
    return tables.tolist()


def both(target: NDArray[Any], prediction: NDArray[Any], num_classes: int, ignored: int | None) -> NDArray[np.int64]:
    """The tables of either kernel, once they are known to be equal."""
    mine = cpu.tabulate(target, prediction, num_classes, ignored)
    other = anywhere.tabulate(torch.from_numpy(target), torch.from_numpy(prediction), num_classes, ignored)
    assert mine.dtype == np.int64
    assert np.array_equal(mine, other.numpy())
    return mine


class TestTables:
    @pytest.mark.parametrize("ignored", [None, 0, 2, 3, 100, 255, -1], ids=lambda label: f"ignored {label}")
    @pytest.mark.parametrize("dtype", INTEGERS)
    def test_any_integers_give_the_counts_of_the_contract(self, dtype: str, ignored: int | None) -> None:
        target, prediction = example(dtype, 3, (2, 100))
        assert both(target, prediction, 3, ignored).tolist() == pixel_by_pixel(target, prediction, 3, ignored)

    @pytest.mark.parametrize("num_classes", CLASSES)
    def test_any_number_of_classes(self, num_classes: int) -> None:
        target, prediction = example("int16", num_classes, (2, 3000))
        expected = pixel_by_pixel(target, prediction, num_classes, num_classes)
        assert both(target, prediction, num_classes, num_classes).tolist() == expected

    @pytest.mark.parametrize("ignored", [None, -1, 255], ids=lambda label: f"ignored {label}")
    @pytest.mark.parametrize(
        ("dtype", "num_classes"),
        [
            *[("uint8", number) for number in (253, 254, 255, 256, 300)],
            *[("int8", n) for n in (126, 127, 128, 129, 300)],
        ],
    )
    def test_more_classes_than_the_labels_can_name(self, dtype: str, num_classes: int, ignored: int | None) -> None:
        target, prediction = example(dtype, num_classes, (2, 1000))
        expected = pixel_by_pixel(target, prediction, num_classes, ignored)
        assert both(target, prediction, num_classes, ignored).tolist() == expected

    @pytest.mark.parametrize("pixels", [1, 7, 8, 9, 2047, 2048, 2049, 4097])
    def test_any_number_of_pixels(self, pixels: int) -> None:
        target, prediction = example("int16", 4, (2, max(pixels, 2)))
        target, prediction = np.ascontiguousarray(target[:, :pixels]), np.ascontiguousarray(prediction[:, :pixels])
        assert both(target, prediction, 4, None).tolist() == pixel_by_pixel(target, prediction, 4, None)

    def test_a_product_of_byte_labels_does_not_overflow(self) -> None:
        last = np.full((1, 10), 18, np.uint8)
        assert both(last, last, 19, None)[0, 18, 18] == 10

    def test_target_and_prediction_may_differ_in_dtype(self) -> None:
        target, prediction = np.array([[0, 1, 255]], np.uint8), np.array([[1, 1, -1]], np.int64)
        assert both(target, prediction, 2, 255)[0].tolist() == [[0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]

    def test_the_lowest_integer_is_a_label_like_any_other(self) -> None:
        # What NaN becomes when it is cast to integers.
        lowest = np.array([[np.iinfo(np.int64).min]])
        assert both(lowest, np.zeros_like(lowest), 2, None)[0, 3, 0] == 1
        assert both(lowest, np.zeros_like(lowest), 2, int(lowest[0, 0]))[0, 2, 0] == 1

    @given(
        target=arrays(np.int16, (3, 5), elements=st.integers(-2, 5)),
        prediction=arrays(np.int16, (3, 5), elements=st.integers(-2, 5)),
        num_classes=st.integers(1, 4),
        ignored=st.none() | st.integers(-3, 6),
    )
    def test_any_labels(
        self, target: NDArray[Any], prediction: NDArray[Any], num_classes: int, ignored: int | None
    ) -> None:
        expected = pixel_by_pixel(target, prediction, num_classes, ignored)
        assert both(target, prediction, num_classes, ignored).tolist() == expected


class TestPairs:
    """Two neighbouring pixels counted by one addition: as soon as an image is large."""

    @pytest.fixture(autouse=True)
    def every_image_is_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cpu, "FEWEST_PAIRED", 1)
        # The other kernel must not be reached where classes are few.
        monkeypatch.setattr(cpu, "_tabulate_range", None)

    @pytest.mark.parametrize("pixels", [1, 2, 3, 7, 8, 9, 4095, 4096, 4097, 8193])
    @pytest.mark.parametrize("num_classes", [1, 2, 3, 4])
    def test_any_number_of_pixels(self, num_classes: int, pixels: int) -> None:
        target, prediction = (each[:, :pixels].copy() for each in example("int16", num_classes, (2, max(pixels, 2))))
        assert both(target, prediction, num_classes, 100).tolist() == pixel_by_pixel(
            target, prediction, num_classes, 100
        )

    @pytest.mark.parametrize("ignored", [None, 0, 3, 255, -1], ids=lambda label: f"ignored {label}")
    @pytest.mark.parametrize("dtype", INTEGERS)
    def test_any_integers(self, dtype: str, ignored: int | None) -> None:
        target, prediction = example(dtype, 3, (2, 101))
        assert both(target, prediction, 3, ignored).tolist() == pixel_by_pixel(target, prediction, 3, ignored)

    def test_strips_of_an_image_in_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        target, prediction = example("uint8", 4, (1, 20_001))
        alone = both(target, prediction, 4, 255)
        monkeypatch.setattr(cpu, "threads_for", lambda _: 3)
        assert np.array_equal(both(target, prediction, 4, 255), alone)


@pytest.mark.parametrize("missing", [0, 1], ids=["several tables", "one table"])
@pytest.mark.parametrize("num_classes", [5, 30, 255, 256, 257])
def test_images_large_and_small_beside_their_table(num_classes: int, missing: int) -> None:
    target, prediction = example("int16", num_classes, (1, cpu.FEWEST_INTERLEAVED * (num_classes + 2) ** 2 - missing))
    expected = np.zeros((num_classes + 2, num_classes + 2), np.int64)
    codes = [np.where((each >= 0) & (each < num_classes), each, num_classes + 1) for each in (target, prediction)]
    np.add.at(expected, tuple(codes), 1)
    assert np.array_equal(cpu.tabulate(target, prediction, num_classes, None)[0], expected)


@pytest.mark.parametrize("num_classes", [4, 5], ids=["pairs", "single"])
def test_images_too_long_for_narrow_counts_are_counted_in_parts(
    num_classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu, "FEWEST_PAIRED", 50)
    target, prediction = example("uint8", num_classes, (2, 1001))
    at_once = both(target, prediction, num_classes, 255)
    monkeypatch.setattr(cpu, "MOST_COUNTED", 100)
    assert np.array_equal(both(target, prediction, num_classes, 255), at_once)
    assert at_once.sum() == target.size


def test_where_pairs_begin_nothing_changes() -> None:
    for pixels in (cpu.FEWEST_PAIRED - 1, cpu.FEWEST_PAIRED):
        target, prediction = example("uint8", 4, (1, pixels))
        assert both(target, prediction, 4, 255).sum() == pixels


class TestThreads:
    @pytest.mark.parametrize("threads", [2, 3, 8])
    @pytest.mark.parametrize("shape", [(1, 9000), (2, 4100), (7, 3001), (50, 40), (3, 2)], ids=str)
    def test_threads_change_nothing(
        self, shape: tuple[int, int], threads: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target, prediction = example("int16", 4, shape)
        scores = np.random.default_rng(0).random((shape[0], 4, shape[1]), np.float32)
        monkeypatch.setattr(cpu, "threads_for", lambda _: 1)
        alone = both(target, prediction, 4, None)
        monkeypatch.setattr(cpu, "threads_for", lambda _: threads)
        assert np.array_equal(both(target, prediction, 4, None), alone)
        assert np.array_equal(cpu.argmax(scores), scores.argmax(1))

    def test_little_work_starts_no_threads(self) -> None:
        assert cpu.threads_for(1000) == 1

    def test_tables_larger_than_the_image_are_filled_by_one_thread(self, monkeypatch: pytest.MonkeyPatch) -> None:
        used: list[int] = []
        in_threads = cpu.in_threads
        monkeypatch.setattr(cpu, "threads_for", lambda _: 8)
        monkeypatch.setattr(cpu, "in_threads", lambda *given: (used.append(given[2]), in_threads(*given))[1])
        for num_classes in (4, 300):
            target, prediction = example("int16", num_classes, (1, 9000))
            expected = pixel_by_pixel(target, prediction, num_classes, None)
            assert cpu.tabulate(target, prediction, num_classes, None).tolist() == expected
        assert used == [8, 1]

    @pytest.mark.parametrize("shares", [0, 1, 2, 3, 20])
    def test_results_come_in_the_order_of_the_shares(self, shares: int) -> None:
        assert in_threads(lambda share: share**2, range(shares), 3) == [share**2 for share in range(shares)]

    def test_the_calling_thread_works_too(self) -> None:
        together = Barrier(2, timeout=30)

        def meet(_: int) -> int:
            together.wait()  # for the other: a single thread would break the barrier
            return get_ident()

        assert len(set(in_threads(meet, range(2), 2)) - {get_ident()}) == 1

    @pytest.mark.parametrize("failing", ["the caller", "another"])
    def test_once_a_share_fails_no_other_is_begun(self, failing: str) -> None:
        begun: list[int] = []
        caller, both_here, failed = get_ident(), Barrier(2, timeout=30), Event()

        def work(share: int) -> None:
            begun.append(share)
            both_here.wait()
            if (get_ident() == caller) == (failing == "the caller"):
                failed.set()
                raise IndexError(share)
            failed.wait(timeout=30)
            time.sleep(0.1)  # until the other has told

        with pytest.raises(IndexError):
            in_threads(work, range(100), 2)
        assert len(begun) == 2

    def test_four_threads_may_count_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cpu, "threads_for", lambda _: 2)
        examples = [example("int16", 4, (3, 20_000), seed) for seed in range(4)]
        alone = [cpu.tabulate(target, prediction, 4, 255) for target, prediction in examples]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda each: cpu.tabulate(each[0], each[1], 4, 255), examples * 5))
        assert all(np.array_equal(mine, other) for mine, other in zip(together, alone * 5, strict=True))


class TestHighestScores:
    @pytest.mark.parametrize("dtype", ["float32", "float64", "uint8"])
    @pytest.mark.parametrize("num_classes", [1, 2, 19, 255, 256, 300])
    def test_the_first_highest_score_names_the_class(self, num_classes: int, dtype: str) -> None:
        # A few values only, so that many scores tie.
        scores = np.random.default_rng(0).integers(0, 9, (2, num_classes, 2500)).astype(dtype)
        assert np.array_equal(cpu.argmax(scores), scores.argmax(1))
        assert np.array_equal(anywhere.argmax(torch.from_numpy(scores)), scores.argmax(1))

    @pytest.mark.parametrize("num_classes", [1, 3, 255, 256])
    def test_nan_names_no_class(self, num_classes: int) -> None:
        scores = np.random.default_rng(0).random((2, num_classes, 2500), np.float32)
        scores[0, 0, 3] = scores[1, -1, 2100] = np.nan
        expected = scores.argmax(1)
        expected[0, 3] = expected[1, 2100] = num_classes
        assert np.array_equal(cpu.argmax(scores), expected)
        assert np.array_equal(anywhere.argmax(torch.from_numpy(scores)), expected)

    @pytest.mark.parametrize(
        ("scores", "label"),
        [((-0.0, 0.0), 0), ((-np.inf, -np.inf), 0), ((1.0, np.inf), 1), ((-np.inf, -1e300), 1), ((5e-324, 0.0), 0)],
    )
    def test_extreme_scores(self, scores: tuple[float, float], label: int) -> None:
        column = np.array(scores)[None, :, None]
        assert cpu.argmax(column) == label
        assert anywhere.argmax(torch.from_numpy(column)) == label
