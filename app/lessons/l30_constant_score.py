"""L30: the same score for every pixel, and an area of one half under its precision-recall curve."""

from typing import Literal

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Line, Lines
from app.lessons.scenario import Data

PIXELS = 10_000


def live(*, positives: int) -> Live:
    """So many positives among ten thousand pixels that all score one half."""
    data = Data.from_scores(np.arange(PIXELS) < positives, np.full(PIXELS, 0.5))

    def area(interpolation: Literal["step", "trapezoid", "eleven_point_anchored"]) -> float:
        areas = mc.average_precision(data.target, data.given_scores, num_classes=2, interpolation=interpolation)
        return float(areas[1])

    curve = mc.precision_recall_curve(data.target, data.given_scores, num_classes=2)[1]
    numbers = {
        "pixels": PIXELS,
        "positives": positives,
        "prevalence": positives / PIXELS,
        "steps": area("step"),
        "sklearn": data.like_each("sklearn.average_precision_score")[1],
        "torchmetrics": data.like_each("torchmetrics.multiclass_average_precision", average="none")[1],
        "trapezoid": area("trapezoid"),
        "eleven": area("eleven_point_anchored"),
        "auroc": float(mc.auroc(data.target, data.given_scores, num_classes=2)[1]),
    }
    points = Lines(
        lines=(
            Line(name="the two points of the curve", x=curve.recall.tolist(), y=curve.precision.tolist(), style="dots"),
            Line(name="straight line between them", x=(0.0, 1.0), y=(1.0, numbers["prevalence"]), style="dashed"),
        ),
        x_label="recall",
        y_label="precision",
        y_range=(0.0, 1.05),
    )
    return Live(
        numbers=numbers,
        setting=points,
        outcome=Bars(
            bars=(
                Bar(label="straight line", value=numbers["trapezoid"], note="auc(recall, precision)", tone="bad"),
                Bar(label="AUROC", value=numbers["auroc"], note="ties count half", tone="trivial"),
                Bar(label="eleven recalls", value=numbers["eleven"], note="with precision 1 at recall 0"),
                Bar(label="steps", value=numbers["steps"], note="scikit-learn, torchmetrics, torcheval", tone="good"),
                Bar(label="prevalence", value=numbers["prevalence"], tone="trivial"),
            )
        ),
        formula=r"\text{straight line} = \frac{1 + {{prevalence:.3f}} }{2} = {{trapezoid:.3f}} \qquad "
        r"\text{steps} = {{steps:.3f}}",
        data=data,
    )


LESSON = Lesson(
    number=30,
    key="constant-score",
    title="One half for knowing nothing",
    group="curves",
    libraries=("scikit-learn", "torchmetrics", "torcheval", "Keras"),
    story="Of {{pixels}} pixels {{positives}} are positive. A model gives **every pixel the same score**. Its "
    "precision-recall curve has two points: nothing predicted, and everything predicted.",
    trap="The curve begins at precision one because nothing was predicted, which is a convention and no achievement. A "
    "straight line from there to the prevalence encloses half of the square.",
    question=Question(
        text="What is the area under the straight line between its two points?",
        choices=("About one half", "The prevalence", "Zero"),
        answer=0,
        why="The straight line gives **{{trapezoid:.3f}}**; average precision in steps gives the prevalence, "
        "**{{steps:.3f}}**, which is what guessing deserves.",
    ),
    knobs=(
        Knob(
            key="positives",
            label="Positive pixels",
            values=(1, 10, 100, 500, 1000, 2500, 5000),
            default=100,
            help="The straight line never falls below one half.",
        ),
    ),
    live=live,
    moral="Never join points of a precision-recall curve by straight lines; draw the prevalence as its chance line.",
    sources=(
        Source(
            title="Davis, Goadrich: The relationship between precision-recall and ROC curves, 2006",
            url="https://doi.org/10.1145/1143844.1143874",
        ),
    ),
    related=("average-precisions", "rare-roc-and-pr"),
    claims=(
        Claim(
            text="A constant score has an area of {{trapezoid:.3f}} under the straight line.",
            values={
                "steps": ".01",
                "sklearn": ".01",
                "torchmetrics": ".01",
                "trapezoid": ".505",
                "eleven": ".1",
                "auroc": ".5",
            },
        ),
    ),
)
