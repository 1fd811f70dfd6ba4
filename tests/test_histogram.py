"""Bins, histograms of scores by true class, and the counts at every threshold that follow from them."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from metrics_core.bins import (
    BYTE_BINS,
    HALF_BINS,
    BinKind,
    Bins,
    Histogram,
    Images,
    Tie,
    merge_histograms,
    suited_bins,
    suited_histogram,
    threshold_counts,
)
from metrics_core.kernels import histogram as cpu
from metrics_core.kernels import torch_histogram as anywhere

UNIFORM = Bins(kind="uniform", count=64)
MIRRORED = Bins(kind="mirrored_log", count=256)
ALL_BINS = [BYTE_BINS, HALF_BINS, UNIFORM, MIRRORED]
DTYPES: dict[BinKind, str] = {"byte": "uint8", "half": "float16", "uniform": "float32", "mirrored_log": "float64"}


def example(
    bins: Bins, *, images: int = 3, pixels: int = 200, classes: int = 3, seed: int = 0
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Labels -1..C (C void) and scores crowded at 0 and 1, of the dtype these bins are for."""
    random = np.random.default_rng(seed)
    target = random.integers(-1, classes + 1, (images, pixels))
    scores = 1 / (1 + np.exp(-8 * random.standard_normal((images, classes, pixels))))
    scores[0, 0, :6] = [0, 1, 0.5, 0.25, 2.0**-40, np.nextafter(0.5, 0)]
    if bins.kind == "byte":
        return target, np.round(scores * 255).astype(np.uint8)
    return target, scores.astype(DTYPES[bins.kind])


def histogram_of(
    target: NDArray[Any], scores: NDArray[Any], bins: Bins, images: Images = "pooled", workers: int = 1
) -> Histogram:
    return cpu.score_histogram(
        target,
        scores,
        num_classes=scores.shape[1],
        ignore_label=scores.shape[1],
        bins=bins,
        images=images,
        workers=workers,
    )


def same(one: Histogram, other: Histogram) -> bool:
    pairs = ((one.counts, other.counts), (one.low, other.low), (one.high, other.high))
    return one.bins == other.bins and one.images == other.images and all(torch.equal(a, b) for a, b in pairs)


# Bins


@pytest.mark.parametrize("bins", ALL_BINS, ids=lambda bins: bins.kind)
def test_edges_rise_from_zero_and_are_one_more_than_the_bins(bins: Bins) -> None:
    assert bins.edges.dtype == torch.float64
    assert bins.edges.shape == (bins.count + 1,)
    assert bins.edges[0] == 0
    assert (bins.edges.diff() > 0).all()


def test_byte_bins_are_the_256_values_of_uint8() -> None:
    assert BYTE_BINS.edges[51] == 0.2
    assert BYTE_BINS.edges[255] == 1.0


def test_half_bins_are_the_float16_numbers_from_0_to_1() -> None:
    assert HALF_BINS.edges[1] == 2.0**-24
    assert HALF_BINS.edges[HALF_BINS.count - 1] == 1.0


def test_mirrored_bins_mirror_at_one_half() -> None:
    assert torch.equal(1 - MIRRORED.edges, MIRRORED.edges.flip(0))
    assert MIRRORED.edges[1] == 2.0**-34  # four bins an octave, the last octave linear


@pytest.mark.parametrize(
    ("kind", "count"),
    [("byte", 255), ("half", 256), ("uniform", 100), ("uniform", 0), ("mirrored_log", 32), ("uniform", 2**21)],
)
def test_impossible_counts_are_refused(kind: BinKind, count: int) -> None:
    with pytest.raises(ValueError, match=f"got count={count}"):
        Bins(kind=kind, count=count)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'log'"):
        Bins(kind="log", count=64)  # pyright: ignore[reportArgumentType]


