"""Curves and areas under them, called as metric(pred, target, sample_weight); pred holds scores of any range."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from metrics_core.compat.confusion import as_labels
from metrics_core.compat.lightning.module import MetricModule, refuse_unless_scores
from metrics_core.compat.lightning.points import Points, Ranked, points
from metrics_core.inputs import ArrayLike, InputError, as_tensor
from metrics_core.modular.gathering import is_distributed

Triple = tuple[Tensor, Tensor, Tensor]


class _CurveMetric(MetricModule):
    """What the metrics of one class share: pos_label is the label that counts as positive."""

    def __init__(self, name: str, pos_label: int, reduce_group: Any, reduce_op: Any) -> None:
        super().__init__(name, reduce_group, reduce_op)
        self.pos_label = pos_label

    def _points(self, pred: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> Points:
        true, scores = as_labels(target, "target"), as_tensor(pred, "pred")
        if scores.ndim == true.ndim + 1:
            scores = _channel(scores, 0 if scores.shape[1] == 1 else self.pos_label)
        return pooled_points(self, scores, true, self.pos_label, sample_weight)


class _MulticlassMetric(MetricModule):
    """What the metrics of all classes share: pred holds scores [image, class, *spatial] of at least num_classes."""

    def __init__(self, name: str, num_classes: int | None, reduce_group: Any, reduce_op: Any) -> None:
        super().__init__(name, reduce_group, reduce_op)
        self.num_classes = num_classes

    def _points(self, pred: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None) -> list[Points]:
        true, scores = as_labels(target, "target"), as_tensor(pred, "pred")
        refuse_unless_scores(scores, true)
        labels = range(scores.shape[1] if self.num_classes is None else self.num_classes)
        return [pooled_points(self, _channel(scores, label), true, label, sample_weight) for label in labels]


class ROC(_CurveMetric):
    """ROC curve of one class: false-positive rates, true-positive rates, thresholds, from the highest one down.

    The first threshold is the highest score + 1; all distinct scores follow.
    """

    def __init__(self, pos_label: int = 1, reduce_group: Any = None, reduce_op: Any = None) -> None:
        super().__init__("roc", pos_label, reduce_group, reduce_op)

    def forward(self, pred: Tensor, target: Tensor, sample_weight: ArrayLike | None = None) -> Triple:
        """The curve; sample_weight: one weight a pixel."""
        return _curve(self, self._points(pred, target, sample_weight).roc(), pred)


class PrecisionRecall(_CurveMetric):
    """Precision-recall curve of one class: precision, recall, thresholds, from full recall to the closing (1, 0)."""

    def __init__(self, pos_label: int = 1, reduce_group: Any = None, reduce_op: Any = None) -> None:
        super().__init__("precision_recall_curve", pos_label, reduce_group, reduce_op)

    def forward(self, pred: Tensor, target: Tensor, sample_weight: ArrayLike | None = None) -> Triple:
        """The curve; sample_weight: one weight a pixel."""
        return _curve(self, self._points(pred, target, sample_weight).precision_recall(), pred)


class MulticlassROC(_MulticlassMetric):
    """The ROC curve of every class against the rest: a tuple of what ROC returns."""

    def __init__(self, num_classes: int | None = None, reduce_group: Any = None, reduce_op: Any = None) -> None:
        super().__init__("multiclass_roc", num_classes, reduce_group, reduce_op)

    def forward(self, pred: Tensor, target: Tensor, sample_weight: ArrayLike | None = None) -> tuple[Triple, ...]:
        """The curves; sample_weight: one weight a pixel."""
        return tuple(_curve(self, each.roc(), pred) for each in self._points(pred, target, sample_weight))


class MulticlassPrecisionRecall(_MulticlassMetric):
    """The precision-recall curve of every class against the rest: a tuple of what PrecisionRecall returns."""

    def __init__(self, num_classes: int | None = None, reduce_group: Any = None, reduce_op: Any = None) -> None:
        super().__init__("multiclass_precision_recall_curve", num_classes, reduce_group, reduce_op)

    def forward(self, pred: Tensor, target: Tensor, sample_weight: ArrayLike | None = None) -> tuple[Triple, ...]:
        """The curves; sample_weight: one weight a pixel."""
        return tuple(_curve(self, each.precision_recall(), pred) for each in self._points(pred, target, sample_weight))


class AUROC(_CurveMetric):
    """Area under the ROC curve of one class, ties half: range [0, 1], NaN without positive or negative pixels."""

    def __init__(self, pos_label: int = 1, reduce_group: Any = None, reduce_op: Any = None) -> None:
        super().__init__("auroc", pos_label, reduce_group, reduce_op)

    def forward(self, pred: Tensor, target: Tensor, sample_weight: ArrayLike | None = None) -> Tensor:
        """The area, a 0-dim tensor; sample_weight: one weight a pixel."""
        false_rate, true_rate, _ = self._points(pred, target, sample_weight).roc()
        return self.finished(torch.trapezoid(true_rate, false_rate), _device(pred))


class AveragePrecision(_CurveMetric):
    """Average precision of one class, the sum of precision times gained recall: range [0, 1], NaN without positives."""

    def __init__(self, pos_label: int = 1, reduce_group: Any = None, reduce_op: Any = None) -> None:
        super().__init__("AP", pos_label, reduce_group, reduce_op)

    def forward(self, pred: Tensor, target: Tensor, sample_weight: ArrayLike | None = None) -> Tensor:
        """The area, a 0-dim tensor; sample_weight: one weight a pixel."""
        precision, recall, _ = self._points(pred, target, sample_weight).precision_recall()
        return self.finished(-(recall.diff() * precision[:-1]).sum(), _device(pred))


def pooled_points(
    metric: MetricModule, scores: Tensor, true: Tensor, label: int, sample_weight: ArrayLike | None
) -> Points:
    """Points of all pixels that are scored together.

    Raises:
        InputError: shapes that differ, no pixel, or weights or scores that cannot be used.
    """
    if scores.shape != true.shape or not true.numel():
        raise InputError(
            f"pred and target must have one shape, with at least one pixel; got {tuple(scores.shape)} and "
            f"{tuple(true.shape)}"
        )
    wide = scores if scores.dtype in (torch.float32, torch.float64) else scores.double()
    weights = None if sample_weight is None else _weights(sample_weight, true)
    mine = Ranked(positive=(true == label).reshape(-1).cpu(), scores=wide.reshape(-1).cpu(), weights=weights)
    return points(Ranked.joined(metric.gathered(mine)))


def _weights(sample_weight: ArrayLike, true: Tensor) -> Tensor:
    weights = as_tensor(sample_weight, "sample_weight").double().reshape(-1).cpu()
    if weights.numel() != true.numel():
        raise InputError(f"sample_weight must hold one weight a pixel ({true.numel()}); got {weights.numel()}")
    if not bool((weights.isfinite() & (weights >= 0)).all()):
        raise InputError("sample_weight must hold finite numbers, not below 0; give pixels to leave out the weight 0")
    return weights


def _channel(scores: Tensor, label: int) -> Tensor:
    if not 0 <= label < scores.shape[1]:
        raise InputError(f"pred must have a channel for class {label}; its class axis holds {scores.shape[1]}")
    return scores[:, label]


def _device(pred: ArrayLike) -> torch.device:
    return as_tensor(pred, "pred").device


def _curve(metric: MetricModule, curve: Triple, pred: ArrayLike) -> Triple:
    if metric.reduce_op is not None and is_distributed():
        raise ValueError("points of curves cannot be reduced over processes; leave reduce_op out to pool their pixels")
    device = _device(pred)
    first, second, third = (metric.finished(part, device) for part in curve)
    return first, second, third
