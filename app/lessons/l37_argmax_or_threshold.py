"""L37: the class with the highest score, or every class with a score above one half."""

from __future__ import annotations

from functools import cache

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Table
from app.lessons.scenario import Data, score

CLASSES = ("road", "car", "tree")
# Scores of the classes, the true class, and how many pixels are like that.
GROUPS = (((0.4, 0.35, 0.25), 0, 60), ((0.1, 0.8, 0.1), 1, 40))


@cache
def scene() -> tuple[Data, mc.Statistics]:
    """A hundred pixels, and their counts with the scores."""
    sizes = [number for _, _, number in GROUPS]
    scores = np.repeat([scores for scores, _, _ in GROUPS], sizes, axis=0).T.reshape(1, len(CLASSES), 10, 10)
    target = np.repeat([label for _, label, _ in GROUPS], sizes).reshape(1, 10, 10)
    data = Data(target=target, prediction=scores.argmax(1), class_names=CLASSES, image_names=("image",), scores=scores)
    counted = mc.count(
        target,
        scores,
        num_classes=len(CLASSES),
        histogram="per_image",
        bins=mc.suited_bins(data.dataset("").predictions["lesson"].dtype, count=1024),
    )
    return data, counted


def live(*, threshold: float) -> Live:
    """Every class decided by its own score."""
    data, counted = scene()
    unsure = np.array(GROUPS[0][0])
    numbers: dict[str, float] = {
        "threshold": threshold,
        "unsure": GROUPS[0][2],
        "sure": GROUPS[1][2],
        "highest": float(unsure.max()),
        "winner_index": int(unsure.argmax()),
        "passing": int((unsure > threshold).sum()),
        "argmax": score(counted, "iou"),
        "by_threshold": score(counted, "iou", threshold=threshold),
    }
    for label, name in enumerate(CLASSES):
        numbers[f"{name}_argmax"] = score(counted, "iou", label=label)
        numbers[f"{name}_threshold"] = score(counted, "iou", label=label, threshold=threshold)
    bars = [Bar(label=f"{name}, highest score", value=numbers[f"{name}_argmax"], tone="trivial") for name in CLASSES]
    bars += [Bar(label=f"{name}, threshold", value=numbers[f"{name}_threshold"], tone="bad") for name in CLASSES]
    rows = [(CLASSES[label], str(number), *(f"{each:g}" for each in scores)) for scores, label, number in GROUPS]
    return Live(
        numbers=numbers | {"winner": CLASSES[int(unsure.argmax())]},
        setting=Table(
            columns=("target", "pixels", *CLASSES),
            rows=rows,
            numbers=(1, 2, 3, 4),
            caption="pixels, and the scores of the classes in each of them",
        ),
        outcome=Bars(bars=bars, caption="IoU of each class; ∅: neither there nor predicted"),
        formula=r"\text{score} > {{threshold:g}} \text{: {{passing}} classes} \qquad "
        r"\text{mean IoU} = {{by_threshold:.3f}}",
        data=data,
        explore=Explore(
            settings={"formula": "iou", "average": "macro", "decide": "threshold", "threshold": threshold},
            number="by_threshold",
        ),
    )


LESSON = Lesson(
    number=37,
    key="argmax-or-threshold",
    title="The highest score, or a score that is high?",
    group="thresholds",
    libraries=("Keras", "torchmetrics", "segmentation_models_pytorch"),
    story="Three classes. {{sure}} car pixels are clear; {{unsure}} road pixels are not, but road has the highest "
    "score there ({{highest:g}}). By the highest score all pixels are right. You pass `threshold={{threshold:g}}`.",
    trap="A threshold asks of every class alone whether its score is high; the highest of three can be below one half. "
    "A pixel then gets no class at all, or several.",
    question=Question(
        text="What is the IoU of the road now?",
        choices=("Still perfect: nothing changed but an option", "About {{highest:g}}, as the score is", "Zero"),
        answer=2,
        why="{{passing}} classes of an unsure pixel exceed {{threshold:g}}, so the road is lost: IoU "
        "**{{road_threshold:.3f}}** instead of {{road_argmax:.1f}}, and mean IoU {{by_threshold:.3f}} instead of "
        "{{argmax:.1f}}.",
    ),
    knobs=(
        Knob(
            key="threshold",
            label="Threshold for every class",
            values=(0.05, 0.15, 0.2, 0.3, 0.38, 0.45, 0.5, 0.6, 0.7, 0.9),
            default=0.5,
            help="Low: a pixel belongs to several classes. High: to none.",
        ),
    ),
    live=live,
    moral="Where a pixel has exactly one class, take the highest score; threshold only classes that may overlap.",
    sources=(
        Source(
            title="Keras: F1Score, its option threshold",
            url="https://www.tensorflow.org/api_docs/python/tf/keras/metrics/F1Score",
        ),
        Source(
            title="torchmetrics: F1 score, multiclass and multilabel",
            url="https://lightning.ai/docs/torchmetrics/stable/classification/f1_score.html",
        ),
    ),
    related=("half-is-not-the-threshold", "soft-dice"),
    claims=(
        Claim(
            text="The highest score names {{winner}}, the threshold nobody.",
            values={"winner_index": "0", "passing": "0"},
            holds=lambda n: n["argmax"] == 1 and n["road_threshold"] == 0,
        ),
        Claim(
            text="At a low threshold a pixel belongs to several classes.",
            knobs={"threshold": 0.2},
            holds=lambda n: n["passing"] > 1 and n["car_threshold"] < n["car_argmax"],
        ),
    ),
)
