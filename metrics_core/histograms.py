"""Histograms: scores counted by true class, on the CPU or where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from metrics_core.bins import Bins, Histogram, Images, merge_histograms, suited_bins
from metrics_core.blocks import copied_bytes, image_blocks, row_blocks
from metrics_core.deciding import refuse_undecided, scores_of
from metrics_core.inputs import Checked, refuse_score
from metrics_core.kernels import histogram as cpu_histogram
from metrics_core.kernels import in_main_memory, torch_histogram


@dataclass(frozen=True, kw_only=True)
class HistogramJob:
    """How the scores of one data set are counted; without bins, in those that suit the scores."""

    num_classes: int
    ignore_label: int | None
    bins: Bins | None

    def histogram(self, checked: Checked, images: Images) -> Histogram:
        """The histogram, made of parts small enough that copies do not take much memory.

        Raises:
            InputError: the prediction holds labels, or scores that are no probabilities.
            ValueError: bins of another dtype than the scores.
        """
        if in_main_memory(checked.true) and copied_bytes(checked):
            blocks = [
                [checked.part(each, rows) for rows in row_blocks(checked, each)]
                for each in image_blocks(checked, self.num_classes)
            ]
            if len(blocks) > 1 or len(blocks[0]) > 1:
                return merge_histograms(self._of_rows(block, images) for block in blocks)
        return self._at_once(checked, images)

    def _of_rows(self, parts: Sequence[Checked], images: Images) -> Histogram:
        """The histogram of a block of images, or of one image that is cut into parts, which add up."""
        if len(parts) == 1:
            return self.histogram(parts[0], images)
        return replace(merge_histograms(self.histogram(part, "pooled") for part in parts), images=images)

    def _at_once(self, checked: Checked, images: Images) -> Histogram:
        scores = scores_of(checked)
        if scores.dtype == torch.bfloat16:
            scores = scores.float()
        bins = self.bins or suited_bins(scores.dtype)
        if not in_main_memory(scores):
            return self._on_device(checked, scores, bins, images)
        scores = scores.contiguous()
        _refuse_bad(checked, scores)
        return cpu_histogram.score_histogram(
            checked.target.contiguous().numpy(),
            scores.numpy(),
            num_classes=self.num_classes,
            ignore_label=self.ignore_label,
            bins=bins,
            images=images,
        )

    def _on_device(self, checked: Checked, scores: Tensor, bins: Bins, images: Images) -> Histogram:
        good = (scores >= 0) & (scores <= (255 if scores.dtype == torch.uint8 else 1))
        # A bin outside the table would abort the device; whether a score was replaced is looked at once all is counted.
        histogram = torch_histogram.score_histogram(
            checked.target,
            torch.where(good, scores, torch.zeros_like(scores)),
            num_classes=self.num_classes,
            ignore_label=self.ignore_label,
            bins=bins,
            images=images,
        )
        if not bool(good.all()):
            _refuse_bad(checked, scores.cpu())
        return histogram


def _refuse_bad(checked: Checked, scores: Tensor) -> None:
    bad = cpu_histogram.first_bad_score(scores.numpy(), 0.0, 1.0)
    if bad < 0:
        return
    if checked.from_probability:
        refuse_undecided(checked)
    image, channel, pixel = (int(i) for i in np.unravel_index(bad, scores.shape))
    refuse_score(checked, image, channel, pixel, "probabilities in [0, 1]; apply softmax first if these are logits")
