"""NRRD: volumes with their spacing; pynrrd reads the header, the values are taken as they lie.

Format: https://teem.sourceforge.net/nrrd/format.html
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np

from metrics_core.files.decoding import Decoded, Geometry, Request, ScoresAxis
from metrics_core.files.inflation import gunzip
from metrics_core.files.npy import MOST_AXES
from metrics_core.files.refusals import display_name, refusal

LONGEST_HEADER = 100_000
MOST_FIELDS = 2000
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_DTYPES = {name: code for code, names in _TYPES.items() for name in names}
_GZIP = ("gzip", "gz")
_AGAIN = "save it again as one .nrrd file with raw or gzip encoding"


def read_nrrd(data: bytes | bytearray, request: Request) -> list[Decoded]:
    """The volume of a file as [slice, row, column]; an axis of components comes last, as scores of classes do.

    Raises:
        FileError: a header that names another file, an encoding other than raw and gzip, or values that are missing.
    """
    where = request.where
    header, start = _header(data, where=where)
    if header.get("datafile", header.get("data file")) is not None:
        got = "a header that names another file"
        raise refusal(where, expected="one file with header and values", got=got, todo=_AGAIN)
    encoding = _encoding(header, where=where)
    shape, dtype = _shape(header, where=where), _dtype(header, where=where)
    size = math.prod(shape) * dtype.itemsize
    request.budget.spend(size, where=where)
    content = gunzip(data[start:], where=where, most=size) if encoding in _GZIP else data[start:]
    if len(content) != size:
        expected = f"{size:,} bytes for {dtype} of shape {shape}"
        raise refusal(where, expected=expected, got=f"{len(content):,}", todo="upload the whole file")
    values = np.frombuffer(content, dtype).reshape(shape[::-1]).astype(dtype.newbyteorder("="), copy=False)
    spatial = _spatial_axes(header, len(shape))
    kept = [axis for axis in range(len(shape)) if shape[axis] != 1 or axis in spatial[:2]]
    values = values.reshape([shape[axis] for axis in reversed(kept)])
    lists = [axis for axis in kept if axis not in spatial]
    scores_axis: ScoresAxis | None = "last" if lists == [0] else "first" if lists == [len(shape) - 1] else None
    geometry = _geometry(header, [axis for axis in kept if axis in spatial], len(shape))
    return [Decoded(values=values, is_image=len(kept) - len(lists) <= 3, scores_axis=scores_axis, geometry=geometry)]


def _header(data: bytes | bytearray, *, where: str) -> tuple[Mapping[str, Any], int]:
    """The header's fields, and where the values start."""
    import nrrd  # imported when needed: most sessions read no volume

    ends = [place + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if (place := data.find(mark, 0, LONGEST_HEADER)) >= 0]
    if not ends:
        got = f"none in the first {min(len(data), LONGEST_HEADER):,} bytes"
        raise refusal(where, expected="an NRRD header that ends with an empty line", got=got, todo=_AGAIN)
    text = bytes(data[: min(ends)])
    if text.count(b"\n") > MOST_FIELDS:
        raise refusal(where, expected=f"at most {MOST_FIELDS:,} header lines", got="more", todo=_AGAIN)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = nrrd.read_header(BytesIO(text))
    except Exception:  # pynrrd lets the errors of NumPy and of Python's parsing through
        raise refusal(where, expected="a sound NRRD header", got="a damaged one", todo=_AGAIN) from None
    missing = [name for name in ("dimension", "type", "encoding", "sizes") if name not in header]
    if missing:
        raise refusal(where, expected=f"the header field {missing[0]}", got="none", todo=_AGAIN)
    return header, min(ends)


def _encoding(header: Mapping[str, Any], *, where: str) -> str:
    encoding = str(header["encoding"]).lower()
    skips = [header.get(f"{kind}{gap}skip", 0) for kind in ("byte", "line") for gap in ("", " ")]
    if encoding not in ("raw", *_GZIP) or any(skips):
        got = f"encoding {display_name(encoding, characters=20)}" if not any(skips) else "a skip"
        raise refusal(where, expected="values in raw or gzip encoding, without skips", got=got, todo=_AGAIN)
    return encoding


