"""CPU kernel: label pairs to per-image tables, in one pass over the pixels.

A pixel's target and prediction are clamped to 0..C-1, C (the ignored label) or C+1 (anything else) and joined into one
code; the codes of a block stay in the first-level cache, and several interleaved sub-tables keep one addition from
waiting for the previous one. Where classes are few, two neighbouring pixels are counted by one addition.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.kernels.compiled import compiled
from metrics_core.kernels.threads import Result, in_threads, threads_for

Labels = NDArray[np.integer[Any]]
Piece = tuple[slice, slice]  # images, pixels
BLOCK = 2048  # pixels whose codes are kept at once, a byte of a label
LANES = 4  # sub-tables
LARGEST_INTERLEAVED = 256  # classes up to which the sub-tables fit the second-level cache
FEWEST_INTERLEAVED = 3  # pixels of an image for each entry of its table: fewer do not repay several tables
LARGEST_PAIRED = 4  # classes up to which sub-tables of pairs of codes fit the first-level cache
FEWEST_PAIRED = 1 << 14  # pixels of an image: more than there are pairs
MOST_COUNTED = 1 << 31  # pixels between two readings of the sub-tables, whose counts have 32 bits


@compiled()
def _code(label, rule):  # pyright: ignore  # numba infers the types
    highest, ignored, void, other = rule
    code = other
    if label == ignored:
        code = void
    if label <= highest:
        code = label
    return code


@compiled()
def _encode(target, prediction, target_rule, prediction_rule, side, codes):  # pyright: ignore
    for i in range(target.size):
        codes[i] = _code(target[i], target_rule) * side + _code(prediction[i], prediction_rule)


@compiled()
def _tabulate_image(target, prediction, target_rule, prediction_rule, codes, lane_tables, table):  # pyright: ignore
    side = table.shape[0]
    lane_tables[:] = 0
    for start in range(0, target.size, codes.size):
        size = min(codes.size, target.size - start)
        part = slice(start, start + size)
        _encode(target[part], prediction[part], target_rule, prediction_rule, side, codes)
        whole = size - size % LANES if lane_tables.shape[0] == LANES else 0
        for i in range(0, whole, LANES):
            for lane in range(LANES):
                lane_tables[lane, codes[i + lane]] += np.uint32(1)
        for i in range(whole, size):
            lane_tables[0, codes[i]] += np.uint32(1)
    for lane in range(lane_tables.shape[0]):
        for row in range(side):
            for column in range(side):
                table[row, column] += lane_tables[lane, row * side + column]


@compiled()
def _tabulate_pairs(target, prediction, target_rule, prediction_rule, codes, pairs, lane_tables, table):  # pyright: ignore
    """The same for codes of 8 bits; pairs are the same bytes, two by two, in either order."""
    side = table.shape[0]
    sums = table.reshape(side * side)
    lane_tables[:] = 0
    for start in range(0, target.size, codes.size):
        size = min(codes.size, target.size - start)
        part = slice(start, start + size)
        _encode(target[part], prediction[part], target_rule, prediction_rule, side, codes)
        if size % 2:
            sums[codes[size - 1]] += 1
        count = size // 2
        for i in range(count):
            pairs[i] = (pairs[i] >> 8) * np.uint16(sums.size) + (pairs[i] & 255)
        whole = count - count % LANES
        for i in range(0, whole, LANES):
            for lane in range(LANES):
                lane_tables[lane, pairs[i + lane]] += np.uint32(1)
        for i in range(whole, count):
            lane_tables[0, pairs[i]] += np.uint32(1)
    for one in range(sums.size):
        for other in range(sums.size):
            count = np.int64(0)
            for lane in range(LANES):
                count += lane_tables[lane, one * sums.size + other]
            sums[one] += count
            sums[other] += count


@compiled()
def _tabulate_paired_range(target, prediction, target_rule, prediction_rule, codes, pairs, tables):  # pyright: ignore
    lane_tables = np.empty((LANES, tables.shape[1] ** 4), np.uint32)
    for image in range(target.shape[0]):
        _tabulate_pairs(
            target[image], prediction[image], target_rule, prediction_rule, codes, pairs, lane_tables, tables[image]
        )


@compiled()
def _tabulate_range(target, prediction, target_rule, prediction_rule, codes, tables):  # pyright: ignore
    side = tables.shape[1]
    several = side - 2 <= LARGEST_INTERLEAVED and target.shape[1] >= FEWEST_INTERLEAVED * side * side
    lane_tables = np.empty((LANES if several else 1, side * side), np.uint32)
    for image in range(target.shape[0]):
        _tabulate_image(
            target[image], prediction[image], target_rule, prediction_rule, codes, lane_tables, tables[image]
        )


@compiled()
def _weigh_image(target, prediction, weights, target_rule, prediction_rule, codes, table):  # pyright: ignore
    side = table.shape[0]
    for start in range(0, target.size, codes.size):
        size = min(codes.size, target.size - start)
        part = slice(start, start + size)
        _encode(target[part], prediction[part], target_rule, prediction_rule, side, codes)
        for i in range(size):
            table[codes[i] // side, codes[i] % side] += weights[start + i]


@compiled()
def _argmax(scores, labels, start, stop):  # pyright: ignore
    """First class with the highest score of pixels start..stop, or C where a score is NaN."""
    highest = np.empty(BLOCK, scores.dtype)
    for first in range(start, stop, BLOCK):
        size = min(BLOCK, stop - first)
        part = labels[first : first + size]
        part[:] = 0
        highest[:size] = scores[0, first : first + size]
        for c in range(1, scores.shape[0]):
            row = scores[c, first : first + size]
            for i in range(size):
                higher = row[i] > highest[i]
                part[i] = c if higher else part[i]
                highest[i] = row[i] if higher else highest[i]
        for c in range(scores.shape[0]):
            row = scores[c, first : first + size]
            for i in range(size):
                part[i] = part[i] if row[i] == row[i] else scores.shape[0]


def _pieces(images: int, pixels: int, threads: int) -> list[tuple[slice, slice]]:
    """Cut the work into contiguous pieces: a thread's share of the images, or of each image where images are few."""
    by_image = images >= threads
    bounds = np.linspace(0, images if by_image else pixels, threads + 1).astype(int).tolist()
    cuts = [slice(start, stop) for start, stop in pairwise(bounds)]
    if by_image:
        return [(cut, slice(0, pixels)) for cut in cuts]
    return [(slice(image, image + 1), cut) for image in range(images) for cut in cuts]