def test_suited_bins_are_exact_where_the_dtype_has_few_values() -> None:
    assert suited_bins(torch.uint8) is BYTE_BINS
    assert suited_bins(torch.float16) is HALF_BINS
    assert suited_bins(torch.float32, count=128, kind="mirrored_log") == Bins(kind="mirrored_log", count=128)


def test_a_suited_histogram_keeps_images_apart_up_to_16_million_cells() -> None:
    coarse = Bins(kind="uniform", count=1024)
    # 2 classes and void: 6 tables of 1024 bins an image.
    assert suited_histogram(torch.float32, num_images=2604, num_classes=2) == (coarse, "per_image")
    assert suited_histogram(torch.float32, num_images=2605, num_classes=2) == (coarse, "pooled")
    assert suited_histogram(torch.uint8, num_images=2605, num_classes=2) == (BYTE_BINS, "per_image")


@pytest.mark.parametrize(
    ("bins", "threshold", "tie", "index"),
    [
        (BYTE_BINS, 0.2, ">=", 51),
        (BYTE_BINS, 0.2, ">", 52),
        (BYTE_BINS, 0.5, ">=", 128),
        (UNIFORM, 0.5, ">=", 32),
        (UNIFORM, 0.5, ">", 33),
        (UNIFORM, 0.51, ">=", 33),
        (UNIFORM, -0.1, ">=", 0),
        (UNIFORM, 1.5, ">=", 64),
        (MIRRORED, 0.5, ">=", 128),
    ],
)
def test_first_positive_bin(bins: Bins, threshold: float, tie: Tie, index: int) -> None:
    assert bins.index_at(threshold, tie=tie) == index


def test_a_threshold_that_is_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="got NaN"):
        UNIFORM.index_at(math.nan)


# The kernels


@pytest.mark.parametrize("bins", ALL_BINS, ids=lambda bins: bins.kind)
def test_every_score_lies_in_the_bin_whose_edges_hold_it(bins: Bins) -> None:
    target, scores = example(bins, pixels=3000)
    exact = scores.astype(np.float64) / (255 if bins.kind == "byte" else 1)
    place = np.minimum(np.searchsorted(bins.edges.numpy(), exact, side="right") - 1, bins.count - 1)
    codes = np.where((target < 0) | (target >= 3), 3, target)
    wanted = np.zeros((3, 4, 3, bins.count), np.int64)
    for channel in range(3):
        np.add.at(wanted, (np.arange(3)[:, None], codes, channel, place[:, channel]), 1)
    assert np.array_equal(histogram_of(target, scores, bins, "per_image").counts.numpy(), wanted)


@given(score=st.floats(0, 1), kind=st.sampled_from(["uniform", "mirrored_log"]), exponent=st.integers(6, 20))
def test_any_float_lies_in_its_bin_in_both_kernels(score: float, kind: BinKind, exponent: int) -> None:
    bins = Bins(kind=kind, count=2**exponent)
    place = int(anywhere.bin_index(torch.tensor([score], dtype=torch.float64), bins))
    assert bins.edges[place] <= score <= bins.edges[place + 1]
    assert score < bins.edges[place + 1] or place == bins.count - 1
    target, scores = np.zeros((1, 1), np.uint8), np.array([[[score]]])
    assert histogram_of(target, scores, bins).counts[0, 0, 0, place] == 1


@pytest.mark.parametrize("images", ["pooled", "per_image"])
@pytest.mark.parametrize("bins", ALL_BINS, ids=lambda bins: bins.kind)
def test_both_kernels_agree_bit_for_bit(bins: Bins, images: Images) -> None:
    target, scores = example(bins)
    other = anywhere.score_histogram(
        torch.from_numpy(target), torch.from_numpy(scores), num_classes=3, ignore_label=3, bins=bins, images=images
    )
    assert same(histogram_of(target, scores, bins, images), other)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"])
def test_any_integer_target_gives_the_same_counts(dtype: str) -> None:
    scores = example(UNIFORM)[1]
    target = np.random.default_rng(1).integers(0, 2, (3, 200))
    assert same(histogram_of(target.astype(dtype), scores, UNIFORM), histogram_of(target, scores, UNIFORM))


