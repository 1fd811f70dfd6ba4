"""Per-image confusions beside other libraries and the time to read the labels, and every toggle from statistics."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from monai.metrics.confusion_matrix import get_confusion_matrix
from monai.networks.utils import one_hot
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

import metrics_core as mc
from tests.benchmarks import Row, median_ms

VOID = 255


def labels(images: int, size: tuple[int, int], num_classes: int, *, void: float = 0.0) -> tuple[Tensor, Tensor]:
    """Target int64 [image, *size], a share of it void, and a prediction that is right in two pixels of three."""
    random = np.random.default_rng(0)
    target = random.integers(0, num_classes, (images, *size))
    other = random.integers(0, num_classes, target.shape)
    prediction = np.where(random.random(target.shape) < 2 / 3, target, other)
    target[random.random(target.shape) < void] = VOID
    return torch.from_numpy(target), torch.from_numpy(prediction)


def run() -> Iterator[Row]:
    """Yield confusions of two sizes, memory, the first call of a process, and toggles of two sizes."""
    yield from confusions("confusion, 100 x 256 x 256, 4 classes", *labels(100, (256, 256), 4), 4, None)
    yield from confusions("confusion, 8 x 1024 x 2048, 19 classes", *labels(8, (1024, 2048), 19, void=0.1), 19, VOID)
    yield from memory_and_start()
    yield from toggles("toggle, 100 images, 4 classes", statistics_of_scores(100, 4), limit_ms=1)
    yield from toggles("toggle, 10,000 images, 19 classes", random_statistics(10_000, 19), limit_ms=60)


def confusions(name: str, target: Tensor, prediction: Tensor, num_classes: int, void: int | None) -> Iterator[Row]:
    """Yield our time for int64 labels beside the others' and the limit, then for bytes."""

    def ours(*each: Tensor) -> float:
        return median_ms(lambda: mc.count(*each, num_classes=num_classes, ignore_label=void))

    wide, others = ours(target, prediction), peers(target, prediction, num_classes, void)
    for against, (work, repeats, goal) in others.items():
        yield Row(workload=name, against=against, ours=wide, other=median_ms(work, repeats=repeats), goal=goal)
    reading = reading_ms(target, prediction)
    yield Row(workload=name, against="reading", ours=wide, other=reading, goal=2.2, sense="at most")
    narrow, name = ours(target.to(torch.uint8), prediction.to(torch.uint8)), f"{name}, uint8"
    yield Row(workload=name, against="our int64", ours=narrow, other=wide, goal=2)
    # An eighth of the bytes at the same rate: so few would come from a cache.
    yield Row(workload=name, against="reading", ours=narrow, other=reading / 8, goal=5, sense="at most")


def reading_ms(*arrays: Tensor) -> float:
    """Time to look at every label once, an array a thread."""
    flat = [array.numpy().reshape(-1) for array in arrays]
    with ThreadPoolExecutor(len(flat)) as pool:
        return median_ms(lambda: list(pool.map(np.max, flat)), repeats=21)


Peers = dict[str, tuple[Callable[[], object], int, float]]


def peers(target: Tensor, prediction: Tensor, num_classes: int, void: int | None) -> Peers:
    """The same tables from other libraries: work, repeats and goal."""
    options: dict[str, Any] = {"num_classes": num_classes, "ignore_index": void}
    pairs = list(zip(prediction, target, strict=True))

    def torchmetrics(*, validate_args: bool) -> Tensor:
        # One table of all images together: as fast as it gets with its defaults.
        return multiclass_confusion_matrix(prediction, target, validate_args=validate_args, **options)

    def torchmetrics_by_image() -> list[Tensor]:
        return [multiclass_confusion_matrix(p, t, validate_args=False, **options) for p, t in pairs]

    def bincount() -> list[Tensor]:
        side = num_classes + 1
        kept = target if void is None else torch.where(target == void, num_classes, target)
        codes = kept * side + prediction
        return [torch.bincount(each.reshape(-1), minlength=side * side) for each in codes]

    def scikit_learn() -> list[NDArray[Any]]:
        classes = list(range(num_classes))
        return [confusion_matrix(t.numpy().ravel(), p.numpy().ravel(), labels=classes) for p, t in pairs]

    def monai() -> Tensor:
        both = (one_hot(each[:, None], num_classes) for each in (prediction, target))
        return get_confusion_matrix(*both)

    work: Peers = {
        "torch.bincount": (bincount, 5, 5),
        "torchmetrics": (lambda: torchmetrics(validate_args=True), 3, 50),
        "torchmetrics, not validating": (lambda: torchmetrics(validate_args=False), 3, 5),
        "the same, image by image": (torchmetrics_by_image, 3, 3),
        "scikit-learn": (scikit_learn, 1, 100),
    }
    # MONAI knows no void label.
    return work | ({"MONAI": (monai, 3, 12)} if void is None else {})


