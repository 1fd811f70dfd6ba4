"""L10: the mean of the batches' scores depends on how large the batches are."""

from __future__ import annotations

import numpy as np

from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Tiles
from app.lessons.scenario import Data

PIXELS = 100
# Target, prediction and common pixels of every image.
IMAGES = ((50, 50, 45), (50, 50, 45), (50, 50, 45), (50, 50, 45), (4, 4, 0))
BATCHES = (1, 2, 3, 4, 5)


def scene() -> Data:
    """Four large objects found well, and a small one that is missed."""
    tables = [
        [[PIXELS - target - predicted + common, predicted - common], [target - common, common]]
        for target, predicted, common in IMAGES
    ]
    return Data.from_counts(*tables)


def mean_of_batches(data: Data, batch: int) -> float:
    """The mean of the batches' IoUs, each pooled within its batch."""
    starts = range(0, len(IMAGES), batch)
    parts = [Data.from_masks(data.target[i : i + batch], data.prediction[i : i + batch]) for i in starts]
    return float(np.mean([part.score("iou", label=1) for part in parts]))


def live(*, batch: int) -> Live:
    """The mean over batches of so many images."""
    data = scene()
    means = {each: mean_of_batches(data, each) for each in BATCHES}
    numbers = {
        "images": len(IMAGES),
        "batch": batch,
        "mean": means[batch],
        "pooled": data.score("iou", label=1),
        "per_image": data.score("iou", pooling="image", excluded_classes=(0,)),
        "lowest": min(means.values()),
        "highest": max(means.values()),
    }
    bars = [
        Bar(label=f"batches of {each}", value=mean, tone="bad" if each == batch else "trivial")
        for each, mean in means.items()
    ]
    pooled = Bar(label="counts added", value=numbers["pooled"], tone="good", note="the same for every batch size")
    return Live(
        numbers=numbers,
        setting=Tiles(data=data),
        outcome=Bars(bars=[*bars, pooled]),
        formula=r"\overline{\text{IoU}}_{\text{batches of } {{batch}} } = {{mean:.3f}} \qquad "
        r"\frac{\sum TP}{\sum TP+FP+FN} = {{pooled:.3f}}",
        data=data,
    )


LESSON = Lesson(
    number=10,
    key="mean-of-batch-means",
    title="The batch size is in your score",
    group="averaging",
    libraries=("any", "torchmetrics", "segmentation_models_pytorch"),
    story="{{images}} validation images: large objects found well, and one small object missed. The training loop "
    "scores every batch and logs the mean of the batches.",
    trap="A mean of ratios is not the ratio of the sums, and the last, shorter batch weighs as much as a full one. "
    "Another batch size, or another order of the images, is another score.",
    question=Question(
        text="Nothing changes but the batch size. By how much can the logged IoU move?",
        choices=("Not at all", "In the third decimal", "By a third of the whole scale or more"),
        answer=2,
        why="The mean of the batches goes from **{{lowest:.3f}}** to **{{highest:.3f}}**. Added counts give "
        "{{pooled:.3f}} with every batch size; the mean over images gives {{per_image:.3f}} with every one.",
    ),
    knobs=(Knob(key="batch", label="Images in a batch", values=BATCHES, default=2, unit="images"),),
    live=live,
    moral="Add counts over all batches and divide once, or average over images; never average batch scores.",
    sources=(
        Source(title="fastai #2267", url="https://github.com/fastai/fastai/issues/2267"),
        Source(title="torchmetrics #2558", url="https://github.com/Lightning-AI/torchmetrics/issues/2558"),
    ),
    related=("micro-macro-weighted", "the-blog"),
    claims=(
        *(
            Claim(
                text="The mean of batches is {{mean:.3f}}.",
                knobs={"batch": batch},
                values={"mean": mean, "pooled": ".789474", "per_image": ".654545"},
            )
            for batch, mean in zip(BATCHES, (".654545", ".545455", ".766234", ".409091", ".789474"), strict=True)
        ),
        Claim(text="A third of the scale.", holds=lambda n: n["highest"] - n["lowest"] > 1 / 3),
    ),
)
