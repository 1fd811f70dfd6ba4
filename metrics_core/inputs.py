"""Inputs: target and prediction checked and brought into one form, and errors that say where a value is wrong."""

from __future__ import annotations

import ctypes
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

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
_COUNT_IT = ", or pass out_of_range='count' to count it as a false negative"
_FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}


class InputError(ValueError):
    """Data that cannot be scored; the message says what was expected, what came, where, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Canonical data, not copied: target and prediction as they lie in memory, and views that flatten them.

    true: [image, *spatial]. predicted: labels of that shape, scores [image, class, *spatial], or probabilities of the
    second class [image, 1, *spatial]. spatial: the shape of whole images. first_image, first_pixel: where in the whole
    data this part of it begins.
    """

    true: Tensor
    predicted: Tensor
    kind: Literal["labels", "scores", "foreground"]
    spatial: tuple[int, ...]
    first_image: int = 0
    first_pixel: int = 0

    @property
    def target(self) -> Tensor:
        """Target labels [image, pixel]."""
        return self.true.reshape(self.true.shape[0], -1)

    @property
    def labels(self) -> Tensor | None:
        """Predicted labels [image, pixel], where the prediction holds labels."""
        return self.predicted.reshape(self.true.shape[0], -1) if self.kind == "labels" else None

    @property
    def scores(self) -> Tensor | None:
        """Scores [image, class, pixel], where the prediction holds some."""
        if self.kind == "labels":
            return None
        scores = self.predicted.reshape(self.true.shape[0], self.predicted.shape[1], -1)
        return torch.cat([1 - scores, scores], 1) if self.from_probability else scores

    @property
    def from_probability(self) -> bool:
        """Whether the scores are 1 - p and p, of probabilities p of class 1."""
        return self.kind == "foreground"

    def part(self, images: slice, rows: slice) -> Checked:
        """Some images, and along the first spatial axis some rows of them; nothing is copied."""
        if images == slice(0, self.true.shape[0]) and rows == slice(0, self.true.shape[1]):
            return self
        row = math.prod(self.true.shape[2:])
        inner = (images, rows) if self.kind == "labels" else (images, slice(None), rows)
        return replace(
            self,
            true=self.true[images, rows],
            predicted=self.predicted[inner],
            first_image=self.first_image + images.start,
            first_pixel=self.first_pixel + rows.start * row,
        )


def as_tensor(data: ArrayLike, name: str) -> Tensor:
    """Any array-like as a tensor that shares memory where it can; bool becomes uint8.

    Raises:
        InputError: a masked array (its mask would be lost), a ragged list, or values that are no numbers.
    """
    if isinstance(data, list | tuple) and data and all(isinstance(each, Tensor) for each in data):
        data = _stacked(data, name)
    tensor = _dense(data, name) if isinstance(data, Tensor) else _from_array(data, name)
    return tensor.to(torch.uint8) if tensor.dtype == torch.bool else tensor


def _stacked(tensors: Sequence[Tensor], name: str) -> Tensor:
    try:
        return torch.stack([_dense(each, name) for each in tensors])
    except RuntimeError as error:
        raise InputError(f"{name} must be a regular array; got tensors of different shapes or devices") from error


def _dense(tensor: Tensor, name: str) -> Tensor:
    kinds = {
        "a sparse": tensor.layout not in (torch.strided, torch.jagged),
        "a nested": tensor.is_nested,
        "a quantized": tensor.is_quantized,
        "an empty (meta)": tensor.is_meta,
    }
    if kind := next((kind for kind, applies in kinds.items() if applies), None):
        raise InputError(f"{name} must be a dense tensor with values; got {kind} tensor; convert it first")
    return tensor.detach()


def _from_array(data: Any, name: str) -> Tensor:
    parts = data if isinstance(data, list | tuple) else [data]
    if any(isinstance(part, np.ma.MaskedArray) for part in parts):
        raise InputError(
            f"{name} is a masked array, whose mask would be lost; fill it with a void label and pass ignore_label"
        )
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise InputError(f"{name} must be a regular array; got rows of different lengths") from error
    if array.dtype.kind not in "buif" or array.dtype.itemsize > 8:
        raise InputError(f"{name} must hold numbers of at most 64 bits; got dtype {array.dtype}")
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if any(stride < 0 or stride % array.itemsize for stride in array.strides):
        array = array.copy()  # torch knows no such strides
    return torch.from_numpy(array if array.flags.writeable or not array.size else _writable(array))


