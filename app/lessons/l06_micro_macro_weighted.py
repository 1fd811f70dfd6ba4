"""L06: three averages of the same three classes, and an F1 outside of its own precision and recall."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data

CLASSES = ("road", "car", "walker")
WALKERS = 5


def live(*, found: int) -> Live:
    """A street of a hundred pixels in which so many of five walker pixels are found."""
    data = Data.from_counts([[72, 8, 0], [5, 10, 0], [WALKERS - found, 0, found]], class_names=CLASSES)
    numbers = {
        "walkers": WALKERS,
        "found": found,
        **{f"iou_{name}": data.score("iou", label=label) for label, name in enumerate(CLASSES)},
        **{f"iou_{each}": data.score("iou", average=each) for each in ("micro", "macro", "weighted")},
        **{f"f1_{each}": data.like("sklearn.f1_score", average=each) for each in ("micro", "macro", "weighted")},
        **{f"f1_{name}": data.score("dice", label=label) for label, name in enumerate(CLASSES)},
        "precision_weighted": data.like("sklearn.precision_score", average="weighted", zero_division=0),
        "recall_weighted": data.like("sklearn.recall_score", average="weighted"),
        "accuracy": data.score("recall", average="micro"),
        "balanced": data.like("sklearn.balanced_accuracy_score"),
    }
    bars = (
        Bar(label="weighted IoU", value=numbers["iou_weighted"], note="each class as often as it occurs"),
        Bar(label="micro IoU", value=numbers["iou_micro"], note="all pixels in one pot"),
        Bar(label="macro IoU", value=numbers["iou_macro"], tone="good", note="each class once"),
        *(Bar(label=f"IoU, {name}", value=numbers[f"iou_{name}"], tone="trivial") for name in CLASSES),
    )
    return Live(
        numbers=numbers,
        setting=Matrix(statistics=data.statistics),
        outcome=Bars(bars=bars),
        formula=r"\text{macro} = \frac{ {{iou_road:.3f}} + {{iou_car:.3f}} + {{iou_walker:.3f}} }{3} "
        r"= {{iou_macro:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "iou", "average": "macro"}, number="iou_macro"),
    )


LESSON = Lesson(
    number=6,
    key="micro-macro-weighted",
    title="Three averages, three stories",
    group="averaging",
    tour=3,
    libraries=("scikit-learn", "torchmetrics", "segmentation_models_pytorch"),
    story="A street scene with much road, some car and a few walkers. Of {{walkers}} walker pixels the model finds "
    "**{{found}}**.",
    trap="Micro and weighted averages count pixels, so the largest class speaks for all of them. Only the macro "
    "average gives the walkers a third of the say.",
    question=Question(
        text="Which average of the IoU shows the missed walkers most?",
        choices=(
            "Micro: all pixels in one pot",
            "Macro: the mean of the classes",
            "Weighted by the size of the classes",
        ),
        answer=1,
        why="Micro says {{iou_micro:.3f}}, weighted {{iou_weighted:.3f}}, macro **{{iou_macro:.3f}}**. Micro F1 is "
        "plain accuracy, {{f1_micro:.2f}}; and weighted F1 ({{f1_weighted:.3f}}) need not even lie between weighted "
        "precision ({{precision_weighted:.3f}}) and weighted recall ({{recall_weighted:.3f}}).",
    ),
    knobs=(
        Knob(
            key="found",
            label="Walker pixels that are found",
            values=tuple(range(WALKERS + 1)),
            default=1,
            help="Macro moves at once, micro and weighted hardly.",
        ),
    ),
    live=live,
    moral="Say which average it is, and report the classes beside it; for rare classes that matter, use macro.",
    sources=(
        Source(
            title="scikit-learn user guide: from binary to multiclass",
            url="https://scikit-learn.org/stable/modules/model_evaluation.html#average",
        ),
    ),
    related=("accuracy-paradox", "absent-classes"),
    claims=(
        Claim(
            text="One confusion matrix, IoU from {{iou_macro:.3f}} to {{iou_weighted:.3f}}.",
            values={
                "iou_road": ".808989",
                "iou_car": ".434783",
                "iou_walker": ".2",
                "iou_micro": ".709402",
                "iou_macro": ".481257",
                "iou_weighted": ".722408",
                "f1_road": ".89441",
                "f1_car": ".606061",
                "f1_walker": ".333333",
                "f1_micro": ".83",
                "f1_macro": ".611268",
                "f1_weighted": ".823104",
                "precision_weighted": ".844444",
                "recall_weighted": ".83",
                "accuracy": ".83",
                "balanced": ".588889",
            },
            holds=lambda n: n["f1_weighted"] < min(n["precision_weighted"], n["recall_weighted"]),
        ),
    ),
)
