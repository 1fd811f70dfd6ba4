"""L45: a mask that was saved as a photograph, and the ways to read it back."""

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Map, Tiles
from app.lessons.scenario import Data
from app.lessons.texts import format_number

IMAGE, RADIUS, MIDDLE = 64, 20, 32
FULL = 255
RULES = {"positive": "all above 0", "full": "only 255", "half": "from 128 on"}


def live(*, quality: int, rule: str) -> Live:
    """A disc, saved as JPEG of this quality and read back by a rule."""
    mask = _disc()
    stored = _read_back(quality)
    read = {"positive": stored > 0, "full": stored == FULL, "half": stored > FULL // 2}
    every = {each: Data.from_masks(labels, mask) for each, labels in read.items()}
    ious = {each: data.score("iou", label=1) for each, data in every.items()}
    numbers = {
        "quality": quality,
        "values": len(np.unique(stored)),
        "between": int(((stored > 0) & (stored < FULL)).sum()),
        "iou": ious[rule],
        **{f"iou_{each}": value for each, value in ious.items()},
        "tp": every[rule].counts()[0],
        "fp": every[rule].counts()[1],
        "fn": every[rule].counts()[2],
        "palette_label": _palette_as_grey(),
        "sixteen_bits": _sixteen_bits_as_grey(),
    }
    return Live(
        numbers=numbers,
        setting=Map(data=Data.from_masks(mask, mask)),
        outcome=Tiles(
            data=Data.from_masks(np.stack(list(read.values())), np.stack([mask] * len(read))),
            names=[f"{words}: {format_number(ious[each])}" for each, words in RULES.items()],
            caption="Target read from the file, prediction perfect, and their IoU",
        ),
        formula=r"\text{IoU} = \frac{TP}{TP+FP+FN} = \frac{ {{tp}} }{ {{tp}} + {{fp}} + {{fn}} } = {{iou:.3f}}",
        data=every[rule],
        explore=Explore(settings={"formula": "iou", "background": False}, number="iou"),
    )


def _disc() -> NDArray[np.bool_]:
    row, column = np.indices((IMAGE, IMAGE)) - MIDDLE
    return row**2 + column**2 < RADIUS**2


@cache
def _read_back(quality: int) -> NDArray[np.uint8]:
    return np.asarray(_saved(Image.fromarray(_disc().astype(np.uint8) * FULL), "JPEG", quality=quality))


def _saved(image: Image.Image, kind: str, **options: int) -> Image.Image:
    """What a reader gets of the image."""
    stored = io.BytesIO()
    image.save(stored, kind, **options)
    return Image.open(stored)


@cache
def _palette_as_grey() -> int:
    """What label 2 becomes when a PNG with a palette is read as grey values."""
    image = Image.fromarray(np.full((1, 1), 2, np.uint8), "L")
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    return int(np.asarray(_saved(image, "PNG").convert("L"))[0, 0])


@cache
def _sixteen_bits_as_grey() -> int:
    """What label 300 becomes when a PNG of 16 bits is read as grey values."""
    return int(np.asarray(_saved(Image.fromarray(np.full((1, 1), 300, np.uint16)), "PNG").convert("L"))[0, 0])


LESSON = Lesson(
    number=45,
    key="jpeg-masks",
    title="A mask is no photograph",
    group="numbers",
    libraries=("any",),
    story="A mask of a disc, black and white, is saved as JPEG with quality **{{quality}}** and read back. The "
    "prediction is perfect: it is this very disc.",
    trap="JPEG keeps what eyes see, and near sharp edges it writes greys that were never there. How these are turned "
    "back into labels decides the score, and no library can notice.",
    question=Question(
        text="Every pixel above zero is read as the disc. What is the IoU of the perfect prediction?",
        choices=("One: the file looks the same", "A little below one", "About three quarters"),
        answer=2,
        why="The file holds {{values}} different grey values; {{between}} pixels are neither black nor white. Above "
        "zero: IoU **{{iou_positive:.3f}}**; only full white: {{iou_full:.3f}}; from the middle on: {{iou_half:.3f}}. "
        "Label files of other kinds have traps, too: read as grey values, label 2 of a palette may come out as "
        "{{palette_label}}, and label 300 in 16 bits as {{sixteen_bits}}.",
    ),
    knobs=(
        Knob(
            key="quality",
            label="Quality of the JPEG",
            values=(10, 25, 50, 75, 85, 90, 95, 100),
            default=75,
            help="More quality leaves fewer greys, and never a promise of none.",
        ),
        Knob(key="rule", label="Read as the disc", values=tuple(RULES), default="positive", words={**RULES}),
    ),
    live=live,
    moral="Save labels without loss, as PNG or NIfTI, and look at the set of values before you score them.",
    sources=(
        Source(
            title="Pytorch-UNet #363: don't save predicted masks as JPEG",
            url="https://github.com/milesial/Pytorch-UNet/pull/363",
        ),
        Source(
            title="plant-3d-vision #140: binary masks are not binary after JPEG",
            url="https://github.com/romi/plant-3d-vision/issues/140",
        ),
        Source(
            title="Pillow: modes of images, and palettes",
            url="https://pillow.readthedocs.io/en/stable/handbook/concepts.html",
        ),
    ),
    related=("resize-before-scoring", "small-structures"),
    constants={
        "2": "the label that the palette example stores",
        "300": "the label that the 16-bit example stores",
        "16": "the bits of that file",
    },
    claims=(
        Claim(
            text="JPEG gives a black and white disc {{values}} values.",
            values={
                "values": "59",
                "between": "627",
                "iou_positive": ".7596",
                "iou_full": ".8129",
                "iou_half": "1.0",
                "palette_label": "75",
                "sixteen_bits": "255",
            },
            holds=lambda n: n["iou_positive"] < n["iou_full"] < n["iou_half"],
        ),
    ),
)
