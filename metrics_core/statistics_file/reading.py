"""Reading: a statistics file opened member by member, each checked against the header before it is inflated."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metrics_core.bins import Histogram
from metrics_core.files.archives import Archive, open_archive
from metrics_core.files.limits import Budget, Limits
from metrics_core.files.npy import read_header
from metrics_core.files.refusals import FileError, display_member, display_name, refusal
from metrics_core.packing import PACKED_ABOVE, SparseTables
from metrics_core.statistics import Statistics
from metrics_core.statistics_file.layout import (
    CELLS,
    COUNTS,
    HEADER,
    HIGH,
    LOW,
    NAMES,
    SCORE_CELLS,
    SCORE_COUNTS,
    SIZES,
    Header,
    checked_name,
    parse_header,
)

Array = NDArray[Any]
LARGEST = 2**28  # numbers of any array that a file may lead to, 2 GiB each
_HEADER_BYTES = 2**26
_NPY_HEADER = 10_000
_AGAIN = "get the file again, or count again"


@dataclass(frozen=True, kw_only=True, eq=False)
class StatisticsFile:
    """An open statistics file; its members are read when they are asked for."""

    name: str
    header: Header
    _archive: Archive
    _limits: Limits
    _largest: int

    @property
    def where(self) -> str:
        """How messages call the file."""
        return display_name(self.name)

    def image_names(self) -> tuple[str, ...]:
        """Image names, as many as the header says, all different.

        Raises:
            FileError: damaged, malformed or repeated names.
        """
        lines = self._archive.read(NAMES, budget=Budget(self._limits)).splitlines()
        if len(lines) != self.header.images:
            raise self._contradiction(NAMES, f"{self.header.images:,} lines", f"{len(lines):,}")
        where = display_member(self.name, NAMES)
        names = tuple(checked_name(_json_text(line), where=where) for line in lines)
        if len(set(names)) != len(names):
            raise self._contradiction(NAMES, "each image name once", "one twice")
        return names

    def array(self, member: str) -> Array:
        """An array of the shape that the header implies, int64 or float64.

        Raises:
            FileError: a damaged member, or another shape or dtype.
        """
        shape, where = self.header.shapes[member], display_member(self.name, member)
        declared = self._archive.size(member)
        expected = 8 * int(np.prod(shape, dtype=np.int64))
        if not expected < declared <= expected + _NPY_HEADER:
            raise self._contradiction(member, f"shape {shape}", f"{declared:,} bytes")
        content = self._archive.read(member, budget=Budget(self._limits))
        found = read_header(content, where=where, header_limit=_NPY_HEADER)
        kinds = ("f8",) if member in (LOW, HIGH) else ("i8", "f8") if member in (COUNTS, SCORE_COUNTS) else ("i8",)
        if found.dtype.str.lstrip("<") not in kinds or found.shape != shape or found.column_major:
            raise self._contradiction(member, f"{kinds[0]} {shape}", f"{found.dtype} {found.shape}")
        if len(content) - found.offset != expected:
            raise self._contradiction(member, f"{expected:,} bytes", f"{len(content) - found.offset:,}")
        return np.frombuffer(content, found.dtype, offset=found.offset).reshape(shape).astype(found.dtype, copy=False)

    def statistics(self) -> Statistics:
        """The statistics, equal to those that were saved.

        Raises:
            FileError: damaged members, or numbers that contradict the header or each other.
        """
        return Statistics(
            confusion=self._tables(),  # pyright: ignore[reportArgumentType]  # becomes a tensor
            image_names=self.image_names(),
            class_names=self.header.class_names,
            ignore_label=self.header.ignore_label,
            histogram=self.histogram(),
        )

    def _tables(self) -> Tensor | SparseTables:
        """Whole tables where they are small or weighted, packed ones otherwise."""
        side, sizes, cells = self.header.side, self.array(SIZES), self.array(CELLS)
        if (sizes < 0).any() or (sizes > side * side).any() or int(sizes.sum()) != len(cells):
            raise self._contradiction(SIZES, f"numbers that sum to {len(cells):,}", "others")
        if len(cells) and (cells.min() < 0 or cells.max() >= side * side):
            raise self._contradiction(CELLS, f"cells 0..{side * side - 1}", "others")
        places = np.repeat(np.arange(len(sizes)), sizes) * side * side + cells
        self._check_ascending(places, CELLS)
        counts = self._checked_counts(COUNTS)
        if counts.dtype.kind == "f" and len(sizes) * side * side > self._largest:
            raise _too_large(self.header, len(sizes) * side * side, where=self.where, largest=self._largest)
        if counts.dtype.kind == "f" or len(sizes) * side * side * 8 <= PACKED_ABOVE:
            tables = np.zeros((len(sizes), side, side), counts.dtype)
            tables.reshape(-1)[places] = counts
            return torch.from_numpy(tables)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        narrow = counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
        return SparseTables(side, starts, cells.astype(np.min_scalar_type(side * side - 1)), narrow)

    def histogram(self) -> Histogram | None:
        """The histogram, or None where the file has none.

        Raises:
            FileError: as statistics().
        """
        scores, shape = self.header.histogram, self.header.score_shape
        if scores is None:
            return None
        places, counts = self.array(SCORE_CELLS), self._checked_counts(SCORE_COUNTS)
        low, high = self.array(LOW), self.array(HIGH)
        if len(places) and (places.min() < 0 or places.max() >= np.prod(shape)):
            raise self._contradiction(SCORE_CELLS, f"places inside {shape}", "others")
        self._check_ascending(places, SCORE_CELLS)
        if np.isnan(low).any() or np.isnan(high).any():
            raise self._contradiction(LOW, "numbers", "NaN")
        dense = np.zeros(shape, counts.dtype)
        dense.reshape(-1)[places] = counts
        tensors = {name: torch.from_numpy(values.copy()) for name, values in (("low", low), ("high", high))}
        return Histogram(counts=torch.from_numpy(dense), bins=scores.bins, images=scores.images, **tensors)

    def _checked_counts(self, member: str) -> Array:
        counts = self.array(member)
        # The sum in floats cannot overflow; beyond this bound the one in int64 could.
        total = float(counts.sum(dtype=np.float64))
        if not (counts > 0).all() or not total < 2**62:
            raise self._contradiction(member, "counts above 0 that int64 can sum", "others")
        return counts

    def _check_ascending(self, places: Array, member: str) -> None:
        """A place that came twice would overwrite a count."""
        if (np.diff(places) <= 0).any():
            raise self._contradiction(member, "ascending places", "others")

    def _contradiction(self, member: str, expected: str, got: str) -> FileError:
        return refusal(display_member(self.name, member), expected=expected, got=got, todo=_AGAIN)


def load_statistics(path: str | os.PathLike[str], *, largest: int = LARGEST) -> Statistics:
    """Statistics from a file that save_statistics wrote; equal to what was saved.

    largest: how many images times classes, cells of one table or of a histogram, non-zero cells, or, where pixels were
    weighted, cells of all tables the file may lead to.

    Raises:
        FileError: no statistics file, a damaged one, another version, or one that is too large.
        OSError: the file cannot be read.
    """
    return read_statistics(Path(path).read_bytes(), name=Path(path).name, largest=largest)


def read_statistics(data: bytes, *, name: str, largest: int = LARGEST) -> Statistics:
    """Statistics from the bytes of a file; name is how messages call it.

    Raises:
        FileError: as load_statistics.
    """
    return open_statistics(data, name=name, largest=largest).statistics()


def open_statistics(data: bytes, *, name: str, largest: int = LARGEST) -> StatisticsFile:
    """A file whose header is read and checked, and whose members are not yet.

    Raises:
        FileError: no statistics file, another version, members that the header does not imply, or too large a table.
    """
    where = display_name(name)
    if not data.startswith(b"PK"):
        raise refusal(
            where,
            expected="a statistics file (.stats)",
            got="other data",
            todo="choose a file that save_statistics wrote",
        )
    # Deflate shrinks at most 1032-fold, and sparse counts compress well.
    limits = Limits(total_bytes=max(8 * largest, _HEADER_BYTES) + _NPY_HEADER, files=16, ratio=1040)
    archive = open_archive(name, data, limits=limits)
    if HEADER not in archive.members or archive.size(HEADER) > _HEADER_BYTES:
        raise refusal(
            where,
            expected=f"a member {HEADER}",
            got="none of its size",
            todo="choose a file that save_statistics wrote",
        )
    header = parse_header(archive.read(HEADER, budget=Budget(limits)), where=where)
    if set(archive.members) != {HEADER, NAMES, *header.shapes}:
        raise refusal(where, expected="the members that its header implies", got="others", todo=_AGAIN)
    _refuse_large(header, where=where, largest=largest)
    return StatisticsFile(name=name, header=header, _archive=archive, _limits=limits, _largest=largest)


def _refuse_large(header: Header, *, where: str, largest: int) -> None:
    size = max(header.images * header.side, header.side**2, math.prod(header.score_shape), header.entries)
    if size > largest:
        raise _too_large(header, size, where=where, largest=largest)


def _too_large(header: Header, size: int, *, where: str, largest: int) -> FileError:
    got = f"{size:,} ({header.images:,} images, {header.side - 1:,} classes)"
    return refusal(where, expected=f"tables of at most {largest:,} numbers", got=got, todo="split the file")


def _json_text(line: bytes | bytearray) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
