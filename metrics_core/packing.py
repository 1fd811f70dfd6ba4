"""Packing: confusion tables of many images in little memory, with the values unchanged.

Most of an image's table is empty once there are many classes. Tables that would take long int64 arrays are kept either
as their non-zero cells, or whole in the narrowest integers that hold them, whichever is smaller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Table = NDArray[Any]
PACKED_ABOVE = 32 * 2**20  # bytes of int64 tables up to which unpacking would cost more than it saves
BLOCK_CELLS = 2**20  # cells unpacked at a time: 8 MiB


@dataclass(frozen=True, eq=False)
class WholeTables:
    """Tables [image, true+1, predicted+1] with every cell, in any number type."""

    values: Table

    @property
    def shape(self) -> tuple[int, ...]:
        """Images, classes + 1, classes + 1."""
        return self.values.shape

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.values.nbytes

    def block(self, start: int, stop: int) -> Table:
        """Tables of images start..stop, integers as int64."""
        return _wide(self.values[start:stop])

    def rows(self, labels: Sequence[int]) -> Table:
        """Rows of some true classes [image, label, predicted+1]."""
        return _wide(self.values[:, list(labels)])

    def select(self, images: Sequence[int]) -> WholeTables:
        """Tables of some images."""
        return WholeTables(self.values[list(images)])


@dataclass(frozen=True, eq=False)
class SparseTables:
    """The non-zero cells of tables: image i has cells[starts[i]:starts[i+1]], flat (true, predicted), and counts."""

    side: int
    starts: NDArray[np.int64]
    cells: NDArray[np.unsignedinteger[Any]]
    counts: NDArray[np.unsignedinteger[Any]]

    @property
    def shape(self) -> tuple[int, ...]:
        """Images, classes + 1, classes + 1."""
        return (len(self.starts) - 1, self.side, self.side)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.starts.nbytes + self.cells.nbytes + self.counts.nbytes

    def _images(self, first: int, last: int) -> NDArray[np.int64]:
        """Index of its image, from 0, of every entry of images first..last."""
        return np.repeat(np.arange(last - first), np.diff(self.starts[first : last + 1]))

    def block(self, start: int, stop: int) -> Table:
        """Tables of images start..stop as int64."""
        tables = np.zeros((len(range(*slice(start, stop).indices(self.shape[0]))), self.side**2), np.int64)
        entries = slice(self.starts[start], self.starts[start + len(tables)])
        tables[self._images(start, start + len(tables)), self.cells[entries]] = self.counts[entries]
        return tables.reshape(-1, self.side, self.side)

    def rows(self, labels: Sequence[int]) -> Table:
        """Rows of some true classes [image, label, predicted+1]."""
        places = np.full(self.side, -1)
        places[list(labels)] = np.arange(len(labels))
        true, predicted = np.divmod(self.cells, self.cells.dtype.type(self.side))
        wanted = np.flatnonzero(places[true] >= 0)
        rows = np.zeros((self.shape[0], len(labels), self.side), np.int64)
        images = self._images(0, self.shape[0])[wanted]
        rows[images, places[true[wanted]], predicted[wanted]] = self.counts[wanted]
        return rows

    def select(self, images: Sequence[int]) -> SparseTables:
        """Tables of some images."""
        chosen = np.asarray(images, np.int64) % self.shape[0]
        sizes = np.diff(self.starts)[chosen]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        entries = np.repeat(self.starts[chosen] - starts[:-1], sizes) + np.arange(starts[-1])
        return SparseTables(self.side, starts, self.cells[entries], self.counts[entries])


Tables = WholeTables | SparseTables


def blocks(tables: Tables) -> Iterator[Table]:
    """Consecutive tables, few enough at a time to be unpacked."""
    step = max(1, BLOCK_CELLS // (tables.shape[1] * tables.shape[2]))
    return (
        tables.block(start, min(start + step, tables.shape[0])) for start in range(0, max(1, tables.shape[0]), step)
    )


def join(parts: Sequence[Tables], *, whole_up_to: int | None = None) -> Tables:
    """Tables of all parts, in order, in the smaller of both forms; whole int64 up to a size in bytes, or the usual."""
    images, side = sum(part.shape[0] for part in parts), parts[0].shape[1]
    size = images * side * side
    weighted = any(isinstance(part, WholeTables) and part.values.dtype.kind == "f" for part in parts)
    if weighted or size * 8 <= (PACKED_ABOVE if whole_up_to is None else whole_up_to):
        return WholeTables(np.concatenate([block for part in parts for block in blocks(part)]))
    extents = [_extent(part) for part in parts]
    filled, largest = sum(extent[0] for extent in extents), max(extent[1] for extent in extents)
    narrow, index = np.min_scalar_type(largest), np.min_scalar_type(side * side - 1)
    if filled * (narrow.itemsize + index.itemsize) < size * narrow.itemsize:
        return _sparse(parts, filled, narrow, index)
    values, start = np.empty((images, side, side), narrow), 0
    for block in (block for part in parts for block in blocks(part)):
        values[start : start + len(block)] = block
        start += len(block)
    return WholeTables(values)


def _extent(tables: Tables) -> tuple[int, int]:
    """Number of non-zero cells, and the largest count."""
    if isinstance(tables, SparseTables):
        return len(tables.cells), int(tables.counts.max(initial=0))
    return int(np.count_nonzero(tables.values)), int(tables.values.max(initial=0))


def _sparse(parts: Sequence[Tables], size: int, narrow: np.dtype[Any], index: np.dtype[Any]) -> SparseTables:
    cells, counts = np.empty(size, index), np.empty(size, narrow)
    sizes: list[Table] = []
    filled = 0
    for number, cell, count in (each for part in parts for each in entries(part)):
        place = slice(filled, filled + len(cell))
        cells[place], counts[place] = cell, count
        sizes.append(number)
        filled += len(cell)
    starts = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    return SparseTables(parts[0].shape[1], starts, cells, counts)


def entries(tables: Tables) -> Iterator[tuple[Table, Table, Table]]:
    """Number of non-zero cells of consecutive images, those cells, and their counts."""
    if isinstance(tables, SparseTables):
        yield np.diff(tables.starts), tables.cells, tables.counts
        return
    for block in blocks(tables):
        flat = block.reshape(len(block), tables.shape[1] * tables.shape[2])
        image, cell = np.nonzero(flat)
        yield np.bincount(image, minlength=len(block)), cell, flat[image, cell]


def _wide(values: Table) -> Table:
    return values.astype(np.int64, copy=False) if values.dtype.kind == "u" else values


class PackedTensor:
    """Descriptor of a dataclass field that is an int64 tensor [image, row, column] and is kept packed."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._place = f"_{name}"

    def __get__(self, instance: Any, owner: type) -> Tensor:
        if instance is None:  # asked for a default value, of which there is none
            raise AttributeError(self._place)
        kept = instance.__dict__[self._place]
        if isinstance(kept, Tensor):
            return kept
        return torch.from_numpy(kept.block(0, kept.shape[0]))

    def __set__(self, instance: Any, value: Tensor | Tables) -> None:
        instance.__dict__[self._place] = _kept(value)


def _kept(value: object) -> object:
    """Small tensors, and those that are no int64 in main memory, as they are; large ones packed."""
    if not isinstance(value, Tensor | Tables):
        return value  # no tables at all, which Statistics refuses
    if isinstance(value, Tensor):
        if value.device.type != "cpu" or value.dtype != torch.int64 or value.nbytes <= PACKED_ABOVE:
            return value
        value = WholeTables(value.numpy())
    if isinstance(value, SparseTables) and value.shape[0] * value.side**2 * 8 > PACKED_ABOVE:
        return value
    packed = join([value])
    if isinstance(packed, WholeTables) and packed.values.dtype == np.int64:
        return torch.from_numpy(packed.values)
    return packed
