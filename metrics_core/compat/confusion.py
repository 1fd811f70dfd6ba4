"""Confusion: all pixels of a call in one table, labels outside the classes too, and the score a preset makes of it."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from metrics_core.bins import Void
from metrics_core.conventions import Convention
from metrics_core.counting import count
from metrics_core.evaluation import evaluate
from metrics_core.inputs import ArrayLike, InputError, as_tensor, check
from metrics_core.presets import Preset, corrected
from metrics_core.statistics import Statistics

_STRAY = -1  # stands for every target label outside the classes


def pooled_confusion(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    num_classes: int,
    ignore: int | None = None,
    weights: ArrayLike | None = None,
) -> Tensor:
    """Table [true+1, predicted+1] of all pixels: int64 counts, or float64 sums of their weights.

    target: integer labels of any shape. prediction: labels of that shape, or scores [image, class, *spatial]. The last
    row and column hold labels outside 0..C-1. Target pixels with the label `ignore` are left out where it lies outside
    the classes; inside, its row stays, for a convention to ignore.

    Raises:
        InputError: as count, and for labels that are no integers.
    """
    true, predicted = as_labels(target, "target"), _as_prediction(prediction, target)
    if predicted.ndim == 2 and true.ndim == 1:
        true, predicted = true[None], predicted.movedim(1, 0)[None]
    void = None if ignore is None or 0 <= ignore < num_classes else ignore
    stray = _strays(true, num_classes, void)
    if stray is None:
        table = _table(true, predicted, num_classes, void, weights)
        table[-1] = 0
        return table
    check(true, predicted, num_classes=num_classes)
    true = true.long().masked_fill(stray, _STRAY)
    if void is not None:
        # count knows one label that is no class: the strays take that place, the void pixels go before.
        true, predicted, weights = _only((true != void) | stray, true, predicted, weights)
    return _table(true, predicted, num_classes, _STRAY, weights)


def _only(
    kept: Tensor, true: Tensor, predicted: Tensor, weights: ArrayLike | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """The pixels under a mask, as one image."""
    chosen = predicted.movedim(1, 0)[:, kept] if predicted.ndim > true.ndim else predicted[kept]
    weighed = None if weights is None else as_tensor(weights, "weights").reshape(kept.shape)[kept]
    return true[kept][None], chosen[None], weighed


def as_labels(labels: ArrayLike, name: str) -> Tensor:
    """Labels as an integer tensor of at least one axis that torch can compare.

    Raises:
        InputError: they are no integers.
    """
    tensor = as_tensor(labels, name)
    if tensor.is_floating_point() or tensor.is_complex():
        raise InputError(f"{name} must hold integer labels; got {tensor.dtype}; convert it, e.g. {name}.long()")
    tensor = tensor.long() if tensor.dtype in (torch.uint16, torch.uint32, torch.uint64) else tensor
    return tensor.reshape(1) if tensor.ndim == 0 else tensor


def _as_prediction(prediction: ArrayLike, target: ArrayLike) -> Tensor:
    tensor = as_tensor(prediction, "prediction")
    scores = tensor.ndim == as_tensor(target, "target").ndim + 1
    return tensor if scores else as_labels(tensor, "prediction")


def highest(scores: Tensor, name: str) -> Tensor:
    """Labels of the highest scores along axis 1.

    Raises:
        InputError: a score is NaN, which would win.
    """
    if bool(scores.isnan().any()):
        raise InputError(f"{name} must hold numbers as scores; got NaN; replace it before scoring")
    return scores.argmax(1)


def _strays(true: Tensor, num_classes: int, void: int | None) -> Tensor | None:
    """Mask of the target labels that are neither a class nor void; None without any."""
    if true.numel() == 0:
        return None
    low, high = true.aminmax()
    if low >= 0 and high < num_classes:
        return None
    wide = true.long()  # narrow types cannot be compared with any number
    mask = (wide < 0) | (wide >= num_classes)
    if void is not None:
        mask &= wide != void
    return mask if bool(mask.any()) else None


def _table(true: Tensor, predicted: Tensor, num_classes: int, void: int | None, weights: ArrayLike | None) -> Tensor:
    """What count counts, all images summed."""
    counted = count(
        true,
        predicted,
        num_classes=num_classes,
        ignore_label=void,
        out_of_range="count",
        pixel_weights=weights,
    )
    return counted.confusion.sum(0)


def statistics_of(table: Tensor) -> Statistics:
    """Statistics of one table [true+1, predicted+1]."""
    names = tuple(f"class {label}" for label in range(table.shape[0] - 1))
    return Statistics(confusion=table[None], image_names=("all",), class_names=names)


def convention_of(made: Preset, void: Void) -> Convention:
    """The convention of a preset without its library's defects; void: what target labels outside the classes do."""
    return replace(corrected(made).convention, void=void)


def score_of(made: Preset, table: Tensor, *, void: Void) -> Tensor:
    """What the preset makes of a table, without its library's defects: float64, a number or a list over classes."""
    formula = corrected(made).formula
    if formula is None:
        raise ValueError(f"{made.title} is no score of counts")
    return evaluate(formula, statistics_of(table), convention_of(made, void))