FIRST_CALL = """
import time, numpy as np, metrics_core as mc
labels = np.zeros((4, 64, 64), np.int64)
start = time.perf_counter()
mc.count(labels, labels, num_classes=2)
print((time.perf_counter() - start) * 1000)
"""


def memory_and_start() -> Iterator[Row]:
    """Yield what counting takes beyond its input, and the first call of a process once the kernels are compiled."""
    target, prediction = labels(100, (256, 256), 4)
    tracemalloc.start()
    mc.count(target, prediction, num_classes=4)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    name = "extra memory, 6.5 M pixels"
    yield Row(workload=name, against="the limit", ours=peak, other=16, goal=1, sense="at most", unit="MB")
    done = subprocess.run([sys.executable, "-c", FIRST_CALL], capture_output=True, text=True, check=True)
    name = "first counts of a process"
    yield Row(workload=name, against="the limit", ours=float(done.stdout), other=1000, goal=1, sense="at most")


def statistics_of_scores(images: int, num_classes: int) -> mc.Statistics:
    """Statistics of byte scores with a histogram per image."""
    target, _ = labels(images, (64, 64), num_classes)
    scores = torch.randint(0, 256, (images, num_classes, 64, 64), dtype=torch.uint8)
    return mc.count(target, scores, num_classes=num_classes, histogram="per_image")


def random_statistics(images: int, num_classes: int) -> mc.Statistics:
    """Statistics of as many images, without histograms."""
    side = num_classes + 1
    return mc.Statistics(
        confusion=torch.randint(0, 1000, (images, side, side)),
        image_names=tuple(f"image {i}" for i in range(images)),
        class_names=tuple(f"class {i}" for i in range(num_classes)),
    )


def toggles(name: str, statistics: mc.Statistics, *, limit_ms: float) -> Iterator[Row]:
    """Yield the slowest formula under each change of a convention."""
    base = mc.Convention()
    rules = {
        "pooled mean": base,
        "micro": replace(base, average="micro"),
        "weighted": replace(base, average="weighted"),
        "per class": replace(base, average="none"),
        "0/0 is 1": replace(base, zero_division=1),
        "background out": replace(base, excluded_classes=(0,)),
        "class ignored": replace(base, ignored_classes=(1,)),
        "void kept": replace(base, void="false_positive"),
        "strays removed": replace(base, out_of_range="pixel_removed"),
        "absent classes out": replace(base, kept_classes="target"),
    }
    every = rules | {f"{key}, per image": replace(rule, pooling="image") for key, rule in rules.items()}
    if statistics.histogram is not None:
        every["threshold"] = replace(base, threshold=0.5)
        every["threshold, per image"] = replace(base, threshold=0.5, pooling="image")
    for key, rule in every.items():
        slowest = max(
            median_ms(lambda formula=formula, rule=rule: mc.evaluate(formula, statistics, rule))
            for formula in ("iou", "dice", "precision", "recall", "specificity", "mcc")
        )
        yield Row(workload=f"{name}: {key}", against="the limit", ours=slowest, other=limit_ms, goal=1, sense="at most")
    half = range(0, statistics.num_images, 2)
    chosen = median_ms(lambda: mc.evaluate("iou", statistics.select(half)))
    workload = f"{name}: half of the images"
    yield Row(workload=workload, against="the limit", ours=chosen, other=limit_ms, goal=1, sense="at most")
