"""The installed libraries' own ways to the same tables and areas, each as fast as its public interface gets."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from keras.metrics import MeanIoU
from monai.metrics.confusion_matrix import get_confusion_matrix
from monai.networks.utils import one_hot
from sklearn.metrics import average_precision_score, confusion_matrix, roc_auc_score
from torch import Tensor
from torcheval.metrics.functional import multiclass_auprc, multiclass_auroc
from torcheval.metrics.functional import multiclass_confusion_matrix as torcheval_confusion
from torchmetrics.functional import classification as torchmetrics

from tests.benchmarks import Work
from tests.benchmarks.workloads import Array, Images

# How many times as fast as these the confusion is to be, and the areas.
CONFUSION_GOALS = {
    "torch.bincount": 5,
    "torchmetrics": 50,
    "torchmetrics, not validating": 5,
    "the same, image by image": 3,
    "scikit-learn": 100,
    "MONAI": 12,
}
AREA_GOALS = {"scikit-learn, both calls": 70, "torchmetrics, both calls": 30}


def confusions(images: Images, target: Tensor, prediction: Tensor) -> dict[str, Work]:
    """Tables of labels int64 [image, *shape] by each library that can leave their void pixels out."""
    works = _with_void(images, target, prediction)
    return works if images.void else works | _without_void(images, target, prediction)


def _with_void(images: Images, target: Tensor, prediction: Tensor) -> dict[str, Work]:
    classes, void = images.classes, images.void_label
    options: dict[str, Any] = {"num_classes": classes, "ignore_index": void}
    pairs = list(zip(prediction, target, strict=True))

    def together(*, validate_args: bool) -> object:
        # One table of all images: as fast as it gets with its defaults.
        return torchmetrics.multiclass_confusion_matrix(prediction, target, validate_args=validate_args, **options)

    def by_image() -> object:
        return [torchmetrics.multiclass_confusion_matrix(p, t, validate_args=False, **options) for p, t in pairs]

    def bincount() -> object:
        side = classes + 1
        kept = target if void is None else torch.where(target == void, classes, target)
        codes = kept * side + prediction
        return [torch.bincount(each.reshape(-1), minlength=side * side) for each in codes]

    def scikit_learn() -> object:
        listed = list(range(classes))
        return [confusion_matrix(t.numpy().ravel(), p.numpy().ravel(), labels=listed) for p, t in pairs]

    return {
        "torch.bincount": bincount,
        "torchmetrics": lambda: together(validate_args=True),
        "torchmetrics, not validating": lambda: together(validate_args=False),
        "the same, image by image": by_image,
        "scikit-learn": scikit_learn,
    }


def _without_void(images: Images, target: Tensor, prediction: Tensor) -> dict[str, Work]:
    def monai() -> object:
        return get_confusion_matrix(*(one_hot(each[:, None], images.classes) for each in (prediction, target)))

    def torcheval() -> object:
        return torcheval_confusion(prediction.reshape(-1), target.reshape(-1), images.classes)

    return {"MONAI": monai, "torcheval": torcheval}


def keras_mean_iou(classes: int, target: Tensor, prediction: Tensor) -> Work:
    """A mean IoU that starts anew: Keras has no confusion of its own."""

    def mean_iou() -> object:
        metric = MeanIoU(num_classes=classes)
        metric.update_state(target, prediction)
        return metric.result()

    return mean_iou


def areas(target: Array, scores: Array) -> dict[str, Work]:
    """AUROC and average precision of every class, labels [1, pixel] and scores [1, class, pixel]."""
    classes = scores.shape[1]
    rows, labels = torch.from_numpy(np.ascontiguousarray(scores[0].T)), torch.from_numpy(target[0])

    def by_scikit_learn() -> None:
        for c in range(classes):
            roc_auc_score(target[0] == c, scores[0, c])
            average_precision_score(target[0] == c, scores[0, c])

    def by_torchmetrics() -> None:
        torchmetrics.multiclass_auroc(rows, labels, classes, average=None)
        torchmetrics.multiclass_average_precision(rows, labels, classes, average=None)

    def by_torcheval() -> None:
        multiclass_auroc(rows, labels, num_classes=classes, average=None)
        multiclass_auprc(rows, labels, num_classes=classes, average=None)

    return {
        "scikit-learn, both calls": by_scikit_learn,
        "torchmetrics, both calls": by_torchmetrics,
        "torcheval, both calls": by_torcheval,
    }
