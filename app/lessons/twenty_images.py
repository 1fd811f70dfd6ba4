"""Twenty images: the Dice of three models on each, which the lessons on statistics share."""

from __future__ import annotations

from collections.abc import Sequence

import torch

import metrics_core as mc

# In hundredths. The second model is a little better than the first on every image; the third is now better, now worse.
FIRST = (30, 81, 90, 54, 82, 91, 61, 85, 91, 68, 86, 92, 74, 89, 93, 76, 89, 97, 79, 89)
SECOND = (32, 83, 91, 56, 84, 92, 64, 87, 92, 70, 89, 95, 75, 91, 95, 78, 91, 98, 80, 90)
THIRD = (25, 86, 99, 60, 76, 100, 66, 90, 93, 72, 78, 96, 71, 94, 89, 75, 86, 90, 72, 88)
RULE = mc.Convention(pooling="image", excluded_classes=(0,))
LESION, SIDE = 100, 256


def images(hundredths: Sequence[int], *, side: int = SIDE) -> mc.Statistics:
    """Counts of images with these Dice: a lesion of a hundred pixels, predicted with as many."""
    tables = [
        [[side * side - 2 * LESION + found, LESION - found, 0], [LESION - found, found, 0], [0, 0, 0]]
        for found in hundredths
    ]
    return mc.Statistics(
        confusion=torch.tensor(tables, dtype=torch.int64),
        image_names=tuple(f"image {number}" for number in range(1, len(tables) + 1)),
        class_names=("background", "lesion"),
        ignore_label=None,
    )