def _in_pieces(work: Callable[[Piece], Result], images: int, pixels: int, threads: int) -> list[Result]:
    """Results of work on every thread's piece, in order."""
    pieces = [(slice(0, images), slice(0, pixels))] if threads == 1 else _pieces(images, pixels, threads)
    return in_threads(work, pieces, threads)


def _unsigned(labels: Labels) -> NDArray[np.unsignedinteger[Any]]:
    """The same bytes read as labels from 0: one kernel serves both, and negative labels lie beyond every class."""
    return labels.view(f"u{labels.itemsize}")


@lru_cache(maxsize=64)
def _rule(dtype: np.dtype[np.integer[Any]], num_classes: int, ignore_label: int | None) -> tuple[Any, ...]:
    """Highest class, ignored label, and the codes C and C+1, in the narrowest type: eight bits encode fastest."""
    limits, unsigned = np.iinfo(dtype), np.dtype(f"u{dtype.itemsize}")
    possible = ignore_label is not None and limits.min <= ignore_label <= limits.max
    # Classes are recognised before the ignored label, so that class 0 in its place ignores nothing.
    ignored = ignore_label % (1 << 8 * dtype.itemsize) if ignore_label is not None and possible else 0
    code = unsigned if num_classes + 1 <= np.iinfo(unsigned).max else np.dtype(np.uint32)
    highest = min(num_classes - 1, int(limits.max))
    return unsigned.type(highest), unsigned.type(ignored), code.type(num_classes), code.type(num_classes + 1)


