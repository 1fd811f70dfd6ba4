"""Loading: uploads to named arrays, archives opened, legends and annotations found among the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from metrics_core.files.archives import open_archive
from metrics_core.files.coco import is_panoptic, is_run_lengths, read_segments
from metrics_core.files.decoding import Decoded, Geometry, ReadOptions, Request, Role, ScoresAxis, Segments
from metrics_core.files.formats import (
    EXTENSIONS,
    IN_ARCHIVES,
    check_content,
    check_extension,
    extension_of,
    format_of,
)
from metrics_core.files.image_names import image_names
from metrics_core.files.legends import Legend, is_legend_header, read_legend
from metrics_core.files.limits import Budget
from metrics_core.files.members import choose_member
from metrics_core.files.npy import Array
from metrics_core.files.refusals import LONGEST_NAME, display_member, display_name, refusal
from metrics_core.files.texts import parse_json

_NO_PICTURES = ("json", "csv")


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
    """One array: the image's name, how messages call its file, whether it is exactly one image, and what its file says.

    identifier: the image's number in a COCO file. The other fields are as in `Decoded`.
    """

    name: str
    where: str
    values: Array
    is_image: bool
    identifier: str = ""
    scores_axis: ScoresAxis | None = None
    geometry: Geometry | None = None
    unlabelled: int | None = None


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The arrays of one role, with what was concluded, what deserves a remark, and names of classes by label."""

    role: Role
    arrays: tuple[NamedArray, ...]
    inferred: tuple[Inference, ...]
    notices: tuple[str, ...]
    names: Mapping[int, str] = field(default_factory=dict[int, str])
    legend: Legend | None = None

    @property
    def where(self) -> str:
        """How messages call the whole of it."""
        return (
            f"{self.role} {self.arrays[0].where}"
            if len(self.arrays) == 1
            else f"the {len(self.arrays)} {self.role} files"
        )


def load(uploads: Sequence[Upload], *, options: ReadOptions, budget: Budget) -> Loaded:
    """Decode every upload of one role.

    Raises:
        FileError: an upload that cannot be read, too many of them, or two images of one name.
    """
    check_uploads(uploads, role=options.role, budget=budget)
    loader = _Loader(options, budget)
    entries = [entry for upload in uploads for entry in _entries(upload, budget)]
    for entry in [entry for entry in entries if not loader.explains(entry)]:
        loader.add(entry)
    return loader.finish()


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """One file, or one member of a .zip, that has not been read yet."""

    name: str
    where: str
    read: Callable[[], bytes | bytearray]


def _entries(upload: Upload, budget: Budget) -> Iterator[_Entry]:
    if extension_of(upload.name) != "zip":
        yield _Entry(name=upload.name, where=display_name(upload.name), read=partial(bytes, upload.data))
        return
    check_content(upload.data, "zip", where=display_name(upload.name))
    archive = open_archive(upload.name, upload.data, limits=budget.limits)
    for member in archive.members:
        where = display_member(upload.name, member)
        check_extension(member, allowed=IN_ARCHIVES, where=where)
        yield _Entry(name=member, where=where, read=partial(archive.read, member, budget=budget))


