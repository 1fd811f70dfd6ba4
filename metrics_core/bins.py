"""Bins of scores, histograms of scores by true class, and the counts at every threshold that follow from them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metrics_core.arguments import refuse_other_images, refuse_unless_one_of
from metrics_core.inputs import InputError, whole_number

BinKind = Literal["byte", "half", "uniform", "mirrored_log"]
Tie = Literal[">=", ">"]
Images = Literal["pooled", "per_image"]
Void = Literal["removed", "false_positive"]

# Mirrored bins: 32 octaves from 1/2 down to 2^-32, and equally wide bins below; sigmoids of float32 end near 2^-24.
OCTAVES = 32
LARGEST_COUNT = 2**20
# Histograms that are kept beside others take 1024 bins, and a table an image only up to so many cells: 128 MB.
KEPT_BINS, PER_IMAGE_CELLS = 1024, 16_000_000


@dataclass(frozen=True, kw_only=True)
class Bins:
    """How scores in [0, 1] are divided: bin i holds edges[i] <= score < edges[i + 1], the last one 1.0 too.

    byte: uint8 scores (probability * 255), one bin a value. half: float16 scores, one bin a value.
    uniform: `count` equal bins. mirrored_log: bins narrow towards 0 and, in mirror image, towards 1, for scores that
    crowd there. `count` is a power of two for both, so that edges and thresholds on the grid are exact numbers.

    Raises:
        ValueError: a count that the kind cannot have.
    """

    kind: BinKind
    count: int

    def __post_init__(self) -> None:
        refuse_unless_one_of(self.kind, BinKind, "kind", error=ValueError)
        whole_number(self.count, "count")
        fixed = {"byte": 256, "half": 0x3C00 + 1}
        if self.kind in fixed:
            if self.count != fixed[self.kind]:
                raise ValueError(f"{self.kind} bins are {fixed[self.kind]}, one for each score; got count={self.count}")
            return
        smallest = 2 * OCTAVES if self.kind == "mirrored_log" else 1
        if not smallest <= self.count <= LARGEST_COUNT or self.count & (self.count - 1):
            raise ValueError(
                f"{self.kind} bins need a power of two from {smallest} to {LARGEST_COUNT}; got count={self.count}"
            )

    @property
    def is_exact(self) -> bool:
        """True when a bin holds one possible score, so that nothing is lost."""
        return self.kind in ("byte", "half")

    def refuse_unless_fitting(self, dtype: str) -> None:
        """Raise where scores of this dtype ("uint8", "float32", ...) cannot be put into these bins.

        Raises:
            ValueError: byte bins with other scores than uint8 or the reverse, half bins without float16, no float.
        """
        allowed = {"byte": ("uint8",), "half": ("float16",)}.get(self.kind, ("float16", "float32", "float64"))
        if dtype not in allowed:
            raise ValueError(
                f"{self.kind} bins hold {' or '.join(allowed)} scores; got {dtype}; "
                "suited_bins(dtype) chooses bins for a dtype"
            )

    @property
    def steps(self) -> int:
        """Binary logarithm of the number of bins in an octave of mirrored_log."""
        return (self.count // (2 * OCTAVES)).bit_length() - 1

    @property
    def edges(self) -> Tensor:
        """Lower edges and, last, the upper end: float64 [bin + 1], strictly increasing."""
        return torch.from_numpy(_edges(self).copy())

    def index_at(self, threshold: float, *, tie: Tie = ">=") -> int:
        """First bin whose every possible score is predicted positive; `count` when no bin is.

        Exact for byte and half bins, and for ">=" at an edge of the others; see Histogram.exact_at.

        Raises:
            ValueError: the threshold is NaN.
        """
        if math.isnan(threshold):
            raise ValueError("threshold must be a number; got NaN")
        refuse_unless_one_of(tie, Tie, "tie")
        return int(np.searchsorted(_edges(self)[:-1], threshold, side="left" if tie == ">=" else "right"))


@lru_cache(maxsize=64)
def _edges(bins: Bins) -> NDArray[np.float64]:
    if bins.kind == "byte":
        return np.arange(257) / 255
    if bins.kind == "half":
        return np.arange(bins.count + 1, dtype=np.uint16).view(np.float16).astype(np.float64)
    if bins.kind == "uniform":
        return np.arange(bins.count + 1) / bins.count
    octave, step = np.divmod(np.arange(bins.count // 2 + 1), 1 << bins.steps)
    fraction = step / (1 << bins.steps)
    lower = np.where(octave == 0, np.ldexp(fraction, -OCTAVES), np.ldexp(1 + fraction, octave - OCTAVES - 1))
    return np.concatenate([lower, (1 - lower[:-1])[::-1]])


def refuse_unless_bins(bins: object) -> None:
    """Raise unless bins are Bins, or None for those that suit the scores.

    Raises:
        InputError: anything else, such as a number of bins.
    """
    if bins is not None and not isinstance(bins, Bins):
        raise InputError(f"bins must be Bins, such as Bins(kind='uniform', count=1024); got {bins!r}")


BYTE_BINS = Bins(kind="byte", count=256)
HALF_BINS = Bins(kind="half", count=0x3C00 + 1)


def suited_bins(dtype: torch.dtype, *, count: int = 4096, kind: Literal["uniform", "mirrored_log"] = "uniform") -> Bins:
    """Exact bins where the scores' dtype has few values (uint8, float16), otherwise `count` bins of `kind`."""
    refuse_unless_one_of(kind, Literal["uniform", "mirrored_log"], "kind")
    return {torch.uint8: BYTE_BINS, torch.float16: HALF_BINS}.get(dtype) or Bins(kind=kind, count=count)


