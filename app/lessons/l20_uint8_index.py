"""L20: the cell of a confusion matrix, computed in the type of the mask."""

from __future__ import annotations

import numpy as np
import torch

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Table
from app.lessons.scenario import score

PIXELS = 10
CLASSES = (2, 5, 10, 15, 16, 17, 18, 19, 20, 21)


def confusion(classes: int, kind: type[np.integer]) -> mc.Statistics:
    """Perfect pixels of every class, booked in the cell C * target + prediction as numbers of this type."""
    labels = np.repeat(np.arange(classes), PIXELS).astype(kind)
    cells = np.bincount(classes * labels + labels, minlength=classes * classes)
    counts = torch.zeros((1, classes + 1, classes + 1), dtype=torch.int64)
    counts[0, :-1, :-1] = torch.from_numpy(cells).reshape(classes, classes)
    return mc.Statistics(
        confusion=counts,
        image_names=("all pixels",),
        class_names=tuple(f"class {label}" for label in range(classes)),
    )


def live(*, classes: int) -> Live:
    """The matrix of so many classes, its cells found in whole numbers and in those of the mask."""
    wide, narrow = confusion(classes, np.int64), confusion(classes, np.uint8)
    last = np.array([classes - 1], np.uint8)
    cell = int((classes * last + last)[0])
    numbers = {
        "classes": classes,
        "last": classes - 1,
        "largest": int(np.iinfo(np.uint8).max),
        "cell": classes * (classes - 1) + classes - 1,
        "cell_seen": cell,
        "row_seen": cell // classes,
        "column_seen": cell % classes,
        "mean_iou": score(wide, "iou"),
        "mean_iou_seen": score(narrow, "iou", zero_division=0.0),
        "accuracy_seen": score(narrow, "recall", average="micro"),
    }
    y = [score(confusion(each, np.uint8), "iou", zero_division=0.0) for each in CLASSES]
    lines = (
        Line(name="cells in int64", x=CLASSES, y=[1.0] * len(CLASSES), style="dashed"),
        Line(name="cells in the masks' uint8", x=CLASSES, y=y, style="dots"),
    )
    return Live(
        numbers=numbers,
        setting=Table(
            columns=("of the masks", "number"),
            rows=(
                ("classes", f"{classes}"),
                ("largest label", f"{classes - 1}"),
                ("largest number of a uint8", f"{numbers['largest']}"),
                ("pixels", f"{classes * PIXELS}"),
                ("pixels that are right", f"{classes * PIXELS}"),
            ),
            numbers=(1,),
        ),
        outcome=Lines(
            lines=lines,
            x_label="classes",
            y_label="mIoU of a perfect prediction",
            x_range=(0.0, 22.0),
            y_range=(0.0, 1.05),
            cursor=float(classes),
        ),
        formula=r"{{classes}} \cdot {{last}} + {{last}} = {{cell}} \;\longrightarrow\; {{cell_seen}} \text{ in uint8}",
    )


LESSON = Lesson(
    number=20,
    key="uint8-index",
    title="A confusion matrix out of bytes",
    group="numbers",
    libraries=("mmsegmentation", "PyTorch", "any"),
    story="Your masks are `uint8`, which holds numbers up to {{largest}}. A confusion matrix of **{{classes}}** "
    "classes is filled the usual way: a pixel is counted in cell number classes × target + prediction. Every pixel is "
    "right.",
    trap="The number of the cell is computed in the type of the mask, and what does not fit starts again at zero. No "
    "error is raised: the pixel is counted as a mistake between two other classes.",
    question=Question(
        text="What mIoU comes out?",
        choices=(
            "One: labels as small as these fit easily",
            "An overflow error",
            "Less than one: some pixels are counted as mistakes",
        ),
        answer=2,
        why="The last class belongs in cell {{cell}}; in `uint8` that is cell {{cell_seen}}, target {{row_seen}} "
        "predicted as {{column_seen}}. The mIoU is **{{mean_iou_seen:.3f}}**. Sixteen classes need cells up to "
        "{{largest}} and just fit.",
    ),
    knobs=(
        Knob(
            key="classes",
            label="Classes",
            values=CLASSES,
            default=19,
            help="Sixteen fit; look at the step after that.",
        ),
    ),
    live=live,
    moral="Turn masks into int64 before you compute with labels, and score a perfect prediction once.",
    sources=(
        Source(title="mmsegmentation #1969", url="https://github.com/open-mmlab/mmsegmentation/issues/1969"),
        Source(title="mmsegmentation #3583", url="https://github.com/open-mmlab/mmsegmentation/issues/3583"),
        Source(title="mmsegmentation #3755", url="https://github.com/open-mmlab/mmsegmentation/issues/3755"),
    ),
    related=("off-by-one-labels", "counting-in-floats", "whole-weights"),
    claims=(
        Claim(
            text="Cell {{cell}} becomes cell {{cell_seen}}.",
            values={"cell": "360", "cell_seen": "104", "mean_iou": "1"},
            holds=lambda n: n["mean_iou_seen"] < 1,
        ),
        Claim(
            text="Sixteen classes fit.",
            knobs={"classes": 16},
            values={"cell": "255", "cell_seen": "255", "mean_iou_seen": "1"},
        ),
        Claim(
            text="Seventeen do not.",
            knobs={"classes": 17},
            holds=lambda n: n["mean_iou_seen"] < 1,
        ),
    ),
)
