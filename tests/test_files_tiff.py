"""TIFF: pages as images or slices, floats, colours, and files that lie about themselves."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from metrics_core.files import Choices, Limits, read_arrays, read_pair
from tests.test_files import one, refusal_of

SMALL = Limits(total_bytes=2**20, files=20, pixels=10_000)
MASK = np.arange(48, dtype=np.uint8).reshape(6, 8) % 5
STACK = np.stack([MASK, MASK.copy() * 0, (MASK + 1) % 5])


def tiff(array: Any, **options: Any) -> bytes:
    written = io.BytesIO()
    tifffile.imwrite(written, np.asarray(array), **{"photometric": "minisblack", **options})
    return written.getvalue()


def by_pillow(array: Any, compression: str) -> bytes:
    written = io.BytesIO()
    Image.fromarray(np.asarray(array)).save(written, "TIFF", compression=compression)
    return written.getvalue()


class TestPages:
    def test_one_page_is_an_image(self) -> None:
        read = read_arrays(one(tiff(MASK), "m.tif"), role="target")
        np.testing.assert_array_equal(read.values, MASK[None])
        assert read.names == ("m",)

    def test_pages_are_images_or_slices(self) -> None:
        data = one(tiff(STACK), "t.tiff"), one(tiff(STACK), "p.tiff")
        assert read_pair(*data).target.shape == (3, 6, 8)
        volume = read_pair(*data, choices=Choices(first_axis="spatial"))
        assert volume.target.shape == (1, 3, 6, 8)
        np.testing.assert_array_equal(volume.target[0], STACK)

    def test_pages_of_scores_are_classes(self) -> None:
        scores = np.random.default_rng(0).dirichlet(np.ones(5), (6, 8)).astype(np.float32).transpose(2, 0, 1)
        data = read_pair(one(tiff(MASK), "t.tif"), one(tiff(scores), "p.tif"))
        assert (data.kind, data.num_classes) == ("probabilities", 5)
        np.testing.assert_array_equal(data.prediction[0], scores)

    def test_samples_of_a_pixel_are_classes(self) -> None:
        scores = np.random.default_rng(0).dirichlet(np.ones(5), (6, 8)).astype(np.float32)
        data = tiff(scores, planarconfig="contig")
        np.testing.assert_array_equal(
            read_pair(one(tiff(MASK), "t.tif"), one(data, "p.tif")).prediction[0], scores.transpose(2, 0, 1)
        )

    @pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "f4", "f8", "u4"])
    @pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"compression": "zlib", "predictor": True}])
    @pytest.mark.parametrize("byteorder", ["<", ">"])
    def test_values_are_exact(self, dtype: str, options: dict[str, Any], byteorder: Any) -> None:
        if dtype[0] == "f" and "predictor" in options:
            options = {"compression": "zlib"}
        data = tiff(MASK.astype(dtype), byteorder=byteorder, **options)
        read = read_arrays(one(data, "m.tif"), role="prediction").values
        np.testing.assert_array_equal(read[0], MASK)
        assert read.dtype == np.dtype(dtype)

    @pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_other_compressions(self, compression: str, dtype: Any) -> None:
        data = by_pillow(MASK.astype(dtype) * 51, compression)
        np.testing.assert_array_equal(read_arrays(one(data, "m.tif"), role="target").values[0], MASK.astype(dtype) * 51)

    def test_tiles_and_big_files(self) -> None:
        large = np.arange(64 * 48, dtype=np.uint16).reshape(64, 48)
        for options in ({"tile": (16, 16)}, {"bigtiff": True}, {"tile": (32, 16), "compression": "zlib"}):
            np.testing.assert_array_equal(
                read_arrays(one(tiff(large, **options), "m.tif"), role="target").values[0], large
            )

    def test_one_bit(self) -> None:
        data = tiff(MASK > 2)
        np.testing.assert_array_equal(read_arrays(one(data, "m.tif"), role="target").values[0], MASK > 2)

    def test_a_nan_in_scores_is_found(self) -> None:
        scores = np.full((6, 8), 0.5, np.float32)
        scores[3, 4] = np.nan
        message = refusal_of(lambda: read_pair(one(tiff(MASK > 2), "t.tif"), one(tiff(scores), "p.tif")))
        assert "got nan at image 0" in message
        assert "(row 3, column 4)" in message

    def test_colours_need_a_legend(self) -> None:
        colours = np.zeros((6, 8, 3), np.uint8)
        colours[2, 2] = (255, 0, 0)
        message = refusal_of(lambda: read_arrays(one(tiff(colours, photometric="rgb"), "m.tif"), role="target"))
        assert "add a legend" in message
        planes = tiff(colours.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
        assert "add a legend" in refusal_of(lambda: read_arrays(one(planes, "m.tif"), role="target"))
        np.testing.assert_array_equal(read_arrays(one(planes, "m.tif"), role="image").values[0], colours)
        photo = read_arrays(one(tiff(colours, photometric="rgb"), "m.tif"), role="image")
        np.testing.assert_array_equal(photo.values[0], colours)


def pages_in_a_circle() -> bytes:
    data = bytearray(tiff(STACK))
    (first,) = struct.unpack_from("<I", data, 4)
    (tags,) = struct.unpack_from("<H", data, first)
    data[first + 2 + 12 * tags : first + 6 + 12 * tags] = struct.pack("<I", first)
    return bytes(data)


def set_tag(data: bytes, tag: int, value: int) -> bytes:
    """The file with another number in a tag of its first page."""
    changed = bytearray(data)
    (first,) = struct.unpack_from("<I", changed, 4)
    (tags,) = struct.unpack_from("<H", changed, first)
    for place in range(first + 2, first + 2 + 12 * tags, 12):
        if struct.unpack_from("<H", changed, place)[0] == tag:
            kind = struct.unpack_from("<H", changed, place + 2)[0]
            struct.pack_into("<I" if kind == 4 else "<H", changed, place + 8, value)
            return bytes(changed)
    raise AssertionError(f"no tag {tag}")


WIDTH, COMPRESSION, STRIP, STRIP_BYTES, BITS = 256, 259, 273, 279, 258
BAD = {
    "pages in a circle": (pages_in_a_circle(), "a page that follows itself"),
    "10,000 pages": (tiff(np.zeros((50, 2, 2), np.uint8)), "got more"),
    "first page outside": (b"II*\0" + struct.pack("<I", 10**9), "a page outside its 8 bytes"),
    "only a signature": (b"II*\0", "a page outside"),
    "big file, page outside": (b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**63), "a page outside"),
    "cut in the pixels": (tiff(MASK)[:-20], "expected pixels inside the file"),
    "no pages": (b"II*\0\0\0\0\0", "expected"),
    "169 megapixels": (
        set_tag(set_tag(tiff(np.zeros((1, 9), np.uint8)), WIDTH, 60_000), 257, 60_000),
        "60,000 x 60,000",
    ),
    "JPEG": (set_tag(tiff(MASK, compression="zlib"), COMPRESSION, 7), "JPEG compression, which changes labels"),
    "unknown compression": (set_tag(tiff(MASK, compression="zlib"), COMPRESSION, 50_000), "Zstandard compression"),
    "strip outside": (set_tag(tiff(MASK), STRIP, 10**6), "strips beyond"),
    "strip of nothing": (set_tag(tiff(MASK), STRIP_BYTES, 0), "expected"),
    "rows missing": (set_tag(tiff(MASK), 257, 60), "expected"),
    "complex numbers": (tiff(MASK.astype(np.complex64)), "samples of format"),
}


class TestBadFiles:
    @pytest.mark.parametrize(("data", "got"), BAD.values(), ids=BAD.keys())
    def test_is_refused(self, data: bytes, got: str) -> None:
        assert got in refusal_of(lambda: read_arrays(one(data, "m.tif"), role="target", limits=SMALL))

    def test_pages_of_two_sizes(self) -> None:
        written = io.BytesIO()
        with tifffile.TiffWriter(written) as writer:
            writer.write(MASK)
            writer.write(MASK[:3])
        message = refusal_of(lambda: read_arrays(one(written.getvalue(), "m.tif"), role="target"))
        assert "expected pages of one size, got shapes [(3, 8), (6, 8)]" in message

    def test_a_strip_that_inflates_without_end(self) -> None:
        data = tiff(np.zeros((60, 80), np.uint8), compression="zlib")
        bomb = zlib.compress(bytes(50_000_000))
        changed = set_tag(set_tag(data + bomb, STRIP, len(data)), STRIP_BYTES, len(bomb))
        assert "got more" in refusal_of(lambda: read_arrays(one(changed, "m.tif"), role="target"))

    def test_pages_count_against_the_limit(self) -> None:
        data = tiff(np.zeros((15, 99, 99), np.uint16), compression="zlib")
        assert "once decoded" in refusal_of(
            lambda: read_arrays(one(data, "m.tif"), role="target", limits=Limits(total_bytes=200_000))
        )
