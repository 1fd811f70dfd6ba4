"""TIFF: masks and scores, one or many pages; tifffile decodes, Pillow where the compression is LZW or PackBits.

Format: https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from metrics_core.files.decoding import Decoded, Request, labels_of_colours
from metrics_core.files.inflation import count_inflated
from metrics_core.files.npy import Array
from metrics_core.files.refusals import FileError, refusal

MOST_SEGMENTS = 100_000
_NONE, _LZW, _DEFLATE, _PACKBITS = 1, 5, (8, 32_946), 32_773
_NAMES = {6: "JPEG", 7: "JPEG", 34_712: "JPEG 2000", 34_925: "LZMA", 50_000: "Zstandard", 50_001: "WebP"}
_RGB, _SEPARATE, _ORIENTATION = 2, 2, 274
_AGAIN = "save it again with deflate compression or none"


def read_tiff(data: bytes | bytearray, request: Request) -> list[Decoded]:
    """One page as [row, column], several of one size as [page, row, column]; samples of a pixel come last.

    Raises:
        FileError: a damaged or oversized file, a compression that loses or is not supported, or colours without legend.
    """
    import tifffile  # imported when needed: most sessions read no TIFF

    content, where = bytes(data), request.where
    number = _count_pages(content, most=request.budget.limits.files, where=where)
    try:
        with tifffile.TiffFile(BytesIO(content)) as file:
            every: list[Any] = [file.pages[index] for index in range(number)]
            pages = [page for page in every if not page.is_reduced]
            decoded = [_page(page, content, request) for page in pages]
    except FileError:
        raise
    except Exception:  # tifffile lets the errors of struct, NumPy and its codecs through
        raise refusal(where, expected="readable pages", got="damaged data", todo="upload the file again") from None
    if not decoded or any(page.shape != decoded[0].shape for page in decoded):
        got = f"shapes {sorted({page.shape for page in decoded})[:3]}"
        raise refusal(where, expected="pages of one size", got=got, todo="save one file a size")
    return [_joined(decoded, pages, number)]


def _joined(decoded: list[Array], pages: list[Any], number: int) -> Decoded:
    notices: list[str] = []
    if len(pages) < number:
        notices.append(f"{number - len(pages)} reduced copies of the image were left out")
    if any(tag.value not in (0, 1) for page in pages if (tag := page.tags.get(_ORIENTATION)) is not None):
        notices.append(
            "the orientation tag says to turn the image; pixels are used as stored, so check that target and "
            "prediction lie the same way"
        )
    one = len(decoded) == 1
    scored = decoded[0].ndim == 3
    axis = "first" if scored and pages[0].planarconfig == _SEPARATE else "last"
    return Decoded(
        values=decoded[0] if one else np.stack(decoded),
        is_image=one,
        scores_axis=axis if scored else None,
        notices=tuple(notices),
    )


def _count_pages(data: bytes, *, most: int, where: str) -> int:
    """Follow the chain of pages before anything is decoded: a short file can name pages without end.

    Raises:
        FileError: a chain that leaves the file, runs in a circle, or has too many pages.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = len(data) > 4 and struct.unpack_from(f"{order}H", data, 2)[0] == 43
    start, count_format, entry, offset_format = (8, "Q", 20, "Q") if big else (4, "H", 12, "I")
    seen: set[int] = set()
    try:
        (place,) = struct.unpack_from(order + offset_format, data, start)
        while place:
            if place in seen:
                raise refusal(where, expected="pages that end", got="a page that follows itself", todo=_AGAIN)
            seen.add(place)
            if len(seen) > most:
                raise refusal(where, expected=f"at most {most:,} pages", got="more", todo="save fewer pages a file")
            (tags,) = struct.unpack_from(order + count_format, data, place)
            place += struct.calcsize(count_format) + tags * entry
            (place,) = struct.unpack_from(order + offset_format, data, place)
    except (struct.error, OverflowError):
        got = f"a page outside its {len(data):,} bytes"
        raise refusal(where, expected="pages inside the file", got=got, todo="upload the whole file") from None
    return len(seen)


def _page(page: Any, data: bytes, request: Request) -> Array:
    where = request.where
    _check_page(page, request)
    read: Callable[[], Array] = page.asarray
    if page.compression in (_LZW, _PACKBITS):
        values = _by_pillow(page, data, where=where)
    else:
        _check_segments(page, data, where=where)
        values = np.asarray(read())
    if values.shape != page.shape:
        raise refusal(where, expected=f"shape {page.shape}", got=f"{values.shape}", todo=_AGAIN)
    if values.ndim == 3 and page.photometric == _RGB:
        colours = np.moveaxis(values, 0, -1) if page.planarconfig == _SEPARATE else values
        return np.ascontiguousarray(colours) if request.options.role == "image" else _single_channel(colours, request)
    return values