@pytest.mark.parametrize("bins", [UNIFORM, MIRRORED], ids=lambda bins: bins.kind)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_bin_does_not_depend_on_the_float_type(bins: Bins, dtype: str) -> None:
    target, scores = example(bins)
    few = scores.astype(np.float16)
    assert same(histogram_of(target, few.astype(dtype), bins), histogram_of(target, few, bins))


@pytest.mark.parametrize("images", ["pooled", "per_image"])
@pytest.mark.parametrize(("count", "pixels"), [(1, 700_000), (2, 300_000), (7, 5000)])
def test_threads_and_blocks_change_nothing(images: Images, count: int, pixels: int) -> None:
    target, scores = example(UNIFORM, images=count, pixels=pixels, classes=2)
    one = histogram_of(target, scores, UNIFORM, images)
    assert same(one, histogram_of(target, scores, UNIFORM, images, workers=3))
    assert one.counts.sum() == 2 * count * pixels


def test_layout_in_memory_changes_nothing() -> None:
    target, scores = example(UNIFORM)
    channels_last = np.ascontiguousarray(scores.transpose(0, 2, 1)).transpose(0, 2, 1)
    strided = np.repeat(target, 2, axis=1)[:, ::2]
    assert not channels_last.flags.c_contiguous
    assert same(histogram_of(strided, channels_last, UNIFORM), histogram_of(target, scores, UNIFORM))


def test_many_classes_use_wider_codes() -> None:
    target = np.array([[0, 255, 299, 300, 1000, -5]])
    scores = np.full((1, 300, 6), 0.5, np.float32)
    counts = histogram_of(target, scores, Bins(kind="uniform", count=2)).counts
    assert counts[0, [0, 255, 299, 300], 0, 1].tolist() == [1, 1, 1, 3]


def test_ignored_and_unknown_labels_count_as_void() -> None:
    target = np.array([[0, 1, 1, 255, -1, 2]])
    histogram = cpu.score_histogram(
        target, np.zeros((1, 2, 6)), num_classes=2, ignore_label=1, bins=UNIFORM, images="pooled"
    )
    assert histogram.counts[0, :, 0, 0].tolist() == [1, 0, 5]


def test_low_and_high_are_the_extreme_scores_of_a_bin() -> None:
    scores = np.array([[[0.5, 0.505, 0.51, 0.1, 0.1, 1.0]]], np.float32)
    histogram = histogram_of(np.zeros((1, 6), np.int64), scores, UNIFORM)
    assert histogram.low[0, 32] == 0.5
    assert histogram.high[0, 32] == np.float32(0.51)
    assert histogram.low[0, 6] == histogram.high[0, 6] == np.float32(0.1)
    assert histogram.low[0, 63] == histogram.high[0, 63] == 1.0
    assert (histogram.low[0, 0], histogram.high[0, 0]) == (math.inf, -math.inf)


@pytest.mark.parametrize("bins", [BYTE_BINS, HALF_BINS], ids=lambda bins: bins.kind)
def test_exact_bins_hold_one_score(bins: Bins) -> None:
    histogram = histogram_of(*example(bins), bins)
    seen = histogram.counts.sum((0, 1)) > 0
    scores = bins.edges[:-1].expand_as(seen)
    assert torch.equal(histogram.low[seen], scores[seen])
    assert torch.equal(histogram.high[seen], scores[seen])
    assert histogram.low[~seen].isposinf().all()


def test_minus_zero_is_zero() -> None:
    for bins in (HALF_BINS, UNIFORM, MIRRORED):
        scores = np.array([[[-0.0, 0.0]]], DTYPES[bins.kind])
        assert histogram_of(np.zeros((1, 2), np.int64), scores, bins).counts[0, 0, 0, 0] == 2