def _shape(header: Mapping[str, Any], *, where: str) -> tuple[int, ...]:
    """The axes as stored, fastest first."""
    shape = tuple(int(size) for size in np.atleast_1d(header["sizes"]))
    if len(shape) != header["dimension"] or not 1 <= len(shape) <= MOST_AXES or min(shape) < 1:
        expected = f"1 to {MOST_AXES} axes of at least one voxel, as many as 'dimension' says"
        raise refusal(where, expected=expected, got=f"sizes {shape[:6]}", todo=_AGAIN)
    return shape


def _dtype(header: Mapping[str, Any], *, where: str) -> np.dtype[Any]:
    code, endian = _DTYPES.get(str(header["type"])), str(header.get("endian", ""))
    if code is None:
        got = f"type {display_name(str(header['type']), characters=20)}"
        raise refusal(where, expected="integers or floats of up to 64 bits", got=got, todo="convert and save again")
    if code[1] != "1" and endian not in ("little", "big"):
        raise refusal(where, expected="endian: little or big", got=display_name(endian, characters=20), todo=_AGAIN)
    return np.dtype((">" if endian == "big" else "<") + code)


def _spatial_axes(header: Mapping[str, Any], axes: int) -> list[int]:
    """Which of the stored axes lie in space, as their kinds or directions say; all of them where neither does."""
    kinds = [str(kind) for kind in header.get("kinds", [])]
    if len(kinds) == axes and any(kind not in ("domain", "space", "???", "none") for kind in kinds):
        return [axis for axis in range(axes) if kinds[axis] in ("domain", "space")]
    directions = _directions(header)
    if directions is not None and len(directions) == axes and not np.isfinite(directions).all():
        return [axis for axis in range(axes) if np.isfinite(directions[axis]).all()]
    return list(range(axes))


def _directions(header: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """Vectors from voxel to voxel [axis, 3], NaN for an axis that has none."""
    found = header.get("space directions")
    rows = [] if found is None else [[math.nan] * 3 if row is None else list(row) for row in found]
    return np.array(rows, np.float64) if rows and all(len(row) == 3 for row in rows) else None


def _geometry(header: Mapping[str, Any], axes: list[int], stored: int) -> Geometry:
    """Geometry of the given axes, fastest first."""
    directions, origin = _directions(header), np.asarray(header.get("space origin", [math.nan] * 3), np.float64)
    steps, affine = np.asarray(header.get("spacings", []), np.float64), None
    if directions is not None and len(directions) == stored:
        steps = np.linalg.norm(directions, axis=1)
        if len(axes) == 3 and origin.shape == (3,):
            affine = _to_right_anterior_superior(directions[axes].T, origin, str(header.get("space", "")))
    known = len(steps) == stored and all(math.isfinite(steps[axis]) and steps[axis] > 0 for axis in axes)
    spacing = tuple(float(steps[axis]) for axis in reversed(axes)) if known else None
    return Geometry(spacing=spacing, affine=affine)


def _to_right_anterior_superior(
    directions: np.ndarray[Any, np.dtype[np.float64]], origin: np.ndarray[Any, np.dtype[np.float64]], space: str
) -> tuple[float, ...] | None:
    flips = {
        "right-anterior-superior": (1, 1, 1),
        "ras": (1, 1, 1),
        "left-anterior-superior": (-1, 1, 1),
        "las": (-1, 1, 1),
        "left-posterior-superior": (-1, -1, 1),
        "lps": (-1, -1, 1),
    }.get(space.lower())
    if flips is None:
        return None
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = directions * np.array(flips)[:, None], origin * np.array(flips)
    return tuple(affine.ravel().tolist()) if np.isfinite(affine).all() else None