class _Loader:
    """Gathers the arrays, inferences and notices of one role."""

    def __init__(self, options: ReadOptions, budget: Budget) -> None:
        self._options, self._budget = options, budget
        self._files = 0
        self._arrays: list[NamedArray] = []
        self._names: dict[int, str] = {}
        self._segments: Segments | None = None
        self._concluded: dict[tuple[str, str, str], list[str]] = {}
        self._noticed: dict[str, list[str]] = {}
        self._inferred: list[Inference] = []

    def explains(self, entry: _Entry) -> bool:
        """Whether a file holds no image but explains others: a legend, or the annotations of panoptic pictures."""
        extension = extension_of(entry.name)
        if extension not in ("toml", "json", "csv") or self._options.role == "image":
            return False
        content = entry.read()
        check_content(content, extension, where=entry.where)
        if extension == "json":
            parsed = parse_json(content, where=entry.where)
            if is_panoptic(parsed):
                self._segments = read_segments(parsed, where=entry.where)
                return True
            if is_run_lengths(parsed):
                return False
        elif extension == "csv" and not is_legend_header(_first_cells(content)):
            return False
        self._explain_by(read_legend(entry.name, bytes(content)), entry)
        return True

    def _explain_by(self, legend: Legend, entry: _Entry) -> None:
        if self._options.legend is not None and self._options.legend.entries != legend.entries:
            got = f"a second one besides {self._options.legend.where}"
            raise refusal(entry.where, expected="one legend", got=got, todo="leave one of them out")
        self._options = replace(self._options, legend=legend)

    def add(self, entry: _Entry) -> None:
        """Decode one file."""
        if self._files >= self._budget.limits.files:
            expected = f"at most {self._budget.limits.files:,} images"
            raise refusal(entry.where, expected=expected, got="more", todo="read fewer at a time")
        self._files += 1
        if self._options.on_file is not None:
            self._options.on_file(entry.name)
        content, name, where = entry.read(), entry.name, entry.where
        check_content(content, extension_of(name), where=where)
        form = format_of(name)
        if form.read is None:
            archive = open_archive(name, bytes(content), limits=self._budget.limits)
            member, key, why = choose_member(archive, role=self._options.role, wanted=self._options.member)
            if why:
                self._inferred.append(Inference(field=f"{self._options.role}_member", value=key, why=why))
            content, where = archive.read(member, budget=self._budget), display_member(name, member)
            check_content(content, "npy", where=where)
            form = format_of(member)
        if form.read is None or (self._options.role == "image" and extension_of(name) in _NO_PICTURES):
            raise refusal(where, expected="pictures or arrays", got="a text file", todo="leave it out")
        request = Request(name=name, where=where, options=self._options, budget=self._budget, segments=self._segments)
        for decoded in form.read(content, request):
            self._keep(decoded, name=name, where=where)

    def _keep(self, decoded: Decoded, *, name: str, where: str) -> None:
        if len(self._arrays) >= self._budget.limits.images:
            expected = f"at most {self._budget.limits.images:,} images"
            raise refusal(where, expected=expected, got="more", todo="read fewer at a time")
        for conclusion in decoded.inferred:
            self._concluded.setdefault(conclusion, []).append(where)
        for notice in decoded.notices:
            self._noticed.setdefault(notice, []).append(where)
        self._names |= decoded.names
        self._arrays.append(
            NamedArray(
                name=decoded.name or name,
                where=f"{where} image {display_name(decoded.name, characters=30)}" if decoded.name else where,
                values=decoded.values,
                is_image=decoded.is_image,
                identifier=decoded.identifier,
                scores_axis=decoded.scores_axis,
                geometry=decoded.geometry,
                unlabelled=decoded.unlabelled,
            )
        )

    def finish(self) -> Loaded:
        """Everything added, with image names that are unique."""
        role, legend = self._options.role, self._options.legend
        if not self._arrays:
            raise refusal(f"{role} files", expected="at least one image", got="only a legend", todo="add the images")
        concluded = [
            Inference(field=name, value=value, why=f"{_some(places)}: {why}")
            for (name, value, why), places in self._concluded.items()
        ]
        names = image_names([array.name for array in self._arrays], [array.where for array in self._arrays])
        return Loaded(
            role=role,
            arrays=tuple(replace(array, name=name) for name, array in zip(names, self._arrays, strict=True)),
            inferred=(*self._inferred, *concluded),
            notices=tuple(f"{_some(places)}: {notice}" for notice, places in self._noticed.items()),
            names=self._names if legend is None else legend.names,
            legend=legend,
        )


def check_uploads(uploads: Sequence[Upload], *, role: Role, budget: Budget) -> None:
    """Refuse too many files or bytes, and names that are too long or of no known format.

    Raises:
        FileError: names the file.
    """
    limits = budget.limits
    if not uploads:
        todo = "choose files, for example .npy, .png, .tif, .nii.gz or .zip"
        raise refusal(f"{role} files", expected="at least one", got="none", todo=todo)
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
        check_extension(upload.name, allowed=EXTENSIONS, where=where)


def explains_others(upload: Upload) -> bool:
    """Whether a file holds no image: a legend, or the annotations of panoptic pictures."""
    extension = extension_of(upload.name)
    if extension == "csv":
        return is_legend_header(_first_cells(upload.data))
    if extension == "json":
        content = parse_json(upload.data, where=display_name(upload.name))
        return is_panoptic(content) or not is_run_lengths(content)
    return extension == "toml"


def _first_cells(content: bytes | bytearray) -> list[str]:
    """The cells of a table's first row, whatever separates them."""
    line = bytes(content[:10_000]).decode("utf-8-sig", "replace").lstrip().partition("\n")[0]
    sign = next((sign for sign in ",;\t" if sign in line), ",")
    return [cell.strip().strip('"') for cell in line.split(sign)]


def _some(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"
