"""L18: pixels that nobody could label, and what becomes of them where nobody says so."""

import numpy as np

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Tiles
from app.lessons.scenario import Data

BACKGROUND, OBJECT, VOID = 60, 20, 255
CLASSES = ("background", "object")


def live(*, void: int) -> Live:
    """All labelled pixels are right; the model calls so many void ones object."""
    target = np.repeat([0, 1, VOID], [BACKGROUND, OBJECT, void])
    prediction = (np.arange(target.size) >= BACKGROUND).astype(np.int64)
    data = Data.from_masks(target, prediction, class_names=CLASSES, ignore_label=VOID)
    as_class = Data.from_masks(np.where(target == VOID, 2, target), prediction, class_names=(*CLASSES, "255"))
    as_zero = Data.from_masks(np.where(target == VOID, 0, target), prediction, class_names=CLASSES)
    clamped = Data.from_masks(target.clip(0, 1), prediction, class_names=CLASSES)
    numbers = {
        "known": BACKGROUND + OBJECT,
        "object": OBJECT,
        "void": void,
        "ignored": data.score("iou"),
        "torchmetrics": data.like("torchmetrics.multiclass_jaccard_index"),
        "keras": data.like("keras.MeanIoU"),
        # An ignore_index that is no label, and smp without one: void pixels stay as false alarms.
        "kept": data.score("iou", void="false_positive"),
        "iou_kept": data.score("iou", label=1, void="false_positive"),
        "iou_ignored": data.score("iou", label=1),
        "sklearn": as_class.like("sklearn.jaccard_score", average="macro"),
        "sklearn_labels": as_class.like("sklearn.jaccard_score", average="macro", labels=[0, 1]),
        "as_zero": as_zero.score("iou"),
        "clamped": clamped.score("iou"),
        "nnunet": as_class.like_each("nnunetv2.mean", metric="Dice")[1],
        "nnunet_ignored": data.like_each("nnunetv2.mean", metric="Dice")[1],
    }
    bars = (
        Bar(label="torchmetrics", value=numbers["torchmetrics"], note="told: ignore_index=255", tone="good"),
        Bar(label="Keras", value=numbers["keras"], note="drops what is no class", tone="good"),
        Bar(label="smp", value=numbers["kept"], note="no ignore_index"),
        Bar(label="HF evaluate", value=numbers["kept"], note="ignore_index=-1"),
        Bar(label="scikit-learn", value=numbers["sklearn_labels"], note="labels=[0, 1]"),
        Bar(label="scikit-learn", value=numbers["sklearn"], note="255 becomes a class", tone="bad"),
        Bar(label="void set to 0", value=numbers["as_zero"], note="any library", tone="bad"),
        Bar(label="void clamped to 1", value=numbers["clamped"], note="any library", tone="trivial"),
    )
    return Live(
        numbers=numbers,
        setting=Tiles(data=data),
        outcome=Bars(bars=bars),
        formula=r"\text{IoU}_1 = \frac{ {{object}} }{ {{object}} + 0} = {{iou_ignored:.1f}} \quad\text{or}\quad "
        r"\frac{ {{object}} }{ {{object}} + {{void}} } = {{iou_kept:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "iou", "average": "macro"}, number="ignored"),
    )


LESSON = Lesson(
    number=18,
    key="void-pixels",
    title="Pixels nobody could label",
    group="ignoring",
    libraries=("torchmetrics", "Keras", "segmentation_models_pytorch", "HF evaluate", "scikit-learn", "nnU-Net"),
    story="All {{known}} labelled pixels are right. **{{void}}** more are void: nobody could label them, and the mask "
    "holds `255` there. The model calls them object. You forget to tell the library about `255`.",
    trap="A void pixel is no class, but a library that is not told so finds a use for it: a false alarm, a class of "
    "its own, or background. Clamping the labels even turns it into a hit.",
    question=Question(
        text="What mIoU do the libraries give?",
        choices=(
            "One: no labelled pixel is wrong",
            "One lower number everywhere: void counts as wrong",
            "Anything from one half to one, or an error",
            "An error: `255` is no class",
        ),
        answer=2,
        why="As a class of its own {{sklearn:.2f}}, as background {{as_zero:.3f}}, as a false alarm {{kept:.2f}}, "
        "dropped {{keras:.1f}}, clamped to the object {{clamped:.1f}}; torchmetrics raises an error. nnU-Net's Dice of "
        "the object is {{nnunet:.3f}}, and {{nnunet_ignored:.1f}} once it is told.",
    ),
    knobs=(
        Knob(
            key="void",
            label="Void pixels",
            values=(0, 1, 5, 10, 20, 40, 80),
            default=20,
            unit="px",
            help="A single void pixel is enough to make a class of its own.",
        ),
    ),
    live=live,
    moral="Declare the void label, drop its pixels from both sides, and report how many they were.",
    sources=(
        Source(
            title="Everingham et al.: The PASCAL visual object classes challenge, a retrospective, 2015",
            url="https://doi.org/10.1007/s11263-014-0733-5",
        ),
        Source(title="torchmetrics #1385", url="https://github.com/Lightning-AI/torchmetrics/issues/1385"),
    ),
    related=("ignore-is-not-exclude", "label-that-does-not-exist"),
    claims=(
        Claim(
            text="{{void}} void pixels are worth anything from {{sklearn:.1f}} to {{ignored:.1f}}.",
            values={
                "ignored": "1.0",
                "torchmetrics": "1.0",
                "keras": "1.0",
                "kept": ".75",
                "sklearn": ".5",
                "sklearn_labels": ".75",
                "as_zero": ".625",
                "clamped": "1.0",
                "nnunet": ".666667",
                "nnunet_ignored": "1.0",
            },
        ),
        Claim(
            text="One void pixel is a class of its own.",
            knobs={"void": 1},
            holds=lambda n: n["sklearn"] < 2 / 3 and n["kept"] > 0.97,
        ),
    ),
)
