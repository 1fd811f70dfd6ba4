"""Deciding: the class that scores name, and the pixel whose scores name none."""

from __future__ import annotations

import torch
from torch import Tensor

from metrics_core.inputs import Checked, InputError, refuse_score
from metrics_core.kernels import cpu, in_main_memory
from metrics_core.kernels import torch as torch_kernel


def labels_of(checked: Checked) -> Tensor:
    """Predicted labels [image, pixel], made of the scores where the prediction holds some."""
    if checked.labels is not None:
        return checked.labels
    return hard_labels(scores_of(checked), from_probability=checked.from_probability)


def scores_of(checked: Checked) -> Tensor:
    """Scores [image, class, pixel].

    Raises:
        InputError: the prediction holds labels.
    """
    scores = checked.scores
    if scores is None:
        raise InputError(
            "a histogram needs scores [image, class, *spatial]; prediction holds labels; pass the scores before argmax"
        )
    return scores


def hard_labels(scores: Tensor, *, from_probability: bool) -> Tensor:
    """Labels [image, pixel] of the highest score in [image, class, pixel]; the first class wins a tie.

    The label is C where a score is NaN, or where scores made of a probability show that it was none.
    """
    if from_probability:
        return (scores[:, 1] > scores[:, 0]).to(torch.uint8).masked_fill(_no_probability(scores), 2)
    if not in_main_memory(scores):
        return torch_kernel.argmax(scores)
    # numpy knows no bfloat16; widening keeps the order.
    wide = scores.float() if scores.dtype in (torch.bfloat16, torch.float16) else scores
    return torch.from_numpy(cpu.argmax(wide.contiguous().numpy()))


def refuse_undecided(checked: Checked) -> None:
    """Raise for the first pixel whose scores name no class.

    Raises:
        InputError: always; the message names the pixel.
    """
    scores = scores_of(checked)
    if checked.from_probability:
        bad, channel = _no_probability(scores), 1
        expected = "probabilities of class 1 in [0, 1]; apply sigmoid first if these are logits"
    else:
        bad, channel, expected = scores.isnan().any(1), None, "numbers; replace NaN before scoring"
    image, pixel = (int(i) for i in bad.nonzero()[0])
    refuse_score(checked, image, channel, pixel, expected)


def _no_probability(scores: Tensor) -> Tensor:
    return ~((scores[:, 1] >= 0) & (scores[:, 1] <= 1))
