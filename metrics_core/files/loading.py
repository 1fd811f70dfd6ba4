"""Loading: uploads to named arrays, each kind of file told by its name and confirmed by its first bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from metrics_core.files.archives import Archive, open_archive
from metrics_core.files.limits import Budget
from metrics_core.files.npy import Array, read_npy
from metrics_core.files.png import Picture, read_png
from metrics_core.files.refusals import (
    LONGEST_NAME,
    clean_name,
    display_member,
    display_name,
    display_names,
    refusal,
)

Role = Literal["target", "prediction", "image"]

_CONTENT = {"npy": "npy", "npz": "zip", "zip": "zip", "png": "png"}
_SIGNATURES = (
    (b"\x93NUMPY", "npy"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"GIF8", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image, whose compression changes labels"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"II+\0", "a TIFF image"),
    (b"MM\0+", "a TIFF image"),
    (b"BM", "a BMP image"),
    (b"RIFF", "a WebP image"),
    (b"%!PS", "a PostScript file"),
    (b"%PDF", "a PDF file"),
    (b"SIMPLE", "a FITS image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x80", "a Python pickle"),
)
_CONTENT_NAMES = {"npy": "a NumPy array (.npy)", "png": "a PNG image", "zip": "a zip archive (.npz, .zip)"}
# Names people give the arrays of one .npz, best first.
_MEMBERS: dict[Role, tuple[str, ...]] = {
    "target": ("target", "targets", "label", "labels", "mask", "masks", "ground_truth", "y_true"),
    "prediction": ("probabilities", "scores", "logits", "prediction", "predictions", "pred", "y_pred"),
    "image": ("image", "images"),
}


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as it was given: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Inference:
    """Something the files do not say and that was concluded: what, the conclusion, and the reason."""

    field: str
    value: int | str
    why: str


@dataclass(frozen=True, kw_only=True)
class NamedArray:
    """One array: the image's name, how messages call its file, and whether it is a picture (so exactly one image)."""

    name: str
    where: str
    values: Array
    is_picture: bool


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The arrays of one role, with what was concluded and what deserves a remark."""

    role: Role
    arrays: tuple[NamedArray, ...]
    inferred: tuple[Inference, ...]
    notices: tuple[str, ...]

    @property
    def where(self) -> str:
        """How messages call the whole of it."""
        return (
            f"{self.role} {self.arrays[0].where}"
            if len(self.arrays) == 1
            else f"the {len(self.arrays)} {self.role} files"
        )


def load(uploads: Sequence[Upload], *, role: Role, member: str | None, budget: Budget) -> Loaded:
    """Decode every upload of one role.

    Raises:
        FileError: an upload that cannot be read, too many of them, or two images of one name.
    """
    _check_uploads(uploads, role=role, budget=budget)
    loader = _Loader(role=role, member=member, budget=budget)
    for upload in uploads:
        loader.add(upload)
    return loader.finish()


class _Loader:
    """Gathers the arrays, inferences and notices of one role."""

    def __init__(self, *, role: Role, member: str | None, budget: Budget) -> None:
        self._role: Role = role
        self._member = member
        self._budget = budget
        self._arrays: list[NamedArray] = []
        self._merged: list[str] = []
        self._turned: list[str] = []
        self._inferred: list[Inference] = []

    def add(self, upload: Upload) -> None:
        """Decode one upload, which is one array or an archive of images."""
        where, extension = display_name(upload.name), _extension(upload.name)
        _check_content(upload.data, extension, where=where)
        if extension == "npz":
            archive = open_archive(upload.name, upload.data, limits=self._budget.limits)
            member = self._choose_member(archive)
            content = archive.read(member, budget=self._budget)
            self._decode(content, "npy", name=upload.name, where=display_member(upload.name, member))
        elif extension == "zip":
            archive = open_archive(upload.name, upload.data, limits=self._budget.limits)
            for member in archive.members:
                where = display_member(upload.name, member)
                _check_extension(member, allowed=("npy", "png"), where=where)
                self._decode(archive.read(member, budget=self._budget), _extension(member), name=member, where=where)
        else:
            self._decode(upload.data, extension, name=upload.name, where=where)

    def _decode(self, content: bytes | bytearray, extension: str, *, name: str, where: str) -> None:
        if len(self._arrays) >= self._budget.limits.files:
            expected = f"at most {self._budget.limits.files:,} images"
            raise refusal(where, expected=expected, got="more", todo="read fewer at a time")
        _check_content(content, extension, where=where)
        if extension == "npy":
            values = read_npy(content, where=where, budget=self._budget)
        else:
            role = "photo" if self._role == "image" else "labels"
            values = self._remark(read_png(content, where=where, role=role, budget=self._budget), where=where)
        self._arrays.append(NamedArray(name=name, where=where, values=values, is_picture=extension == "png"))

    def _remark(self, picture: Picture, *, where: str) -> Array:
        if picture.merged_channels:
            self._merged.append(where)
        if picture.orientation != 1:
            self._turned.append(where)
        return picture.values

    def _choose_member(self, archive: Archive) -> str:
        where, keys = display_name(archive.name), {name.removesuffix(".npy"): name for name in archive.members}
        for name in archive.members:
            _check_extension(name, allowed=("npy",), where=display_member(archive.name, name))
        if self._member is not None:
            if self._member in keys:
                return keys[self._member]
            expected = f"a member {display_name(self._member)}"
            raise refusal(where, expected=expected, got=display_names(list(keys)), todo="choose one of these")
        key, why = _member_of(list(keys), self._role)
        if key is None:
            todo = f"rename one to {_MEMBERS[self._role][0]}, or pass {self._role}_member"
            expected = f"one member that is the {self._role}"
            raise refusal(where, expected=expected, got=display_names(list(keys)), todo=todo)
        self._inferred.append(Inference(field=f"{self._role}_member", value=clean_name(key), why=why))
        return keys[key]

    def finish(self) -> Loaded:
        """Everything added, with image names that are unique."""
        notices: list[str] = []
        if self._merged:
            why = f"{_some(self._merged)}: colour PNG with equal channels, read as grey"
            self._inferred.append(Inference(field="channels", value="grey", why=why))
        if self._turned:
            notices.append(
                f"{_some(self._turned)}: the orientation tag says to turn the image; pixels are used as stored, "
                "so check that target and prediction lie the same way"
            )
        names = _image_names(self._arrays)
        arrays = tuple(
            NamedArray(name=name, where=array.where, values=array.values, is_picture=array.is_picture)
            for name, array in zip(names, self._arrays, strict=True)
        )
        return Loaded(role=self._role, arrays=arrays, inferred=tuple(self._inferred), notices=tuple(notices))


def _check_uploads(uploads: Sequence[Upload], *, role: Role, budget: Budget) -> None:
    limits = budget.limits
    if not uploads:
        raise refusal(
            f"{role} files", expected="at least one", got="none", todo="choose a .npy, .npz, .png or .zip file"
        )
    if len(uploads) > limits.files:
        expected = f"at most {limits.files:,}"
        raise refusal(f"{role} files", expected=expected, got=f"{len(uploads):,}", todo="read fewer at a time")
    total = sum(len(upload.data) for upload in uploads)
    if total > limits.total_bytes:
        expected = f"at most {limits.total_bytes:,} bytes together"
        raise refusal(f"{role} files", expected=expected, got=f"{total:,}", todo="read fewer at a time")
    for upload in uploads:
        where = display_name(upload.name)
        if len(upload.name) > LONGEST_NAME:
            expected = f"a name of at most {LONGEST_NAME} characters"
            raise refusal(where, expected=expected, got=f"{len(upload.name):,}", todo="rename it")
        _check_extension(upload.name, allowed=tuple(_CONTENT), where=where)


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _check_extension(name: str, *, allowed: tuple[str, ...], where: str) -> None:
    if _extension(name) not in allowed:
        got = f".{_extension(name)}"[:12]
        expected = f"a name that ends in {' or '.join(f'.{extension}' for extension in allowed)}"
        raise refusal(where, expected=expected, got=display_name(got), todo="save it in one of these formats")


def _check_content(data: bytes | bytearray, extension: str, *, where: str) -> None:
    """Refuse a file that is something else than its name says."""
    found = next((kind for start, kind in _SIGNATURES if data.startswith(start)), "unknown data")
    if found != _CONTENT[extension]:
        got = f"{_CONTENT_NAMES.get(found, found)}" if data else "an empty file (0 bytes)"
        todo = "save it in the format its name says" if data else "upload the file again"
        raise refusal(where, expected=_CONTENT_NAMES[_CONTENT[extension]], got=got, todo=todo)


def _member_of(keys: Sequence[str], role: Role) -> tuple[str | None, str]:
    """The member of an .npz that is the role's array, with the reason; None where several or none could be."""
    for word in _MEMBERS[role]:
        if word in keys:
            return word, f"the archive has a member of this name besides {len(keys) - 1} more"
        similar = [key for key in keys if key.startswith(f"{word}_")] if role == "prediction" else []
        if len(similar) > 1:
            return None, ""
        if similar:
            return similar[0], "the only member whose name starts so"
    return (keys[0], "the archive has no other member") if len(keys) == 1 else (None, "")


def _image_names(arrays: Sequence[NamedArray]) -> list[str]:
    """Image names: paths without extension and shared folders, safe to display.

    Raises:
        FileError: two names that differ at most in letter case, or in how accents are composed.
    """
    paths = [clean_name(array.name.replace("\\", "/")) for array in arrays]
    parts = [[part for part in path.split("/") if part not in ("", ".")] or [path] for path in paths]
    shared = _shared_folders([path[:-1] for path in parts])
    stems = ["/".join(path[shared:]) for path in parts]
    stems = [stem.rpartition(".")[0] or stem for stem in stems]
    seen: dict[str, int] = {}
    for index, stem in enumerate(stems):
        first = seen.setdefault(stem.casefold(), index)
        if first != index:
            got = f"that of {arrays[first].where} again, letter case and accents aside"
            raise refusal(arrays[index].where, expected="a name of its own", got=got, todo="remove or rename one")
    return stems


def _shared_folders(folders: Sequence[Sequence[str]]) -> int:
    """How many leading folders all paths share."""
    depth = min(len(folder) for folder in folders)
    differs = (level for level in range(depth) if len({folder[level] for folder in folders}) > 1)
    return next(differs, depth)


def _some(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"
