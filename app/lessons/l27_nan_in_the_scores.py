"""L27: one score is NaN, and most libraries print a number all the same."""

from __future__ import annotations

import math

import torch

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Table
from app.lessons.scenario import Data

LABELS = (0, 1, 1)
SCORES = (0.1, 0.6, 0.9)
THRESHOLD = 0.5
NAMES = ("first", "second", "third")
BROKEN = {"none": "none", "first": "the negative one", "second": "a positive one", "third": "the other positive one"}


def live(*, broken: str) -> Live:
    """Three pixels, one of whose scores may be NaN."""
    scores = torch.tensor([math.nan if name == broken else score for name, score in zip(NAMES, SCORES, strict=True)])
    # How torchmetrics decides whether it was given logits: NaN is not within [0, 1].
    within = bool(torch.all((scores >= 0) * (scores <= 1)))
    squashed = scores if within else scores.sigmoid()
    plain = Data.from_masks(LABELS, (scores > THRESHOLD).int().numpy())
    guessed = Data.from_masks(LABELS, (squashed > THRESHOLD).int().numpy())
    # Sorted by torch, NaN is the largest of all numbers.
    places = torch.argsort(torch.argsort(scores)).double().numpy()
    numbers: dict[str, float] = {
        "pixels": len(LABELS),
        "threshold": THRESHOLD,
        "lowest": SCORES[0],
        "used": float(squashed[0]),
        "f1_torchmetrics": guessed.score("dice", label=1),
        "f1_smp": plain.score("dice", label=1),
        "miou_keras": plain.score("iou"),
        "auroc_torchmetrics": float(mc.auroc([LABELS], places[None], num_classes=2)[0]),
        "strict": refusing_auroc(scores),
    }
    bars = (
        Bar(label="AUROC, torchmetrics", value=numbers["auroc_torchmetrics"], tone="bad"),
        Bar(label="F1, torchmetrics", value=numbers["f1_torchmetrics"], tone="bad"),
        Bar(label="F1, smp", value=numbers["f1_smp"], tone="bad"),
        Bar(label="mean IoU, Keras", value=numbers["miou_keras"], tone="bad"),
        Bar(label="AUROC, scikit-learn", value=numbers["strict"], tone="good", note="refuses NaN"),
    )
    rows = [
        (name, "positive" if label else "negative", f"{float(score):.1f}".replace("nan", "NaN"))
        for name, label, score in zip(NAMES, LABELS, scores, strict=True)
    ]
    return Live(
        numbers=numbers | {"reading": "probabilities" if within else "logits", "test": "yes" if within else "no"},
        setting=Table(columns=("pixel", "target", "score"), rows=rows, numbers=(2,)),
        outcome=Bars(bars=bars),
        formula=r"\begin{aligned} &\text{all within } [0, 1]\text{? {{test}}, so {{reading}} } \\[4pt] "
        r"&\text{score } {{lowest:.1f}} \text{ is read as } {{used:.3f}} \end{aligned}",
    )


def refusing_auroc(scores: torch.Tensor) -> float:
    """AUROC where every score is a number, undefined where one is refused."""
    try:
        return float(mc.auroc([LABELS], scores.double().numpy()[None], num_classes=2)[0])
    except mc.InputError:
        return math.nan


LESSON = Lesson(
    number=27,
    key="nan-in-the-scores",
    title="One score is not a number",
    group="numbers",
    libraries=("torchmetrics", "Keras", "segmentation_models_pytorch", "scikit-learn"),
    story="{{pixels}} pixels with their scores, for a threshold of {{threshold:.1f}}. Training went wrong somewhere, "
    "and one of the scores is **NaN**.",
    trap="Every comparison with NaN is false, so the pixel is silently called negative, and in a sorted list NaN comes "
    "out on top. torchmetrics also takes it for a sign that all scores are logits, and squashes the healthy ones.",
    question=Question(
        text="What do torchmetrics, Keras and smp print?",
        choices=(
            "NaN: it spreads through every sum",
            "An error that names the pixel",
            "A number that looks like any other",
        ),
        answer=2,
        why="F1 is **{{f1_torchmetrics:.3f}}** in torchmetrics and {{f1_smp:.3f}} in smp; AUROC is a proud "
        "**{{auroc_torchmetrics:.1f}}**. Of these, scikit-learn alone refuses. So does this dashboard.",
    ),
    knobs=(
        Knob(
            key="broken",
            label="The score that is NaN",
            values=("none", *NAMES),
            default="second",
            words=BROKEN,
            help="AUROC falls from one to zero as NaN moves to the negative pixel.",
        ),
    ),
    live=live,
    moral="Check that scores are finite before you score, and stop where they are not.",
    sources=(
        Source(
            title="torchmetrics: when scores are taken for logits",
            url="https://lightning.ai/docs/torchmetrics/stable/classification/f1_score.html",
        ),
        Source(
            title="anomalib #2337: a sigmoid behind the scenes",
            url="https://github.com/open-edge-platform/anomalib/issues/2337",
        ),
    ),
    related=("single-class-auroc", "half-is-not-the-threshold"),
    claims=(
        Claim(
            text="One NaN among {{pixels}} scores leaves an AUROC of {{auroc_torchmetrics:.1f}}.",
            values={
                "f1_torchmetrics": ".5",
                "f1_smp": ".6667",
                "miou_keras": ".5",
                "auroc_torchmetrics": "1.0",
                "strict": "nan",
            },
            holds=lambda n: n["reading"] == "logits",
        ),
        Claim(
            text="On the negative pixel, NaN turns AUROC upside down.",
            knobs={"broken": "first"},
            values={"auroc_torchmetrics": "0"},
        ),
        Claim(
            text="Without NaN all agree.",
            knobs={"broken": "none"},
            holds=lambda n: n["f1_torchmetrics"] == n["f1_smp"] == n["miou_keras"] == n["strict"] == 1,
        ),
    ),
)
