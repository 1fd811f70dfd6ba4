"""L01: a screening test that is right for 99.9 % of the people and misses most of the sick."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data

SICK, FOUND = 7, 2


def live(*, people: int) -> Live:
    """The test with its two hits, in a town of so many people."""
    healthy = people - SICK
    data = Data.from_counts([[healthy, 0], [SICK - FOUND, FOUND]], class_names=("healthy", "sick"))
    nobody = Data.from_counts([[healthy, 0], [SICK, 0]], class_names=("healthy", "sick"))
    numbers = {
        "people": people,
        "sick": SICK,
        "found": FOUND,
        "missed": SICK - FOUND,
        "accuracy": data.score("accuracy", average="micro"),
        "nobody": nobody.score("accuracy", average="micro"),
        "precision": data.score("precision", label=1),
        "recall": data.score("recall", label=1),
        "f1": data.score("dice", label=1),
        "iou": data.score("iou", label=1),
        "balanced": data.score("recall", average="macro"),
        "mcc": data.score("mcc", label=1),
        "weighted_f1": data.like("sklearn.f1_score", average="weighted"),
        "recall_micro": data.like("torchmetrics.multiclass_recall", average="micro"),
        "recall_macro": data.like("torchmetrics.multiclass_recall", average="macro"),
    }
    bars = Bars(
        bars=(
            Bar(label="accuracy", value=numbers["accuracy"]),
            Bar(label="accuracy of “nobody is sick”", value=numbers["nobody"], tone="trivial"),
            Bar(label="weighted F1", value=numbers["weighted_f1"]),
            Bar(label="recall of the sick", value=numbers["recall"], tone="bad"),
            Bar(label="F1 of the sick", value=numbers["f1"], tone="bad"),
            Bar(label="MCC", value=numbers["mcc"], tone="bad"),
            Bar(label="balanced accuracy", value=numbers["balanced"], tone="bad"),
        )
    )
    return Live(
        numbers=numbers,
        setting=Matrix(statistics=data.statistics, unit="people"),
        outcome=bars,
        formula=r"\text{recall} = \frac{TP}{TP+FN} = \frac{ {{found}} }{ {{found}} + {{missed}} } = {{recall:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "accuracy", "average": "micro"}, number="accuracy"),
    )


LESSON = Lesson(
    number=1,
    key="accuracy-paradox",
    title="Right for nearly everyone, useless for the sick",
    group="accuracy",
    tour=1,
    libraries=("scikit-learn", "torchmetrics"),
    story="A test is tried on **{{people}}** people, {{sick}} of whom are sick. It finds {{found}} of them and alarms "
    "nobody who is healthy. Its makers print an accuracy of **{{accuracy:.1%}}** and a precision of {{precision:.1f}}.",
    trap="Accuracy counts the healthy, and they are nearly everyone. Saying “nobody is sick” scores {{nobody:.2%}} "
    "without any test.",
    question=Question(
        text="You are sick. How likely is it that this test finds you?",
        choices=("About as likely as its accuracy says", "A little better than even", "Less than one in three"),
        answer=2,
        why="It finds {{found}} of {{sick}}: recall **{{recall:.3f}}**. A recall printed as {{recall_micro:.3f}} is "
        "the same test, averaged over people (`average='micro'`) instead of over classes ({{recall_macro:.3f}}).",
    ),
    knobs=(
        Knob(
            key="people",
            label="People tested, still seven of them sick",
            values=(10, 20, 50, 100, 500, 1000, 5000, 10000),
            default=5000,
            help="Watch accuracy rise towards 1 while recall stays.",
        ),
    ),
    live=live,
    moral="Show what a trivial answer scores, and the recall of every class, beside any accuracy.",
    sources=(
        Source(
            title="Grandini, Bagli, Visani: Metrics for multi-class classification, 2020",
            url="https://arxiv.org/abs/2008.05756",
        ),
    ),
    related=("all-background", "micro-macro-weighted"),
    claims=(
        Claim(
            text="A test can be right for {{accuracy:.1%}} of the people and find {{found}} of {{sick}} sick.",
            values={
                "accuracy": ".999",
                "nobody": ".9986",
                "precision": "1.0",
                "recall": ".285714",
                "f1": ".444444",
                "iou": ".285714",
                "balanced": ".642857",
                "mcc": ".534255",
                "weighted_f1": ".998722",
                "recall_micro": ".999",
                "recall_macro": ".642857",
            },
            holds=lambda n: n["accuracy"] - n["nobody"] < 0.001,
        ),
        Claim(
            text="Accuracy depends on how many healthy people are tested, recall does not.",
            values={"accuracy": ".5", "recall": ".285714"},
            knobs={"people": 10},
        ),
    ),
)
