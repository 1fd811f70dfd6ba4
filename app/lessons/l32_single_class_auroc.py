"""L32: an image without positives has no ROC curve; libraries answer all the same."""

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Table, Tiles
from app.lessons.scenario import Data
from app.lessons.texts import format_number

PIXELS = 16


def live(*, positives: int) -> Live:
    """Sixteen pixels with scores that rise evenly, the last of them positive."""
    data = Data.from_scores(np.arange(PIXELS) >= PIXELS - positives, np.linspace(0.0, 1.0, PIXELS))
    unaveraged = {"average": "none"}
    numbers = {
        "pixels": PIXELS,
        "positives": positives,
        "auroc_sklearn": data.like_each("sklearn.roc_auc_score")[1],
        "auroc_monai": data.like_each("monai.compute_roc_auc", average="none")[1],
        "auroc_torchmetrics": data.like_each("torchmetrics.multiclass_auroc", **unaveraged)[1],
        "auroc_torcheval": data.like_each("torcheval.multiclass_auroc", average=None)[1],
        "ap_sklearn": data.like_each("sklearn.average_precision_score")[1],
        "ap_monai": data.like_each("monai.compute_average_precision", average="none")[1],
        "ap_torchmetrics": data.like_each("torchmetrics.multiclass_average_precision", thresholds=None, **unaveraged)[
            1
        ],
        "ap_torchmetrics_binned": data.like_each(
            "torchmetrics.multiclass_average_precision", thresholds=5, **unaveraged
        )[1],
        "macro_auroc": absent_class("torchmetrics.multiclass_auroc"),
        "macro_ap": absent_class("torchmetrics.multiclass_average_precision"),
    }
    rows = [
        (name, *(format_number(numbers[key], ".3f") for key in keys))
        for name, keys in (
            ("scikit-learn", ("auroc_sklearn", "ap_sklearn")),
            ("MONAI", ("auroc_monai", "ap_monai")),
            ("torchmetrics", ("auroc_torchmetrics", "ap_torchmetrics")),
            ("torchmetrics, with thresholds", ("auroc_torchmetrics", "ap_torchmetrics_binned")),
        )
    ]
    rows.append(("torcheval", format_number(numbers["auroc_torcheval"], ".3f"), ""))
    return Live(
        numbers=numbers,
        setting=Tiles(data=data, names=("target, and prediction at the threshold of one half",)),
        outcome=Table(
            columns=("library", "AUROC", "average precision"), rows=rows, numbers=(1, 2), caption="∅: NaN, undefined"
        ),
        formula=r"\text{recall} = \frac{TP}{ \text{positives} } = \frac{TP}{ {{positives}} } \qquad "
        r"\text{AUROC} = {{auroc_sklearn:.3f}}",
        data=data,
    )


def absent_class(function: str) -> float:
    """Macro mean of a perfect model of three classes, the third of which does not occur."""
    scores = np.array([[[0.9, 0.1], [0.05, 0.8], [0.05, 0.1]]])
    return float(mc.score_like(function, [[0, 1]], scores, num_classes=3, average="macro"))


LESSON = Lesson(
    number=32,
    key="single-class-auroc",
    title="A curve through nothing",
    group="curves",
    libraries=("scikit-learn", "MONAI", "torchmetrics", "torcheval", "Keras", "elektronn3"),
    story="An image of {{pixels}} pixels, **{{positives}}** of them positive; the model gives each a score. You "
    "average the AUROC over images.",
    trap="Without positives there is no recall, so there is no ROC curve and no area under it. Some libraries say so, "
    "some say zero, the worst there is, and some one half, a coin.",
    question=Question(
        text="No pixel is positive. What AUROC do libraries give this image?",
        choices=(
            "One: no negative is ranked above a positive",
            "Zero, one half or undefined, depending on the library",
            "Undefined, everywhere",
        ),
        answer=1,
        why="scikit-learn and MONAI say {{auroc_sklearn:.1f}}, torchmetrics {{auroc_torchmetrics:.1f}}, torcheval "
        "{{auroc_torcheval:.1f}}. A perfect model of three classes, one of them absent, has a macro AUROC of "
        "**{{macro_auroc:.3f}}** in torchmetrics, and a macro average precision of **{{macro_ap:.1f}}**.",
    ),
    knobs=(
        Knob(
            key="positives",
            label="Positive pixels",
            values=(0, 1, 4, 8, 15, 16),
            default=0,
            help="At both ends the curve does not exist; everywhere between them the libraries agree.",
        ),
    ),
    live=live,
    moral="Average areas over the images and classes that have positives and negatives, and say how many they are.",
    sources=(
        Source(
            title="scikit-learn #30079: roc_auc_score of a single class",
            url="https://github.com/scikit-learn/scikit-learn/issues/30079",
        ),
        Source(title="scikit-learn #27412", url="https://github.com/scikit-learn/scikit-learn/issues/27412"),
    ),
    related=("one-empty-image", "average-precisions"),
    claims=(
        Claim(
            text="Without positives AUROC is undefined, zero or one half.",
            values={
                "auroc_sklearn": "nan",
                "auroc_monai": "nan",
                "auroc_torchmetrics": "0",
                "auroc_torcheval": ".5",
                "ap_sklearn": "0",
                "ap_monai": "nan",
                "ap_torchmetrics_binned": "0",
                "macro_auroc": ".666667",
                "macro_ap": "1.0",
            },
        ),
        Claim(
            text="With positives only it is the same, and average precision is one.",
            knobs={"positives": 16},
            values={
                "auroc_sklearn": "nan",
                "auroc_torchmetrics": "0",
                "auroc_torcheval": ".5",
                "ap_sklearn": "1.0",
                "ap_torchmetrics": "1.0",
                "ap_monai": "nan",
            },
        ),
    ),
)
