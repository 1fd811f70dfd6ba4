"""L43: F1 does not see true negatives, so it depends on which class is called positive."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data

TP, FN, FP = 90, 5, 4


def live(*, negatives: int) -> Live:
    """So many true negatives beside ninety true positives."""
    data = Data.from_counts([[negatives, FP], [FN, TP]], class_names=("negative", "positive"))
    numbers = {
        "tp": TP,
        "fn": FN,
        "fp": FP,
        "tn": negatives,
        "accuracy": data.score("recall", average="micro"),
        "f1": data.score("dice", label=1),
        "f1_swapped": data.score("dice", label=0),
        "macro": data.score("dice"),
        "mcc": data.score("mcc", label=1),
        "mcc_swapped": data.score("mcc", label=0),
        "kappa": data.score("kappa", label=1),
        "balanced": data.score("recall"),
    }
    bars = (
        Bar(label="F1 of positive", value=numbers["f1"], tone="bad"),
        Bar(label="accuracy", value=numbers["accuracy"], tone="bad"),
        Bar(label="F1 of negative", value=numbers["f1_swapped"]),
        Bar(label="macro F1", value=numbers["macro"]),
        Bar(label="balanced accuracy", value=numbers["balanced"]),
        Bar(label="MCC", value=numbers["mcc"], tone="good", note="the same for either class"),
        Bar(label="kappa", value=numbers["kappa"]),
    )
    return Live(
        numbers=numbers,
        setting=Matrix(statistics=data.statistics),
        outcome=Bars(bars=bars),
        formula=r"F_1 = \frac{2 \cdot {{tp}} }{2 \cdot {{tp}} + {{fp}} + {{fn}} } = {{f1:.3f}} \qquad "
        r"TN = {{tn}}\ \text{is not in it}",
        data=data,
        explore=Explore(settings={"formula": "dice", "background": False}, number="f1"),
    )


LESSON = Lesson(
    number=43,
    key="blind-to-true-negatives",
    title="F1 never looks at what is rightly left alone",
    group="accuracy",
    libraries=("scikit-learn", "torchmetrics", "any"),
    story="Most of the data are positive. The model finds {{tp}} of them, misses {{fn}}, and calls {{fp}} negatives "
    "positive; only **{{tn}}** negative is recognised.",
    trap="F1 is made of true positives, false positives and false negatives; true negatives are not in it. Where the "
    "positive class is the common one, it looks splendid while the other class is lost.",
    question=Question(
        text="F1 is {{f1:.3f}}. What is it when the other class is called positive?",
        choices=("The same: it is one confusion matrix", "About the same as the accuracy", "Less than a fifth of it"),
        answer=2,
        why="F1 of the negatives is **{{f1_swapped:.3f}}**. MCC is {{mcc:.3f}} whichever class is called positive: it "
        "looks at all four cells.",
    ),
    knobs=(
        Knob(
            key="negatives",
            label="True negatives",
            values=(0, 1, 2, 5, 10, 20, 50, 100, 500),
            default=1,
            unit="px",
            help="F1 of the positives does not move at all.",
        ),
    ),
    live=live,
    moral="Name the class whose F1 you report, and show MCC or the other class beside it.",
    sources=(
        Source(
            title="Chicco, Jurman: The advantages of MCC over F1 and accuracy, BMC Genomics 2020",
            url="https://doi.org/10.1186/s12864-019-6413-7",
        ),
    ),
    related=("accuracy-paradox", "two-macro-f1"),
    claims=(
        Claim(
            text="An F1 of {{f1:.3f}} hides one of {{f1_swapped:.3f}}.",
            values={
                "accuracy": ".91",
                "f1": ".952381",
                "f1_swapped": ".181818",
                "macro": ".56710",
                "mcc": ".135242",
                "kappa": ".134615",
                "balanced": ".573684",
            },
            holds=lambda n: abs(n["mcc"] - n["mcc_swapped"]) < 1e-12,
        ),
        Claim(text="F1 stays as true negatives come in.", knobs={"negatives": 500}, values={"f1": ".952381"}),
    ),
)
