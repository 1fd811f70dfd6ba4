"""L41: predictions of one Dice and of very different shapes, and what each boundary score makes of them."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

import metrics_core as mc
from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Table, Tiles
from app.lessons.scenario import Data
from app.lessons.texts import format_number

SHAPES = {
    "edge": "an edge is missing",
    "cut": "cut in two",
    "hole": "a hole inside",
    "shifted": "shifted by two pixels",
    "far": "a blob far away",
}
SCORES = ("hd", "hd95", "assd", "nsd")


def live(*, shape: str, tolerance: int) -> Live:
    """The shape that is looked at among the others, and the tolerance of the normalized surface distance."""
    every, measured = _data(), _measured()
    chosen = list(SHAPES).index(shape)
    data = Data.from_masks(every.target[chosen], every.prediction[chosen], image_names=(SHAPES[shape],))
    cells = {
        "hd": mc.hausdorff(measured),
        "hd95": mc.hausdorff(measured, percentile=95),
        "assd": mc.average_surface_distance(measured),
        "nsd": mc.normalized_surface_distance(measured, tolerance=tolerance),
    }
    boundary = {name: [float(value) for value in each[:, 1]] for name, each in cells.items()}
    dice = every.per_image("dice")
    numbers: dict[str, float | int | str] = {
        "shape": SHAPES[shape],
        "tolerance": tolerance,
        "dice": dice[chosen],
        "iou": data.score("iou", label=1),
        "missed": data.counts()[2],
        "invented": data.counts()[1],
    }
    for name in SCORES:
        numbers[name] = boundary[name][chosen]
        numbers |= {f"{name}_{each}": value for each, value in zip(SHAPES, boundary[name], strict=True)}
    rows = [
        (words, format_number(dice[i]), *(format_number(boundary[name][i], ".2f") for name in SCORES))
        for i, words in enumerate(SHAPES.values())
    ]
    return Live(
        numbers=numbers,
        setting=Tiles(data=every),
        outcome=Table(
            columns=("prediction", "Dice", "HD", "HD95", "mean", "NSD"),
            rows=rows,
            numbers=(1, 2, 3, 4, 5),
            strong=chosen,
            caption="HD: Hausdorff distance. HD, HD95 and mean in pixels: less is better. NSD: more is better.",
        ),
        formula=r"\text{NSD} = \frac{\text{boundary within {{tolerance}} px} }{\text{all boundary} } = {{nsd:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "dice", "background": False}, number="dice"),
    )


@cache
def _data() -> Data:
    """One image for each shape."""
    square = _rectangle(22, 42, 22, 42)
    predictions = (
        _rectangle(22, 42, 26, 42),
        square & ~_rectangle(22, 42, 30, 34),
        square & ~_rectangle(27, 37, 28, 36),
        _rectangle(22, 42, 24, 44),
        _rectangle(22, 42, 22, 40) | _rectangle(59, 64, 56, 64),
    )
    return Data.from_masks(
        np.stack([square] * len(predictions)), np.stack(predictions), image_names=tuple(SHAPES.values())
    )


@cache
def _measured() -> mc.BoundaryStatistics:
    """What every boundary score is read from."""
    return mc.boundary_distances(_data().target, _data().prediction, num_classes=2, depths="left_out")


def _rectangle(top: int, bottom: int, left: int, right: int) -> NDArray[np.bool_]:
    mask = np.zeros((64, 64), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


LESSON = Lesson(
    number=41,
    key="same-dice-other-shape",
    title="Same Dice, other shape",
    group="geometry",
    libraries=("MONAI",),
    story="Five predictions of one square. Three lack equally many pixels. The other two have one Dice: "
    "one is a little shifted, the other misses the same number of pixels and has a **blob in the far corner**.",
    trap="Overlap scores count pixels and do not see where they lie. Boundary scores do, but each looks at something "
    "else: the worst point, nearly the worst one, the average, or the share of outline within a tolerance.",
    question=Question(
        text="Which score calls the far blob better than the small shift? The tolerance is {{tolerance}} px.",
        choices=(
            "Hausdorff distance: the farthest point of the outlines",
            "HD95: the same without the farthest few per cent",
            "Average surface distance",
            "NSD: the share of both outlines within the tolerance",
        ),
        answer=3,
        why="NSD is **{{nsd_far:.3f}}** for the blob and **{{nsd_shifted:.3f}}** for the shift: it counts how much of "
        "the outline is off, never how far. Hausdorff says {{hd_far:.1f}} px against {{hd_shifted:.1f}} px, the "
        "average {{assd_far:.2f}} px against {{assd_shifted:.2f}} px.",
    ),
    knobs=(
        Knob(
            key="tolerance",
            label="Tolerance of NSD",
            values=(0, 1, 2, 3, 5, 10, 20, 30, 40),
            default=1,
            unit="px",
            help="At the size of the shift, its NSD jumps to one.",
        ),
        Knob(key="shape", label="Look at", values=tuple(SHAPES), default="far", words={**SHAPES}),
    ),
    live=live,
    moral="Where the outline matters, add a boundary score that fits the question, with its tolerance or percentile.",
    sources=(
        Source(
            title="Reinke et al.: Understanding metric-related pitfalls in image analysis validation, 2024",
            url="https://doi.org/10.1038/s41592-023-02150-0",
        ),
        Source(
            title="Podobnik and Vrtovec: eleven tools for boundary scores compared, 2024",
            url="https://arxiv.org/abs/2410.02630",
        ),
    ),
    related=("small-structures", "over-and-under"),
    claims=(
        Claim(
            text="The far blob has the Dice of the shift, and the better NSD.",
            values={
                "dice": ".9",
                "iou": ".818182",
                "hd_shifted": "2",
                "hd_far": "31.1127",
                "hd95_shifted": "2",
                "hd95_far": "29.301",
                "assd_shifted": "1.0",
                "assd_far": "3.9853",
                "nsd_shifted": ".5263",
                "nsd_far": ".6588",
            },
            holds=lambda n: n["nsd_far"] > n["nsd_shifted"] and n["hd_far"] > 10 * n["hd_shifted"],
        ),
        Claim(
            text="An edge, a cut and a hole of equally many pixels differ in every boundary score.",
            values={
                "dice": ".888889",
                "iou": ".8",
                "missed": "80",
                "hd_edge": "4",
                "hd_cut": "7",
                "hd_hole": "5",
                "assd_edge": "1.0556",
                "assd_cut": "1.0",
                "assd_hole": ".8723",
                "nsd_edge": ".7222",
                "nsd_cut": ".8",
                "nsd_hole": ".8085",
            },
            knobs={"shape": "hole"},
        ),
        Claim(
            text="With a tolerance of {{tolerance}} px the shift is forgiven.",
            values={"nsd_shifted": "1"},
            knobs={"tolerance": 2},
        ),
    ),
)
