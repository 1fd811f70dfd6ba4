"""L55: where a curve starts and where it stops, and why its area does not care."""

from __future__ import annotations

import math

import numpy as np
import torch

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Table
from app.lessons.scenario import Data
from app.lessons.texts import format_number

SCORES = {"whole numbers": (0.0, 1.0, 2.0, 3.0), "probabilities": (0.1, 0.35, 0.4, 0.85)}


def live(*, scores: str, positive: int) -> Live:
    """Four pixels, the one at this place positive, with scores of either kind."""
    given = np.array(SCORES[scores])
    second = given.reshape(1, 1, 4)
    target = (np.arange(4) == positive).astype(np.int64)[None]
    both = (
        np.concatenate([-second, second], 1) if scores == "whole numbers" else np.concatenate([1 - second, second], 1)
    )
    firsts = [
        float(mc.roc_curve(target, both, num_classes=2, first_threshold=first)[1].thresholds[0])
        for first in ("inf", "one", "max_plus_one")
    ]
    every = mc.precision_recall_curve(target, both, num_classes=2)[1]
    cut = mc.precision_recall_curve(target, both, num_classes=2, end="full_recall")[1]
    guessed = torch.from_numpy(given).sigmoid().tolist() if given.max() > 1 else given.tolist()
    numbers = {
        "first_sklearn": firsts[0],
        "first_torchmetrics": firsts[1],
        "first_lightning": firsts[2],
        "points": len(every.thresholds),
        "points_cut": len(cut.thresholds),
        "last_precision": float(every.precision[-1]),
        "last_precision_cut": float(cut.precision[-1]),
        "auroc": float(mc.auroc(target, both, num_classes=2)[1]),
        "average_precision": float(mc.average_precision(target, both, num_classes=2)[1]),
        "largest_given": float(given.max()),
        "smallest_given": float(given.min()),
        "largest_seen": max(guessed),
        "smallest_seen": min(guessed),
    }
    rows = (
        ("first ROC threshold, scikit-learn", format_number(firsts[0])),
        ("first ROC threshold, torchmetrics", format_number(firsts[1], ".1f")),
        ("first ROC threshold, Lightning of old", format_number(firsts[2], ".2f")),
        ("points of the PR curve, scikit-learn and torchmetrics", format_number(numbers["points"])),
        ("points of the PR curve, Lightning of old", format_number(numbers["points_cut"])),
        ("largest score that torchmetrics lists", format_number(numbers["largest_seen"])),
        ("AUROC, all of them", format_number(numbers["auroc"])),
        ("average precision, all of them", format_number(numbers["average_precision"])),
    )
    curve = Lines(
        lines=(
            Line(name="to the end", x=every.recall.tolist(), y=every.precision.tolist(), style="steps"),
            Line(name="up to full recall", x=cut.recall.tolist(), y=cut.precision.tolist(), style="dots"),
        ),
        x_label="recall",
        y_label="precision",
        y_range=(0.0, 1.05),
    )
    return Live(
        numbers=numbers,
        setting=curve,
        outcome=Table(columns=("what is listed", "number"), rows=rows, numbers=(1,)),
        formula=r"\text{precision} = {{last_precision_cut:.3f}} \text{ at full recall, } {{last_precision:.3f}} "
        r"\text{ at the end}",
        data=Data.from_scores(target[0], given) if scores == "probabilities" else None,
    )


LESSON = Lesson(
    number=55,
    key="curve-ends",
    title="Where a curve begins and ends",
    group="curves",
    libraries=("scikit-learn", "torchmetrics", "pytorch-lightning"),
    story="Four pixels have the scores {{smallest_given:g}} to {{largest_given:g}}; one of them is positive. You "
    "compare the arrays of a ROC and a precision-recall curve from two libraries point by point.",
    trap="The first threshold, above every score, is a matter of taste, and so is whether the curve goes on once every "
    "positive is found. Points differ while the areas agree.",
    question=Question(
        text="The arrays have different lengths and different first thresholds. Do the areas differ?",
        choices=("Yes: other points, other area", "No", "Only the AUROC"),
        answer=1,
        why="AUROC is {{auroc:.3f}} and average precision {{average_precision:.3f}} in all of them. The first "
        "threshold is {{first_sklearn}} in scikit-learn, {{first_torchmetrics:.1f}} in torchmetrics and "
        "{{first_lightning:.2f}} in Lightning of old; the curve has {{points}} points or {{points_cut}}.",
    ),
    knobs=(
        Knob(key="positive", label="Place of the positive pixel", values=(0, 1, 2, 3), default=1),
        Knob(key="scores", label="Scores", values=tuple(SCORES), default="whole numbers"),
    ),
    live=live,
    moral="Compare areas and operating points, never arrays of points; and give probabilities where they are expected.",
    sources=(
        Source(
            title="scikit-learn: roc_curve",
            url="https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_curve.html",
        ),
    ),
    related=("average-precisions", "seed-examples"),
    claims=(
        Claim(
            text="First thresholds and ends differ, areas do not.",
            values={
                "first_torchmetrics": "1.0",
                "first_lightning": "4",
                "points": "5",
                "points_cut": "4",
                "last_precision": ".25",
                "last_precision_cut": ".333",
                "auroc": ".333333",
                "average_precision": ".333333",
                "largest_seen": ".9526",
            },
            holds=lambda n: math.isinf(n["first_sklearn"]),
        ),
        Claim(
            text="For probabilities the first threshold of old exceeds one.",
            knobs={"scores": "probabilities"},
            values={"first_lightning": "1.85"},
        ),
    ),
)
