"""Exact curves and areas from pixels: one-vs-rest, every distinct score a point, nothing binned."""

from __future__ import annotations

import math
from functools import partial
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.curves.areas import (
    CurveAreas,
    CurveAverage,
    Interpolation,
    UndefinedClasses,
    area_under_precision_recall,
    average_classes,
    exact_areas,
    refuse_other_averages,
)
from metrics_core.curves.curve import Curve, select_points
from metrics_core.inputs import (
    ArrayLike,
    Checked,
    InputError,
    as_tensor,
    check,
    refuse_labels,
    refuse_score,
    whole_number,
)
from metrics_core.kernels import in_main_memory
from metrics_core.kernels.curves import Ranker
from metrics_core.kernels.histogram import first_bad_score
from metrics_core.kernels.torch_curves import DeviceRanker

FirstThreshold = Literal["inf", "one", "max_plus_one"]
End = Literal["all_points", "full_recall"]


def roc_curve(
    target: ArrayLike,
    scores: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    first_threshold: FirstThreshold = "inf",
) -> tuple[Curve, ...]:
    """ROC curves, one a class against the rest, with every distinct score as a point.

    target: integer [image, *spatial]. scores: [image, class, *spatial], floats of any range (probabilities, logits) or
    uint8 that stand for probability * 255; for num_classes=2 also the scores of class 1 alone, in the target's shape or
    with one channel: then the one curve is that of class 1. Pixels of ignore_label are left out. first_threshold: that
    of the point that predicts nothing: infinity (scikit-learn since 1.3), 1.0 (torchmetrics), or the highest score + 1
    (older libraries).

    Raises:
        InputError: wrong shape or dtype, a score that is NaN or infinite, a label outside the classes.
    """
    refuse_unless_one_of(first_threshold, FirstThreshold, "first_threshold")
    ranker, classes = _ranker(target, scores, num_classes, ignore_label)
    return tuple(_curve(ranker, channel, c, first_threshold) for channel, c in enumerate(classes))


def precision_recall_curve(
    target: ArrayLike,
    scores: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    end: End = "all_points",
) -> tuple[Curve, ...]:
    """Precision-recall curves, one a class against the rest, from the highest threshold down.

    Arguments and errors as for roc_curve. end: all points, or only up to the first with full recall (older libraries).
    scikit-learn lists the same points from the lowest threshold up.
    """
    refuse_unless_one_of(end, End, "end")
    ranker, classes = _ranker(target, scores, num_classes, ignore_label)
    curves = tuple(_curve(ranker, channel, c) for channel, c in enumerate(classes))
    if end == "all_points":
        return curves
    cut = [int(np.searchsorted(curve.tp.numpy(), curve.positives)) for curve in curves]
    return tuple(select_points(curve, np.arange(last + 1)) for curve, last in zip(curves, cut, strict=True))


def curve_areas(
    target: ArrayLike, scores: ArrayLike, *, num_classes: int, ignore_label: int | None = None
) -> CurveAreas:
    """Exact AUROC and average precision (step) of every class from one ranking; arguments and errors as for roc_curve.

    Source: Fawcett, An introduction to ROC analysis, 2006; the area equals the Mann-Whitney statistic.
    """
    ranker, classes = _ranker(target, scores, num_classes, ignore_label)
    return exact_areas(tuple(classes), ranker.areas(classes))


def auroc(
    target: ArrayLike,
    scores: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    average: CurveAverage = "none",
    undefined_value: float = math.nan,
    undefined: UndefinedClasses = "skip",
) -> Tensor:
    """Area under the ROC curve: float64 [class], or a 0-dim tensor for an average; range [0, 1], 0.5 is chance.

    Arguments and errors as for roc_curve. undefined_value: the area of a class without positives or negatives (NaN;
    others use 0 or 0.5). undefined: whether NaN classes leave the average or make it NaN. weighted: by positives.
    """
    refuse_other_averages(average, undefined)
    areas = curve_areas(target, scores, num_classes=num_classes, ignore_label=ignore_label)
    values = areas.auroc.nan_to_num(nan=undefined_value)
    return average_classes(values, areas.positives, average=average, undefined=undefined)


def average_precision(
    target: ArrayLike,
    scores: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    average: CurveAverage = "none",
    interpolation: Interpolation = "step",
    undefined_value: float = math.nan,
    undefined: UndefinedClasses = "skip",
    without_negatives: float | None = None,
) -> Tensor:
    """Area under the precision-recall curve: float64 [class], or a 0-dim tensor; range [0, 1], chance is prevalence.

    Arguments and errors as for roc_curve; interpolation as for area_under_precision_recall. undefined_value: the area
    of a class without positives (NaN; scikit-learn 0). without_negatives: the area where every pixel is positive; None
    computes it (1.0), NaN leaves it undefined (MONAI). undefined: whether NaN classes leave the average or make it NaN.
    """
    refuse_other_averages(average, undefined)
    refuse_unless_one_of(interpolation, Interpolation, "interpolation")
    ranker, classes = _ranker(target, scores, num_classes, ignore_label)
    if interpolation == "step":
        areas = exact_areas(tuple(classes), ranker.areas(classes))
        values, positives, negatives = areas.average_precision, areas.positives, areas.negatives
    else:
        curves = [_curve(ranker, channel, c) for channel, c in enumerate(classes)]
        values = torch.tensor([area_under_precision_recall(c, interpolation) for c in curves], dtype=torch.float64)
        positives, negatives = torch.tensor([(c.positives, c.negatives) for c in curves]).unbind(1)
    values = values.nan_to_num(nan=undefined_value)
    if without_negatives is not None:
        values = torch.where((negatives == 0) & (positives > 0), without_negatives, values)
    return average_classes(values, positives, average=average, undefined=undefined)


