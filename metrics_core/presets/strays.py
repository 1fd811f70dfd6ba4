"""Strays: predictions that are no class, and what each library makes of them, pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.inputs import InputError
from metrics_core.presets.record import Preset, Strays

Labels = NDArray[Any]
VOID = -1
# A class set that grows with the largest prediction: beyond this the prediction is no label.
_MOST_CLASSES = 1024


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """Labels int64 [image, pixel]: target with VOID where it is ignored, prediction, and their number of classes."""

    target: Labels
    prediction: Labels
    num_classes: int

    @property
    def strays(self) -> Labels:
        """Mask of the predictions outside 0..C-1 on pixels that count."""
        outside = (self.prediction < 0) | (self.prediction >= self.num_classes)
        return outside & (self.target != VOID)


def settle(preset: Preset, target: Labels, prediction: Labels) -> Pixels:
    """Labels in which each stray prediction is turned into what the library makes of it.

    target, prediction: [image, pixel]; the target holds classes and the preset's ignore_label. A stray that is left is
    a false negative, or drops its pixel, as the preset's convention has it.

    Raises:
        InputError: the library refuses such a prediction or fails on it; the message names it.
    """
    wide = target.astype(np.int64)
    if preset.ignore_label is not None and not counts_ignored(preset):
        wide = np.where(wide == preset.ignore_label, VOID, wide)
    pixels = Pixels(target=wide, prediction=prediction.astype(np.int64), num_classes=preset.num_classes)
    policy = _POLICIES.get(preset.strays)
    return pixels if policy is None else policy(preset, pixels)


def counts_ignored(preset: Preset) -> bool:
    """Whether pixels of an ignored class are booked, strays among them, before the class is left out."""
    inside = preset.ignore_label is not None and 0 <= preset.ignore_label < preset.num_classes
    return inside and (preset.strays == "neighbour_cell" or not preset.convention.ignored_classes)


def _refuse(preset: Preset, pixels: Pixels, bad: Labels) -> None:
    if bad.any():
        image, pixel = (int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"prediction has label {int(pixels.prediction[image, pixel])} at image {image} (pixel {pixel}), but "
            f"num_classes is {preset.num_classes}; {preset.function} {preset.version} fails on it"
        )


def _refused(preset: Preset, pixels: Pixels) -> Pixels:
    _refuse(preset, pixels, pixels.strays)
    return pixels


def _negative_refused(preset: Preset, pixels: Pixels) -> Pixels:
    _refuse(preset, pixels, pixels.strays & (pixels.prediction < 0))
    return pixels


def _new_range(preset: Preset, pixels: Pixels) -> Pixels:
    """The largest prediction decides the number of classes."""
    _refuse(preset, pixels, pixels.strays & ((pixels.prediction < 0) | (pixels.prediction >= _MOST_CLASSES)))
    return replace(pixels, num_classes=int(pixels.prediction[pixels.strays].max()) + 1)


def _new_class(preset: Preset, pixels: Pixels) -> Pixels:
    """Each label that occurs is a class, in the order of the labels."""
    found = np.unique(pixels.prediction[pixels.strays])
    labels = np.sort(np.concatenate([found, np.arange(preset.num_classes)]))
    lowest = int((found < 0).sum())
    return Pixels(
        target=np.where(pixels.target == VOID, VOID, pixels.target + lowest),
        prediction=np.searchsorted(labels, pixels.prediction).clip(max=len(labels) - 1),
        num_classes=len(labels),
    )


def _two_labels(preset: Preset, pixels: Pixels) -> Pixels:
    """Two labels make a two-class problem, whichever they are, if the positive one is among them."""
    counted = pixels.target != VOID
    labels = np.union1d(pixels.target[counted], pixels.prediction[counted])
    if len(labels) > 2 or (len(labels) == 2 and dict(preset.arguments).get("pos_label", 1) not in labels):
        _refuse(preset, pixels, pixels.strays)
    return pixels


def _wrong_class(preset: Preset, pixels: Pixels) -> Pixels:
    """Any prediction other than the target is one false positive and one false negative of the pooled counts."""
    if preset.num_classes == 1:
        _refuse(preset, pixels, pixels.strays)
    wrong = (pixels.target + 1) % preset.num_classes
    return replace(pixels, prediction=np.where(pixels.strays, wrong, pixels.prediction))


def _checked_wrong_class(preset: Preset, pixels: Pixels) -> Pixels:
    _few_labels(preset, pixels)
    return _wrong_class(preset, pixels)


def _neighbour_cell(preset: Preset, pixels: Pixels) -> Pixels:
    return _book(preset, _negative_refused(preset, pixels))


def _checked_neighbour_cell(preset: Preset, pixels: Pixels) -> Pixels:
    _few_labels(preset, pixels)
    return _book(preset, pixels)


def _book(preset: Preset, pixels: Pixels) -> Pixels:
    """target * C + prediction, read as a row and a column."""
    strays, num_classes = pixels.strays, preset.num_classes
    cell = pixels.target * num_classes + pixels.prediction
    _refuse(preset, pixels, strays & ((cell < 0) | (cell >= num_classes**2)))
    return replace(
        pixels,
        target=np.where(strays, cell // num_classes, pixels.target),
        prediction=np.where(strays, cell % num_classes, pixels.prediction),
    )


def _void_class(preset: Preset, pixels: Pixels) -> Pixels:
    """With an ignored label outside the classes there is one class more, and predicting that is only a miss.

    Otherwise no prediction may lie outside, on ignored pixels neither.
    """
    _few_labels(preset, pixels)
    label, num_classes = preset.ignore_label, preset.num_classes
    if label is None or 0 <= label < num_classes:
        _refuse(preset, pixels, (pixels.prediction < 0) | (pixels.prediction >= num_classes))
    else:
        _refuse(preset, pixels, pixels.strays & (pixels.prediction != num_classes))
    return pixels


def _first_class(preset: Preset, pixels: Pixels) -> Pixels:
    """All zero where one class is 1: the largest of equals is the first."""
    return replace(pixels, prediction=np.where(pixels.strays, 0, pixels.prediction))


def _thresholded(preset: Preset, pixels: Pixels) -> Pixels:
    """Labels are scores of class 1, and a threshold in (0, 1] parts 0 and below from 1 and above."""
    return replace(pixels, prediction=(pixels.prediction > 0).astype(np.int64))


def _few_labels(preset: Preset, pixels: Pixels) -> None:
    """More different predictions than classes (and an ignored label) are refused, ignored pixels included."""
    allowed = preset.num_classes + (preset.ignore_label is not None)
    if dict(preset.arguments).get("validate_args", True) and len(np.unique(pixels.prediction)) > allowed:
        _refuse(preset, pixels, (pixels.prediction < 0) | (pixels.prediction >= preset.num_classes))


_POLICIES: dict[Strays, Callable[[Preset, Pixels], Pixels]] = {
    "refused": _refused,
    "negative_refused": _negative_refused,
    "new_range": _new_range,
    "new_class": _new_class,
    "two_labels": _two_labels,
    "wrong_class": _wrong_class,
    "checked_wrong_class": _checked_wrong_class,
    "neighbour_cell": _neighbour_cell,
    "checked_neighbour_cell": _checked_neighbour_cell,
    "void_class": _void_class,
    "first_class": _first_class,
    "thresholded": _thresholded,
}
# What statistics alone can tell apart: whether a stray is a miss or drops its pixel.
COUNTED: tuple[Strays, ...] = ("false_negative", "pixel_removed")
# Who looks at the predictions of ignored pixels, too.
CHECKED: tuple[Strays, ...] = ("checked_wrong_class", "checked_neighbour_cell", "void_class", "neighbour_cell")
