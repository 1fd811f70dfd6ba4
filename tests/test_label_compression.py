"""Compressed labels: restored exactly by a reader written apart from the writer, small where labels come in areas."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

import metrics_core as mc

Labels = NDArray[np.uint8]
Read = Callable[[MutableSequence[int], int], bool]


def reader(data: bytes) -> Read:
    """A function that reads the next bit, whose share of the interval is at an index of shares in 1/65536."""
    low, high, number, rest = 0, 2**32 - 1, int.from_bytes(data[:4], "big"), list(data[4:])

    def read(shares: MutableSequence[int], index: int) -> bool:
        nonlocal low, high, number
        middle = low + (high - low) * shares[index] // 65536
        bit = number <= middle
        low, high = (low, middle) if bit else (middle + 1, high)
        shares[index] += (65535 - shares[index]) // 32 if bit else -(shares[index] // 32)
        while low >> 24 == high >> 24:
            low, high = low % 2**24 * 256, high % 2**24 * 256 + 255
            number = number % 2**24 * 256 + (rest.pop(0) if rest else 0)
        return bit

    return read


def decompressed(data: bytes, shape: tuple[int, ...]) -> Labels:
    """Labels [row, column] of the bytes that compress_labels makes."""
    read, labels = reader(data), np.zeros(shape, np.uint8)
    firsts, seconds, bits = [32768] * 64, [32768] * 64, [32768] * 256
    for row, column in np.ndindex(*shape):

        def at(up: int, left: int, otherwise: int, row: int = row, column: int = column) -> int:
            known = row >= up and 0 <= column - left < shape[1]
            return int(labels[row - up, column - left]) if known else otherwise

        west = at(0, 1, at(1, 0, 0))
        north = at(1, 0, west)
        north_west, north_east, far_west, far_north = (
            at(1, 1, north),
            at(1, -1, north),
            at(0, 2, west),
            at(2, 0, north),
        )
        equal = [
            west == north,
            west == north_west,
            north == north_west,
            north == north_east,
            west == far_west,
            north == far_north,
        ]
        pattern = sum(2**place for place, same in enumerate(equal) if same)
        first = north if west == north_west else west
        second = north_east if west == north else ({west, north} - {first}).pop()
        if read(firsts, pattern):
            labels[row, column] = first
        elif second != first and read(seconds, pattern):
            labels[row, column] = second
        else:
            node = 1
            while node < 256:
                node = 2 * node + read(bits, node)
            labels[row, column] = node - 256
    return labels


@given(labels=arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 255)))
def test_any_labels_are_restored(labels: Labels) -> None:
    np.testing.assert_array_equal(decompressed(mc.compress_labels(labels), labels.shape), labels)


@given(labels=arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=20), elements=st.integers(0, 2)))
def test_few_labels_are_restored(labels: Labels) -> None:
    np.testing.assert_array_equal(decompressed(mc.compress_labels(labels), labels.shape), labels)


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (1, 1), (1, 3000), (3000, 1), (40, 70)], ids=str)
@pytest.mark.parametrize("highest", [1, 255])
def test_labels_at_random_are_restored(shape: tuple[int, int], highest: int) -> None:
    labels = np.random.default_rng(0).integers(0, highest, shape, np.uint8, endpoint=True)
    written = mc.compress_labels(labels)
    np.testing.assert_array_equal(decompressed(written, shape), labels)
    assert len(written) < 1.5 * labels.size * np.log2(highest + 1) / 8 + 100


def test_a_label_that_surprises_after_thousands_that_did_not() -> None:
    labels = np.zeros((100, 100), np.uint8)
    labels[50:52, 50:60] = np.arange(20).reshape(2, 10) * 13
    np.testing.assert_array_equal(decompressed(mc.compress_labels(labels), labels.shape), labels)


def test_an_area_costs_its_boundary() -> None:
    assert len(mc.compress_labels(np.full((1000, 1000), 7, np.uint8))) < 150
    halves = np.zeros((1000, 1000), np.uint8)
    halves[:, 500:] = 1
    assert len(mc.compress_labels(halves)) < 1000


def test_labels_out_of_order_in_memory() -> None:
    labels = np.random.default_rng(0).integers(0, 4, (30, 50), np.uint8)
    assert mc.compress_labels(labels.T) == mc.compress_labels(np.ascontiguousarray(labels.T))


@pytest.mark.parametrize(
    "labels", [np.zeros((2, 3), np.int64), np.zeros(3, np.uint8), np.zeros((1, 2, 3), np.uint8), [[1, 2]]]
)
def test_refuses_what_is_no_image_of_bytes(labels: Any) -> None:
    with pytest.raises(mc.InputError, match="labels must be uint8"):
        mc.compress_labels(labels)
