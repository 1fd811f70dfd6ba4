"""What a stateful metric adds to a training loop, beside torchmetrics: small batches, where the call itself counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torchmetrics
from torchmetrics import classification

import metrics_core as mc
from tests.benchmarks import Row, Size, Work, medians_ms
from tests.benchmarks.workloads import Images

BATCHES = {
    "full": Images(number=8, shape=(64, 64), classes=4),
    "quick": Images(number=2, shape=(4, 4), classes=4),
}


def run(size: Size = "full") -> Iterator[Row]:
    """Yield updates of one metric, forward, and updates of a collection of five."""
    images = BATCHES[size]
    target, prediction = images.labels()
    classes = images.classes
    ours, theirs = mc.IoU(num_classes=classes), classification.MulticlassJaccardIndex(classes)
    quick = classification.MulticlassJaccardIndex(classes, validate_args=False)
    many, others = collections(classes)
    name = f"batch of {images.name}"
    plain, quickly = "torchmetrics", "torchmetrics, not validating"
    pairs: dict[tuple[str, str], tuple[Work, Work]] = {
        ("update of IoU", plain): (lambda: ours.update(target, prediction), lambda: theirs.update(prediction, target)),
        ("update of IoU", quickly): (lambda: ours.update(target, prediction), lambda: quick.update(prediction, target)),
        ("forward of IoU", plain): (lambda: ours(target, prediction), lambda: theirs(prediction, target)),
        ("update of 5 scores", plain): (
            lambda: many.update(target, prediction),
            lambda: others.update(prediction, target),
        ),
    }
    works = {(key, side): work for key, pair in pairs.items() for side, work in enumerate(pair)}
    times = medians_ms(works, rounds=30)
    for key in pairs:
        work, against = key
        # Who does not look at labels is quicker; what looking costs is told, but no goal.
        goal = None if against == quickly else 1
        yield Row(workload=f"{work}, {name}", against=against, ours=times[key, 0], other=times[key, 1], goal=goal)


def collections(classes: int) -> tuple[mc.MetricCollection, torchmetrics.MetricCollection]:
    """Five scores of the same labels."""
    options: dict[str, Any] = {"num_classes": classes}
    ours = [mc.IoU(**options), mc.F1(**options), mc.Precision(**options), mc.Recall(**options), mc.Accuracy(**options)]
    names = ("JaccardIndex", "F1Score", "Precision", "Recall", "Accuracy")
    theirs = [getattr(classification, f"Multiclass{name}")(**options) for name in names]
    return mc.MetricCollection(ours), torchmetrics.MetricCollection(theirs)
