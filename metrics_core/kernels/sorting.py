"""CPU kernel: sort the scores of one class in buckets, with each pixel's label carried along.

A float's bits, with the sign handled, are an integer in the order of the floats. Its leading bits pick a bucket: one
pass counts the pixels of every bucket, a second one moves each pixel's remaining bits and, as the lowest bit, whether
it is a positive, to its bucket. Buckets fit the cache and are sorted there by radix, independently of each other. Types
with few values (uint8, float16) need the first pass only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from metrics_core.kernels.compiled import compiled

BUCKET_BITS = 14
RADIX_BITS = 10
SMALL_BUCKET = 64  # keys up to which insertion beats the radix passes


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a score type is ranked: bits of its ordered integer, of those the ones kept in a key, type of a key."""

    bits: int
    kept: int
    unsigned: type[np.unsignedinteger[Any]]

    @property
    def buckets(self) -> int:
        """Number of buckets; for kept = 0 also of values."""
        return 1 << (self.bits - self.kept)


# uint8 has no sign: read as 9 bits, its sign bit is always 0.
LAYOUTS = {
    np.dtype(np.uint8): Layout(bits=9, kept=0, unsigned=np.uint8),
    np.dtype(np.float16): Layout(bits=16, kept=0, unsigned=np.uint16),
    np.dtype(np.float32): Layout(bits=32, kept=32 - BUCKET_BITS, unsigned=np.uint32),
    np.dtype(np.float64): Layout(bits=64, kept=64 - BUCKET_BITS, unsigned=np.uint64),
}


@compiled(inline="always")
def ordered(raw, bits):  # pyright: ignore  # numba infers the types
    """Integer in the order of the floats whose bits are raw; -0.0 equals 0.0."""
    sign = np.uint64(1) << np.uint64(bits - 1)
    value = np.uint64(raw)
    if value == sign:
        value = np.uint64(0)
    negative = np.uint64(0) - (value >> np.uint64(bits - 1))
    return value ^ (sign | (negative & (sign - np.uint64(1))))


@compiled()
def count_buckets(codes, scores, share, channel, label, void, bits, kept, table):  # pyright: ignore
    """Add the pixels of a share to table [bucket, negative or positive]."""
    for image in range(share[0], share[1]):
        for pixel in range(share[2], share[3]):
            code = codes[image, pixel]
            bucket = ordered(scores[image, channel, pixel], bits) >> np.uint64(kept)
            table[bucket, np.uint64(code == label)] += code != void


@compiled()
def fill_buckets(codes, scores, share, channel, label, void, bits, kept, places, keys):  # pyright: ignore
    """Write the keys of a share to places [bucket], which move on."""
    mask = (np.uint64(1) << np.uint64(kept)) - np.uint64(1)
    for image in range(share[0], share[1]):
        for pixel in range(share[2], share[3]):
            code = codes[image, pixel]
            if code == void:
                continue
            value = ordered(scores[image, channel, pixel], bits)
            bucket = value >> np.uint64(kept)
            keys[places[bucket]] = ((value & mask) << np.uint64(1)) | np.uint64(code == label)
            places[bucket] += 1


@compiled()
def _insertion_sort(keys):  # pyright: ignore
    for i in range(1, keys.size):
        key, j = keys[i], i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            j -= 1
        keys[j + 1] = key


@compiled()
def _counting_sort(keys, kept):  # pyright: ignore
    """Sort more keys than there are values: count each value, write it back as often."""
    table = np.zeros(2 << kept, np.uint32)
    for key in keys:
        table[key] += 1
    place = 0
    for key in range(table.size):
        keys[place : place + table[key]] = key
        place += table[key]


@compiled()
def _radix_sort(keys, other, kept, ends):  # pyright: ignore
    """Sort keys by their bits 1..kept; other is room for as many keys, ends for 2**RADIX_BITS counts."""
    source, sink, swapped = keys, other[: keys.size], False
    passes = -(-kept // RADIX_BITS)
    width = -(-kept // passes)
    mask = (np.uint64(1) << np.uint64(width)) - np.uint64(1)
    for number in range(passes):
        shift = np.uint64(1 + number * width)
        ends[: 1 << width] = 0
        for i in range(source.size):
            ends[(source[i] >> shift) & mask] += 1
        total = 0
        for digit in range(1 << width):
            total, ends[digit] = total + ends[digit], total
        for i in range(source.size):
            digit = (source[i] >> shift) & mask
            sink[ends[digit]] = source[i]
            ends[digit] += 1
        source, sink, swapped = sink, source, not swapped
    if swapped:
        keys[:] = source


@compiled()
def sort_buckets(keys, starts, first, last, kept):  # pyright: ignore
    """Sort the buckets first..last-1; bucket b holds keys[starts[b] : starts[b + 1]]."""
    # With few bits kept, a bucket larger than this is counted instead, so that the spare room stays small.
    limit = 1 << kept if kept <= 20 else keys.size
    largest = 0
    for bucket in range(first, last):
        size = starts[bucket + 1] - starts[bucket]
        largest = max(largest, size if size <= limit else 0)
    other, ends = np.empty(largest, keys.dtype), np.empty(1 << RADIX_BITS, np.int64)
    for bucket in range(first, last):
        part = keys[starts[bucket] : starts[bucket + 1]]
        if part.size <= SMALL_BUCKET:
            _insertion_sort(part)
        elif part.size <= limit:
            _radix_sort(part, other, kept, ends)
        else:
            _counting_sort(part, kept)
