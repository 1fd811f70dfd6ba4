"""L50: a mask in one channel, and the same mask as two classes."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Matrix
from app.lessons.scenario import Data

OBJECT, FALSE_ALARMS = 4, 3


def live(*, background: int) -> Live:
    """An object that is all found, false alarms, and so many pixels of background."""
    data = Data.from_counts([[background - FALSE_ALARMS, FALSE_ALARMS], [0, OBJECT]])
    numbers = {
        "object": OBJECT,
        "false_alarms": FALSE_ALARMS,
        "background": background,
        "binary": data.like_each("sklearn.f1_score", average=None)[1],
        "other": data.like_each("sklearn.f1_score", average=None)[0],
        "macro": data.like("sklearn.f1_score", average="macro"),
        "micro": data.like("sklearn.f1_score", average="micro"),
        "weighted": data.like("sklearn.f1_score", average="weighted"),
    }
    bars = (
        Bar(label="one channel", value=numbers["binary"], tone="good", note="average='binary'"),
        Bar(label="two classes, macro", value=numbers["macro"], tone="bad", note="mean of object and background"),
        Bar(label="two classes, micro", value=numbers["micro"], tone="bad", note="accuracy by another name"),
        Bar(label="two classes, weighted", value=numbers["weighted"], tone="bad", note="mostly background"),
    )
    return Live(
        numbers=numbers,
        setting=Matrix(statistics=data.statistics),
        outcome=Bars(bars=bars),
        formula=r"\text{macro} = \frac{ {{binary:.3f}} + {{other:.3f}} }{2} = {{macro:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "dice", "average": "macro"}, number="macro"),
    )


LESSON = Lesson(
    number=50,
    key="one-or-two-channels",
    title="One channel or two",
    group="averaging",
    libraries=("scikit-learn", "torchmetrics", "segmentation_models_pytorch", "Keras"),
    story="An object of {{object}} pixels, all found, {{false_alarms}} false alarms, and {{background}} pixels of "
    "background. With one output channel F1 is **{{binary:.3f}}**. You switch to two channels, one for each class.",
    trap="With one channel the library scores the object; with two it scores the background as well and averages. The "
    "more background there is, the better every average looks.",
    question=Question(
        text="The mask is the same to the last pixel. Which average gives the same F1 as before?",
        choices=("Macro", "Micro", "Weighted", "None of them"),
        answer=3,
        why="Macro gives {{macro:.3f}}, micro {{micro:.3f}}, weighted {{weighted:.3f}}, against **{{binary:.3f}}** for "
        "the object. The old number is there only as the entry of class one.",
    ),
    knobs=(
        Knob(
            key="background",
            label="Pixels of background",
            values=(4, 6, 8, 10, 14, 20, 36, 60, 96),
            default=6,
            unit="px",
            help="The object's F1 never moves.",
        ),
    ),
    live=live,
    moral="With two channels ask for the object's own score, not for an average that holds the background.",
    sources=(
        Source(
            title="scikit-learn: f1_score, its option average",
            url="https://scikit-learn.org/stable/modules/generated/sklearn.metrics.f1_score.html",
        ),
    ),
    related=("micro-macro-weighted", "all-background"),
    claims=(
        Claim(
            text="One mask has an F1 of {{binary:.3f}}, {{macro:.3f}}, {{micro:.3f}} or {{weighted:.3f}}.",
            values={"binary": ".727273", "macro": ".69697", "micro": ".7", "weighted": ".690909"},
        ),
        Claim(
            text="With more background every average rises, the object's score does not.",
            knobs={"background": 96},
            values={"binary": ".727273"},
            holds=lambda n: min(n["macro"], n["micro"], n["weighted"]) > n["binary"],
        ),
    ),
)
