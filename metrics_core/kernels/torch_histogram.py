"""Torch kernel of the histogram for any device: static shapes and no read-back, so nothing waits for the device."""

from __future__ import annotations

import torch
from torch import Tensor

from metrics_core.bins import OCTAVES, Bins, Histogram, Images


def row_codes(target: Tensor, num_classes: int, ignore_label: int | None) -> Tensor:
    """The row 0..C of every target label: its class, or C where it is void or no class."""
    wide = target.to(torch.int64)
    inside = (wide >= 0) & (wide < num_classes)
    if ignore_label is not None:
        inside &= wide != ignore_label
    return torch.where(inside, wide, num_classes)


def _mirrored_index(scores: Tensor, bins: Bins) -> Tensor:
    """The bin of a score in mirrored_log bins; kernels.histogram explains the steps."""
    upper = (scores >= 0.5).to(torch.int64)
    distance = (upper - scores).abs()
    offset = (1022 - OCTAVES) << bins.steps
    octave_index = ((distance.view(torch.int64) - upper) >> (52 - bins.steps)) - offset
    scaled = distance * 2.0 ** (OCTAVES + bins.steps)
    linear = torch.where(upper == 1, (scaled.ceil().to(torch.int64) - 1).clamp(min=0), scaled.to(torch.int64))
    index = torch.where(distance >= 2.0**-OCTAVES, octave_index, linear)
    return index ^ ((bins.count - 1) & -upper)


def bin_index(scores: Tensor, bins: Bins) -> Tensor:
    """The bin of every score, int64 of the scores' shape."""
    if bins.kind == "byte":
        return scores.to(torch.int64)
    if bins.kind == "half":
        return scores.view(torch.int16).to(torch.int64) & 0x7FFF
    wide = scores.to(torch.float64)
    if bins.kind == "uniform":
        return (wide * bins.count).to(torch.int64).clamp(max=bins.count - 1)
    return _mirrored_index(wide, bins)


def _score_of_bin(bins: Bins, device: torch.device) -> Tensor:
    """The one score of every byte or half bin, float64 [bin], made on the device."""
    if bins.kind == "byte":
        return torch.arange(256, dtype=torch.float64, device=device) / 255
    return torch.arange(bins.count, dtype=torch.int16, device=device).view(torch.float16).to(torch.float64)


def score_histogram(
    target: Tensor, scores: Tensor, *, num_classes: int, ignore_label: int | None, bins: Bins, images: Images
) -> Histogram:
    """Histogram of target [image, pixel] and scores [image, class, pixel] on one device, left on that device.

    The same contract, errors and, bit for bit, the same values as kernels.histogram.score_histogram.
    """
    bins.refuse_unless_fitting(str(scores.dtype).removeprefix("torch."))
    codes = row_codes(target, num_classes, ignore_label)
    counts, low, high = tabulate_scores(codes, scores, num_classes=num_classes, bins=bins, images=images)
    return Histogram(counts=counts, low=low, high=high, bins=bins, images=images)


def tabulate_scores(
    codes: Tensor, scores: Tensor, *, num_classes: int, bins: Bins, images: Images
) -> tuple[Tensor, Tensor, Tensor]:
    """Counts, low and high of a Histogram, from rows [image, pixel] and scores [image, class, pixel]."""
    device, channels = scores.device, scores.shape[1]
    num_images = codes.shape[0] if images == "per_image" else 1
    if images == "per_image":
        codes = codes + torch.arange(num_images, device=device)[:, None] * (num_classes + 1)
    counts = torch.zeros((channels, num_images * (num_classes + 1) * bins.count), dtype=torch.int64, device=device)
    low = torch.full((channels, bins.count), torch.inf, dtype=torch.float64, device=device)
    high = torch.full((channels, bins.count), -torch.inf, dtype=torch.float64, device=device)
    for channel in range(channels):
        index = bin_index(scores[:, channel], bins)
        places = (codes * bins.count + index).reshape(-1)
        counts[channel].scatter_add_(0, places, torch.ones_like(places))
        if not bins.is_exact:
            values = scores[:, channel].to(torch.float64).reshape(-1)
            low[channel].scatter_reduce_(0, index.reshape(-1), values, "amin")
            high[channel].scatter_reduce_(0, index.reshape(-1), values, "amax")
    tables = counts.reshape(channels, num_images, num_classes + 1, bins.count).permute(1, 2, 0, 3).contiguous()
    if bins.is_exact:
        seen = tables.sum((0, 1)) > 0
        score = _score_of_bin(bins, device)
        low, high = torch.where(seen, score, low), torch.where(seen, score, high)
    return tables, low, high
