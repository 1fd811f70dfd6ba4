"""L39: the same slip of one pixel, on a small object and on a large one."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

import metrics_core as mc
from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Map
from app.lessons.scenario import Data

IMAGE = 72
SIDES = (4, 6, 8, 12, 16, 24, 32, 48, 64)
LARGEST = SIDES[-1]
TOLERANCE = 1.5  # a slip of one pixel, along an edge or across a corner
SLIPS = {"erosion": "too small all around", "dilation": "too large all around", "shift": "shifted sideways"}


def live(*, side: int, slip: str) -> Live:
    """A square of this side, and a prediction that is off by one pixel."""
    target = _square(0, IMAGE - side, side, side)
    grown = {"erosion": -1, "dilation": 1, "shift": 0}[slip]
    prediction = _square(int(slip == "shift"), IMAGE - side, side, side + 2 * grown)
    data = Data.from_masks(target, prediction)
    curves = _curves()
    measured = mc.boundary_distances(data.target, data.prediction, num_classes=2, depths="left_out")
    tp, fp, fn, _ = data.counts()
    numbers = {
        "side": side,
        "pixels": side * side,
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "wrong": fp + fn,
        "slip": SLIPS[slip],
        "dice": data.score("dice", label=1),
        "iou": data.score("iou", label=1),
        "erosion": curves[side].eroded,
        "dilation": curves[side].dilated,
        "shift": curves[side].shifted,
        "largest": LARGEST,
        "largest_erosion": curves[LARGEST].eroded,
        "tolerance": TOLERANCE,
        "nsd": float(mc.normalized_surface_distance(measured, tolerance=TOLERANCE)[0, 1]),
    }
    lines = (
        Line(name="shifted", x=SIDES, y=[each.shifted for each in curves.values()]),
        Line(name="one pixel too large", x=SIDES, y=[each.dilated for each in curves.values()]),
        Line(name="one pixel too small", x=SIDES, y=[each.eroded for each in curves.values()]),
    )
    return Live(
        numbers=numbers,
        setting=Map(data=data),
        outcome=Lines(lines=lines, x_label="side of the object (px)", y_label="Dice", x_range=None, cursor=side),
        formula=r"\text{Dice} = \frac{2\,TP}{2\,TP + FP + FN} = "
        r"\frac{2 \cdot {{tp}} }{2 \cdot {{tp}} + {{fp}} + {{fn}} } = {{dice:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "dice", "background": False}, number="dice"),
    )


@cache
def _curves() -> dict[int, mc.OnePixelSensitivity]:
    return {each: mc.one_pixel_sensitivity(_square(0, IMAGE - each, each, each)) for each in SIDES}


def _square(shift: int, room: int, inner: int, side: int) -> NDArray[np.int64]:
    """A square of this side around the middle of the one that fits the room, moved to the right."""
    mask, first = np.zeros((IMAGE, IMAGE), np.int64), room // 2 - (side - inner) // 2
    mask[first : first + side, first + shift : first + shift + side] = 1
    return mask


LESSON = Lesson(
    number=39,
    key="small-structures",
    title="One pixel off",
    group="geometry",
    libraries=("any",),
    story="A square object of {{side}} × {{side}} pixels. The prediction is right but for a slip of one pixel: it is "
    "**{{slip}}**. The same slip on an object of {{largest}} × {{largest}} pixels costs next to nothing: one pixel too "
    "small all around, its Dice is {{largest_erosion:.3f}}.",
    trap="Nearly all pixels of a small object lie at its boundary, where nobody knows them for certain. One pixel, "
    "which two annotators would not agree on, then decides whether Dice is high or low.",
    question=Question(
        text="One pixel too small all around: what Dice does the small object get?",
        choices=(
            "Nearly the same as the large one: it is the same slip",
            "A little less, but still a good one",
            "Less than one half",
        ),
        answer=2,
        why="Of {{pixels}} pixels, {{wrong}} are wrong now: Dice **{{dice:.3f}}**, IoU {{iou:.3f}}. Within "
        "{{tolerance:.1f}} px, {{nsd:.0%}} of both outlines agree: that is the normalized surface distance (NSD).",
    ),
    knobs=(
        Knob(key="side", label="Side of the object", values=SIDES, default=4, unit="px", help="Follow the curves."),
        Knob(key="slip", label="The prediction is", values=tuple(SLIPS), default="erosion", words={**SLIPS}),
    ),
    live=live,
    moral="For objects of a few pixels across, judge the outline with a stated tolerance, and count found objects.",
    sources=(
        Source(
            title="Reinke et al.: Understanding metric-related pitfalls in image analysis validation, 2024",
            url="https://doi.org/10.1038/s41592-023-02150-0",
        ),
    ),
    related=("over-and-under", "same-dice-other-shape"),
    claims=(
        Claim(
            text="One pixel all around takes Dice to {{dice:.3f}}, and leaves the outline within tolerance.",
            values={"erosion": ".4", "dilation": ".615385", "shift": ".75"},
            holds=lambda n: n["dice"] == n["erosion"] and n["nsd"] == 1,
        ),
        Claim(
            text="Shifted by one pixel, IoU is {{iou:.3f}}.",
            values={"dice": ".75", "iou": ".6"},
            holds=lambda n: n["dice"] == n["shift"],
            knobs={"slip": "shift"},
        ),
        Claim(
            text="A square of {{side}} pixels.",
            values={"erosion": ".72", "dilation": ".780488", "shift": ".875", "iou": ".777778"},
            knobs={"side": 8, "slip": "shift"},
        ),
        Claim(
            text="A square of {{side}} pixels.",
            values={"erosion": ".867257", "dilation": ".882759", "shift": ".9375", "iou": ".882353"},
            knobs={"side": 16, "slip": "shift"},
        ),
        Claim(
            text="A square of {{side}} pixels.",
            values={"erosion": ".968262", "dilation": ".969238", "shift": ".984375", "iou": ".969231"},
            knobs={"side": 64, "slip": "shift"},
        ),
        Claim(
            text="One pixel too large, Dice is {{dice:.3f}}.",
            holds=lambda n: n["dice"] == n["dilation"],
            knobs={"slip": "dilation"},
        ),
    ),
)
