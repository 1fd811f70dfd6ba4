"""L40: too much and too little, by equally many pixels, are not punished alike."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Tiles
from app.lessons.scenario import Data

IMAGE, SIDE, FIRST = 64, 20, 22
WIDTHS = tuple(range(1, 11))
WHERE = {"side": "at one side", "around": "all around"}


def live(*, width: int, where: str) -> Live:
    """A square, one prediction that misses a strip of this width and one that adds it."""
    data = _both(width, where)
    under, over = data.per_image("dice")
    missing, added = data.counts(image=0)[2], data.counts(image=1)[1]
    curve = _curve(where)
    ious = data.per_image("iou")
    numbers = {
        "side": SIDE,
        "object": SIDE * SIDE,
        "found": data.counts(image=0)[0],
        "missing": missing,
        "added": added,
        "where": WHERE[where],
        "under": under,
        "over": over,
        "under_iou": ious[0],
        "over_iou": ious[1],
        "mean": float(np.mean([under, over])),
    }
    return Live(
        numbers=numbers,
        setting=Tiles(data=data),
        outcome=Lines(
            lines=(
                Line(name="adds a strip", x=WIDTHS, y=curve[:, 1].tolist()),
                Line(name="misses a strip", x=WIDTHS, y=curve[:, 0].tolist()),
            ),
            x_label="width of the strip (px)",
            y_label="Dice",
            x_range=None,
            cursor=width,
        ),
        formula=r"\begin{aligned} \text{misses: } & \frac{2 \cdot {{found}} }{2 \cdot {{found}} + {{missing}} } = "
        r"{{under:.3f}} \\[4pt] \text{adds: } & \frac{2 \cdot {{object}} }{2 \cdot {{object}} + {{added}} } = "
        r"{{over:.3f}} \end{aligned}",
        data=data,
        explore=Explore(settings={"formula": "dice", "pooling": "image", "background": False}, number="mean"),
    )


@cache
def _curve(where: str) -> NDArray[np.float64]:
    """Dice of both predictions, for every width of the strip."""
    return np.array([_both(each, where).per_image("dice") for each in WIDTHS])


def _both(width: int, where: str) -> Data:
    around = where == "around"
    smaller = _rectangle(FIRST + width * around, FIRST + width * around, SIDE - width * (1 + around))
    larger = _rectangle(FIRST - width * around, FIRST - width * around, SIDE + width * (1 + around))
    rows = slice(FIRST, FIRST + SIDE)
    if not around:
        # Only the columns differ: all rows of the object, and no other.
        smaller[rows], larger[: rows.start], larger[rows.stop :] = smaller[rows.start], 0, 0
    return Data.from_masks(
        np.stack([_rectangle(FIRST, FIRST, SIDE)] * 2),
        np.stack([smaller, larger]),
        image_names=("misses a strip", "adds a strip"),
    )


def _rectangle(row: int, column: int, side: int) -> NDArray[np.int64]:
    mask = np.zeros((IMAGE, IMAGE), np.int64)
    mask[row : row + side, column : column + side] = 1
    return mask


LESSON = Lesson(
    number=40,
    key="over-and-under",
    title="Too much is cheaper than too little",
    group="geometry",
    libraries=("any",),
    story="Two models outline an object of {{side}} × {{side}} pixels. One misses **{{missing}}** of them {{where}}; "
    "the other finds all of them, and adds **{{added}}** pixels {{where}}.",
    trap="A missed pixel is lost from the overlap, which Dice and IoU count; an added one only makes the union larger. "
    "So of two equal mistakes they forgive the generous one, and a model can gain by drawing too much.",
    question=Question(
        text="Who has the higher Dice?",
        choices=("The one that adds", "The one that misses", "Nobody: both have equally many wrong pixels"),
        answer=0,
        why="The one that adds has a Dice of **{{over:.3f}}** (IoU {{over_iou:.3f}}), the one that misses "
        "**{{under:.3f}}** (IoU {{under_iou:.3f}}).",
    ),
    knobs=(
        Knob(key="width", label="Width of the strip", values=WIDTHS, default=10, unit="px"),
        Knob(
            key="where",
            label="The strip lies",
            values=tuple(WHERE),
            default="side",
            words={**WHERE},
            help="All around, a wider strip adds more pixels than one can miss.",
        ),
    ),
    live=live,
    moral="Where a miss costs more than a false alarm, or the other way round, say so with F-beta or show both counts.",
    sources=(
        Source(
            title="Reinke et al.: Understanding metric-related pitfalls in image analysis validation, 2024",
            url="https://doi.org/10.1038/s41592-023-02150-0",
        ),
        Source(title="Salehi et al.: Tversky loss function, 2017", url="https://arxiv.org/abs/1706.05721"),
    ),
    related=("small-structures", "mean-accuracy-likes-too-much"),
    claims=(
        Claim(
            text="{{missing}} pixels too few cost more than {{added}} too many.",
            values={"missing": "200", "added": "200", "under": ".666667", "over": ".8"},
            holds=lambda n: n["under"] < n["over"],
        ),
        Claim(
            text="One pixel all around: {{under:.3f}} against {{over:.3f}}.",
            values={"under": ".895028", "under_iou": ".81", "over": ".904977", "over_iou": ".826446"},
            knobs={"width": 1, "where": "around"},
        ),
    ),
)
