"""Evaluators: scores of a network's raw outputs, called as evaluator(target, out)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from torch import Tensor

from metrics_core.compat.confusion import highest
from metrics_core.compat.elektronn3 import labels

Metric = Callable[..., Any]
_OWN = (labels.precision, labels.recall, labels.accuracy, labels.dice_coefficient, labels.iou)


def channel_metric(metric: Metric, c: int, num_classes: int, argmax: bool = True) -> Callable[[Tensor, Tensor], Tensor]:
    """A function (target, out) that returns the score of class c, a 0-dim tensor.

    metric is called as metric(target, pred, num_classes=..., mean=False), where pred holds the label of the highest of
    the raw outputs [image, class, *spatial]; with argmax=False, out is passed on as it is.
    """

    def evaluator(target: Tensor, out: Tensor) -> Tensor:
        pred = _predicted(metric, out, num_classes) if argmax else out
        return metric(target, pred, num_classes=num_classes, mean=False)[c]

    return evaluator


class Evaluator:
    """A metric function as a score of raw outputs: evaluator(target, out) returns a float.

    metric_fn is called as metric_fn(target, pred, num_classes, mean=False, ignore=ignore), pred as in channel_metric.
    index: the class to return; None takes the mean over classes. num_classes: that of the latest outputs; the original
    kept that of the first ones.
    """

    name: ClassVar[str] = "generic"

    def __init__(self, metric_fn: Metric, index: int | None = None, ignore: int | None = None) -> None:
        self.metric_fn = metric_fn
        self.index = index
        self.ignore = ignore
        self.num_classes: int | None = None

    def __call__(self, target: Tensor, out: Tensor) -> float:
        """The score of raw outputs [image, class, *spatial] for a target of labels [image, *spatial]."""
        self.num_classes = int(out.shape[1])
        pred = _predicted(self.metric_fn, out, self.num_classes)
        scores: Tensor = self.metric_fn(target, pred, self.num_classes, mean=False, ignore=self.ignore)
        return float(scores.double().mean() if self.index is None else scores[self.index])


class Accuracy(Evaluator):
    """Accuracy of each class against the rest."""

    name = "accuracy"

    def __init__(self, index: int | None = None, ignore: int | None = None) -> None:
        super().__init__(labels.accuracy, index, ignore)


class Precision(Evaluator):
    """Precision."""

    name = "precision"

    def __init__(self, index: int | None = None, ignore: int | None = None) -> None:
        super().__init__(labels.precision, index, ignore)


class Recall(Evaluator):
    """Recall."""

    name = "recall"

    def __init__(self, index: int | None = None, ignore: int | None = None) -> None:
        super().__init__(labels.recall, index, ignore)


class IoU(Evaluator):
    """IoU."""

    name = "IoU"

    def __init__(self, index: int | None = None, ignore: int | None = None) -> None:
        super().__init__(labels.iou, index, ignore)


class DSC(Evaluator):
    """Dice coefficient."""

    name = "DSC"

    def __init__(self, index: int | None = None, ignore: int | None = None) -> None:
        super().__init__(labels.dice_coefficient, index, ignore)


def _predicted(metric: Metric, out: Tensor, num_classes: int) -> Tensor:
    """What to hand to a metric: the functions of this module take raw outputs, and share even the argmax."""
    counted = metric in _OWN and out.is_floating_point() and out.shape[1] == num_classes
    return out if counted else highest(out, "out")
