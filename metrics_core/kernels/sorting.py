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
BLOCK = 2048  # pixels ranked at a time
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
def _rank(codes, scores, label, void, bits, kept, last, buckets, keys):  # pyright: ignore
    """Of each pixel the bucket, the last one where it is void, and the key: a pass without jumps, for many at once."""
    mask = (np.uint64(1) << np.uint64(kept)) - np.uint64(1)
    for pixel in range(codes.size):
        code = codes[pixel]
        value = ordered(scores[pixel], bits)
        buckets[pixel] = last if code == void else np.uint32(value >> np.uint64(kept))
        keys[pixel] = ((value & mask) << np.uint64(1)) | np.uint64(code == label)


@compiled()
def count_buckets(codes, scores, share, channel, label, void, bits, kept, table):  # pyright: ignore
    """Add the pixels of a share to table [bucket, negative or positive], void ones to its last bucket."""
    buckets, keys = np.empty(BLOCK, np.uint32), np.empty(BLOCK, scores.dtype)
    last = np.uint32(table.shape[0] - 1)
    for image in range(share[0], share[1]):
        for start in range(share[2], share[3], BLOCK):
            part = slice(start, min(start + BLOCK, share[3]))
            size = part.stop - start
            _rank(codes[image, part], scores[image, channel, part], label, void, bits, kept, last, buckets, keys)
            for i in range(size):
                table[buckets[i], keys[i] & 1] += 1


@compiled()
def fill_buckets(codes, scores, share, channel, label, void, bits, kept, places, keys):  # pyright: ignore
    """Write the keys of a share to places [bucket], which move on."""
    buckets, block = np.empty(BLOCK, np.uint32), np.empty(BLOCK, keys.dtype)
    last = np.uint32(places.size - 1)
    for image in range(share[0], share[1]):
        for start in range(share[2], share[3], BLOCK):
            part = slice(start, min(start + BLOCK, share[3]))
            size = part.stop - start
            _rank(codes[image, part], scores[image, channel, part], label, void, bits, kept, last, buckets, block)
            for i in range(size):
                keys[places[buckets[i]]] = block[i]
                places[buckets[i]] += 1


@compiled()
def lay_out(tables, table, above, starts, places):  # pyright: ignore
    """From tables [share, bucket, negative or positive]: their sum, what lies above each bucket, where buckets begin.

    starts [bucket + 1]; places [share, bucket] is where a share's keys of a bucket begin. The last bucket, that of void
    pixels, comes last and lies above none.
    """
    start = 0
    for bucket in range(tables.shape[1]):
        starts[bucket] = start
        for share in range(tables.shape[0]):
            places[share, bucket] = start
            for positive in range(2):
                table[bucket, positive] += tables[share, bucket, positive]
                start += tables[share, bucket, positive]
    starts[tables.shape[1]] = start
    for bucket in range(table.shape[0] - 3, -1, -1):
        for positive in range(2):
            above[bucket, positive] = above[bucket + 1, positive] + table[bucket + 1, positive]


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
