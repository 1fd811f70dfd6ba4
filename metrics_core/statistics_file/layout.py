"""Layout: the header of a statistics file and the members that it implies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from metrics_core.bins import Bins, Histogram, Images
from metrics_core.files.refusals import FileError, display_name, refusal

FORMAT = "metric-explorer statistics"
VERSION = 1
LONGEST_NAME = 1000
HEADER, NAMES = "header.json", "image_names.jsonl"
SIZES, CELLS, COUNTS = "confusion_sizes.npy", "confusion_cells.npy", "confusion_counts.npy"
SCORE_CELLS, SCORE_COUNTS = "histogram_cells.npy", "histogram_counts.npy"
LOW, HIGH = "histogram_low.npy", "histogram_high.npy"
_AGAIN = "write it again with save_statistics"


@dataclass(frozen=True, kw_only=True)
class ScoreLayout:
    """What the header says of the histogram: whose scores, which bins, how many non-zero cells."""

    images: Images
    bins: Bins
    entries: int


@dataclass(frozen=True, kw_only=True)
class Header:
    """What header.json holds; provenance is free JSON about where the counts come from."""

    class_names: tuple[str, ...]
    ignore_label: int | None
    images: int
    entries: int
    histogram: ScoreLayout | None
    provenance: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def side(self) -> int:
        """Rows and columns of an image's table."""
        return len(self.class_names) + 1

    @property
    def score_shape(self) -> tuple[int, int, int, int]:
        """Shape of the histogram's counts; no images without one."""
        if self.histogram is None:
            return (0, 0, 0, 0)
        first = self.images if self.histogram.images == "per_image" else 1
        return (first, self.side, self.side - 1, self.histogram.bins.count)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every NPY member."""
        shapes: dict[str, tuple[int, ...]] = {SIZES: (self.images,), CELLS: (self.entries,), COUNTS: (self.entries,)}
        if self.histogram is not None:
            of_bins = (self.side - 1, self.histogram.bins.count)
            scores = (self.histogram.entries,)
            shapes |= {SCORE_CELLS: scores, SCORE_COUNTS: scores, LOW: of_bins, HIGH: of_bins}
        return shapes

    def to_json(self) -> bytes:
        """The header as it is written."""
        scores = self.histogram
        text = {
            "format": FORMAT,
            "version": VERSION,
            "class_names": list(self.class_names),
            "ignore_label": self.ignore_label,
            "images": self.images,
            "entries": self.entries,
            "histogram": None
            if scores is None
            else {
                "images": scores.images,
                "kind": scores.bins.kind,
                "bins": scores.bins.count,
                "entries": scores.entries,
            },
            "provenance": dict(self.provenance),
        }
        return json.dumps(text, indent=1, allow_nan=False).encode()


def score_layout(histogram: Histogram | None, *, entries: int) -> ScoreLayout | None:
    """What a header says of this histogram."""
    if histogram is None:
        return None
    return ScoreLayout(images=histogram.images, bins=histogram.bins, entries=entries)


def parse_header(content: bytes | bytearray, *, where: str) -> Header:
    """The header, every field checked.

    Raises:
        FileError: another format or version, or a field that is missing or malformed.
    """
    found = _parsed(content, where=where)
    if found.get("format") != FORMAT:
        raise _wrong(where, f"a header with format {FORMAT!r}", found.get("format"))
    if found.get("version") != VERSION:
        got = f"version {display_name(str(found.get('version')), characters=20)}"
        raise refusal(where, expected=f"version {VERSION}", got=got, todo="update metric-explorer")
    names, label, provenance = found.get("class_names"), found.get("ignore_label"), found.get("provenance")
    if not isinstance(names, list) or not names:
        raise _wrong(where, "class_names to be a list of texts", names)
    if label is not None and (type(label) is not int or abs(label) >= 2**63):
        raise _wrong(where, "ignore_label to be null or a number of at most 63 bits", label)
    if not isinstance(provenance, dict):
        raise _wrong(where, "provenance to be an object", provenance)
    return Header(
        class_names=tuple(checked_name(name, where=where) for name in cast("list[object]", names)),
        ignore_label=label,
        images=_whole(found, "images", where=where),
        entries=_whole(found, "entries", where=where),
        histogram=_scores(found.get("histogram"), where=where),
        provenance=cast("dict[str, Any]", provenance),
    )


def checked_name(name: object, *, where: str) -> str:
    """The name, if it is a text that a line can show.

    Raises:
        FileError: no text, one that is too long, or characters that are invisible or change direction.
    """
    if isinstance(name, str) and name.isprintable() and len(name) <= LONGEST_NAME:
        return name
    expected = f"names of at most {LONGEST_NAME} printable characters"
    raise refusal(where, expected=expected, got=display_name(str(name), characters=40), todo="rename it")


def _parsed(content: bytes | bytearray, *, where: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise refusal(where, expected=f"JSON in {HEADER}", got="something else", todo=_AGAIN) from None
    if not isinstance(found, dict):
        raise _wrong(where, f"an object in {HEADER}", found)
    return cast("dict[str, Any]", found)


def _scores(found: Any, *, where: str) -> ScoreLayout | None:
    if found is None:
        return None
    if not isinstance(found, dict) or found.get("images") not in ("pooled", "per_image"):
        raise _wrong(where, "histogram to be null or an object with images 'pooled' or 'per_image'", found)
    values = cast("dict[str, Any]", found)
    try:
        bins = Bins(kind=values["kind"], count=_whole(values, "bins", where=where))
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, FileError):
            raise
        raise _wrong(where, "histogram bins of a known kind and count", found) from None
    return ScoreLayout(images=values["images"], bins=bins, entries=_whole(values, "entries", where=where))


def _whole(found: Mapping[str, Any], name: str, *, where: str) -> int:
    value = found.get(name)
    if type(value) is not int or not 0 <= value < 2**40:
        raise _wrong(where, f"{name} to be a whole number below 2**40", value)
    return value


def _wrong(where: str, expected: str, got: object) -> FileError:
    return refusal(where, expected=expected, got=display_name(str(got), characters=40), todo=_AGAIN)
