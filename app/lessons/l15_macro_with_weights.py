"""L15: equal class weights turn a perfect macro score into one over the number of classes."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data

PIXELS = 50
REDUCTIONS = ("macro", "weighted", "macro-imagewise", "weighted-imagewise")


def live(*, classes: int) -> Live:
    """A perfect prediction of so many classes."""
    table = [[PIXELS * (row == column) for column in range(classes)] for row in range(classes)]
    data = Data.from_counts(table, class_names=[f"class {label}" for label in range(classes)])
    weights = {"class_weights": [1.0] * classes}
    unweighted = data.like("smp.iou_score", reduction="macro")
    weighted = {name: data.like("smp.iou_score", reduction=name, **weights) for name in REDUCTIONS}
    bars = (
        Bar(label="macro", value=unweighted, tone="good", note="no class_weights"),
        *(
            Bar(label=name, value=value, tone="bad" if value < 1 else "good", note="class_weights=[1, 1, …]")
            for name, value in weighted.items()
        ),
    )
    return Live(
        numbers={
            "classes": classes,
            "core": data.score("iou"),
            "unweighted": unweighted,
            **{name.replace("-", "_"): value for name, value in weighted.items()},
        },
        setting=Matrix(statistics=data.statistics),
        outcome=Bars(bars=bars),
        formula=r"\frac{1}{C} \sum_c \frac{w_c}{\sum w} \cdot \text{IoU}_c = \frac{1}{ {{classes}} } \cdot 1 "
        r"= {{macro:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "iou", "average": "macro"}, number="core"),
    )


LESSON = Lesson(
    number=15,
    key="macro-with-weights",
    title="Weights that are all the same",
    group="averaging",
    libraries=("segmentation_models_pytorch",),
    story="**{{classes}}** classes, every pixel right. You call segmentation_models_pytorch's "
    "`iou_score(..., reduction='macro')` and pass `class_weights` that are all the same.",
    trap="The weights are first scaled to add up to one, and then a plain mean divides by the number of classes once "
    "more. Any weights do this, equal ones too, in three of the four reductions that take them.",
    question=Question(
        text="What IoU does this print?",
        choices=(
            "One: equal weights change nothing",
            "An error: a macro mean takes no weights",
            "One divided by the number of classes",
        ),
        answer=2,
        why="**{{macro:.3f}}**; without weights it is {{unweighted:.1f}}. Only `reduction='weighted'` treats them as "
        "weights ({{weighted:.1f}}); `weighted-imagewise` does not ({{weighted_imagewise:.3f}}).",
    ),
    knobs=(
        Knob(
            key="classes",
            label="Classes, all perfect",
            values=(2, 3, 4, 5, 8, 10, 12, 15),
            default=2,
            help="The more classes, the lower the perfect score.",
        ),
    ),
    live=live,
    moral="Score a perfect prediction once with your exact call; anything but one is a bug to find.",
    sources=(
        Source(
            title="segmentation_models.pytorch #659: the repair of one of them",
            url="https://github.com/qubvel-org/segmentation_models.pytorch/pull/659",
        ),
    ),
    related=("micro-macro-weighted", "absent-classes"),
    claims=(
        Claim(
            text="A perfect prediction of two classes scores {{macro:.1f}}.",
            values={
                "unweighted": "1.0",
                "macro": ".5",
                "weighted": "1.0",
                "macro_imagewise": ".5",
                "weighted_imagewise": ".5",
            },
        ),
        Claim(
            text="With {{classes}} classes it is {{macro:.2f}}.",
            knobs={"classes": 10},
            values={"macro": ".1", "weighted": "1.0"},
        ),
    ),
)
