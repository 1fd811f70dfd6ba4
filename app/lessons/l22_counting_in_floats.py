"""L22: counters that stop counting, because the next number does not fit between theirs."""

from __future__ import annotations

from functools import cache

import torch

from app.lessons.lesson import Claim, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Line, Lines, Table

COUNTERS = {
    "float16": "float16, half precision",
    "bfloat16": "bfloat16",
    "float32": "float32, the usual",
    "float64": "float64",
    "int64": "int64, whole numbers",
}
PIXELS = (100, 1000, 2048, 2049, 10_000, 65_025, 65_536, 1_000_000, 16_777_216, 16_777_217, 20_000_001, 100_000_000)
# Every doubling from 64 on: floats of two bytes stand still at 256 and 2,048, those of four at two to the 24th.
DOUBLINGS = tuple(2**power for power in range(6, 28))
SIDE, IMAGES = 1001, 1000
BILLIONS = 2_000_000_000


@cache
def last_count(counter: str) -> int:
    """The number at which adding one changes nothing any more; whole numbers go on to their largest."""
    kind: torch.dtype = getattr(torch, counter)
    if not kind.is_floating_point:
        return torch.iinfo(kind).max
    count, one = torch.ones((), dtype=kind), torch.ones((), dtype=kind)
    while bool(count + one > count):
        count = count * 2
    return int(count)


def one_by_one(pixels: int, counter: str) -> int:
    """What a counter of this type holds after so many times plus one."""
    return min(pixels, last_count(counter))


def at_once(pixels: int, counter: str) -> int | float:
    """The exact number, turned into this type at the end."""
    value = torch.tensor(pixels).to(getattr(torch, counter)).item()
    return int(value) if abs(value) < float("inf") else value


@cache
def images_added() -> int:
    """A thousand images' pixels, added up as float32."""
    total, image = (torch.tensor(number, dtype=torch.float32) for number in (0, SIDE * SIDE))
    for _ in range(IMAGES):
        total = total + image
    return int(total)


def live(*, pixels: int, counter: str) -> Live:
    """So many pixels, all right, counted by a counter of this type."""
    whole = torch.tensor(BILLIONS, dtype=torch.int32)
    numbers = {
        "pixels": pixels,
        "counted": one_by_one(pixels, counter),
        "lost": pixels - one_by_one(pixels, counter),
        "share": one_by_one(pixels, counter) / pixels,
        "at_once": at_once(pixels, counter),
        "int64": one_by_one(pixels, "int64"),
        "half_sum": at_once(256 * 256, "float16"),
        "half_sum_smaller": at_once(255 * 255, "float16"),
        "images_added": images_added(),
        "images_exact": IMAGES * SIDE * SIDE,
        "int32_sum": int(whole + whole),
    }
    shown = ("bfloat16", "float16", "float32", "int64")
    lines = [
        Line(
            name=name,
            x=DOUBLINGS,
            y=[one_by_one(each, name) / each for each in DOUBLINGS],
            style="dashed" if name == "int64" else "line",
        )
        for name in shown
    ]
    return Live(
        numbers=numbers,
        setting=Table(
            columns=("pixels", "number"),
            rows=(("object", f"{pixels:,}"), ("found", f"{pixels:,}"), ("invented", "0")),
            numbers=(1,),
        ),
        outcome=Lines(
            lines=lines,
            x_label="pixels that are right",
            y_label="share that is counted",
            x_range=(DOUBLINGS[0], DOUBLINGS[-1]),
            y_range=(0.0, 1.05),
            x_scale="log",
            cursor=float(pixels),
        ),
        formula=r"\underbrace{1 + 1 + \dots + 1}_{ {{pixels}} } = {{counted}}",
    )


LESSON = Lesson(
    number=22,
    key="counting-in-floats",
    title="Counting to twenty million",
    group="numbers",
    libraries=(
        "PyTorch",
        "torchmetrics",
        "Keras",
        "MONAI",
        "segmentation_models_pytorch",
        "mmsegmentation",
        "elektronn3",
    ),
    story="**{{pixels}}** object pixels, all of them found. The counter is a float, like everything else on the "
    "graphics card, and adds one for each.",
    trap="A float keeps so many leading digits and no more. Once the counter is so large that its next number is two "
    "away, adding one changes nothing, and it stands still for ever.",
    question=Question(
        text="The counter is a `float32`. What does it show in the end?",
        choices=(
            "The exact number: it is a whole one",
            "The exact number, give or take one",
            "Millions too few",
        ),
        answer=2,
        why="It stands at **{{counted}}**: {{lost}} are lost. Turned into this type only at the end, the sum reads "
        "{{at_once}}; in `int64` it is {{int64}}. `int32` is no way out either: two billion and two billion make "
        "{{int32_sum}}.",
    ),
    knobs=(
        Knob(key="pixels", label="Pixels that are right", values=PIXELS, default=20_000_001, unit="px"),
        Knob(
            key="counter",
            label="Type of the counter",
            values=tuple(COUNTERS),
            default="float32",
            words=COUNTERS,
            help="With half precision one image is enough.",
        ),
    ),
    live=live,
    moral="Count in int64, and divide once at the end in float64.",
    sources=(
        Source(title="torchmetrics #187", url="https://github.com/Lightning-AI/torchmetrics/issues/187"),
        Source(title="Keras #20574", url="https://github.com/keras-team/keras/issues/20574"),
        Source(title="MONAI #7186", url="https://github.com/Project-MONAI/MONAI/issues/7186"),
    ),
    related=("uint8-index", "whole-weights", "mean-of-batch-means"),
    claims=(
        Claim(
            text="A counter of ones stands still at {{counted}}, a sum is rounded to {{at_once}}.",
            values={
                "counted": "16777216",
                "at_once": "20000000",
                "int64": "20000001",
                "images_added": "1001996864",
                "images_exact": "1002001000",
                "int32_sum": "-294967296",
                "half_sum_smaller": "65024",
            },
            holds=lambda n: n["half_sum"] == float("inf"),
        ),
        Claim(
            text="One more is not counted.",
            knobs={"pixels": 16_777_217},
            values={"counted": "16777216", "lost": "1"},
        ),
        Claim(
            text="Half precision ends at {{counted}}.",
            knobs={"pixels": 65_536, "counter": "float16"},
            values={"counted": "2048"},
            holds=lambda n: n["at_once"] == float("inf"),
        ),
        Claim(
            text="Even a sum is off by one.",
            knobs={"pixels": 65_025, "counter": "float16"},
            values={"at_once": "65024"},
        ),
    ),
)
