"""L52: two intervals overlap widely, and yet one model is better on every image."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Table
from app.lessons.texts import format_number
from app.lessons.twenty_images import FIRST, RULE, SECOND, images


@cache
def measured(moved: int) -> tuple[mc.PairedDifference, mc.Interval, mc.Interval]:
    """The difference image by image, and both models alone."""
    first, second = images(FIRST), images(SECOND)
    pair = mc.paired_difference(first, images((*SECOND[moved:], *SECOND[:moved])), "dice", RULE)
    return pair, mc.bootstrap(first, "dice", RULE), mc.bootstrap(second, "dice", RULE)


def live(*, moved: int) -> Live:
    """B's scores moved on by so many images: each model keeps its scores, the pairs are lost."""
    from scipy import stats  # imported where it is used: it takes seconds

    pair, a, b = measured(moved)
    first, second = np.array(FIRST) / 100, np.roll(SECOND, -moved) / 100
    unpaired: Any = stats.ttest_ind(first, second)
    paired: Any = stats.ttest_rel(first, second)
    numbers = {
        "images": len(FIRST),
        "moved": moved,
        "level": a.level,
        "a": pair.a,
        "b": pair.b,
        "a_low": a.low,
        "a_high": a.high,
        "b_low": b.low,
        "b_high": b.high,
        "difference": pair.difference.value,
        "low": pair.difference.low,
        "high": pair.difference.high,
        "unpaired_p": float(unpaired.pvalue),
        "paired_p": float(paired.pvalue),
        "wilcoxon_p": pair.p_value,
        "wins": pair.wins,
        "winner": pair.winner or "nobody",
    }
    rows = [
        (name, *(format_number(value, ".4f") for value in (each.value, each.low, each.high)))
        for name, each in (("A", a), ("B", b))
    ]
    places = list(range(1, len(FIRST) + 1))
    return Live(
        numbers=numbers,
        setting=Table(columns=("model", "mean Dice", "from", "to"), rows=rows, numbers=(1, 2, 3)),
        outcome=Lines(
            lines=(
                Line(name="B", x=places, y=second.tolist()),
                Line(name="A", x=places, y=first.tolist(), style="dashed"),
            ),
            x_label="image",
            y_label="Dice",
            x_range=(1, len(FIRST)),
        ),
        formula=r"\begin{aligned} \overline{B - A} &= {{difference:.3f}} \text{, from } {{low:.3f}} \text{ to } "
        r"{{high:.3f}} \\[4pt] \text{winner} &= \text{ {{winner}} } \end{aligned}",
    )


LESSON = Lesson(
    number=52,
    key="paired-or-not",
    title="Two intervals that overlap",
    group="protocol",
    libraries=("any",),
    story="Models A and B are tried on the same {{images}} images. The table shows their mean Dice with intervals of "
    "{{level:.0%}}: they overlap nearly everywhere.",
    trap="Each interval is wide because images differ, and that difference both models share. Subtract image by image, "
    "and it is gone.",
    question=Question(
        text="Is B better than A?",
        choices=(
            "Yes, and on these images it can be shown",
            "It cannot be told: the intervals overlap",
            "It cannot be told from so few images",
        ),
        answer=0,
        why="B is better on **{{wins}} of {{images}}** images; the difference lies between {{low:.3f}} and "
        "{{high:.3f}}. Unpaired, a t test says p = {{unpaired_p:.3f}}; paired it says {{paired_p:.2g}}, and Wilcoxon's "
        "test {{wilcoxon_p:.2g}}.",
    ),
    knobs=(
        Knob(
            key="moved",
            label="B's scores, moved on by",
            values=(0, 1, 2, 5, 7, 10),
            default=0,
            unit="images",
            help="Means and intervals of A and B stay; the pairs are lost.",
        ),
    ),
    live=live,
    moral="Compare two models on the same images by the interval of their difference, never by two intervals.",
    sources=(
        Source(
            title="Schenker, Gentleman: Judging differences by overlapping intervals, 2001",
            url="https://doi.org/10.1198/000313001317097960",
        ),
        Source(
            title="Demšar: Statistical comparisons of classifiers, 2006",
            url="https://jmlr.org/papers/v7/demsar06a.html",
        ),
    ),
    related=("pixels-are-not-samples", "ranking-stability"),
    claims=(
        Claim(
            text="The intervals overlap, and B is better on {{wins}} of {{images}} images.",
            values={
                "a": ".7985",
                "b": ".8165",
                "low": ".015",
                "high": ".021",
                "wilcoxon_p": ".000064",
            },
            holds=lambda n: abs(n["paired_p"] / 4.8e-10 - 1) < 0.01 and n["b_low"] < n["a_high"] and n["winner"] == "B",
        ),
        Claim(
            text="The intervals of A and B are those of the catalogue but for the draw.",
            holds=lambda n: all(
                abs(n[name] - stated) < 0.01
                for name, stated in (("a_low", 0.7255), ("a_high", 0.86), ("b_low", 0.7415), ("b_high", 0.8775))
            ),
        ),
        Claim(
            text="Without the pairs the same scores name {{winner}}.",
            knobs={"moved": 5},
            values={"a": ".7985", "b": ".8165"},
            holds=lambda n: n["winner"] == "nobody" and n["low"] < 0 < n["high"],
        ),
    ),
)
