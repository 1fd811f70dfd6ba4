"""Users' files: what is read from them, and how everything else is refused."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from metrics_core.counting import count
from metrics_core.files import (
    Choices,
    FileError,
    Limits,
    Upload,
    UserData,
    escape_csv_cell,
    make_legend,
    read_arrays,
    read_pair,
    safe_csv,
)

LONGEST_MESSAGE = 250
SMALL = Limits(total_bytes=2**20, files=20, pixels=10_000, ratio_free_bytes=10_000)


def npy(array: Any) -> bytes:
    written = io.BytesIO()
    np.save(written, np.asanyarray(array))
    return written.getvalue()


def npy_header(text: str, *, version: tuple[int, int] = (1, 0), length: int | None = None) -> bytes:
    size = "<H" if version == (1, 0) else "<I"
    return b"\x93NUMPY" + bytes(version) + struct.pack(size, len(text) if length is None else length) + text.encode()


def npz(**arrays: Any) -> bytes:
    written = io.BytesIO()
    np.savez_compressed(written, **arrays)
    return written.getvalue()


def zipped(members: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return written.getvalue()


def link_in_zip() -> bytes:
    written, link = io.BytesIO(), zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return written.getvalue()


def twins_in_zip() -> bytes:
    content = zipped({"target.npy": npy([[1]]), "tarGet.npy": npy([[2]])})
    return content.replace(b"tarGet.npy", b"target.npy")


def chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def raw_png(
    width: int,
    height: int,
    rows: bytes,
    *,
    depth: int = 8,
    colour: int = 0,
    extra: bytes = b"",
    stream: bytes | None = None,
) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + extra
        + chunk(b"IDAT", zlib.compress(rows) if stream is None else stream)
        + chunk(b"IEND", b"")
    )


def picture(array: Any, *, mode: str | None = None, kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    image = Image.fromarray(np.asarray(array))
    (image if mode is None else image.convert(mode)).save(written, kind)
    return written.getvalue()


def palette_png(indices: Any) -> bytes:
    image, written = Image.fromarray(np.asarray(indices, np.uint8)), io.BytesIO()
    image = image.convert("P")
    image.putdata(np.asarray(indices).ravel().tolist())
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.save(written, "PNG")
    return written.getvalue()


def animated_png() -> bytes:
    frames, written = [Image.new("L", (4, 4), value) for value in (0, 1)], io.BytesIO()
    frames[0].save(written, "PNG", save_all=True, append_images=frames[1:])
    return written.getvalue()


def turned_png(array: Any, orientation: int) -> bytes:
    written, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.asarray(array, np.uint8)).save(written, "PNG", exif=exif)
    return written.getvalue()


def one(data: bytes, name: str = "mask.npy") -> list[Upload]:
    return [Upload(name=name, data=data)]


def several(arrays: Mapping[str, Any]) -> list[Upload]:
    return [Upload(name=f"{name}.npy", data=npy(array)) for name, array in arrays.items()]


def pair(target: Any, prediction: Any, **choices: Any) -> UserData:
    return read_pair(one(npy(target), "t.npy"), one(npy(prediction), "p.npy"), choices=Choices(**choices))


def concluded(data: UserData) -> dict[str, int | str]:
    return {inference.field: inference.value for inference in data.inferred}


def cautioned(data: UserData) -> dict[str, str]:
    return {caution.check: caution.text for caution in data.cautions}


def refusal_of(read: Callable[[], object]) -> str:
    with pytest.raises(FileError) as caught:
        read()
    message = str(caught.value)
    assert len(message) <= LONGEST_MESSAGE
    assert message.isprintable()
    assert "expected " in message
    assert ", got " in message
    assert "pickled" not in message
    assert "unsafe" not in message
    return message


GREY = npy(np.zeros((4, 4), np.uint8))
HUGE_HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000,), }"
NEGATIVE_HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 4), }"
CODE_HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os').getpid(),), }"
DEEP_HEADER = "(" * 9000
FEW_ROWS = b"".join(b"\0" + bytes([row + 1] * 4) for row in range(2))
ALL_ROWS = b"".join(b"\0" + bytes([row + 1] * 4) for row in range(4))

# What it is: (file name, bytes, what the message says was got)
BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "empty npy": ("mask.npy", b"", "an empty file (0 bytes)"),
    "empty png": ("mask.png", b"", "an empty file (0 bytes)"),
    "truncated npy": ("mask.npy", npy(np.zeros((32, 32), np.float32))[:1000], "872 bytes"),
    "npy cut in the header": ("mask.npy", GREY[:60], "a file of 60 bytes"),
    "npy cut in the magic": ("mask.npy", GREY[:7], "7 bytes"),
    "npy with bytes after the array": ("mask.npy", GREY + b"\0", "17 bytes"),
    "header that promises 373 GiB": ("mask.npy", npy_header(HUGE_HEADER), "0 bytes"),
    "header with a negative size": ("mask.npy", npy_header(NEGATIVE_HEADER), "(-1, 4)"),
    "header that is code": ("mask.npy", npy_header(CODE_HEADER), "{'descr'"),
    "header of nested brackets": ("mask.npy", npy_header(DEEP_HEADER), "((((("),
    "header of 4 GiB": ("mask.npy", npy_header("{}", version=(2, 0), length=2**32 - 1), "4,294,967,295"),
    "unknown npy version": ("mask.npy", npy_header("{}", version=(9, 0)), "9.0"),
    "python objects": ("mask.npy", npy(np.array([{}, 1], object)), "Python objects"),
    "pickle named npy": ("mask.npy", pickle.dumps([1, 2]), "a Python pickle"),
    "png named npy": ("mask.npy", picture(np.zeros((4, 4), np.uint8)), "a PNG image"),
    "npy named png": ("mask.png", GREY, "a NumPy array"),
    "structured dtype": ("mask.npy", npy(np.zeros(4, [("a", "<f4")])), "a structured dtype"),
    "dates": ("mask.npy", npy(np.zeros(4, "M8[D]")), "'<M8[D]'"),
    "complex numbers": ("mask.npy", npy(np.zeros(4, np.complex64)), "'<c8'"),
    "text": ("mask.npy", npy(np.array(["a"])), "'<U1'"),
    "128-bit floats": ("mask.npy", npy(np.zeros(4, np.longdouble)), "'<f16'"),
    "a single number": ("mask.npy", npy(3), "shape ()"),
    "no images": ("mask.npy", npy(np.zeros((0, 4, 4), np.uint8)), "shape (0, 4, 4)"),
    "seven axes": ("mask.npy", npy(np.zeros((1,) * 7, np.uint8)), "(1, 1, 1, 1, 1, 1, 1)"),
    "torch file": ("mask.pt", zipped({"archive/data.pkl": pickle.dumps(1)}), "'.pt'"),
    "torch file named zip": ("mask.zip", zipped({"archive/data.pkl": pickle.dumps(1)}), "'.pkl'"),
    "no extension": ("mask", GREY, "'.'"),
    "gif named png": ("mask.png", picture(np.zeros((4, 4), np.uint8), kind="GIF"), "a GIF image"),
    "tiff named png": ("mask.png", picture(np.zeros((4, 4), np.uint8), kind="TIFF"), "a TIFF image"),
    "jpeg named png": ("mask.png", picture(np.zeros((4, 4), np.uint8), kind="JPEG"), "a JPEG image"),
    "fits named png": ("mask.png", b"SIMPLE  =  T", "a FITS image"),
    "png of 169 megapixels": ("mask.png", raw_png(13_000, 13_000, b""), "13,000 x 13,000"),
    "png of 4 gigapixels a side": ("mask.png", raw_png(2**31 - 1, 2**31 - 1, b""), "2,147,483,647 x 2,147,483,647"),
    "png without pixels": ("mask.png", raw_png(0, 4, b""), "0 x 4"),
    "png cut after its header": ("mask.png", raw_png(4, 4, ALL_ROWS)[:50], "a file that ends at byte 50"),
    "png with rows missing": ("mask.png", raw_png(4, 4, FEW_ROWS), "only 10"),
    "png with rows too many": ("mask.png", raw_png(4, 1, ALL_ROWS), "more"),
    "png with a flipped bit": (
        "mask.png",
        raw_png(4, 4, ALL_ROWS).replace(b"IDATx\x9c", b"IDATx\x9d"),
        "a damaged 'IDAT' chunk",
    ),
    "png with damaged compression": ("mask.png", raw_png(4, 4, b"", stream=b"x\x9c\xff\xff\xff"), "damaged data"),
    "png of too many chunks": ("mask.png", raw_png(1, 1, b"\0\1", extra=chunk(b"tEXt", b"") * 100_000), "more"),
    "png with an unknown filter": ("mask.png", raw_png(4, 4, b"\x09" + ALL_ROWS[1:]), "damaged data"),
    "png with a second header": ("mask.png", raw_png(4, 4, ALL_ROWS, extra=chunk(b"IHDR", bytes(13))), "'IHDR'"),
    "png of an impossible depth": ("mask.png", raw_png(4, 4, ALL_ROWS, depth=3), "3-bit samples"),
    "16-bit colour png": ("mask.png", raw_png(1, 1, bytes(7), depth=16, colour=2), "16-bit samples of colour type 2"),
    "animated png": ("mask.png", animated_png(), "an animated PNG"),
    "colour png": ("mask.png", picture(np.arange(48, dtype=np.uint8).reshape(4, 4, 3)), "colours"),
    "png of varying transparency": (
        "mask.png",
        picture(np.arange(64, dtype=np.uint8).reshape(4, 4, 4)),
        "a PNG whose transparency",
    ),
    "npz that is no zip": ("masks.npz", b"PK\x03\x04 and nothing else", "damaged or incomplete data"),
    "npz with a damaged directory": ("masks.npz", npz(target=[1]).replace(b"PK\x01\x02", b"PK\x01\x03"), "damaged or"),
    "npz cut in half": ("masks.npz", npz(target=np.arange(99))[:200], "damaged or incomplete data"),
    "npz with a way out": ("masks.npz", zipped({"../../evil.npy": GREY}), "one that leads out of it"),
    "npz with an absolute path": ("masks.npz", zipped({"/etc/evil.npy": GREY}), "one that leads out of it"),
    "npz with a drive letter": ("masks.npz", zipped({"C:\\evil.npy": GREY}), "one that leads out of it"),
    "zip with a member without a name": ("masks.zip", zipped({"\0.npy": GREY}), "one that leads out of it"),
    "npz with a text member": ("masks.npz", zipped({"a.txt": b"hello"}), "'.txt'"),
    "npz without a usual name": ("masks.npz", npz(first=[1], second=[2]), "'first', 'second'"),
    "npz with two members of one name": ("masks.npz", twins_in_zip(), "'target.npy' twice"),
    "npz without members": ("masks.npz", zipped({}), "none"),
    "npz bomb": ("masks.npz", npz(target=np.zeros(11_000_000, np.uint8)), "11,000,1"),
    "zip of 2001 members": ("masks.zip", zipped({f"{i}.npy": b"" for i in range(2001)}), "2,001"),
    "nested zip": ("masks.zip", zipped({"inner.zip": zipped({"a.npy": GREY})}), "'.zip'"),
    "zip with a link": ("masks.zip", link_in_zip(), "a symbolic link"),
    "zip with a password": (
        "masks.zip",
        zipped({"a.npy": GREY}).replace(b"PK\x01\x02\x14\x03\x14\0\0", b"PK\x01\x02\x14\x03\x14\0\x01"),
        "an encrypted member",
    ),
    "zip with bzip2": ("masks.zip", zipped({"a.npy": GREY}, method=zipfile.ZIP_BZIP2), "compression method 12"),
    "zip with a name of 300 characters": ("masks.zip", zipped({"a" * 300 + ".npy": GREY}), "304"),
    "zip with names that differ in case": (
        "masks.zip",
        zipped({"a.npy": GREY, "A.npy": GREY}),
        "that of 'masks.zip' member 'a.npy' again",
    ),
    "zip with one name in two spellings": (
        "masks.zip",
        zipped({"é.npy": GREY, "e\u0301.npy": GREY}),
        "that of 'masks.zip' member 'é.npy' again",
    ),
    "zip with a damaged member": (
        "masks.zip",
        zipped({"a.npy": GREY}, method=0).replace(b"NUMPY", b"NUMPI"),
        "damaged or incomplete",
    ),
    "name of 300 characters": ("a" * 300 + ".npy", GREY, "304"),
}


class TestBadFiles:
    @pytest.mark.parametrize(("name", "data", "got"), BAD_FILES.values(), ids=BAD_FILES.keys())
    def test_is_refused_and_named(self, name: str, data: bytes, got: str) -> None:
        message = refusal_of(lambda: read_arrays(one(data, name), role="target"))
        assert got in message.split(", got ", 1)[1]
        assert name[:30] in message

    def test_no_file(self) -> None:
        assert "got none" in refusal_of(lambda: read_arrays([], role="target"))

    def test_one_file_given_twice(self) -> None:
        assert "'a.npy': expected a name of its own, got that of 'a.npy' again" in refusal_of(
            lambda: read_arrays(one(GREY, "a.npy") * 2, role="target")
        )

    def test_files_of_different_sizes(self) -> None:
        uploads = several({"a": np.zeros((4, 4), np.uint8), "b": np.zeros((4, 5), np.uint8)})
        message = refusal_of(lambda: read_arrays(uploads, role="target"))
        assert "'b.npy': expected shape (4, 4) as in 'a.npy', got (4, 5)" in message

    @pytest.mark.parametrize("name", ["a\nb.gif", "a\u202egnp.gif", "a\0.gif", "\ud800.gif", "<img src=x>.gif", ".gif"])
    def test_names_are_shown_on_one_plain_line(self, name: str) -> None:
        assert refusal_of(lambda: read_arrays(one(GREY, name), role="target")).startswith("'")

    def test_names_of_images_are_plain_too(self) -> None:
        assert read_arrays(several({"a\u202eb": [[1]], "c": [[1]]}), role="target").names == ("a\\u202eb", "c")


class TestLimits:
    def test_files_larger_than_the_total(self) -> None:
        data = npy(np.zeros(2**20, np.uint8))
        message = refusal_of(lambda: read_arrays(one(data), role="target", limits=SMALL))
        assert "at most 1,048,576 bytes together, got 1,048,704" in message

    def test_archives_that_grow_past_the_total(self) -> None:
        noise = np.random.default_rng(0).integers(0, 2, 700_000, np.uint8)
        data = npz(target=noise)
        assert "'masks.npz'" in refusal_of(lambda: read_arrays(one(data, "masks.npz"), role="target", limits=SMALL))

    def test_target_and_prediction_count_together(self) -> None:
        half = one(npy(np.zeros(600_000, np.uint8)))
        read_arrays(half, role="target", limits=SMALL)
        refusal_of(lambda: read_pair(half, half, limits=SMALL))

    def test_many_pictures_that_are_small_only_as_files(self) -> None:
        uploads = [Upload(name=f"{i}.png", data=picture(np.zeros((1000, 1000), np.uint8))) for i in range(3)]
        limits = Limits(total_bytes=2_500_000)
        assert sum(len(upload.data) for upload in uploads) < 10_000
        assert "got 3,000,000" in refusal_of(lambda: read_arrays(uploads, role="target", limits=limits))

    def test_too_many_files(self) -> None:
        uploads = several({str(i): [[1]] for i in range(21)})
        assert "at most 20, got 21" in refusal_of(lambda: read_arrays(uploads, role="target", limits=SMALL))

    def test_members_of_several_archives_count_together(self) -> None:
        archives = [zipped({f"{k}-{i}.npy": npy([[1]]) for i in range(15)}) for k in "ab"]
        uploads = [Upload(name=f"{i}.zip", data=data) for i, data in enumerate(archives)]
        assert "at most 20 images" in refusal_of(lambda: read_arrays(uploads, role="target", limits=SMALL))

    def test_archive_that_lists_more_members_than_its_end_record_counts(self) -> None:
        data = bytearray(zipped({f"{i}.npy": GREY for i in range(30)}))
        end = data.rfind(b"PK\x05\x06")
        data[end + 8 : end + 12] = struct.pack("<HH", 1, 1)
        assert "at most 20 members, got 30" in refusal_of(
            lambda: read_arrays(one(bytes(data), "m.zip"), role="target", limits=SMALL)
        )

    def test_archive_whose_end_record_counts_almost_nothing_but_whose_directory_is_long(self) -> None:
        data = bytearray(zipped({f"{i}-{'a' * 240}.npy": b"" for i in range(60)}))
        end = data.rfind(b"PK\x05\x06")
        data[end + 8 : end + 12] = struct.pack("<HH", 1, 1)
        assert "a directory of" in refusal_of(
            lambda: read_arrays(one(bytes(data), "m.zip"), role="target", limits=SMALL)
        )

    def test_zip64(self) -> None:
        data = zipped({"a.npy": GREY})
        end = data.rfind(b"PK\x05\x06")
        data = data[:end] + b"PK\x06\x07" + bytes(16) + data[end:]
        assert "zip64" in refusal_of(lambda: read_arrays(one(data, "m.zip"), role="target"))


LABELS = np.array([[0, 1, 2], [3, 300, 65_535]])


class TestNpy:
    @pytest.mark.parametrize(
        "array",
        [
            np.array([[True, False], [False, True]]),
            LABELS.astype(">u2"),
            LABELS.astype("<u2"),
            LABELS.astype(">i8"),
            np.asfortranarray(LABELS),
            np.asfortranarray(np.arange(24, dtype=">f4").reshape(2, 3, 4)),
            np.array([[-1, 2]], np.int8),
            np.array([[0.1, 0.9]], np.float16),
            np.arange(6)[::2],
        ],
        ids=lambda array: f"{array.dtype.str} {array.shape}",
    )
    def test_values_are_exact(self, array: np.ndarray[Any, Any]) -> None:
        read = read_arrays(one(npy(array)), role="prediction").values
        np.testing.assert_array_equal(read, array if array.ndim > 2 else array[None])
        assert read.dtype == array.dtype.newbyteorder("=")

    @pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
    def test_format_versions(self, version: tuple[int, int]) -> None:
        written = io.BytesIO()
        np.lib.format.write_array(written, LABELS, version=version)
        np.testing.assert_array_equal(read_arrays(one(written.getvalue()), role="target").values[0], LABELS)

    def test_header_written_by_another_program(self) -> None:
        data = npy_header('{"shape":(2,),"fortran_order":False,"descr":"|u1"}\n') + b"\1\2"
        assert read_arrays(one(data), role="target").values.tolist() == [[1, 2]]


class TestPng:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (picture(np.array([[0, 1], [2, 255]], np.uint8)), [[0, 1], [2, 255]]),
            (palette_png([[0, 2], [2, 1]]), [[0, 2], [2, 1]]),
            (picture(np.array([[0, 255], [255, 0]], np.uint8), mode="1"), [[0, 1], [1, 0]]),
            (picture(np.array([[0, 300], [65_535, 1]], np.uint16)), [[0, 300], [65_535, 1]]),
            (raw_png(4, 1, b"\0\x1b", depth=2), [[0, 1, 2, 3]]),
            (raw_png(3, 1, b"\0\x01\xf0", depth=4), [[0, 1, 15]]),
            (raw_png(4, 1, b"\0\x1b", depth=2, colour=3, extra=chunk(b"PLTE", bytes(12))), [[0, 1, 2, 3]]),
            (raw_png(2, 1, b"\0\1\1\1\2\2\2", colour=2), [[1, 2]]),
            (raw_png(2, 1, b"\0\1\1\1\xff\2\2\2\xff", colour=6), [[1, 2]]),
            (raw_png(2, 1, b"\0\1\xff\2\xff", colour=4), [[1, 2]]),
        ],
        ids=["8-bit", "palette", "1-bit", "16-bit", "2-bit", "4-bit", "2-bit palette", "equal RGB", "equal RGBA", "LA"],
    )
    def test_labels_are_the_stored_values(self, data: bytes, expected: list[list[int]]) -> None:
        assert read_arrays(one(data, "mask.png"), role="target").values.tolist() == [expected]

    def test_interlaced(self) -> None:
        assert read_arrays(one(INTERLACED, "i.png"), role="target").values.tolist() == [[[7, 9, 8]]]

    def test_equal_channels_are_reported(self) -> None:
        read = read_arrays(one(raw_png(1, 1, b"\0\1\1\1", colour=2), "mask.png"), role="target")
        assert [(i.field, i.value) for i in read.inferred] == [("channels", "grey")]

    def test_orientation_tag_is_reported_and_not_applied(self) -> None:
        mask = np.arange(6).reshape(2, 3)
        read = read_arrays(one(turned_png(mask, 6), "mask.png"), role="target")
        np.testing.assert_array_equal(read.values[0], mask)
        assert "'mask.png': the orientation tag says to turn the image" in read.notices[0]

    @pytest.mark.parametrize(
        "exif", [b"", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\0\0", b"MM\0*\0\0\0\x08\xff\xff"]
    )
    def test_damaged_orientation_tags_are_left_aside(self, exif: bytes) -> None:
        read = read_arrays(one(raw_png(1, 1, b"\0\1", extra=chunk(b"eXIf", exif)), "mask.png"), role="target")
        assert (read.values.tolist(), read.notices) == ([[[1]]], ())

    def test_photos_keep_their_colours(self) -> None:
        photo = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
        np.testing.assert_array_equal(read_arrays(one(picture(photo), "p.png"), role="image").values, photo[None])
        np.testing.assert_array_equal(read_arrays(one(npy(photo), "p.npy"), role="image").values, photo[None])

    def test_photos_lose_their_transparency_and_palette(self) -> None:
        assert read_arrays(one(palette_png([[0, 2]]), "p.png"), role="image").values.tolist() == [
            [[[255, 0, 0], [0, 0, 255]]]
        ]
        assert read_arrays(one(raw_png(1, 1, b"\0\1\2\3\4", colour=6), "p.png"), role="image").values.tolist() == [
            [[[1, 2, 3]]]
        ]


# 3 x 1 pixels 7, 9, 8 in Adam7 order: pass 1 holds column 0, pass 4 column 2, pass 6 column 1.
INTERLACED = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 1, 8, 0, 0, 0, 1))
    + chunk(b"IDAT", zlib.compress(b"\0\7\0\x08\0\x09"))
    + chunk(b"IEND", b"")
)


class TestArchives:
    def test_pictures_and_arrays_are_images_named_by_their_paths(self) -> None:
        members = {
            "masks/b.png": picture(np.array([[1]], np.uint8)),
            "masks/sub/a.npy": npy(np.array([[2]], np.uint8)),
            "__MACOSX/masks/._b.png": b"junk",
            "masks/Thumbs.db": b"junk",
        }
        read = read_arrays(one(zipped(members), "masks.zip"), role="target")
        assert read.names == ("b", "sub/a")
        assert read.values.tolist() == [[[1]], [[2]]]

    def test_same_file_names_in_different_folders_stay_apart(self) -> None:
        members = {"all/case1/mask.npy": npy([[1]]), "all/case2/mask.npy": npy([[2]])}
        assert read_arrays(one(zipped(members), "m.zip"), role="target").names == ("case1/mask", "case2/mask")

    def test_uncompressed_archives_may_hold_blank_masks(self) -> None:
        blank, written = np.zeros((300, 300), np.uint8), io.BytesIO()
        np.savez(written, target=blank)
        refusal_of(lambda: read_arrays(one(npz(target=blank), "m.npz"), role="target", limits=SMALL))
        assert read_arrays(one(written.getvalue(), "m.npz"), role="target", limits=SMALL).values.shape == (1, 300, 300)

    def test_member_can_be_chosen(self) -> None:
        data = npz(first=[[1]], second=[[2]])
        assert read_arrays(one(data, "m.npz"), role="target", member="second").values.tolist() == [[[2]]]
        assert "'third'" in refusal_of(lambda: read_arrays(one(data, "m.npz"), role="target", member="third"))


class TestDigest:
    def test_one_pixel_of_a_large_mask_changes_it(self) -> None:
        mask = np.zeros((1024, 1024), np.uint8)
        digests = set()
        for index in range(20):
            changed = mask.copy()
            changed[index, 1000 - index] = 1
            digests.add(read_arrays(one(npy(changed)), role="target").digest)
        assert len(digests) == 20

    def test_depends_on_values_and_not_on_how_they_are_stored(self) -> None:
        stored = [npy(LABELS), npy(np.asfortranarray(LABELS)), npy(LABELS.astype(">i8"))]
        assert len({read_arrays(one(data), role="target").digest for data in stored}) == 1

    def test_depends_on_shape_and_dtype(self) -> None:
        arrays = [np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), np.zeros((2, 3), np.int8)]
        assert len({read_arrays(one(npy(array)), role="target").digest for array in arrays}) == 3

    def test_of_a_pair_depends_on_what_was_declared(self) -> None:
        mask = [[0, 1]]
        data = [pair(mask, mask), pair(mask, mask, num_classes=3), pair(mask, mask, ignore_label=7)]
        assert len({each.digest for each in data}) == 3


RANDOM = np.random.default_rng(7)
TARGET = RANDOM.integers(0, 4, (3, 5, 6)).astype(np.uint8)
SCORES = RANDOM.dirichlet(np.ones(4), (3, 5, 6)).astype(np.float32)  # [image, row, column, class]
FIRST = np.moveaxis(SCORES, -1, 1)


class TestAxes:
    @pytest.mark.parametrize(
        ("target", "prediction", "images"),
        [
            (TARGET, FIRST, 3),
            (TARGET, SCORES, 3),
            (TARGET[0], FIRST[0], 1),
            (TARGET[0], SCORES[0], 1),
            (TARGET[0], SCORES[:1], 1),
            (TARGET[:1], SCORES[0], 1),
            (TARGET[..., None], SCORES, 3),
            (TARGET[:, None], FIRST, 3),
            (TARGET[0, ..., None], SCORES[0], 1),
            (TARGET.reshape(3, 30), FIRST.reshape(3, 4, 30), 3),
            (TARGET[0].ravel(), SCORES[0].reshape(30, 4), 1),
        ],
    )
    def test_class_axis_is_found(self, target: Any, prediction: Any, images: int) -> None:
        data = pair(target, prediction)
        assert data.target.shape[0] == images
        np.testing.assert_array_equal(data.target.flatten(), TARGET[:images].ravel())
        np.testing.assert_array_equal(data.prediction.flatten(2), FIRST[:images].reshape(images, 4, -1))
        assert (data.kind, data.num_classes) == ("probabilities", 4)

    @pytest.mark.parametrize("shape", [(3, 5, 6), (3, 1, 5, 6), (3, 5, 6, 1)])
    def test_labels_may_have_a_channel_axis(self, shape: tuple[int, ...]) -> None:
        assert torch.equal(pair(TARGET, TARGET.reshape(shape)).prediction, torch.from_numpy(TARGET))

    def test_one_volume_is_recognised_by_its_scores(self) -> None:
        data = pair(TARGET, np.moveaxis(SCORES, -1, 0))
        assert data.target.shape == (1, 3, 5, 6)
        assert concluded(data)["first_axis"] == "spatial"

    def test_first_axis_can_be_declared(self) -> None:
        assert pair(TARGET, TARGET).target.shape == (3, 5, 6)
        assert pair(TARGET, TARGET, first_axis="spatial").target.shape == (1, 3, 5, 6)
        assert pair(TARGET[0], TARGET[0], first_axis="image").target.shape == (5, 6)

    def test_equal_sizes_are_not_guessed(self) -> None:
        square, cube = np.zeros((4, 4), np.uint8), RANDOM.dirichlet(np.ones(4), (4, 4))
        assert "pass scores_axis" in refusal_of(lambda: pair(square, cube))
        np.testing.assert_array_equal(pair(square, cube, scores_axis="last").prediction[0], np.moveaxis(cube, -1, 0))
        np.testing.assert_array_equal(pair(square, cube, scores_axis="first").prediction[0], cube)

    @pytest.mark.parametrize(
        ("target", "prediction", "says"),
        [
            ((256, 256), (255, 256), "got shape (255, 256)"),
            ((4, 6), (6, 4), "transpose one of the two"),
            ((5, 4, 6), (4, 4, 6), "the target has 5 images, the prediction 4"),
            ((5, 4, 6), (5, 3, 4, 7), "expected labels (5, 4, 6) or scores (5, class, 4, 6)"),
            ((5, 3, 4, 6), (5, 4, 6), "are target and prediction swapped?"),
            ((5, 4, 6, 3), (5, 4, 6), "are target and prediction swapped?"),
        ],
    )
    def test_shapes_that_do_not_fit(self, target: tuple[int, ...], prediction: tuple[int, ...], says: str) -> None:
        message = refusal_of(lambda: pair(np.zeros(target, np.uint8), np.zeros(prediction, np.uint8)))
        assert says in message
        assert message.startswith("prediction 'p.npy'")


class TestLabels:
    def test_number_of_classes(self) -> None:
        data = pair([[0, 1, 2]], [[0, 5, 2]])
        assert data.num_classes == 6
        assert concluded(data)["num_classes"] == 6
        assert data.class_names[5] == "class 5"

    def test_sparse_ids(self) -> None:
        assert pair([[0, 7, 24]], [[0, 7, 7]]).num_classes == 25

    @pytest.mark.parametrize("masks", [([[0, 0]], [[0, 0]]), ([[1]], [[1]])])
    def test_one_class_alone_is_background_of_two(self, masks: Any) -> None:
        data = pair(*masks)
        assert data.num_classes == 2
        (why,) = [note.why for note in data.inferred if note.field == "num_classes"]
        assert "and no other occurs" in why
        assert ("two classes are the least" in why) == (data.target.max() == 0)

    @pytest.mark.parametrize(
        ("void", "dtype"), [(255, np.uint8), (65_535, np.uint16), (-1, np.int64), (-100, np.int16)]
    )
    def test_customary_void_labels(self, void: int, dtype: type) -> None:
        data = pair(np.array([[0, 1, void]], dtype), np.array([[0, 1, 1]], np.uint8))
        assert (data.ignore_label, data.num_classes) == (void, 2)
        assert concluded(data)["ignore_label"] == void
        assert data.target.tolist() == [[[0, 1, void]]]

    def test_255_among_many_classes_is_a_class(self) -> None:
        labels = np.arange(256, dtype=np.uint8).reshape(16, 16)
        assert (pair(labels, labels).ignore_label, pair(labels, labels).num_classes) == (None, 256)

    def test_void_label_can_be_declared_and_denied(self) -> None:
        assert pair([[0, 1, 9]], [[0, 1, 1]], ignore_label=9).num_classes == 2
        assert pair(np.uint8([[0, 3, 255]]), np.uint8([[0, 3, 3]]), ignore_label=None).num_classes == 256

    def test_zero_and_255_mean_background_and_foreground(self) -> None:
        data = pair(np.uint8([[0, 255]]), np.uint8([[0, 1]]))
        assert data.target.tolist() == [[[0, 1]]]
        assert (data.num_classes, data.ignore_label) == (2, None)
        assert concluded(data)["label_255"] == "foreground"

    def test_all_foreground_beside_a_255_mask(self) -> None:
        assert pair(np.uint8([[0, 255]]), np.uint8([[255, 255]])).prediction.tolist() == [[[1, 1]]]

    def test_255_with_other_labels_stays_void(self) -> None:
        assert pair(np.uint8([[0, 1, 255]]), np.uint8([[0, 1, 0]])).ignore_label == 255
        assert pair(np.uint8([[0, 255]]), np.uint8([[0, 2]])).ignore_label == 255
        assert pair(np.uint8([[0, 255]]), np.uint8([[0, 1]]), ignore_label=255).ignore_label == 255

    def test_forced_foreground_needs_a_binary_mask(self) -> None:
        mask = np.uint8([[0, 2, 255]])
        assert "also [2]" in refusal_of(lambda: pair(mask, mask, label_255="foreground"))

    def test_whole_floats_are_labels(self) -> None:
        data = pair(np.array([[0.0, 2.0]]), np.array([[1.0, 2.0]], np.float16))
        assert data.target.tolist() == [[[0, 2]]]
        assert data.prediction.dtype == torch.uint8
        assert concluded(data)["target_labels"] == "whole numbers"

    def test_bool_masks(self) -> None:
        data = pair(np.array([[True, False]]), np.array([[True, True]]))
        assert (data.target.tolist(), data.prediction.tolist()) == ([[[1, 0]]], [[[1, 1]]])

    @pytest.mark.parametrize("largest", [127, 200, 255, 256, 70_000])
    def test_dtypes_hold_every_class(self, largest: int) -> None:
        mask = np.array([[0, largest]])
        data = pair(mask, mask, num_classes=min(largest + 1, 10_000), ignore_label=largest)
        assert data.target.tolist() == [[[0, largest]]]

    def test_dtypes_hold_what_labels_are_compared_with(self) -> None:
        data = pair(np.uint8([[0, 255]]), np.uint8([[0, 255]]), num_classes=256, ignore_label=-1)
        assert (data.target < data.num_classes).all()
        assert (data.prediction < data.num_classes).all()
        assert not (data.target == data.ignore_label).any()

    @pytest.mark.parametrize(
        ("target", "prediction", "choices", "says"),
        [
            (
                [[0.5, 1]],
                [[0, 1]],
                {},
                "target 't.npy': expected whole-number labels, got 0.5 at image 0 (row 0, column 0)",
            ),
            ([[np.nan, 1]], [[0, 1]], {}, "got nan at image 0"),
            (
                [[0, 1], [1, 7]],
                [[0, 1], [1, 1]],
                {"num_classes": 4},
                "expected labels 0..3, got 7 at image 0 (row 1, column 1)",
            ),
            ([[0, 1]], [[0, 5]], {"num_classes": 2}, "prediction 'p.npy': expected labels 0..1, got 5 at image 0"),
            ([[0, -7]], [[0, 1]], {}, "got -7 at image 0 (row 0, column 1); pass ignore_label=-7"),
            ([[0, 1]], [[0, -1]], {}, "prediction 'p.npy': expected labels 0..1, got -1"),
            ([[1, 2]], [[1, 2]], {"num_classes": 2}, "got 2 at image 0"),
            ([[0, 2**40]], [[0, 1]], {}, "expected labels below 1024, got 1099511627776"),
            ([[0, 5000]], [[0, 1]], {}, "pass ignore_label=5000 if it marks void pixels, or num_classes=5001"),
            ([[0, 60_000]], [[0, 1]], {}, "if it marks void pixels, or correct the label in the file"),
            ([[0, 1]], [[0, 1]], {"num_classes": 60_001}, "tables that fit, got 60,001 classes in each of 1 images"),
            ([[0, 1]], [[0, 5]], {"num_classes": 2}, "pass num_classes=6, or out_of_range='count'"),
            ([[0, 1]], [[0, -7]], {}, "(row 0, column 1); pass out_of_range='count'"),
            ([[0, 1]], [[0, 255]], {"num_classes": 2, "label_255": "keep"}, "exchange target and prediction"),
            (
                [[0, 1, 1]],
                [[0, 1, 255]],
                {},
                "exchange target and prediction if they were swapped, else pass ignore_label=255 if it marks void "
                "pixels, or num_classes=256",
            ),
            (np.uint64([[0, 2**64 - 1]]), [[0, 1]], {}, "below 2**63"),
            ([[0, 1]], [[0, 0.5]], {"scores": "labels"}, "expected whole-number labels, got 0.5"),
            ([[0, 1]], [[0, 1]], {"num_classes": 0}, "got 0"),
            ([[0, 1]], [[0, 1]], {"num_classes": 10**9}, "got 1,000,000,000"),
            ([[0, 1]], [[0, 1]], {"ignore_label": 2**70}, "at most 63 bits"),
            ([[0, 1]], [[0, 1]], {"class_names": ("a",)}, "class_names: expected 2 names, got 1"),
            ([[0, 1]], [[0, 1]], {"class_names": ("a", "a")}, "for every class, got 'a' twice"),
        ],
    )
    def test_labels_that_are_refused(self, target: Any, prediction: Any, choices: dict[str, Any], says: str) -> None:
        assert says in refusal_of(lambda: pair(target, prediction, **choices))

    def test_greys_are_not_taken_for_hundreds_of_classes(self) -> None:
        soft = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
        message = refusal_of(lambda: pair(np.eye(8, dtype=np.uint8), soft))
        assert "64 different values for a target of labels [0, 1]; pass scores='probabilities'" in message

    def test_class_names_are_made_plain(self) -> None:
        assert pair([[0, 1]], [[0, 1]], class_names=("sky", "a\nb")).class_names == ("sky", "a\\u000ab")

    def test_classes_that_a_file_calls_the_same_are_told_apart(self) -> None:
        legend = make_legend([{"name": "class 1", "label": 0}], where="the legend")
        assert pair([[0, 1]], [[0, 1]], legend=legend).class_names == ("class 1 (0)", "class 1 (1)")

    def test_so_are_those_whose_new_name_is_taken(self) -> None:
        legend = make_legend([{"name": "class 2"}, {"name": "class 2 (0)"}], where="the legend")
        expected = ("class 2 (0)", "class 2 (0) (1)", "class 2 (2)")
        assert pair([[0, 1, 2]], [[0, 1, 2]], legend=legend).class_names == expected


class TestScores:
    def test_one_fraction_a_pixel_is_the_foreground(self) -> None:
        data = pair([[0, 1]], np.float32([[0.25, 0.75]]))
        assert data.prediction.tolist() == [[[[0.75, 0.25]], [[0.25, 0.75]]]]
        assert concluded(data)["scores"] == "probabilities"

    def test_uint8_stands_for_probability_times_255(self) -> None:
        scores = np.uint8([[[200, 30]], [[55, 225]]])
        assert pair([[0, 1]], scores).prediction.tolist() == [scores.tolist()]
        assert pair([[0, 1]], scores[1], scores="probabilities").prediction.tolist() == [scores.tolist()]

    def test_one_hot_predictions_become_labels(self) -> None:
        data = pair(TARGET, np.eye(4, dtype=np.uint8)[TARGET])
        assert (data.kind, data.num_classes) == ("labels", 4)
        assert torch.equal(data.prediction, data.target)

    def test_logits_are_never_guessed(self) -> None:
        logits = np.float32([[[-3.0, 1.0]], [[2.0, 0.0]]])
        message = refusal_of(lambda: pair([[0, 1]], logits))
        assert "got -3..2, 50.00% of them outside; pass scores='logits'" in message
        data = pair([[0, 1]], logits, scores="logits")
        np.testing.assert_allclose(data.prediction[0, :, 0, 0], [1 / (1 + np.exp(5)), 1 / (1 + np.exp(-5))], rtol=1e-12)
        assert "softmax" in data.notices[0]

    def test_large_logits(self) -> None:
        data = pair([[0, 1]], np.float32([[[1000, -1000]], [[990, -1000]]]), scores="logits")
        assert data.prediction[0, :, 0, 1].tolist() == [0.5, 0.5]
        assert float(data.prediction[0, 0, 0, 0]) == pytest.approx(1 / (1 + np.exp(-10)), rel=1e-12)

    def test_one_logit_a_pixel(self) -> None:
        data = pair([[0, 1, 1]], np.float32([[0, 800, -800]]), scores="logits")
        assert data.prediction.tolist() == [[[[0.5, 0.0, 1.0]], [[0.5, 1.0, 0.0]]]]

    def test_rounding_is_clipped_and_reported(self) -> None:
        data = pair([[0, 1]], np.array([[[1 + 1e-7, -1e-9]], [[-0.0, 1.0]]]))
        assert (float(data.prediction.min()), float(data.prediction.max())) == (0.0, 1.0)
        assert concluded(data)["rounding"] == "clipped to [0, 1]"

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("kind", ["infer", "probabilities", "logits"])
    def test_a_value_that_is_no_number_is_located(self, value: float, kind: str) -> None:
        scores = FIRST.copy()
        scores[2, 1, 3, 4] = value
        message = refusal_of(lambda: pair(TARGET, scores, scores=kind))
        assert f"got {value} at image 2, class 1 (row 3, column 4)" in message

    def test_scores_that_do_not_add_up_are_remarked(self) -> None:
        assert "sums run from 0.5 to 0.5" in cautioned(pair(TARGET, FIRST / 2))["sums"]
        assert "sums" not in cautioned(pair(TARGET, FIRST))
        assert "sums" not in cautioned(pair(TARGET, np.rint(FIRST * 255).astype(np.uint8)))

    def test_several_classes_a_pixel(self) -> None:
        data = pair([[0, 1]], np.uint8([[[1, 1]], [[1, 0]]]))
        assert data.prediction.tolist() == [[[[1.0, 1.0]], [[1.0, 0.0]]]]
        assert "sums run from 1 to 2" in cautioned(data)["sums"]

    def test_half_precision_is_kept(self) -> None:
        assert pair(TARGET, FIRST.astype(np.float16)).prediction.dtype == torch.float16

    @pytest.mark.parametrize(
        ("target", "prediction", "choices", "says"),
        [
            (TARGET, FIRST, {"num_classes": 5}, "scores of 5 classes (num_classes=5), got 4; pass num_classes=4 if"),
            (TARGET, FIRST / FIRST.max() * 1.00001, {}, "expected probabilities in [0, 1]"),
            (TARGET, FIRST * 255, {}, "expected probabilities in [0, 1]"),
            (TARGET, (FIRST * 255).astype(np.int32), {}, "got int32"),
            (TARGET, TARGET.astype(np.int32), {"scores": "probabilities"}, "got int32"),
            (TARGET, FIRST[:, :2], {}, "expected labels 0..1, got "),
            (FIRST[:, 0], TARGET, {}, "were the two swapped?"),
        ],
    )
    def test_scores_that_are_refused(self, target: Any, prediction: Any, choices: dict[str, Any], says: str) -> None:
        assert says in refusal_of(lambda: pair(target, prediction, **choices))


class TestMatching:
    def test_by_name_whatever_the_order_and_format(self) -> None:
        target = [*one(picture(np.uint8([[1]])), "b.png"), *one(npy([[0]]), "a.npy")]
        data = read_pair(target, several({"a": [[0]], "b": [[1]]}))
        assert data.image_names == ("b", "a")
        assert data.prediction.tolist() == [[[1]], [[0]]]

    def test_score_files(self) -> None:
        names = "xyz"
        target = several(dict(zip(names, TARGET, strict=True)))
        data = read_pair(target, several(dict(zip(names, SCORES, strict=True))))
        np.testing.assert_array_equal(data.prediction, FIRST)

    def test_names_that_differ_are_listed(self) -> None:
        target = several({name: [[0, 1]] for name in "abc"})
        prediction = several({name: [[0, 1]] for name in "bcd"})
        message = refusal_of(lambda: read_pair(target, prediction))
        assert "got no 'a' and unexpected 'd'" in message
        assert "unmatched='intersection' for the 2 in both" in message
        data = read_pair(target, prediction, choices=Choices(unmatched="intersection"))
        assert data.image_names == ("b", "c")
        assert "left out: 'a', 'd'" in data.notices[0]

    def test_no_name_in_common(self) -> None:
        target, prediction = several({"a": [[0]], "b": [[1]]}), several({"c": [[0]], "d": [[1]]})
        refusal_of(lambda: read_pair(target, prediction, choices=Choices(unmatched="intersection")))
        data = read_pair(target, prediction, choices=Choices(match="order"))
        assert data.image_names == ("a", "b")
        assert "paired in the order given" in data.notices[0]

    def test_orders_of_different_length(self) -> None:
        target, prediction = several({"a": [[0]], "b": [[1]]}), several({name: [[0]] for name in "abc"})
        message = refusal_of(lambda: read_pair(target, prediction, choices=Choices(match="order")))
        assert "expected 2 images as the target has, got 3" in message

    def test_one_array_against_several_files(self) -> None:
        target = several(dict(zip("xyz", TARGET, strict=True)))
        prediction = one(npy(FIRST), "p.npy")
        assert "pass match='order'" in refusal_of(lambda: read_pair(target, prediction))
        data = read_pair(target, prediction, choices=Choices(match="order"))
        assert data.image_names == ("x", "y", "z")
        np.testing.assert_array_equal(data.prediction, FIRST)

    def test_two_pictures_are_a_pair_but_different_names_are_remarked(self) -> None:
        data = read_pair(one(picture(np.uint8([[0, 1]])), "a.png"), one(picture(np.uint8([[1, 1]])), "b.png"))
        assert "'a' and 'b' are scored as one image" in data.notices[0]
        assert data.image_names == ("a",)

    def test_one_npz_with_both(self) -> None:
        data = read_pair(one(npz(target=TARGET, probabilities=SCORES), "both.npz"))
        assert data.kind == "probabilities"
        assert concluded(data)["prediction_member"] == "probabilities"
        assert data.image_names == ("image 0", "image 1", "image 2")

    def test_two_models_in_one_npz_must_be_chosen_from(self) -> None:
        archive = one(npz(target=TARGET, prediction_a=TARGET, prediction_b=TARGET), "both.npz")
        assert "prediction_member" in refusal_of(lambda: read_pair(archive))
        assert read_pair(archive, choices=Choices(prediction_member="prediction_b")).kind == "labels"
        assert read_pair(one(npz(target=TARGET, extra=[1], prediction_a=TARGET), "both.npz")).kind == "labels"

    @pytest.mark.parametrize("upload", [one(GREY, "t.npy"), one(npz(target=TARGET), "t.npz")], ids=["npy", "npz"])
    def test_a_target_alone(self, upload: list[Upload]) -> None:
        assert "a prediction" in refusal_of(lambda: read_pair(upload))


class TestNotices:
    def test_identical_target_and_prediction(self) -> None:
        assert "identical" in cautioned(pair(TARGET, TARGET.astype(np.int64)))
        assert "identical" not in cautioned(pair(TARGET, (TARGET + 1) % 4))

    @pytest.mark.parametrize("axis", [0, 1, 3])
    def test_one_hot_targets(self, axis: int) -> None:
        one_hot = np.moveaxis(np.eye(4, dtype=np.uint8)[TARGET], -1, axis)
        assert f"a single 1 along axis {axis} everywhere" in pair(one_hot, one_hot).notices[0]
        assert pair(np.eye(4, dtype=np.uint8), np.ones((4, 4), np.uint8)).notices == ()

    def test_one_hot_target_of_one_image(self) -> None:
        one_hot = np.eye(4, dtype=np.uint8)[TARGET[0]]
        assert "a single 1 along axis 2 everywhere" in pair(one_hot, one_hot * 0).notices[0]

    def test_void_images(self) -> None:
        target = TARGET.copy()
        target[1] = 255
        assert pair(target, FIRST).notices == ("1 of 3 images are void everywhere and have no score",)

    def test_predictions_of_no_class(self) -> None:
        data = pair([[0, 1, 255]], [[5, 1, 5]], num_classes=2, ignore_label=255, out_of_range="count")
        assert "1 pixels of no class (labels [5]), the first at image 0 (row 0, column 0)" in data.notices[0]


class TestCsv:
    @pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
    def test_formulas_are_escaped(self, text: str) -> None:
        assert escape_csv_cell(text) == f"'{text}"

    @pytest.mark.parametrize("text", ["class 1", "-0.5", "+3", "-1e-7", "nan", "", "a=b", "1-2"])
    def test_texts_and_numbers_are_not(self, text: str) -> None:
        assert escape_csv_cell(text) == text

    def test_table(self) -> None:
        table = safe_csv(["name", "IoU"], [["=a,b", 0.1 + 0.2], ['say "x"', float("nan")]])
        assert table == 'name,IoU\n"\'=a,b",0.30000000000000004\n"say ""x""",nan\n'


@pytest.mark.parametrize(
    "prediction", [TARGET, FIRST, np.rint(SCORES * 255).astype(np.uint8)], ids=["labels", "f4", "u1"]
)
def test_what_is_read_can_be_counted(prediction: np.ndarray[Any, Any]) -> None:
    target = TARGET.copy()
    target[:, 0] = 255
    data = pair(target, prediction)
    statistics = count(
        data.target,
        data.prediction,
        num_classes=data.num_classes,
        ignore_label=data.ignore_label,
        class_names=data.class_names,
        image_names=data.image_names,
    )
    assert int(statistics.confusion.sum()) == TARGET.size
    assert int(statistics.confusion[:, -1].sum()) == 3 * 6


def test_errors_survive_pickling() -> None:
    error = FileError("'a.npy': expected x, got y; do z")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_tensors_own_their_memory() -> None:
    data = pair(TARGET, FIRST)
    assert data.target.is_contiguous()
    assert data.prediction.is_contiguous()
    data.target.add_(1)
    data.prediction.add_(1)
