"""Scores of labels, called as metric(pred, target); pred holds labels, or scores [image, class, *spatial]."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from metrics_core.compat.confusion import as_labels, highest, pooled_confusion, score_of
from metrics_core.compat.lightning.module import MetricModule, refuse_unless_scores
from metrics_core.inputs import ArrayLike, InputError, as_tensor
from metrics_core.presets import preset

Reduction = Literal["elementwise_mean", "none", "sum"]


class _LabelMetric(MetricModule):
    """A score of counts, by the name and arguments of the function that Lightning computes it with."""

    def __init__(self, name: str, function: str, reduce_group: Any, reduce_op: Any, **arguments: Any) -> None:
        super().__init__(name, reduce_group, reduce_op)
        self._function = f"pytorch_lightning.{function}"
        self._arguments = arguments
        preset(self._function, num_classes=2, **arguments)  # refuses arguments that no call can use

    def _score(
        self, pred: ArrayLike, target: ArrayLike, num_classes: int | None, weights: ArrayLike | None = None
    ) -> Tensor:
        table = counted(self, pred, target, num_classes, weights)
        made = preset(self._function, num_classes=table.shape[0] - 1, **self._arguments)
        return self.finished(score_of(made, table, void="false_positive"), table.device)


class _ClassMetric(_LabelMetric):
    """A score with num_classes and reduction among its arguments."""

    def __init__(
        self,
        name: str,
        function: str,
        num_classes: int | None,
        reduction: Reduction,
        reduce_group: Any,
        reduce_op: Any,
        **arguments: Any,
    ) -> None:
        super().__init__(name, function, reduce_group, reduce_op, reduction=reduction, **arguments)
        self.num_classes = num_classes
        self.reduction = reduction

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """The score: a 0-dim tensor, or [class] with reduction="none"."""
        return self._score(pred, target, self.num_classes)


class Accuracy(_ClassMetric):
    """Share of the pixels that are right; with reduction="none", recall of each class, NaN for an absent one."""

    def __init__(
        self,
        num_classes: int | None = None,
        reduction: Reduction = "elementwise_mean",
        reduce_group: Any = None,
        reduce_op: Any = None,
    ) -> None:
        super().__init__("accuracy", "accuracy", num_classes, reduction, reduce_group, reduce_op)


class Precision(_ClassMetric):
    """Precision, tp / (tp + fp), 0 for a class that is never predicted: mean, list or sum over classes."""

    def __init__(
        self,
        num_classes: int | None = None,
        reduction: Reduction = "elementwise_mean",
        reduce_group: Any = None,
        reduce_op: Any = None,
    ) -> None:
        super().__init__("precision", "precision", num_classes, reduction, reduce_group, reduce_op)


class Recall(_ClassMetric):
    """Recall, tp / (tp + fn), 0 for a class that the target lacks: mean, list or sum over classes."""

    def __init__(
        self,
        num_classes: int | None = None,
        reduction: Reduction = "elementwise_mean",
        reduce_group: Any = None,
        reduce_op: Any = None,
    ) -> None:
        super().__init__("recall", "recall", num_classes, reduction, reduce_group, reduce_op)


class FBeta(_ClassMetric):
    """F-beta, (1 + b²) tp / ((1 + b²) tp + b² fn + fp), 0 for an empty class: mean, list or sum over classes."""

    def __init__(
        self,
        beta: float,
        num_classes: int | None = None,
        reduction: Reduction = "elementwise_mean",
        reduce_group: Any = None,
        reduce_op: Any = None,
    ) -> None:
        super().__init__("fbeta", "fbeta_score", num_classes, reduction, reduce_group, reduce_op, beta=beta)
        self.beta = beta


class F1(_ClassMetric):
    """F1 (Dice), 2 tp / (2 tp + fn + fp), 0 for an empty class: mean, list or sum over classes."""

    def __init__(
        self,
        num_classes: int | None = None,
        reduction: Reduction = "elementwise_mean",
        reduce_group: Any = None,
        reduce_op: Any = None,
    ) -> None:
        super().__init__("f1", "f1_score", num_classes, reduction, reduce_group, reduce_op)


class IoU(_LabelMetric):
    """IoU, tp / (tp + fp + fn), 0 for an empty class, of the classes up to the largest label; remove_bg drops class 0.

    The groups of processes are an addition to version 0.9.
    """

    def __init__(
        self,
        remove_bg: bool = False,
        reduction: Reduction = "elementwise_mean",
        reduce_group: Any = None,
        reduce_op: Any = None,
    ) -> None:
        super().__init__("iou", "iou", reduce_group, reduce_op, remove_bg=remove_bg, reduction=reduction)
        self.remove_bg = remove_bg
        self.reduction = reduction

    def forward(self, y_pred: Tensor, y_true: Tensor, sample_weight: ArrayLike | None = None) -> Tensor:
        """The score: a 0-dim tensor, or [class] with reduction="none"; sample_weight: one weight a pixel."""
        return self._score(y_pred, y_true, None, sample_weight)


class DiceCoefficient(_LabelMetric):
    """Dice, 2 tp / (2 tp + fp + fn), of scores [image, class, *spatial]: mean, list or sum over classes.

    include_background: whether class 0 is among them. no_fg_score: score of a class that the target lacks, predicted or
    not. nan_score: score of 0/0, which never comes up: such a class has no pixel in the target.
    """

    def __init__(
        self,
        include_background: bool = False,
        nan_score: float = 0.0,
        no_fg_score: float = 0.0,
        reduction: Reduction = "elementwise_mean",
        reduce_group: Any = None,
        reduce_op: Any = None,
    ) -> None:
        super().__init__(
            "dice",
            "dice_score",
            reduce_group,
            reduce_op,
            bg=include_background,
            nan_score=nan_score,
            no_fg_score=no_fg_score,
            reduction=reduction,
        )
        self.include_background = include_background
        self.nan_score = nan_score
        self.no_fg_score = no_fg_score
        self.reduction = reduction

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """The score: a 0-dim tensor, or one number a class with reduction="none"."""
        scores, true = as_tensor(pred, "pred"), as_tensor(target, "target")
        refuse_unless_scores(scores, true)
        return self._score(scores, true, None)


class ConfusionMatrix(MetricModule):
    """Pixels of true class i predicted as class j, [class, class] up to the largest label.

    normalize: each row divided by its sum, NaN for a class that the target lacks. In float32, counts above 2^24 are
    rounded; ConfusionMatrix().double() keeps them.
    """

    def __init__(self, normalize: bool = False, reduce_group: Any = None, reduce_op: Any = None) -> None:
        super().__init__("confusion_matrix", reduce_group, reduce_op)
        self.normalize = normalize

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """The matrix of this call."""
        table = counted(self, pred, target, None)
        matrix = table[:-1, :-1].double()
        return self.finished(matrix / matrix.sum(1, keepdim=True) if self.normalize else matrix, table.device)


def counted(
    metric: MetricModule,
    pred: ArrayLike,
    target: ArrayLike,
    num_classes: int | None,
    weights: ArrayLike | None = None,
) -> Tensor:
    """The table [true+1, predicted+1] of the pixels that are scored together.

    Raises:
        InputError: negative labels, scores that are NaN, or shapes and dtypes that cannot be counted.
    """
    true = as_labels(target, "target")
    predicted = as_tensor(pred, "pred")
    scores = predicted.ndim == true.ndim + 1
    if not scores:
        predicted = as_labels(predicted, "pred")
    number = max(_largest(true, "target"), predicted.shape[1] - 1 if scores else _largest(predicted, "pred")) + 1
    number = metric.largest(number, true.device) if num_classes is None else num_classes
    if scores and predicted.shape[1] != number:
        predicted = highest(predicted, "pred")
    return metric.summed(pooled_confusion(true, predicted, num_classes=number, weights=weights))


def _largest(labels: Tensor, name: str) -> int:
    if not labels.numel():
        raise InputError(f"{name} must hold at least one label; got shape {tuple(labels.shape)}")
    low, high = (int(end) for end in torch.aminmax(labels))
    if low < 0:
        raise InputError(f"{name} has the label {low}, but labels start at 0; leave pixels without a class out first")
    return high
