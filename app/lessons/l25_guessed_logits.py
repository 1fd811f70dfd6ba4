"""L25: one score outside of [0, 1] turns all scores of a call into logits."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Table
from app.lessons.scenario import Data
from app.lessons.texts import format_number

FIRST = (0.1, 0.2, 0.3)
TARGET = (0, 0, 0, 1)
LAST = (0.6, 0.9, 0.99, 1.0, 1.0000001, 1.00001, 1.1, 2.0, 5.0)


def read(scores: tuple[float, ...], batch: int) -> list[float]:
    """Scores as torchmetrics reads them, so many a call: through a sigmoid where one lies outside of [0, 1]."""
    parts = torch.tensor(scores, dtype=torch.float32).split(batch)
    return torch.cat([part if bool(((part >= 0) & (part <= 1)).all()) else part.sigmoid() for part in parts]).tolist()


@cache
def accuracy(target: tuple[int, ...], scores: tuple[float, ...], *, batch: int) -> float:
    """Share of pixels that are right at a threshold of one half."""
    return Data.from_scores(target, read(scores, batch)).score("recall", average="micro")


@cache
def area(target: tuple[int, ...], scores: tuple[float, ...], *, batch: int) -> float:
    """AUROC of the scores as they are read."""
    second = np.array(read(scores, batch))[None, None]
    return float(mc.auroc(np.array(target)[None], np.concatenate([1 - second, second], 1), num_classes=2)[1])


def live(*, last: float, batch: int) -> Live:
    """Four pixels, the last of them with this score, so many of them in a call."""
    given, seen = (*FIRST, last), read((*FIRST, last), batch)
    data = Data.from_scores(TARGET, seen)
    logits = (0.2, 0.4, 0.6, 0.9)
    numbers = {
        "last": last,
        "batch": batch,
        "first": FIRST[0],
        "first_read": seen[0],
        "first_as_logit": read((FIRST[0], 2.0), 2)[0],
        "accuracy": data.score("recall", average="micro"),
        "accuracy_whole": accuracy(TARGET, given, batch=1),
        "accuracy_meant": accuracy(TARGET, (*FIRST, min(last, 1.0)), batch=4),
        "logits_alone": accuracy((1, 1, 1, 1), logits, batch=4),
        "logits_with_fifth": accuracy((1, 1, 1, 1, 0), (*logits, -3.0), batch=5),
        "area_one_call": area((1, 0, 1), (-1.0, 0.0, 1.0), batch=3),
        "area_three_calls": area((1, 0, 1), (-1.0, 0.0, 1.0), batch=1),
    }
    texts = [f"{each:.8g}" for each in given]
    right = ["yes" if (each >= 0.5) == label else "no" for label, each in zip(TARGET, seen, strict=True)]
    rows = list(zip(map(str, TARGET), texts, (format_number(each) for each in seen), right, strict=True))
    columns = ("target", "score", "as it is read", "right")
    return Live(
        numbers=numbers,
        setting=Table(columns=columns[:2], rows=[row[:2] for row in rows], numbers=(0, 1)),
        outcome=Table(columns=columns, rows=rows, numbers=(0, 1, 2)),
        formula=(r"{{first:.1f}} \mapsto \sigma({{first:.1f}}) = " if seen[0] > 0.5 else r"{{first:.1f}} \mapsto ")
        + r"{{first_read:.3f}} \qquad \text{accuracy} = {{accuracy:.2f}}",
        data=data,
    )


LESSON = Lesson(
    number=25,
    key="guessed-logits",
    title="A ten-millionth above one",
    group="thresholds",
    libraries=("torchmetrics",),
    story="Four probabilities, the last of them **{{last:.8g}}**: sums in `float32` easily end a ten-millionth above "
    "one. Cut at one half, all four are right. torchmetrics gets {{batch}} of them in a call.",
    trap="Whether scores are logits is guessed anew in every call: one outside of zero to one, and all of them go "
    "through a sigmoid. A probability that goes through a sigmoid comes out at one half or more.",
    question=Question(
        text="What accuracy does torchmetrics give?",
        choices=(
            "One quarter",
            "One: a ten-millionth changes nothing",
            "An error: a probability above one",
        ),
        answer=0,
        why="Once a score exceeds one, all of its call are taken for logits: {{first:.1f}} is read as "
        "{{first_as_logit:.3f}}, positive. Accuracy is **{{accuracy:.2f}}**; with each pixel a call of its own it is "
        "{{accuracy_whole:.2f}}. Even a ranking may change: three scores of minus one, zero and one had an AUROC of "
        "{{area_one_call:.1f}} in one call and {{area_three_calls:.1f}} in three.",
    ),
    knobs=(
        Knob(
            key="last",
            label="The last score",
            values=LAST,
            default=1.0000001,
            words={each: f"{each:.8g}" for each in LAST},
            help="A cliff just above one.",
        ),
        Knob(
            key="batch",
            label="Pixels in a call",
            values=(1, 2, 4),
            default=4,
            help="Smaller calls keep the damage smaller.",
        ),
    ),
    live=live,
    moral="Turn logits into probabilities yourself and clip them to zero and one before any metric sees them.",
    sources=(
        Source(title="torchmetrics #1604", url="https://github.com/Lightning-AI/torchmetrics/issues/1604"),
        Source(title="torchmetrics #2195", url="https://github.com/Lightning-AI/torchmetrics/issues/2195"),
        Source(title="torchmetrics #3179", url="https://github.com/Lightning-AI/torchmetrics/issues/3179"),
    ),
    related=("probabilities-as-labels", "threshold-ties", "half-is-not-the-threshold"),
    claims=(
        Claim(
            text="A ten-millionth takes the accuracy from {{accuracy_meant:.1f}} to {{accuracy:.2f}}.",
            values={
                "accuracy": ".25",
                "accuracy_whole": "1.0",
                "accuracy_meant": "1.0",
                "logits_alone": ".5",
                "logits_with_fifth": "1.0",
                "area_one_call": ".5",
                "area_three_calls": "1.0",
            },
        ),
        Claim(text="Below one all is well.", knobs={"last": LAST[1]}, values={"accuracy": "1.0"}),
        Claim(text="And at one.", knobs={"last": LAST[3]}, values={"accuracy": "1.0"}),
        Claim(
            text="One pixel a call hides it.",
            knobs={"batch": 1},
            values={"accuracy": "1.0"},
        ),
    ),
)
