"""Writing: statistics to the bytes of a statistics file, and files that appear whole or not at all."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.bins import Histogram
from metrics_core.packing import entries
from metrics_core.statistics import Statistics, refuse_unless_statistics
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
    score_layout,
)

Array = NDArray[Any]
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever they are written


def save_statistics(
    statistics: Statistics, path: str | os.PathLike[str], *, provenance: Mapping[str, Any] | None = None
) -> None:
    """Write statistics to a file, which appears whole or not at all; provenance is free JSON about their origin.

    Raises:
        FileError: an image or class name that cannot be shown in a line.
        OSError: the file cannot be written.
    """
    refuse_unless_statistics(statistics, usage="save_statistics(statistics, path)")
    with atomic_file(Path(path)) as stream:
        _write(statistics, stream, provenance or {})


def statistics_bytes(statistics: Statistics, *, provenance: Mapping[str, Any] | None = None) -> bytes:
    """What save_statistics writes.

    Raises:
        FileError: an image or class name that cannot be shown in a line.
    """
    refuse_unless_statistics(statistics, usage="statistics_bytes(statistics)")
    stream = BytesIO()
    _write(statistics, stream, provenance or {})
    return stream.getvalue()


@contextmanager
def atomic_file(path: Path) -> Generator[IO[bytes]]:
    """A stream whose bytes become the file once the block ends without an error; until then the old file stays.

    Raises:
        OSError: the file cannot be written; its name is path.
    """
    waiting = path.with_name(f".{path.name}.{token_hex(4)}.new")
    try:
        with waiting.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        waiting.replace(path)
    except BaseException as error:
        # A full disk leaves the name out, and the waiting file's name says nothing to the user.
        with suppress(OSError):
            waiting.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(waiting)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def write_members(stream: IO[bytes], header: Header, members: Mapping[str, Iterable[bytes]]) -> None:
    """Write a zip archive of the header and the members, block by block."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {HEADER: (header.to_json(),), **members}.items():
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as member:
                for block in content:
                    member.write(block)


def npy_blocks(shape: tuple[int, ...], kind: str, arrays: Iterable[Array]) -> Iterator[bytes]:
    """The NPY form of arrays that follow one another and together have this shape, of dtype int64 or float64."""
    start = BytesIO()
    dtype = np.dtype(np.float64 if kind == "f" else np.int64).newbyteorder("<")
    np.lib.format.write_array_header_1_0(
        start, {"descr": dtype.str, "fortran_order": False, "shape": tuple(int(size) for size in shape)}
    )
    yield start.getvalue()
    for array in arrays:
        yield np.ascontiguousarray(array, dtype).tobytes()


def name_lines(names: Iterable[str]) -> bytes:
    """One JSON text a line."""
    return "".join(f"{json.dumps(name)}\n" for name in names).encode()


def _write(statistics: Statistics, stream: IO[bytes], provenance: Mapping[str, Any]) -> None:
    for name in (*statistics.image_names, *statistics.class_names):
        checked_name(name, where="statistics")
    sizes, cells, counts = _sparse(statistics)
    histogram = statistics.histogram
    places, scores = _sparse_scores(histogram)
    header = Header(
        class_names=statistics.class_names,
        ignore_label=statistics.ignore_label,
        images=statistics.num_images,
        entries=len(cells),
        histogram=score_layout(histogram, entries=len(places)),
        provenance=provenance,
    )
    arrays = {SIZES: sizes, CELLS: cells, COUNTS: counts}
    if histogram is not None:
        low, high = (ends.cpu().numpy() for ends in (histogram.low, histogram.high))
        arrays |= {SCORE_CELLS: places, SCORE_COUNTS: scores, LOW: low, HIGH: high}
    members = {name: npy_blocks(array.shape, array.dtype.kind, (array,)) for name, array in arrays.items()}
    write_members(stream, header, {NAMES: (name_lines(statistics.image_names),), **members})


def _sparse(statistics: Statistics) -> tuple[Array, Array, Array]:
    """Non-zero cells of each image: how many, which, and their counts."""
    sizes: list[Array] = [np.zeros(0, np.int64)]
    cells: list[Array] = [np.zeros(0, np.int64)]
    counts: list[Array] = []
    for size, cell, count in entries(statistics.tables):
        sizes.append(size)
        cells.append(cell)
        counts.append(count)
    return np.concatenate(sizes), np.concatenate(cells), np.concatenate(counts)


def _sparse_scores(histogram: Histogram | None) -> tuple[Array, Array]:
    if histogram is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    flat = histogram.counts.cpu().numpy().reshape(-1)
    places = np.flatnonzero(flat)
    return places, flat[places]
