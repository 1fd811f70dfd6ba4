"""L31: the rarer the positives, the worse precision; the ROC curve does not notice."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Style
from app.lessons.scenario import Data

LEVELS = (0.9, 0.7, 0.5, 0.3, 0.1)
# Shares in per cent of the pixels of a class that have each score.
POSITIVE, NEGATIVE = (50, 30, 10, 10, 0), (0, 2, 8, 20, 70)
RATIOS = (1, 2, 5, 10, 20, 50, 100)
SHOWN: tuple[tuple[str, str, Style], ...] = (
    ("auroc", "AUROC", "dashed"),
    ("average_precision", "average precision", "line"),
    ("recall", "recall", "dashed"),
    ("precision", "precision", "line"),
    ("mcc", "MCC", "line"),
)
NAMES = ("auroc", "average_precision", "recall", "precision", "f1", "iou", "balanced", "accuracy", "mcc")


@cache
def measured(ratio: int) -> dict[str, float]:
    """All scores at so many negatives a positive."""
    data = pixels(ratio)
    areas = mc.curve_areas(data.target, data.given_scores, num_classes=2)
    values = (
        float(areas.auroc[1]),
        float(areas.average_precision[1]),
        *(data.score(formula, label=1) for formula in ("recall", "precision", "dice", "iou")),
        data.score("recall", average="macro"),
        data.score("accuracy", label=1),
        data.score("mcc", label=1),
    )
    return dict(zip(NAMES, values, strict=True))


def pixels(ratio: int) -> Data:
    """A hundred positives and so many hundred negatives, each class with its own histogram of scores."""
    scores = [np.repeat(LEVELS, np.multiply(shares, times)) for shares, times in ((POSITIVE, 1), (NEGATIVE, ratio))]
    labels = np.repeat([1, 0], [scores[0].size, scores[1].size])
    return Data.from_scores(labels, np.concatenate(scores))


def live(*, ratio: int) -> Live:
    """So many negatives a positive; the model stays as it is."""
    numbers = measured(ratio)
    return Live(
        numbers={"ratio": ratio, **numbers},
        setting=Lines(
            lines=(histogram("positive", POSITIVE), histogram("negative", NEGATIVE)),
            x_label="score",
            y_label="share of the class, per cent",
            y_range=(0.0, 75.0),
        ),
        outcome=Lines(
            lines=tuple(
                Line(name=name, x=RATIOS, y=[measured(each)[key] for each in RATIOS], style=style)
                for key, name, style in SHOWN
            ),
            x_label="negatives a positive",
            y_label="score",
            x_range=(1.0, 100.0),
            y_range=(0.0, 1.05),
            x_scale="log",
            cursor=float(ratio),
        ),
        formula=r"\text{precision} = \frac{TP}{TP + FP} = {{precision:.3f}} \qquad \text{AUROC} = {{auroc:.3f}}",
        data=pixels(ratio),
        explore=Explore(
            settings={"formula": "precision", "background": False, "decide": "threshold", "threshold": 0.5},
            number="precision",
        ),
    )


def histogram(name: str, shares: Sequence[int]) -> Line:
    """The shares of a class by score, from the lowest score up."""
    return Line(name=name, x=LEVELS[::-1], y=[float(share) for share in shares[::-1]])


LESSON = Lesson(
    number=31,
    key="rare-roc-and-pr",
    title="ROC stands still while precision collapses",
    group="curves",
    libraries=("scikit-learn", "torchmetrics", "torcheval"),
    story="A model gives positives and negatives the scores on the right. It is used where there are **{{ratio}}** "
    "negatives to each positive, then where positives are far rarer. The model stays the same.",
    trap="Recall and the false-positive rate each look at one class alone, so the ROC curve cannot see how many "
    "negatives there are. Precision mixes both classes, and with it average precision, F1, IoU and MCC fall.",
    question=Question(
        text="Positives become a hundred times rarer. What happens to the area under the ROC curve?",
        choices=("It collapses, as precision does", "It falls a little", "Nothing at all"),
        answer=2,
        why="AUROC is **{{auroc:.3f}}** at every ratio, and recall {{recall:.1f}}. Precision is {{precision:.3f}} "
        "here, average precision {{average_precision:.3f}}, F1 {{f1:.3f}}: turn the knob.",
    ),
    knobs=(Knob(key="ratio", label="Negatives a positive", values=RATIOS, default=1),),
    live=live,
    moral="With rare positives show the precision-recall curve, and compare precision only at equal prevalence.",
    sources=(
        Source(
            title="Saito, Rehmsmeier: The precision-recall plot is more informative than the ROC plot, 2015",
            url="https://doi.org/10.1371/journal.pone.0118432",
        ),
    ),
    related=("constant-score", "accuracy-paradox"),
    claims=(
        Claim(
            text="With one negative a positive all is well.",
            values={
                "auroc": ".971",
                "average_precision": ".959606",
                "recall": ".9",
                "precision": ".9",
                "f1": ".9",
                "iou": ".818182",
                "balanced": ".9",
                "accuracy": ".9",
                "mcc": ".8",
            },
        ),
        Claim(
            text="With {{ratio}} negatives a positive precision has halved.",
            knobs={"ratio": 10},
            values={
                "auroc": ".971",
                "average_precision": ".812368",
                "precision": ".473684",
                "f1": ".62069",
                "iou": ".45",
                "balanced": ".9",
                "mcc": ".608405",
            },
        ),
        Claim(
            text="With {{ratio}} negatives a positive it has collapsed.",
            knobs={"ratio": 100},
            values={
                "auroc": ".971",
                "average_precision": ".597197",
                "precision": ".082569",
                "f1": ".151261",
                "iou": ".081818",
                "accuracy": ".9",
                "mcc": ".255279",
            },
        ),
    ),
)