def suited_histogram(dtype: torch.dtype, *, num_images: int, num_classes: int) -> tuple[Bins, Images]:
    """Bins of a histogram that is to be kept, and whether its images stay apart: where that takes 128 MB at most.

    Exact bins for uint8 and float16, 1024 uniform ones for other scores; images are pooled beyond 16,000,000 cells
    (image, true class or void, class, bin) of int64.
    """
    bins = suited_bins(dtype, count=KEPT_BINS)
    cells = num_images * (num_classes + 1) * num_classes * bins.count
    return bins, "per_image" if cells <= PER_IMAGE_CELLS else "pooled"


@dataclass(frozen=True, kw_only=True, eq=False)
class Histogram:
    """Scores of every class by true class, small enough to keep.

    counts: int64 [image or 1, true + 1, class, bin]; the last row holds void pixels. low, high: float64 [class, bin],
    smallest and largest score in the bin over all images and rows, +inf and -inf where it is empty. images: whether
    axis 0 of counts sums all images or keeps them apart.
    """

    counts: Tensor
    low: Tensor
    high: Tensor
    bins: Bins
    images: Images

    @property
    def num_classes(self) -> int:
        """Number of classes C; counts has C + 1 rows."""
        return self.counts.shape[1] - 1

    def index_at(self, threshold: float, *, tie: Tie = ">=") -> Tensor:
        """First bin predicted positive: int64 [class], 0..count, the last index into ThresholdCounts.

        The bin that holds the threshold counts as positive only if all its scores are; exact_at tells where that, or
        the opposite, is exact.
        """
        bin_index, passes_low, _ = self._at_threshold(threshold, tie)
        return torch.where(passes_low, bin_index, bin_index + 1)

    def exact_at(self, threshold: float, *, tie: Tie = ">=") -> Tensor:
        """Where index_at equals thresholding the pixels themselves: bool [class]."""
        _, passes_low, passes_high = self._at_threshold(threshold, tie)
        return passes_low | ~passes_high

    def _at_threshold(self, threshold: float, tie: Tie) -> tuple[int, Tensor, Tensor]:
        """The bin that holds the threshold, and per class whether its smallest and largest scores are positive."""
        refuse_unless_one_of(tie, Tie, "tie")
        index = self.bins.index_at(threshold, tie=">")
        if index == 0:
            nowhere = torch.zeros_like(self.low[:, 0], dtype=torch.bool)
            return -1, nowhere, nowhere
        low, high = self.low[:, index - 1], self.high[:, index - 1]
        if tie == ">=":
            return index - 1, low >= threshold, high >= threshold
        return index - 1, low > threshold, high > threshold

    def select(self, images: Sequence[int]) -> Histogram:
        """The histogram of some images, in this order.

        Raises:
            ValueError: the histogram has pooled its images.
        """
        if self.images == "pooled":
            raise ValueError("this histogram has pooled its images; count with histogram='per_image' to choose images")
        refuse_other_images(images, len(self.counts))
        return replace(self, counts=images_of(self.counts, images))

    def pooled(self) -> Histogram:
        """The histogram summed over images."""
        return replace(self, counts=self.counts.sum(0, keepdim=True), images="pooled")


