"""L56: a class that nobody has, predicted once, and counted against you for good."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data

CLASSES = 4
SMALL_BETA = 0.25


def live(*, last: int) -> Live:
    """Four pixels of three classes; the last one is predicted as this class."""
    names = tuple(f"class {label}" for label in range(CLASSES))
    data = Data.from_masks([0, 1, 2, 2], [0, 1, 2, last], class_names=names)
    numbers = {
        "classes": CLASSES,
        "last": last,
        "accuracy": data.score("recall", average="micro"),
        "tm_accuracy": data.like("torchmetrics.multiclass_accuracy"),
        "balanced": data.score("recall", average="macro", kept_classes="target"),
        "precision": data.like("torchmetrics.multiclass_precision", average="macro"),
        "recall": data.like("torchmetrics.multiclass_recall", average="macro"),
        "f1": data.like("torchmetrics.multiclass_f1_score", average="macro"),
        "fbeta": data.like("torchmetrics.multiclass_fbeta_score", average="macro", beta=SMALL_BETA),
        "beta": SMALL_BETA,
        "core_recall": data.score("recall", average="macro", zero_division=0.0),
    }
    bars = (
        Bar(label="accuracy", value=numbers["accuracy"], note="micro: three of four pixels"),
        Bar(label="multiclass_accuracy", value=numbers["tm_accuracy"], note="torchmetrics' default: macro", tone="bad"),
        Bar(label="balanced accuracy", value=numbers["balanced"], note="classes of the target only"),
        Bar(label="macro precision", value=numbers["precision"]),
        Bar(label="macro recall", value=numbers["recall"]),
        Bar(label="macro F1", value=numbers["f1"]),
    )
    return Live(
        numbers=numbers,
        setting=Matrix(statistics=data.statistics),
        outcome=Bars(bars=bars),
        formula=r"\text{macro recall} = {{recall:.3f}} \qquad \text{accuracy} = {{accuracy:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "recall", "average": "micro"}, number="accuracy"),
    )


LESSON = Lesson(
    number=56,
    key="seed-examples",
    title="Predicted once, counted as a class",
    group="absent",
    libraries=("torchmetrics", "scikit-learn"),
    story="Four pixels of classes zero, one, two and two. The model gets three right and calls the last one "
    "class {{last}}. Plain accuracy is {{accuracy:.2f}}.",
    trap="A class that is absent from the target but predicted once has no recall, yet the mean over classes now "
    "counts it as zero. One wrong pixel costs more if it invents a class than if it confuses two.",
    question=Question(
        text="What does torchmetrics' `multiclass_accuracy` say by default?",
        choices=("The same as plain accuracy", "Less", "More"),
        answer=1,
        why="It averages over classes: {{tm_accuracy:.3f}}, with the invented class counted as zero. Over the classes "
        "of the target alone it would be {{balanced:.3f}}, and plain accuracy is {{accuracy:.3f}}.",
    ),
    knobs=(
        Knob(
            key="last",
            label="The last pixel is called",
            values=tuple(range(CLASSES)),
            default=CLASSES - 1,
            words={label: f"class {label}" for label in range(CLASSES)},
            help="The fourth class occurs nowhere in the target.",
        ),
    ),
    live=live,
    moral="Ask over which classes a mean goes: those of the target, those predicted, or all that there are.",
    sources=(
        Source(
            title="torchmetrics: multiclass accuracy",
            url="https://lightning.ai/docs/torchmetrics/stable/classification/accuracy.html",
        ),
    ),
    related=("absent-classes", "micro-macro-weighted"),
    claims=(
        Claim(
            text="One invented class makes {{accuracy:.2f}} into {{tm_accuracy:.3f}}.",
            values={
                "precision": ".75",
                "recall": ".625",
                "core_recall": ".625",
                "f1": ".666667",
                "fbeta": ".736111",
                "accuracy": ".75",
                "tm_accuracy": ".625",
            },
        ),
        Claim(
            text="Confusing two classes that exist costs less.",
            knobs={"last": 1},
            holds=lambda n: n["tm_accuracy"] > 0.8,
        ),
    ),
)
