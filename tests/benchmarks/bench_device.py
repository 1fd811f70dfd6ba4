"""Counting and exact curves on a CUDA device, beside torchmetrics there and the device's own reading of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torchmetrics.functional import classification as torchmetrics

import metrics_core as mc
from tests.benchmarks import Row, Size, Work, medians_ms
from tests.benchmarks.workloads import Images, softmax_scores

LABELS = {
    "full": (
        Images(number=100, shape=(256, 256), classes=4),
        Images(number=8, shape=(1024, 2048), classes=19, void=0.1),
    ),
    "quick": (Images(number=2, shape=(4, 4), classes=4, void=0.1),),
}
SCORES = {"full": (6_553_600, 4), "quick": (500, 3)}


def run(size: Size = "full") -> Iterator[Row]:
    """Yield nothing where there is no device."""
    if torch.cuda.is_available():
        yield from rows(size, "cuda", torch.cuda.synchronize)


def rows(size: Size, device: str, finish: Callable[[], object]) -> Iterator[Row]:
    """Yield rows of data that lie on the device; finish waits until it is done."""
    for images in LABELS[size]:
        target, prediction = (each.to(device) for each in images.labels())
        works = counting(images, target, prediction)
        yield from beside(f"confusion on {device}, {images.name}", works, finish)
    target, scores = (torch.from_numpy(each).to(device) for each in softmax_scores(*SCORES[size]))
    name = f"exact AUROC and AP on {device}, {scores.shape[2] / 1e6:.3g} M pixels x {scores.shape[1]} classes"
    yield from beside(name, ranking(target, scores), finish)


def beside(name: str, works: dict[str, Work], finish: Callable[[], object]) -> Iterator[Row]:
    """Yield the first work beside the others; reading tells how near to the memory's bandwidth it comes."""
    times = medians_ms({key: finished(work, finish) for key, work in works.items()}, rounds=20)
    ours = times.pop("ours")
    for against, other in times.items():
        sense = "at most" if against == "reading" else "at least"
        goal = None if against == "reading" else 1
        yield Row(workload=name, against=against, ours=ours, other=other, goal=goal, sense=sense)


def finished(work: Work, finish: Callable[[], object]) -> Work:
    """The work with the wait for its end."""

    def run_to_the_end() -> None:
        work()
        finish()

    return run_to_the_end


def counting(images: Images, target: Tensor, prediction: Tensor) -> dict[str, Work]:
    """Per-image tables by us, one table by torchmetrics, and a sum of all labels."""
    classes, void = images.classes, images.void_label
    options = {"num_classes": classes, "ignore_index": void}
    return {
        "ours": lambda: mc.count(target, prediction, num_classes=classes, ignore_label=void),
        "torchmetrics": lambda: torchmetrics.multiclass_confusion_matrix(prediction, target, **options),
        "torchmetrics, not validating": lambda: torchmetrics.multiclass_confusion_matrix(
            prediction, target, validate_args=False, **options
        ),
        "reading": lambda: (target.sum(), prediction.sum()),
    }


def ranking(target: Tensor, scores: Tensor) -> dict[str, Work]:
    """Areas of every class by both, and a sum of all scores."""
    classes, rows_of_scores, labels = scores.shape[1], scores[0].T.contiguous(), target[0]

    def by_torchmetrics() -> None:
        torchmetrics.multiclass_auroc(rows_of_scores, labels, classes, average=None)
        torchmetrics.multiclass_average_precision(rows_of_scores, labels, classes, average=None)

    return {
        "ours": lambda: mc.curve_areas(target, scores, num_classes=classes),
        "torchmetrics, both calls": by_torchmetrics,
        "reading": lambda: (target.sum(), scores.sum()),
    }
