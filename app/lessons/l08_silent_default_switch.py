"""L08: one library, one metric name, two functions with different defaults."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data

CLASSES = ("road", "car", "walker")
WALKERS = 5


def live(*, found: int) -> Live:
    """A street of a hundred pixels in which so many of five walker pixels are found."""
    data = Data.from_counts([[72, 8, 0], [5, 10, 0], [WALKERS - found, 0, found]], class_names=CLASSES)
    # torchmetrics.f1_score(task="multiclass") calls multiclass_f1_score with average="micro"; so does accuracy(...).
    numbers = {
        "walkers": WALKERS,
        "found": found,
        "f1_task": data.like("torchmetrics.multiclass_f1_score", average="micro"),
        "f1_direct": data.like("torchmetrics.multiclass_f1_score"),
        "accuracy_task": data.like("torchmetrics.multiclass_accuracy", average="micro"),
        "accuracy_direct": data.like("torchmetrics.multiclass_accuracy"),
        "jaccard": data.like("torchmetrics.multiclass_jaccard_index"),
        "torcheval": data.like("torcheval.multiclass_f1_score"),
        "mean_recall": data.score("recall", average="macro"),
        **{f"f1_{name}": data.score("dice", label=label) for label, name in enumerate(CLASSES)},
    }
    task = "task='multiclass'"
    bars = (
        Bar(label="f1_score", value=numbers["f1_task"], note=f"{task}: micro"),
        Bar(label="multiclass_f1_score", value=numbers["f1_direct"], tone="bad", note="macro"),
        Bar(label="accuracy", value=numbers["accuracy_task"], note=f"{task}: micro"),
        Bar(label="multiclass_accuracy", value=numbers["accuracy_direct"], tone="bad", note="macro: mean recall"),
        Bar(label="jaccard_index", value=numbers["jaccard"], tone="trivial", note="either way: macro"),
        Bar(label="torcheval", value=numbers["torcheval"], tone="trivial", note="multiclass_f1_score: micro"),
    )
    return Live(
        numbers=numbers,
        setting=Matrix(statistics=data.statistics),
        outcome=Bars(bars=bars),
        formula=r"\text{macro } F_1 = \frac{ {{f1_road:.3f}} + {{f1_car:.3f}} + {{f1_walker:.3f}} }{3} "
        r"= {{f1_direct:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "dice", "average": "macro"}, number="f1_direct"),
    )


LESSON = Lesson(
    number=8,
    key="silent-default-switch",
    title="Only tidying up",
    group="averaging",
    libraries=("torchmetrics", "torcheval", "scikit-learn"),
    story="torchmetrics' `f1_score(..., task='multiclass')` prints **{{f1_task:.2f}}** for this street. To tidy up, "
    "you call the function that it calls, `multiclass_f1_score(...)`, with the same pixels and no other argument.",
    trap="The short function averages over pixels unless told otherwise, the long one over classes. A change that "
    "looks like tidying swaps micro for macro without a word.",
    question=Question(
        text="What does `multiclass_f1_score` print?",
        choices=(
            "The same: one only calls the other",
            "Less: another average is its default",
            "Nothing: `average` must be given",
        ),
        answer=1,
        why="**{{f1_direct:.3f}}**, the mean of the classes. `accuracy` and `multiclass_accuracy` part in the same way "
        "({{accuracy_task:.2f}}, {{accuracy_direct:.3f}}), while both Jaccard indices give {{jaccard:.3f}}. torcheval "
        "prints {{torcheval:.2f}}; scikit-learn refuses until you choose.",
    ),
    knobs=(
        Knob(
            key="found",
            label="Walker pixels that are found, of five",
            values=tuple(range(WALKERS + 1)),
            default=1,
            help="The rarer the class, the further the two defaults part.",
        ),
    ),
    live=live,
    moral="Write the average into every call, and beside every number.",
    sources=(
        Source(title="torchmetrics #2047", url="https://github.com/Lightning-AI/torchmetrics/issues/2047"),
        Source(title="torchmetrics #2280", url="https://github.com/Lightning-AI/torchmetrics/issues/2280"),
        Source(title="hi-ml #671", url="https://github.com/microsoft/hi-ml/pull/671"),
    ),
    related=("micro-macro-weighted", "micro-f1-is-accuracy"),
    claims=(
        Claim(
            text="F1 is {{f1_task:.2f}} or {{f1_direct:.3f}}, by the name of the function.",
            values={
                "f1_task": ".83",
                "f1_direct": ".611268",
                "accuracy_task": ".83",
                "accuracy_direct": ".588889",
                "mean_recall": ".588889",
                "jaccard": ".481257",
                "torcheval": ".83",
            },
            holds=lambda n: n["f1_task"] - n["f1_direct"] > 0.2,
        ),
    ),
)
