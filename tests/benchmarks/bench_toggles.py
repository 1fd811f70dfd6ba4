"""What the dashboard asks statistics for: every change of a rule, resampled images, and every library's preset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

import metrics_core as mc
from tests.benchmarks import Row, Size, Work, limited, median_ms
from tests.benchmarks.workloads import Images

FORMULAS = ("iou", "dice", "precision", "recall", "specificity", "mcc")
BASE = mc.Convention()
RULES = {
    "pooled mean": BASE,
    "micro": replace(BASE, average="micro"),
    "weighted": replace(BASE, average="weighted"),
    "per class": replace(BASE, average="none"),
    "0/0 is 1": replace(BASE, zero_division=1),
    "background out": replace(BASE, excluded_classes=(0,)),
    "class ignored": replace(BASE, ignored_classes=(1,)),
    "void kept": replace(BASE, void="false_positive"),
    "strays removed": replace(BASE, out_of_range="pixel_removed"),
    "absent classes out": replace(BASE, kept_classes="target"),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """How many images and classes, and how long a toggle and a step that looks at all presets or resamples may take."""

    images: int
    classes: int
    toggle_ms: float
    step_ms: float | None = None


CASES = {
    "full": (
        Case(images=100, classes=4, toggle_ms=1, step_ms=100),
        Case(images=10_000, classes=19, toggle_ms=60),
    ),
    "quick": (Case(images=6, classes=3, toggle_ms=1, step_ms=100),),
}


def run(size: Size = "full") -> Iterator[Row]:
    """Yield toggles of few images with scores, and of very many."""
    for case in CASES[size]:
        few = case.step_ms is not None
        counted = (counted_scores if few else drawn_tables)(case.images, case.classes)
        yield from toggles(case, counted)
        yield from steps(case, counted)


def counted_scores(images: int, classes: int) -> mc.Statistics:
    """Statistics of byte scores with a histogram per image."""
    target, _ = Images(number=images, shape=(64, 64), classes=classes).labels()
    scores = torch.randint(0, 256, (images, classes, 64, 64), dtype=torch.uint8)
    return mc.count(target, scores, num_classes=classes, histogram="per_image")


def drawn_tables(images: int, classes: int) -> mc.Statistics:
    """Statistics of as many images, without histograms."""
    side = classes + 1
    return mc.Statistics(
        confusion=torch.randint(0, 1000, (images, side, side)),
        image_names=tuple(f"image {i}" for i in range(images)),
        class_names=tuple(f"class {i}" for i in range(classes)),
    )


def toggles(case: Case, statistics: mc.Statistics) -> Iterator[Row]:
    """Yield the slowest formula under each change of a rule, and a choice of images."""
    every = RULES | {f"{key}, per image": replace(rule, pooling="image") for key, rule in RULES.items()}
    if statistics.histogram is not None:
        every["threshold"] = replace(BASE, threshold=0.5)
        every["threshold, per image"] = replace(BASE, threshold=0.5, pooling="image")
    name = f"toggle, {case.images:,} images, {case.classes} classes"
    for key, rule in every.items():
        slowest = max(
            median_ms(lambda formula=formula, rule=rule: mc.evaluate(formula, statistics, rule)) for formula in FORMULAS
        )
        yield limited(f"{name}: {key}", slowest, case.toggle_ms)
    first = median_ms(lambda: mc.evaluate("iou", replace(statistics), replace(BASE, pooling="image")))
    yield limited(f"{name}: the first one, per image", first, case.toggle_ms)
    half = range(0, statistics.num_images, 2)
    chosen = median_ms(lambda: mc.evaluate("iou", statistics.select(half)))
    yield limited(f"{name}: half of the images", chosen, case.toggle_ms)


def steps(case: Case, statistics: mc.Statistics) -> Iterator[Row]:
    """Yield what a view computes that asks for very many scores; beside one toggle where no limit holds."""
    works: dict[str, Work] = {
        "bootstrap, 2,000 resamples": lambda: mc.bootstrap(statistics, "iou", resamples=2000),
        f"all {len(mc.compare(statistics))} presets": lambda: mc.compare(statistics),
    }
    if statistics.histogram is not None:
        works["areas under all curves"] = lambda: mc.areas_from_histogram(statistics.histogram)
        works["IoU at every threshold"] = lambda: against_threshold(statistics)
    toggle = median_ms(lambda: mc.evaluate("iou", statistics))
    for key, work in works.items():
        name, taken = f"{key}, {case.images:,} images, {case.classes} classes", median_ms(work, repeats=5)
        if case.step_ms is not None:
            yield limited(name, taken, case.step_ms)
        else:
            yield Row(workload=name, against="one toggle", ours=taken, other=toggle, sense="at most")


def against_threshold(statistics: mc.Statistics) -> object:
    """IoU of every class at every threshold, images pooled."""
    if statistics.histogram is None:
        raise ValueError("thresholds need a histogram of scores")
    return mc.formula_against_threshold("iou", mc.threshold_counts(statistics.histogram.pooled()))
