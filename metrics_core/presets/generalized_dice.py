"""Generalised Dice: numerators and denominators of the classes are weighted before they are summed and divided."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np

from metrics_core.formulas import FORMULAS, Counts, Formula

Weighting = Literal["inverse_squared_support", "inverse_support", "equal"]
AbsentWeight = Literal["largest_of_image", "largest_of_class", "transposed"]


@lru_cache(maxsize=256)
def generalized_dice(weighting: Weighting, absent_weight: AbsentWeight, excluded: tuple[int, ...] = ()) -> Formula:
    """Generalised Dice score of an image over all classes that are not excluded; for average="micro", per image.

    weighting: the weight of a class, from its target pixels. absent_weight: what a class without any gets instead of an
    infinite weight: the largest of its image (1 if there is none), its own largest over the images (0 if there is
    none), or the latter read from a transposed table. Without averaging, the score of a class is its Dice.
    """

    def matrix_ratio(confusion: Counts) -> tuple[Counts, Counts]:
        inside = confusion[:, :-1, :-1]
        kept = [label for label in range(inside.shape[1]) if label not in excluded]
        hits = inside.diagonal(axis1=1, axis2=2)[:, kept]
        support, predicted = confusion[:, :-1].sum(2)[:, kept], inside.sum(1)[:, kept]
        weights = class_weights(support, weighting, absent_weight)
        return 2 * (weights * hits).sum(1), (weights * (support + predicted)).sum(1)

    return Formula(
        key=f"generalized_dice({weighting},{absent_weight},{','.join(map(str, excluded))})",
        name="Generalised Dice",
        aliases=("gds",),
        latex=r"\frac{2\sum_c w_c\,TP_c}{\sum_c w_c\,(2\,TP_c+FP_c+FN_c)}",
        ratio=FORMULAS["dice"].ratio,
        matrix_ratio=matrix_ratio,
        pitfalls="A class of few pixels outweighs all others.",
        reference="Sudre et al., Generalised Dice overlap, arXiv:1707.03237",
    )


def class_weights(support: Counts, weighting: Weighting, absent_weight: AbsentWeight) -> Counts:
    """Weights [image, class] from target pixels [image, class]."""
    if weighting == "equal" or not support.size:
        return np.ones_like(support)
    present = support > 0
    power = 2 if weighting == "inverse_squared_support" else 1
    weights = np.where(present, 1.0 / np.where(present, support, 1.0) ** power, 0.0)
    if absent_weight == "largest_of_image":
        largest = weights.max(1, keepdims=True)
        return np.where(present, weights, np.where(largest > 0, largest, 1.0))
    table = np.repeat(weights.max(0)[None], len(weights), 0)
    if absent_weight == "transposed":
        table = table.T.reshape(table.shape)
    return np.where(present, weights, table)
