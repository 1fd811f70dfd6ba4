"""L38: a perfect mask from unsure scores; Dice of the mask, and Dice of the scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Table
from app.lessons.scenario import Data

OBJECT, BACKGROUND = 100, 900
CERTAINTIES = (0.51, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


def scene(certainty: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Target and scores of pixels that are all on the right side of one half."""
    target = np.repeat([1, 0], [OBJECT, BACKGROUND]).astype(np.int64)
    return target, np.where(target == 1, certainty, 1 - certainty)


def soft_dice(target: NDArray[np.int64], scores: NDArray[np.float64], *, power: int) -> float:
    """Dice of the scores themselves: products for the overlap, sums (or sums of squares) for the sizes."""
    return float(2 * (target * scores).sum() / ((target**power).sum() + (scores**power).sum()))


def live(*, certainty: float) -> Live:
    """Scores as far from one half as the model is certain."""
    target, scores = scene(certainty)
    data = Data.from_scores(target, scores, class_names=("background", "object"))
    numbers = {
        "object": OBJECT,
        "background": BACKGROUND,
        "certainty": certainty,
        "rest": 1 - certainty,
        "hard": data.score("dice", label=1),
        "soft": soft_dice(target, scores, power=1),
        "squared": soft_dice(target, scores, power=2),
        "overlap": float((target * scores).sum()),
        "size": float(scores.sum()),
    }
    masks = [Data.from_scores(*scene(each)).score("dice", label=1) for each in CERTAINTIES]
    curves = {power: [soft_dice(*scene(each), power=power) for each in CERTAINTIES] for power in (1, 2)}
    return Live(
        numbers=numbers,
        setting=Table(
            columns=("target", "pixels", "score of the object"),
            rows=[
                ("object", str(OBJECT), f"{certainty:g}"),
                ("background", str(BACKGROUND), f"{1 - certainty:.2g}"),
            ],
            numbers=(1, 2),
        ),
        outcome=Lines(
            lines=(
                Line(name="Dice of the mask", x=CERTAINTIES, y=masks),
                Line(name="soft, with squares", x=CERTAINTIES, y=curves[2]),
                Line(name="soft", x=CERTAINTIES, y=curves[1], style="dashed"),
            ),
            x_label="score of the object's pixels",
            y_label="Dice",
            x_range=(0.5, 1.0),
            y_range=(0.0, 1.05),
            cursor=certainty,
        ),
        formula=r"\text{soft} = \frac{2 \sum t\,p}{\sum t + \sum p} = "
        r"\frac{2 \cdot {{overlap:.0f}} }{ {{object}} + {{size:.0f}} } = {{soft:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "dice", "background": False}, number="hard"),
    )


LESSON = Lesson(
    number=38,
    key="soft-dice",
    title="The Dice you train, the Dice you report",
    group="thresholds",
    libraries=("segmentation_models_pytorch", "MONAI", "any"),
    story="The model gives {{certainty:g}} on all {{object}} pixels of the object and {{rest:.2g}} on the "
    "{{background}} others. Cut at one half, the mask is perfect: Dice **{{hard:.1f}}**.",
    trap="Soft Dice adds up scores instead of counting pixels, and a small score on many background pixels is a large "
    "sum. It measures certainty and overlap in one, and it has two definitions besides.",
    question=Question(
        text="What is the soft Dice, one minus the loss, of the same scores?",
        choices=("Perfect as well", "About {{certainty:g}}, as certain as the model is", "Below one quarter"),
        answer=2,
        why="Soft Dice is **{{soft:.3f}}**, with squares in the denominator {{squared:.3f}}. The background's scores "
        "alone make up most of a predicted size of {{size:.0f}} pixels.",
    ),
    knobs=(
        Knob(
            key="certainty",
            label="Score on the object's pixels",
            values=CERTAINTIES,
            default=0.6,
            help="The mask never changes.",
        ),
    ),
    live=live,
    moral="Report Dice of the mask, call a soft Dice by its name and definition, and never compare the two.",
    sources=(
        Source(title="Milletari, Navab, Ahmadi: V-Net, 2016", url="https://arxiv.org/abs/1606.04797"),
        Source(
            title="Bertels et al.: Optimizing the Dice score and Jaccard index, 2019",
            url="https://arxiv.org/abs/1911.01685",
        ),
    ),
    related=("half-is-not-the-threshold", "argmax-or-threshold"),
    claims=(
        Claim(
            text="One mask with a Dice of {{hard:.1f}} has soft ones of {{soft:.3f}} and {{squared:.3f}}.",
            values={"hard": "1.0", "soft": ".230769", "squared": ".428571"},
        ),
        Claim(
            text="Only a certain model has the same in both.",
            knobs={"certainty": 1.0},
            holds=lambda n: n["hard"] == n["soft"] == n["squared"] == 1,
        ),
    ),
)
