"""L42: mean accuracy, which is mean recall, hardly minds a prediction that is far too large."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Tiles
from app.lessons.scenario import Data

IMAGE, OBJECT, MISSED_ROWS = 100, 10, 1
SIDES = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)


def live(*, side: int) -> Live:
    """A prediction of this side around a small object, and a tight one that misses a row."""
    data, tight = _data(_square(side)), _data(_square(OBJECT, rows=OBJECT - MISSED_ROWS))
    numbers = {
        "image": IMAGE,
        "object": OBJECT,
        "side": side,
        "times": side * side // (OBJECT * OBJECT),
        "mean_accuracy": data.score("recall", average="macro"),
        "recall": data.score("recall", label=1),
        "background_recall": data.score("recall", label=0),
        "iou": data.score("iou", label=1),
        "miou": data.score("iou", average="macro"),
        "accuracy": data.score("recall", average="micro"),
        "tight_mean_accuracy": tight.score("recall", average="macro"),
        "tight_iou": tight.score("iou", label=1),
        "tight_recall": tight.score("recall", label=1),
    }
    both = Data.from_masks(
        np.concatenate([tight.target, data.target]),
        np.concatenate([tight.prediction, data.prediction]),
        image_names=("tight", "generous"),
    )
    return Live(
        numbers=numbers,
        setting=Tiles(data=both),
        outcome=Lines(
            lines=_lines(), x_label="side of the prediction (px)", y_label="score", x_range=None, cursor=side
        ),
        formula=r"\text{mAcc} = \text{mean recall} = \frac{ {{background_recall:.3f}} + {{recall:.3f}} }{2} "
        r"= {{mean_accuracy:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "recall", "average": "macro"}, number="mean_accuracy"),
    )


@cache
def _lines() -> tuple[Line, ...]:
    every = [_data(_square(each)) for each in SIDES]
    return (
        Line(name="mean accuracy", x=SIDES, y=[each.score("recall", average="macro") for each in every]),
        Line(name="mean IoU", x=SIDES, y=[each.score("iou", average="macro") for each in every]),
        Line(name="IoU of the object", x=SIDES, y=[each.score("iou", label=1) for each in every]),
    )


def _data(prediction: NDArray[np.int64]) -> Data:
    return Data.from_masks(_square(OBJECT), prediction)


def _square(side: int, *, rows: int | None = None) -> NDArray[np.int64]:
    mask, first = np.zeros((IMAGE, IMAGE), np.int64), (IMAGE - side) // 2
    mask[first : first + (rows or side), first : first + side] = 1
    return mask


LESSON = Lesson(
    number=42,
    key="mean-accuracy-likes-too-much",
    title="Mean accuracy likes it large",
    group="accuracy",
    libraries=("mmsegmentation", "HF evaluate", "torchmetrics"),
    story="An object of {{object}} × {{object}} pixels in an image of {{image}} × {{image}}. The tight model finds "
    "{{tight_recall:.0%}} of it and nothing else; the generous one paints a square of **{{side}} × {{side}}** over it, "
    "{{times}} times as large as the object.",
    trap="Mean accuracy is the mean recall of the classes, and recall never sees a false alarm. The alarms only lower "
    "the recall of the background, which is so large that it hardly notices.",
    question=Question(
        text="How far apart are the two in mean accuracy (mAcc)?",
        choices=("The tight one is far ahead", "Within a few hundredths", "The generous one is far ahead"),
        answer=1,
        why="Tight: mAcc **{{tight_mean_accuracy:.3f}}**, IoU {{tight_iou:.3f}}. Generous: mAcc "
        "**{{mean_accuracy:.3f}}**, though its IoU of the object is {{iou:.4f}}.",
    ),
    knobs=(
        Knob(
            key="side",
            label="Side of the generous prediction",
            values=SIDES,
            default=40,
            unit="px",
            help="Mean accuracy falls slowly while IoU collapses.",
        ),
    ),
    live=live,
    moral="Do not rank segmentations by mean accuracy; show IoU, or precision beside recall.",
    sources=(
        Source(
            title="Everingham et al.: The PASCAL Visual Object Classes challenge, 2010",
            url="https://doi.org/10.1007/s11263-009-0275-4",
        ),
    ),
    related=("over-and-under", "accuracy-paradox"),
    claims=(
        Claim(
            text="A prediction {{times}} times too large has a mean accuracy of {{mean_accuracy:.3f}}.",
            values={
                "mean_accuracy": ".924242",
                "recall": "1.0",
                "iou": ".0625",
                "miou": ".455492",
                "accuracy": ".85",
                "tight_mean_accuracy": ".95",
                "tight_iou": ".9",
            },
            holds=lambda n: n["tight_mean_accuracy"] - n["mean_accuracy"] < 0.03 < n["tight_iou"] - n["iou"],
        ),
    ),
)
