"""L46: a constant that keeps a loss from dividing by zero, left in the score."""

import numpy as np

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Tiles
from app.lessons.scenario import Data

SIDE = 16
CONSTANTS = (0.00001, 0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)


def live(*, constant: float, size: int) -> Live:
    """A target of so many pixels, of which nothing or half is found, and the constant in both parts of Dice."""
    missed, half = _data(size, 0), _data(size, size // 2)
    tiny = Data.from_masks([[1]], [[1]])
    numbers = {
        "constant": constant,
        "size": size,
        "plain": missed.score("dice", label=1),
        "missed": _smoothed(missed, constant),
        "half_plain": half.score("dice", label=1),
        "half": _smoothed(half, constant),
        "elektronn_percent": tiny.like_each("elektronn3.iou", mean=False)[1],
    }
    lines = (
        Line(name="half found", x=CONSTANTS, y=[_smoothed(half, each) for each in CONSTANTS]),
        Line(name="nothing found", x=CONSTANTS, y=[_smoothed(missed, each) for each in CONSTANTS]),
    )
    both = Data.from_masks(
        np.concatenate([missed.target, half.target]),
        np.concatenate([missed.prediction, half.prediction]),
        image_names=("nothing found", "half found"),
    )
    return Live(
        numbers=numbers,
        setting=Tiles(data=both),
        outcome=Lines(
            lines=lines,
            x_label="constant added above and below",
            y_label="Dice",
            x_range=None,
            x_scale="log",
            cursor=constant,
        ),
        formula=r"\frac{2\,TP + \varepsilon}{2\,TP + FP + FN + \varepsilon} = "
        r"\frac{0 + {{constant:g}} }{0 + 0 + {{size}} + {{constant:g}} } = {{missed:.4g}}",
        data=missed,
        explore=Explore(settings={"formula": "dice", "background": False}, number="plain"),
    )


def _data(size: int, found: int) -> Data:
    """A target of so many pixels, row by row, and how many of them are found."""
    target, prediction = np.zeros((2, SIDE * SIDE), np.int64)
    target[:size], prediction[:found] = 1, 1
    return Data.from_masks(target.reshape(SIDE, SIDE), prediction.reshape(SIDE, SIDE))


def _smoothed(data: Data, constant: float) -> float:
    tp, fp, fn, _ = data.counts()
    return (2 * tp + constant) / (2 * tp + fp + fn + constant)


LESSON = Lesson(
    number=46,
    key="smoothing-constant",
    title="The constant that finds something",
    group="numbers",
    libraries=("Keras", "elektronn3"),
    story="A target of **{{size}}** pixels, and a prediction that finds none of them. Your Dice comes from a loss, "
    "where a constant of {{constant:g}} is added above and below the line so that nothing is divided by zero.",
    trap="The constant counts as so many pixels found. Beside a large target nobody sees it, beside a small one it is "
    "the score.",
    question=Question(
        text="What Dice does this print for the prediction that finds nothing?",
        choices=("Zero: nothing is found", "Undefined", "One fifth", "One"),
        answer=2,
        why="Above the line stands only the constant: **{{missed:.4g}}**. With half of the target found, Dice is "
        "{{half_plain:.3f}}, and {{half:.3f}} with the constant.",
    ),
    knobs=(
        Knob(
            key="constant",
            label="Constant",
            values=CONSTANTS,
            default=1.0,
            words={each: f"{each:g}" for each in CONSTANTS},
        ),
        Knob(
            key="size",
            label="Pixels of the target",
            values=(2, 4, 8, 16, 32, 64, 128, 256),
            default=4,
            unit="px",
            help="The smaller the target, the more the constant decides.",
        ),
    ),
    live=live,
    moral="Leave smoothing constants to the loss; in a score, declare what zero over zero is.",
    sources=(
        Source(
            title="segmentation_models #406: metrics and the smoothing constant",
            url="https://github.com/qubvel/segmentation_models/issues/406",
        ),
        Source(
            title="ZF_UNET #15: why is the smoothing factor one?",
            url="https://github.com/ZFTurbo/ZF_UNET_224_Pretrained_Model/issues/15",
        ),
    ),
    related=("one-empty-image", "small-structures"),
    claims=(
        Claim(
            text="A constant of {{constant:g}} turns nothing found into {{missed:.1f}}.",
            values={"missed": ".2", "half_plain": ".666667", "half": ".714286", "plain": "0"},
            holds=lambda n: n["missed"] > n["plain"],
        ),
        Claim(
            text="A smaller constant is seen less: {{missed:.2g}}.",
            values={"missed": ".0000025"},
            knobs={"constant": CONSTANTS[0]},
        ),
        Claim(
            text="One perfect pixel gets {{elektronn_percent:.4f}} % from elektronn3, which adds a constant below.",
            values={"elektronn_percent": "99.9900"},
        ),
    ),
)
