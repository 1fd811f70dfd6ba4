"""L53: a pooled score hangs on one large image, and so does its interval."""

from __future__ import annotations

from functools import cache

import torch

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Table

SMALL_FOUND, SMALL, SMALL_IMAGES = 30, 60, 19
LARGE = (100, 200, 500, 1000, 2000, 5000, 10000, 30000)
POOLED = mc.Convention(excluded_classes=(0,))
MEAN = mc.Convention(excluded_classes=(0,), pooling="image")


@cache
def measured(large: int) -> tuple[mc.Interval, mc.Interval]:
    """IoU with its interval, pooled and as a mean over images; nine tenths of the large object are found."""
    found = [large * 9 // 10, *[SMALL_FOUND] * SMALL_IMAGES]
    sizes = [large, *[SMALL] * SMALL_IMAGES]
    tables = [[[0, 0, 0], [size - tp, tp, 0], [0, 0, 0]] for tp, size in zip(found, sizes, strict=True)]
    counted = mc.Statistics(
        confusion=torch.tensor(tables, dtype=torch.int64),
        image_names=tuple(f"image {number}" for number in range(1, len(tables) + 1)),
        class_names=("background", "object"),
        ignore_label=None,
    )
    return mc.bootstrap(counted, "iou", POOLED), mc.bootstrap(counted, "iou", MEAN)


def live(*, large: int) -> Live:
    """One object of so many pixels among small ones."""
    pooled, mean = measured(large)
    small = mean.images - 1
    numbers = {
        "images": mean.images,
        "small_images": small,
        "large": large,
        "small": SMALL,
        "level": pooled.level,
        "pooled": pooled.value,
        "pooled_low": pooled.low,
        "pooled_high": pooled.high,
        "pooled_width": pooled.high - pooled.low,
        "mean": mean.value,
        "mean_low": mean.low,
        "mean_high": mean.high,
        "mean_width": mean.high - mean.low,
        "absent": (1 - 1 / mean.images) ** mean.images,
        "weight": large / (large + small * SMALL),
    }
    pairs = [measured(each) for each in LARGE]
    return Live(
        numbers=numbers,
        setting=Table(
            columns=("images", "object, pixels", "IoU"),
            rows=[("1", f"{large:,}", "0.9"), (str(small), str(SMALL), f"{SMALL_FOUND / SMALL:g}")],
            numbers=(0, 1, 2),
        ),
        outcome=Lines(
            lines=(
                Line(name="pooled, upper end", x=LARGE, y=[p.high for p, _ in pairs]),
                Line(name="pooled, lower end", x=LARGE, y=[p.low for p, _ in pairs]),
                Line(name="mean, upper end", x=LARGE, y=[m.high for _, m in pairs], style="dashed"),
                Line(name="mean, lower end", x=LARGE, y=[m.low for _, m in pairs], style="dashed"),
            ),
            x_label="pixels of the large object",
            y_label="IoU",
            x_range=(LARGE[0], LARGE[-1]),
            x_scale="log",
            cursor=large,
        ),
        formula=r"\begin{aligned} \text{pooled} &= {{pooled:.3f}} \text{, from } {{pooled_low:.3f}} \text{ to } "
        r"{{pooled_high:.3f}} \\[4pt] \text{mean} &= {{mean:.3f}} \text{, from } {{mean_low:.3f}} \text{ to } "
        r"{{mean_high:.3f}} \end{aligned}",
    )


LESSON = Lesson(
    number=53,
    key="interval-of-the-pool",
    title="How sure is a pooled score?",
    group="protocol",
    libraries=("any", "segmentation_models_pytorch"),
    story="{{images}} images: one with an object of **{{large}}** pixels, {{small_images}} with small objects. IoU is "
    "{{pooled:.3f}} pooled and {{mean:.2f}} as a mean over images.",
    trap="Pooled, one image holds most of the pixels, so the score is that image's score. Draw images again, and in "
    "every third draw it is not among them.",
    question=Question(
        text="Images are resampled. Which of the two has the wider interval?",
        choices=(
            "The mean: small objects are scored roughly",
            "The pooled one: it hangs on one image",
            "Neither: the images are the same",
        ),
        answer=1,
        why="Pooled: **{{pooled_low:.2f}} to {{pooled_high:.3f}}**; mean: {{mean_low:.2f}} to {{mean_high:.2f}}. The "
        "large image holds {{weight:.0%}} of the pixels, and {{absent:.0%}} of the draws miss it.",
    ),
    knobs=(
        Knob(
            key="large",
            label="Size of the large object",
            values=LARGE,
            default=10000,
            unit="px",
            help="The dashed interval never moves.",
        ),
    ),
    live=live,
    moral="Give a pooled score an interval from resampled images, and look for images that carry it alone.",
    sources=(
        Source(
            title="Wang et al.: Revisiting evaluation metrics for semantic segmentation, 2023",
            url="https://arxiv.org/abs/2310.19252",
        ),
        Source(
            title="El Jurdi, Varoquaux, Colliot: Confidence intervals for performance estimates, 2023",
            url="https://arxiv.org/abs/2307.10926",
        ),
    ),
    related=("pixels-are-not-samples", "big-object"),
    claims=(
        Claim(
            text="Pooled {{pooled:.3f}} is anything from {{pooled_low:.1f}} to {{pooled_high:.3f}}.",
            values={
                "pooled": ".859066",
                "pooled_low": ".5",
                "pooled_high": ".886847",
                "mean": ".52",
                "mean_low": ".5",
                "mean_high": ".56",
            },
            holds=lambda n: n["pooled_width"] > 5 * n["mean_width"],
        ),
        Claim(
            text="With an object like the others, the two agree better.",
            knobs={"large": 100},
            holds=lambda n: n["pooled_width"] < 2 * n["mean_width"],
        ),
    ),
)
