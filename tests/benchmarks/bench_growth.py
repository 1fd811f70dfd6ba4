"""How time grows with pixels, classes, images and threads: what each size costs, and the exponent of a power law."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

import metrics_core as mc
from tests.benchmarks import Row, Size, Work, median_ms, medians_ms
from tests.benchmarks.bench_toggles import drawn_tables
from tests.benchmarks.workloads import Array, Images, softmax_scores


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The sizes that are timed; classes and images share a number of pixels."""

    pixels: tuple[int, ...]
    ranked: tuple[int, ...]
    classes: tuple[int, ...]
    images: tuple[int, ...]
    shared: int
    repeats: int


SIZES = {
    "full": Sizes(
        pixels=(1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000),
        ranked=(1_000_000, 3_000_000, 10_000_000, 30_000_000),
        classes=(2, 4, 16, 64, 128, 256),
        images=(1, 10, 100, 1000, 10_000),
        shared=10_000_000,
        repeats=5,
    ),
    "quick": Sizes(pixels=(100, 1000), ranked=(100, 1000), classes=(2, 16), images=(1, 10), shared=1000, repeats=1),
}
# The largest exponents: counting and ranking are linear in pixels but for a logarithm, a toggle in images; what classes
# and images add to the same pixels is a few times the cost from one end to the other.
PIXELS, RANKED, CLASSES, IMAGES = 1.1, 1.15, 0.3, 0.2


def run(size: Size = "full") -> Iterator[Row]:
    """Yield the growth of each, then what a second thread brings."""
    sizes, repeats = SIZES[size], SIZES[size].repeats
    yield from growth("counting bytes, pixels", timed(counting_pixels, sizes.pixels, repeats), goal=PIXELS)
    yield from growth("exact curves of 2 classes, pixels", timed(ranking, sizes.ranked, repeats), goal=RANKED)
    classes = timed(lambda classes: counting(1, sizes.shared, classes), sizes.classes, repeats)
    yield from growth("counting the same pixels, classes", classes, goal=CLASSES)
    images = timed(lambda images: counting(images, sizes.shared // images, 4), sizes.images, repeats)
    yield from growth("counting the same pixels, images", images, goal=IMAGES)
    yield from growth("toggle per image, images", timed(toggle, sizes.images, repeats), goal=PIXELS)
    yield from threads(sizes)


def timed(make: Callable[[int], Work], sizes: tuple[int, ...], repeats: int) -> dict[int, float]:
    """Milliseconds by size; the data of one size at a time are in memory."""
    return {size: median_ms(make(size), repeats=repeats) for size in sizes}


def growth(name: str, times: Mapping[int, float], *, goal: float) -> Iterator[Row]:
    """Yield each size beside the smallest, and the exponent of the power law that fits all sizes best."""
    first, *others = times
    for size in others:
        workload = f"{name} {first:,} to {size:,}"
        yield Row(workload=workload, against=f"{first:,}", ours=times[size], other=times[first], sense="at most")
    exponent = float(np.polyfit(np.log(list(times)), np.log(list(times.values())), 1)[0])
    workload = f"{name} {first:,} to {others[-1]:,}: fitted exponent"
    yield Row(workload=workload, against="linear", ours=exponent, other=1, goal=goal, sense="at most", unit="")


def counting_pixels(pixels: int) -> Work:
    """Counting one image of as many pixels."""
    return counting(1, pixels, 4)


def counting(images: int, pixels: int, classes: int) -> Work:
    """Counting bytes [image, pixel] of as many classes."""
    random = np.random.default_rng(0)
    target, prediction = (random.integers(0, classes, (images, pixels), np.uint8) for _ in range(2))
    return lambda: mc.count(target, prediction, num_classes=classes)


def ranking(pixels: int) -> Work:
    """Exact areas of the scores of two classes."""
    target, scores = softmax_scores(pixels, 2)
    return lambda: mc.curve_areas(target, scores, num_classes=2)


def toggle(images: int) -> Work:
    """A mean over classes, then over images, of statistics that remember nothing of an earlier one."""
    tables, rule = drawn_tables(images, 4), mc.Convention(pooling="image")
    return lambda: mc.evaluate("iou", replace(tables), rule)


def threads(sizes: Sizes) -> Iterator[Row]:
    """Yield what two threads bring, in turn with one."""
    target, prediction = Images(number=100, shape=(sizes.shared // 100,), classes=4).labels()
    narrow = target.to(torch.uint8), prediction.to(torch.uint8)
    ranked = softmax_scores(sizes.shared // 5, 4)
    works: dict[str, Work] = {
        "counting int64": lambda: mc.count(target, prediction, num_classes=4),
        "counting uint8": lambda: mc.count(*narrow, num_classes=4),
        "exact curves of 4 classes": lambda: areas(*ranked),
    }
    times = medians_ms({(key, number): with_threads(work, number) for key, work in works.items() for number in (1, 2)})
    for key in works:
        one, two = times[key, 1], times[key, 2]
        yield Row(workload=f"{key}, 2 threads", against="1 thread", ours=two, other=one, goal=1.3)


def areas(target: Array, scores: Array) -> object:
    """Exact areas of all classes."""
    return mc.curve_areas(target, scores, num_classes=scores.shape[1])


def with_threads(work: Work, number: int) -> Work:
    """The work on as many threads; afterwards the kernels choose again."""

    def run_with_threads() -> None:
        mc.set_num_threads(number)
        try:
            work()
        finally:
            mc.set_num_threads(None)

    return run_with_threads
