"""L44: masks that are scaled down before they are scored; the resampler picks the score."""

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Map
from app.lessons.scenario import Data

IMAGE, PERIOD, THICKNESS = 256, 16, 2
HALF, QUARTER = IMAGE // 2, IMAGE // 4
METHODS = {
    "native": "not scaled",
    "stride": "every second pixel",
    "nearest": "half, nearest",
    "exact": "half, nearest-exact",
    "bilinear": "half, bilinear",
    "area": "half, area",
    "quarter": "a quarter, bilinear",
}
LOW, HIGH, NARROW, WIDE = 0, 2, 8, 20  # two labels, and a row of pixels that is made wider


def live(*, shift: int, method: str) -> Live:
    """Thin lines, a prediction that is shifted sideways, and what is left of both in another size."""
    every = {each: _scaled(shift, each) for each in METHODS}
    data = every[method]
    ious = {each: pair.score("iou", label=1) for each, pair in every.items()}
    target, prediction = (each[:, ::4, ::4] for each in (every["native"].target, every["native"].prediction))
    between = interpolate(torch.tensor([[[LOW, HIGH]]]).repeat_interleave(NARROW // 2, 2).float(), WIDE, mode="linear")
    numbers = {
        "thickness": THICKNESS,
        "shift": shift,
        "image": IMAGE,
        "size": data.target.shape[-1],
        "method": METHODS[method],
        "iou": ious[method],
        **{f"iou_{each}": value for each, value in ious.items()},
        "tp": data.counts()[0],
        "fp": data.counts()[1],
        "fn": data.counts()[2],
        "fourth_target": int(target.sum()),
        "fourth_prediction": int(prediction.sum()),
        "invented_labels": int((between.round() == (LOW + HIGH) // 2).sum()),
    }
    bars = [
        Bar(
            label=words,
            value=ious[each],
            tone="good" if each == "native" else "plain",
            note="what the picture shows" if each == method else "",
        )
        for each, words in METHODS.items()
    ]
    return Live(
        numbers=numbers,
        setting=Map(data=data),
        outcome=Bars(bars=bars, caption="IoU of the lines, after both masks were scaled in the same way"),
        formula=r"\text{IoU} = \frac{TP}{TP+FP+FN} = \frac{ {{tp}} }{ {{tp}} + {{fp}} + {{fn}} } = {{iou:.3f}}",
        data=data,
        explore=Explore(settings={"formula": "iou", "background": False}, number="iou"),
    )


@cache
def _scaled(shift: int, method: str) -> Data:
    """Both masks, scaled in one of the ways; what lies between the labels counts as a line from one half on."""
    target = np.zeros((IMAGE, IMAGE), np.int64)
    target.reshape(IMAGE, -1, PERIOD)[:, :, :THICKNESS] = 1
    return Data.from_masks(*(_resample(each, method) for each in (target, np.roll(target, shift, 1))))


def _resample(mask: NDArray[np.int64], method: str) -> NDArray[np.int64]:
    if method in ("native", "stride"):
        return mask if method == "native" else mask[::2, ::2]
    size = QUARTER if method == "quarter" else HALF
    mode = {"exact": "nearest-exact", "quarter": "bilinear"}.get(method, method)
    return (
        (interpolate(torch.from_numpy(mask)[None, None].float(), (size, size), mode=mode)[0, 0] >= 0.5).long().numpy()
    )


LESSON = Lesson(
    number=44,
    key="resize-before-scoring",
    title="Scaled down, scored up",
    group="geometry",
    libraries=("PyTorch", "nnU-Net"),
    story="Lines of {{thickness}} pixels in an image of {{image}} × {{image}}. The prediction is shifted sideways by "
    "**{{shift}}** px. To save time, both masks are halved in size before they are scored.",
    trap="A smaller grid keeps some pixels and drops others, and a thin line may fall between. The score then tells "
    "where the kept pixels lay, not how good the prediction is.",
    question=Question(
        text="At full size, the IoU of the lines is {{iou_native:.3f}}. What is it at half the size?",
        choices=(
            "About the same: both masks are scaled alike",
            "A little higher: small differences vanish",
            "Zero, one half or one: it depends on the resampler",
            "Zero: thin lines vanish",
        ),
        answer=2,
        why="`nearest` gives **{{iou_nearest:.1f}}**, `nearest-exact` **{{iou_exact:.1f}}**, `bilinear` and `area` "
        "**{{iou_bilinear:.1f}}**, and a quarter of the size with `bilinear` {{iou_quarter:.1f}}. Every fourth pixel "
        "keeps {{fourth_target:,}} px of the target and {{fourth_prediction:,}} of the prediction.",
    ),
    knobs=(
        Knob(key="method", label="Both masks are", values=tuple(METHODS), default="native", words={**METHODS}),
        Knob(key="shift", label="Shift of the prediction", values=(0, 1, 2, 3, 4), default=1, unit="px"),
    ),
    live=live,
    moral="Scale the prediction back to the size of the target as it was drawn, and score there.",
    sources=(
        Source(
            title="TorchSeg #78: IoU of resized labels",
            url="https://github.com/yu-changqian/TorchSeg/issues/78",
        ),
        Source(
            title="MetaPolyp #1: scores at a lower resolution cannot be compared",
            url="https://github.com/huyquoctrinh/MetaPolyp-CBMS2023/issues/1",
        ),
        Source(
            title="nnU-Net #2994: scores without resizing predictions",
            url="https://github.com/MIC-DKFZ/nnUNet/issues/2994",
        ),
    ),
    related=("small-structures", "jpeg-masks"),
    claims=(
        Claim(
            text="The resampler alone moves IoU from {{iou_nearest:.0f}} to {{iou_exact:.0f}}.",
            values={
                "iou_native": ".3333",
                "iou_stride": "0",
                "iou_nearest": "0.0",
                "iou_exact": "1.0",
                "iou_bilinear": ".5",
                "iou_area": ".5",
                "iou_quarter": "1.0",
                "fourth_target": "1024",
                "fourth_prediction": "0",
            },
        ),
        Claim(
            text="Interpolated between two labels, {{invented_labels}} pixels get a label that was never there.",
            holds=lambda n: n["invented_labels"] > 0,
        ),
    ),
)
