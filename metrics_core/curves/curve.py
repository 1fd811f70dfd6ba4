"""A curve: the counts of one class against the rest at every threshold; ROC and precision-recall are readings of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.bins import Tie

Reason = Literal["no pixel", "no positive pixel", "no negative pixel"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """Points of one class, from the highest threshold down; point 0 predicts nothing, the last one everything.

    thresholds: float64 [point]; a point predicts the scores >= its threshold, for point 0 +inf unless asked otherwise.
    tp, fp: int64 [point]. positives, negatives: pixels of the class and of the rest; void pixels are in neither.
    """

    class_index: int
    thresholds: Tensor
    tp: Tensor
    fp: Tensor
    positives: int
    negatives: int

    @property
    def undefined(self) -> Reason | None:
        """Why the area under the ROC curve does not exist; None where it does."""
        if not self.positives:
            return "no positive pixel" if self.negatives else "no pixel"
        return None if self.negatives else "no negative pixel"

    @property
    def fn(self) -> Tensor:
        """False negatives, int64 [point]."""
        return self.positives - self.tp

    @property
    def tn(self) -> Tensor:
        """True negatives, int64 [point]."""
        return self.negatives - self.fp

    @property
    def true_positive_rate(self) -> Tensor:
        """Recall, tp / positives: float64 [point], from 0 up to 1; NaN without positives."""
        return self.tp.double() / self.positives if self.positives else torch.full_like(self.thresholds, math.nan)

    @property
    def recall(self) -> Tensor:
        """The true-positive rate by its name in precision-recall curves."""
        return self.true_positive_rate

    @property
    def false_positive_rate(self) -> Tensor:
        """Fall-out, fp / negatives: float64 [point], from 0 up to 1; NaN without negatives."""
        return self.fp.double() / self.negatives if self.negatives else torch.full_like(self.thresholds, math.nan)

    @property
    def precision(self) -> Tensor:
        """Precision, tp / (tp + fp): float64 [point]; 1 where nothing is predicted, the usual end of the curve."""
        predicted = self.tp + self.fp
        return torch.where(predicted > 0, self.tp.double() / predicted.clamp(min=1).double(), 1.0)


def operating_point(curve: Curve, threshold: float, *, tie: Tie = ">=") -> int:
    """Index of the point that predicts the scores >= threshold, or > threshold.

    The threshold is compared as a float64 number: for float32 scores, 0.3 lies below the score float32(0.3).

    Raises:
        ValueError: the threshold is NaN.
    """
    if math.isnan(threshold):
        raise ValueError("threshold must be a number; got NaN")
    refuse_unless_one_of(tie, Tie, "tie")
    descending = -curve.thresholds[1:].numpy()
    return int(np.searchsorted(descending, -threshold, side="right" if tie == ">=" else "left"))


def select_points(curve: Curve, indices: NDArray[np.int64]) -> Curve:
    """The curve with only these points, in this order."""
    chosen = torch.from_numpy(indices)
    return replace(curve, thresholds=curve.thresholds[chosen], tp=curve.tp[chosen], fp=curve.fp[chosen])
