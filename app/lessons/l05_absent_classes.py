"""L05: a perfect prediction of two classes, and eight classes that are nowhere to be seen."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data


def live(*, classes: int) -> Live:
    """Two classes predicted perfectly, in a label set of so many."""
    names = ("road", "car", *(f"class {label}" for label in range(2, classes)))
    table = [[50 * (row == column and row < 2) for column in range(classes)] for row in range(classes)]
    data = Data.from_counts(table, class_names=names)
    labels = list(range(classes))
    each = data.like_each("torchmetrics.multiclass_recall", average="none")
    numbers = {
        "classes": classes,
        "absent": classes - 2,
        "counted_as_zero": data.score("recall", average="macro", zero_division=0.0),
        "left_out": data.score("recall", average="macro"),
        "torchmetrics": data.like("torchmetrics.multiclass_recall", average="macro"),
        "torchmetrics_mean": sum(each) / len(each),
        "sklearn": data.like("sklearn.recall_score", average="macro"),
        "sklearn_labels": data.like("sklearn.recall_score", average="macro", labels=labels),
        "sklearn_labels_one": data.like("sklearn.recall_score", average="macro", labels=labels, zero_division=1),
        "smp": data.like("smp.recall", reduction="macro"),
        "smp_zero": data.like("smp.recall", reduction="macro", zero_division=0),
        "elektronn3": data.like("elektronn3.recall"),
    }
    bars = (
        Bar(label="torchmetrics", value=numbers["torchmetrics"], note="average='macro'"),
        Bar(label="torchmetrics", value=numbers["torchmetrics_mean"], note="average='none', then .mean()", tone="bad"),
        Bar(label="scikit-learn", value=numbers["sklearn"], note="average='macro'"),
        Bar(label="scikit-learn", value=numbers["sklearn_labels"], note="… with labels=range(C)", tone="bad"),
        Bar(label="smp", value=numbers["smp"], note="reduction='macro'"),
        Bar(label="smp", value=numbers["smp_zero"], note="… with zero_division=0", tone="bad"),
        Bar(label="elektronn3", value=numbers["elektronn3"], note="recall, the mean of all classes"),
    )
    return Live(
        numbers=numbers,
        setting=Matrix(statistics=Data.from_counts([[50, 0], [0, 50]], class_names=names[:2]).statistics),
        outcome=Bars(bars=bars),
        formula=r"\frac{1 + 1}{2} = {{left_out:.1f}} \qquad\text{or}\qquad "
        r"\frac{1 + 1 + {{absent}} \cdot 0}{ {{classes}} } = {{counted_as_zero:.2f}}",
        data=data,
        explore=Explore(settings={"formula": "recall", "average": "macro", "zero": "0"}, number="counted_as_zero"),
    )


LESSON = Lesson(
    number=5,
    key="absent-classes",
    title="Marked down for what was not there",
    group="absent",
    tour=4,
    libraries=("torchmetrics", "scikit-learn", "segmentation_models_pytorch", "elektronn3", "torcheval"),
    story="The label set has **{{classes}}** classes. This image shows two of them, and the model gets every "
    "pixel right.",
    trap="The recall of a class that does not occur is zero over zero. Whether that is left out, counted as zero or "
    "counted as one is decided by a default that few have read.",
    question=Question(
        text="What is the macro recall of this perfect prediction?",
        choices=(
            "One, in every library",
            "Two classes of {{classes}}, in every library",
            "One or the other, depending on the call",
        ),
        answer=2,
        why="Left out, the {{absent}} absent classes cost nothing: **{{left_out:.1f}}**. Counted as zero they leave "
        "**{{counted_as_zero:.2f}}**. The same library gives both, depending on an argument.",
    ),
    knobs=(Knob(key="classes", label="Classes in the label set", values=(3, 4, 5, 8, 10, 20, 50), default=10),),
    live=live,
    moral="Average over the classes that are present, say how many they were, and never mix in zeros for the others.",
    sources=(
        Source(
            title="torchmetrics #1693: a class that is absent in the macro mean",
            url="https://github.com/Lightning-AI/torchmetrics/issues/1693",
        ),
    ),
    related=("one-empty-image", "micro-macro-weighted"),
    claims=(
        Claim(
            text="Two perfect classes of {{classes}} score {{left_out:.1f}} or {{counted_as_zero:.1f}}.",
            values={
                "torchmetrics": "1.0",
                "torchmetrics_mean": ".2",
                "sklearn": "1.0",
                "sklearn_labels": ".2",
                "sklearn_labels_one": "1.0",
                "smp": "1.0",
                "smp_zero": ".2",
                "elektronn3": "nan",
                "counted_as_zero": ".2",
            },
        ),
    ),
)
