"""Counting: target and prediction to statistics, the only pass over the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from metrics_core.bins import Bins, Histogram, suited_bins
from metrics_core.inputs import ArrayLike, Checked, InputError, check, refuse_labels, refuse_score, whole_number
from metrics_core.kernels import cpu, torch_histogram
from metrics_core.kernels import histogram as cpu_histogram
from metrics_core.kernels import torch as torch_kernel
from metrics_core.statistics import Statistics

LARGEST_TABLES = 2**28  # entries of all tables, 2 GiB: more than that is a mistaken number of classes


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
    _refuse_unlisted("out_of_range", out_of_range, ("refuse", "count"))
    _refuse_unlisted("histogram", histogram, ("none", "pooled", "per_image"))
    ignored = None if ignore_label is None else whole_number(ignore_label, "ignore_label")
    checked = check(target, prediction, num_classes=num_classes)
    images = checked.target.shape[0]
    _refuse_large_tables(images, num_classes)
    tables = _tabulate(checked, num_classes, ignored)
    counted = None if histogram == "none" else _histogram(checked, num_classes, ignored, histogram, bins)
    _refuse_strays(checked, tables, num_classes, ignored, out_of_range)
    return Statistics(
        confusion=_fold(tables, num_classes, ignored),
        image_names=_names(image_names, images, "image"),
        class_names=_names(class_names, num_classes, "class"),
        ignore_label=ignored,
        histogram=counted,
    )


def _refuse_unlisted(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"{name} must be one of {', '.join(allowed)}; got {value!r}")


def _refuse_large_tables(images: int, num_classes: int) -> None:
    entries = images * (num_classes + 2) ** 2
    if entries > LARGEST_TABLES:
        raise InputError(
            f"the tables of {images} images with {num_classes} classes would take {entries / 2**27:,.1f} GiB, but "
            f"{LARGEST_TABLES / 2**27:.0f} is the limit; check num_classes, or count all as one image [1, pixel]"
        )


def _refuse_strays(
    checked: Checked, tables: Tensor, num_classes: int, ignored: int | None, out_of_range: Literal["refuse", "count"]
) -> None:
    """Raise for labels that are none; the first look at values that were counted, so that no device waits before."""
    if int(tables[:, -1].sum()):
        refuse_labels(checked, "target", num_classes=num_classes, ignore_label=ignored)
    if checked.scores is not None:
        if int(tables[:, :-1, num_classes:].sum()):
            _refuse_undecided(checked, checked.scores)
    elif out_of_range == "refuse" and int(tables[:, :-1, -1].sum()):
        refuse_labels(checked, "prediction", num_classes=num_classes, ignore_label=ignored)


def _refuse_undecided(checked: Checked, scores: Tensor) -> None:
    """Raise for the first pixel whose scores name no class."""
    if checked.from_probability:
        bad, channel = _no_probability(scores), 1
        expected = "probabilities of class 1 in [0, 1]; apply sigmoid first if these are logits"
    else:
        bad, channel, expected = scores.isnan().any(1), None, "numbers; replace NaN before scoring"
    image, pixel = (int(i) for i in bad.nonzero()[0])
    refuse_score(checked, image, channel, pixel, expected)


def _no_probability(scores: Tensor) -> Tensor:
    return ~((scores[:, 1] >= 0) & (scores[:, 1] <= 1))


def _histogram(
    checked: Checked, num_classes: int, ignored: int | None, images: Literal["pooled", "per_image"], bins: Bins | None
) -> Histogram:
    scores = checked.scores
    if scores is None:
        raise InputError("a histogram needs scores [image, class, *spatial]; prediction holds labels")
    if scores.dtype == torch.bfloat16:
        scores = scores.float()
    chosen = bins or suited_bins(scores.dtype)
    if not in_main_memory(scores):
        return _device_histogram(checked, scores, num_classes, ignored, images, chosen)
    scores = scores.contiguous()
    _refuse_bad(checked, scores)
    return cpu_histogram.score_histogram(
        checked.target.contiguous().numpy(),
        scores.numpy(),
        num_classes=num_classes,
        ignore_label=ignored,
        bins=chosen,
        images=images,
    )


def _refuse_bad(checked: Checked, scores: Tensor) -> None:
    bad = cpu_histogram.first_bad_score(scores.numpy(), 0.0, 1.0)
    if bad < 0:
        return
    if checked.from_probability:
        _refuse_undecided(checked, scores)
    image, channel, pixel = (int(i) for i in np.unravel_index(bad, scores.shape))
    refuse_score(checked, image, channel, pixel, "probabilities in [0, 1]; apply softmax first if these are logits")


def _device_histogram(
    checked: Checked,
    scores: Tensor,
    num_classes: int,
    ignored: int | None,
    images: Literal["pooled", "per_image"],
    bins: Bins,
) -> Histogram:
    good = (scores >= 0) & (scores <= (255 if scores.dtype == torch.uint8 else 1))
    # A bin outside the table would abort the device; whether a score was replaced is looked at once all is counted.
    histogram = torch_histogram.score_histogram(
        checked.target,
        torch.where(good, scores, torch.zeros_like(scores)),
        num_classes=num_classes,
        ignore_label=ignored,
        bins=bins,
        images=images,
    )
    if not bool(good.all()):
        _refuse_bad(checked, scores.cpu())
    return histogram


def in_main_memory(tensor: Tensor) -> bool:
    """Whether the kernels of the CPU can read the tensor."""
    return tensor.device.type == "cpu"


def _tabulate(checked: Checked, num_classes: int, ignore_label: int | None) -> Tensor:
    labels = _labels(checked)
    if in_main_memory(checked.target):
        target, prediction = checked.target.contiguous().numpy(), labels.contiguous().numpy()
        return torch.from_numpy(cpu.tabulate(target, prediction, num_classes, ignore_label))
    return torch_kernel.tabulate(checked.target, labels, num_classes, ignore_label)


def _labels(checked: Checked) -> Tensor:
    if checked.labels is not None:
        return checked.labels
    if checked.scores is None:
        raise InputError("prediction holds neither labels nor scores; this is a defect")
    return hard_labels(checked.scores, from_probability=checked.from_probability)


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
