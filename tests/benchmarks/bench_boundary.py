"""Distances between boundaries beside MONAI's surface distances, of all classes and of all but the background."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from monai.metrics.hausdorff_distance import compute_hausdorff_distance
from monai.metrics.surface_distance import compute_average_surface_distance
from monai.networks.utils import one_hot
from torch import Tensor

import metrics_core as mc
from tests.benchmarks import Row, Size, medians_ms

SHAPES = {
    "full": {"16 images of 256 x 256": (16, 256, 256), "a volume of 96 x 96 x 96": (1, 96, 96, 96)},
    "quick": {"2 images of 16 x 16": (2, 16, 16)},
}


def run(size: Size = "full") -> Iterator[Row]:
    """Yield the Hausdorff and the average surface distance of images and of a volume."""
    for name, shape in SHAPES[size].items():
        target, prediction = balls(shape, shift=0), balls(shape, shift=2)

        def ours(target: Tensor = target, prediction: Tensor = prediction) -> object:
            boundaries = mc.boundary_distances(target, prediction, num_classes=2, depths="left_out")
            return mc.hausdorff(boundaries), mc.average_surface_distance(boundaries)

        def monai(background: bool, target: Tensor = target, prediction: Tensor = prediction) -> object:
            both = [one_hot(each[:, None], 2) for each in (prediction, target)]
            options = {"include_background": background}
            return compute_hausdorff_distance(*both, **options), compute_average_surface_distance(*both, **options)

        goals = {"MONAI": 5, "MONAI, without the background": 1}
        others = dict(zip(goals, (partial(monai, True), partial(monai, False)), strict=True))
        times = medians_ms({"ours": ours} | others)
        for against, goal in goals.items():
            workload = f"Hausdorff and average surface distance of two classes, {name}"
            yield Row(workload=workload, against=against, ours=times["ours"], other=times[against], goal=goal)


def balls(shape: tuple[int, ...], *, shift: int) -> Tensor:
    """Labels int64 [image, *spatial] with a ball in the middle of each image, larger in later ones."""
    number, *sides = shape
    axes = np.meshgrid(*(np.arange(side) - side / 2 - shift for side in sides), indexing="ij")
    distance = np.sqrt(sum(axis**2 for axis in axes))
    radii = np.linspace(0.2, 0.4, number) * min(sides)
    return torch.from_numpy(np.stack([distance < radius for radius in radii]).astype(np.int64))
