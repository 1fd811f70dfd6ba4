"""keras.metrics: IoU, BinaryIoU, OneHotIoU, OneHotMeanIoU and MeanIoU, without Keras.

Values are those of Keras 3.15: a pixel counts if target and prediction both are classes and the target is not
ignore_class; 1e-7 is added to every denominator and to the number of classes, so that a perfect score lies just below
1; a class without any pixel leaves the mean, and 0 is the score of nothing. What differs:

* Weights and counts are summed as float64 whatever dtype is, which names the result only. In Keras the default dtype is
  an integer: weights below 1 became 0, and all weighted scores of its documentation with them.
* sample_weight may be broadcast to y_true, as Keras documents; there it had to hold one weight a pixel, or one in all.
* axis may be any axis; result() failed in Keras for others than the last one.
* Labels that are no whole numbers, scores that are NaN, and weights below 0 are refused; Keras cut, ranked or summed
  them.
* Names are not numbered: the second MeanIoU is mean_io_u like the first.

update_state and result take anything that numpy or torch can read; results are 0-dim torch tensors.

Source: https://keras.io/api/metrics/segmentation_metrics/, keras/src/metrics/iou_metrics.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from metrics_core.compat.confusion import pooled_confusion, score_of
from metrics_core.deciding import hard_labels
from metrics_core.inputs import ArrayLike, InputError, as_tensor, whole_number
from metrics_core.presets import Preset, preset

_FLOATS = {"float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32, "float64": torch.float64}


class IoU:
    """Mean IoU, tp / (tp + fp + fn), of the classes in target_class_ids, over all pixels since the last reset.

    num_classes: labels are 0..num_classes-1. ignore_class: target label that counts nowhere. sparse_y_true and
    sparse_y_pred: whether labels are given, or scores whose highest one along axis is the label. dtype: of the result,
    float64 for None and for integers. Range [0, 1].

    Raises:
        ValueError: no class, a class twice, or one outside 0..num_classes-1 in target_class_ids; an unknown dtype.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        self.name = name or re.sub("(?<=[a-z])(?=[A-Z])", "_", type(self).__name__).lower()
        self.dtype = _known(dtype or "float64")
        self.num_classes = num_classes
        self.target_class_ids = [whole_number(label, "each of target_class_ids") for label in target_class_ids]
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self._call()  # refuses classes that do not exist
        self.reset_state()

    def reset_state(self) -> None:
        """Forget all pixels."""
        self.total_cm = torch.zeros((self.num_classes, self.num_classes), dtype=torch.float64)

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | float | None = None
    ) -> None:
        """Add pixels to total_cm, the float64 confusion [true, predicted].

        y_true, y_pred: whole numbers, as many of one as of the other, or scores with the class along axis where not
        sparse. sample_weight: a number, one number a pixel, or an array of the axes of y_true that broadcasts to it.

        Raises:
            InputError: sizes that do not fit, labels that are no whole numbers, NaN, or weights below 0.
        """
        true = _labels(y_true, "y_true", None if self.sparse_y_true else self.axis)
        predicted = _labels(y_pred, "y_pred", None if self.sparse_y_pred else self.axis)
        if true.numel() != predicted.numel():
            raise InputError(
                f"y_true and y_pred must hold as many labels; got shapes {tuple(true.shape)} and "
                f"{tuple(predicted.shape)}; check sparse_y_true, sparse_y_pred and axis if one holds scores"
            )
        weights = None if sample_weight is None else _weights(sample_weight, true)
        if true.numel():
            self.total_cm += self._confusion(true.reshape(-1), predicted.reshape(-1).to(true.device), weights)

    def _confusion(self, true: Tensor, predicted: Tensor, weights: Tensor | None) -> Tensor:
        ignore = self.ignore_class
        table = pooled_confusion(true, predicted, num_classes=self.num_classes, ignore=ignore, weights=weights)
        confusion = table[:-1, :-1].double().cpu()
        if ignore is not None and 0 <= ignore < self.num_classes:
            confusion[ignore] = 0
        return confusion

    def result(self) -> Tensor:
        """The score of all pixels so far, a 0-dim tensor."""
        value = score_of(self._call(), pad(self.total_cm, (0, 1, 0, 1)), void="removed")
        return value.to(_FLOATS.get(self.dtype, torch.float64))

    def _call(self) -> Preset:
        return preset("keras.IoU", num_classes=self.num_classes, target_class_ids=tuple(self.target_class_ids))

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | float | None = None) -> Tensor:
        """update_state, then result."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this metric anew."""
        return self._config("num_classes", "target_class_ids", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")

    def _config(self, *names: str) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("name", "dtype", *names)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A metric with the arguments of get_config, and no pixels yet."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class BinaryIoU(IoU):
    """Mean IoU of class 0, class 1 or both, where y_pred holds scores of class 1: 1 if y_pred >= threshold, else 0.

    y_true holds labels 0 and 1. As in Keras, scores and threshold are compared as float32.
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(2, target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | float | None = None
    ) -> None:
        """Add pixels: labels y_true, scores y_pred; sample_weight and errors as for IoU."""
        scores = as_tensor(y_pred, "y_pred").float()
        _refuse_nan(scores)
        super().update_state(y_true, scores >= torch.tensor(self.threshold, dtype=torch.float32), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this metric anew."""
        return self._config("target_class_ids", "threshold")


class MeanIoU(IoU):
    """Mean IoU of all classes that occur in the target or the prediction; arguments as for IoU."""

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes,
            range(num_classes),
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=sparse_y_true,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this metric anew."""
        return self._config("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")


class OneHotIoU(IoU):
    """IoU of one-hot targets [..., class], and scores [..., class] unless sparse_y_pred; arguments as for IoU."""

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes,
            target_class_ids,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this metric anew."""
        return self._config("num_classes", "target_class_ids", "ignore_class", "sparse_y_pred", "axis")


class OneHotMeanIoU(MeanIoU):
    """MeanIoU of one-hot targets [..., class], and scores [..., class] unless sparse_y_pred; arguments as for IoU."""

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes,
            name=name,
            dtype=dtype,
            ignore_class=ignore_class,
            sparse_y_true=False,
            sparse_y_pred=sparse_y_pred,
            axis=axis,
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this metric anew."""
        return self._config("num_classes", "ignore_class", "sparse_y_pred", "axis")


def _known(dtype: str) -> str:
    if dtype not in _FLOATS and not re.fullmatch(r"u?int\d*", dtype):
        raise ValueError(f"dtype must be {', '.join(_FLOATS)} or an integer type; got {dtype!r}")
    return dtype


def _labels(values: ArrayLike, name: str, axis: int | None) -> Tensor:
    """Labels as they are, or of the highest score along an axis."""
    given = as_tensor(values, name)
    if axis is not None:
        return _highest(given, name, axis)
    if not given.is_floating_point():
        return given
    whole = given.long()
    if bool((whole != given).any()):
        raise InputError(f"{name} must hold whole numbers as labels; got {float(given[whole != given][0])}")
    return whole


def _highest(scores: Tensor, name: str, axis: int) -> Tensor:
    if not -scores.ndim <= axis < scores.ndim:
        raise InputError(f"{name} must hold scores with the class along axis {axis}; got shape {tuple(scores.shape)}")
    first = scores.movedim(axis, 0)
    wide = first if first.is_floating_point() else first.double()
    _refuse_nan(wide)
    return hard_labels(wide.reshape(1, len(first), -1), from_probability=False).reshape(first.shape[1:])


def _refuse_nan(scores: Tensor) -> None:
    if bool(scores.isnan().any()):
        raise InputError("scores must be numbers; got NaN; replace it, or give its pixel the weight 0 and any score")


def _weights(sample_weight: ArrayLike | float, true: Tensor) -> Tensor:
    """One weight a pixel."""
    given = np.asarray(sample_weight) if isinstance(sample_weight, int | float) else sample_weight
    weights = as_tensor(given, "sample_weight").double().to(true.device)
    if weights.numel() == true.numel():
        return weights.reshape(-1)
    if weights.numel() == 1:
        return weights.reshape(1).expand(true.numel())
    fits = weights.ndim == true.ndim and all(n in (1, m) for n, m in zip(weights.shape, true.shape, strict=True))
    if not fits:
        raise InputError(
            f"sample_weight must be a number, hold one weight a pixel, or broadcast to y_true {tuple(true.shape)}; got "
            f"shape {tuple(weights.shape)}"
        )
    return weights.expand(true.shape).reshape(-1)
