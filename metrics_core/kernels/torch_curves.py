"""Torch kernel of exact curves for any device: static shapes and no read-back until the results are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from metrics_core.kernels.curves import Areas, Points
from metrics_core.kernels.torch_histogram import row_codes


class Ranked(NamedTuple):
    """Scores of a class, highest first, and the counts at or above each: all [pixel].

    ends: whether a pixel is the last of its score; tp_before, fp_before: the counts above its score.
    """

    scores: Tensor
    tp: Tensor
    fp: Tensor
    ends: Tensor
    tp_before: Tensor
    fp_before: Tensor


def rank(codes: Tensor, scores: Tensor, label: int, void: int) -> Ranked:
    """Rank scores [pixel] of the class `label` against the rest; pixels whose code is void count for neither."""
    counted = codes != void
    lowest = torch.finfo(scores.dtype).min if scores.is_floating_point() else 0
    ordered, order = torch.where(counted, scores, lowest).sort(descending=True)
    positive = (codes == label)[order]
    tp, fp = positive.cumsum(0), (counted[order] & ~positive).cumsum(0)
    ends = torch.cat([ordered[1:] != ordered[:-1], torch.ones_like(positive[:1])])
    # Counts never fall, so the largest one at an end before a pixel is that of the score above.
    before = [torch.where(ends, counts, 0).cummax(0).values.roll(1) for counts in (tp, fp)]
    first = torch.arange(len(tp), device=tp.device) == 0
    return Ranked(ordered, tp, fp, ends, *(torch.where(first, 0, counts) for counts in before))


def sums(ranked: Ranked) -> tuple[Tensor, Tensor]:
    """What kernels.curves.Areas holds: int64 [twice the pairs, positives, negatives], and the sum of precision."""
    positives, negatives = ranked.tp - ranked.tp_before, ranked.fp - ranked.fp_before
    twice_pairs = torch.where(ranked.ends, negatives * (ranked.tp + ranked.tp_before), 0).sum()
    precision = ranked.tp.double() / (ranked.tp + ranked.fp).clamp(min=1).double()
    total = torch.where(ranked.ends, positives.double() * precision, 0.0).sum()
    return torch.stack([twice_pairs, ranked.tp[-1], ranked.fp[-1]]), total


class DeviceRanker:
    """Ranks the scores of one class after another on their device; the same values as kernels.curves.Ranker.

    target: integers [image, pixel]; scores: finite floats or uint8 [image, class, pixel] on one device. refuse: looks
    at the data and raises where they cannot be ranked; called when all work is under way, so that nothing waits before.
    """

    def __init__(
        self,
        target: Tensor,
        scores: Tensor,
        *,
        num_classes: int,
        ignore_label: int | None,
        refuse: Callable[[], None],
    ) -> None:
        self._codes = row_codes(target, num_classes, ignore_label).reshape(-1)
        self._scores = scores
        self._void = num_classes
        self._refuse = refuse

    def _ranked(self, channel: int, label: int) -> Ranked:
        return rank(self._codes, self._scores[:, channel].reshape(-1), label, self._void)

    def areas(self, classes: Sequence[int]) -> list[Areas]:
        """The sums of every class, each scored by the channel of its place; read once all are under way."""
        parts = [sums(self._ranked(channel, label)) for channel, label in enumerate(classes)]
        self._refuse()
        counts, totals = (torch.stack(part).tolist() for part in zip(*parts, strict=True))
        return [Areas(pairs, total, tp, fp) for (pairs, tp, fp), total in zip(counts, totals, strict=True)]

    def points(self, channel: int, label: int) -> Points:
        """The curve of the class `label` against the rest."""
        ranked = self._ranked(channel, label)
        counted = ranked.tp + ranked.fp > ranked.tp_before + ranked.fp_before
        self._refuse()
        kept = (ranked.ends & counted).cpu()
        scores, tp, fp = (part.cpu()[kept] for part in (ranked.scores, ranked.tp, ranked.fp))
        scores = scores.double() / 255 if scores.dtype == torch.uint8 else scores.double()
        return Points(scores.numpy(), tp.numpy(), fp.numpy())
