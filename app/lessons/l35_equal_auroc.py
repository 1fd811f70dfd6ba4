"""L35: two models of the same AUROC, one of which is of use."""

from __future__ import annotations

import math

import numpy as np

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Table
from app.lessons.scenario import Data

# Score and number of the positives, then of the negatives.
MODELS = {
    "a": (((0.95, 50), (0.05, 50)), ((0.5, 100),)),
    "b": (((0.5, 100),), ((0.95, 50), (0.05, 50))),
}
BUDGETS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


def scored(model: str) -> Data:
    """The pixels of a model."""
    groups = [
        (score, number, label) for label, part in zip((1, 0), MODELS[model], strict=True) for score, number in part
    ]
    sizes = [number for _, number, _ in groups]
    return Data.from_scores(
        np.repeat([label for _, _, label in groups], sizes), np.repeat([score for score, _, _ in groups], sizes)
    )


def partial_area(curve: mc.Curve, budget: float) -> float:
    """Area under the ROC curve up to a false positive rate: one half is chance, one is perfect (McClish, 1989)."""
    x, y = curve.false_positive_rate.numpy(), curve.true_positive_rate.numpy()
    if not budget:
        return math.nan
    inside = x < budget
    area = np.trapezoid([*y[inside], np.interp(budget, x, y)], [*x[inside], budget])
    chance = budget**2 / 2
    return float((1 + (area - chance) / (budget - chance)) / 2)


def live(*, budget: float) -> Live:
    """What both models find with so many false alarms."""
    numbers: dict[str, float | int | str] = {"budget": budget, "pixels": sum(n for _, n in MODELS["b"][0])}
    lines: list[Line] = []
    for model in MODELS:
        data = scored(model)
        curve = mc.roc_curve(data.target, data.given_scores, num_classes=2)[1]
        area = mc.curve_areas(data.target, data.given_scores, num_classes=2)
        x, y = curve.false_positive_rate.tolist(), curve.true_positive_rate.tolist()
        numbers[f"auroc_{model}"] = float(area.auroc[1])
        numbers[f"ap_{model}"] = float(area.average_precision[1])
        numbers[f"recall_{model}"] = max(recall for rate, recall in zip(x, y, strict=True) if rate <= budget)
        numbers[f"pauc_{model}"] = partial_area(curve, budget)
        lines.append(Line(name=model.upper(), x=x, y=y, style="line" if model == "a" else "dashed"))
    rows = [
        (model.upper(), truth, str(number), f"{score:g}")
        for model, parts in MODELS.items()
        for truth, part in zip(("positive", "negative"), parts, strict=True)
        for score, number in part
    ]
    return Live(
        numbers=numbers,
        setting=Table(columns=("model", "target", "pixels", "score"), rows=rows, numbers=(2, 3)),
        outcome=Lines(lines=lines, x_label="false positive rate", y_label="recall", y_range=(0.0, 1.05), cursor=budget),
        formula=r"\text{recall at FPR} \le {{budget:g}}: \qquad A = {{recall_a:.2f}} \qquad B = {{recall_b:.2f}}",
        data=scored("a"),
    )


LESSON = Lesson(
    number=35,
    key="equal-auroc",
    title="Two models with one AUROC",
    group="curves",
    libraries=("any", "scikit-learn"),
    story="Models A and B rank {{pixels}} positive and {{pixels}} negative pixels. Both have an AUROC of "
    "**{{auroc_a:.1f}}**. You can afford false alarms on {{budget:.0%}} of the negatives at most.",
    trap="AUROC is a mean over all false positive rates, those that nobody would accept included. Two curves that "
    "cross can have the same area and nothing else in common.",
    question=Question(
        text="How many of the positives do they find within that budget?",
        choices=(
            "None, either of them: this AUROC is chance",
            "Equally many: the areas are equal",
            "A finds half of them, B none",
        ),
        answer=2,
        why="Recall is **{{recall_a:.2f}}** with A and **{{recall_b:.2f}}** with B. Average precision sees it "
        "({{ap_a:.3f}} against {{ap_b:.3f}}), and so does the area up to your budget ({{pauc_a:.3f}} against "
        "{{pauc_b:.3f}}).",
    ),
    knobs=(
        Knob(
            key="budget",
            label="False alarms that you can afford",
            values=BUDGETS,
            default=0.1,
            help="Beyond one half of the negatives B is the better one.",
        ),
    ),
    live=live,
    moral="Compare models at the false alarm rate at which they will work, and show the curves.",
    sources=(
        Source(title="Hand: Measuring classifier performance, 2009", url="https://doi.org/10.1007/s10994-009-5119-5"),
        Source(
            title="McClish: Analyzing a portion of the ROC curve, 1989",
            url="https://doi.org/10.1177/0272989X8900900307",
        ),
    ),
    related=("rare-roc-and-pr", "pooled-auroc"),
    claims=(
        Claim(
            text="Equal AUROC of {{auroc_a:.1f}}, but recall {{recall_a:.2f}} against {{recall_b:.2f}}.",
            values={
                "auroc_a": ".5",
                "auroc_b": ".5",
                "ap_a": ".75",
                "ap_b": ".666667",
                "pauc_a": ".736842",
                "pauc_b": ".473684",
            },
        ),
        Claim(
            text="Without any false alarm the difference is the same.",
            knobs={"budget": 0.0},
            values={"recall_a": ".5", "recall_b": "0"},
        ),
        Claim(
            text="With many false alarms B is better.",
            knobs={"budget": BUDGETS[-3]},
            holds=lambda n: n["recall_b"] > n["recall_a"],
        ),
    ),
)
