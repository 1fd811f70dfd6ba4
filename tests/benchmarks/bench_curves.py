"""Areas under the curves of all classes, exact and from a histogram, beside the libraries' own."""

from __future__ import annotations

from collections.abc import Iterator

import metrics_core as mc
from metrics_core.kernels.histogram import score_histogram
from tests.benchmarks import Row, Size, medians_ms, peers
from tests.benchmarks.workloads import Array, softmax_scores

CASES = {"full": ((6_553_600, 4), (2_000_000, 19)), "quick": ((500, 3),)}
BINS = mc.Bins(kind="uniform", count=4096)


def run(size: Size = "full") -> Iterator[Row]:
    """Yield exact and binned areas of each number of pixels and classes."""
    for pixels, classes in CASES[size]:
        yield from areas(f"{pixels / 1e6:.3g} M pixels x {classes} classes", *softmax_scores(pixels, classes))


def areas(name: str, target: Array, scores: Array) -> Iterator[Row]:
    """Yield both beside every library and one reading of labels and scores."""
    classes = scores.shape[1]

    def exact() -> object:
        return mc.curve_areas(target, scores, num_classes=classes)

    def binned() -> object:
        histogram = score_histogram(target, scores, num_classes=classes, ignore_label=None, bins=BINS, images="pooled")
        return mc.areas_from_histogram(histogram)

    others = peers.areas(target, scores)
    times = medians_ms({"exact": exact, "binned": binned, "reading": lambda: (scores.sum(), target.sum())} | others)
    ours, workload = times["exact"], f"exact AUROC and AP, {name}"
    for against in others:
        goal = peers.AREA_GOALS.get(against)
        yield Row(workload=workload, against=against, ours=ours, other=times[against], goal=goal)
    yield Row(workload=workload, against="reading", ours=ours, other=times["reading"], goal=40, sense="at most")
    ours, workload = times["binned"], f"bounded AUROC and AP from {BINS.count} bins, {name}"
    slow = "scikit-learn, both calls"
    yield Row(workload=workload, against=slow, ours=ours, other=times[slow], goal=150)
    yield Row(workload=workload, against="reading", ours=ours, other=times["reading"], goal=15, sense="at most")
