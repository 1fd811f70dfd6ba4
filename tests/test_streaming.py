"""Streaming: batches, memory-mapped arrays, arrays in any order of memory; the statistics of counting at once."""

from __future__ import annotations

import multiprocessing
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import metrics_core as mc
from metrics_core import blocks, inputs, streaming
from metrics_core.kernels import cpu, threads
from metrics_core.kernels import histogram as cpu_histogram

RNG = np.random.default_rng(5)
TARGET = RNG.integers(0, 3, (11, 6, 7))
PREDICTION = RNG.integers(0, 3, (11, 6, 7))
WHOLE = mc.count(TARGET, PREDICTION, num_classes=3)


def batches(size: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    return ((TARGET[i : i + size], PREDICTION[i : i + size]) for i in range(0, len(TARGET), size))


def sizes_ranked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that fills with the number of scores of each part whose histogram is made."""
    sizes: list[int] = []
    whole = cpu_histogram.score_histogram
    monkeypatch.setattr(
        cpu_histogram,
        "score_histogram",
        lambda true, scores, **rest: (sizes.append(scores.size), whole(true, scores, **rest))[1],
    )
    return sizes


class TestBatches:
    @pytest.mark.parametrize("size", [1, 2, 4, 11, 20])
    def test_any_size_of_batch_gives_the_same_statistics(self, size: int) -> None:
        counted = mc.count_batches(batches(size), num_classes=3)
        assert torch.equal(counted.confusion, WHOLE.confusion)
        assert counted.image_names == WHOLE.image_names

    def test_names_are_kept_and_a_repeated_one_is_refused(self) -> None:
        named = [mc.Batch(TARGET[:1], PREDICTION[:1], ["a"]), (TARGET[1:2], PREDICTION[1:2], ["b"])]
        assert mc.count_batches(named, num_classes=3).image_names == ("a", "b")
        with pytest.raises(mc.InputError, match="'a' occurs 2 times"):
            mc.count_batches([named[0], named[0]], num_classes=3)

    def test_histograms_merge_too(self) -> None:
        scores = torch.from_numpy(RNG.random((11, 3, 6, 7))).softmax(1)
        whole = mc.count(TARGET, scores, num_classes=3, histogram="per_image").histogram
        parts = ((TARGET[i : i + 3], scores[i : i + 3]) for i in range(0, 11, 3))
        counted = mc.count_batches(parts, num_classes=3, histogram="per_image").histogram
        assert whole is not None
        assert counted is not None
        assert torch.equal(counted.counts, whole.counts)

    def test_batches_of_any_sizes_keep_their_order_and_few_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kept: list[int] = []
        added = streaming.added
        monkeypatch.setattr(streaming, "added", lambda *given: (parts := added(*given), kept.append(len(parts)))[0])
        sizes = [1, 3, 1, 1, 2, 1, 1, 1]
        starts = np.cumsum([0, *sizes])
        parts = [(TARGET[a : a + n], PREDICTION[a : a + n]) for a, n in zip(starts, sizes, strict=False)]
        counted = mc.count_batches(parts, num_classes=3)
        assert torch.equal(counted.confusion, WHOLE.confusion)
        assert counted.image_names == WHOLE.image_names
        mc.count_batches((([[0]], [[0]]) for _ in range(100)), num_classes=1)
        assert max(kept) <= 7

    def test_progress_tells_the_images_counted_so_far(self) -> None:
        told: list[int] = []
        mc.count_batches(batches(4), num_classes=3, progress=told.append)
        assert told == [4, 8, 11]

    def test_cancelling_keeps_what_was_counted(self) -> None:
        with pytest.raises(mc.CancelledError, match="cancelled after 8 images") as caught:
            mc.count_batches(batches(4), num_classes=3, progress=lambda images: images < 8)
        assert caught.value.statistics is not None
        assert torch.equal(caught.value.statistics.confusion, WHOLE.confusion[:8])

    def test_no_batch_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="batches must hold at least one"):
            mc.count_batches([], num_classes=3)

    def test_an_error_names_the_batch(self) -> None:
        with pytest.raises(mc.InputError, match=r"^batch 1: target has label 2 at image 0"):
            mc.count_batches([(TARGET[:1] % 2, PREDICTION[:1] % 2), ([[2]], [[0]])], num_classes=2)


class TestMemory:
    def test_a_read_only_memory_map_is_read_where_it_lies(self, tmp_path: Path) -> None:
        np.save(tmp_path / "target.npy", TARGET)
        mapped = np.load(tmp_path / "target.npy", mmap_mode="r")
        assert inputs.as_tensor(mapped, "target").data_ptr() == mapped.ctypes.data
        assert torch.equal(mc.count(mapped, PREDICTION, num_classes=3).confusion, WHOLE.confusion)

    def test_read_only_memory_outlives_its_array(self) -> None:
        array = np.arange(100_000)
        array.flags.writeable = False
        tensor = inputs.as_tensor(array[::3], "target")
        del array
        assert tensor.sum() == np.arange(100_000)[::3].sum()

    @pytest.mark.parametrize(
        ("target", "prediction"),
        [
            (np.asfortranarray(TARGET), PREDICTION),
            (np.ascontiguousarray(TARGET.transpose(2, 0, 1)).transpose(1, 2, 0), PREDICTION),
            (TARGET[:, ::-1][:, ::-1], np.repeat(PREDICTION, 2, 2)[:, :, ::2]),
            (np.broadcast_to(TARGET[:1], TARGET.shape), PREDICTION),
        ],
        ids=["Fortran order", "transposed", "steps", "broadcast"],
    )
    def test_any_order_of_memory(
        self, target: NDArray[Any], prediction: NDArray[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = mc.count(target.copy(), prediction.copy(), num_classes=3)
        for block_bytes in (1, 200, 2**24):
            monkeypatch.setattr(blocks, "BLOCK_BYTES", block_bytes)
            assert torch.equal(mc.count(target, prediction, num_classes=3).confusion, expected.confusion)

    def test_scores_with_the_class_axis_last_are_not_copied_as_a_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        scores = torch.from_numpy(RNG.random((11, 6, 7, 3))).softmax(3).permute(0, 3, 1, 2)
        expected = mc.count(TARGET, scores.contiguous(), num_classes=3, histogram="per_image")
        at_once = mc.count(TARGET, scores, num_classes=3, histogram="per_image").histogram
        assert at_once is not None
        assert expected.histogram is not None
        assert torch.equal(at_once.counts, expected.histogram.counts)
        monkeypatch.setattr(blocks, "BLOCK_BYTES", 2 * 6 * 7 * 3 * 8)
        largest: list[int] = []
        tabulate = cpu.argmax
        monkeypatch.setattr(cpu, "argmax", lambda part: (largest.append(part.nbytes), tabulate(part))[1])
        counted = mc.count(TARGET, scores, num_classes=3, histogram="per_image")
        assert max(largest) < scores.nbytes / 4
        assert torch.equal(counted.confusion, expected.confusion)
        assert counted.histogram is not None
        assert torch.equal(counted.histogram.counts, expected.histogram.counts)

    @pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
    def test_scores_that_must_be_converted_are_converted_in_parts(
        self, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target, foreground = TARGET % 2, torch.from_numpy(RNG.random((11, 6, 7))).to(dtype)
        expected = mc.count(target, foreground, num_classes=2, histogram="pooled")
        monkeypatch.setattr(blocks, "BLOCK_BYTES", foreground.nbytes)
        ranked = sizes_ranked(monkeypatch)
        counted = mc.count(target, foreground, num_classes=2, histogram="pooled")
        assert max(ranked) <= foreground.numel()
        assert torch.equal(counted.confusion, expected.confusion)
        assert counted.histogram is not None
        assert expected.histogram is not None
        assert torch.equal(counted.histogram.counts, expected.histogram.counts)
        assert torch.equal(counted.histogram.low, expected.histogram.low)

    @pytest.mark.parametrize("histogram", ["pooled", "per_image"])
    def test_scores_of_one_large_image_are_ranked_in_rows(
        self, histogram: Literal["pooled", "per_image"], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scores = torch.from_numpy(RNG.random((2, 6, 7, 3))).softmax(3).permute(0, 3, 1, 2)
        expected = mc.count(TARGET[:2], scores.contiguous(), num_classes=3, histogram=histogram).histogram
        monkeypatch.setattr(blocks, "BLOCK_BYTES", 2 * 7 * 3 * 8)  # two rows
        ranked = sizes_ranked(monkeypatch)
        found = mc.count(TARGET[:2], scores, num_classes=3, histogram=histogram).histogram
        assert max(ranked) <= 2 * 7 * 3
        assert found is not None
        assert expected is not None
        assert found.images == histogram
        for each in ("counts", "low", "high"):
            assert torch.equal(getattr(found, each), getattr(expected, each))

    def test_counting_a_transposed_volume_takes_little_memory(self) -> None:
        volume = np.ones((256, 256, 64), np.int64).transpose(2, 1, 0)[None]
        mc.count(volume, volume, num_classes=2)
        tracemalloc.start()
        mc.count(volume, volume, num_classes=2)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < volume.nbytes / 2

    def test_an_error_in_a_part_names_the_place_in_the_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(blocks, "BLOCK_BYTES", 1)
        target = np.asfortranarray(TARGET)
        target[9, 4, 2] = 7
        with pytest.raises(mc.InputError, match=r"target has label 7 at image 9 \(row 4, column 2\)"):
            mc.count(target, PREDICTION, num_classes=3)


class TestPixelWeights:
    def test_weights_are_summed_in_place_of_pixels(self) -> None:
        counted = mc.count([0, 0, 1, 1], [0, 1, 1, 1], num_classes=2, pixel_weights=[0.5, 2.0, 1.0, 0.25])
        assert counted.confusion.dtype == torch.float64
        assert counted.confusion[0].tolist() == [[0.5, 2.0, 0], [0, 1.25, 0], [0, 0, 0]]
        # tp 1.25, fp 2, fn 0
        assert float(mc.evaluate("iou", counted, mc.Convention(average="none"))[1]) == 1.25 / 3.25

    def test_weights_of_one_are_counts(self) -> None:
        weights = np.ones(TARGET.shape)
        for target in (TARGET, np.asfortranarray(TARGET)):
            counted = mc.count(target, PREDICTION, num_classes=3, pixel_weights=weights)
            assert torch.equal(counted.confusion, WHOLE.confusion.double())

    def test_weighted_statistics_merge_and_select(self) -> None:
        weights = RNG.random(TARGET.shape)
        whole = mc.count(TARGET, PREDICTION, num_classes=3, pixel_weights=weights)
        parts = ((TARGET[i : i + 4], PREDICTION[i : i + 4], weights[i : i + 4]) for i in range(0, 11, 4))
        merged = mc.merge(
            *(
                mc.count(t, p, num_classes=3, pixel_weights=w, image_names=[f"{i} {k}" for k in range(len(t))])
                for i, (t, p, w) in enumerate(parts)
            )
        )
        assert torch.equal(merged.confusion, whole.confusion)
        assert torch.equal(merged.select([3]).confusion, whole.confusion[3:4])

    @pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
    def test_a_weight_that_is_none_is_refused_by_its_place(self, bad: float) -> None:
        weights = np.ones(TARGET.shape)
        weights[2, 3, 4] = bad
        with pytest.raises(mc.InputError, match=r"pixel_weights .* at image 2 \(row 3, column 4\)"):
            mc.count(TARGET, PREDICTION, num_classes=3, pixel_weights=weights)

    def test_another_shape_or_a_histogram_is_refused(self) -> None:
        with pytest.raises(mc.InputError, match="one weight a pixel"):
            mc.count(TARGET, PREDICTION, num_classes=3, pixel_weights=[1.0])
        scores = np.zeros((1, 3, 4))
        with pytest.raises(mc.InputError, match="not to a histogram"):
            mc.count([[0] * 4], scores, num_classes=3, pixel_weights=[[1.0] * 4], histogram="pooled")


def count_in_a_fork(queue: Any) -> None:
    big = np.ones((2, 300_000), np.uint8)
    queue.put(int(mc.count(big, big, num_classes=2).confusion[1, 1, 1]))


class TestThreads:
    def test_the_number_can_be_set_and_unset(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(threads, "_cores", lambda: 100)
        assert mc.get_num_threads() == threads.MOST_BY_DEFAULT
        try:
            mc.set_num_threads(3)
            assert (mc.get_num_threads(), threads.threads_for(10**7), threads.threads_for(10)) == (3, 3, 1)
            with pytest.raises(ValueError, match="number must be at least 1"):
                mc.set_num_threads(0)
            many: Any = 2.5
            with pytest.raises(ValueError, match="number must be an integer"):
                mc.set_num_threads(many)
        finally:
            mc.set_num_threads(None)
        assert mc.get_num_threads() == threads.MOST_BY_DEFAULT

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    def test_a_forked_process_counts_as_well(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(threads, "_chosen", 2)
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        count_in_a_fork(queue)  # the parent has used threads before
        child = context.Process(target=count_in_a_fork, args=(queue,))
        child.start()
        assert [queue.get(timeout=60), queue.get(timeout=60)] == [300_000, 300_000]
        child.join(60)
        assert child.exitcode == 0