def _check_page(page: Any, request: Request) -> None:
    where, limits = request.where, request.budget.limits
    width, height = int(page.imagewidth), int(page.imagelength)
    if not 0 < width * height <= limits.pixels or page.imagedepth != 1 or not 1 <= page.samplesperpixel <= 4096:
        expected, got = f"1 to {limits.pixels:,} pixels a page", f"{width:,} x {height:,}"
        raise refusal(where, expected=expected, got=got, todo="cut the image into tiles")
    dtype = None if page.dtype is None else np.dtype(page.dtype)
    if dtype is None or dtype.kind not in "buif" or dtype.itemsize > 8:
        got = f"{page.bitspersample}-bit samples of format {int(page.sampleformat)}"
        raise refusal(where, expected="integers or floats of up to 64 bits", got=got, todo="convert and save again")
    if page.compression not in (_NONE, _LZW, *_DEFLATE, _PACKBITS):
        name = _NAMES.get(int(page.compression), f"method {int(page.compression)}")
        lossy = ", which changes labels" if "JPEG" in name else ""
        got = f"{name} compression{lossy}"
        raise refusal(where, expected="deflate, LZW or PackBits compression, or none", got=got, todo=_AGAIN)
    request.budget.spend(math.prod(page.shape) * dtype.itemsize, where=where)


def _check_segments(page: Any, data: bytes, *, where: str) -> None:
    """Check that strips or tiles are inside the file, few enough, and hold what they should when inflated."""
    places = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if not 0 < len(places) <= MOST_SEGMENTS:
        raise refusal(where, expected=f"1 to {MOST_SEGMENTS:,} strips", got=f"{len(places):,}", todo=_AGAIN)
    if any(count <= 0 or offset < 8 or offset + count > len(data) for offset, count in places):
        got = f"strips beyond its {len(data):,} bytes"
        raise refusal(where, expected="pixels inside the file", got=got, todo="upload the whole file")
    bits = int(page.bitspersample)
    samples = math.prod(page.chunks)
    most = samples * bits // 8 + max(page.chunks) * 8
    if most > 8 * math.prod(page.shape) * bits // 8 + 2**20:
        raise refusal(where, expected="tiles no larger than the image", got=f"{page.chunks}", todo=_AGAIN)
    deflated = page.compression in _DEFLATE
    try:
        sizes = [_inflated(data[o : o + n], most) if deflated else n for o, n in places]
    except zlib.error:
        raise refusal(where, expected="readable pixels", got="damaged data", todo="upload the file again") from None
    if deflated and max(sizes) > most:
        raise refusal(where, expected=f"at most {most:,} bytes a strip", got="more", todo=_AGAIN)
    needed = math.prod(page.shape) * bits // 8
    if sum(sizes) < needed:
        got = f"only {sum(sizes):,}"
        raise refusal(where, expected=f"{needed:,} bytes of pixels", got=got, todo="upload the whole file")


def _inflated(strip: bytes, most: int) -> int:
    return count_inflated(strip, most=most)[0]


def _by_pillow(page: Any, data: bytes, *, where: str) -> Array:
    """Pixels of an LZW or PackBits page: tifffile needs a further package for LZW and is slow at PackBits."""
    try:
        with Image.open(BytesIO(data), formats=["TIFF"]) as image:
            image.seek(page.index)
            if image.size != (page.imagewidth, page.imagelength):
                raise ValueError
            values = np.array(image)
    except Exception:  # Pillow's decoders raise a dozen types
        raise refusal(where, expected="readable pixels", got="damaged data", todo=_AGAIN) from None
    plain = page.photometric != 0 and values.dtype.itemsize * 8 >= page.bitspersample >= 8
    if not plain or (values.dtype.kind, values.shape) != (np.dtype(page.dtype).kind, page.shape):
        got = f"{page.bitspersample}-bit samples with LZW or PackBits compression"
        if values.dtype.kind != "i" or not plain:
            raise refusal(where, expected="8- or 16-bit samples", got=got, todo=_AGAIN)
    return values.astype(page.dtype, copy=False)


def _single_channel(values: Array, request: Request) -> Array:
    colours = values[..., :3]
    if not np.any(colours != colours[..., :1]):
        return np.ascontiguousarray(colours[..., 0])
    if values.dtype != np.uint8:
        got = f"colours of dtype {values.dtype}"
        raise refusal(request.where, expected="one label per pixel, or 8-bit colours", got=got, todo=_AGAIN)
    return labels_of_colours(colours, request.options.legend, request)
