"""Scores of labels: (target, prediction), all pixels pooled, in per cent."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from metrics_core.compat.confusion import convention_of
from metrics_core.compat.elektronn3.sharing import as_list, call_of, shared_counts
from metrics_core.evaluation import score_cells
from metrics_core.inputs import InputError
from metrics_core.presets import corrected

_CPU = torch.device("cpu")


def confusion_matrix(
    target: Tensor,
    pred: Tensor,
    num_classes: int = 2,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = _CPU,
    nan_when_empty: bool = True,
    ignore: int | None = None,
) -> Tensor:
    """Counts of every class against the rest: [class, 4] in the order tp, tn, fp, fn, of the given dtype and device.

    target: integer labels of any shape. pred: labels of that shape, or raw outputs [image, class, *spatial]. With
    nan_when_empty, the row of a class that the target lacks is NaN. Target pixels with the label ignore, inside or
    outside the classes, count nowhere. A predicted label outside 0..C-1 is a miss of the true class; a target label
    outside, unless ignored, a false positive of the predicted one.

    Raises:
        InputError: shapes or dtypes that cannot be counted, or an integer dtype that would have to hold NaN.
    """
    counts = shared_counts(target, pred, num_classes, ignore)
    table = np.stack([counts.tp[0], counts.tn[0], counts.fp[0], counts.fn[0]], axis=1)
    empty = np.flatnonzero(counts.raw_support[0] == 0)
    if nan_when_empty and empty.size:
        if not dtype.is_floating_point:
            raise InputError(
                f"dtype {dtype} cannot hold the NaN of class {int(empty[0])}, which the target lacks; pass a "
                "floating-point dtype, or nan_when_empty=False"
            )
        table[empty] = np.nan
    return torch.from_numpy(table).to(device=device, dtype=dtype)


def precision(
    target: Tensor, pred: Tensor, num_classes: int = 2, mean: bool = True, ignore: int | None = None
) -> Tensor | float:
    """Precision in per cent, 100 tp / (tp + fp + 1e-4): the mean over classes, or float32 [class] with mean=False.

    target, pred and ignore as for confusion_matrix; range [0, 100], NaN for a class that the target lacks.
    """
    return _score("precision", target, pred, num_classes, mean, ignore)


def recall(
    target: Tensor, pred: Tensor, num_classes: int = 2, mean: bool = True, ignore: int | None = None
) -> Tensor | float:
    """Recall (sensitivity) in per cent, 100 tp / (tp + fn + 1e-4); arguments and result as for precision."""
    return _score("recall", target, pred, num_classes, mean, ignore)


def accuracy(
    target: Tensor, pred: Tensor, num_classes: int = 2, mean: bool = True, ignore: int | None = None
) -> Tensor | float:
    """Accuracy of each class against the rest in per cent, 100 (tp + tn) / (all + 1e-4): not that of pixels.

    Arguments and result as for precision.
    """
    return _score("accuracy", target, pred, num_classes, mean, ignore)


def dice_coefficient(
    target: Tensor, pred: Tensor, num_classes: int = 2, mean: bool = True, ignore: int | None = None
) -> Tensor | float:
    """Dice coefficient (F1) in per cent, 200 tp / (2 tp + fp + fn + 1e-4); arguments and result as for precision."""
    return _score("dice_coefficient", target, pred, num_classes, mean, ignore)


def iou(
    target: Tensor, pred: Tensor, num_classes: int = 2, mean: bool = True, ignore: int | None = None
) -> Tensor | float:
    """IoU (Jaccard) in per cent, 100 tp / (tp + fp + fn + 1e-4); arguments and result as for precision."""
    return _score("iou", target, pred, num_classes, mean, ignore)


def bin_precision(target: Tensor, out: Tensor) -> Tensor:
    """Precision of class 1 in per cent, float32; out: raw outputs [image, 2, *spatial], whose higher one decides."""
    return _foreground("precision", target, out)


def bin_recall(target: Tensor, out: Tensor) -> Tensor:
    """Recall of class 1 in per cent, float32; out as for bin_precision."""
    return _foreground("recall", target, out)


def bin_accuracy(target: Tensor, out: Tensor) -> Tensor:
    """Accuracy of class 1 in per cent, float32, which for two classes is that of pixels; out as for bin_precision."""
    return _foreground("accuracy", target, out)


def bin_dice_coefficient(target: Tensor, out: Tensor) -> Tensor:
    """Dice coefficient of class 1 in per cent, float32; out as for bin_precision."""
    return _foreground("dice_coefficient", target, out)


def bin_iou(target: Tensor, out: Tensor) -> Tensor:
    """IoU of class 1 in per cent, float32; out as for bin_precision."""
    return _foreground("iou", target, out)


def _score(name: str, target: Tensor, pred: Tensor, num_classes: int, mean: bool, ignore: int | None) -> Tensor | float:
    value = _value(name, target, pred, num_classes, ignore, mean=mean)
    return float(value) if mean else as_list(value)


def _foreground(name: str, target: Tensor, out: Tensor) -> Tensor:
    return as_list(_value(name, target, two_channels(target, out), 2, None, mean=False)[1])


def _value(name: str, target: Tensor, pred: Tensor, num_classes: int, ignore: int | None, *, mean: bool) -> Tensor:
    made = corrected(call_of(name, num_classes, ignore, mean=mean))
    assert made.formula is not None
    counts = shared_counts(target, pred, num_classes, ignore)
    return score_cells(made.formula, counts, convention_of(made, "false_positive")).value


def two_channels(target: Tensor, out: Tensor) -> Tensor:
    """The raw outputs of a binary task, once they are known to be [image, 2, *spatial].

    Raises:
        InputError: another number of channels or axes.
    """
    if out.ndim != target.ndim + 1 or out.shape[1] != 2:
        raise InputError(
            f"out must be raw outputs [image, 2, *spatial] for a target of shape {tuple(target.shape)}; got shape "
            f"{tuple(out.shape)}; for more classes use an Evaluator"
        )
    return out
