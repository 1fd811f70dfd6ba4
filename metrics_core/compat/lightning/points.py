"""Points: weighted counts of positives and negatives at every threshold, and the curves that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from metrics_core.curves import roc_curve
from metrics_core.inputs import InputError


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """Pixels of one class against the rest: bool [pixel], scores and weights [pixel]; weights None is 1 each."""

    positive: Tensor
    scores: Tensor
    weights: Tensor | None

    @classmethod
    def joined(cls, parts: list[Ranked]) -> Ranked:
        """The pixels of several processes; a process without weights weighs each pixel 1."""
        weighted = any(part.weights is not None for part in parts)
        weights = [torch.ones(len(p.scores), dtype=torch.float64) if p.weights is None else p.weights for p in parts]
        return cls(
            positive=torch.cat([part.positive for part in parts]),
            scores=torch.cat([part.scores for part in parts]),
            weights=torch.cat(weights) if weighted else None,
        )


class Points(NamedTuple):
    """Scores from the highest down, and the weights of positives and negatives at or above each, all float64 [point].

    Point 0 lies one above the highest score and holds nothing.
    """

    thresholds: Tensor
    tp: Tensor
    fp: Tensor

    def roc(self) -> tuple[Tensor, Tensor, Tensor]:
        """False-positive rates, true-positive rates and thresholds; NaN rates where nothing could be such."""
        return self.fp / self.fp[-1], self.tp / self.tp[-1], self.thresholds

    def precision_recall(self) -> tuple[Tensor, Tensor, Tensor]:
        """Precision and recall, from full recall to the closing point (1, 0), and the thresholds without that point."""
        last = int((self.tp == self.tp[-1])[1:].nonzero()[0]) + 1
        tp, fp = self.tp[1 : last + 1].flip(0), self.fp[1 : last + 1].flip(0)
        precision = torch.cat([tp / (tp + fp), tp.new_ones(1)])
        recall = torch.cat([tp / self.tp[-1], tp.new_zeros(1)])
        return precision, recall, self.thresholds[1 : last + 1].flip(0)


def points(pixels: Ranked) -> Points:
    """The points of a curve; pixels of weight 0 make none.

    Raises:
        InputError: no pixel with a weight, scores that are not finite.
    """
    if pixels.weights is None:
        curve = roc_curve(pixels.positive, pixels.scores, num_classes=2, first_threshold="max_plus_one")[0]
        return Points(curve.thresholds, curve.tp.double(), curve.fp.double())
    counting = pixels.weights > 0
    if not bool(counting.any()):
        raise InputError("sample_weight must be above 0 for at least one pixel; all are 0")
    positive, scores, weights = pixels.positive[counting], pixels.scores[counting].double(), pixels.weights[counting]
    if not bool(scores.isfinite().all()):
        raise InputError("pred must hold finite scores; mend them, or give their pixels the weight 0")
    order = scores.argsort(descending=True, stable=True)
    positive, scores, weights = positive[order], scores[order], weights[order]
    last_of_each = torch.cat([(scores[1:] != scores[:-1]).nonzero()[:, 0], torch.tensor([len(scores) - 1])])
    tp, fp = (torch.cumsum(weights * side, 0)[last_of_each] for side in (positive, ~positive))
    start = torch.zeros(1, dtype=torch.float64)
    return Points(torch.cat([scores[:1] + 1, scores[last_of_each]]), torch.cat([start, tp]), torch.cat([start, fp]))