def _writable(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same memory without its mark of being read-only, which torch does not have; nothing is written here."""
    low, high = np.lib.array_utils.byte_bounds(array)
    buffer = (ctypes.c_char * (high - low)).from_address(low)
    vars(buffer)["owner"] = array  # keeps the memory as long as a view of it is in use
    start = array.__array_interface__["data"][0] - low
    return np.ndarray(array.shape, array.dtype, memoryview(buffer).cast("B"), start, array.strides)


def whole_number(value: int, name: str) -> int:
    """The value as a Python integer.

    Raises:
        InputError: it is no integer, or one that 64 bits cannot hold.
    """
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InputError(f"{name} must be an integer; got {value!r}") from error
    if not -(2**63) <= number < 2**63:
        raise InputError(f"{name} must be an integer of 64 bits; got {number}")
    return number


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
    if whole_number(num_classes, "num_classes") < 1:
        raise InputError(f"num_classes must be at least 1; got {num_classes}")
    true, predicted = as_tensor(target, "target"), as_tensor(prediction, "prediction")
    if true.ndim == 0 or true.numel() == 0:
        raise InputError(f"target must be [image, *spatial] with at least one pixel; got shape {tuple(true.shape)}")
    if true.dtype not in _INTEGERS:
        raise InputError(
            f"target must hold integer labels; got {true.dtype}; convert it, e.g. target.long(), "
            "or swap the arguments if these are scores: target comes first"
        )
    if true.ndim == 1:
        true = true[None]
        predicted = predicted[None]
    if true.device != predicted.device:
        raise InputError(f"target is on {true.device} but prediction on {predicted.device}; move them to one device")
    spatial = tuple(true.shape[1:])
    if num_classes == 2 and _is_foreground(true, predicted):
        foreground = predicted.reshape(true.shape[0], 1, *spatial)
        return Checked(true=true, predicted=foreground, kind="foreground", spatial=spatial)
    if predicted.ndim == true.ndim + 1:
        _refuse_other_scores(true, predicted, num_classes)
        return Checked(true=true, predicted=predicted, kind="scores", spatial=spatial)
    _refuse_other_labels(true, predicted)
    return Checked(true=true, predicted=predicted, kind="labels", spatial=spatial)


def _is_foreground(true: Tensor, predicted: Tensor) -> bool:
    """Whether the prediction holds probabilities of class 1, not labels or scores of both classes."""
    one_channel = predicted.shape in (true.shape, (true.shape[0], 1, *true.shape[1:]))
    return one_channel and predicted.dtype in _FLOATS


def _refuse_other_labels(true: Tensor, predicted: Tensor) -> None:
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


def _refuse_other_scores(true: Tensor, predicted: Tensor, num_classes: int) -> None:
    expected = (true.shape[0], num_classes, *true.shape[1:])
    if predicted.shape != expected:
        raise InputError(
            f"scores must be [image, class, *spatial] = {expected} for this target and num_classes={num_classes}; "
            f"got {tuple(predicted.shape)}; move the class axis to 1 if it stands elsewhere"
        )
    if predicted.dtype not in _FLOATS and predicted.dtype != torch.uint8:
        raise InputError(f"scores must be floats, or uint8 for probability * 255; got {predicted.dtype}")


def check_weights(weights: ArrayLike, checked: Checked) -> Tensor:
    """Weights of the pixels [image, *spatial] as float64.

    Raises:
        InputError: another shape or device than the target's, no numbers, or a weight below 0, infinite or NaN.
    """
    given = as_tensor(weights, "pixel_weights")
    if given.ndim == 1:
        given = given[None]
    if given.shape != checked.true.shape or given.device != checked.true.device:
        raise InputError(
            f"pixel_weights must hold one weight a pixel, {tuple(checked.true.shape)} on {checked.true.device} like "
            f"the target; got {tuple(given.shape)} on {given.device}"
        )
    wide = given.double()
    if not bool(((wide >= 0) & (wide < math.inf)).all()):
        bad = (~((wide >= 0) & (wide < math.inf))).reshape(given.shape[0], -1).nonzero()[0].tolist()
        value, where = float(wide.reshape(given.shape[0], -1)[bad[0], bad[1]]), _position(bad[1], checked.spatial)
        raise InputError(
            f"pixel_weights must be finite and not below 0; got {value} at image {bad[0]} ({where}); "
            "give pixels that are not to count the weight 0"
        )
    return wide


def refuse_labels(
    checked: Checked, side: str, *, num_classes: int, ignore_label: int | None, instead: str = _COUNT_IT
) -> None:
    """Raise the error for labels outside 0..C-1 that are not the ignored one; called only when the counts show some.

    Raises:
        InputError: always; names the label, its place and the way out: for a prediction, more classes or `instead`.
    """
    labels = checked.target if side == "target" else checked.labels
    if labels is None:
        raise InputError("prediction scores cannot hold a label outside the classes; this is a defect")
    array = labels.cpu().numpy()
    bad = (array < 0) | (array >= num_classes)
    if ignore_label is not None:
        bad &= array != ignore_label
    image, pixel = (int(i) for i in np.argwhere(bad)[0])
    label, image, pixel = int(array[image, pixel]), image + checked.first_image, pixel + checked.first_pixel
    if side == "prediction":
        advice = f"raise num_classes{instead}"
    elif label < 2**63:
        advice = f"pass ignore_label={label} if it marks void pixels"
    else:
        advice = "if it marks void pixels, give them a label below 2^63 and pass that as ignore_label"
    where = _position(pixel, checked.spatial)
    raise InputError(f"{side} has label {label} at image {image} ({where}), but num_classes is {num_classes}; {advice}")


def refuse_score(checked: Checked, image: int, channel: int | None, pixel: int, expected: str) -> None:
    """Raise the error for a score that is no number or outside its range.

    Raises:
        InputError: always; names the value, its place and what was expected.
    """
    if checked.scores is None:
        raise InputError("prediction holds labels, not scores; this is a defect")
    values = checked.scores[image, :, pixel].double()
    if channel is None:
        channel = int(torch.isnan(values).nonzero()[0])
    where = _position(pixel + checked.first_pixel, checked.spatial)
    place = f"image {image + checked.first_image}, class {channel} ({where})"
    if math.isnan(values[channel]):
        expected = "numbers, on void pixels too; replace NaN, e.g. by 0, before scoring"
    raise InputError(f"prediction has score {float(values[channel])} at {place}; expected {expected}")
