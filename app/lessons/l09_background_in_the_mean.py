"""L09: the background is half of the mean of two classes, and nearly always right."""

import numpy as np

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Tiles
from app.lessons.scenario import Data

LESION = 16
CLASSES = ("background", "lesion")


def scene(side: int, found: int) -> Data:
    """A square lesion in the middle of an image of so many pixels a side, found down to a row."""
    start = (side - LESION) // 2
    target, prediction = np.zeros((2, side, side), np.int64)
    target[start : start + LESION, start : start + LESION] = 1
    prediction[start : start + found, start : start + LESION] = 1
    return Data.from_masks(target, prediction, class_names=CLASSES)


def live(*, found: int, side: int) -> Live:
    """The scores when so many rows of the lesion are found."""
    data, nothing = scene(side, found), scene(side, 0)
    numbers = {
        "side": side,
        "lesion": LESION,
        "found": found,
        "iou": data.score("iou", label=1),
        "iou_background": data.score("iou", label=0),
        "dice": data.score("dice", label=1),
        "mean_iou": data.score("iou"),
        "mean_dice": data.score("dice"),
        "accuracy": data.score("recall", average="micro"),
        "frequency_weighted": data.score("iou", average="weighted"),
        "nothing": nothing.score("iou"),
    }
    bars = (
        Bar(label="accuracy", value=numbers["accuracy"]),
        Bar(label="frequency-weighted IoU", value=numbers["frequency_weighted"]),
        Bar(label="mean Dice", value=numbers["mean_dice"], tone="bad", note="with the background"),
        Bar(label="mean IoU", value=numbers["mean_iou"], tone="bad", note="with the background"),
        Bar(label="Dice of the lesion", value=numbers["dice"], tone="good"),
        Bar(label="IoU of the lesion", value=numbers["iou"], tone="good"),
        Bar(label="mean IoU of nothing", value=numbers["nothing"], tone="trivial", note="an empty prediction"),
    )
    return Live(
        numbers=numbers,
        setting=Tiles(data=data),
        outcome=Bars(bars=bars),
        formula=r"\text{mIoU} = \frac{ {{iou_background:.3f}} + {{iou:.3f}} }{2} = {{mean_iou:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "iou", "average": "macro"}, number="mean_iou"),
    )


LESSON = Lesson(
    number=9,
    key="background-in-the-mean",
    title="The class nobody asked about",
    group="ignoring",
    libraries=("Keras", "mmsegmentation", "HF evaluate", "torchmetrics", "MONAI"),
    story="An image of {{side}} pixels a side with a lesion of {{lesion}} pixels a side. The model finds **{{found}}** "
    "of the lesion's {{lesion}} rows, and marks nothing else. The paper reports mIoU with the library's defaults.",
    trap="In a mean of two classes the background is one half, and around a small object it is nearly perfect whatever "
    "the model does. The scale of this mIoU starts at one half instead of zero.",
    question=Question(
        text="The IoU of the lesion is {{iou:.2f}}. What is the reported mIoU?",
        choices=("About three quarters", "One half: there is one lesion", "Nearly one: most pixels are right"),
        answer=0,
        why="The background has an IoU of {{iou_background:.3f}}, so the mean is **{{mean_iou:.3f}}** (Dice "
        "{{mean_dice:.3f}} instead of {{dice:.3f}}). Marking nothing at all has {{nothing:.3f}}.",
    ),
    knobs=(
        Knob(
            key="found",
            label="Rows of the lesion that are found",
            values=(0, 2, 4, 6, 8, 10, 12, 14, 16),
            default=8,
            help="At zero rows mIoU is still about one half.",
        ),
        Knob(key="side", label="Side of the image", values=(20, 24, 32, 48, 64, 128, 256), default=256, unit="px"),
    ),
    live=live,
    moral="Leave the background class out of the mean, or report the classes one by one.",
    sources=(
        Source(
            title="segmentation_models #554: mIoU that starts at one half",
            url="https://github.com/qubvel/segmentation_models/issues/554",
        ),
        Source(
            title="Maier-Hein et al.: Metrics reloaded, Nature Methods 2024",
            url="https://www.nature.com/articles/s41592-023-02151-z",
        ),
    ),
    related=("all-background", "ignore-is-not-exclude", "micro-f1-is-accuracy"),
    claims=(
        Claim(
            text="Half a lesion has an IoU of {{iou:.1f}} and an mIoU of {{mean_iou:.3f}}.",
            values={
                "iou": ".5",
                "dice": ".666667",
                "mean_iou": ".749022",
                "mean_dice": ".832844",
                "accuracy": ".998047",
                "frequency_weighted": ".996098",
                "nothing": ".498047",
            },
        ),
        Claim(
            text="An empty prediction has an mIoU of {{mean_iou:.3f}}.",
            knobs={"found": 0},
            values={"mean_iou": ".498047", "iou": "0"},
        ),
    ),
)
