"""L29: ten pixels in a row, and six numbers called average precision."""

import math

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Line, Lines
from app.lessons.scenario import Data

SCORES = tuple(1 - place / 10 for place in range(10))
RANKINGS = {"first wrong": "0110100100", "first right": "1010010000", "all on top": "1111000000", "last": "0000001111"}
BARS = {
    "steps": ("steps", "scikit-learn, torchmetrics, torcheval"),
    "trapezoid": ("trapezoids", "auc(recall, precision)"),
    "keras": ("thresholds", "keras.AUC(curve='PR')"),
    "best": ("best at each recall", "PASCAL VOC of 2010"),
    "eleven": ("eleven recalls", "PASCAL VOC of 2007"),
    "hundred": ("hundred and one recalls", "COCO"),
}
ROWS = {
    "steps": "steps",
    "trapezoid": "trapezoids",
    "keras": "200 thresholds",
    "best": "best at each recall",
    "eleven": "11 recalls",
    "hundred": "101 recalls",
}


def live(*, ranking: str) -> Live:
    """Ten pixels from the highest score down, some of them positive."""
    labels = [int(sign) for sign in RANKINGS[ranking]]
    data = Data.from_scores(labels, SCORES)
    areas = mc.compare_curves(data.target, data.given_scores, num_classes=2)
    by_name = {row.name: row.values[1] for row in areas if row.topic.startswith("How is precision averaged")}
    curve = mc.precision_recall_curve(data.target, data.given_scores, num_classes=2)[1]
    numbers = {
        **{name: by_name[row] for name, row in ROWS.items()},
        "auroc": float(mc.auroc(data.target, data.given_scores, num_classes=2)[1]),
        "positives": curve.positives,
        "pixels": len(labels),
    }
    numbers["spread"] = max(numbers[name] for name in ROWS) - min(numbers[name] for name in ROWS)
    hits = [place for place, label in enumerate(labels, 1) if label]
    terms = " + ".join(rf"\frac{{{count}}}{{{place}}}" for count, place in enumerate(hits, 1))
    frame = Lines(
        lines=(
            Line(
                name="precision, each score a point", x=curve.recall.tolist(), y=curve.precision.tolist(), style="steps"
            ),
        ),
        x_label="recall",
        y_label="precision",
        y_range=(0.0, 1.05),
    )
    return Live(
        numbers=numbers,
        setting=frame,
        outcome=Bars(bars=tuple(Bar(label=BARS[n][0], value=numbers[n], note=BARS[n][1]) for n in ROWS)),
        formula=rf"\text{{steps}} = \frac{{1}}{{ {{{{positives}}}} }} \left( {terms} \right) = {{{{steps:.3f}}}}",
        data=data,
    )


LESSON = Lesson(
    number=29,
    key="average-precisions",
    title="One ranking, six average precisions",
    group="curves",
    libraries=("scikit-learn", "torchmetrics", "torcheval", "Keras", "MetricsReloaded"),
    story="{{pixels}} pixels are sorted by score, {{positives}} of them positive. The curve through them is on the "
    "right. A paper reports its average precision.",
    trap="A precision-recall curve is a set of points, and the area depends on what one draws between them. Steps, "
    "straight lines, upper envelopes and grids of recalls are all in use under the same name.",
    question=Question(
        text="How many different numbers do tools in wide use give for this one curve?",
        choices=("One: an area is an area", "Two: with steps or with straight lines", "Five or more"),
        answer=2,
        why="Steps give {{steps:.3f}}, straight lines {{trapezoid:.3f}}, Keras {{keras:.3f}}, and the challenges' "
        "rules {{eleven:.3f}}, {{hundred:.3f}} and {{best:.3f}}. The spread is **{{spread:.3f}}**, more than many "
        "papers gain.",
    ),
    knobs=(
        Knob(
            key="ranking",
            label="Where the positives are",
            values=tuple(RANKINGS),
            default="first wrong",
            help="Only a perfect ranking makes them agree.",
        ),
    ),
    live=live,
    moral="Name the rule beside an average precision, and compare only numbers that were made by the same one.",
    sources=(
        Source(
            title="Davis, Goadrich: The relationship between precision-recall and ROC curves, 2006",
            url="https://doi.org/10.1145/1143844.1143874",
        ),
        Source(title="scikit-learn #4577", url="https://github.com/scikit-learn/scikit-learn/issues/4577"),
    ),
    related=("constant-score", "rare-roc-and-pr"),
    claims=(
        Claim(
            text="One ranking has average precisions from {{trapezoid:.3f}} to {{eleven:.3f}}.",
            values={
                "steps": ".566667",
                "trapezoid": ".461905",
                "keras": ".480244",
                "eleven": ".609091",
                "hundred": ".608911",
                "best": ".608333",
                "auroc": ".666667",
            },
        ),
        Claim(
            text="Another ranking has others.",
            knobs={"ranking": "first right"},
            values={
                "steps": ".722222",
                "trapezoid": ".677778",
                "keras": ".682523",
                "eleven": ".727273",
                "hundred": ".722772",
                "best": ".722222",
            },
        ),
        Claim(
            text="They agree on a perfect ranking.",
            knobs={"ranking": "all on top"},
            holds=lambda n: math.isclose(n["spread"], 0, abs_tol=1e-6),
        ),
    ),
)
