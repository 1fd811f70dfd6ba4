"""L14: Dice and IoU say the same of one image, and the opposite of two."""

from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Tiles
from app.lessons.scenario import Data

SIZE, PIXELS = 75, 400
STEADY = 50


def image(found: int) -> list[list[int]]:
    """An image with an object of seventy-five pixels, of which so many are found; as many are invented as missed."""
    missed = SIZE - found
    return [[PIXELS - SIZE - missed, missed], [missed, found]]


def live(*, found: int) -> Live:
    """Model A has one perfect image and one with so many pixels found, B finds two thirds of either."""
    a, b = Data.from_counts(image(SIZE), image(found)), Data.from_counts(image(STEADY), image(STEADY))
    numbers: dict[str, float | int | str] = {"size": SIZE, "found": found, "steady": STEADY}
    for model, data in (("a", a), ("b", b)):
        for formula in ("iou", "dice"):
            numbers[f"{formula}_{model}"] = data.score(formula, pooling="image", average="macro", excluded_classes=(0,))
            numbers[f"{formula}_{model}_second"] = data.per_image(formula)[1]
    for formula in ("iou", "dice"):
        first, second = float(numbers[f"{formula}_a"]), float(numbers[f"{formula}_b"])
        numbers[f"{formula}_winner"] = "A" if first > second else "B" if second > first else "neither"
    bars = [
        Bar(
            label=f"mean {name}, {model.upper()}",
            value=float(numbers[f"{formula}_{model}"]),
            tone="good" if numbers[f"{formula}_winner"] == model.upper() else "plain",
        )
        for formula, name in (("iou", "IoU"), ("dice", "Dice"))
        for model in ("a", "b")
    ]
    pair = Data.from_counts(image(SIZE), image(found), image(STEADY), image(STEADY))
    return Live(
        numbers=numbers,
        setting=Tiles(data=pair, names=("A, first", "A, second", "B, first", "B, second")),
        outcome=Bars(bars=bars),
        formula=r"\text{Dice}_A = \frac{1 + {{dice_a_second:.3f}} }{2} = {{dice_a:.3f}} \qquad "
        r"\text{IoU}_A = \frac{1 + {{iou_a_second:.3f}} }{2} = {{iou_a:.3f}}",
        data=pair,
    )


LESSON = Lesson(
    number=14,
    key="dice-and-iou-rank",
    title="Dice and IoU pick different winners",
    group="averaging",
    libraries=("any",),
    story="Two images, an object of {{size}} pixels in each. Model A finds the first one perfectly and {{found}} "
    "pixels of the second; model B finds {{steady}} pixels of either. What a model misses it invents elsewhere.",
    trap="In a single image Dice and IoU always agree, since one is a function of the other. Their means over images "
    "need not: IoU punishes a mediocre image harder, Dice a failed one.",
    question=Question(
        text="Mean IoU prefers one of the models. Can mean Dice prefer the other?",
        choices=(
            "No: Dice is just IoU on another scale",
            "Yes: they weigh bad images differently",
            "Only if the images differ in size",
        ),
        answer=1,
        why="Mean IoU: A {{iou_a:.3f}}, B {{iou_b:.3f}}; the winner is **{{iou_winner}}**. Mean Dice: A "
        "{{dice_a:.3f}}, B {{dice_b:.3f}}; the winner is **{{dice_winner}}**.",
    ),
    knobs=(
        Knob(
            key="found",
            label="Pixels that A finds in its second image",
            values=(0, 1, 2, 3, 5, 10, 20, 30, 40, 50),
            default=3,
            unit="px",
            help="Look for the range in which the two disagree.",
        ),
    ),
    live=live,
    moral="Show Dice and IoU both, and the images behind the mean, before you name a winner.",
    sources=(
        Source(
            title="Reinke et al.: Understanding metric-related pitfalls, Nature Methods 2024",
            url="https://www.nature.com/articles/s41592-023-02150-0",
        ),
    ),
    related=("two-macro-f1", "nan-policy-winner"),
    claims=(
        Claim(
            text="By IoU {{iou_winner}} wins, by Dice {{dice_winner}}.",
            values={"iou_a": ".510204", "iou_b": ".5", "dice_a": ".52", "dice_b": ".666667"},
            holds=lambda n: (n["iou_winner"], n["dice_winner"]) == ("A", "B"),
        ),
        Claim(
            text="With nothing found in the second image, IoU calls it a draw.",
            knobs={"found": 0},
            values={"dice_a": ".5", "iou_a": ".5", "iou_b": ".5"},
            holds=lambda n: n["iou_winner"] == "neither",
        ),
    ),
)
