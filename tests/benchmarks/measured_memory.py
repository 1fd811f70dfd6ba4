"""Print by how many bytes a work raises this process's peak: `python -m tests.benchmarks.measured_memory KEY PIXELS`.

What imports and input take is no part of it, nor what a call on a few pixels leaves. The peak is Linux's own, set back
before the call; libraries are imported by the work that needs them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import metrics_core as mc
from tests.benchmarks.workloads import softmax_scores
from tests.resident import resident

PEAK = Path("/proc/self/clear_refs")  # writing 5 sets the peak back
Pair = tuple[Tensor, Tensor]


def labels(pixels: int, dtype: type[np.integer] = np.int64) -> Pair:
    """Target and prediction [1, pixel] of 4 classes."""
    random = np.random.default_rng(0)
    target, prediction = (torch.from_numpy(random.integers(0, 4, (1, pixels), dtype)) for _ in range(2))
    return target, prediction


def strided(pixels: int) -> Pair:
    """The same as a square image whose columns, not rows, lie one after the other in memory."""
    side = math.isqrt(pixels)
    target, prediction = (each.reshape(1, side, side).mT for each in labels(side * side))
    return target, prediction


def scores(pixels: int) -> Pair:
    """Target [1, pixel] and scores [1, class, pixel] of 2 classes."""
    target, each = softmax_scores(pixels, 2)
    return torch.from_numpy(target), torch.from_numpy(each)


def count(target: Tensor, prediction: Tensor) -> object:
    return mc.count(target, prediction, num_classes=4)


def count_by_torchmetrics(target: Tensor, prediction: Tensor) -> object:
    from torchmetrics.functional.classification import multiclass_confusion_matrix

    return multiclass_confusion_matrix(prediction, target, 4)


def count_by_scikit_learn(target: Tensor, prediction: Tensor) -> object:
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(target[0].numpy(), prediction[0].numpy())


def rank(target: Tensor, given: Tensor) -> object:
    return mc.curve_areas(target, given, num_classes=2)


def rank_by_torchmetrics(target: Tensor, given: Tensor) -> object:
    from torchmetrics.functional.classification import binary_auroc, binary_average_precision

    return binary_auroc(given[0, 1], target[0]), binary_average_precision(given[0, 1], target[0])


def rank_by_scikit_learn(target: Tensor, given: Tensor) -> object:
    from sklearn.metrics import average_precision_score, roc_auc_score

    true, scored = target[0].numpy(), given[0, 1].numpy()
    return roc_auc_score(true, scored), average_precision_score(true, scored)


WORKS: dict[str, tuple[Callable[[Tensor, Tensor], object], Callable[[int], Pair]]] = {
    "counting int64": (count, labels),
    "counting uint8": (count, lambda pixels: labels(pixels, np.uint8)),
    "counting int64 out of order": (count, strided),
    "counting, torchmetrics": (count_by_torchmetrics, labels),
    "counting, scikit-learn": (count_by_scikit_learn, labels),
    "ranking": (rank, scores),
    "ranking, torchmetrics": (rank_by_torchmetrics, scores),
    "ranking, scikit-learn": (rank_by_scikit_learn, scores),
}


def measure(key: str, pixels: int) -> int:
    """By how many bytes the work raises the peak."""
    work, make = WORKS[key]
    work(*make(64))
    data = make(pixels)
    PEAK.write_text("5")
    before = resident("VmRSS")
    work(*data)
    return resident("VmHWM") - before


if __name__ == "__main__":
    sys.stdout.write(f"{measure(sys.argv[1], int(sys.argv[2]))}\n")
