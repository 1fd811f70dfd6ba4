"""L51: millions of pixels, but no more samples than images."""

from __future__ import annotations

from functools import cache

import torch

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Line, Lines
from app.lessons.twenty_images import FIRST, RULE, SIDE, images

SIDES = (32, 64, 128, 256, 512, 1024, 2048)
# Standard deviations on either side of the mean that hold 95 % of a normal distribution.
NORMAL = 1.96


@cache
def measured(side: int) -> tuple[mc.Interval, mc.Interval]:
    """The interval from resampled images, and the one that takes pixels for samples."""
    counted = images(FIRST, side=side)
    return mc.bootstrap(counted, "dice", RULE), mc.naive_pixel_interval(counted, "dice", RULE)


def live(*, side: int) -> Live:
    """The same twenty scores from images of so many pixels in width."""
    resampled, naive = measured(side)
    scores = torch.tensor(FIRST).double() / 100
    half = NORMAL * float(scores.std()) / len(FIRST) ** 0.5
    numbers = {
        "images": len(FIRST),
        "side": side,
        "pixels": len(FIRST) * side * side,
        "level": resampled.level,
        "mean": resampled.value,
        "deviation": float(scores.std()),
        "low": resampled.low,
        "high": resampled.high,
        "half": half,
        "naive": (naive.high - naive.low) / 2,
        "ratio": half / ((naive.high - naive.low) / 2),
        "bootstrap": (resampled.high - resampled.low) / 2,
        "resamples": resampled.resamples,
        "seed": resampled.seed,
    }
    bars = (
        Bar(label="pixels as samples", value=numbers["naive"], tone="bad"),
        Bar(label="images, resampled", value=numbers["bootstrap"], tone="good"),
        Bar(label="images, by formula", value=half, tone="good"),
    )
    places = list(range(1, len(FIRST) + 1))
    return Live(
        numbers=numbers,
        setting=Lines(
            lines=(Line(name="Dice", x=places, y=scores.sort().values.tolist(), style="dots"),),
            x_label="image, from worst to best",
            y_label="Dice",
            x_range=(1, len(FIRST)),
        ),
        outcome=Bars(bars=bars, high=0.1, digits=4, caption="half the width of the interval around the mean"),
        formula=r"\pm\, 1.96\,\frac{s}{\sqrt{n} } = \pm\, 1.96\,\frac{ {{deviation:.3f}} }{\sqrt{ {{images}} } } = "
        r"\pm\, {{half:.3f}}",
    )


LESSON = Lesson(
    number=51,
    key="pixels-are-not-samples",
    title="Millions of pixels, and how many samples?",
    group="protocol",
    libraries=("any",),
    story="A model scores a mean Dice of **{{mean:.4f}}** on {{images}} images of {{side}} by {{side}} pixels, "
    "{{pixels}} pixels in all. The scores of the images are on the right.",
    trap="Pixels of one image succeed and fail together; the next image is what may be different. An interval from "
    "pixels is far too narrow, and smaller pixels make it narrower still.",
    question=Question(
        text="How far may the mean be off, with {{level:.0%}} confidence?",
        choices=("Less than a thousandth: there are so many pixels", "About a hundredth", "About seven hundredths"),
        answer=2,
        why="Images resampled {{resamples}} times (seed {{seed}}) give {{low:.3f}} to {{high:.3f}}. Pixels taken for "
        "samples promise ± {{naive:.4f}}, which is **{{ratio:.0f}} times** too narrow.",
    ),
    knobs=(
        Knob(
            key="side",
            label="Width of the images",
            values=SIDES,
            default=SIDE,
            unit="px",
            help="Finer pixels say nothing new about other images.",
        ),
    ),
    live=live,
    moral="Resample images, or patients where they have several, and print the interval with their number.",
    sources=(
        Source(
            title="El Jurdi, Varoquaux, Colliot: Confidence intervals for performance estimates, 2023",
            url="https://arxiv.org/abs/2307.10926",
        ),
        Source(
            title="André et al.: Performance uncertainty in medical image analysis, 2026",
            url="https://arxiv.org/abs/2601.17103",
        ),
    ),
    related=("interval-of-the-pool", "paired-or-not"),
    claims=(
        Claim(
            text="Pixels taken for samples give an interval that is {{ratio:.0f}} times too narrow.",
            values={
                "mean": ".7985",
                "deviation": ".162003",
                "half": ".071001",
                "naive": ".000687",
                "ratio": "103",
            },
            # The catalogue's resamples give .7135 to .730, and .8600.
            holds=lambda n: 0.7135 <= n["low"] <= 0.730 and abs(n["high"] - 0.86) < 0.005,
        ),
        Claim(
            text="Larger images change the mistaken interval only.",
            knobs={"side": 1024},
            values={"half": ".071001"},
            holds=lambda n: n["ratio"] > 400 and abs(n["bootstrap"] - n["half"]) < 0.005,
        ),
    ),
)
