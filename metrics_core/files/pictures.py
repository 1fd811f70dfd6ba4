"""Pictures: PNG files as labels, their colours turned into labels by a legend or by panoptic segments."""

from __future__ import annotations

import numpy as np

from metrics_core.files.decoding import Decoded, Request, labels_of_colours, labels_of_segments
from metrics_core.files.npy import Array
from metrics_core.files.png import read_png
from metrics_core.files.refusals import refusal

_TURNED = (
    "the orientation tag says to turn the image; pixels are used as stored, "
    "so check that target and prediction lie the same way"
)


def read_picture(data: bytes | bytearray, request: Request) -> list[Decoded]:
    """The labels [row, column] of a PNG, or a photo as it is.

    Raises:
        FileError: a damaged picture, or colours that neither a legend nor panoptic segments explain.
    """
    role = "photo" if request.options.role == "image" else "labels"
    picture = read_png(data, where=request.where, role=role, budget=request.budget)
    notices = (_TURNED,) if picture.orientation != 1 else ()
    values, merged = picture.values, ()
    if role == "labels" and request.segments is not None:
        return [_segmented(values, request, notices)]
    if role == "labels" and values.ndim == 3:
        values = _opaque(values, request)
        if not np.any(values != values[..., :1]):
            values = np.ascontiguousarray(values[..., 0])
            merged = (("channels", "grey", "colour PNG with equal channels, read as grey"),)
        else:
            values = labels_of_colours(values, request.options.legend, request)
            merged = (("channels", "legend", "colours are replaced by the labels of the legend"),)
    return [Decoded(values=values, is_image=True, inferred=merged, notices=notices)]


def _segmented(values: Array, request: Request, notices: tuple[str, ...]) -> Decoded:
    colours = values[..., :3] if values.ndim == 3 and values.shape[-1] >= 3 else None
    if colours is None:  # a grey picture holds the segment ids themselves
        ids = values.reshape(*values.shape[:2], -1)[..., 0].astype(np.uint32)
        colours = np.stack([ids & 255, ids >> 8, ids * 0], axis=-1)
    labels = labels_of_segments(colours.astype(np.uint8, copy=False), request)
    names = request.segments.names if request.segments is not None else {}
    why = "colours are segment ids of the panoptic JSON"
    inferred = (("channels", "panoptic", why),)
    return Decoded(values=labels, is_image=True, names=names, inferred=inferred, notices=notices)


def _opaque(values: Array, request: Request) -> Array:
    """The colour channels of [row, column, channel], where transparency does not vary."""
    if values.shape[-1] not in (2, 4):
        return values
    if values[..., -1].min() != values[..., -1].max():
        got = "a PNG whose transparency varies"
        todo = "save it again as an 8-bit grey or palette PNG"
        raise refusal(request.where, expected="one label per pixel", got=got, todo=todo)
    return values[..., :-1]
