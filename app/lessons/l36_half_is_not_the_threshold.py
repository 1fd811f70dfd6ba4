"""L36: a good ranking that finds nothing at a threshold of one half."""

from __future__ import annotations

from functools import cache

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Table
from app.lessons.scenario import Data

# Scores and how many pixels have them: the positives, then the negatives.
GROUPS = ((0.4, 80, 1), (0.1, 20, 1), (0.3, 100, 0), (0.05, 9800, 0))
THRESHOLDS = (0.02, 0.05, 0.08, 0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)


@cache
def at(threshold: float) -> Data:
    """The pixels, positive where their score reaches the threshold."""
    sizes = [number for _, number, _ in GROUPS]
    scores = np.repeat([score for score, _, _ in GROUPS], sizes)
    return Data.from_scores(np.repeat([label for _, _, label in GROUPS], sizes), scores, threshold=threshold)


@cache
def areas() -> tuple[float, float]:
    """AUROC and average precision of the positives."""
    data = at(0.5)
    assert data.scores is not None
    area = mc.curve_areas(data.target, data.scores, num_classes=2)
    return float(area.auroc[1]), float(area.average_precision[1])


def live(*, threshold: float) -> Live:
    """The same scores, cut at a threshold."""
    data = at(threshold)
    tp, fp, fn, _ = data.counts()
    numbers = {
        "threshold": threshold,
        "positives": sum(number for _, number, label in GROUPS if label),
        "pixels": sum(number for _, number, _ in GROUPS),
        "auroc": areas()[0],
        "average_precision": areas()[1],
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "f1": data.score("dice", label=1),
        "iou": data.score("iou", label=1),
        "best": max(at(each).score("dice", label=1) for each in THRESHOLDS),
        "best_at": max(THRESHOLDS, key=lambda each: at(each).score("dice", label=1)),
    }
    x = np.linspace(0.01, 0.7, 139).tolist()
    y = [at(round(each, 3)).score("dice", label=1) for each in x]
    return Live(
        numbers=numbers,
        setting=Table(
            columns=("score", "pixels", "truth"),
            rows=[
                (f"{score:g}", f"{number:,}", "positive" if label else "negative") for score, number, label in GROUPS
            ],
            numbers=(0, 1),
        ),
        outcome=Lines(
            lines=(Line(name="F1 of the positives", x=x, y=y, style="steps"),),
            x_label="threshold",
            y_label="F1",
            x_range=(0.0, 0.7),
            cursor=threshold,
        ),
        formula=r"F_1 = \frac{2 \cdot {{tp}} }{2 \cdot {{tp}} + {{fp}} + {{fn}} } = {{f1:.3f}}",
        data=data,
        explore=Explore(
            settings={"formula": "dice", "background": False, "decide": "threshold", "threshold": threshold},
            number="f1",
        ),
    )


LESSON = Lesson(
    number=36,
    key="half-is-not-the-threshold",
    title="One half is not the threshold",
    group="thresholds",
    libraries=("torchmetrics", "Keras", "scikit-learn"),
    story="{{positives}} of {{pixels}} pixels are positive. The scores rank them nearly perfectly: AUROC "
    "**{{auroc:.3f}}**, average precision {{average_precision:.1f}}. You report F1 with your library's default "
    "threshold.",
    trap="Where positives are rare, honest probabilities are small, and no score reaches one half. The default "
    "threshold then turns a good ranking into a model that finds nothing.",
    question=Question(
        text="What is F1 at the default threshold of {{threshold:g}}?",
        choices=("Close to the AUROC", "Zero", "About the average precision"),
        answer=1,
        why="At {{threshold:g}} F1 is **{{f1:.3f}}**: {{tp}} hits, {{fn}} misses. The same scores give {{best:.3f}} at "
        "{{best_at:g}}.",
    ),
    knobs=(
        Knob(
            key="threshold",
            label="Threshold",
            values=THRESHOLDS,
            default=0.5,
            help="Every step of the curve is a score that some pixels share.",
        ),
    ),
    live=live,
    moral="Choose the threshold on other data than you report on, say which it is, and show the curve.",
    sources=(
        Source(
            title="Lipton, Elkan, Narayanaswamy: Thresholding classifiers to maximize F1 score, 2014",
            url="https://arxiv.org/abs/1402.1892",
        ),
    ),
    related=("rare-roc-and-pr", "constant-score"),
    claims=(
        Claim(
            text="An AUROC of {{auroc:.3f}} and an F1 of {{f1:.0f}}.",
            values={"f1": "0", "auroc": ".99798", "average_precision": ".9"},
        ),
        Claim(text="The best cut.", knobs={"threshold": 0.35}, values={"f1": ".888889", "iou": ".8"}),
        Claim(text="Too low.", knobs={"threshold": 0.2}, values={"f1": ".571429"}),
        Claim(text="Lower still.", knobs={"threshold": 0.08}, values={"f1": ".666667"}),
    ),
)
