"""elektronn3.training.metrics: the same calls, (target, prediction) first, scores in per cent.

Values are those of elektronn3 0.1.1: all pixels are pooled; 1e-4 is added to every denominator; `ignore` takes target
pixels out of every count; a class that the target lacks is NaN, and so is a mean with it. What differs:

* Counts are shared between calls by the values of the tensors, not by their identity: an edited tensor gets its new
  score, and no tensor is kept alive. The original returned the old score and kept up to 128 pairs.
* auroc and average_precision take any batch size; the original failed on more than one image.
* Counts and ratios are exact int64 and float64; the original added up float32. Lists come back as float32.
* Integers of any width are taken. NaN in raw outputs is refused, where it used to win the argmax.

How sharing works: all bytes of both tensors are read and mixed into a fingerprint at the speed of memory, faster
than counting them. No cheaper test is right: torch's version counter does not see an edit through a numpy
array or `.data` that shares the memory. Tensors on other devices are counted afresh in every call.

Source: https://github.com/ELEKTRONN/elektronn3, elektronn3/training/metrics.py.
"""

from metrics_core.compat.elektronn3.evaluators import DSC, Accuracy, Evaluator, IoU, Precision, Recall, channel_metric
from metrics_core.compat.elektronn3.labels import (
    accuracy,
    bin_accuracy,
    bin_dice_coefficient,
    bin_iou,
    bin_precision,
    bin_recall,
    confusion_matrix,
    dice_coefficient,
    iou,
    precision,
    recall,
)
from metrics_core.compat.elektronn3.probabilities import auroc, average_precision, bin_auroc, bin_average_precision

__all__ = [
    "DSC",
    "Accuracy",
    "Evaluator",
    "IoU",
    "Precision",
    "Recall",
    "accuracy",
    "auroc",
    "average_precision",
    "bin_accuracy",
    "bin_auroc",
    "bin_average_precision",
    "bin_dice_coefficient",
    "bin_iou",
    "bin_precision",
    "bin_recall",
    "channel_metric",
    "confusion_matrix",
    "dice_coefficient",
    "iou",
    "precision",
    "recall",
]
