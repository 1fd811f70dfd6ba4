"""L33: a rare class whose scores all lie below the first threshold."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines
from app.lessons.scenario import Data

PIXELS, POSITIVES = 10_000, 100
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
GRIDS = (5, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


@cache
def pixels() -> Data:
    """A hundred positives among ten thousand pixels, every score below one hundredth."""
    place = np.arange(PIXELS)
    scores = np.where(place < POSITIVES, np.linspace(0.004, 0.009, PIXELS), np.linspace(0.0, 0.005, PIXELS))
    return Data.from_scores(place < POSITIVES, scores)


@cache
def area(name: str, thresholds: int | None) -> float:
    """An area of the positive class as torchmetrics computes it through so many thresholds; None: all scores."""
    # Models give float32, and at the finest grids the rounding shows.
    scores = pixels().given_scores.astype(np.float32)
    asked: dict[str, Any] = {"num_classes": 2, "average": "none", "thresholds": thresholds}
    return float(mc.score_like(f"torchmetrics.multiclass_{name}", pixels().target, scores, **asked)[1])


def scores_at(*, label: int) -> list[float]:
    """The scores of a class, from the lowest up, at some shares of its pixels."""
    data = pixels()
    return np.quantile(data.given_scores[0, 1][data.target[0] == label], SHARES).tolist()


def live(*, thresholds: int) -> Live:
    """The areas through so many even thresholds."""
    numbers = {
        "pixels": PIXELS,
        "positives": POSITIVES,
        "thresholds": thresholds,
        "largest": max(scores_at(label=0) + scores_at(label=1)),
        "step": 1 / (thresholds - 1),
        "auroc": area("auroc", thresholds),
        "average_precision": area("average_precision", thresholds),
        "exact_auroc": area("auroc", None),
        "exact_average_precision": area("average_precision", None),
    }
    x = [float(grid) for grid in GRIDS]
    exact = numbers["exact_auroc"]
    lines = (
        Line(name="AUROC through thresholds", x=x, y=[area("auroc", grid) for grid in GRIDS]),
        Line(name="AUROC, every score", x=(x[0], x[-1]), y=(exact, exact), style="dashed"),
    )
    return Live(
        numbers=numbers,
        setting=Lines(
            lines=(
                Line(name="negatives", x=SHARES, y=scores_at(label=0)),
                Line(name="positives", x=SHARES, y=scores_at(label=1)),
            ),
            x_label="share of the class, from its lowest score up",
            y_label="score",
            y_range=(0.0, 0.01),
        ),
        outcome=Lines(
            lines=lines,
            x_label="thresholds",
            y_label="AUROC",
            x_range=(x[0], x[-1]),
            y_range=(0.4, 1.0),
            x_scale="log",
            cursor=float(thresholds),
        ),
        formula=r"\text{step} = \frac{1}{ {{thresholds}} - 1} = {{step:.4f}} \qquad \text{AUROC} = {{auroc:.3f}}",
        data=pixels(),
    )


LESSON = Lesson(
    number=33,
    key="binned-curves",
    title="The rare class below the first threshold",
    group="curves",
    libraries=("torchmetrics", "Keras", "torcheval"),
    story="{{positives}} of {{pixels}} pixels are positive. The model is unsure: no score exceeds {{largest:.3f}}, but "
    "positives tend to score higher. To save memory you pass `thresholds={{thresholds}}`.",
    trap="With evenly spaced thresholds all scores between two of them count as equal. Where a class is rare its "
    "scores are low, and the whole ranking fits between zero and the first threshold.",
    question=Question(
        text="Every score together gives an AUROC of {{exact_auroc:.2f}}. What do the thresholds give?",
        choices=("The same, up to rounding", "One half: a coin", "A little too much"),
        answer=1,
        why="The first threshold above zero is {{step:.4f}}. Through {{thresholds}} thresholds AUROC is "
        "**{{auroc:.3f}}** and average precision {{average_precision:.3f}}; through every score {{exact_auroc:.3f}} "
        "and {{exact_average_precision:.3f}}. A finer grid may even overshoot.",
    ),
    knobs=(Knob(key="thresholds", label="Thresholds", values=GRIDS, default=200),),
    live=live,
    moral="For rare classes use every score, or thresholds placed at the scores' own quantiles.",
    sources=(
        Source(title="torchmetrics #1492", url="https://github.com/Lightning-AI/torchmetrics/issues/1492"),
        Source(title="torchmetrics #625", url="https://github.com/Lightning-AI/torchmetrics/issues/625"),
    ),
    related=("rare-roc-and-pr", "average-precisions"),
    claims=(
        Claim(
            text="{{thresholds}} thresholds turn an AUROC of {{exact_auroc:.2f}} into a coin.",
            values={
                "exact_auroc": ".80298",
                "exact_average_precision": ".024842",
                "auroc": ".5",
                "average_precision": ".01",
            },
        ),
        Claim(
            text="{{thresholds}} thresholds overshoot.",
            knobs={"thresholds": 1000},
            values={"auroc": ".881239", "average_precision": ".041954"},
        ),
        Claim(
            text="{{thresholds}} thresholds are still off.",
            knobs={"thresholds": 10_000},
            values={"auroc": ".807879", "average_precision": ".047128"},
        ),
    ),
)
