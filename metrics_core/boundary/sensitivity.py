"""Sensitivity: what one pixel at the boundary does to the Dice of a mask."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from metrics_core.inputs import ArrayLike, InputError, as_tensor

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class OnePixelSensitivity:
    """Dice, in [0, 1], of a mask with itself eroded, dilated or shifted by one pixel; NaN of an empty mask.

    shifted: the lowest of the shifts along each axis, both ways.
    """

    eroded: float
    dilated: float
    shifted: float


def one_pixel_sensitivity(target_mask: ArrayLike) -> OnePixelSensitivity:
    """Dice of a mask with its copy that is off by one pixel: how brittle overlap scores are at this size and shape.

    target_mask: bool, or 0 and 1 [*spatial], of one object or all of a class. The mask is eroded and dilated with the
    whole neighbourhood (3x3 in 2D). What lies beyond the image is taken as its outermost pixels: a mask does not end
    there.

    Raises:
        InputError: values other than 0 and 1, or no pixel.
    """
    mask = as_tensor(target_mask, "target_mask").cpu().numpy()
    if mask.ndim == 0 or mask.size == 0 or not np.isin(mask, (0, 1)).all():
        raise InputError(f"target_mask must hold 0 and 1 in [*spatial]; got shape {mask.shape}; pass target == label")
    whole = _padded(mask.astype(np.bool_))
    inner, around = (slice(1, -1),) * mask.ndim, np.ones((3,) * mask.ndim, np.bool_)
    shifts = [np.roll(whole, step, axis) for axis in range(mask.ndim) for step in (-1, 1)]
    return OnePixelSensitivity(
        eroded=_dice(whole[inner], scipy.ndimage.binary_erosion(whole, around)[inner]),
        dilated=_dice(whole[inner], scipy.ndimage.binary_dilation(whole, around)[inner]),
        shifted=min(_dice(whole[inner], shifted[inner]) for shifted in shifts),
    )


def _padded(mask: Mask) -> Mask:
    return np.pad(mask, 1, mode="edge")


def _dice(one: NDArray[Any], other: NDArray[Any]) -> float:
    sizes = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / sizes if sizes else math.nan
