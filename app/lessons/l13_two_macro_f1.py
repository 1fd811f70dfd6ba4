"""L13: the mean of the F1s, and the F1 of the means."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data

RARE = 10


def live(*, common: int) -> Live:
    """So many common pixels, of which all but a tenth are called rare, and ten rare ones, all found."""
    right = common // 10
    data = Data.from_counts([[right, common - right], [0, RARE]], class_names=("common", "rare"))
    precision, recall = data.score("precision"), data.score("recall")
    numbers = {
        "common": common,
        "wrong": common - right,
        "rare": RARE,
        "precision_common": data.score("precision", label=0),
        "precision_rare": data.score("precision", label=1),
        "recall_common": data.score("recall", label=0),
        "recall_rare": data.score("recall", label=1),
        "f1_common": data.score("dice", label=0),
        "f1_rare": data.score("dice", label=1),
        "precision": precision,
        "recall": recall,
        "averaged": data.score("dice"),
        "of_averages": 2 * precision * recall / (precision + recall),
    }
    bars = (
        Bar(label="F1 of the averages", value=numbers["of_averages"], tone="bad", note="mean precision, mean recall"),
        Bar(label="mean of the F1s", value=numbers["averaged"], tone="good", note="each class's own F1"),
        Bar(label="F1, common", value=numbers["f1_common"], tone="trivial"),
        Bar(label="F1, rare", value=numbers["f1_rare"], tone="trivial"),
    )
    return Live(
        numbers=numbers,
        setting=Matrix(statistics=data.statistics),
        outcome=Bars(bars=bars),
        formula=r"\begin{aligned} \overline{F_1} &= \frac{ {{f1_common:.3f}} + {{f1_rare:.3f}} }{2} = {{averaged:.3f}}"
        r" \\[4pt] F_1(\bar P, \bar R) &= \frac{2 \cdot {{precision:.3f}} \cdot {{recall:.3f}} }"
        r"{ {{precision:.3f}} + {{recall:.3f}} } = {{of_averages:.3f}} \end{aligned}",
        data=data,
        explore=Explore(settings={"formula": "dice"}, number="averaged"),
    )


LESSON = Lesson(
    number=13,
    key="two-macro-f1",
    title="Two numbers called macro F1",
    group="averaging",
    libraries=("scikit-learn", "any"),
    story="{{common}} pixels are common, {{rare}} are rare. The model calls nearly everything rare: it finds every "
    "rare pixel and gets {{wrong}} common ones wrong.",
    trap="Precision and recall of a class make its F1 small when either is small. Averaged over classes first, the bad "
    "precision of one class and the bad recall of another are both covered by their better halves.",
    question=Question(
        text="Neither class has an F1 above {{f1_rare:.2f}}. How large can a “macro F1” be that a paper reports?",
        choices=(
            "At most as large as the better class",
            "More than twice the better class",
            "Exactly the mean of the two, by definition",
        ),
        answer=1,
        why="The mean of the two F1s is **{{averaged:.3f}}**. Mean precision is {{precision:.3f}} and mean recall "
        "{{recall:.3f}}; their harmonic mean, **{{of_averages:.3f}}**, is called macro F1 as well.",
    ),
    knobs=(
        Knob(
            key="common",
            label="Common pixels",
            values=(10, 20, 50, 90, 200, 500, 1000, 5000),
            default=90,
            unit="px",
            help="The more one-sided the data, the further the two part.",
        ),
    ),
    live=live,
    moral="Average the F1s of the classes, and say so; libraries do, spreadsheets often do not.",
    sources=(Source(title="Opitz, Burst: Macro F1 and macro F1, 2019", url="https://arxiv.org/abs/1911.03347"),),
    related=("micro-macro-weighted", "dice-and-iou-rank"),
    claims=(
        Claim(
            text="One matrix, two macro F1s: {{averaged:.3f}} and {{of_averages:.3f}}.",
            values={
                "precision_common": "1",
                "precision_rare": ".10989",
                "recall_common": ".1",
                "recall_rare": "1",
                "f1_common": ".181818",
                "f1_rare": ".19802",
                "averaged": ".189919",
                "of_averages": ".552461",
            },
            holds=lambda n: n["of_averages"] > 2 * max(n["f1_common"], n["f1_rare"]),
        ),
    ),
)
