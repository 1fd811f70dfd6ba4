"""COCO: label maps from run lengths (RLE), and segments of panoptic pictures.

Format: https://cocodataset.org/#format-data
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from metrics_core.files.decoding import MOST_CATEGORY, UNLABELLED, Decoded, Request, Segments
from metrics_core.files.npy import Array
from metrics_core.files.refusals import FileError, clean_name, display_name, refusal

MOST_ANNOTATIONS = 200_000
MOST_PAINTED = 4 * 10**9  # pixels of all annotations together, which bounds the time


def is_panoptic(content: Any) -> bool:
    """Whether a JSON value lists segments of panoptic pictures."""
    return any("segments_info" in entry for entry in _entries(content)[:1])


def is_run_lengths(content: Any) -> bool:
    """Whether a JSON value lists annotations with segmentations."""
    return any("segmentation" in entry for entry in _entries(content)[:1])


def read_segments(content: Any, *, where: str) -> Segments:
    """The categories of every panoptic picture.

    Raises:
        FileError: an annotation without file name, segment ids or categories.
    """
    categories: dict[str, dict[int, int]] = {}
    for number, entry in enumerate(_listed(content, where=where)):
        name, segments = entry.get("file_name"), entry.get("segments_info")
        if not isinstance(name, str) or not isinstance(segments, list):
            raise _wrong(where, f"annotation {number}", "a file_name and segments_info")
        found = categories.setdefault(name.replace("\\", "/").rpartition("/")[2], {})
        for segment in cast("list[Any]", segments):
            parts = cast("dict[str, Any]", segment) if isinstance(segment, dict) else {}
            key = _whole(parts.get("id"), where=where, what=f"annotation {number}, segment id", most=2**24 - 1)
            found[key] = _category(parts, number, where=where)
    return Segments(categories=categories, names=_category_names(content, where=where))


@dataclass(frozen=True, kw_only=True)
class _Image:
    name: str
    identifier: str
    height: int
    width: int


def read_run_lengths(content: Any, request: Request) -> list[Decoded]:
    """One label map an image: category numbers, painted in the order given, of results the highest score last.

    Pixels without annotation are 0, or 65535 where the file has a category 0.

    Raises:
        FileError: an annotation that names no image or category, or run lengths that do not fill their image.
    """
    where = request.where
    annotations = _listed(content, where=where)
    names, described = _category_names(content, where=where), _images(content, where=where)
    categories = [_category(entry, number, where=where) for number, entry in enumerate(annotations)]
    _check_work(annotations, where=where)
    unlabelled = UNLABELLED if 0 in names or 0 in categories else 0
    grouped: dict[str, list[int]] = {identifier: [] for identifier in described}
    for number, entry in enumerate(annotations):
        grouped.setdefault(_identifier(entry.get("image_id"), number, where=where), []).append(number)
    if len(grouped) > request.budget.limits.files:
        expected = f"at most {request.budget.limits.files:,} images"
        raise refusal(where, expected=expected, got=f"{len(grouped):,}", todo="split the file")
    decoded: list[Decoded] = []
    for identifier, numbers in grouped.items():
        numbers.sort(key=lambda number: _score(annotations[number]))
        image = described.get(identifier) or _image_of(annotations, numbers, identifier, where=where)
        painted = _Painted(image, request, unlabelled)
        for number in numbers:
            painted.add(annotations[number], number, categories[number])
        decoded.append(painted.decoded(names))
    return decoded


def _check_work(annotations: Sequence[Mapping[str, Any]], *, where: str) -> None:
    sizes = [entry["segmentation"].get("size") for entry in annotations if isinstance(entry.get("segmentation"), dict)]
    pairs = [size for size in sizes if isinstance(size, list) and all(type(side) is int for side in size)]
    work = sum(math.prod(size) for size in pairs if len(size) == 2)
    if work > MOST_PAINTED:
        expected = f"annotations of at most {MOST_PAINTED:,} pixels together"
        raise refusal(where, expected=expected, got=f"{work:,}", todo="split the file")


class _Painted:
    """The label map of one image."""

    def __init__(self, image: _Image, request: Request, unlabelled: int) -> None:
        pixels = image.height * image.width
        if not 0 < pixels <= request.budget.limits.pixels:
            expected, got = f"1 to {request.budget.limits.pixels:,} pixels", f"{image.height:,} x {image.width:,}"
            raise refusal(request.where, expected=expected, got=got, todo="cut the image into tiles")
        request.budget.spend(2 * pixels, where=request.where)
        self._image, self._where, self._unlabelled = image, request.where, unlabelled
        self._labels = np.full((image.height, image.width), unlabelled, np.uint16)
        self._covered = 0

    def add(self, annotation: Mapping[str, Any], number: int, category: int) -> None:
        """Paint one annotation over those before it."""
        size, runs = _runs(annotation, number, where=self._where)
        if size != self._labels.shape:
            got = f"{size[0]} x {size[1]} in annotation {number}"
            expected = f"the image's size {self._labels.shape[0]} x {self._labels.shape[1]}"
            raise refusal(self._where, expected=expected, got=got, todo="export the annotations again")
        inside = _decode(size, runs)
        before = self._labels[inside]
        self._covered += int(((before != self._unlabelled) & (before != category)).sum())
        self._labels[inside] = category

    def decoded(self, names: Mapping[int, str]) -> Decoded:
        """The finished map."""
        notice = f"{self._covered:,} pixels lie under several categories; the last annotation counts"
        why = "pixels that no annotation covers"
        return Decoded(
            values=self._labels,
            is_image=True,
            name=self._image.name,
            identifier=self._image.identifier,
            unlabelled=self._unlabelled,
            names=names,
            inferred=(("unlabelled", str(self._unlabelled), why),),
            notices=(notice,) if self._covered else (),
        )


def _decode(size: tuple[int, int], runs: list[int]) -> Array:
    """Which pixels are inside; of checked runs, for given too few pycocotools returns memory nobody has written to."""
    from pycocotools import mask  # imported when needed: most sessions read no COCO file

    uncompressed: Any = {"size": list(size), "counts": runs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it still speaks NumPy 1
        packed: Any = mask.frPyObjects(uncompressed, *size)
        return mask.decode(packed) > 0


def _runs(annotation: Mapping[str, Any], number: int, *, where: str) -> tuple[tuple[int, int], list[int]]:
    """Size and run lengths of an annotation, whose sum is the size."""
    found = annotation.get("segmentation")
    if isinstance(found, list):
        todo = "turn polygons into run lengths (pycocotools: annToRLE)"
        raise refusal(where, expected="run lengths (RLE)", got=f"polygons in annotation {number}", todo=todo)
    parts = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    size, counts = parts.get("size"), parts.get("counts")
    if not isinstance(size, list) or len(cast("list[Any]", size)) != 2:
        raise _wrong(where, f"annotation {number}", "a segmentation with size and counts")
    height, width = (_whole(side, where=where, what="size", most=2**31) for side in cast("list[Any]", size))
    runs = list(_unpacked(counts)) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in cast("list[Any]", runs)):
        raise _wrong(where, f"annotation {number}", "counts that are lengths of runs")
    lengths = cast("list[int]", runs)
    if sum(lengths) != height * width:
        got = f"{sum(lengths):,} in annotation {number}"
        expected = f"counts for {height * width:,} pixels"
        raise refusal(where, expected=expected, got=got, todo="export the annotations again")
    return (height, width), lengths


def _unpacked(counts: str) -> Iterator[int]:
    """Run lengths of COCO's compressed text: five bits a sign, and differences to the run before the last."""
    runs: list[int] = []
    value, shift = 0, 0
    for sign in counts:
        code = ord(sign) - 48
        if not 0 <= code < 64 or shift > 60:
            yield -1
            return
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        value += runs[-2] if len(runs) > 2 else 0
        runs.append(value)
        value, shift = 0, 0
        yield runs[-1]
    if shift:
        yield -1