def _block(target: Labels, prediction: Labels) -> int:
    """Pixels whose codes are kept at once: the wider the labels, the more are read before their codes are counted."""
    return BLOCK * max(target.itemsize, prediction.itemsize)


def _codes(side: int, block: int) -> NDArray[np.unsignedinteger[Any]]:
    """Room for the codes of a block."""
    return np.empty(block, np.uint16 if side * side <= 1 << 16 else np.uint32)


def _tabulate(target: Labels, prediction: Labels, rules: tuple[Any, Any], tables: NDArray[np.int64]) -> None:
    """Add the pairs of at most MOST_COUNTED pixels an image to its table."""
    side, block = tables.shape[1], _block(target, prediction)
    if side - 2 <= LARGEST_PAIRED and target.shape[1] >= FEWEST_PAIRED:
        pairs = np.empty(block // 2, np.uint16)
        _tabulate_paired_range(target, prediction, *rules, pairs.view(np.uint8), pairs, tables)
    else:
        _tabulate_range(target, prediction, *rules, _codes(side, block), tables)


def tabulate(target: Labels, prediction: Labels, num_classes: int, ignore_label: int | None) -> NDArray[np.int64]:
    """Per-image tables of (true, predicted) pairs.

    target, prediction: integer [image, pixel]. Returns int64 [image, C+2, C+2]: index C is ignore_label when that lies
    outside 0..C-1, index C+1 every other label outside.
    """
    side = num_classes + 2
    rules = _rule(target.dtype, num_classes, ignore_label), _rule(prediction.dtype, num_classes, ignore_label)
    true, predicted = _unsigned(target), _unsigned(prediction)

    def tabulate_piece(piece: Piece) -> NDArray[np.int64]:
        tables = np.zeros((piece[0].stop - piece[0].start, side, side), np.int64)
        for start in range(piece[1].start, piece[1].stop, MOST_COUNTED):
            counted = piece[0], slice(start, min(start + MOST_COUNTED, piece[1].stop))
            _tabulate(true[counted], predicted[counted], rules, tables)
        return tables

    images, pixels = target.shape
    # Each thread fills tables of its own, which must not be larger than what it reads.
    threads = threads_for(target.size) if side * side <= target.size else 1
    parts = _in_pieces(tabulate_piece, images, pixels, threads)
    tables = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return tables if images >= threads else tables.reshape(images, threads, side, side).sum(1)


def weigh(
    target: Labels, prediction: Labels, weights: NDArray[np.float64], num_classes: int, ignore_label: int | None
) -> NDArray[np.float64]:
    """The same tables, float64, with the sum of weights [image, pixel] in place of the number of pixels."""
    side = num_classes + 2
    rules = _rule(target.dtype, num_classes, ignore_label), _rule(prediction.dtype, num_classes, ignore_label)
    true, predicted = _unsigned(target), _unsigned(prediction)
    tables = np.zeros((len(target), side, side))

    def weigh_images(images: range) -> None:
        codes = _codes(side, _block(true, predicted))
        for image in images:
            _weigh_image(true[image], predicted[image], weights[image], *rules, codes, tables[image])

    # An image is summed by one thread, in the order of its pixels: sums of floats depend on their order.
    threads = min(threads_for(target.size), len(target))
    in_threads(weigh_images, [range(first, len(target), threads) for first in range(threads)], threads)
    return tables


def argmax(scores: NDArray[Any]) -> NDArray[np.integer[Any]]:
    """Labels [image, pixel] of the highest of scores [image, class, pixel]: first wins a tie, C where one is NaN."""
    images, num_classes, pixels = scores.shape
    labels = np.empty((images, pixels), np.uint8 if num_classes < 256 else np.int32)

    def label_piece(piece: Piece) -> None:
        for image in range(piece[0].start, piece[0].stop):
            _argmax(scores[image], labels[image], piece[1].start, piece[1].stop)

    _in_pieces(label_piece, images, pixels, threads_for(scores.size))
    return labels
