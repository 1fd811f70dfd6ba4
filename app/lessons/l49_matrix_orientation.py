"""L49: a confusion matrix without names on its axes is two matrices."""

from __future__ import annotations

import numpy as np

from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Matrix, Table
from app.lessons.scenario import Data
from app.lessons.texts import format_number

PRINTED = np.array([[3, 3], [0, 4]])
CLASSES = ("background", "object")
ROWS = {"true": "the truth (scikit-learn, Keras)", "predicted": "the prediction (Ultralytics)"}
SHARES = {
    "count": "nothing: pixels",
    "rows": "its row's sum",
    "columns": "its column's sum",
    "all": "the sum of all",
}
MEANING = {"count": "pixels found", "all": "share of all pixels"}


def printed(divided: str) -> list[list[float]]:
    """The matrix as it is printed: pixels, or each cell divided by a sum."""
    sums = {
        "count": np.ones(1),
        "rows": PRINTED.sum(1, keepdims=True),
        "columns": PRINTED.sum(0),
        "all": PRINTED.sum(),
    }
    return (PRINTED / sums[divided]).tolist()


def live(*, rows: str, divided: str) -> Live:
    """One printed matrix, read in one of two ways."""
    by_truth = rows == "true"
    data = Data.from_counts((PRINTED if by_truth else PRINTED.T).tolist(), class_names=CLASSES)
    tp, fp, fn, _ = data.counts()
    shown = printed(divided)
    within_truth = (divided == "rows") == by_truth
    numbers = {
        "top_left": shown[0][0],
        "top_right": shown[0][1],
        "bottom_left": shown[1][0],
        "bottom_right": shown[1][1],
        "pixels": int(PRINTED.sum()),
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "recall": data.score("recall", label=1),
        "precision": data.score("precision", label=1),
        "dice": data.score("dice", label=1),
        "meaning": MEANING.get(divided, "recall" if within_truth else "precision"),
    }
    digits = ".0f" if divided == "count" else ".3f"
    return Live(
        numbers=numbers,
        setting=Table(
            columns=("", *CLASSES),
            rows=[
                (name, *(format_number(cell, digits) for cell in row)) for name, row in zip(CLASSES, shown, strict=True)
            ],
            numbers=(1, 2),
        ),
        outcome=Matrix(
            statistics=data.statistics,
            normalise=divided if divided == "count" or divided == "all" else "true" if within_truth else "predicted",
        ),
        formula=r"\begin{aligned} \text{recall} &= \frac{ {{tp}} }{ {{tp}} + {{fn}} } = {{recall:.3f}} \\[4pt] "
        r"\text{precision} &= \frac{ {{tp}} }{ {{tp}} + {{fp}} } = {{precision:.3f}} \\[4pt] "
        r"\text{bottom right} &= \text{ {{meaning}} } \end{aligned}",
        data=data,
    )


LESSON = Lesson(
    number=49,
    key="matrix-orientation",
    title="Which axis is the truth?",
    group="accuracy",
    libraries=("scikit-learn", "torchmetrics", "Keras", "any"),
    story="A report shows this confusion matrix of {{pixels}} pixels. Its axes have no names.",
    trap="scikit-learn, torchmetrics and Keras write the truth in rows, Ultralytics writes it in columns. Turn the "
    "matrix, and recall and precision change places, while Dice stays as it was.",
    question=Question(
        text="The object is the second class. How many false alarms are there?",
        choices=("It cannot be told", "Three: the cell at the top right", "None: the cell at the bottom left"),
        answer=0,
        why="With rows as the truth there are {{fp}} false alarms and {{fn}} misses; with rows as the prediction it is "
        "the other way round. Here recall is **{{recall:.3f}}** and precision **{{precision:.3f}}**; Dice is "
        "{{dice:.3f}} either way.",
    ),
    knobs=(
        Knob(key="rows", label="Rows are", values=tuple(ROWS), default="true", words=ROWS),
        Knob(key="divided", label="Each cell is divided by", values=tuple(SHARES), default="count", words=SHARES),
    ),
    live=live,
    moral="Name both axes of a confusion matrix, and say whether rows or columns add up to one.",
    sources=(
        Source(title="Ultralytics #13440", url="https://github.com/ultralytics/ultralytics/issues/13440"),
        Source(title="YOLOv5 #10099", url="https://github.com/ultralytics/yolov5/issues/10099"),
        Source(
            title="scikit-learn: confusion_matrix",
            url="https://scikit-learn.org/stable/modules/generated/sklearn.metrics.confusion_matrix.html",
        ),
    ),
    related=("one-or-two-channels", "accuracy-paradox"),
    claims=(
        Claim(
            text="Read by rows, there are {{fp}} false alarms and {{fn}} misses.",
            values={"top_left": "3", "top_right": "3", "bottom_left": "0", "bottom_right": "4", "fp": "3", "fn": "0"},
            holds=lambda n: n["recall"] == 1 > n["precision"],
        ),
        Claim(
            text="Read the other way, there are {{fp}} false alarms and {{fn}} misses.",
            knobs={"rows": "predicted"},
            values={"fp": "0", "fn": "3", "precision": "1", "recall": ".571429", "dice": ".727273"},
        ),
        Claim(
            text="Rows that add up to one show recall.",
            knobs={"divided": "rows"},
            values={"top_left": ".5", "top_right": ".5", "bottom_left": "0", "bottom_right": "1"},
            holds=lambda n: n["meaning"] == "recall" and n["bottom_right"] == n["recall"],
        ),
        Claim(
            text="Columns that add up to one show precision.",
            knobs={"divided": "columns"},
            values={"top_left": "1", "top_right": ".428571", "bottom_left": "0", "bottom_right": ".571429"},
            holds=lambda n: n["meaning"] == "precision" and n["bottom_right"] == n["precision"],
        ),
        Claim(
            text="Cells that add up to one show neither.",
            knobs={"divided": "all"},
            values={"top_left": ".3", "top_right": ".3", "bottom_left": "0", "bottom_right": ".4"},
        ),
    ),
)
