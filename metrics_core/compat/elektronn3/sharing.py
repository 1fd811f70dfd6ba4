"""Sharing: counts of a pair of tensors, made once for as long as the values stay the same."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import torch
from torch import Tensor

from metrics_core.cells import Cells, class_counts
from metrics_core.compat.confusion import convention_of, pooled_confusion, statistics_of
from metrics_core.compat.fingerprint import fingerprint
from metrics_core.inputs import ArrayLike, as_tensor, whole_number
from metrics_core.kernels import in_main_memory
from metrics_core.presets import Preset, preset

MOST_SHARED = 128  # counts kept, a few numbers a class each
_shared: OrderedDict[tuple[object, ...], Cells] = OrderedDict()
_lock = Lock()


def call_of(name: str, num_classes: int, ignore: int | None, *, mean: bool) -> Preset:
    """The preset of one of the functions on labels."""
    return preset(f"elektronn3.{name}", num_classes=num_classes, ignore_label=ignore, mean=mean)


def shared_counts(target: ArrayLike, prediction: ArrayLike, num_classes: int, ignore: int | None) -> Cells:
    """One-vs-rest counts [1, class] of all pixels; prediction: labels, or raw outputs [image, class, *spatial]."""
    true, predicted = as_tensor(target, "target"), as_tensor(prediction, "prediction")
    num_classes = whole_number(num_classes, "num_classes")
    ignore = None if ignore is None else whole_number(ignore, "ignore")
    if not (in_main_memory(true) and in_main_memory(predicted)):
        return _counts(true, predicted, num_classes, ignore)
    key = (fingerprint(true), fingerprint(predicted), num_classes, ignore)
    with _lock:
        if key in _shared:
            _shared.move_to_end(key)
            return _shared[key]
    counts = _counts(true, predicted, num_classes, ignore)
    with _lock:
        _shared[key] = counts
        if len(_shared) > MOST_SHARED:
            _shared.popitem(last=False)
    return counts


def _counts(true: Tensor, predicted: Tensor, num_classes: int, ignore: int | None) -> Cells:
    table = pooled_confusion(true, predicted, num_classes=num_classes, ignore=ignore)
    # All functions count alike; they differ in the formula.
    rule = convention_of(call_of("iou", num_classes, ignore, mean=False), "false_positive")
    return class_counts(statistics_of(table), rule)


def as_list(values: Tensor) -> Tensor:
    """Numbers of the classes as the float32 that elektronn3 returns."""
    return values.to(torch.float32)
