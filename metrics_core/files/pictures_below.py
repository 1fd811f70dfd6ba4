"""Pictures below: the images that masks were drawn on, brought to 8 bits to be shown underneath."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from metrics_core.files.limits import Limits
from metrics_core.files.loading import Upload
from metrics_core.files.npy import Array
from metrics_core.files.refusals import display_names, refusal
from metrics_core.files.stacks import read_arrays

_DARKEST, _BRIGHTEST = 1, 99  # percentiles shown as black and white


def read_pictures_below(
    uploads: Sequence[Upload], names: Sequence[str], spatial: tuple[int, ...], *, limits: Limits
) -> tuple[Tensor, list[str]]:
    """The picture of every image as uint8 [image, *spatial], or [image, *spatial, 3] in colour, and remarks.

    Raises:
        FileError: a file that cannot be read, an image without picture, or another size than the masks have.
    """
    stack = read_arrays(uploads, role="image", limits=limits)
    where = f"the {len(stack.names)} images"
    order = _order(stack.names, names, where=where)
    values = _channels_last(stack.values[order], spatial, where=where)
    shown, remarks = _eight_bits(values)
    return torch.from_numpy(shown), remarks


def _order(have: Sequence[str], want: Sequence[str], *, where: str) -> list[int]:
    """Places of the wanted images: by name, or as they come where neither side has names of its own."""
    place = {name.casefold(): index for index, name in enumerate(have)}
    missing = [name for name in want if name.casefold() not in place]
    if not missing:
        return [place[name.casefold()] for name in want]
    unnamed = all(name == f"image {index}" for side in (have,) for index, name in enumerate(side))
    if len(have) == len(want) and (unnamed or len(have) == 1):
        return list(range(len(have)))
    todo = "name the pictures like the masks"
    raise refusal(where, expected="a picture for every mask", got=f"none for {display_names(missing)}", todo=todo)


def _channels_last(values: Array, spatial: tuple[int, ...], *, where: str) -> Array:
    shape = values.shape[1:]
    if shape == spatial:
        return values
    if shape[:-1] == spatial and shape[-1] in (1, 3, 4):
        return values[..., 0] if shape[-1] == 1 else values[..., :3]
    if shape[1:] == spatial and shape[0] in (1, 3, 4):
        return values[:, 0] if shape[0] == 1 else np.moveaxis(values[:, :3], 1, -1)
    expected = f"pictures of the masks' size {spatial}, grey or in colour"
    raise refusal(where, expected=expected, got=f"{shape}", todo="cut or resize them like the masks")


def _eight_bits(values: Array) -> tuple[Array, list[str]]:
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values), []
    sample = values.reshape(-1)[:: max(1, values.size // 1_000_000)].astype(np.float64)
    finite = sample[np.isfinite(sample)]
    low, high = np.percentile(finite, [_DARKEST, _BRIGHTEST]) if finite.size else (0.0, 1.0)
    span = high - low if high > low else 1.0
    shown = np.empty(values.shape, np.uint8)
    for image, target in zip(values, shown, strict=True):
        with np.errstate(all="ignore"):  # what is no number becomes black
            target[...] = np.nan_to_num(np.clip((image.astype(np.float64) - low) / span, 0, 1)) * 255
    return shown, [f"pictures are shown with {low:.4g} as black and {high:.4g} as white"]
