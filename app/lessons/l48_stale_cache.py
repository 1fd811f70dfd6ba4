"""L48: a cache that looks at a part of the data takes an edited mask for the old one."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

import metrics_core as mc
from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Tiles
from app.lessons.scenario import Data

SIDE = 1024
# What st.cache_data looks at in an array of half a million elements or more: so many, drawn with this seed by default.
LOOKED_AT, SEED = 100_000, 0
EDITS = (1, 2, 3, 4, 5, 6, 8, 10)


@cache
def seen() -> NDArray[np.int64]:
    """How many of the pixels before each one, upwards and to the left, are looked at."""
    drawn = np.random.RandomState(SEED).choice(SIDE * SIDE, size=LOOKED_AT)
    looked_at = np.zeros(SIDE * SIDE, dtype=np.int64)
    looked_at[drawn] = 1
    return np.pad(looked_at.reshape(SIDE, SIDE).cumsum(0).cumsum(1), ((1, 0), (1, 0)))


@cache
def unnoticed(edit: int) -> float:
    """Share of places at which a square of so many pixels in width holds no pixel that is looked at."""
    sums = seen()
    inside = sums[edit:, edit:] - sums[:-edit, edit:] - sums[edit:, :-edit] + sums[:-edit, :-edit]
    return float((inside == 0).mean())


def by_identity() -> tuple[float, float]:
    """The score of an edited tensor from a cache that knows tensors by identity, and the true one, in per cent."""
    target = torch.zeros(1, 4, 4, dtype=torch.int64)
    target[0, 0, 0] = 1
    prediction = torch.zeros_like(target)

    def iou(true: torch.Tensor, predicted: torch.Tensor) -> float:
        return float(mc.score_like("elektronn3.iou", true, predicted, num_classes=2))

    cached = lru_cache(iou)
    cached(target, prediction)
    prediction[0, 0, 0] = 1
    return cached(target, prediction), iou(target, prediction)


def live(*, edit: int) -> Live:
    """An edit of a square of so many pixels in width."""
    pixels = SIDE * SIDE
    stale, fresh = by_identity()
    numbers = {
        "side": SIDE,
        "looked_at": LOOKED_AT,
        "edit": edit,
        "edited": edit * edit,
        "pixels": pixels,
        "expected": (1 - edit * edit / pixels) ** LOOKED_AT,
        "unnoticed": unnoticed(edit),
        "stale": stale,
        "fresh": fresh,
    }
    mask = np.zeros((2, 14, 36), dtype=np.int64)
    mask[:, 1:13, 6:30] = 1
    before = mask.copy()
    before[:, 2 : 2 + edit, 12 : 12 + edit] = 0
    widths = list(EDITS)
    return Live(
        numbers=numbers,
        setting=Tiles(
            data=Data.from_masks(mask, np.stack([before[0], mask[0]])), names=("before the edit", "after the edit")
        ),
        outcome=Lines(
            lines=(
                Line(name="expected", x=widths, y=[(1 - w * w / pixels) ** LOOKED_AT for w in widths], style="dashed"),
                Line(name="all places tried", x=widths, y=[unnoticed(width) for width in widths], style="dots"),
            ),
            x_label="width of the edit, pixels",
            y_label="share of edits not noticed",
            x_range=(0, 10),
            cursor=edit,
        ),
        formula=r"\left(1 - \frac{ {{edited}} }{ {{pixels}} }\right)^{ {{looked_at}} } = {{expected:.3f}}",
    )


LESSON = Lesson(
    number=48,
    key="stale-cache",
    title="You fix the mask, the score stays",
    group="protocol",
    libraries=("Streamlit", "elektronn3"),
    story="A dashboard caches scores with `st.cache_data`. In a mask of {{side}} by {{side}} pixels you correct a "
    "square of **{{edit}}** by {{edit}} pixels and score it again.",
    trap="To save time Streamlit looks at a fixed sample of {{looked_at}} elements of a large array, not at all of it. "
    "An edit that misses the sample leaves the key unchanged, and the cache returns the old answer.",
    question=Question(
        text="How often does such an edit go unnoticed?",
        choices=("Never: a cache compares its input", "In two of three cases", "In one of a thousand cases"),
        answer=1,
        why="Tried at every place, **{{unnoticed:.1%}}** of the edits change nothing that the cache looks at. A cache "
        "that knows tensors by identity (elektronn3) never notices an edit in place: it says {{stale:.3f}} instead of "
        "{{fresh:.3f}} per cent.",
    ),
    knobs=(
        Knob(
            key="edit",
            label="Width of the edited square",
            values=EDITS,
            default=2,
            unit="px",
            help="The smaller the edit, the surer it is missed.",
        ),
    ),
    live=live,
    moral="Key a cache with a digest of all bytes that you compute yourself, and keep the array out of the key.",
    sources=(
        Source(title="Streamlit #14622", url="https://github.com/streamlit/streamlit/issues/14622"),
        Source(
            title="elektronn3: metrics.py",
            url="https://github.com/ELEKTRONN/elektronn3/blob/master/elektronn3/training/metrics.py",
        ),
    ),
    related=("padded-samples", "mean-of-batch-means"),
    claims=(
        Claim(
            text="A cache by identity repeats {{stale:.3f}} where {{fresh:.3f}} is right.",
            values={"stale": "46.8747", "fresh": "99.9947", "looked_at": "100000"},
        ),
        *(
            Claim(
                text="{{unnoticed:.1%}} of edits of this width are missed.",
                knobs={"edit": width},
                # The catalogue tried so many places of so many.
                holds=lambda n, missed=missed: (
                    abs(n["unnoticed"] - missed) < 0.1 and abs(n["unnoticed"] - n["expected"]) < 0.01
                ),
            )
            for width, missed in ((1, 19 / 20), (2, 37 / 50), (3, 19 / 50), (4, 12 / 50), (5, 3 / 50))
        ),
    ),
)
