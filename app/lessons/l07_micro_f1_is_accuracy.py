"""L07: micro F1 is accuracy as long as every class counts, and something else without the background."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data

CLASSES = ("background", "car", "walker")
FOREGROUND = (1, 2)


def live(*, background: int) -> Live:
    """A street in which so many background pixels are right."""
    data = Data.from_counts([[background, 8, 0], [5, 10, 0], [4, 0, 1]], class_names=CLASSES)
    tp, fp, fn, _ = (sum(part) for part in zip(*(data.counts(label) for label in FOREGROUND), strict=True))
    only = {"labels": list(FOREGROUND)}
    numbers = {
        "background": background,
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "accuracy": data.score("recall", average="micro"),
        "micro": data.like("sklearn.f1_score", average="micro"),
        "macro": data.like("sklearn.f1_score", average="macro"),
        "micro_foreground": data.like("sklearn.f1_score", average="micro", **only),
        "macro_foreground": data.like("sklearn.f1_score", average="macro", **only),
        "precision_foreground": data.like("sklearn.precision_score", average="micro", **only),
        "recall_foreground": data.like("sklearn.recall_score", average="micro", **only),
    }
    bars = (
        Bar(label="accuracy", value=numbers["accuracy"], tone="trivial"),
        Bar(label="micro F1", value=numbers["micro"], note="all classes"),
        Bar(label="micro F1", value=numbers["micro_foreground"], tone="good", note="without the background"),
        Bar(label="macro F1", value=numbers["macro"], note="all classes"),
        Bar(label="macro F1", value=numbers["macro_foreground"], tone="good", note="without the background"),
    )
    return Live(
        numbers=numbers,
        setting=Matrix(statistics=data.statistics),
        outcome=Bars(bars=bars),
        formula=r"F_1 = \frac{2 \cdot {{tp}} }{2 \cdot {{tp}} + {{fp}} + {{fn}} } = {{micro_foreground:.3f}}",
        data=data,
        explore=Explore(
            settings={"formula": "dice", "average": "micro", "background": False}, number="micro_foreground"
        ),
    )


LESSON = Lesson(
    number=7,
    key="micro-f1-is-accuracy",
    title="The F1 that is accuracy",
    group="averaging",
    libraries=("scikit-learn", "torcheval", "torchmetrics"),
    story="Your micro F1 is **{{micro:.2f}}**, and so is your accuracy: with every class counted they are the same "
    "number. The background is dull, so you leave it out of the F1 with `labels=[1, 2]`.",
    trap="With every class counted, a wrong pixel is a miss of one class and a false alarm of another, and micro F1 "
    "comes down to accuracy. Leave a class out, and its hits go while its confusions with the others stay.",
    question=Question(
        text="What becomes of the micro F1?",
        choices=(
            "It stays: micro F1 is accuracy",
            "It rises a little: fewer pixels to get wrong",
            "It falls far below the accuracy",
        ),
        answer=2,
        why="The {{background}} background pixels that were right no longer count: micro F1 is "
        "**{{micro_foreground:.3f}}**, and precision ({{precision_foreground:.3f}}) and recall "
        "({{recall_foreground:.3f}}) part as well.",
    ),
    knobs=(
        Knob(
            key="background",
            label="Background pixels that are right",
            values=(0, 8, 18, 36, 72, 150, 300, 1000, 5000),
            default=72,
            unit="px",
            help="Without the background nothing moves.",
        ),
    ),
    live=live,
    moral="Say which classes a micro F1 counts; if it counts all of them, call it accuracy.",
    sources=(
        Source(title="scikit-learn #9609", url="https://github.com/scikit-learn/scikit-learn/issues/9609"),
        Source(title="scikit-learn #5710", url="https://github.com/scikit-learn/scikit-learn/issues/5710"),
    ),
    related=("micro-macro-weighted", "silent-default-switch", "background-in-the-mean"),
    claims=(
        Claim(
            text="Micro F1 is {{micro:.2f}} with all classes and {{micro_foreground:.3f}} without the background.",
            values={
                "accuracy": ".83",
                "micro": ".83",
                "macro": ".611268",
                "micro_foreground": ".564103",
                "macro_foreground": ".469697",
            },
            holds=lambda n: n["micro"] == n["accuracy"] and n["precision_foreground"] > n["recall_foreground"],
        ),
        Claim(
            text="More background raises the accuracy to {{accuracy:.3f}} and leaves the rest alone.",
            knobs={"background": 5000},
            values={"micro_foreground": ".564103", "macro_foreground": ".469697"},
            holds=lambda n: n["micro"] == n["accuracy"] > 0.99,
        ),
    ),
)