def _entries(content: Any) -> list[dict[str, Any]]:
    found = cast("dict[str, Any]", content).get("annotations") if isinstance(content, dict) else content
    return [entry for entry in cast("list[Any]", found) if isinstance(entry, dict)] if isinstance(found, list) else []


def _listed(content: Any, *, where: str) -> list[dict[str, Any]]:
    entries = _entries(content)
    total = len(cast("dict[str, Any]", content)["annotations"] if isinstance(content, dict) else content)
    if len(entries) != total or total > MOST_ANNOTATIONS:
        got = f"{total:,}, {total - len(entries):,} of them no objects"
        raise refusal(where, expected=f"at most {MOST_ANNOTATIONS:,} annotations", got=got, todo="split the file")
    return entries


def _images(content: Any, *, where: str) -> dict[str, _Image]:
    found = cast("dict[str, Any]", content).get("images", []) if isinstance(content, dict) else []
    images: dict[str, _Image] = {}
    for number, entry in enumerate(cast("list[Any]", found) if isinstance(found, list) else []):
        parts = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        identifier, name = _identifier(parts.get("id"), number, where=where), parts.get("file_name")
        height, width = (
            _whole(parts.get(side), where=where, what=f"image {number}, {side}", most=2**31)
            for side in ("height", "width")
        )
        shown = clean_name(name) if isinstance(name, str) and 0 < len(name) <= 255 else identifier
        images[identifier] = _Image(name=shown, identifier=identifier, height=height, width=width)
    return images


def _image_of(
    annotations: Sequence[Mapping[str, Any]], numbers: Sequence[int], identifier: str, *, where: str
) -> _Image:
    """An image that the file does not describe, with the size of its first annotation."""
    (height, width), _ = _runs(annotations[numbers[0]], numbers[0], where=where)
    return _Image(name=identifier, identifier=identifier, height=height, width=width)


def _category_names(content: Any, *, where: str) -> dict[int, str]:
    found = cast("dict[str, Any]", content).get("categories", []) if isinstance(content, dict) else []
    names: dict[int, str] = {}
    for number, entry in enumerate(cast("list[Any]", found) if isinstance(found, list) else []):
        parts = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        label = _whole(parts.get("id"), where=where, what=f"category {number}, id", most=MOST_CATEGORY)
        names[label] = clean_name(str(parts.get("name", f"class {label}"))[:200])
    return names


def _category(parts: Mapping[str, Any], number: int, *, where: str) -> int:
    what = f"annotation {number}, category_id"
    return _whole(parts.get("category_id"), where=where, what=what, most=MOST_CATEGORY)


def _identifier(value: Any, number: int, *, where: str) -> str:
    if type(value) is int or (isinstance(value, str) and 0 < len(value) <= 255):
        return clean_name(str(value))
    raise _wrong(where, f"entry {number}", "the id of an image")


def _whole(value: Any, *, where: str, what: str, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        got = f"{display_name(str(value)[:30], characters=20)} as {what}"
        raise refusal(where, expected=f"a whole number from 0 to {most:,}", got=got, todo="export it again")
    return value


def _score(annotation: Mapping[str, Any]) -> float:
    score = annotation.get("score", 0)
    return float(score) if type(score) in (int, float) and -1e300 < score < 1e300 else 0.0


def _wrong(where: str, what: str, expected: str) -> FileError:
    return refusal(where, expected=expected, got=f"none in {what}", todo="export the annotations again")
