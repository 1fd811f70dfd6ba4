"""L34: a perfect ranking in every image, and a poor one of all pixels together."""

from __future__ import annotations

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Table
from app.lessons.scenario import Data

EACH = 50
BRIGHT = (0.9, 0.8)
LEAD = 0.1


def live(*, dark: float) -> Live:
    """A bright image and one whose negatives have this score; positives have a little more in both."""
    second = (round(dark + LEAD, 3), dark)
    labels = np.repeat([[1, 0], [1, 0]], EACH, axis=1).reshape(2, 10, 10)
    scores = np.repeat([BRIGHT, second], EACH, axis=1).reshape(2, 10, 10)
    data = Data.from_scores(labels, scores, image_names=("bright", "dark"))
    alone = [float(mc.auroc(labels[i : i + 1], scores[i : i + 1], num_classes=2)[0]) for i in range(2)]
    curve = mc.roc_curve(data.target, data.given_scores, num_classes=2)[1]
    pooled = float(mc.auroc(data.target, data.given_scores, num_classes=2)[1])
    pairs = curve.positives * curve.negatives
    numbers = {
        "images": len(alone),
        "each": EACH,
        "first": alone[0],
        "second": alone[1],
        "mean": float(np.mean(alone)),
        "pooled": pooled,
        "pairs": pairs,
        "right": round(pooled * pairs),
        "bright_negative": BRIGHT[1],
        "dark_positive": second[0],
    }
    rows = [
        (name, truth, str(EACH), f"{score:g}")
        for name, pair in zip(data.image_names, (BRIGHT, second), strict=True)
        for truth, score in zip(("positive", "negative"), pair, strict=True)
    ]
    roc = Lines(
        lines=(
            Line(name="each image alone", x=[0.0, 0.0, 1.0], y=[0.0, 1.0, 1.0], style="dashed"),
            Line(
                name="pooled", x=curve.false_positive_rate.tolist(), y=curve.true_positive_rate.tolist(), style="line"
            ),
        ),
        x_label="false positive rate",
        y_label="recall",
        y_range=(0.0, 1.05),
    )
    return Live(
        numbers=numbers,
        setting=Table(columns=("image", "target", "pixels", "score"), rows=rows, numbers=(2, 3)),
        outcome=roc,
        formula=r"\text{AUROC} = \frac{\text{pairs in order} }{\text{all pairs} } = "
        r"\frac{ {{right}} }{ {{pairs}} } = {{pooled:.3f}}",
        data=data,
    )


LESSON = Lesson(
    number=34,
    key="pooled-auroc",
    title="Perfect in every image",
    group="curves",
    libraries=("any", "torchmetrics", "scikit-learn"),
    story="In each of {{images}} images every positive pixel has a higher score than every negative one: AUROC "
    "{{first:.1f}} and {{second:.1f}}. One image is dark, and all of its scores are lower.",
    trap="Pooling also compares pixels of different images, and a score may mean something else in each. A mean over "
    "images never makes that comparison, but one threshold for all images does.",
    question=Question(
        text="What is the AUROC of all pixels pooled?",
        choices=("Perfect, as in every image", "Three quarters", "One half"),
        answer=1,
        why="Pooled it is **{{pooled:.3f}}**, while the mean over images is {{mean:.1f}}. Positives of the dark image "
        "({{dark_positive:g}}) rank below negatives of the bright one ({{bright_negative:g}}).",
    ),
    knobs=(
        Knob(
            key="dark",
            label="Score of the negatives in the dark image",
            values=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8),
            default=0.1,
            help="Nothing moves for long, then all at once: only the order counts.",
        ),
    ),
    live=live,
    moral="Say whether a curve is pooled or a mean over images, and pool where one threshold will serve all images.",
    sources=(
        Source(
            title="Forman, Scholz: Apples-to-apples in cross-validation studies, 2010",
            url="https://doi.org/10.1145/1882471.1882479",
        ),
    ),
    related=("equal-auroc", "mean-of-batch-means"),
    claims=(
        Claim(
            text="Perfect in both images, {{pooled:.2f}} in the pool.",
            values={"first": "1.0", "second": "1.0", "pooled": ".75"},
        ),
        Claim(
            text="Equally bright, the two agree.",
            knobs={"dark": BRIGHT[1]},
            holds=lambda n: n["pooled"] == n["mean"] == 1,
        ),
    ),
)
