"""Pixels: checked labels and scores, as one library or another looks at them before it draws a curve."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from metrics_core.curves import Curve, roc_curve
from metrics_core.inputs import ArrayLike, InputError, check


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """target: integer [image, pixel]. scores: float [image, class, pixel]. counts: bool [image, pixel], not ignored."""

    target: Tensor
    scores: Tensor
    counts: Tensor
    ignore_label: int | None

    @classmethod
    def of(cls, target: ArrayLike, scores: ArrayLike, *, num_classes: int, ignore_label: int | None) -> Pixels:
        """Checked pixels.

        Raises:
            InputError: data that cannot be scored, or labels instead of scores.
        """
        checked = check(target, scores, num_classes=num_classes)
        if checked.scores is None:
            raise InputError("a curve needs scores [image, class, *spatial]; got labels; pass what argmax was taken of")
        labels = checked.target.cpu()
        given = checked.scores.cpu()
        return cls(
            target=labels,
            scores=given.double() / 255 if given.dtype == torch.uint8 else given,
            counts=torch.ones_like(labels, dtype=torch.bool) if ignore_label is None else labels != ignore_label,
            ignore_label=ignore_label,
        )

    @property
    def num_classes(self) -> int:
        """Number of classes C."""
        return self.scores.shape[1]

    @property
    def number(self) -> int:
        """How many pixels count."""
        return int(self.counts.sum())

    def curves(self) -> tuple[Curve, ...]:
        """The exact curve of every class against the rest.

        Raises:
            InputError: a label outside the classes, or a score that is no finite number.
        """
        return roc_curve(self.target, self.scores, num_classes=self.num_classes, ignore_label=self.ignore_label)

    def pooled_curve(self) -> Curve:
        """The curve of all classes as one question: every pixel is asked about every class."""
        kept = self.scores.transpose(1, 2)[self.counts]
        asked = torch.nn.functional.one_hot(self.target[self.counts].long(), kept.shape[1])
        return roc_curve(asked.reshape(1, -1), kept.reshape(1, -1), num_classes=2)[0]

    def as_logits_if_outside(self) -> Pixels:
        """The same, or, if a score lies outside [0, 1], with softmax over the classes of every pixel."""
        images, num_classes, pixels = self.scores.shape
        # In torchmetrics' order of operations, since the last bit decides which scores are equal.
        by_pixel = self.scores.transpose(0, 1).reshape(num_classes, -1).T
        kept = self.counts.reshape(-1)
        if self.ignore_label is not None:
            by_pixel = by_pixel[kept]
        if bool(((by_pixel >= 0) & (by_pixel <= 1)).all()) or not bool(torch.isfinite(by_pixel).all()):
            return self
        scores = self.scores.new_zeros(images * pixels, num_classes)
        scores[kept] = torch.softmax(by_pixel, dim=1)
        return replace(self, scores=scores.reshape(images, pixels, num_classes).transpose(1, 2).contiguous())
