"""Counting: target and prediction to statistics, the only pass over the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from metrics_core.bins import Bins, Histogram, suited_bins
from metrics_core.inputs import ArrayLike, Checked, InputError, check, refuse_labels, refuse_score
from metrics_core.kernels import cpu, torch_histogram
from metrics_core.kernels import histogram as cpu_histogram
from metrics_core.kernels import torch as torch_kernel
from metrics_core.statistics import Statistics


def count(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    class_names: Sequence[str] | None = None,
    image_names: Sequence[str] | None = None,
    out_of_range: Literal["refuse", "count"] = "refuse",
    histogram: Literal["none", "pooled", "per_image"] = "none",
    bins: Bins | None = None,
) -> Statistics:
    """Count (true, predicted) pairs of every image, and scores by true class: the only pass over the pixels.

    target: integer [image, *spatial], any spatial rank (a 1-D array is one image). prediction: integer labels of that
    shape, or scores [image, class, *spatial] whose first highest class is taken. ignore_label marks void target
    pixels; out_of_range="count" books predictions that are no class as such instead of refusing them (a predicted
    ignore_label always is). histogram counts scores, which must be probabilities in [0, 1] then, of all images
    together or of each; bins default to exact ones for uint8 and float16 and to 4096 uniform ones for other floats.

    Raises:
        InputError: shapes, dtypes, labels or scores that cannot be counted; the message says where and what to do.
    """
    checked = check(target, prediction, num_classes=num_classes)
    tables = _tabulate(checked, num_classes, ignore_label)
    stray_targets, stray_predictions = tables[:, -1].sum(), tables[:, :-1, -1].sum()
    if int(stray_targets):
        refuse_labels(checked, "target", num_classes=num_classes, ignore_label=ignore_label)
    if out_of_range == "refuse" and int(stray_predictions):
        refuse_labels(checked, "prediction", num_classes=num_classes, ignore_label=ignore_label)
    images = checked.target.shape[0]
    return Statistics(
        confusion=_fold(tables, num_classes, ignore_label),
        image_names=_names(image_names, images, "image"),
        class_names=_names(class_names, num_classes, "class"),
        ignore_label=ignore_label,
        histogram=None if histogram == "none" else _histogram(checked, num_classes, ignore_label, histogram, bins),
    )


def _histogram(
    checked: Checked,
    num_classes: int,
    ignore_label: int | None,
    images: Literal["pooled", "per_image"],
    bins: Bins | None,
) -> Histogram:
    scores = checked.scores
    if scores is None:
        raise InputError("a histogram needs scores [image, class, *spatial]; prediction holds labels")
    if scores.dtype == torch.bfloat16:
        scores = scores.float()
    chosen = bins or suited_bins(scores.dtype)
    if scores.device.type != "cpu":
        return torch_histogram.score_histogram(
            checked.target, scores, num_classes=num_classes, ignore_label=ignore_label, bins=chosen, images=images
        )
    values = scores.contiguous().numpy()
    bad = cpu_histogram.first_bad_score(values, 0.0, 1.0)
    if bad >= 0:
        image, channel, pixel = (int(i) for i in np.unravel_index(bad, values.shape))
        refuse_score(checked, image, channel, pixel, "probabilities in [0, 1]; apply softmax first if these are logits")
    return cpu_histogram.score_histogram(
        checked.target.contiguous().numpy(),
        values,
        num_classes=num_classes,
        ignore_label=ignore_label,
        bins=chosen,
        images=images,
    )


def _tabulate(checked: Checked, num_classes: int, ignore_label: int | None) -> Tensor:
    labels = _hard(checked) if checked.labels is None else checked.labels
    if checked.target.device.type == "cpu":
        target, prediction = checked.target.contiguous().numpy(), labels.contiguous().numpy()
        return torch.from_numpy(cpu.tabulate(target, prediction, num_classes, ignore_label))
    return torch_kernel.tabulate(checked.target, labels, num_classes, ignore_label)


def _hard(checked: Checked) -> Tensor:
    """Labels [image, pixel] of the highest score; the first class wins a tie."""
    scores = checked.scores
    if scores is None:
        raise InputError("prediction holds no scores; this is a defect")
    if scores.device.type != "cpu":
        return scores.argmax(1)
    # numpy knows no bfloat16; widening keeps the order.
    wide = scores.float() if scores.dtype in (torch.bfloat16, torch.float16) else scores
    labels, bad = cpu.argmax(wide.contiguous().numpy())
    if bad is not None:
        refuse_score(checked, bad[0], None, bad[1], "numbers; replace NaN before scoring")
    return torch.from_numpy(labels)


def _fold(tables: Tensor, num_classes: int, ignore_label: int | None) -> Tensor:
    """[image, C+2, C+2] to [image, C+1, C+1]: predicted void and predicted strays share the last column."""
    confusion = tables[:, :-1, :-1].clone()
    confusion[:, :, -1] += tables[:, :-1, -1]
    if ignore_label is not None and 0 <= ignore_label < num_classes:
        confusion[:, -1] += confusion[:, ignore_label]
        confusion[:, ignore_label] = 0
    return confusion


def _names(given: Sequence[str] | None, number: int, kind: str) -> tuple[str, ...]:
    if given is None:
        return tuple(f"{kind} {i}" for i in range(number))
    if len(given) != number:
        raise InputError(f"{kind}_names must hold {number} names; got {len(given)}")
    return tuple(given)
