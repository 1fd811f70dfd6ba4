"""Small statistics that tests of scores share, from tables of counts."""

from collections.abc import Sequence

import torch

import metrics_core as mc

Table = Sequence[Sequence[int]]


def statistics_of(
    *tables: Table, class_names: tuple[str, ...] = ("background", "car", "walker"), ignore_label: int | None = None
) -> mc.Statistics:
    """Statistics of confusion tables [true + 1, predicted + 1], one an image."""
    return mc.Statistics(
        confusion=torch.tensor(tables, dtype=torch.int64),
        image_names=tuple(f"image {i}" for i in range(len(tables))),
        class_names=class_names,
        ignore_label=ignore_label,
    )


# 100 pixels of three classes: IoU .808989, .434783 and .2.
HUNDRED = statistics_of([[72, 8, 0, 0], [5, 10, 0, 0], [4, 0, 1, 0], [0, 0, 0, 0]])
# One image with void and stray predictions, and one that is all background; walkers are there, but never predicted.
MIXED = [[60, 4, 0, 2], [3, 10, 0, 1], [0, 5, 0, 0], [6, 2, 0, 4]]
EMPTY = [[50, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
STREET = statistics_of(MIXED, EMPTY)


def binary(tp: int, fp: int, fn: int, tn: int = 0) -> Table:
    """Table of one image of background and one class."""
    return [[tn, fp, 0], [fn, tp, 0], [0, 0, 0]]