def images_of(counts: Tensor, images: Sequence[int]) -> Tensor:
    """Some images of counts [image, ...], in this order, on the same device."""
    index = np.asarray(images, np.int64)
    if counts.device.type == "cpu":
        # numpy, since torch shares such small copies among threads, which a busy machine makes slow.
        return torch.from_numpy(counts.numpy()[index])
    return counts[torch.from_numpy(index).to(counts.device)]


def merge_histograms(histograms: Iterable[Histogram]) -> Histogram:
    """One histogram of several batches: pooled counts add, per-image counts follow one another.

    Raises:
        ValueError: no histogram, or histograms that differ in bins, classes or pooling.
    """
    first = low = high = None
    counts: list[Tensor] = []
    for number, other in enumerate(histograms):
        first = first or other
        mine, its = ((h.bins, h.images, tuple(h.counts.shape[1:3])) for h in (first, other))
        if mine != its:
            raise ValueError(f"histogram {number} has (bins, images, classes) {its}, but the first has {mine}")
        # One sum that grows, since a histogram of many classes is large.
        counts = [counts[0] + other.counts] if counts and first.images == "pooled" else [*counts, other.counts]
        low = other.low if low is None else torch.minimum(low, other.low)
        high = other.high if high is None else torch.maximum(high, other.high)
    if first is None or low is None or high is None:
        raise ValueError("no histogram to merge; pass at least one")
    return replace(first, counts=counts[0] if first.images == "pooled" else torch.cat(counts), low=low, high=high)


@dataclass(frozen=True, kw_only=True, eq=False)
class ThresholdCounts:
    """One-vs-rest counts at every threshold: tp, fp, fn, tn int64 [image or 1, class, bin + 1].

    Index b of the last axis predicts bins b and above as positive; index `count` predicts nothing.
    """

    tp: Tensor
    fp: Tensor
    fn: Tensor
    tn: Tensor

    def at(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """tp, fp, fn, tn [image or 1, class] at one index a class (from Histogram.index_at)."""
        places = index[None, :, None].expand(self.tp.shape[0], -1, 1)
        tp, fp, fn, tn = (counts.gather(-1, places).squeeze(-1) for counts in (self.tp, self.fp, self.fn, self.tn))
        return tp, fp, fn, tn


def threshold_counts(
    histogram: Histogram,
    *,
    ignored_classes: Sequence[int] = (),
    images: Sequence[int] | None = None,
    void: Void = "removed",
) -> ThresholdCounts:
    """Counts at every threshold from the histogram alone, without the pixels whose true class is ignored.

    images: only these images (per-image histograms). void: void pixels leave every count, or stay as negatives.

    Raises:
        ValueError: an ignored class that does not exist, or images of a pooled histogram.
    """
    refuse_unless_one_of(void, Void, "void")
    if unknown := [c for c in ignored_classes if not 0 <= whole_number(c, "an ignored class") < histogram.num_classes]:
        raise ValueError(f"ignored_classes must lie in 0..{histogram.num_classes - 1}; got {unknown}")
    # numpy, since torch shares such small sums among threads, which a busy machine makes slow.
    counts = (histogram if images is None else histogram.select(images)).counts.cpu().numpy()
    positive = counts.diagonal(axis1=1, axis2=2).swapaxes(1, 2).copy()
    positive[:, list(ignored_classes)] = 0
    removed = [*set(ignored_classes), *([] if void == "false_positive" else [histogram.num_classes])]
    total = counts.sum(1) - counts[:, removed].sum(1)
    tp, fp = at_or_above(positive), at_or_above(total - positive)
    tables = {"tp": tp, "fp": fp, "fn": tp[..., :1] - tp, "tn": fp[..., :1] - fp}
    return ThresholdCounts(**{name: torch.from_numpy(table) for name, table in tables.items()})


def at_or_above(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums over each bin and all above it, with a final 0: [..., bin] -> [..., bin + 1]."""
    sums = np.zeros((*counts.shape[:-1], counts.shape[-1] + 1), np.int64)
    np.cumsum(counts[..., ::-1], axis=-1, out=sums[..., 1:])
    return np.ascontiguousarray(sums[..., ::-1])
