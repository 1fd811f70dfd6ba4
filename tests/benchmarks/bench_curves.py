"""Areas under curves of 2 million pixels and 4 classes, exact and from a histogram, beside the libraries' own."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torchmetrics.functional.classification import multiclass_auroc, multiclass_average_precision

from metrics_core.bins import Bins
from metrics_core.curves import areas_from_histogram, curve_areas
from metrics_core.kernels.histogram import score_histogram
from tests.benchmarks import Row, median_ms

PIXELS, CLASSES = 2_000_000, 4


def example() -> tuple[np.ndarray, np.ndarray]:
    """Labels [1, pixel] and softmax scores float32 [1, class, pixel] that favour the true class."""
    random = np.random.default_rng(0)
    target = random.integers(0, CLASSES, (1, PIXELS))
    logits = random.standard_normal((1, CLASSES, PIXELS)) + 1.5 * (target[:, None] == np.arange(CLASSES)[:, None])
    powers = np.exp(logits)
    return target, (powers / powers.sum(1, keepdims=True)).astype(np.float32)


def run() -> Iterator[Row]:
    """Yield exact and binned areas against scikit-learn, torchmetrics and one reading of the data."""
    target, scores = example()
    bins = Bins(kind="uniform", count=4096)

    def exact() -> object:
        return curve_areas(target, scores, num_classes=CLASSES)

    def binned() -> object:
        histogram = score_histogram(target, scores, num_classes=CLASSES, ignore_label=None, bins=bins, images="pooled")
        return areas_from_histogram(histogram)

    def scikit_learn() -> None:
        for c in range(CLASSES):
            roc_auc_score(target[0] == c, scores[0, c])
            average_precision_score(target[0] == c, scores[0, c])

    flat, labels = torch.from_numpy(scores[0].T.copy()), torch.from_numpy(target[0])

    def torchmetrics() -> None:
        multiclass_auroc(flat, labels, CLASSES, average=None)
        multiclass_average_precision(flat, labels, CLASSES, average=None)

    ours, ours_binned = median_ms(exact), median_ms(binned)
    peer = median_ms(scikit_learn, repeats=1)
    name = "exact AUROC and AP, 2 M pixels x 4 classes"
    yield Row(workload=name, against="scikit-learn, both calls", ours=ours, other=peer, goal=70)
    yield Row(
        workload=name,
        against="torchmetrics, both calls",
        ours=ours,
        other=median_ms(torchmetrics, repeats=1),
        goal=30,
    )
    reading = median_ms(lambda: (scores.sum(), target.sum()))
    yield Row(workload=name, against="reading once", ours=ours, other=reading, goal=40, sense="at most")
    yield Row(
        workload=name, against="a byte a pixel", ours=extra_bytes(), other=1, goal=6, sense="at most", unit="B/pixel"
    )
    name = "bounded AUROC and AP from 4096 bins, the same"
    yield Row(workload=name, against="scikit-learn, both calls", ours=ours_binned, other=peer, goal=150)
    yield Row(workload=name, against="reading once", ours=ours_binned, other=reading, goal=15, sense="at most")


def extra_bytes() -> float:
    """Peak memory of the exact areas beyond their input, in bytes a pixel."""
    target, scores = example()
    tracemalloc.start()
    curve_areas(target, scores, num_classes=CLASSES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / PIXELS
