"""Areas under curves that only some library computes: through given thresholds, up to a rate, or in another order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from metrics_core.bins import Tie
from metrics_core.curves import Curve

Array = NDArray[np.float64]
CAP = 1500  # distinct scores from which MetricsReloaded no longer takes each of them as a threshold
KERAS_THRESHOLDS = 200


def counts_at(curve: Curve, thresholds: Sequence[float] | Array, *, tie: Tie = ">=") -> tuple[Array, Array]:
    """tp and fp, float64 [threshold], when scores from (>=) or above (>) each threshold are predicted positive."""
    side = "right" if tie == ">=" else "left"
    index = np.searchsorted(-curve.thresholds[1:].numpy(), -np.asarray(thresholds, np.float64), side=side)
    tp, fp = (counts.numpy()[index].astype(np.float64) for counts in (curve.tp, curve.fp))
    return tp, fp


def partial_roc_area(curve: Curve, largest_rate: float) -> float:
    """Area under the ROC curve up to a false positive rate, scaled so that guessing is 0.5 and the best 1.

    Source: McClish, Analyzing a portion of the ROC curve, 1989.
    """
    rate, recall = curve.false_positive_rate.numpy(), curve.recall.numpy()
    stop = int(np.searchsorted(rate, largest_rate, side="right"))
    end = float(np.interp(largest_rate, rate[stop - 1 : stop + 1], recall[stop - 1 : stop + 1]))
    area = _trapezoids(np.append(rate[:stop], largest_rate), np.append(recall[:stop], end))
    smallest = largest_rate**2 / 2
    return 0.5 * (1 + (area - smallest) / (largest_rate - smallest))


def binned_roc_area(curve: Curve, thresholds: Array) -> float:
    """Area under the ROC curve through these thresholds only, its ends left out; 0 without positives or negatives."""
    tp, fp = counts_at(curve, thresholds)
    return -_trapezoids(fp / max(curve.negatives, 1), tp / max(curve.positives, 1))


def binned_step_area(curve: Curve, thresholds: Array) -> float:
    """Average precision over these thresholds only, precision 0 where nothing is predicted; NaN without positives."""
    if not curve.positives:
        return math.nan
    tp, fp = counts_at(curve, thresholds)
    recall = np.append(tp, 0) / curve.positives
    return -float(np.diff(recall) @ (tp / np.maximum(tp + fp, 1)))


def keras_area(curve: Curve, thresholds: int = KERAS_THRESHOLDS) -> float:
    """keras.metrics.AUC(curve="PR"): even thresholds, between which tp grows with the predicted positives.

    NaN without positives, where Keras has 0.
    """
    if not curve.positives:
        return math.nan
    grid = np.arange(thresholds) / (thresholds - 1)
    grid[0], grid[-1] = -1e-7, 1 + 1e-7
    tp, fp = counts_at(curve, grid, tie=">")
    predicted = tp + fp
    slope = -np.diff(tp) / np.maximum(-np.diff(predicted), 1)
    ratio = np.where(predicted[1:] > 0, predicted[:-1] / np.maximum(predicted[1:], 1), 1.0)
    offset = tp[1:] - slope * predicted[1:]
    return float((slope * (-np.diff(tp) + offset * np.log(ratio))).sum()) / curve.positives


def resorted_roc_area(curve: Curve) -> float:
    """ROC area of points sorted once more by false positive rate in float32, equal rates in torch's arbitrary order."""
    rate, recall = curve.fp / curve.negatives, curve.tp / curve.positives
    order = torch.argsort(rate)
    return float(torch.trapz(recall[order], rate[order]))


def capped_area(curve: Curve, area: Literal["roc", "precision_recall"]) -> float:
    """Area through the thresholds that MetricsReloaded picks: one whenever enough pixels went by, and 0."""
    tp, fp = counts_at(curve, _capped_thresholds(curve))
    recall = np.append(0, tp) / curve.positives
    if area == "roc":
        return _trapezoids(np.append(0, fp) / curve.negatives, recall)
    return _trapezoids(recall, np.append(1.0, tp / (tp + fp)))


def _capped_thresholds(curve: Curve) -> Array:
    """From the lowest score up: the score at which a 1500th of the pixels is reached; the next score is passed over."""
    scores = curve.thresholds[1:].flip(0).numpy()
    seen = np.cumsum(np.diff((curve.tp + curve.fp).numpy())[::-1])
    chosen, start = [0.0], 0
    while True:
        before = int(seen[start - 1]) if start else 0
        last = int(np.searchsorted(seen, before + int(seen[-1]) / CAP))
        if last + 1 >= scores.size:
            return np.sort(chosen)[::-1]
        chosen.append(float(scores[last]))
        start = last + 2


def _trapezoids(x: Array, y: Array) -> float:
    return float(np.diff(x) @ (y[1:] + y[:-1])) / 2
