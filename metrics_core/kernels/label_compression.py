"""Labels in few bytes: what a browser needs in order to show an image, exactly and without decoding a picture.

Labels come in areas, so most are one of two that their neighbours suggest. Whether the first is right, else whether the
second is, else the eight bits of the label are written by an arithmetic coder whose probabilities learn as it goes,
apart for each pattern of equal neighbours. The reader repeats the same steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics_core.inputs import InputError
from metrics_core.kernels.compiled import compiled

RATE = 5  # a probability moves by 1/32 of the way to what was seen
PATTERNS = 64  # of equal and unequal neighbours
HALF = 1 << 15  # of probabilities in 1/65536
MOST_BYTES = 44  # of a label and the end: ten bits, each of which may push out the interval's four bytes, and four


@compiled()
def _write(bit, shares, index, interval, written):  # pyright: ignore  # numba infers the types
    """Narrow the interval (low, high, bytes written) to a bit's part of it, and write the bytes that are certain."""
    low, high, size = interval[0], interval[1], interval[2]
    share = np.int64(shares[index])
    middle = low + ((high - low) * share >> 16)
    if bit:
        high = middle
        shares[index] = share + (65535 - share >> RATE)
    else:
        low = middle + 1
        shares[index] = share - (share >> RATE)
    while (low ^ high) >> 24 == 0:
        written[size] = high >> 24
        size += 1
        low = low << 8 & 0xFFFFFFFF
        high = high << 8 & 0xFFFFFFFF | 255
    interval[0], interval[1], interval[2] = low, high, size


@compiled()
def _neighbours(labels, row, column):  # pyright: ignore
    """The two labels expected of a pixel, and the pattern of the known ones around it; missing ones repeat others."""
    width = labels.shape[1]
    west = labels[row, column - 1] if column else labels[row - 1, column] if row else np.uint8(0)
    north = labels[row - 1, column] if row else west
    north_west = labels[row - 1, column - 1] if row and column else north
    north_east = labels[row - 1, column + 1] if row and column + 1 < width else north
    far_west = labels[row, column - 2] if column > 1 else west
    far_north = labels[row - 2, column] if row > 1 else north
    pattern = (
        (west == north)
        | (west == north_west) << 1
        | (north == north_west) << 2
        | (north == north_east) << 3
        | (west == far_west) << 4
        | (north == far_north) << 5
    )
    first = north if west == north_west else west
    if west == north:
        return first, north_east, pattern
    return first, west if first == north else north, pattern


@compiled()
def _compress(labels):  # pyright: ignore
    shares = np.full((2, PATTERNS), HALF, np.uint16)
    bits = np.full(256, HALF, np.uint16)
    interval = np.array([0, 0xFFFFFFFF, 0])
    written = np.empty((labels.size >> 2) + 2 * MOST_BYTES, np.uint8)
    for row in range(labels.shape[0]):
        for column in range(labels.shape[1]):
            if interval[2] + MOST_BYTES > written.size:
                written = np.concatenate((written, np.empty_like(written)))
            label = labels[row, column]
            first, second, pattern = _neighbours(labels, row, column)
            _write(label == first, shares[0], pattern, interval, written)
            if label == first:
                continue
            if second != first:
                _write(label == second, shares[1], pattern, interval, written)
                if label == second:
                    continue
            node = 1
            for place in range(7, -1, -1):
                bit = label >> place & 1
                _write(bit == 1, bits, node, interval, written)
                node = 2 * node + bit
    size = interval[2]
    for place in range(4):
        written[size + place] = interval[1] >> 24 - 8 * place & 255
    return written[: size + 4]


def compress_labels(labels: NDArray[np.uint8]) -> bytes:
    """Labels of an image in few bytes, from which they can be restored exactly.

    labels: uint8 [row, column]. Areas of one label cost next to nothing, a boundary pixel some bits; labels at random
    take about as much as they hold. `app/components/labels.js` reads the bytes.

    Raises:
        InputError: another number type or another number of axes.
    """
    pixels = np.asarray(labels)
    if pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise InputError(f"labels must be uint8 [row, column]; got {pixels.dtype} of shape {pixels.shape}")
    return _compress(np.ascontiguousarray(pixels)).tobytes()
