"""Formats: which files can be read, told by their names and confirmed by their first bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from metrics_core.files.coco import is_panoptic, is_run_lengths, read_run_lengths
from metrics_core.files.decoding import Decoded, Request
from metrics_core.files.nifti import read_nifti
from metrics_core.files.npy import read_npy
from metrics_core.files.nrrd import read_nrrd
from metrics_core.files.pictures import read_picture
from metrics_core.files.refusals import display_name, refusal
from metrics_core.files.tables import read_table
from metrics_core.files.texts import parse_json
from metrics_core.files.tiff import read_tiff

_SIGNATURES = (
    (b"\x93NUMPY", "npy"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"GIF8", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image, whose compression changes labels"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"NRRD000", "nrrd"),
    (b"BM", "a BMP image"),
    (b"RIFF", "a WebP image"),
    (b"%!PS", "a PostScript file"),
    (b"%PDF", "a PDF file"),
    (b"SIMPLE", "a FITS image"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x80", "a Python pickle"),
)
_CONTENT_NAMES = {
    "npy": "a NumPy array (.npy)",
    "png": "a PNG image",
    "zip": "a zip archive (.npz, .zip)",
    "tiff": "a TIFF image",
    "nifti": "a NIfTI volume",
    "gzip": "a gzip archive",
    "nrrd": "an NRRD volume",
    "text": "a text file",
}


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file: its extensions, what its first bytes say, and how its arrays are read (None for archives)."""

    extensions: tuple[str, ...]
    content: str
    read: Callable[[bytes | bytearray, Request], list[Decoded]] | None


def _read_array(data: bytes | bytearray, request: Request) -> list[Decoded]:
    return [Decoded(values=read_npy(data, where=request.where, budget=request.budget), is_image=False)]


def _read_json(data: bytes | bytearray, request: Request) -> list[Decoded]:
    content = parse_json(data, where=request.where)
    if is_panoptic(content) or not is_run_lengths(content):
        got = "panoptic annotations without their pictures" if is_panoptic(content) else "another JSON file"
        todo = "add the PNG files that they describe" if is_panoptic(content) else "export it as COCO JSON with RLE"
        raise refusal(request.where, expected="COCO annotations with run lengths", got=got, todo=todo)
    return read_run_lengths(content, request)


FORMATS = (
    Format(extensions=("npy",), content="npy", read=_read_array),
    Format(extensions=("png",), content="png", read=read_picture),
    Format(extensions=("tif", "tiff"), content="tiff", read=read_tiff),
    Format(extensions=("nii",), content="nifti", read=read_nifti),
    Format(extensions=("nii.gz",), content="gzip", read=read_nifti),
    Format(extensions=("nrrd",), content="nrrd", read=read_nrrd),
    Format(extensions=("json",), content="text", read=_read_json),
    Format(extensions=("csv",), content="text", read=read_table),
    Format(extensions=("npz",), content="zip", read=None),
    Format(extensions=("zip",), content="zip", read=None),
    Format(extensions=("toml",), content="text", read=None),
)
_BY_EXTENSION = {extension: form for form in FORMATS for extension in form.extensions}
EXTENSIONS = tuple(_BY_EXTENSION)
_PHOTOS = ("jpg", "jpeg", "bmp", "gif", "webp")  # what annotations name
IN_ARCHIVES = tuple(extension for extension in EXTENSIONS if extension not in ("npz", "zip"))


def extension_of(name: str) -> str:
    """The extension in lower case, "nii.gz" as one; "" without a dot."""
    lower = name.lower()
    return "nii.gz" if lower.endswith(".nii.gz") else lower.rpartition(".")[2] if "." in lower else ""


def stem_of(name: str) -> str:
    """The name without the extension of a file of images, unless nothing else is left."""
    extension = extension_of(name)
    return name[: -len(extension) - 1] or name if extension in (*EXTENSIONS, *_PHOTOS) else name


def format_of(name: str) -> Format:
    """The format that a name with a known extension says."""
    return _BY_EXTENSION[extension_of(name)]


def check_extension(name: str, *, allowed: tuple[str, ...], where: str) -> None:
    """Refuse a name that does not end in one of the allowed extensions.

    Raises:
        FileError: names the extension.
    """
    if extension_of(name) not in allowed:
        got = f".{extension_of(name)}"[:12]
        expected = f"a name that ends in {', '.join(f'.{extension}' for extension in allowed)}"
        raise refusal(where, expected=expected, got=display_name(got), todo="save it in one of these formats")


def check_content(data: bytes | bytearray, extension: str, *, where: str) -> None:
    """Refuse a file that is something else than its name says.

    Raises:
        FileError: names what the file looks like.
    """
    wanted = _BY_EXTENSION[extension].content
    found = next((kind for start, kind in _SIGNATURES if data.startswith(start)), _unsigned(data))
    if found != wanted or not data:
        got = _CONTENT_NAMES.get(found, found) if data else "an empty file (0 bytes)"
        todo = "save it in the format its name says" if data else "upload the file again"
        raise refusal(where, expected=_CONTENT_NAMES[wanted], got=got, todo=todo)


def _unsigned(data: bytes | bytearray) -> str:
    """The kind of a file whose first bytes are no signature."""
    if data[:4] in (b"\x5c\1\0\0", b"\0\0\1\x5c", b"\x1c\2\0\0", b"\0\0\2\x1c"):
        return "nifti"
    start = bytes(data[:512])
    return "unknown data" if any(code < 9 or 13 < code < 32 for code in start) else "text"
