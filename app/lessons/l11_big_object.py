"""L11: one large object outweighs nine small ones."""

from __future__ import annotations

import numpy as np

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Tiles
from app.lessons.scenario import Data

SIDE, SMALL, IMAGES = 128, 10, 10


def scene(side: int) -> Data:
    """One object of so many pixels a side, found; nine of ten pixels a side, missed."""
    target = np.zeros((IMAGES, SIDE, SIDE), np.int64)
    target[0, 14 : 14 + side, 14 : 14 + side] = 1
    target[1:, 59 : 59 + SMALL, 59 : 59 + SMALL] = 1
    prediction = target.copy()
    prediction[1:] = 0
    return Data.from_masks(target, prediction)


def live(*, side: int) -> Live:
    """The scores with a large object of so many pixels a side."""
    data = scene(side)
    each = data.per_image("iou")
    numbers = {
        "side": side,
        "small": SMALL,
        "images": IMAGES,
        "missed": IMAGES - 1,
        "pooled": data.score("iou", label=1),
        "mean": data.score("iou", pooling="image", excluded_classes=(0,)),
        "median": float(np.median(each)),
        "worst": min(each),
    }
    bars = (
        Bar(label="all pixels pooled", value=numbers["pooled"], tone="bad", note="one image decides"),
        Bar(label="mean over images", value=numbers["mean"], tone="good", note="each image counts once"),
        Bar(label="median image", value=numbers["median"]),
        Bar(label="worst image", value=numbers["worst"]),
    )
    return Live(
        numbers=numbers,
        setting=Tiles(data=data),
        outcome=Bars(bars=bars),
        formula=r"\text{pooled IoU} = {{pooled:.3f}} \qquad \text{mean IoU} = "
        r"\frac{1 + {{missed}} \cdot 0}{ {{images}} } = {{mean:.3f}}",
        data=data,
        explore=Explore(settings={"background": False}, number="pooled"),
    )


LESSON = Lesson(
    number=11,
    key="big-object",
    title="One big object hides nine misses",
    group="averaging",
    libraries=("segmentation_models_pytorch", "Keras", "torchmetrics", "mmsegmentation"),
    story="{{images}} images with one object each. The model outlines one object of {{side}} pixels a side perfectly "
    "and misses {{missed}} objects of {{small}} pixels a side altogether.",
    trap="Pooling adds up pixels, so an object weighs as much as it is large. A model can miss nearly every object and "
    "still look splendid.",
    question=Question(
        text="What IoU does the usual pooled evaluation report?",
        choices=("About a tenth: one in ten is found", "About one half", "More than nine tenths"),
        answer=2,
        why="Pooled, IoU is **{{pooled:.3f}}**. The mean over images is {{mean:.3f}}, the median {{median:.0f}}.",
    ),
    knobs=(
        Knob(
            key="side",
            label="Side of the object that is found",
            values=(10, 15, 20, 30, 40, 60, 80, 100),
            default=100,
            unit="px",
        ),
    ),
    live=live,
    moral="Where objects differ in size, report the mean over images and the worst ones beside the pooled score.",
    sources=(
        Source(
            title="Wang et al.: Revisiting evaluation metrics for semantic segmentation, NeurIPS 2023",
            url="https://arxiv.org/abs/2310.19252",
        ),
        Source(
            title="Csurka et al.: What is a good evaluation measure for semantic segmentation?, BMVC 2013",
            url="https://doi.org/10.5244/C.27.32",
        ),
    ),
    related=("mean-of-batch-means", "micro-macro-weighted"),
    claims=(
        Claim(
            text="Nine of ten objects are missed, and IoU is {{pooled:.3f}}.",
            values={"pooled": ".917431", "mean": ".1", "median": "0", "worst": "0"},
        ),
    ),
)
