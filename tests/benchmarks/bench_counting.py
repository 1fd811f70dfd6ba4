"""Per-image confusions beside other libraries and the time to read the labels."""

from __future__ import annotations

from collections.abc import Iterator

import torch

import metrics_core as mc
from tests.benchmarks import Row, Size, medians_ms, peers
from tests.benchmarks.workloads import Images, reading

CASES = {
    "full": (
        Images(number=100, shape=(256, 256), classes=4),
        Images(number=100, shape=(256, 256), classes=4, void=0.1),
        Images(number=8, shape=(1024, 2048), classes=19, void=0.1),
        Images(number=1, shape=(256, 256, 256), classes=2),
    ),
    "quick": (
        Images(number=2, shape=(8, 8), classes=4),
        Images(number=2, shape=(8, 16), classes=19, void=0.1),
        Images(number=1, shape=(6, 6, 6), classes=2),
    ),
}
KERAS = {"full": (256, 256), "quick": (4, 4)}


def run(size: Size = "full") -> Iterator[Row]:
    """Yield confusions of flat images with and without void, of street scenes and of a volume."""
    for images in CASES[size]:
        yield from confusions(images)
    yield from small_image(Images(number=1, shape=KERAS[size], classes=4))


def confusions(images: Images) -> Iterator[Row]:
    """Yield our time for int64 labels beside the others' and the limit, then for bytes."""
    target, prediction = images.labels()
    narrow = target.to(torch.uint8), prediction.to(torch.uint8)
    options = {"num_classes": images.classes, "ignore_label": images.void_label}
    works = {
        "our int64": lambda: mc.count(target, prediction, **options),
        "our uint8": lambda: mc.count(*narrow, **options),
        "reading": reading(target, prediction),
    }
    others = peers.confusions(images, target, prediction)
    times = medians_ms(works | others)
    name, ours = f"confusion, {images.name}", times["our int64"]
    for against in others:
        goal = peers.CONFUSION_GOALS.get(against)
        yield Row(workload=name, against=against, ours=ours, other=times[against], goal=goal)
    yield Row(workload=name, against="reading", ours=ours, other=times["reading"], goal=2.2, sense="at most")
    ours, name = times["our uint8"], f"{name}, uint8"
    yield Row(workload=name, against="our int64", ours=ours, other=times["our int64"], goal=2)
    # An eighth of the bytes at the same rate: so few would come from a cache.
    yield Row(workload=name, against="reading", ours=ours, other=times["reading"] / 8, goal=5, sense="at most")


def small_image(images: Images) -> Iterator[Row]:
    """Yield the mean IoU of one image beside Keras, which takes very long for more."""
    target, prediction = images.labels()
    works = {
        "ours": lambda: mc.evaluate("iou", mc.count(target, prediction, num_classes=images.classes)),
        "Keras": peers.keras_mean_iou(images.classes, target, prediction),
    }
    times = medians_ms(works)
    yield Row(workload=f"mean IoU, {images.name}", against="Keras", ours=times["ours"], other=times["Keras"])
