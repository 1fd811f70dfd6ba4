"""CPU kernel: label pairs to per-image tables, in one pass over the pixels.

A pixel's target and prediction are clamped to 0..C-1, C (the ignored label) or C+1 (anything else) and joined into one
code; the codes of a block stay in the first-level cache, and several interleaved sub-tables keep one addition from
waiting for the previous one.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

Labels = NDArray[np.integer[Any]]
BLOCK = 2048
SMALL_WORK = 200_000  # pixels below which threads cost more than they save
LARGEST_INTERLEAVED = 64  # classes up to which eight sub-tables fit the second-level cache


@njit(nogil=True, cache=True)
def _encode(labels, num_classes, ignored, stride, codes):  # pyright: ignore  # numba infers the types
    for i in range(labels.size):
        label = np.int64(labels[i])
        code = num_classes + 1
        if label == ignored:
            code = num_classes
        if np.uint64(label) < np.uint64(num_classes):
            code = label
        codes[i] += np.uint32(code * stride)


@njit(nogil=True, cache=True)
def _tabulate_image(target, prediction, num_classes, ignored, table):  # pyright: ignore
    side = num_classes + 2
    lanes = 8 if num_classes <= LARGEST_INTERLEAVED else 1
    lane_tables = np.zeros((lanes, side * side), np.int64)
    codes = np.empty(BLOCK, np.uint32)
    for start in range(0, target.size, BLOCK):
        size = min(BLOCK, target.size - start)
        codes[:size] = 0
        _encode(target[start : start + size], num_classes, ignored, side, codes)
        _encode(prediction[start : start + size], num_classes, ignored, 1, codes)
        if lanes == 1:
            for i in range(size):
                lane_tables[0, codes[i]] += 1
            continue
        whole = size - size % 8
        for i in range(0, whole, 8):
            for lane in range(8):
                lane_tables[lane, codes[i + lane]] += 1
        for i in range(whole, size):
            lane_tables[0, codes[i]] += 1
    for lane in range(lanes):
        for row in range(side):
            for column in range(side):
                table[row, column] += lane_tables[lane, row * side + column]


@njit(nogil=True, cache=True)
def _tabulate_range(target, prediction, num_classes, ignored, tables):  # pyright: ignore
    for image in range(target.shape[0]):
        _tabulate_image(target[image], prediction[image], num_classes, ignored, tables[image])


@njit(nogil=True, cache=True)
def _argmax(scores, labels):  # pyright: ignore
    """First class with the highest score per pixel, or C where a score is NaN."""
    best = scores[0].copy()
    labels[:] = 0
    for c in range(1, scores.shape[0]):
        for i in range(labels.size):
            higher = scores[c, i] > best[i]
            labels[i] = c if higher else labels[i]
            best[i] = scores[c, i] if higher else best[i]
    for c in range(scores.shape[0]):
        for i in range(labels.size):
            labels[i] = labels[i] if scores[c, i] == scores[c, i] else scores.shape[0]


def threads_for(pixels: int) -> int:
    """Number of threads worth starting for this many pixels."""
    return 1 if pixels < SMALL_WORK else max(1, min(os.cpu_count() or 1, 8))


def _pieces(images: int, pixels: int, threads: int) -> list[tuple[slice, slice]]:
    """Cut the work into contiguous pieces, one a thread: whole images, or parts of each image where images are few."""
    by_image = images >= threads
    bounds = np.linspace(0, images if by_image else pixels, threads + 1).astype(int).tolist()
    cuts = [slice(start, stop) for start, stop in pairwise(bounds)]
    if by_image:
        return [(cut, slice(None)) for cut in cuts]
    return [(slice(image, image + 1), cut) for image in range(images) for cut in cuts]


def tabulate(target: Labels, prediction: Labels, num_classes: int, ignore_label: int | None) -> NDArray[np.int64]:
    """Per-image tables of (true, predicted) pairs.

    target, prediction: integer [image, pixel]. Returns int64 [image, C+2, C+2]: index C is ignore_label when that lies
    outside 0..C-1, index C+1 every other label outside.
    """
    # Classes are recognised before the ignored label, so that class 0 in its place ignores nothing.
    ignored = 0 if ignore_label is None else ignore_label
    side = num_classes + 2

    def tabulate_piece(piece: tuple[slice, slice]) -> NDArray[np.int64]:
        tables = np.zeros((piece[0].stop - piece[0].start, side, side), np.int64)
        _tabulate_range(target[piece], prediction[piece], num_classes, ignored, tables)
        return tables

    images, pixels = target.shape
    threads = threads_for(target.size)
    if threads == 1:
        return tabulate_piece((slice(0, images), slice(None)))
    with ThreadPoolExecutor(threads) as pool:
        tables = np.concatenate(list(pool.map(tabulate_piece, _pieces(images, pixels, threads))))
    return tables if images >= threads else tables.reshape(images, threads, side, side).sum(1)


def argmax(scores: NDArray[Any]) -> NDArray[np.integer[Any]]:
    """Labels [image, pixel] of the highest of scores [image, class, pixel]: first wins a tie, C where one is NaN."""
    images, num_classes, pixels = scores.shape
    labels = np.empty((images, pixels), np.uint8 if num_classes < 256 else np.int32)
    with ThreadPoolExecutor(threads_for(scores.size)) as pool:
        list(pool.map(lambda image: _argmax(scores[image], labels[image]), range(images)))
    return labels
