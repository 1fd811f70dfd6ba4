"""Writes arrays of bytes as PNG, many times faster than an imaging library's default at the same size."""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2


def png_data_url(pixels: NDArray[np.uint8]) -> str:
    """Returns bytes [row, column] (grey) or [row, column, 3] (RGB) as the data URL of a lossless PNG."""
    return "data:image/png;base64," + base64.b64encode(write_png(pixels)).decode("ascii")


def write_png(pixels: NDArray[np.uint8]) -> bytes:
    """Returns bytes [row, column] (grey) or [row, column, 3] (RGB) as a PNG file; source: RFC 2083."""
    height, width = pixels.shape[:2]
    kind = _GREY if pixels.ndim == 2 else _RGB
    # Each row starts with the number of its filter: 0, none, which suits label maps and costs no time.
    rows = np.zeros((height, 1 + pixels.size // height), dtype=np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
