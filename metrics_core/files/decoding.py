"""Decoding: what a reader is told, and what it gives back for each array of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from metrics_core.files.legends import Legend
from metrics_core.files.limits import Budget
from metrics_core.files.npy import Array
from metrics_core.files.refusals import refusal

Role = Literal["target", "prediction", "image"]
CsvStyle = Literal["comma", "semicolon", "decimal_comma", "tab"]
ScoresAxis = Literal["first", "last"]

MOST_CATEGORY = 65_534
UNLABELLED = 65_535  # pixels to which a COCO file gives no category, where category 0 exists


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Where voxels lie, None where the file does not say.

    spacing: millimetres along each spatial axis. affine: the map of (column, row, slice) indices to space (right,
    anterior, superior), row by row.
    """

    spacing: tuple[float, ...] | None
    affine: tuple[float, ...] | None


@dataclass(frozen=True, kw_only=True)
class Segments:
    """COCO panoptic annotations: category by segment id for every picture, by the picture's name without folders."""

    categories: Mapping[str, Mapping[int, int]]
    names: Mapping[int, str]


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What is declared about the files of one role.

    on_file: called with the name of each file before it is read; what it raises ends the reading.
    """

    role: Role
    member: str | None = None
    legend: Legend | None = None
    csv_style: CsvStyle = "comma"
    on_file: Callable[[str], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """One file to decode: its name, how messages call it, the options and what other files say about it."""

    name: str
    where: str
    options: ReadOptions
    budget: Budget
    segments: Segments | None = None


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """One array of a file.

    - is_image: the array is exactly one image; otherwise its first axis may count images.
    - name, identifier: the image's name and number where the file holds several, "" elsewhere.
    - scores_axis: where the file itself says that classes lie.
    - unlabelled: the label of pixels that the file gives none.
    - names: class names by label. inferred: (field, value, reason). notices: remarks, without the file's name.
    """

    values: Array
    is_image: bool
    name: str = ""
    identifier: str = ""
    scores_axis: ScoresAxis | None = None
    geometry: Geometry | None = None
    unlabelled: int | None = None
    names: Mapping[int, str] = field(default_factory=dict[int, str])
    inferred: tuple[tuple[str, str, str], ...] = ()
    notices: tuple[str, ...] = ()


def labels_of_colours(values: Array, legend: Legend | None, request: Request) -> Array:
    """Labels [row, column] of a colour map uint8 [row, column, 3] by a legend.

    Raises:
        FileError: there is no legend, or a colour is not in it.
    """
    coloured = {} if legend is None else {entry.colour: entry.label for entry in legend.entries if entry.colour}
    if not coloured:
        todo = "add a legend file (CSV with the columns name, colour, label), or save class numbers as a grey PNG"
        raise refusal(request.where, expected="one label per pixel (grey or palette)", got="colours", todo=todo)
    request.budget.spend(16 * values.shape[0] * values.shape[1], where=request.where)
    packed = pack_colours(values)
    codes = np.array(sorted(int(colour[1:], 16) for colour in coloured), np.uint32)
    index, unknown = _found(codes, packed)
    if unknown.any():
        row, column = _first(unknown)
        got = f"{_hex(int(packed[row, column]))} at row {row}, column {column} ({int(unknown.sum()):,} such pixels)"
        todo = "add the colour to the legend, or save the mask without smoothing or JPEG"
        raise refusal(request.where, expected="colours of the legend", got=got, todo=todo)
    labels = np.array([coloured[_hex(int(code))] for code in codes], np.int64)
    return labels[index]


def pack_colours(values: Array) -> Array:
    """Colours [..., 3] as numbers 0xRRGGBB (uint32)."""
    red, green, blue = (values[..., channel].astype(np.uint32) for channel in range(3))
    return (red << 16) | (green << 8) | blue


def labels_of_segments(values: Array, request: Request) -> Array:
    """Category numbers [row, column] of a COCO panoptic picture uint8 [row, column, 3]; 65535 where there is none.

    A segment's id is R + 256 G + 65536 B (https://cocodataset.org/#format-data).

    Raises:
        FileError: the annotations do not list the picture, or one of its segments.
    """
    stem = request.name.replace("\\", "/").rpartition("/")[2]
    known = {} if request.segments is None else dict(request.segments.categories.get(stem, {}))
    request.budget.spend(16 * values.shape[0] * values.shape[1], where=request.where)
    ids = pack_colours(values[..., ::-1])
    known.setdefault(0, UNLABELLED)
    codes = np.array(sorted(known), np.uint32)
    index, unknown = _found(codes, ids)
    if unknown.any():
        row, column = _first(unknown)
        got = f"segment {int(ids[row, column])} at row {row}, column {column}"
        todo = "give the JSON that belongs to these pictures"
        raise refusal(request.where, expected="segments listed in the panoptic JSON", got=got, todo=todo)
    return np.array([known[int(code)] for code in codes], np.uint16)[index]


def _found(codes: Array, packed: Array) -> tuple[Array, Array]:
    """Places of numbers among ascending codes, and where they are none of them."""
    index = np.minimum(np.searchsorted(codes, packed), len(codes) - 1)
    return index, codes[index] != packed


def _first(unknown: Array) -> tuple[int, int]:
    row, column = np.unravel_index(int(np.argmax(unknown)), unknown.shape)
    return int(row), int(column)


def _hex(code: int) -> str:
    return f"#{code:06X}"
