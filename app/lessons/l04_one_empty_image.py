"""L04: nothing to find, nothing found; what libraries make of it, and of one false pixel."""

from __future__ import annotations

import math
from collections.abc import Mapping

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Table, Tiles
from app.lessons.scenario import Data
from app.lessons.texts import format_number

PIXELS = 64
FOREGROUND = {"include_background": False}


def live(*, false_pixels: int) -> Live:
    """An image of 8 x 8 pixels without the object, in which so many pixels are predicted as one."""
    data = Data.from_counts([[PIXELS - false_pixels, false_pixels], [0, 0]], class_names=("background", "lesion"))
    numbers = {
        "false_pixels": false_pixels,
        "core": data.score("dice", label=1),
        "sklearn": data.like_each("sklearn.f1_score", average=None, labels=[1])[0],
        "sklearn_nan": data.like_each("sklearn.f1_score", average=None, labels=[1], zero_division=math.nan)[0],
        "torchmetrics": data.like_each("torchmetrics.multiclass_f1_score", average="none")[1],
        "torchmetrics_dice": data.like_each("torchmetrics.segmentation.dice_score", average="none")[1],
        "torchmetrics_iou": data.like_each("torchmetrics.segmentation.MeanIoU", per_class=True)[1],
        "smp": data.like_each("smp.f1_score", reduction="none")[1],
        "monai": data.like_each("monai.DiceMetric", reduction="none", **FOREGROUND)[0],
        "monai_aggregate": data.like("monai.DiceMetric", **FOREGROUND),
        "monai_not_ignored": data.like("monai.DiceMetric", ignore_empty=False, **FOREGROUND),
        "metricsreloaded": data.like_each("MetricsReloaded.dsc")[1],
        "nnunet": data.like_each("nnunetv2.mean", metric="Dice")[1],
        "elektronn3": data.like_each("elektronn3.dice_coefficient", mean=False)[1],
    }
    calls = {
        "sklearn": "scikit-learn f1_score, with a warning",
        "torchmetrics": "torchmetrics multiclass_f1_score, without one",
        "monai_aggregate": "MONAI DiceMetric, aggregated",
        "smp": "smp f1_score",
        "monai_not_ignored": "MONAI DiceMetric(ignore_empty=False)",
        "metricsreloaded": "MetricsReloaded dsc",
        "sklearn_nan": "scikit-learn f1_score(zero_division=nan)",
        "torchmetrics_dice": "torchmetrics segmentation.dice_score",
        "monai": "MONAI DiceMetric, this image",
        "nnunet": "nnU-Net",
        "elektronn3": "elektronn3 dice_coefficient",
        "torchmetrics_iou": "torchmetrics segmentation.MeanIoU, no Dice but the same question",
    }
    return Live(
        numbers=numbers | {"answers": len({format_number(numbers[name]) for name in calls})},
        setting=Tiles(data=data, names=("target and prediction",)),
        outcome=_by_value(numbers, calls),
        formula=r"\text{Dice} = \frac{2\,TP}{2\,TP + FP + FN} = \frac{2 \cdot 0}{2 \cdot 0 + {{false_pixels}} + 0} "
        r"= {{core:.0f}}",
        data=data,
        explore=Explore(settings={"formula": "dice", "background": False}, number="core"),
    )


def _by_value(numbers: Mapping[str, float], calls: Mapping[str, str]) -> Table:
    """One row a value, with those who give it."""
    givers: dict[str, list[str]] = {}
    for name, call in calls.items():
        givers.setdefault(format_number(numbers[name], ".0f"), []).append(call)
    rows = [(value, " · ".join(names)) for value, names in sorted(givers.items())]
    return Table(columns=("value", "given by"), rows=rows, numbers=(0,), caption="∅: NaN, undefined")


LESSON = Lesson(
    number=4,
    key="one-empty-image",
    title="Nothing to find, nothing found",
    group="absent",
    tour=5,
    libraries=(
        "scikit-learn",
        "torchmetrics",
        "segmentation_models_pytorch",
        "MONAI",
        "nnU-Net",
        "MetricsReloaded",
        "elektronn3",
        "Keras",
    ),
    story="A small image without any lesion. The model predicts a lesion on **{{false_pixels}}** of its pixels.",
    trap="With nothing to find and nothing found, Dice is zero over zero, and everyone fills in something else. One "
    "false pixel turns some ones into zeros, while those that skip empty references forgive it.",
    question=Question(
        text="Target and prediction agree on every pixel. What is the Dice of the lesion?",
        choices=("One: it is perfect", "Zero: no pixel was found", "Undefined", "Each of these, in some library"),
        answer=3,
        why="Libraries give **{{answers}}** different answers for the same pixels. Now turn the knob to a single "
        "false pixel.",
    ),
    knobs=(
        Knob(
            key="false_pixels",
            label="Pixels falsely predicted as lesion",
            values=(0, 1, 2, 8, 32),
            default=0,
            help="At one pixel a one becomes a zero: a cliff.",
        ),
    ),
    live=live,
    moral="Decide what an empty image counts, write it beside the score, and count false alarms on empty images apart.",
    sources=(
        Source(
            title="Reinke et al.: Understanding metric-related pitfalls in image analysis validation, 2024",
            url="https://doi.org/10.1038/s41592-023-02150-0",
        ),
        Source(title="MONAI #7504: empty references", url="https://github.com/Project-MONAI/MONAI/issues/7504"),
    ),
    related=("absent-classes", "the-blog"),
    claims=(
        Claim(
            text="One empty image has {{answers}} different scores.",
            values={
                "sklearn": "0",
                "sklearn_nan": "nan",
                "torchmetrics": "0",
                "torchmetrics_dice": "nan",
                "torchmetrics_iou": "-1",
                "smp": "1",
                "monai": "nan",
                "monai_aggregate": "0",
                "monai_not_ignored": "1",
                "metricsreloaded": "1",
                "nnunet": "nan",
                "elektronn3": "nan",
                "core": "nan",
                "answers": "4",
            },
        ),
        Claim(
            text="{{false_pixels}} false pixel on an empty image turns one into zero, or is forgiven.",
            knobs={"false_pixels": 1},
            values={
                "sklearn": "0",
                "torchmetrics": "0",
                "smp": "0",
                "nnunet": "0",
                "metricsreloaded": "0",
                "monai": "nan",
                "elektronn3": "nan",
            },
        ),
    ),
)