@pytest.mark.parametrize(("bins", "dtype"), [(BYTE_BINS, "float32"), (HALF_BINS, "float64"), (UNIFORM, "uint8")])
def test_bins_of_another_dtype_are_refused(bins: Bins, dtype: str) -> None:
    target, scores = np.zeros((1, 2), np.int64), np.zeros((1, 1, 2), dtype)
    with pytest.raises(ValueError, match=f"{bins.kind} bins hold .* got {dtype}"):
        histogram_of(target, scores, bins)
    with pytest.raises(ValueError, match=f"got {dtype}"):
        anywhere.score_histogram(
            torch.from_numpy(target),
            torch.from_numpy(scores),
            num_classes=1,
            ignore_label=None,
            bins=bins,
            images="pooled",
        )


# Finding bad scores


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.0000001, -1e-9])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_first_bad_score_is_found(value: float, dtype: str) -> None:
    scores = np.full((3, 2, 200_000), 0.5, dtype)
    scores[1, 1, 777] = scores[2, 0, 5] = value
    assert np.unravel_index(cpu.first_bad_score(scores, 0.0, 1.0), scores.shape) == (1, 1, 777)


def test_the_ends_of_the_range_are_good() -> None:
    for dtype in ("float16", "float32", "float64"):
        assert cpu.first_bad_score(np.array([0.0, 1.0, -0.0, 2.0**-24], dtype), 0.0, 1.0) == -1


def test_bad_half_and_strided_scores_are_found() -> None:
    assert cpu.first_bad_score(np.array([0.5, np.nan], np.float16), 0.0, 1.0) == 1
    strided = np.array([[[0.1, 0.2], [0.3, 2.0]]]).transpose(0, 2, 1)
    assert cpu.first_bad_score(strided, 0.0, 1.0) == 3


def test_bytes_are_never_bad() -> None:
    assert cpu.first_bad_score(np.array([0, 255], np.uint8), 0.0, 1.0) == -1


# Merging


@given(seed=st.integers(0, 50), cut=st.integers(1, 3), images=st.sampled_from(["pooled", "per_image"]))
def test_batches_merge_exactly(seed: int, cut: int, images: Images) -> None:
    target, scores = example(UNIFORM, images=4, pixels=20, seed=seed)
    parts = [histogram_of(target[s], scores[s], UNIFORM, images) for s in (slice(cut), slice(cut, None))]
    assert same(merge_histograms(parts), histogram_of(target, scores, UNIFORM, images))


def test_images_summed_are_the_pooled_histogram() -> None:
    target, scores = example(MIRRORED)
    assert same(histogram_of(target, scores, MIRRORED, "per_image").pooled(), histogram_of(target, scores, MIRRORED))


def test_what_cannot_be_merged_is_refused() -> None:
    histogram = histogram_of(*example(UNIFORM), UNIFORM)
    with pytest.raises(ValueError, match="no histogram"):
        merge_histograms([])
    with pytest.raises(ValueError, match="histogram 1 has"):
        merge_histograms([histogram, replace(histogram, images="per_image")])


def test_images_of_a_pooled_histogram_cannot_be_chosen() -> None:
    with pytest.raises(ValueError, match="per_image"):
        histogram_of(*example(UNIFORM), UNIFORM).select([0])


# Thresholds


