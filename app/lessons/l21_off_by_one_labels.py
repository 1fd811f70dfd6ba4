"""L21: labels that count from one on one side and from zero on the other."""

from __future__ import annotations

import numpy as np

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Matrix, Table
from app.lessons.scenario import Data

SIZES = (40, 30, 30)
THINGS = ("wall", "floor", "chair")
SHIFTED = {
    "nobody": "neither",
    "target": "the target: reduce_labels",
    "prediction": "the prediction",
    "both": "both",
}
VOID = 255


def reduced(labels: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Labels moved down by one, as masks of one byte do it."""
    return labels - np.uint8(1)


def live(*, shifted: str, first: int) -> Live:
    """A perfect prediction, saved with labels from this number on, and who is moved down by one."""
    things = np.repeat(np.arange(len(THINGS), dtype=np.uint8), SIZES)
    target, prediction = things + np.uint8(1), things + np.uint8(first)
    seen = [
        reduced(labels) if shifted in (side, "both") else labels
        for side, labels in (("target", target), ("prediction", prediction))
    ]
    names = [f"label {label}" for label in range(len(THINGS) + 1)]
    data = Data.from_masks(*seen, class_names=names, ignore_label=VOID)
    files = Data.from_masks(target, prediction, class_names=THINGS)
    from_zero = Data.from_masks(target, things, class_names=THINGS)
    reduce = {"key": "mean_iou", "reduce_labels": True}
    numbers = {
        "pixels": int(things.size),
        "right": int((seen[0] == seen[1]).sum()),
        "first": first,
        "zero_reduced": int(reduced(np.zeros(1, np.uint8))[0]),
        "accuracy": data.score("recall", average="micro"),
        "mean_iou": data.score("iou"),
        "evaluate": files.like("evaluate.mean_iou", **reduce),
        "evaluate_from_zero": from_zero.like("evaluate.mean_iou", **reduce),
    }
    rows = [(name, str(place + 1), str(place + first)) for place, name in enumerate(THINGS)]
    return Live(
        numbers=numbers,
        setting=Table(columns=("thing", "in the target's file", "in the prediction's"), rows=rows, numbers=(1, 2)),
        outcome=Matrix(statistics=data.statistics),
        formula=r"\text{accuracy} = \frac{ {{right}} }{ {{pixels}} } = {{accuracy:.1f}} \qquad "
        r"\text{mIoU} = {{mean_iou:.1f}}",
        data=data,
        explore=Explore(settings={"formula": "iou", "average": "macro"}, number="mean_iou"),
    )


LESSON = Lesson(
    number=21,
    key="off-by-one-labels",
    title="Counting from zero, counting from one",
    group="numbers",
    libraries=("HF evaluate", "mmsegmentation"),
    story="Target masks count their classes from one; zero means unlabelled. A perfect prediction was saved counting "
    "from {{first}}. `reduce_labels=True` promises to move labels down by one.",
    trap="Only the target is moved, because models usually count from zero already. A prediction saved in the target's "
    "own numbers is then off by one everywhere.",
    question=Question(
        text="Target and prediction use the same numbers. What mIoU does `reduce_labels=True` give?",
        choices=(
            "One: both are moved",
            "Zero",
            "Two thirds: only the last class falls off the end",
        ),
        answer=1,
        why="{{right}} of {{pixels}} pixels agree, mIoU **{{mean_iou:.1f}}**. Moved on both sides, or on the target "
        "alone where the prediction counts from zero, it is {{evaluate_from_zero:.1f}}. On the way a label of zero "
        "becomes {{zero_reduced}} in `uint8`, and is ignored.",
    ),
    knobs=(
        Knob(key="shifted", label="Moved down by one", values=tuple(SHIFTED), default="target", words=SHIFTED),
        Knob(
            key="first",
            label="The prediction counts from",
            values=(0, 1),
            default=1,
            words={0: "zero, as models do", 1: "one, as the target does"},
            help="A shift shows as a diagonal beside the diagonal.",
        ),
    ),
    live=live,
    moral="Look at the confusion matrix before the score: a shifted diagonal is a matter of labels, not of the model.",
    sources=(
        Source(title="mmsegmentation #1609", url="https://github.com/open-mmlab/mmsegmentation/issues/1609"),
        Source(title="mmsegmentation #2146", url="https://github.com/open-mmlab/mmsegmentation/issues/2146"),
    ),
    related=("void-pixels", "label-that-does-not-exist", "uint8-index"),
    claims=(
        Claim(
            text="The target alone is moved: nothing agrees.",
            values={
                "accuracy": "0",
                "mean_iou": "0",
                "evaluate": "0",
                "evaluate_from_zero": "1.0",
                "zero_reduced": "255",
            },
        ),
        Claim(text="Both are moved.", knobs={"shifted": "both"}, values={"accuracy": "1", "mean_iou": "1.0"}),
        Claim(
            text="Neither is moved, and the prediction counts from zero.",
            knobs={"shifted": "nobody", "first": 0},
            values={"accuracy": "0", "mean_iou": "0"},
        ),
        Claim(
            text="The prediction counts from zero, and the target is moved.",
            knobs={"first": 0},
            values={"accuracy": "1", "mean_iou": "1.0", "evaluate": "1.0"},
        ),
    ),
)
