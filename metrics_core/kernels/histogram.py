"""CPU kernel: scores to histograms by true class, in one pass over the pixels of every class.

The target is read once a block and kept as small codes 0..C (C: void); each class then adds its scores to a table
[true + 1, bin] that stays in the cache, and notes the smallest and largest score of every bin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from metrics_core.bins import OCTAVES, Bins, Histogram, Images
from metrics_core.kernels.compiled import compiled
from metrics_core.kernels.threads import in_threads, threads_for

BLOCK = 1 << 18  # pixels whose codes are kept at once
SEARCH_BLOCK = 1024  # scores between two looks at whether one was bad
NO_LABEL = int(np.iinfo(np.int64).min)  # stands for "no ignore_label"


def code_type(num_classes: int) -> type[np.uint8] | type[np.int32]:
    """Smallest type used for codes 0..C."""
    return np.uint8 if num_classes < 256 else np.int32


@compiled()
def encode(target, num_classes, ignored, codes):  # pyright: ignore  # numba infers the types
    """Write codes 0..C-1, or C for void, for target [image, pixel]; returns how many labels were neither."""
    unknown = 0
    for image in range(target.shape[0]):
        for pixel in range(target.shape[1]):
            label = np.int64(target[image, pixel])
            inside = np.uint64(label) < np.uint64(num_classes)
            codes[image, pixel] = label if inside and label != ignored else num_classes
            unknown += (not inside) and label != ignored
    return unknown


@compiled()
def _tabulate_values(codes, values, channel, start, counts):  # pyright: ignore
    for image in range(codes.shape[0]):
        place = image if counts.shape[0] > 1 else 0
        for i in range(codes.shape[1]):
            counts[place, codes[image, i], channel, values[image, channel, start + i] & 0x7FFF] += 1


@compiled()
def _tabulate_uniform(codes, scores, channel, start, counts, low, high):  # pyright: ignore
    count = counts.shape[3]
    for image in range(codes.shape[0]):
        place = image if counts.shape[0] > 1 else 0
        for i in range(codes.shape[1]):
            score = np.float64(scores[image, channel, start + i])
            index = min(np.int64(score * count), count - 1)
            counts[place, codes[image, i], channel, index] += 1
            if score < low[channel, index]:
                low[channel, index] = score
            if score > high[channel, index]:
                high[channel, index] = score


@compiled()
def _tabulate_mirrored(codes, scores, channel, start, counts, low, high, steps, octaves):  # pyright: ignore
    # An octave is one value of a float's exponent, a bin within it the leading bits of the fraction. In the upper half,
    # 1 - score is exact, and its bins are closed above (bits - 1), so that the score's bins are closed below.
    last = counts.shape[3] - 1
    shift, offset = np.int64(52 - steps), np.int64(1022 - octaves) << np.int64(steps)
    smallest, per_unit = 2.0**-octaves, 2.0 ** (octaves + steps)
    for image in range(codes.shape[0]):
        place = image if counts.shape[0] > 1 else 0
        for i in range(codes.shape[1]):
            score = np.float64(scores[image, channel, start + i])
            upper = np.int64(score >= 0.5)
            distance = np.float64(abs(np.float64(upper) - score))
            if distance >= smallest:
                index = ((distance.view(np.int64) - upper) >> shift) - offset
            elif upper:
                index = max(np.int64(np.ceil(distance * per_unit)) - 1, 0)
            else:
                index = np.int64(distance * per_unit)
            index ^= last & -upper
            counts[place, codes[image, i], channel, index] += 1
            if score < low[channel, index]:
                low[channel, index] = score
            if score > high[channel, index]:
                high[channel, index] = score


@compiled()
def _first_outside(scores, low, high):  # pyright: ignore
    for start in range(0, scores.size, SEARCH_BLOCK):
        block = scores[start : start + SEARCH_BLOCK]
        bad = 0
        for i in range(block.size):
            bad += not (low <= block[i] <= high)
        if bad:
            for i in range(block.size):
                if not (low <= block[i] <= high):
                    return start + i
    return -1


def first_bad_score(scores: NDArray[Any], low: float, high: float) -> int:
    """Flat index of the first score that is NaN or outside [low, high]; -1 if there is none."""
    if scores.dtype == np.uint8:
        return -1
    rows = [scores.reshape(-1)] if scores.flags.c_contiguous else list(scores.reshape(-1, scores.shape[-1]))
    parts = [row[i : i + BLOCK] for row in rows for i in range(0, row.size, BLOCK)]
    starts = np.cumsum([0, *(part.size for part in parts)])

    def search(part: NDArray[Any]) -> int:
        wide = part.astype(np.float32) if part.dtype == np.float16 else part
        return int(_first_outside(wide, low, high))

    places = zip(starts[:-1], in_threads(search, parts, threads_for(scores.size)), strict=True)
    return next((int(start) + found for start, found in places if found >= 0), -1)


@dataclass(frozen=True, kw_only=True)
class _Tables:
    """What one thread counts: counts [image or 1, true + 1, class, bin], low and high [class, bin]."""

    counts: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @staticmethod
    def empty(shape: tuple[int, ...]) -> _Tables:
        low = np.full(shape[2:], np.inf)
        return _Tables(counts=np.zeros(shape, np.int64), low=low, high=-low)

    def of_images(self, rows: slice, first: int) -> _Tables:
        """The tables of some images; the same ones where all images share a table."""
        if len(self.counts) == 1:
            return self
        return replace(self, counts=self.counts[rows.start - first : rows.stop - first])


def _add_block(codes: NDArray[Any], scores: NDArray[Any], start: int, bins: Bins, out: _Tables) -> None:
    """Add pixels start.. of scores [image, class, pixel], all classes, to the tables."""
    if bins.is_exact:
        values = scores.view(np.uint16) if scores.dtype == np.float16 else scores
        for channel in range(scores.shape[1]):
            _tabulate_values(codes, values, channel, start, out.counts)
        return
    if scores.dtype == np.float16:
        scores, start = scores[..., start : start + codes.shape[1]].astype(np.float32), 0
    for channel in range(scores.shape[1]):
        if bins.kind == "uniform":
            _tabulate_uniform(codes, scores, channel, start, out.counts, out.low, out.high)
        else:
            _tabulate_mirrored(codes, scores, channel, start, out.counts, out.low, out.high, bins.steps, OCTAVES)


def _blocks(images: range, pixels: range) -> Iterator[tuple[slice, slice]]:
    """Cut a share of the pixels into blocks of at most BLOCK pixels: several small images, or part of a large one."""
    together = max(1, BLOCK // len(pixels))
    for image in range(images.start, images.stop, together):
        for pixel in range(pixels.start, pixels.stop, BLOCK):
            yield slice(image, min(image + together, images.stop)), slice(pixel, min(pixel + BLOCK, pixels.stop))


def _shares(shape: tuple[int, int], threads: int) -> Iterator[tuple[range, range]]:
    """One share a thread: images, or the pixels of every image where images are fewer than threads."""
    by_image = shape[0] >= threads
    bounds = np.linspace(0, shape[0] if by_image else shape[1], threads + 1).astype(int)
    for start, stop in pairwise(bounds):
        if start < stop:
            share = range(int(start), int(stop))
            yield (share, range(shape[1])) if by_image else (range(shape[0]), share)


def score_histogram(
    target: NDArray[Any],
    scores: NDArray[Any],
    *,
    num_classes: int,
    ignore_label: int | None,
    bins: Bins,
    images: Images,
    workers: int | None = None,
) -> Histogram:
    """Histogram of target [image, pixel] (integers) and scores [image, class, pixel], already checked to be in [0, 1].

    Byte bins take uint8 scores, half bins float16, the others any float. Labels outside 0..C-1 and ignore_label go to
    row C. workers: number of threads; None chooses.

    Raises:
        ValueError: bins of another dtype than the scores.
    """
    bins.refuse_unless_fitting(str(scores.dtype))
    ignored = NO_LABEL if ignore_label is None else ignore_label
    shape = (target.shape[0] if images == "per_image" else 1, num_classes + 1, scores.shape[1], bins.count)

    def count_share(share: tuple[range, range]) -> _Tables:
        out = _Tables.empty((len(share[0]) if images == "per_image" else 1, *shape[1:]))
        buffer = np.empty(BLOCK, code_type(num_classes))
        for rows, pixels in _blocks(*share):
            size = (rows.stop - rows.start, pixels.stop - pixels.start)
            codes = buffer[: size[0] * size[1]].reshape(size)
            encode(target[rows, pixels], num_classes, ignored, codes)
            _add_block(codes, scores[rows], pixels.start, bins, out.of_images(rows, share[0].start))
        return out

    threads = workers or threads_for(scores.size)
    return _joined(in_threads(count_share, _shares(target.shape, threads), threads), shape, bins, images)


def _joined(parts: list[_Tables], shape: tuple[int, ...], bins: Bins, images: Images) -> Histogram:
    by_image = len(parts) > 1 and images == "per_image" and len(parts[0].counts) < shape[0]
    counts = [part.counts for part in parts]
    total = counts[0] if len(parts) == 1 else np.concatenate(counts) if by_image else np.sum(counts, axis=0)
    low = np.min([part.low for part in parts], axis=0)
    high = np.max([part.high for part in parts], axis=0)
    if bins.is_exact:
        seen = total.any(axis=(0, 1))
        score = bins.edges.numpy()[:-1]
        low, high = np.where(seen, score, np.inf), np.where(seen, score, -np.inf)
    return Histogram(
        counts=torch.from_numpy(total), low=torch.from_numpy(low), high=torch.from_numpy(high), bins=bins, images=images
    )