def _curve(ranker: Ranker | DeviceRanker, channel: int, label: int, first: FirstThreshold = "inf") -> Curve:
    points = ranker.points(channel, label)
    highest = points.scores[0] + 1 if len(points.scores) else math.inf
    threshold = {"inf": math.inf, "one": 1.0, "max_plus_one": highest}[first]
    starts = ((threshold, points.scores), (0, points.tp), (0, points.fp))
    thresholds, tp, fp = (torch.from_numpy(np.concatenate([[start], values])) for start, values in starts)
    return Curve(class_index=label, thresholds=thresholds, tp=tp, fp=fp, positives=int(tp[-1]), negatives=int(fp[-1]))


def _ranker(
    target: ArrayLike, scores: ArrayLike, num_classes: int, ignore_label: int | None
) -> tuple[Ranker | DeviceRanker, list[int]]:
    """The checked pixels, ready to be ranked, and the class that each channel scores."""
    num_classes = whole_number(num_classes, "num_classes")
    ignore_label = None if ignore_label is None else whole_number(ignore_label, "ignore_label")
    checked, classes = _checked(target, scores, num_classes)
    assert checked.scores is not None
    wide = checked.scores.float() if checked.scores.dtype == torch.bfloat16 else checked.scores
    # One channel given for two classes was shown to check() as both: the second one is class 1 in messages, too.
    channels = wide[:, num_classes - len(classes) :]
    if not in_main_memory(wide):
        refuse = partial(_refuse_on_device, checked, channels, classes, num_classes, ignore_label)
        ranker = DeviceRanker(
            checked.target, channels, num_classes=num_classes, ignore_label=ignore_label, refuse=refuse
        )
        return ranker, classes
    _refuse_infinite(checked, channels, classes)
    ranker = Ranker(checked.target.numpy(), channels.numpy(), num_classes=num_classes, ignore_label=ignore_label)
    if ranker.unknown:
        refuse_labels(checked, "target", num_classes=num_classes, ignore_label=ignore_label)
    return ranker, classes


def _refuse_infinite(checked: Checked, channels: Tensor, classes: list[int]) -> None:
    largest = float(torch.finfo(channels.dtype).max) if channels.is_floating_point() else 255.0
    if (bad := first_bad_score(channels.numpy(), -largest, largest)) >= 0:
        image, channel, pixel = (int(i) for i in np.unravel_index(bad, channels.shape))
        refuse_score(
            checked, image, classes[channel], pixel, "finite scores, on void pixels too; replace it, e.g. by 0"
        )


def _refuse_on_device(
    checked: Checked, channels: Tensor, classes: list[int], num_classes: int, ignore_label: int | None
) -> None:
    """Two flags in one read; where one is raised, the first culprit is looked for in main memory."""
    target = checked.target.to(torch.int64)  # torch cannot compare wide unsigned integers
    stray = (target < 0) | (target >= num_classes)
    if ignore_label is not None:
        stray &= target != ignore_label
    infinite, strays = torch.stack([~channels.isfinite().all(), stray.any()]).tolist()
    if infinite:
        _refuse_infinite(checked, channels.cpu(), classes)
    if strays:
        refuse_labels(checked, "target", num_classes=num_classes, ignore_label=ignore_label)


def _checked(target: ArrayLike, scores: ArrayLike, num_classes: int) -> tuple[Checked, list[int]]:
    true, scored = as_tensor(target, "target"), as_tensor(scores, "scores")
    if true.ndim == 1:
        true, scored = true[None], scored[None]
    one_channel = scored.shape in (true.shape, (*true.shape[:1], 1, *true.shape[1:]))
    if num_classes == 2 and one_channel:
        both = scored.reshape(true.shape[0], 1, *true.shape[1:]).expand(-1, 2, *true.shape[1:])
        return check(true, both, num_classes=2), [1]
    checked = check(true, scored, num_classes=num_classes)
    if checked.scores is None:
        raise InputError(
            f"scores must be [image, class, *spatial] with {num_classes} classes for this target; got integer labels "
            f"of shape {tuple(scored.shape)}; pass the probabilities or logits before argmax"
        )
    return checked, list(range(num_classes))
