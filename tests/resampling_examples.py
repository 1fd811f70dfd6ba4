"""Data for tests of intervals: images with a given Dice, three models on twenty of them, and images that repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import metrics_core as mc
from tests.confusion_tables import binary, statistics_of

PIXELS = 256 * 256
TWO = ("background", "lesion")
LESION = mc.Convention(pooling="image", excluded_classes=(0,))
POOLED_LESION = mc.Convention(excluded_classes=(0,))


def of_dice(hundredths: Sequence[int], pixels: int = PIXELS) -> mc.Statistics:
    """Images of a lesion of 100 pixels, predicted with 100 pixels, whose Dice is so many hundredths."""
    tables = [binary(k, 100 - k, 100 - k, pixels - 200 + k) for k in hundredths]
    return statistics_of(*tables, class_names=TWO)


# Made to have mean .7985, standard deviation .162003, median .855 and worst .3; a second model that is .01 to .03
# better on every image (mean .8165, median .88, worst .32), and one that is above both or below both (mean .803).
_FIRST = np.array([30, 54, 61, 68, 74, 76, 79, 81, 82, 85, 86, 89, 89, 89, 90, 91, 91, 92, 93, 97])
_GAIN = np.array([2, 2, 3, 2, 1, 2, 1, 2, 2, 2, 3, 2, 2, 1, 1, 1, 1, 3, 2, 1])
_CHANGE = np.array([-5, 6, 5, 4, -3, -1, -7, 5, -6, 5, -8, 5, -3, -1, 9, 9, 2, 4, -4, -7])
FIRST, SECOND, THIRD = (of_dice(values.tolist()) for values in (_FIRST, _FIRST + _GAIN, _FIRST + _CHANGE))
FIRST_DICE: NDArray[np.float64] = _FIRST / 100


def repeated(statistics: mc.Statistics, times: NDArray[Any]) -> mc.Statistics:
    """Statistics in which every image occurs so many times, under a name of its own."""
    index = torch.from_numpy(np.repeat(np.arange(len(times)), np.asarray(times, np.int64)))
    histogram = statistics.histogram
    if histogram is not None and histogram.images == "per_image":
        histogram = replace(histogram, counts=histogram.counts[index])
    return mc.Statistics(
        confusion=statistics.confusion[index],
        image_names=tuple(f"draw {i}" for i in range(len(index))),
        class_names=statistics.class_names,
        ignore_label=statistics.ignore_label,
        histogram=histogram,
    )
