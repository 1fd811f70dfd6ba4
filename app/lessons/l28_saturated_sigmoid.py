"""L28: a sigmoid keeps the order of scores, until the numbers run out."""

from __future__ import annotations

import torch

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Line, Lines

EACH = 100
LOWEST, BETWEEN, HIGHEST = 10, 17, 30
TYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def auroc(scores: torch.Tensor) -> float:
    """AUROC of the positives, which come first."""
    labels = torch.cat([torch.ones(EACH), torch.zeros(EACH)]).long()
    return float(mc.auroc(labels[None], scores.double()[None], num_classes=2)[0])


def live(*, kind: str, shift: int) -> Live:
    """Logits that a sigmoid squeezes, lowered by a constant before."""
    positive = torch.linspace(BETWEEN, HIGHEST, EACH) - shift
    negative = torch.linspace(LOWEST, BETWEEN, EACH) - shift
    logits = torch.cat([positive, negative])
    squeezed = {name: torch.sigmoid(logits.to(dtype)) for name, dtype in TYPES.items()}
    numbers: dict[str, float] = {
        "each": EACH,
        "pixels": len(logits),
        "bits": int(kind.lstrip("bfloat")),
        "between": BETWEEN - shift,
        "logits": auroc(logits),
        "now": auroc(squeezed[kind]),
        "different": len(torch.unique(squeezed[kind])),
        "at_the_border": float(torch.sigmoid(torch.tensor(float(BETWEEN - shift)).to(TYPES[kind]))),
    } | {name: auroc(values) for name, values in squeezed.items()}
    bars = [Bar(label="logits", value=numbers["logits"], tone="good", note="before the sigmoid")]
    bars += [
        Bar(label=name, value=numbers[name], tone="bad" if name == kind else "trivial", note="after the sigmoid")
        for name in TYPES
    ]
    places = list(range(1, EACH + 1))
    return Live(
        numbers=numbers | {"family": kind.rstrip("0123456789")},
        setting=Lines(
            lines=(
                Line(name="positive pixels", x=places, y=positive.tolist()),
                Line(name="negative pixels", x=places, y=negative.tolist(), style="dashed"),
            ),
            x_label="pixel",
            y_label="logit",
            x_range=(1, EACH),
            y_range=(-10, 30),
        ),
        outcome=Bars(bars=bars, digits=5),
        formula=r"\sigma({{between}}) = {{at_the_border:.7f}} \qquad \text{different scores: {{different}} }",
    )


LESSON = Lesson(
    number=28,
    key="saturated-sigmoid",
    title="A sigmoid keeps the order, doesn't it?",
    group="numbers",
    libraries=("torchmetrics", "PyTorch"),
    story="{{each}} positive pixels have higher logits than the {{each}} negative ones, so AUROC of the logits is "
    "{{logits:.5f}}. For the metric they go through a sigmoid in **{{family}} of {{bits}} bits**.",
    trap="Near one, floating-point numbers are far apart, so large logits all become the same probability. Equal "
    "scores have no order, and AUROC counts each such pair as half right.",
    question=Question(
        text="AUROC looks at nothing but the order. What is it after the sigmoid?",
        choices=("The same: a sigmoid never changes the order", "One half: a coin toss", "Lower in the third decimal"),
        answer=1,
        why="Of {{pixels}} scores **{{different}}** are still different, and AUROC is **{{now:.3f}}**. In float of "
        "more bits it is {{float32:.3f}} (`float32`) and {{float64:.5f}} (`float64`).",
    ),
    knobs=(
        Knob(key="kind", label="Type of the probabilities", values=tuple(TYPES), default="float16"),
        Knob(
            key="shift",
            label="Subtracted from every logit",
            values=(0, 2, 4, 6, 8, 10, 12, 14, 17, 20),
            default=0,
            help="The order never changes; near zero the sigmoid keeps it.",
        ),
    ),
    live=live,
    moral="Rank by logits, or compute probabilities in full precision, before you draw a curve.",
    sources=(
        Source(
            title="torchmetrics #2819: AUROC of large logits",
            url="https://github.com/Lightning-AI/torchmetrics/issues/2819",
        ),
    ),
    related=("pooled-auroc", "binned-curves"),
    claims=(
        Claim(
            text="AUROC falls from {{logits:.5f}} to {{float16:.1f}} in half precision.",
            values={"logits": ".99995", "float32": ".97", "float16": ".5", "different": "1"},
        ),
        Claim(
            text="Around zero the order survives.",
            knobs={"shift": 17},
            holds=lambda n: n["float32"] == n["logits"] and n["float16"] > 0.99,
        ),
    ),
)
