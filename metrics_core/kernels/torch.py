"""Torch kernel for any device: static shapes and no read-back, so nothing waits for the device."""

from __future__ import annotations

import torch
from torch import Tensor


def _encode(labels: Tensor, num_classes: int, ignore_label: int | None) -> Tensor:
    wide = labels.to(torch.int64)
    inside = (wide >= 0) & (wide < num_classes)
    ignored = torch.zeros_like(inside) if ignore_label is None else wide == ignore_label
    outside = torch.where(ignored, num_classes, num_classes + 1)
    return torch.where(inside, wide, outside)


def tabulate(
    target: Tensor, prediction: Tensor, num_classes: int, ignore_label: int | None, weights: Tensor | None = None
) -> Tensor:
    """Per-image tables of (true, predicted) pairs: the same contract and values as kernels.cpu.tabulate and weigh.

    target, prediction: integer [image, pixel] on one device; weights: float64 [image, pixel] there. Returns int64
    [image, C+2, C+2] on that device, or float64 sums of the weights.
    """
    side = num_classes + 2
    codes = _encode(target, num_classes, ignore_label) * side + _encode(prediction, num_classes, ignore_label)
    amounts = torch.ones_like(codes) if weights is None else weights
    tables = torch.zeros((target.shape[0], side * side), dtype=amounts.dtype, device=target.device)
    tables.scatter_add_(1, codes, amounts)
    return tables.reshape(-1, side, side)


def argmax(scores: Tensor) -> Tensor:
    """Labels int64 [image, pixel] of the highest of scores [image, class, pixel]: the values of kernels.cpu.argmax."""
    highest, labels = scores.max(1)  # NaN counts as highest
    return torch.where(highest.isnan(), scores.shape[1], labels)
