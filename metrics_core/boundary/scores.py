"""Boundary scores: cheap readings of BoundaryStatistics for every image and class, and the mean of their cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.boundary.record import BoundaryCell, BoundaryStatistics, Distances, ImageBoundaries
from metrics_core.conventions import Undefined
from metrics_core.inputs import InputError

Directions = Literal["max", "mean", "pooled", "from_target", "from_prediction"]
DistanceOfOneEmpty = Literal["infinite", "diagonal", "undefined"]
ScoreOfOneEmpty = Literal["zero", "undefined"]
BothEmpty = Literal["undefined", "perfect"]
MeanOrder = Literal["all_cells", "classes_then_images", "images_then_classes", "per_image", "per_class"]
Reading = Callable[[Distances], float]
BAND_SHARE = 0.02  # of the image's diagonal: the width of the band that Cheng et al. chose


def hausdorff(
    statistics: BoundaryStatistics,
    *,
    percentile: float = 100.0,
    directions: Directions = "max",
    one_empty: DistanceOfOneEmpty = "infinite",
    both_empty: BothEmpty = "undefined",
) -> Tensor:
    """Hausdorff distance of every cell, or a percentile of it: HD95 is percentile=95.

    max(P(from target to prediction), P(from prediction to target)), P the percentile of the distances of one direction,
    linear between two of them: MONAI's definition. directions="pooled" takes the percentile of both directions
    together, which is MedPy's hd95; "mean" averages the two; "from_target" and "from_prediction" are one of them.

    Returns float64 [image, class] in [0, inf], in the units of the spacing; 0 is best. A cell with one empty mask is
    infinite (MONAI, whose lower percentiles come out as NaN), the image's diagonal, or undefined; one with two is
    undefined (MONAI) or 0.

    Raises:
        InputError: a percentile outside (0, 100], or an option outside its list.

    Source: Huttenlocher et al., Comparing images using the Hausdorff distance, 1993.
    """
    if not 0 < percentile <= 100:
        raise InputError(f"percentile must lie in (0, 100]; got {percentile}")
    read = _along(directions, lambda distances: distances.percentile(percentile))
    return _distance_cells(statistics, read, one_empty, both_empty)


def average_surface_distance(
    statistics: BoundaryStatistics,
    *,
    directions: Directions = "pooled",
    one_empty: DistanceOfOneEmpty = "infinite",
    both_empty: BothEmpty = "undefined",
) -> Tensor:
    """Average distance between the boundaries of every cell.

    "pooled": the mean over the boundary pixels of both masks (ASSD; MONAI's symmetric=True). "mean": the mean of the
    means of both directions (MASD). "from_prediction": from the prediction to the target alone (MONAI's default);
    "from_target": the way back; "max": the larger of the two. Every boundary pixel weighs the same; DeepMind's
    surface-distance weighs it by its piece of the surface instead, so that its values differ.

    Returns float64 [image, class] in [0, inf], in the units of the spacing; 0 is best. Empty masks: as for hausdorff.

    Raises:
        InputError: an option outside its list.

    Source: Heimann et al., Comparison and evaluation of methods for liver segmentation from CT datasets, 2009.
    """
    read = _along(directions, lambda distances: distances.mean)
    return _distance_cells(statistics, read, one_empty, both_empty)


def normalized_surface_distance(
    statistics: BoundaryStatistics,
    *,
    tolerance: float | Sequence[float],
    one_empty: ScoreOfOneEmpty = "zero",
    both_empty: BothEmpty = "undefined",
) -> Tensor:
    """Share of both boundaries that lies within a tolerance of the other one (NSD, surface Dice).

    (|target within| + |prediction within|) / (|target boundary| + |prediction boundary|), in boundary pixels, as MONAI
    counts them (DeepMind's surface-distance: in length or area). tolerance: a distance, or one for each class, in the
    units of the spacing; a boundary pixel at that very distance lies within.

    Returns float64 [image, class] in [0, 1]; 1 is best. A cell with one empty mask is 0 (MONAI) or undefined; one with
    two is undefined (MONAI) or 1.

    Raises:
        InputError: a tolerance that is negative or no number, not one for each class, or an option outside its list.

    Source: Nikolov et al., arXiv:1809.04430.
    """
    limits = np.asarray(tolerance)
    shape = (len(statistics.class_names),)
    if limits.dtype.kind not in "uif" or limits.shape not in ((), shape):
        raise InputError(f"tolerance must be one number, or one for each of the {shape[0]} classes; got {tolerance!r}")
    if not ((limits >= 0) & (limits < math.inf)).all():
        raise InputError(f"tolerance must be finite and not below 0, in the units of the spacing; got {tolerance!r}")
    by_class = np.broadcast_to(limits, shape).tolist()

    def read(_: ImageBoundaries, cell: BoundaryCell, label: int) -> float:
        sides = (cell.from_target, cell.from_prediction)
        return sum(side.at_most(by_class[label]) for side in sides) / sum(side.total for side in sides)

    return _score_cells(statistics, read, one_empty, both_empty)


def boundary_iou(
    statistics: BoundaryStatistics,
    *,
    width: float | None = None,
    one_empty: ScoreOfOneEmpty = "zero",
    both_empty: BothEmpty = "undefined",
) -> Tensor:
    """IoU of the bands along the inside of both boundaries.

    The band of a mask is its pixels nearer than width to one of its boundary pixels, these included: width 1 is the
    boundary itself, and width d is d pixels along straight edges, as d erosions cut them off. The distance is
    Euclidean, in the units of the spacing; the authors' code erodes with 3x3 squares instead, which takes more of
    oblique edges. None: 2 % of the image's diagonal, rounded to whole steps of its finest spacing, at least one.

    Returns float64 [image, class] in [0, 1]; 1 is best. A cell with one empty mask is 0 or undefined; one with two is
    undefined or 1.

    Raises:
        InputError: statistics measured without depths, a width that is not positive, or an option outside its list.

    Source: Cheng et al., Boundary IoU, arXiv:2103.16562.
    """
    if not statistics.with_depths:
        raise InputError("boundary_iou needs depths; measure with boundary_distances(..., depths='measured')")
    if width is not None and not 0 < width < math.inf:
        raise InputError(f"width must be positive and finite, in the units of the spacing; got {width}")

    def read(image: ImageBoundaries, cell: BoundaryCell, _: int) -> float:
        band = _suited_width(image) if width is None else width
        both = cell.shared_depths.below(band)
        return both / (cell.target_depths.below(band) + cell.prediction_depths.below(band) - both)

    return _score_cells(statistics, read, one_empty, both_empty)


def mean_of_cells(cells: Tensor, *, order: MeanOrder, undefined: Undefined = "skip") -> Tensor:
    """Mean of cells [image, class] in a declared order.

    "classes_then_images" averages the classes of each image first, "images_then_classes" the images of each class;
    "per_image" and "per_class" stop halfway. An undefined cell is skipped, or makes the mean undefined; an infinite one
    makes it infinite. Choose columns of cells before to leave classes out.

    Returns float64: a scalar, or [image] or [class]; NaN where nothing was left.

    Raises:
        InputError: cells of another shape, or an option outside its list.
    """
    refuse_unless_one_of(order, MeanOrder, "order")
    refuse_unless_one_of(undefined, Undefined, "undefined")
    if cells.ndim != 2:
        raise InputError(f"cells must be [image, class]; got shape {tuple(cells.shape)}")
    mean = torch.nanmean if undefined == "skip" else torch.mean
    if order == "all_cells":
        return mean(cells)
    half = mean(cells, 1 if order in ("classes_then_images", "per_image") else 0)
    return half if order in ("per_image", "per_class") else mean(half)


def _suited_width(image: ImageBoundaries) -> float:
    step = min(image.spacing)
    return max(1, round(BAND_SHARE * image.diagonal / step)) * step


def _along(directions: Directions, read: Reading) -> Callable[[BoundaryCell], float]:
    """The reading of a cell along one direction, or of both together."""
    refuse_unless_one_of(directions, Directions, "directions")
    readings: dict[Directions, Callable[[BoundaryCell], float]] = {
        "max": lambda cell: max(read(cell.from_target), read(cell.from_prediction)),
        "mean": lambda cell: (read(cell.from_target) + read(cell.from_prediction)) / 2,
        "pooled": lambda cell: read(cell.from_target.and_also(cell.from_prediction)),
        "from_target": lambda cell: read(cell.from_target),
        "from_prediction": lambda cell: read(cell.from_prediction),
    }
    return readings[directions]


def _distance_cells(
    statistics: BoundaryStatistics,
    read: Callable[[BoundaryCell], float],
    one_empty: DistanceOfOneEmpty,
    both_empty: BothEmpty,
) -> Tensor:
    refuse_unless_one_of(one_empty, DistanceOfOneEmpty, "one_empty")

    def of_one(image: ImageBoundaries) -> float:
        return {"infinite": math.inf, "diagonal": image.diagonal, "undefined": math.nan}[one_empty]

    return _cells(statistics, lambda _image, cell, _label: read(cell), of_one, both_empty, perfect=0.0)


def _score_cells(
    statistics: BoundaryStatistics,
    read: Callable[[ImageBoundaries, BoundaryCell, int], float],
    one_empty: ScoreOfOneEmpty,
    both_empty: BothEmpty,
) -> Tensor:
    refuse_unless_one_of(one_empty, ScoreOfOneEmpty, "one_empty")
    of_one = 0.0 if one_empty == "zero" else math.nan
    return _cells(statistics, read, lambda _image: of_one, both_empty, perfect=1.0)


def _cells(
    statistics: BoundaryStatistics,
    read: Callable[[ImageBoundaries, BoundaryCell, int], float],
    of_one: Callable[[ImageBoundaries], float],
    both_empty: BothEmpty,
    *,
    perfect: float,
) -> Tensor:
    """The reading of every cell [image, class] whose masks both hold pixels, and the declared values of the others."""
    refuse_unless_one_of(both_empty, BothEmpty, "both_empty")
    of_both = perfect if both_empty == "perfect" else math.nan

    def value(image: ImageBoundaries, cell: BoundaryCell, label: int) -> float:
        filled = (cell.from_target.total > 0) + (cell.from_prediction.total > 0)
        return of_both if filled == 0 else of_one(image) if filled == 1 else read(image, cell, label)

    rows = [[value(image, cell, label) for label, cell in enumerate(image.cells)] for image in statistics.images]
    return torch.tensor(rows, dtype=torch.float64).reshape(len(statistics.images), len(statistics.class_names))
