"""L24: probabilities given to a metric of labels, and cut to zero on their way."""

from __future__ import annotations

import numpy as np
import torch

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Table
from app.lessons.scenario import Data
from app.lessons.texts import format_number

TARGET = (1, 1, 0, 1)
PROBABILITIES = (0.9, 0.8, 0.2, 0.7)
CLASSES = ("background", "object")


def live(*, surer: float) -> Live:
    """Four pixels, the model's logits multiplied so that it is surer of everything it says."""
    probabilities = torch.sigmoid(torch.logit(torch.tensor(PROBABILITIES)) * surer).numpy()
    # Keras turns what it is given into whole numbers: everything below one becomes zero.
    cast = probabilities.astype(np.int64)
    given = Data.from_masks(TARGET, cast, class_names=CLASSES)
    labels = Data.from_masks(TARGET, probabilities >= 0.5, class_names=CLASSES)
    numbers = {
        "pixels": len(TARGET),
        "surer": surer,
        "largest": float(probabilities.max()),
        "ones": int(cast.sum()),
        "given": given.like("keras.MeanIoU"),
        "labels": labels.like("keras.MeanIoU"),
        "iou_background": given.score("iou", label=0),
        "iou_object": given.score("iou", label=1),
        "core": given.score("iou"),
    }
    shown = [f"{each:.7f}".rstrip("0").rstrip(".") for each in probabilities.tolist()]
    columns = ("target", "probability", "as the metric reads it", "cut at one half")
    cut = labels.prediction.ravel().tolist()
    rows = [tuple(map(str, row)) for row in zip(TARGET, shown, cast.tolist(), cut, strict=True)]
    score = ("mIoU", "", format_number(numbers["given"], ".3f"), format_number(numbers["labels"], ".3f"))
    return Live(
        numbers=numbers,
        setting=Table(columns=columns[:2], rows=[row[:2] for row in rows], numbers=(0, 1)),
        outcome=Table(columns=columns, rows=[*rows, score], numbers=(0, 1, 2, 3), strong=len(rows)),
        formula=r"\text{mIoU} = \frac{ {{iou_background:.2f}} + {{iou_object:.2f}} }{2} = {{given:.3f}}",
        data=given,
        explore=Explore(settings={"formula": "iou", "average": "macro"}, number="core"),
    )


LESSON = Lesson(
    number=24,
    key="probabilities-as-labels",
    title="Straight from the model into the metric",
    group="thresholds",
    libraries=("Keras",),
    story="A model is right about all {{pixels}} pixels, and sure of it. Its probabilities go straight into Keras's "
    "`MeanIoU`, as one writes it in `model.compile(metrics=[…])`.",
    trap="`MeanIoU` expects labels and turns what it gets into whole numbers, without rounding and without a word. "
    "Every probability below one becomes zero: background.",
    question=Question(
        text="What mIoU does it show during training?",
        choices=(
            "About what you get when you cut at one half",
            "An error: these are no labels",
            "A low one that does not move",
        ),
        answer=2,
        why="Of {{pixels}} pixels {{ones}} become object: mIoU **{{given:.3f}}**, against {{labels:.1f}} for labels "
        "cut at one half. It moves only when a probability is so large that `float32` rounds it to one.",
    ),
    knobs=(
        Knob(
            key="surer",
            label="The model becomes surer",
            values=(0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 15.0, 20.0),
            default=1.0,
            words={each: f"logits × {each:g}" for each in (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 15.0, 20.0)},
            help="The probabilities rise, and for long nothing moves.",
        ),
    ),
    live=live,
    moral="Turn probabilities into labels yourself, or use a metric that states its threshold, such as `BinaryIoU`.",
    sources=(
        Source(title="TensorFlow #39173", url="https://github.com/tensorflow/tensorflow/issues/39173"),
        Source(title="TensorFlow #32875", url="https://github.com/tensorflow/tensorflow/issues/32875"),
    ),
    related=("half-is-not-the-threshold", "guessed-logits", "whole-weights"),
    claims=(
        Claim(
            text="Four sure answers have an mIoU of {{given:.3f}}.",
            values={"given": ".125", "labels": "1.0"},
            holds=lambda n: n["ones"] == 0,
        ),
        Claim(
            text="Five times surer, and nothing has moved.",
            knobs={"surer": 5.0},
            values={"given": ".125"},
            holds=lambda n: n["largest"] > 0.9999,
        ),
    ),
)
