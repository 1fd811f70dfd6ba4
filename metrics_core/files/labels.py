"""Labels: whole numbers, the void label and the number of classes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.counting import fits_tables
from metrics_core.files.choices import Choices
from metrics_core.files.loading import Inference
from metrics_core.files.npy import Array
from metrics_core.files.refusals import FileError, display_name, refusal

Flags = NDArray[np.bool_]

BLOCK = 2**20
LARGEST_INFERRED = 1024  # more classes than this are an oversight more often than data
LARGEST_EXACT = 2.0**53
VOID_LABELS = (255, 65_535, -1, -100)  # customary: 8- and 16-bit masks, PyTorch
SOFT_MASK_LABELS = 16  # distinct labels from which an 8-bit "mask" of a binary target looks like probabilities * 255
SWAP_ADVICE = "exchange target and prediction if they were swapped"
_SCORES_ADVICE = "pass scores='probabilities' or 'logits' if these are scores"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Integer labels [image, *spatial], how messages call them, and the labels that occur, ascending."""

    values: Array
    where: str
    image_names: tuple[str, ...]
    present: tuple[int, ...]
    was_float: bool

    def place(self, wrong: Flags) -> str:
        """Where the first wrong value stands."""
        return describe_place(first_place(wrong), self.image_names)


def first_place(wrong: Flags) -> tuple[int, ...]:
    """The index of the first True."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))


def describe_place(index: tuple[int, ...], image_names: Sequence[str], *, class_axis: bool = False) -> str:
    """An index of [image, *spatial], or of [image, class, *spatial], in words."""
    image, pixel = index[0], index[2:] if class_axis else index[1:]
    axes = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}.get(len(pixel))
    named = ", ".join(f"{axis} {i}" for axis, i in zip(axes, pixel, strict=True)) if axes else f"position {pixel}"
    name = image_names[image]
    called = "" if name == f"image {image}" else f" {display_name(name, characters=30)}"
    return f"image {image}{called}{f', class {index[1]}' if class_axis else ''} ({named})"


def is_whole(values: Array) -> bool:
    """Whether floats [image, ...] are all finite whole numbers; true of integers."""
    if values.dtype.kind != "f":
        return True
    return all(bool(np.all(np.isfinite(image) & (image == np.floor(image)))) for image in values)


def as_labels(values: Array, *, where: str, image_names: tuple[str, ...], advice: str = _SCORES_ADVICE) -> Labels:
    """Whole numbers [image, *spatial] as integers; `advice` is what to do about a fraction.

    Raises:
        FileError: a fraction, a NaN or an infinity.
    """
    was_float = values.dtype.kind == "f"
    if was_float:
        largest = min(LARGEST_EXACT, float(np.finfo(values.dtype).max))
        wrong = ~np.isfinite(values) | (values != np.floor(values)) | (np.abs(values) > largest)
        if wrong.any():
            got = (
                f"{float(values.flat[int(np.argmax(wrong))]):.6g} at {describe_place(first_place(wrong), image_names)}"
            )
            raise refusal(where, expected="whole-number labels", got=got, todo=advice)
        values = values.astype(np.int64)
    if values.dtype == np.bool_:
        values = values.astype(np.uint8)
    present = present_labels(values)
    if present[-1] > np.iinfo(np.int64).max:
        raise refusal(where, expected="labels below 2**63", got=str(present[-1]), todo="number the classes 0..C-1")
    return Labels(values=values, where=where, image_names=image_names, present=present, was_float=was_float)


def present_labels(values: Array) -> tuple[int, ...]:
    """The distinct integers, ascending, counted block by block."""
    flat = values.reshape(-1)
    found: set[int] = set()
    for start in range(0, flat.size, BLOCK):
        block = flat[start : start + BLOCK]
        if block.dtype.itemsize == 1:
            lowest = int(np.iinfo(block.dtype).min)
            counts = np.bincount(block.astype(np.int64) - lowest)
            found.update(int(i) + lowest for i in np.flatnonzero(counts))
        else:
            found.update(int(i) for i in np.unique(block))
    return tuple(sorted(found))


def replace_255(labels: Labels) -> Labels:
    """The same labels with 255 as class 1.

    Raises:
        FileError: labels other than 0, 1 and 255.
    """
    others = [label for label in labels.present if label not in (0, 1, 255)]
    if others:
        todo = "pass label_255='keep'"
        raise refusal(labels.where, expected="labels 0 and 255 only", got=f"also {others[:4]}", todo=todo)
    values = (labels.values == 255) | (labels.values == 1)
    present = tuple(sorted({min(label, 1) for label in labels.present}))
    return replace(labels, values=values.astype(np.uint8), present=present)


def means_foreground(labels: Labels, other: Sequence[int], choices: Choices) -> bool:
    """Whether the 255 of these labels is the foreground of a 0/255 mask.

    So it is where the labels are exactly 0 and 255, or 255 alone beside such a mask, and the other side is binary too.
    """
    if choices.label_255 != "infer":
        return choices.label_255 == "foreground" and 255 in labels.present
    if choices.ignore_label == 255 or choices.num_classes not in (None, 2):
        return False
    exact = labels.present == (0, 255) or (labels.present == (255,) and tuple(other) == (0, 255))
    return exact and set(other) <= {0, 1, 255}


def infer_void(present: Sequence[int], num_classes: int | None) -> Inference | None:
    """The void label of a target: the one label outside its classes, if it is a customary one."""
    if num_classes is not None:
        outside = [label for label in present if not 0 <= label < num_classes]
        candidates = outside if len(outside) == 1 and outside[0] in VOID_LABELS else []
        why = f"the only target label outside 0..{num_classes - 1}, and a customary void label"
    else:
        others = [label for label in present if label not in VOID_LABELS]
        largest = max(others, default=0)
        candidates = [label for label in VOID_LABELS if label in present and not 0 <= label <= largest + 1]
        why = f"a customary void label far from the others (0..{largest})"
    return Inference(field="ignore_label", value=candidates[0], why=why) if len(candidates) == 1 else None


def infer_num_classes(
    target: Labels, prediction: Labels, ignore_label: int | None, *, named: Collection[int] = (), most: int
) -> Inference:
    """One more than the largest label that occurs or has a name, at least two.

    Raises:
        FileError: a void label that only the prediction has, or more classes than anyone has.
    """
    labels = sorted({*target.present, *prediction.present} - {ignore_label})
    largest = max(labels, default=0)
    holder = target if largest in target.present else prediction
    if holder is prediction and largest in VOID_LABELS:
        got = f"{largest} at {prediction.place(prediction.values == largest)}"
        todo = f"{SWAP_ADVICE}, else {_void_advice(prediction, largest, most)}"
        raise refusal(prediction.where, expected="labels that the target has", got=got, todo=todo)
    if largest >= LARGEST_INFERRED:
        got = f"{largest} at {holder.place(holder.values == largest)}"
        todo = _void_advice(holder, largest, most)
        raise refusal(holder.where, expected=f"labels below {LARGEST_INFERRED}", got=got, todo=todo)
    occur = "no other occurs" if len(labels) == 1 else f"{len(labels)} different labels occur"
    why = f"the largest label is {largest}, and {occur}"
    if named and largest <= (last := max(named)) < LARGEST_INFERRED:
        largest, why = last, f"{len(named)} classes have names, the last is label {last}"
    if largest < 1:
        why = f"{why}; two classes are the least, a background and a foreground"
    return Inference(field="num_classes", value=max(2, largest + 1), why=why)


def _void_advice(labels: Labels, largest: int, most: int) -> str:
    """What to do about a label so large; there are no tables of as many classes as an outlier may ask for."""
    void, images = f"pass ignore_label={largest} if it marks void pixels", len(labels.values)
    other = (
        f"num_classes={largest + 1}"
        if largest < most and fits_tables(images, largest + 1)
        else "correct the label in the file"
    )
    return f"{void}, or {other}"


def lowered(labels: Labels, *, kept: int | None, zero: int | None) -> Labels:
    """The same labels less one, the void label `kept` as it is, and 0 as `zero`."""
    values = labels.values.astype(np.int64) - 1
    values[labels.values == 0] = -1 if zero is None else zero
    if kept is not None and kept != 0:
        values[labels.values == kept] = kept
    return replace(labels, values=values, present=present_labels(values))


def check_range(labels: Labels, *, num_classes: int, ignore_label: int | None, advice: str) -> None:
    """Refuse labels outside 0..C-1 other than the void label.

    Raises:
        FileError: names the label and where it stands first.
    """
    outside = [label for label in labels.present if not 0 <= label < num_classes and label != ignore_label]
    if outside:
        raise out_of_range(labels, outside, num_classes=num_classes, advice=advice)


def out_of_range(labels: Labels, outside: Sequence[int], *, num_classes: int, advice: str) -> FileError:
    """The error for labels outside the classes."""
    wrong = np.isin(labels.values, np.array(outside, dtype=labels.values.dtype))
    label = int(labels.values.flat[int(np.argmax(wrong))])
    expected = f"labels 0..{num_classes - 1}"
    return refusal(
        labels.where, expected=expected, got=f"{label} at {labels.place(wrong)}", todo=advice.format(label=label)
    )


def one_hot_axis(labels: Labels) -> int | None:
    """The axis along which the labels hold a single 1 everywhere, as one-hot labels do; None if there is none."""
    values = labels.values
    if labels.present != (0, 1) or values.ndim < 3 or (values.ndim == 3 and len(values) == 1):
        return None
    axes = (0, values.ndim - 1) if values.ndim == 3 else (0, 1, values.ndim - 1)
    single = (axis for axis in axes if values.shape[axis] > 1 and np.all(values.sum(axis, dtype=np.int64) == 1))
    return next(single, None)


def narrowest(labels: Labels, *compared: int | None) -> NDArray[Any]:
    """A row-major copy of the labels in the smallest of PyTorch's usual integer types.

    It also holds every number the labels will be `compared` with, because PyTorch wraps a number that does not fit: in
    uint8, 255 == -1 and 255 >= 256 are true.
    """
    numbers = [labels.present[0], labels.present[-1], *(number for number in compared if number is not None)]
    dtypes = (np.uint8, np.int16, np.int32, np.int64)
    fits = (d for d in dtypes if np.iinfo(d).min <= min(numbers) and max(numbers) <= np.iinfo(d).max)
    return np.array(labels.values, dtype=next(fits, np.int64), order="C", copy=True)
