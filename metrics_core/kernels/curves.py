"""CPU kernel: exact curves of one class, and the sums behind the areas under them, from its scores sorted in buckets.

The counts above a bucket are known, so threads read buckets independently.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metrics_core.kernels.compiled import compiled
from metrics_core.kernels.histogram import NO_LABEL, code_type, encode
from metrics_core.kernels.sorting import LAYOUTS, count_buckets, fill_buckets, lay_out, sort_buckets
from metrics_core.kernels.threads import in_threads, threads_for

SUM_BLOCK = 256  # terms added in a row before the sum moves to the compensated total


@compiled(error_model="numpy")
def _sum_buckets(keys, starts, above, first, last):  # pyright: ignore
    """Twice the (positive above negative) pairs, ties half, and the sum of precision over positives, of sorted buckets.

    above [bucket, negative or positive] counts the pixels of the buckets above.
    """
    twice_pairs, total, lost, one = 0, 0.0, 0.0, np.uint64(1)
    for bucket in range(first, last):
        fp, tp = above[bucket]
        start, i, partial, pending = starts[bucket], starts[bucket + 1] - 1, 0.0, 0
        while i >= start:
            value, positives, end = keys[i] >> one, 0, i
            while i >= start and keys[i] >> one == value:
                positives += np.int64(keys[i] & one)
                i -= 1
            negatives = end - i - positives
            twice_pairs += negatives * (2 * tp + positives)
            tp += positives
            fp += negatives
            # Labels are unpredictable: adding 0 costs less than asking whether to add.
            partial += np.float64(positives) * (np.float64(tp) / np.float64(tp + fp))
            pending += 1
            if pending == SUM_BLOCK or i < start:
                # Compensated, so that millions of terms of one size do not add up their rounding.
                term = partial - lost
                lost = ((total + term) - total) - term
                total, partial, pending = total + term, 0.0, 0
    return twice_pairs, total


@compiled()
def _list_points(keys, starts, kept, values, tps, fps):  # pyright: ignore
    """Write every distinct value, highest first, and the counts at or above it; returns how many there are."""
    tp, fp, point, i, one = 0, 0, 0, starts[-1] - 1, np.uint64(1)
    for bucket in range(starts.size - 2, -1, -1):
        while i >= starts[bucket]:
            value = keys[i] >> one
            while i >= starts[bucket] and keys[i] >> one == value:
                positive = np.int64(keys[i] & one)
                tp += positive
                fp += 1 - positive
                i -= 1
            values[point] = (np.uint64(bucket) << np.uint64(kept)) | np.uint64(value)
            tps[point], fps[point] = tp, fp
            point += 1
    return point


class Areas(NamedTuple):
    """Integer and float sums from which AUROC and average precision follow."""

    twice_pairs: int
    precision_sum: float
    positives: int
    negatives: int


class Points(NamedTuple):
    """Distinct scores, highest first (float64), and the counts at or above each (int64)."""

    scores: NDArray[np.float64]
    tp: NDArray[np.int64]
    fp: NDArray[np.int64]


def sum_points(tp: NDArray[np.int64], fp: NDArray[np.int64]) -> Areas:
    """The sums of a curve given by its counts at every threshold, highest first, without the empty start."""
    positives, negatives = np.diff(tp, prepend=0), np.diff(fp, prepend=0)
    pairs = negatives.astype(object) if len(tp) and int(tp[-1]) * int(fp[-1]) >= 2**62 else negatives
    twice = int((pairs * (2 * tp - positives)).sum())
    precision = positives * (tp / np.maximum(tp + fp, 1))
    return Areas(twice, float(precision.sum()), *(int(c[-1]) if len(c) else 0 for c in (tp, fp)))


class Ranker:
    """Ranks the scores of one class after another, in one buffer; threads share every class.

    target: integers [image, pixel]; scores [image, class, pixel]: uint8 or finite floats, any range. unknown: number of
    labels outside 0..C-1 that are not ignore_label; they count as void.
    """

    def __init__(
        self,
        target: NDArray[Any],
        scores: NDArray[Any],
        *,
        num_classes: int,
        ignore_label: int | None,
        workers: int | None = None,
    ) -> None:
        self._scores = scores
        self._raw = scores.view(LAYOUTS[scores.dtype].unsigned)
        self._layout = LAYOUTS[scores.dtype]
        self._void = num_classes
        self._codes: NDArray[Any] = np.empty(target.shape, code_type(num_classes))
        self._keys: NDArray[Any] = np.empty(target.size if self._layout.kept else 0, self._layout.unsigned)
        self._threads = workers or threads_for(target.size)
        ignored = NO_LABEL if ignore_label is None else ignore_label
        self.unknown = int(encode(target, num_classes, ignored, self._codes))

    def areas(self, classes: Sequence[int]) -> list[Areas]:
        """The sums of every class against the rest, each scored by the channel of its place."""
        return [self._areas(channel, label) for channel, label in enumerate(classes)]

    def _areas(self, channel: int, label: int) -> Areas:
        table, above, starts = self._bucketed(channel, label)
        if not self._layout.kept:
            points = self._points_of_table(table)
            return sum_points(points.tp, points.fp)

        def sort_and_sum(share: tuple[int, int]) -> tuple[int, float]:
            sort_buckets(self._keys, starts, *share, self._layout.kept)
            return _sum_buckets(self._keys, starts, above, *share)

        sums = in_threads(sort_and_sum, self._bucket_shares(starts), self._threads)
        negatives, positives = (int(n) for n in table.sum(0))
        return Areas(sum(int(s[0]) for s in sums), math.fsum(s[1] for s in sums), positives, negatives)

    def points(self, channel: int, label: int) -> Points:
        """The curve of the class `label` against the rest, ranked by scores[:, channel]."""
        table, _, starts = self._bucketed(channel, label)
        if not self._layout.kept:
            return self._points_of_table(table)
        kept = self._layout.kept
        in_threads(
            lambda share: sort_buckets(self._keys, starts, *share, kept), self._bucket_shares(starts), self._threads
        )
        values = np.empty(starts[-1], np.uint64)
        tp, fp = np.empty_like(values, np.int64), np.empty_like(values, np.int64)
        length = int(_list_points(self._keys, starts, kept, values, tp, fp))
        return Points(self._scores_of(values[:length].copy()), tp[:length].copy(), fp[:length].copy())

    def _bucketed(self, channel: int, label: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Counts [bucket, negative or positive] in the buckets and above them; where they start in the filled keys."""
        kept, buckets = self._layout.kept, self._layout.buckets + 1  # the last one takes the void pixels
        shares = self._pixel_shares()
        tables = np.zeros((len(shares), buckets, 2), np.int64)
        pixels = (self._codes, self._raw)
        rest = (channel, label, self._void, self._layout.bits, kept)
        in_threads(lambda n: count_buckets(*pixels, shares[n], *rest, tables[n]), range(len(shares)), self._threads)
        table, above = np.zeros((2, buckets, 2), np.int64)
        starts, places = np.empty(buckets + 1, np.int64), np.empty(tables.shape[:2], np.int64)
        lay_out(tables, table, above, starts, places)
        if kept:
            in_threads(
                lambda n: fill_buckets(*pixels, shares[n], *rest, places[n], self._keys),
                range(len(shares)),
                self._threads,
            )
        return table[:-1], above[:-1], starts[:-1]

    def _points_of_table(self, table: NDArray[np.int64]) -> Points:
        values = np.flatnonzero(table.any(1))[::-1]
        fp, tp = np.ascontiguousarray(table[values].cumsum(0).T)
        return Points(self._scores_of(values.astype(np.uint64)), tp, fp)

    def _scores_of(self, ordered: NDArray[np.uint64]) -> NDArray[np.float64]:
        """The scores whose ordered integers these are; uint8 stands for probability * 255."""
        sign = np.uint64(1 << (self._layout.bits - 1))
        raw = np.where(ordered & sign, ordered ^ sign, ~ordered).astype(self._layout.unsigned)
        return raw / 255 if self._scores.dtype == np.uint8 else raw.view(self._scores.dtype).astype(np.float64)

    def _pixel_shares(self) -> list[tuple[int, int, int, int]]:
        """Images and pixels of each thread: first and last image, first and last pixel of each."""
        images, pixels = self._codes.shape
        by_image = images >= self._threads
        bounds = np.linspace(0, images if by_image else pixels, self._threads + 1).astype(int).tolist()
        return [(a, b, 0, pixels) if by_image else (0, images, a, b) for a, b in pairwise(bounds)]

    def _bucket_shares(self, starts: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Ranges of buckets of about equal size, several a thread."""
        parts = 1 if self._threads == 1 else 8 * self._threads
        wanted = np.linspace(0, starts[-1], parts + 1)[1:-1]
        bounds = [0, *np.searchsorted(starts, wanted).tolist(), len(starts) - 1]
        return [(a, b) for a, b in pairwise(bounds) if a < b]
