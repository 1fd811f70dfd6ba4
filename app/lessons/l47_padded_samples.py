"""L47: a sampler that deals images out to several GPUs repeats some, so that all get equally many."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from torch.utils.data import DistributedSampler

from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Table, Tiles
from app.lessons.scenario import Data

# Pixels found of an object of ten, and as many predicted: two hard images and eight easy ones.
FOUND, SIZE, PIXELS = (2, 3, *(9,) * 8), 10, 64
RULES = {"pad": "repeat the first images", "drop": "drop the last images"}


@cache
def scene() -> Data:
    """The validation images."""
    tables = [[[PIXELS - 2 * SIZE + found, SIZE - found], [SIZE - found, found]] for found in FOUND]
    return Data.from_counts(*tables)


def dealt(gpus: int, rule: str) -> list[list[int]]:
    """The images that each GPU gets, as PyTorch deals them out."""
    images: Any = range(len(FOUND))
    samplers = (
        DistributedSampler(images, num_replicas=gpus, rank=rank, shuffle=False, drop_last=rule == "drop")
        for rank in range(gpus)
    )
    return [list(sampler) for sampler in samplers]


def live(*, gpus: int, rule: str) -> Live:
    """Validation on so many GPUs."""
    scores = scene().per_image("dice")
    hands = dealt(gpus, rule)
    scored = [image for hand in hands for image in hand]
    numbers = {
        "images": len(scores),
        "gpus": gpus,
        "scored": len(scored),
        "repeated": len(scored) - len(set(scored)),
        "left_out": len(scores) - len(set(scored)),
        "mean": float(np.mean(scores)),
        "logged": float(np.mean([scores[image] for image in scored])),
        "sum": float(sum(scores[image] for image in scored)),
    }
    rows = [
        (f"GPU {number}", ", ".join(f"{image + 1}" for image in hand), f"{np.mean([scores[i] for i in hand]):.3f}")
        for number, hand in enumerate(hands, 1)
    ]
    rows += [("all", f"{len(scored)} scored", f"{numbers['logged']:.3f}")]
    return Live(
        numbers=numbers,
        setting=Tiles(data=scene(), names=tuple(f"{i}: {score:.1f}" for i, score in enumerate(scores, 1))),
        outcome=Table(columns=("", "images", "mean Dice"), rows=rows, numbers=(2,), strong=len(rows) - 1),
        formula=r"\begin{aligned} \text{logged} &= \frac{\sum \text{Dice} }{\text{scored} } = "
        r"\frac{ {{sum:.1f}} }{ {{scored}} } = {{logged:.3f}} \\[4pt] \text{one GPU} &= {{mean:.3f}} \end{aligned}",
        data=scene(),
    )


LESSON = Lesson(
    number=47,
    key="padded-samples",
    title="More GPUs, another score",
    group="protocol",
    libraries=("PyTorch", "pytorch-lightning", "torchmetrics"),
    story="{{images}} validation images, mean Dice **{{mean:.2f}}** on one GPU. You move the same validation to "
    "**{{gpus}}** GPUs; the model stays, the images stay, nothing is shuffled.",
    trap="Every GPU must get equally many images, so PyTorch's sampler deals some out twice. They count twice in the "
    "mean, and nothing warns you.",
    question=Question(
        text="What mean Dice does the run log now?",
        choices=(
            "The same: each image is scored once",
            "A lower one: the first images are scored twice",
            "The same up to rounding in the last decimal",
        ),
        answer=1,
        why="{{scored}} images are scored, {{repeated}} of them for the second time. The mean is **{{logged:.3f}}** "
        "instead of {{mean:.2f}}, as the first two images are the hard ones.",
    ),
    knobs=(
        Knob(
            key="gpus",
            label="GPUs",
            values=(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
            default=4,
            help="Right only where the images can be dealt out evenly.",
        ),
        Knob(key="rule", label="To make it even", values=tuple(RULES), default="pad", words=RULES),
    ),
    live=live,
    moral="Score every image once: keep names, drop repeats after gathering, or validate on one GPU.",
    sources=(
        Source(title="PyTorch #25162", url="https://github.com/pytorch/pytorch/issues/25162"),
        Source(
            title="rf-detr #1507",
            url="https://github.com/roboflow/rf-detr/issues/1507",
        ),
    ),
    related=("mean-of-batch-means", "stale-cache"),
    claims=(
        Claim(
            text="On {{gpus}} GPUs a mean of {{mean:.2f}} becomes {{logged:.3f}}.",
            values={"images": "10", "scored": "12", "mean": ".77", "logged": ".683333"},
        ),
        Claim(
            text="Where the images can be dealt out evenly, it is right.",
            knobs={"gpus": 5},
            values={"logged": ".77"},
            holds=lambda n: n["repeated"] == 0,
        ),
        Claim(
            text="Dropping images is no better.",
            knobs={"rule": "drop"},
            holds=lambda n: n["left_out"] == 2 and n["logged"] < n["mean"],
        ),
    ),
)
