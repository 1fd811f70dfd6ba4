"""NPY: NumPy's array file, read without NumPy's loader so that nothing is evaluated, unpickled or allocated on trust.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.files.limits import Budget
from metrics_core.files.refusals import FileError, display_name, refusal

Array = NDArray[Any]

MAGIC = b"\x93NUMPY"
MOST_AXES = 6
_LENGTH_BYTES = {(1, 0): 2, (2, 0): 4, (3, 0): 4}
_DTYPE = re.compile(r"[<>=|]?(?:b1|\?|[iu][1248]|f[248])")
# Possessive quantifiers (*+) keep the time linear in the header's length, whatever it holds.
_ENTRY = r"""\s*+['"](\w++)['"]\s*+:\s*+('[^']*+'|"[^"]*+"|True|False|\([^()]*+\))\s*+,?+"""
_HEADER = re.compile(rf"\{{(?:{_ENTRY})*+\s*+\}}\s*+")
_AGAIN = "save it again with numpy.save"


@dataclass(frozen=True, kw_only=True)
class NpyHeader:
    """What an NPY header declares, and where its values start."""

    dtype: np.dtype[Any]
    column_major: bool
    shape: tuple[int, ...]
    offset: int

    @property
    def nbytes(self) -> int:
        """Bytes the values take."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_npy(data: bytes | bytearray, *, where: str, budget: Budget) -> Array:
    """The array of an NPY file as a view of `data`, in native byte order and row-major when that costs no copy.

    Raises:
        FileError: anything but one whole array of booleans, integers or floats with at least one value.
    """
    header = read_header(data, where=where, header_limit=budget.limits.header_bytes)
    if not header.shape or 0 in header.shape or len(header.shape) > MOST_AXES:
        expected = f"an array of 1 to {MOST_AXES} axes with at least one value"
        raise refusal(
            where, expected=expected, got=f"shape {header.shape}", todo="save the pixels of one or more images"
        )
    stored = len(data) - header.offset
    if stored != header.nbytes:
        expected = f"{header.nbytes:,} bytes for {header.dtype} of shape {_short(header.shape)}"
        raise refusal(where, expected=expected, got=f"{stored:,} bytes", todo=f"upload the whole file, or {_AGAIN}")
    budget.spend(header.nbytes, where=where)
    flat = np.frombuffer(data, header.dtype, offset=header.offset)
    array = flat.reshape(header.shape, order="F" if header.column_major else "C")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def read_header(data: bytes | bytearray, *, where: str, header_limit: int) -> NpyHeader:
    """Parse an NPY header by its own grammar.

    Raises:
        FileError: no NPY file, a header that is too long or malformed, or a dtype that holds no plain numbers.
    """
    text, offset = _header_text(data, where=where, header_limit=header_limit)
    if re.search(r"""['"]descr['"]\s*+:\s*+\[""", text):
        raise _wrong_dtype(where, "a structured dtype")
    entries = dict(re.findall(_ENTRY, text)) if _HEADER.fullmatch(text) else {}
    if set(entries) != {"descr", "fortran_order", "shape"}:
        expected = "a header with descr, fortran_order and shape"
        raise refusal(where, expected=expected, got=display_name(text.strip(), characters=40), todo=_AGAIN)
    descr = entries["descr"][1:-1]
    if not _DTYPE.fullmatch(descr):
        raise _wrong_dtype(where, "Python objects" if "O" in descr else f"dtype {display_name(descr, characters=20)}")
    return NpyHeader(
        dtype=np.dtype(descr),
        column_major=entries["fortran_order"] == "True",
        shape=_shape(entries["shape"], where=where),
        offset=offset,
    )


def _header_text(data: bytes | bytearray, *, where: str, header_limit: int) -> tuple[str, int]:
    """The header's text, and the offset of the values."""
    if len(data) < len(MAGIC) + 2 or data[: len(MAGIC)] != MAGIC:
        raise refusal(where, expected="a NumPy array (.npy)", got=f"{len(data):,} bytes of other data", todo=_AGAIN)
    version = (data[6], data[7])
    size = _LENGTH_BYTES.get(version)
    if size is None:
        raise refusal(where, expected="NPY version 1.0, 2.0 or 3.0", got=f"{version[0]}.{version[1]}", todo=_AGAIN)
    start = 8 + size
    length = int.from_bytes(data[8:start], "little")
    if length > header_limit:
        raise refusal(where, expected=f"a header of at most {header_limit:,} bytes", got=f"{length:,}", todo=_AGAIN)
    if len(data) < start + length:
        expected = f"a header of {length:,} bytes"
        raise refusal(where, expected=expected, got=f"a file of {len(data):,} bytes", todo="upload the whole file")
    return bytes(data[start : start + length]).decode("latin1"), start + length


def _shape(text: str, *, where: str) -> tuple[int, ...]:
    sizes = [part.strip() for part in text.strip("()").split(",")]
    if sizes and not sizes[-1]:
        sizes.pop()
    if len(sizes) > MOST_AXES or not all(re.fullmatch(r"[0-9]{1,18}", size) for size in sizes):
        expected = f"a shape of at most {MOST_AXES} whole numbers"
        raise refusal(where, expected=expected, got=display_name(text, characters=40), todo=_AGAIN)
    return tuple(int(size) for size in sizes)


def _short(shape: tuple[int, ...]) -> str:
    return str(shape) if len(str(shape)) <= 60 else f"{len(shape)} axes"


def _wrong_dtype(where: str, got: str) -> FileError:
    return refusal(
        where, expected="booleans, integers or floats of up to 64 bits", got=got, todo="convert and save again"
    )
