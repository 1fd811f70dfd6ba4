"""L16: what an empty image is worth decides which model wins."""

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Tiles
from app.lessons.scenario import Data

PIXELS, LESION, FULL = 100, 20, 5
POLICIES = {"drop": "drop both-empty images", "0": "count 0/0 as zero", "1": "count 0/0 as one"}
VALUES = {"drop": float("nan"), "0": 0.0, "1": 1.0}


def lesion(found: int) -> list[list[int]]:
    """An image with a lesion: what is missed of it is invented beside it."""
    missed = LESION - found
    return [[PIXELS - LESION - missed, missed], [missed, found]]


def empty(invented: int) -> list[list[int]]:
    """An image without a lesion."""
    return [[PIXELS - invented, invented], [0, 0]]


def live(*, policy: str, invented: int) -> Live:
    """Ten images, half of them empty; A is better where there is a lesion, B is silent where there is none."""
    a = Data.from_counts(*[lesion(17)] * FULL, *[empty(invented)] * FULL)
    b = Data.from_counts(*[lesion(16)] * FULL, *[empty(0)] * FULL)
    numbers: dict[str, float | int | str] = {
        "images": 2 * FULL,
        "full": FULL,
        "lesion": LESION,
        "invented": invented,
    }
    for model, data in (("a", a), ("b", b)):
        numbers[model] = data.score("dice", pooling="image", zero_division=VALUES[policy], excluded_classes=(0,))
        numbers[f"ignore_empty_{model}"] = data.like("monai.DiceMetric", include_background=False, ignore_empty=True)
        numbers[f"keep_empty_{model}"] = data.like("monai.DiceMetric", include_background=False, ignore_empty=False)
        numbers[f"pooled_{model}"] = data.score("dice", label=1)
        numbers[f"full_{model}"] = data.per_image("dice")[0]
    numbers["winner"] = winner(float(numbers["a"]), float(numbers["b"]))
    numbers["winner_ignoring"] = winner(float(numbers["ignore_empty_a"]), float(numbers["ignore_empty_b"]))
    rules = (("MONAI, empty ignored", "ignore_empty"), ("MONAI, empty kept", "keep_empty"), ("pooled", "pooled"))
    bars = [
        Bar(label=f"{model.upper()}, {words}", value=float(numbers[f"{key}_{model}"]), tone="trivial")
        for words, key in rules
        for model in ("a", "b")
    ]
    chosen = [
        Bar(label=f"{model.upper()}, your rule", value=float(numbers[model]), tone="good" if model == "a" else "plain")
        for model in ("a", "b")
    ]
    shown = Data.from_counts(lesion(17), empty(invented), lesion(16), empty(0))
    return Live(
        numbers=numbers,
        setting=Tiles(data=shown, names=("A, lesion", "A, empty", "B, lesion", "B, empty")),
        outcome=Bars(bars=[*chosen, *bars]),
        formula=r"\text{A} = {{a:.3f}} \qquad \text{B} = {{b:.3f}} \qquad \text{winner: {{winner}} }",
        data=a,
        explore=Explore(
            settings={"formula": "dice", "pooling": "image", "zero": policy, "background": False}, number="a"
        ),
    )


def winner(a: float, b: float) -> str:
    """The model with the higher score."""
    return "A" if a > b else "B" if b > a else "neither"


LESSON = Lesson(
    number=16,
    key="nan-policy-winner",
    title="The winner hangs on 0/0",
    group="absent",
    libraries=("MONAI", "nnU-Net", "segmentation_models_pytorch", "scikit-learn"),
    story="{{images}} images, {{full}} with a lesion of {{lesion}} pixels, the others without any. Model A outlines "
    "lesions better (Dice {{full_a:.2f}} against {{full_b:.2f}}), but on every empty image it paints {{invented}} "
    "px. Model B leaves those alone.",
    trap="A silent model on an empty image makes a Dice of 0/0, and every library has its own answer to that. With "
    "many empty images this answer outweighs everything the models did.",
    question=Question(
        text="Which model has the higher mean Dice?",
        choices=("A: it outlines lesions better", "B: it invents nothing", "Either, as the rule for 0/0 decides"),
        answer=2,
        why="Leaving 0/0 out: A {{a:.3f}}, B {{b:.3f}}. MONAI that ignores images without a target: A "
        "{{ignore_empty_a:.2f}}, B {{ignore_empty_b:.2f}}; MONAI that keeps them: A {{keep_empty_a:.3f}}, B "
        "{{keep_empty_b:.2f}}. Pooled: A {{pooled_a:.3f}}, B {{pooled_b:.2f}}.",
    ),
    knobs=(
        Knob(
            key="policy",
            label="When nothing is there and nothing is predicted",
            values=("drop", "0", "1"),
            default="drop",
            words=POLICIES,
        ),
        Knob(
            key="invented",
            label="Pixels that A invents on every empty image",
            values=(0, 1, 2, 5, 10, 20),
            default=1,
            unit="px",
        ),
    ),
    live=live,
    moral="Report empty images apart: how often the model stays silent on them, and the overlap on the others.",
    sources=(
        Source(
            title="Maier-Hein et al.: Metrics reloaded, Nature Methods 2024",
            url="https://www.nature.com/articles/s41592-023-02151-z",
        ),
        Source(title="MONAI #7504", url="https://github.com/Project-MONAI/MONAI/issues/7504"),
    ),
    related=("one-empty-image", "dice-and-iou-rank"),
    claims=(
        Claim(
            text="MONAI names {{winner_ignoring}} when it ignores empty images, and B otherwise.",
            values={
                "ignore_empty_a": ".85",
                "ignore_empty_b": ".80",
                "keep_empty_a": ".425",
                "keep_empty_b": ".90",
                "a": ".425",
                "b": ".80",
                "pooled_a": ".829268",
                "pooled_b": ".80",
            },
            holds=lambda n: n["winner_ignoring"] == "A" and n["keep_empty_b"] > n["keep_empty_a"],
        ),
        Claim(
            text="With 0/0 as zero A wins.",
            knobs={"policy": "0"},
            values={"a": ".425", "b": ".40"},
            holds=lambda n: n["winner"] == "A",
        ),
        Claim(
            text="With 0/0 as one B wins.",
            knobs={"policy": "1"},
            values={"a": ".425", "b": ".90"},
            holds=lambda n: n["winner"] == "B",
        ),
    ),
)
