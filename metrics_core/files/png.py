"""PNG: masks as label arrays, pixel values exactly as stored.

Format: https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
from PIL import Image

from metrics_core.files.inflation import count_inflated
from metrics_core.files.limits import Budget
from metrics_core.files.npy import Array
from metrics_core.files.refusals import display_name, refusal

MAGIC = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 100_000
GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
_DEPTHS = {GREY: (1, 2, 4, 8, 16), PALETTE: (1, 2, 4, 8), COLOUR: (8,), GREY_ALPHA: (8,), COLOUR_ALPHA: (8,)}
# Pillow stretches 2- and 4-bit grey to 0..255; these factors undo it exactly.
_STRETCH = {(GREY, 2): 85, (GREY, 4): 17}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_AGAIN = "save it again as an 8-bit grey or palette PNG"


@dataclass(frozen=True, kw_only=True)
class PngFile:
    """A PNG whose chunks are whole: size, sample format, compressed pixels, orientation tag (1 = as stored)."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool
    pixels: bytes
    critical: bytes
    orientation: int

    def decoded_bytes(self) -> int:
        """Bytes of the scan lines, filter bytes included."""
        bits = self.depth * _CHANNELS[self.colour]
        passes = _ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        total = 0
        for left, top, right, down in passes:
            columns, rows = -(-(self.width - left) // right), -(-(self.height - top) // down)
            total += rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0
        return total


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A decoded PNG: values [row, column], or [row, column, channel] of colours or grey with transparency."""

    values: Array
    orientation: int


def read_png(data: bytes | bytearray, *, where: str, role: Literal["labels", "photo"], budget: Budget) -> Picture:
    """Decode a PNG: grey values or palette indices as they are stored, 1-bit as 0 and 1.

    Transparency and palettes are left out of photos.

    Raises:
        FileError: a damaged, animated or oversized file.
    """
    file = parse_png(bytes(data), where=where, most_pixels=budget.limits.pixels)
    budget.spend(file.width * file.height * _CHANNELS[file.colour] * max(1, file.depth // 8), where=where)
    _check_scan_lines(file, where=where)
    values = _decode(file, where=where, role=role)
    if values.ndim == 3 and role == "photo":
        opaque = values[..., :-1] if file.colour in (GREY_ALPHA, COLOUR_ALPHA) else values
        values = opaque[..., 0] if opaque.shape[-1] == 1 else opaque
    return Picture(values=values, orientation=file.orientation)


def parse_png(data: bytes, *, where: str, most_pixels: int) -> PngFile:
    """Check every chunk and keep what the pixels need; texts, colour profiles and the like are never decoded.

    Raises:
        FileError: no PNG, a damaged or missing chunk, an animation, or a size or sample format that is not supported.
    """
    kept, pixels = [MAGIC], list[bytes]()
    orientation, header = 1, b""
    for kind, chunk, payload in _chunks(data, where=where):
        if (kind == b"IHDR") == bool(header) or (kind == b"IHDR" and len(payload) != 13):
            raise refusal(where, expected="one IHDR chunk first", got=display_name(kind.decode("latin1")), todo=_AGAIN)
        if kind == b"acTL":
            raise refusal(where, expected="one still image", got="an animated PNG", todo="save the frame you need")
        header = payload if kind == b"IHDR" else header
        orientation = _orientation(payload) if kind == b"eXIf" else orientation
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
            kept.append(chunk)
        if kind == b"IDAT":
            pixels.append(payload)
    file = _file(header, pixels=b"".join(pixels), critical=b"".join(kept), orientation=orientation)
    _check_header(file, where=where, most_pixels=most_pixels)
    return file


def _file(header: bytes, *, pixels: bytes, critical: bytes, orientation: int) -> PngFile:
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    return PngFile(
        width=width,
        height=height,
        depth=depth,
        colour=colour,
        interlaced=interlace == 1,
        pixels=pixels,
        critical=critical,
        orientation=orientation,
    )


def _chunks(data: bytes, *, where: str) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Kind, whole chunk and payload of every chunk up to IEND."""
    place = len(MAGIC)
    if data[:place] != MAGIC:
        raise refusal(where, expected="a PNG image", got=f"{len(data):,} bytes of other data", todo=_AGAIN)
    for _ in range(MOST_CHUNKS):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        if len(data) < place + 12 or len(data) < end:
            got = f"a file that ends at byte {len(data):,}"
            raise refusal(where, expected="a PNG that ends with IEND", got=got, todo="upload the whole file")
        kind, payload = data[place + 4 : place + 8], data[place + 8 : end - 4]
        if zlib.crc32(data[place + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            got = f"a damaged {display_name(kind.decode('latin1'))} chunk"
            raise refusal(where, expected="an undamaged PNG", got=got, todo="upload the file again")
        yield kind, data[place:end], payload
        if kind == b"IEND":
            return
        place = end
    raise refusal(where, expected=f"at most {MOST_CHUNKS:,} chunks", got="more", todo=_AGAIN)


def _check_header(file: PngFile, *, where: str, most_pixels: int) -> None:
    if file.width == 0 or file.height == 0 or file.width * file.height > most_pixels:
        expected = f"1 to {most_pixels:,} pixels"
        got = f"{file.width:,} x {file.height:,}"
        raise refusal(where, expected=expected, got=got, todo="cut the image into tiles")
    if file.depth not in _DEPTHS.get(file.colour, ()):
        expected = "1-, 2-, 4-, 8- or 16-bit grey, a palette, or 8-bit colour"
        got = f"{file.depth}-bit samples of colour type {file.colour}"
        raise refusal(where, expected=expected, got=got, todo=_AGAIN)


def _check_scan_lines(file: PngFile, *, where: str) -> None:
    """Inflate and count: Pillow fills rows that are missing from the stream with zeros and says nothing."""
    expected = file.decoded_bytes()
    try:
        counted, ended = count_inflated(file.pixels, most=expected)
    except zlib.error:
        raise refusal(where, expected="readable pixels", got="damaged data", todo="upload the file again") from None
    if counted != expected or not ended:
        got = "more" if counted > expected else f"only {counted:,}"
        raise refusal(where, expected=f"{expected:,} bytes of pixels", got=got, todo="save the image again")


def _decode(file: PngFile, *, where: str, role: Literal["labels", "photo"]) -> Array:
    try:
        with Image.open(BytesIO(file.critical), formats=["PNG"]) as image:
            image.load()
            drawn = image.convert("RGB") if role == "photo" and file.colour == PALETTE else image
            values = np.array(drawn)
    except Exception:  # Pillow's decoders raise a dozen types
        raise refusal(where, expected="readable pixels", got="damaged data", todo="upload the file again") from None
    if values.shape[:2] != (file.height, file.width):
        got = f"shape {values.shape}"
        raise refusal(where, expected=f"{file.height} rows and {file.width} columns", got=got, todo=_AGAIN)
    stretch = _STRETCH.get((file.colour, file.depth))
    return values if stretch is None else values // np.uint8(stretch)


def _orientation(exif: bytes) -> int:
    """The orientation tag (0x0112) of an Exif block, 1 when there is none."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for entry in range(min(count, 1000)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * entry)
            if tag == 0x0112 and kind == 3:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1
