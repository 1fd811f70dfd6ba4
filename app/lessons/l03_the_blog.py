"""L03: a hundred random images, thirty of them blank, and at least eight numbers called F1."""

from __future__ import annotations

from functools import cache
from typing import Any

import metrics_core as mc
from app.lessons.lesson import Claim, Explore, Knob, Lesson, Live, Question, Source
from app.lessons.pictures import Bar, Bars, Table
from app.lessons.scenario import like, score

FILLED, ALL = 70, 100
IMAGEWISE: dict[str, Any] = {"average": "macro", "pooling": "image"}


@cache
def counted() -> mc.Statistics:
    """All hundred images: 6.5 million pixels, counted once."""
    data = mc.load_dataset("blog")
    return mc.count(data.target, data.predictions["random guess"], num_classes=4, class_names=data.class_names)


def live(*, blank: int) -> Live:
    """The seventy random images with so many blank ones."""
    images = counted().select(range(FILLED + blank))
    absent = images.num_classes - 1

    numbers = {
        "images": FILLED + blank,
        "filled": FILLED,
        "blank": blank,
        "absent": absent,
        "classes": images.num_classes,
        "blank_share": blank / (FILLED + blank),
        "as_zero": score(images, "dice", zero_division=0.0, **IMAGEWISE),
        "as_one": score(images, "dice", zero_division=1.0, **IMAGEWISE),
        "images_first": score(images, "dice", order="images_then_classes", **IMAGEWISE),
        "all_cells": score(images, "dice", order="all_cells", **IMAGEWISE),
        "classes_first": score(images, "dice", **IMAGEWISE),
        "pooled": score(images, "dice"),
        "micro": score(images, "dice", average="micro"),
        "precision": like(images, "sklearn.precision_score", average="macro"),
        "smp_default": like(images, "smp.f1_score", reduction="macro-imagewise"),
        "smp_zero": like(images, "smp.f1_score", reduction="macro-imagewise", zero_division=0),
        "monai": like(images, "monai.DiceMetric"),
        "torchmetrics_old": like(images, "torchmetrics_0_9.f1_score", average="macro", mdmc_average="samplewise"),
        "torchmetrics_dice": like(images, "torchmetrics.segmentation.DiceScore", average="macro"),
        "keras": like(images, "keras.MeanIoU"),
    }
    numbers["gap"] = numbers["as_one"] - numbers["as_zero"]
    bars = (
        Bar(label="micro", value=numbers["micro"], note="all pixels in one pot"),
        Bar(label="per image, 0/0 counts 1", value=numbers["as_one"], note="smp, MONAI, torchmetrics DiceScore"),
        Bar(label="macro", value=numbers["pooled"], note="images pooled"),
        Bar(label="all cells", value=numbers["all_cells"], note="image-class pairs, 0/0 dropped"),
        Bar(label="per class, then classes", value=numbers["images_first"], note="0/0 dropped"),
        Bar(label="per image, 0/0 counts 0", value=numbers["as_zero"], note="torchmetrics of 2022", tone="bad"),
    )
    ingredients = (
        ("images", f"{FILLED + blank}"),
        ("of them random: target and prediction know nothing of each other", f"{FILLED}"),
        ("of them blank: background only, predicted as such", f"{blank}"),
        ("classes, background among them", f"{images.num_classes}"),
    )
    example = {"source": "example", "data": "blog", "formula": "dice", "pooling": "image", "zero": "0"}
    return Live(
        numbers=numbers,
        setting=Table(columns=("the data", "number"), rows=ingredients, numbers=(1,)),
        outcome=Bars(bars=bars),
        formula=r"\text{gap} = \frac{ {{blank}} }{ {{images}} } \cdot \frac{ {{absent}} }{ {{classes}} } = {{gap:.3f}}",
        explore=Explore(settings=example, number="as_zero") if FILLED + blank == ALL else None,
    )


LESSON = Lesson(
    number=3,
    key="the-blog",
    title="Same tensors, one name, many numbers",
    group="absent",
    tour=7,
    libraries=("torchmetrics", "scikit-learn", "segmentation_models_pytorch", "MONAI", "Keras", "elektronn3"),
    story="{{filled}} images of random labels with random predictions, and **{{blank}}** images that are blank in "
    "both. Somebody prints the mean F1 of all {{images}} and gets {{as_zero:.3f}}; a colleague gets {{as_one:.3f}}.",
    trap="In a blank image {{absent}} of {{classes}} classes are absent, so their F1 is zero over zero. Who counts "
    "that as one gives every blank image full marks, who counts it as zero gives it a quarter.",
    question=Question(
        text="Same tensors, same formula. What explains the whole gap?",
        choices=(
            "A bug in one of the libraries",
            "The order in which images and classes are averaged",
            "What 0/0 counts in the blank images",
        ),
        answer=2,
        why="Blank images are {{blank_share:.0%}} of all, and {{absent}} of their {{classes}} classes are absent: "
        "the gap is exactly **{{gap:.3f}}**. Pooling all images gives {{pooled:.3f}}, micro {{micro:.3f}}, and "
        "dropping 0/0 {{images_first:.3f}} or {{all_cells:.3f}}, depending on the order.",
    ),
    knobs=(
        Knob(
            key="blank",
            label="Blank images",
            values=(0, 5, 10, 20, 30),
            default=30,
            help="Without blank images the rules agree.",
        ),
    ),
    live=live,
    moral="Beside every mean write the rule for 0/0, the number of images, and how many cells were defined.",
    sources=(
        Source(
            title="torchmetrics: segmentation DiceScore",
            url="https://lightning.ai/docs/torchmetrics/stable/segmentation/dice.html",
        ),
    ),
    related=("one-empty-image", "absent-classes", "micro-macro-weighted"),
    claims=(
        Claim(
            text="Two rules for 0/0 differ by {{gap:.3f}} on {{images}} images.",
            values={
                "precision": ".4517214441963613",
                "as_zero": ".249785",
                "as_one": ".474785",
                "gap": ".225",
                "all_cells": ".322304",
                "images_first": ".319739",
                "classes_first": ".474785",
                "micro": ".645318",
                "smp_default": ".474785",
                "smp_zero": ".249785",
                "monai": ".474785",
                "torchmetrics_old": ".249785",
                "torchmetrics_dice": ".474785",
                "keras": ".355431",
            },
            holds=lambda n: abs(n["gap"] - n["blank_share"] * n["absent"] / n["classes"]) < 1e-9,
        ),
        Claim(
            text="Without blank images the rules agree.",
            knobs={"blank": 0},
            holds=lambda n: n["gap"] == 0,
        ),
    ),
)
