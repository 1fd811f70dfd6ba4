"""L19: a prediction that is no class at all, and libraries in which it leaves the counts."""

import math

import numpy as np

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Tiles
from app.lessons.scenario import Data

HALF = 32
STRAY, OTHER = 5, 1


def scene(wrong: int, called: int, *, half: int = HALF) -> Data:
    """Two classes of equal size; so many pixels of the first are called something else."""
    target = np.repeat([0, 1], half)
    prediction = target.copy()
    prediction[half - wrong : half] = called
    return Data.from_masks(target, prediction)


def live(*, wrong: int, called: int) -> Live:
    """So many background pixels called by a label that is no class, or by the other class."""
    data, four = scene(wrong, called), scene(1, STRAY, half=2)
    function = "torchmetrics.multiclass_jaccard_index"
    refused = bool(data.refusal(function))
    numbers = {
        "wrong": wrong,
        "background": HALF,
        "core": data.score("iou"),
        "keras": data.like("keras.MeanIoU"),
        "smp": data.like("smp.iou_score", reduction="macro"),
        "evaluate": data.like("evaluate.mean_iou", key="mean_iou"),
        "sklearn": data.like("sklearn.jaccard_score", average="macro"),
        "torchmetrics": math.nan if refused else data.like(function),
        "elektronn3_percent_of_four": four.like("elektronn3.iou"),
        "iou_background": data.score("iou", label=0),
        "iou_object": data.score("iou", label=1),
        "as_other": scene(wrong, OTHER).like("keras.MeanIoU"),
    }
    bars = (
        Bar(label="Keras", value=numbers["keras"], note="MeanIoU: the pixels are dropped", tone="bad"),
        Bar(label="smp", value=numbers["smp"], note="missed pixels of their class", tone="good"),
        Bar(label="HF evaluate", value=numbers["evaluate"], note="missed pixels of their class", tone="good"),
        Bar(label="scikit-learn", value=numbers["sklearn"], note="one class more, with an IoU of zero"),
        Bar(label="torchmetrics", value=numbers["torchmetrics"], note="raises an error" if refused else ""),
    )
    return Live(
        numbers=numbers,
        setting=Tiles(data=data, label=None),
        outcome=Bars(bars=bars),
        formula=r"\text{mIoU} = \frac{ {{iou_background:.3f}} + {{iou_object:.3f}} }{2} = {{core:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "iou", "average": "macro"}, number="core"),
    )


LESSON = Lesson(
    number=19,
    key="label-that-does-not-exist",
    title="The class that does not exist",
    group="ignoring",
    libraries=("Keras", "segmentation_models_pytorch", "HF evaluate", "mmsegmentation", "scikit-learn", "torchmetrics"),
    story="Two classes, `0` and `1`. On **{{wrong}}** of {{background}} background pixels the model is wrong: a bug in "
    "the post-processing writes a label there that may not even exist, such as `5`.",
    trap="A pixel whose prediction is no class has no cell in the confusion matrix, so some libraries drop it. The "
    "worse the bug, the fewer errors are left to count.",
    question=Question(
        text="Half of the background is called `5`. What mIoU does Keras `MeanIoU(num_classes=2)` give?",
        choices=(
            "One: it is perfect",
            "Three quarters: half of the background is missed",
            "An error: there is no class `5`",
        ),
        answer=0,
        why="Keras drops the pixels: **{{keras:.2f}}**. smp and HF evaluate count them as missed ({{smp:.2f}}), "
        "scikit-learn adds a class ({{sklearn:.2f}}), torchmetrics raises an error. Had the model called them object, "
        "Keras would say {{as_other:.3f}}.",
    ),
    knobs=(
        Knob(
            key="wrong",
            label="Background pixels that are wrong",
            values=(0, 1, 2, 4, 8, 16, 24, 31),
            default=16,
            unit="px",
        ),
        Knob(
            key="called",
            label="What they are called",
            values=(STRAY, OTHER),
            default=STRAY,
            words={STRAY: "5, no class", OTHER: "1, object"},
            help="An ordinary mistake costs more than one that makes no sense.",
        ),
    ),
    live=live,
    moral="Check that a prediction holds only known classes before it is scored, and refuse the rest.",
    sources=(
        Source(title="Keras: MeanIoU", url="https://keras.io/api/metrics/segmentation_metrics/"),
        Source(
            title="HF evaluate: mean_iou",
            url="https://github.com/huggingface/evaluate/blob/main/metrics/mean_iou/mean_iou.py",
        ),
    ),
    related=("void-pixels", "ignore-is-not-exclude"),
    claims=(
        Claim(
            text="Half of the background vanishes and Keras says {{keras:.1f}}.",
            values={
                "core": ".75",
                "keras": "1.0",
                "smp": ".75",
                "evaluate": ".75",
                "iou_background": ".5",
                "iou_object": "1",
                "sklearn": ".5",
                "torchmetrics": "nan",
                "elektronn3_percent_of_four": "74.996",
            },
            holds=lambda n: n["as_other"] < 0.6 < n["keras"],
        ),
        Claim(
            text="An ordinary mistake counts everywhere.",
            knobs={"called": OTHER},
            holds=lambda n: n["keras"] < 0.6 and n["torchmetrics"] < 0.6,
        ),
    ),
)
