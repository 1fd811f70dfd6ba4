"""L02: a model that never finds anything, and the averages that praise it."""

import numpy as np

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Map
from app.lessons.scenario import Data

SIDE = 100


def live(*, lesion: int) -> Live:
    """A square lesion of this side in the middle of an image, and an empty prediction."""
    target = np.zeros((SIDE, SIDE), np.int64)
    first = (SIDE - lesion) // 2
    target[first : first + lesion, first : first + lesion] = 1
    data = Data.from_masks(target, np.zeros_like(target), class_names=("background", "lesion"))
    numbers = {
        "side": SIDE,
        "lesion": lesion,
        "accuracy": data.score("accuracy", average="micro"),
        "iou_background": data.score("iou", label=0),
        "iou_lesion": data.score("iou", label=1),
        "miou": data.score("iou", average="macro"),
        "micro_iou": data.score("iou", average="micro"),
        "weighted_iou": data.score("iou", average="weighted"),
        "macro_f1": data.like("sklearn.f1_score", average="macro", zero_division=0),
        "weighted_f1": data.like("sklearn.f1_score", average="weighted", zero_division=0),
        "balanced": data.like("sklearn.balanced_accuracy_score"),
        "keras": data.like("keras.MeanIoU"),
        "torchmetrics": data.like("torchmetrics.multiclass_jaccard_index", average="macro"),
        "evaluate": data.like("evaluate.mean_iou", key="mean_iou"),
        "mmseg_percent": data.like("mmseg.IoUMetric", key="mIoU"),
    }
    bars = (
        Bar(label="accuracy", value=numbers["accuracy"], tone="trivial"),
        Bar(label="weighted F1", value=numbers["weighted_f1"], tone="trivial"),
        Bar(label="micro IoU", value=numbers["micro_iou"], tone="trivial"),
        Bar(label="IoU, background", value=numbers["iou_background"]),
        Bar(label="mean IoU", value=numbers["miou"], note="Keras, torchmetrics, mmsegmentation, HF evaluate"),
        Bar(label="IoU, lesion", value=numbers["iou_lesion"], tone="bad"),
    )
    return Live(
        numbers=numbers,
        setting=Map(data=data),
        outcome=Bars(bars=bars),
        formula=r"\text{mIoU} = \frac{\text{IoU}_\text{background} + \text{IoU}_\text{lesion}}{2} "
        r"= \frac{ {{iou_background:.3f}} + {{iou_lesion:.3f}} }{2} = {{miou:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "iou", "average": "macro"}, number="miou"),
    )


LESSON = Lesson(
    number=2,
    key="all-background",
    title="Half of it right by finding nothing",
    group="accuracy",
    tour=2,
    libraries=("Keras", "torchmetrics", "mmsegmentation", "HF evaluate", "scikit-learn"),
    story="One lesion of {{lesion}} × {{lesion}} pixels lies in an image of {{side}} × {{side}}. The model predicts "
    "**background everywhere**: it has learnt nothing.",
    trap="The background is a class too, it is nearly perfect, and it is half of the mean. A mean IoU that gets stuck "
    "just below one half is a model that finds nothing.",
    question=Question(
        text="What mean IoU do the libraries print for it?",
        choices=("Zero: no lesion pixel is found", "About one half", "Nearly one"),
        answer=1,
        why="Mean IoU is **{{miou:.3f}}** in Keras, torchmetrics, mmsegmentation and HF evaluate alike. Accuracy is "
        "{{accuracy:.2f}}, weighted F1 {{weighted_f1:.3f}}, and the IoU of the lesion {{iou_lesion:.0f}}.",
    ),
    knobs=(
        Knob(
            key="lesion",
            label="Side of the lesion",
            values=(2, 5, 10, 20, 30, 50, 70),
            default=10,
            unit="px",
            help="The smaller the lesion, the better nothing looks.",
        ),
    ),
    live=live,
    moral="Look at the IoU of each class, and at what an empty prediction scores, before you believe a mean.",
    sources=(
        Source(
            title="segmentation_models #508: mean IoU is capped at 0.49",
            url="https://github.com/qubvel/segmentation_models/issues/508",
        ),
        Source(
            title="segmentation_models #554",
            url="https://github.com/qubvel/segmentation_models/issues/554",
        ),
    ),
    related=("accuracy-paradox", "ignore-is-not-exclude"),
    claims=(
        Claim(
            text="An empty prediction has a mean IoU of {{miou:.3f}}.",
            values={
                "accuracy": ".99",
                "iou_lesion": "0",
                "miou": ".495",
                "micro_iou": ".980198",
                "weighted_iou": ".9801",
                "macro_f1": ".497487",
                "weighted_f1": ".985025",
                "balanced": ".5",
                "keras": ".495",
                "torchmetrics": ".495",
                "evaluate": ".495",
                "mmseg_percent": "49.5",
            },
        ),
        Claim(
            text="With a smaller lesion nothing scores even better.",
            knobs={"lesion": 2},
            holds=lambda n: n["miou"] > 0.4995 and n["iou_lesion"] == 0,
        ),
    ),
)