@given(
    seed=st.integers(0, 20),
    threshold=st.sampled_from([-0.5, 0, 2.0**-40, 0.2, 0.25, 0.5, 128 / 255, 0.9, 1, 1.5]) | st.floats(0, 1),
    tie=st.sampled_from([">=", ">"]),
    bins=st.sampled_from(ALL_BINS),
)
def test_an_exact_index_equals_thresholding_the_pixels(seed: int, threshold: float, tie: Tie, bins: Bins) -> None:
    target, scores = example(bins, pixels=30, seed=seed)
    histogram = histogram_of(target, scores, bins)
    exact, index = histogram.exact_at(threshold, tie=tie), histogram.index_at(threshold, tie=tie)
    tp, fp, fn, tn = threshold_counts(histogram).at(index)
    values = scores.astype(np.float64) / (255 if bins.kind == "byte" else 1)
    for c in range(3):
        positive = (values[:, c] >= threshold if tie == ">=" else values[:, c] > threshold)[target < 3]
        mine, valid = (target == c)[target < 3], (target >= 0)[target < 3]
        wanted = [(mine & positive), (valid & ~mine & positive), (mine & ~positive), (valid & ~mine & ~positive)]
        if exact[c]:
            assert [int(n[0, c]) for n in (tp, fp, fn, tn)] == [int(w.sum()) for w in wanted]
        else:
            assert not bins.is_exact


def test_thresholds_on_the_grid_are_exact() -> None:
    for bins in (UNIFORM, MIRRORED):
        histogram = histogram_of(*example(bins), bins)
        assert all(histogram.exact_at(float(edge)).all() for edge in bins.edges[:-1])


def test_a_tie_at_the_threshold_is_exact_when_the_bin_holds_nothing_else() -> None:
    scores = np.array([[[0.9, 0.5, 0.5, 0.1]]])
    histogram = histogram_of(np.zeros((1, 4), np.int64), scores, UNIFORM)
    assert histogram.exact_at(0.5, tie=">").all()
    assert histogram.index_at(0.5, tie=">").tolist() == [33]
    assert histogram.index_at(0.5, tie=">=").tolist() == [32]


def test_counts_at_every_threshold_by_hand() -> None:
    target = np.array([[1, 0, 1, 0]])
    scores = np.array([[[0.1, 0.2, 0.3, 0.7], [0.9, 0.6, 0.4, 0.3]]])
    counts = threshold_counts(histogram_of(target, scores, Bins(kind="uniform", count=4)))
    assert counts.tp[0, 1].tolist() == [2, 2, 1, 1, 0]
    assert counts.fp[0, 1].tolist() == [2, 2, 1, 0, 0]
    assert counts.fn[0, 1].tolist() == [0, 0, 1, 1, 2]
    assert counts.tn[0, 1].tolist() == [0, 0, 1, 2, 2]


@pytest.mark.parametrize("ignored", [(), (1,), (0, 2), (0, 1, 2)])
def test_ignoring_classes_equals_filtering_their_pixels(ignored: tuple[int, ...]) -> None:
    target, scores = example(BYTE_BINS)
    left = threshold_counts(histogram_of(target, scores, BYTE_BINS), ignored_classes=ignored)
    filtered = np.where(np.isin(target, ignored), 3, target)
    recounted = threshold_counts(histogram_of(filtered, scores, BYTE_BINS))
    for name in ("tp", "fp", "fn", "tn"):
        assert torch.equal(getattr(left, name), getattr(recounted, name))


def test_void_pixels_can_stay_as_false_positives() -> None:
    target, scores = np.array([[0, 255]]), np.array([[[0.9, 0.8]]])
    histogram = histogram_of(target, scores, Bins(kind="uniform", count=2))
    assert threshold_counts(histogram).fp[0, 0].tolist() == [0, 0, 0]
    assert threshold_counts(histogram, void="false_positive").fp[0, 0].tolist() == [1, 1, 0]


def test_chosen_images_equal_counting_only_them() -> None:
    target, scores = example(UNIFORM)
    chosen = threshold_counts(histogram_of(target, scores, UNIFORM, "per_image"), images=[2, 0])
    alone = threshold_counts(histogram_of(target[[2, 0]], scores[[2, 0]], UNIFORM, "per_image"))
    assert torch.equal(chosen.tp, alone.tp)
    assert torch.equal(chosen.tn, alone.tn)


def test_an_ignored_class_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.\.2; got \[3\]"):
        threshold_counts(histogram_of(*example(UNIFORM), UNIFORM), ignored_classes=[3])
