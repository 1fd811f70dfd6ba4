"""L12: averaging over classes first, or over images first, or over no image at all."""

import math

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Table
from app.lessons.scenario import Data
from app.lessons.texts import format_number

CLASSES = ("road", "car", "walker")
EASY = ((84, 0, 0), (0, 0, 0), (0, 0, 0))
HARD = ((8, 20, 12), (0, 16, 4), (0, 0, 24))


def live(*, easy: int) -> Live:
    """So many images of road alone, all right, and one of everything, mostly wrong."""
    data = Data.from_counts(*[EASY] * easy, HARD, class_names=CLASSES)
    cells = [data.per_image("iou", label=label) for label in range(len(CLASSES))]
    hard = [each[-1] for each in cells]
    of_class = [math.fsum(value for value in each if value == value) for each in cells]
    numbers = {
        "easy": easy,
        "images": easy + 1,
        **{f"hard_{name}": value for name, value in zip(CLASSES, hard, strict=True)},
        "hard": Data.from_counts(HARD, class_names=CLASSES).score("iou"),
        "road": of_class[0] / (easy + 1),
        "pooled": data.score("iou"),
        "by_image": data.score("iou", pooling="image", order="classes_then_images"),
        "by_class": data.score("iou", pooling="image", order="images_then_classes"),
        "all_cells": data.score("iou", pooling="image", order="all_cells"),
    }
    bars = (
        Bar(label="images last", value=numbers["by_image"], tone="bad", note="each image counts once"),
        Bar(label="classes last", value=numbers["by_class"], tone="good", note="each class counts once"),
        Bar(label="one mean of all cells", value=numbers["all_cells"], note="each cell counts once"),
        Bar(label="pixels pooled", value=numbers["pooled"], tone="trivial", note="before any mean, classes last"),
    )
    rows = [
        (f"{easy} × road alone", *_texts((1.0 if easy else math.nan, math.nan, math.nan))),
        ("street", *_texts(hard)),
    ]
    return Live(
        numbers=numbers,
        setting=Table(columns=("image", *CLASSES), rows=rows, numbers=(1, 2, 3), caption="IoU; ∅: not in the image"),
        outcome=Bars(bars=bars),
        formula=r"\begin{aligned} \text{images last: } & \frac{ {{easy}} \cdot 1 + {{hard:.1f}} }{ {{images}} } = "
        r"{{by_image:.3f}} \\[14pt] \text{classes last: } & \frac{ {{road:.3f}} + {{hard_car:.1f}} + "
        r"{{hard_walker:.1f}} }{3} = {{by_class:.3f}} \end{aligned}",
        data=data,
        explore=Explore(settings={"pooling": "image", "order": "classes_then_images"}, number="by_image"),
    )


def _texts(values: tuple[float, ...] | list[float]) -> tuple[str, ...]:
    return tuple(format_number(value, ".1f") for value in values)


LESSON = Lesson(
    number=12,
    key="images-or-classes-first",
    title="Two means, in either order",
    group="averaging",
    libraries=("any", "torchmetrics", "MONAI"),
    story="**{{easy}}** images show road alone, and all of it is found. One more shows cars and walkers as well, and "
    "much of it is wrong. The mean over the classes of each image, then over the images, is {{by_image:.2f}}.",
    trap="A class that is missing from an image leaves a cell empty, and then the order of the two means matters. "
    "Images last, easy images drown the hard one; classes last, rare classes keep their full say.",
    question=Question(
        text="Now average each class over its images first, then the classes. What is the mIoU?",
        choices=(
            "The same: the order of two means is free",
            "Clearly lower",
            "Clearly higher",
        ),
        answer=1,
        why="Images last: {{by_image:.3f}}. Classes last: **{{by_class:.3f}}**. One mean of all cells is "
        "{{all_cells:.2f}}, and with all pixels pooled it is {{pooled:.3f}}.",
    ),
    knobs=(
        Knob(
            key="easy",
            label="Images of road alone",
            values=(0, 1, 2, 3, 5, 10, 20),
            default=2,
            help="Images last, the score rises towards one; classes last, cars and walkers hold it down.",
        ),
    ),
    live=live,
    moral="Say whether a mean over images or over classes was taken last, and what happened to empty cells.",
    sources=(
        Source(
            title="Wang et al.: Revisiting evaluation metrics for semantic segmentation, NeurIPS 2023",
            url="https://arxiv.org/abs/2310.19252",
        ),
    ),
    related=("big-object", "absent-classes", "mean-of-batch-means"),
    claims=(
        Claim(
            text="Images last {{by_image:.3f}}, classes last {{by_class:.3f}}.",
            values={
                "hard_road": ".2",
                "hard_car": ".4",
                "hard_walker": ".6",
                "by_image": ".8",
                "by_class": ".577778",
                "all_cells": ".64",
            },
        ),
        Claim(
            text="Without easy photos the order is free.",
            knobs={"easy": 0},
            values={"by_image": ".4", "by_class": ".4", "all_cells": ".4"},
        ),
    ),
)
