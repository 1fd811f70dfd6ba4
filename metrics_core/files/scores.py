"""Scores: probabilities checked, logits turned into probabilities, one score a pixel extended to two classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.files.labels import describe_place, first_place
from metrics_core.files.loading import Inference
from metrics_core.files.npy import Array
from metrics_core.files.refusals import FileError, refusal

Floats = NDArray[np.floating[Any]]

ROUNDING = 1e-6  # what float32 arithmetic adds to a probability of 0 or 1


def check_finite(scores: Floats, *, where: str, image_names: Sequence[str], class_axis: bool) -> None:
    """Refuse NaN and infinity.

    Raises:
        FileError: names the first such value and where it stands: image, class, pixel.
    """
    for index, image in enumerate(scores):
        finite = np.isfinite(image)
        if not finite.all():
            place = first_place(~finite)
            where_in = describe_place((index, *place), image_names, class_axis=class_axis)
            got = f"{float(image[place])} at {where_in}"
            raise refusal(where, expected="finite scores", got=got, todo="find out where the model produced it")


def in_unit_range(scores: Floats) -> bool:
    """Whether all scores lie in [0, 1], rounding aside."""
    return bool(scores.min() >= -ROUNDING and scores.max() <= 1 + ROUNDING)


def as_probabilities(
    scores: Floats, *, where: str, image_names: Sequence[str], class_axis: bool
) -> tuple[Floats, list[Inference]]:
    """Probabilities [image, class, *spatial] or [image, *spatial], clipped to [0, 1].

    Raises:
        FileError: a NaN, an infinity, or values outside [0, 1].
    """
    check_finite(scores, where=where, image_names=image_names, class_axis=class_axis)
    if not in_unit_range(scores):
        share = float(np.mean((scores < 0) | (scores > 1)))
        got = f"{float(scores.min()):.4g}..{float(scores.max()):.4g}, {share:.2%} of them outside"
        todo = "pass scores='logits' if these are logits, or scale them"
        raise refusal(where, expected="probabilities in [0, 1]", got=got, todo=todo)
    if scores.min() >= 0 and scores.max() <= 1:
        return scores, []
    why = f"some lie outside [0, 1] by at most {ROUNDING}, as rounding leaves them"
    return np.clip(scores, 0, 1), [Inference(field="rounding", value="clipped to [0, 1]", why=why)]


def from_logits(scores: Floats, *, where: str, image_names: Sequence[str], class_axis: bool) -> Floats:
    """Probabilities [image, class, *spatial] in float64: softmax over the class axis, or the sigmoid as class 1 of two.

    Raises:
        FileError: a NaN or an infinity.
    """
    check_finite(scores, where=where, image_names=image_names, class_axis=class_axis)
    logits = scores.astype(np.float64)
    if not class_axis:
        small = np.exp(-np.abs(logits))
        near, far = 1 / (1 + small), small / (1 + small)
        return np.stack([np.where(logits >= 0, far, near), np.where(logits >= 0, near, far)], axis=1)
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


def two_classes(foreground: Array) -> Array:
    """Scores of class 1 [image, *spatial] (floats in [0, 1], or uint8) with those of class 0 before them."""
    whole = np.array(255 if foreground.dtype == np.uint8 else 1, dtype=foreground.dtype)
    return np.stack([whole - foreground, foreground], axis=1)


def is_one_hot(values: Array) -> bool:
    """Whether integers [image, class, *spatial] are 0 except for a single 1 along the class axis."""
    integers = values.view(np.uint8) if values.dtype == np.bool_ else values
    binary = all(bool(image.min() >= 0 and image.max() <= 1) for image in integers)
    return binary and all(bool(np.all(image.sum(axis=0, dtype=np.int64) == 1)) for image in integers)


def not_scores(dtype: np.dtype[Any], *, where: str) -> FileError:
    """The error for integers where scores are expected."""
    expected = "float probabilities, uint8 for probability * 255, or one-hot labels along the class axis"
    return refusal(where, expected=expected, got=f"{dtype}", todo="save the scores as float32")
