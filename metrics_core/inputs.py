"""Inputs: check and canonicalise target and prediction; the only place that refuses user data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

ArrayLike = Tensor | np.ndarray[Any, Any] | Sequence[Any]
_INTEGERS = {
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.uint16,
    torch.uint32,
    torch.uint64,
}
_FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}


class InputError(ValueError):
    """Data that cannot be scored; the message says what was expected, what came, where, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Canonical data: target [image, pixel]; labels [image, pixel] or scores [image, class, pixel]; spatial shape."""

    target: Tensor
    labels: Tensor | None
    scores: Tensor | None
    spatial: tuple[int, ...]


def as_tensor(data: ArrayLike, name: str) -> Tensor:
    """Any array-like as a tensor that shares memory where it can; bool becomes uint8.

    Raises:
        InputError: a masked array (its mask would be lost), a ragged list, or values that are no numbers.
    """
    if isinstance(data, Tensor):
        if data.is_sparse or data.is_quantized or data.is_meta:
            raise InputError(f"{name} must be a dense tensor with values; got {data.layout} on {data.device}")
        tensor = data.detach()
    else:
        if isinstance(data, np.ma.MaskedArray):
            raise InputError(
                f"{name} is a masked array, whose mask would be lost; fill it with a void label and pass ignore_label"
            )
        try:
            array = np.asarray(data)
        except ValueError as error:
            raise InputError(f"{name} must be a regular array; got rows of different lengths") from error
        if array.dtype.kind not in "buif":
            raise InputError(f"{name} must hold numbers; got dtype {array.dtype}")
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        tensor = torch.from_numpy(np.ascontiguousarray(array) if array.flags.writeable else array.copy())
    return tensor.to(torch.uint8) if tensor.dtype == torch.bool else tensor


def _position(index: int, spatial: tuple[int, ...]) -> str:
    """Human position of a flat pixel index: row and column in 2D, (z, y, x) in 3D."""
    place = [int(i) for i in np.unravel_index(index, spatial)]
    names = {1: ("pixel",), 2: ("row", "column"), 3: ("slice", "row", "column")}.get(len(place))
    return ", ".join(f"{n} {i}" for n, i in zip(names, place, strict=True)) if names else f"pixel {tuple(place)}"


def check(target: ArrayLike, prediction: ArrayLike, *, num_classes: int) -> Checked:
    """Canonical target and prediction.

    target: integer [image, *spatial] (a 1-D array is one image). prediction: integer labels of the same shape, or
    scores [image, class, *spatial] (floats, or uint8 that stand for probability * 255); for two classes also float
    probabilities of class 1 in the target's shape.

    Raises:
        InputError: wrong dtype or shape, different devices, no image, or no class.
    """
    if num_classes < 1:
        raise InputError(f"num_classes must be at least 1; got {num_classes}")
    true, predicted = as_tensor(target, "target"), as_tensor(prediction, "prediction")
    if true.dtype not in _INTEGERS:
        raise InputError(
            f"target must hold integer labels; got {true.dtype}; convert it, e.g. target.long(), "
            "or swap the arguments if these are scores: target comes first"
        )
    if true.ndim == 1:
        true = true[None]
        predicted = predicted[None]
    if true.ndim == 0 or true.shape[0] == 0 or true.numel() == 0:
        raise InputError(f"target must be [image, *spatial] with at least one pixel; got shape {tuple(true.shape)}")
    if true.device != predicted.device:
        raise InputError(f"target is on {true.device} but prediction on {predicted.device}; move them to one device")
    flat = true.reshape(true.shape[0], -1)
    spatial = tuple(true.shape[1:])
    scores = _scores(true, predicted, num_classes)
    if scores is not None:
        return Checked(target=flat, labels=None, scores=scores, spatial=spatial)
    return Checked(target=flat, labels=_labels(true, predicted), scores=None, spatial=spatial)


def _labels(true: Tensor, predicted: Tensor) -> Tensor:
    if predicted.shape != true.shape:
        raise InputError(
            f"prediction must have the target's shape {tuple(true.shape)} (labels) or one class axis more at 1 "
            f"(scores); got {tuple(predicted.shape)}"
        )
    if predicted.dtype not in _INTEGERS:
        raise InputError(
            f"prediction of the target's shape must hold integer labels; got {predicted.dtype}; "
            "pass scores as [image, class, *spatial]"
        )
    return predicted.reshape(true.shape[0], -1)


def _scores(true: Tensor, predicted: Tensor, num_classes: int) -> Tensor | None:
    """Scores [image, class, pixel], or None when prediction holds labels."""
    binary = predicted.dtype in _FLOATS and num_classes == 2
    if binary and (predicted.shape == true.shape or predicted.shape == (true.shape[0], 1, *true.shape[1:])):
        foreground = predicted.reshape(true.shape[0], 1, -1)
        return torch.cat([1 - foreground, foreground], 1)
    if predicted.ndim != true.ndim + 1:
        return None
    expected = (true.shape[0], num_classes, *true.shape[1:])
    if predicted.shape != expected:
        raise InputError(
            f"scores must be [image, class, *spatial] = {expected} for this target and num_classes={num_classes}; "
            f"got {tuple(predicted.shape)}; move the class axis to 1 if it stands elsewhere"
        )
    if predicted.dtype not in _FLOATS and predicted.dtype != torch.uint8:
        raise InputError(f"scores must be floats, or uint8 for probability * 255; got {predicted.dtype}")
    return predicted.reshape(true.shape[0], num_classes, -1)


def refuse_labels(checked: Checked, side: str, *, num_classes: int, ignore_label: int | None) -> None:
    """Raise the error for labels outside 0..C-1 that are not the ignored one; called only when the counts show some.

    Raises:
        InputError: always; names the label, its place and the way out.
    """
    labels = checked.target if side == "target" else checked.labels
    if labels is None:
        raise InputError("prediction scores cannot hold a label outside the classes; this is a defect")
    array = labels.cpu().numpy()
    bad = (array < 0) | (array >= num_classes)
    if ignore_label is not None:
        bad &= array != ignore_label
    image, pixel = (int(i) for i in np.argwhere(bad)[0])
    label = int(array[image, pixel])
    advice = (
        f"pass ignore_label={label} if it marks void pixels"
        if side == "target"
        else "raise num_classes, or pass out_of_range='count' to count it as a false negative"
    )
    where = _position(pixel, checked.spatial)
    raise InputError(f"{side} has label {label} at image {image} ({where}), but num_classes is {num_classes}; {advice}")


def refuse_score(checked: Checked, image: int, channel: int | None, pixel: int, expected: str) -> None:
    """Raise the error for a score that is no number or outside its range.

    Raises:
        InputError: always; names the value, its place and what was expected.
    """
    if checked.scores is None:
        raise InputError("prediction holds labels, not scores; this is a defect")
    values = checked.scores[image, :, pixel].float()
    if channel is None:
        channel = int(torch.isnan(values).nonzero()[0])
    where = _position(pixel, checked.spatial)
    place = f"image {image}, class {channel} ({where})"
    raise InputError(f"prediction has score {float(values[channel])} at {place}; expected {expected}")
