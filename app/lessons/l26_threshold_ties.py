"""L26: a score that equals the threshold is positive here and negative there."""

from __future__ import annotations

import numpy as np

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Table
from app.lessons.scenario import Data

# Pixels with a score, positives and negatives; those in the middle lie on the threshold.
HIGH, MIDDLE, LOW = 0.9, 0.5, 0.1
SURE, TIED_NEGATIVES, REST = 30, 10, 40


def live(*, threshold: float, tied: int) -> Live:
    """So many positives with a score of one half, cut at a threshold."""
    groups = ((HIGH, SURE, 1), (MIDDLE, tied, 1), (MIDDLE, TIED_NEGATIVES, 0), (LOW, REST, 0))
    sizes = [size for _, size, _ in groups]
    scores = np.repeat([score for score, _, _ in groups], sizes)
    target = np.repeat([label for _, _, label in groups], sizes)
    reached = Data.from_scores(target, scores, threshold=threshold)
    exceeded = Data.from_masks(target, scores > threshold, class_names=("negative", "positive"))
    counts = {"exceeded": exceeded.counts(), "reached": reached.counts()}
    numbers: dict[str, float | int | str] = {"threshold": threshold, "tied": tied, "equal": tied + TIED_NEGATIVES}
    for name, data in (("exceeded", exceeded), ("reached", reached)):
        numbers |= {f"{part}_{name}": number for part, number in zip(("tp", "fp", "fn"), counts[name][:3], strict=True)}
        numbers |= {f"iou_{name}": data.score("iou", label=1), f"f1_{name}": data.score("dice", label=1)}
    bars = (
        Bar(label="IoU, score > threshold", value=float(numbers["iou_exceeded"]), note="torchmetrics, argmax"),
        Bar(
            label="IoU, score ≥ threshold",
            value=float(numbers["iou_reached"]),
            tone="good",
            note="Keras BinaryIoU, smp, MONAI",
        ),
        Bar(label="F1, score > threshold", value=float(numbers["f1_exceeded"]), note="Keras F1Score, torchmetrics"),
        Bar(label="F1, score ≥ threshold", value=float(numbers["f1_reached"]), tone="good", note="smp, torcheval"),
    )
    return Live(
        numbers=numbers,
        setting=Table(
            columns=("score", "pixels", "truth"),
            rows=[(f"{score:g}", str(size), "positive" if label else "negative") for score, size, label in groups],
            numbers=(0, 1),
        ),
        outcome=Bars(bars=bars),
        formula=r"\text{IoU}_{>} = \frac{ {{tp_exceeded}} }{ {{tp_exceeded}} + {{fp_exceeded}} + {{fn_exceeded}} } "
        r"\qquad \text{IoU}_{\geq} = \frac{ {{tp_reached}} }{ {{tp_reached}} + {{fp_reached}} + {{fn_reached}} }",
        data=reached,
        explore=Explore(
            settings={
                "formula": "iou",
                "background": False,
                "decide": "threshold",
                "threshold": threshold,
                "tie": ">=",
            },
            number="iou_reached",
        ),
    )


LESSON = Lesson(
    number=26,
    key="threshold-ties",
    title="Exactly one half",
    group="thresholds",
    libraries=("Keras", "torchmetrics", "segmentation_models_pytorch", "MONAI", "torcheval"),
    story="**{{equal}}** pixels have a score of exactly one half: with few bits, or after an average of two models, "
    "such scores are common. Keras's `BinaryIoU` reports {{iou_reached:.3f}} at a threshold of {{threshold:g}}.",
    trap="Some functions call a score positive when it exceeds the threshold, others when it reaches it. Keras does "
    "both, in two metrics that one may name side by side.",
    question=Question(
        text="F1 follows from IoU: `F1 = 2·IoU / (1 + IoU)`. What does Keras's `F1Score` report beside it?",
        choices=(
            "{{f1_reached:.3f}}, as the formula says",
            "{{f1_exceeded:.3f}}",
            "{{iou_reached:.3f}}, the same",
        ),
        answer=1,
        why="`BinaryIoU` takes scores that reach the threshold ({{iou_reached:.3f}}), `F1Score` those that exceed it "
        "(**{{f1_exceeded:.3f}}**, an IoU of {{iou_exceeded:.3f}}). Every pixel on the threshold changes sides.",
    ),
    knobs=(
        Knob(
            key="threshold",
            label="Threshold",
            values=(0.05, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.95),
            default=0.5,
            help="The two rules part only where scores lie on the threshold.",
        ),
        Knob(key="tied", label="Positives at one half", values=(0, 5, 10, 20, 40, 80), default=20, unit="px"),
    ),
    live=live,
    moral="Say whether a score on the threshold is positive, and put the threshold where no scores lie.",
    sources=(
        Source(title="Keras: F1Score", url="https://keras.io/api/metrics/classification_metrics/"),
        Source(title="Keras: BinaryIoU", url="https://keras.io/api/metrics/segmentation_metrics/"),
    ),
    related=("half-is-not-the-threshold", "guessed-logits"),
    claims=(
        Claim(
            text="{{equal}} pixels on the threshold: IoU {{iou_exceeded:.3f}} or {{iou_reached:.3f}}.",
            values={
                "iou_exceeded": ".6",
                "f1_exceeded": ".75",
                "iou_reached": ".833333",
                "f1_reached": ".909091",
            },
        ),
        Claim(
            text="Off the scores the rules agree.",
            knobs={"threshold": 0.4},
            holds=lambda n: n["iou_exceeded"] == n["iou_reached"],
        ),
    ),
)
