"""L23: sample weights of a documented example, cut to whole numbers on their way."""

from __future__ import annotations

import numpy as np
import torch

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Table
from app.lessons.scenario import like

# Target, prediction and weight of four pixels, as the documentation of each metric has them; weights in tenths.
EXAMPLES = {
    "MeanIoU": ((0, 0, 1, 1), (0, 1, 0, 1), (3, 3, 3, 1)),
    "BinaryIoU": ((0, 1, 0, 1), (0, 0, 1, 1), (2, 3, 4, 1)),
    "OneHotMeanIoU": ((2, 0, 1, 0), (2, 2, 0, 2), (1, 2, 3, 4)),
}
TENTH = 10


def mean_iou(example: str, weights: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """What Keras makes of pixels that count so many times each; 0 where none is left."""
    target, prediction, _ = EXAMPLES[example]
    classes = max(target) + 1
    confusion = torch.zeros((1, classes + 1, classes + 1), dtype=torch.int64)
    for true, predicted, weight in zip(target, prediction, weights.tolist(), strict=True):
        confusion[0, true, predicted] += weight
    names = tuple(f"class {label}" for label in range(classes))
    counted = mc.Statistics(confusion=confusion, image_names=("four pixels",), class_names=names)
    return like(counted, "keras.MeanIoU")


def live(*, example: str, times: int) -> Live:
    """The documented call, every weight so many times as large."""
    target, prediction, tenths = EXAMPLES[example]
    weights = np.array(tenths) * times / TENTH
    # Ratios do not change when all weights are multiplied: tenths are whole.
    numbers = {
        "times": times,
        "as_float": mean_iou(example, np.array(tenths)),
        "as_int": mean_iou(example, weights.astype(np.int64)),
        "total": float(weights.sum()),
        "left": int(weights.astype(np.int64).sum()),
    }
    rows = [
        (str(true), str(predicted), f"{weight:g}", f"{int(weight)}")
        for true, predicted, weight in zip(target, prediction, weights.tolist(), strict=True)
    ]
    return Live(
        numbers=numbers,
        setting=Table(columns=("target", "prediction", "weight"), rows=[row[:3] for row in rows], numbers=(0, 1, 2)),
        outcome=Bars(
            bars=(
                Bar(label="dtype='float32'", value=numbers["as_float"], note="as documented", tone="good"),
                Bar(label="default dtype", value=numbers["as_int"], note="weights cut to whole numbers", tone="bad"),
            ),
            caption="Weights as the default keeps them: " + ", ".join(row[3] for row in rows),
        ),
        formula=r"\sum w = {{total:.1f}} \;\rightarrow\; \sum \lfloor w \rfloor = {{left}} \qquad "
        r"\text{IoU} = {{as_int:.3f}}",
    )


LESSON = Lesson(
    number=23,
    key="whole-weights",
    title="The documented example that prints zero",
    group="numbers",
    libraries=("Keras",),
    story="An example of the Keras documentation passes a sample weight for each of four pixels. The page says the "
    "mean IoU is **{{as_float:.3f}}**. You run it with today's version, unchanged.",
    trap="The metric now counts in whole numbers by default, and weights below one are cut to nothing. No error is "
    "raised, and the example in the documentation was never run again.",
    question=Question(
        text="What does it print?",
        choices=("The documented number", "An error about the type of the weights", "Zero"),
        answer=2,
        why="The weights add up to {{total:.1f}}; cut to whole numbers, {{left}} are left. Keras prints "
        "**{{as_int:.3f}}**, and with `dtype='float32'` {{as_float:.3f}}. Multiply the weights and it comes "
        "back bit by bit.",
    ),
    knobs=(
        Knob(
            key="times",
            label="All weights, times",
            values=(1, 2, 4, 5, 8, 10, 20, 100),
            default=1,
            help="Larger weights should change nothing: a mean IoU is a ratio.",
        ),
        Knob(key="example", label="Example", values=tuple(EXAMPLES), default="MeanIoU"),
    ),
    live=live,
    moral="Run a documented example before you trust it, and give the type wherever weights are fractions.",
    sources=(
        Source(
            title="Keras: segmentation metrics, MeanIoU",
            url="https://keras.io/api/metrics/segmentation_metrics/",
        ),
    ),
    related=("accuracy-paradox", "seed-examples"),
    claims=(
        Claim(
            text="The documented {{as_float:.3f}} of MeanIoU is {{as_int:.0f}} today.",
            values={"as_float": ".238095", "as_int": "0.0"},
        ),
        Claim(
            text="The documented {{as_float:.3f}} of BinaryIoU is {{as_int:.0f}} today.",
            knobs={"example": "BinaryIoU"},
            values={"as_float": ".173611", "as_int": "0.0"},
        ),
        Claim(
            text="The documented {{as_float:.3f}} of OneHotMeanIoU is {{as_int:.0f}} today.",
            knobs={"example": "OneHotMeanIoU"},
            values={"as_float": ".047619", "as_int": "0.0"},
        ),
        Claim(
            text="With weights that are whole numbers both agree.",
            knobs={"times": 10},
            holds=lambda n: n["as_float"] == n["as_int"],
        ),
    ),
)
