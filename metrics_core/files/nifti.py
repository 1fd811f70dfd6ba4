"""NIfTI: volumes (.nii, .nii.gz) with their spacing; nibabel reads the header, the values are taken as they lie.

Format: https://nifti.nimh.nih.gov/nifti-1
"""

from __future__ import annotations

import math
import struct
from io import BytesIO
from typing import Any

import numpy as np

from metrics_core.files.decoding import Decoded, Geometry, Request
from metrics_core.files.inflation import GZIP, gunzip
from metrics_core.files.npy import MOST_AXES, Array
from metrics_core.files.refusals import refusal

_SIZES = {348: b"n+1\0", 540: b"n+2\0"}  # header bytes: the magic of a single file
_MAGIC_AT = {348: 344, 540: 4}
_AGAIN = "save it again as one .nii file, for example with nibabel.save"


def read_nifti(data: bytes | bytearray, request: Request) -> list[Decoded]:
    """The volume of a file as [slice, row, column], or several as [volume, slice, row, column].

    Its first axis (x) is the last here. A slope and an intercept are applied and remarked.

    Raises:
        FileError: no single-file NIfTI, a header that contradicts the file's length, or values that are no numbers.
    """
    where = request.where
    zipped = data[:2] == GZIP
    head = bytes(gunzip(data, where=where, most=540, exactly=False) if zipped else data[:540])
    header = _header(head, where=where)
    shape, dtype = _shape(header, where=where), header.get_data_dtype()
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        got = f"dtype {dtype}" if dtype.names is None else "colours"
        raise refusal(where, expected="integers or floats of up to 64 bits", got=got, todo="convert and save again")
    offset, size = _offset(header, where=where), math.prod(shape) * dtype.itemsize
    request.budget.spend(size, where=where)
    if zipped:
        data = gunzip(data, where=where, most=offset + size)
    elif len(data) != offset + size:
        expected = f"{offset + size:,} bytes for {dtype} of shape {shape}"
        raise refusal(where, expected=expected, got=f"{len(data):,}", todo="upload the whole file")
    values = np.frombuffer(data, dtype, offset=offset, count=math.prod(shape)).reshape(shape[::-1])
    values, notices = _scaled(values.astype(dtype.newbyteorder("="), copy=False), header, request)
    kept = _kept_axes(shape)
    geometry = _geometry(header, head[: int(header["sizeof_hdr"])], axes=min(3, len(kept)))
    return [Decoded(values=values.reshape(kept[::-1]), is_image=len(kept) <= 3, geometry=geometry, notices=notices)]


def _header(head: bytes, *, where: str) -> Any:
    # Imported when needed: most sessions read no volume.
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    size = next((size for order in "<>" for size in _SIZES if head[:4] == struct.pack(f"{order}i", size)), 0)
    if not size or len(head) < size:
        raise refusal(where, expected="a NIfTI header of 348 or 540 bytes", got="other data", todo=_AGAIN)
    magic = head[_MAGIC_AT[size] : _MAGIC_AT[size] + 4]
    if magic != _SIZES[size]:
        got = "a header whose values are in another file" if magic[:2] in (b"ni", b"n\0") else "an unknown version"
        raise refusal(where, expected="one file with header and values", got=got, todo=_AGAIN)
    kind = Nifti1Header if size == 348 else Nifti2Header
    try:
        return kind.from_fileobj(BytesIO(head[:size]), check=True)
    except Exception:  # nibabel raises its own types and NumPy's
        raise refusal(where, expected="a sound NIfTI header", got="a damaged one", todo=_AGAIN) from None


def _shape(header: Any, *, where: str) -> tuple[int, ...]:
    """The axes as stored, x first."""
    dims = [int(size) for size in header["dim"]]
    shape = tuple(dims[1 : dims[0] + 1]) if 1 <= dims[0] <= 7 else ()
    if not shape or min(shape) < 1 or len(_kept_axes(shape)) > MOST_AXES:
        expected = f"1 to {MOST_AXES} axes of at least one voxel"
        raise refusal(where, expected=expected, got=f"dim {dims[:5]}", todo=_AGAIN)
    return shape


def _kept_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes without those of length one that only fill up: beyond space, and the third of a flat image."""
    kept = shape[:3] + tuple(size for size in shape[3:] if size != 1)
    return kept[:2] if len(kept) == 3 and kept[2] == 1 else kept


def _offset(header: Any, *, where: str) -> int:
    offset = float(header["vox_offset"])
    if not (int(header["sizeof_hdr"]) <= offset < 2**31 and offset == int(offset)):
        raise refusal(where, expected="values right behind the header", got=f"vox_offset {offset:g}", todo=_AGAIN)
    return int(offset)


def _scaled(values: Array, header: Any, request: Request) -> tuple[Array, tuple[str, ...]]:
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if not math.isfinite(slope) or slope == 0 or (slope, intercept) == (1, 0):
        return values, ()
    if not math.isfinite(intercept):
        raise refusal(request.where, expected="a finite scl_inter", got=f"{intercept}", todo=_AGAIN)
    request.budget.spend(8 * values.size, where=request.where)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused later, with its place
        scaled = values.astype(np.float64) * slope + intercept
    return scaled, (f"values were scaled as the header asks: {slope:g} * value + {intercept:g}",)


def _geometry(header: Any, head: bytes, *, axes: int) -> Geometry:
    """Millimetres along [slice, row, column], and the affine map."""
    # As stored: nibabel puts 1 in place of 0 when it checks the header.
    stored = type(header)(head, check=False)["pixdim"]
    zooms = [float(step) for step in stored[1 : 1 + axes]][::-1]
    known = all(math.isfinite(step) and step > 0 for step in zooms)
    affine = np.asarray(header.get_best_affine(), np.float64)
    return Geometry(
        spacing=tuple(zooms) if known else None,
        affine=tuple(affine.ravel().tolist()) if np.isfinite(affine).all() else None,
    )
