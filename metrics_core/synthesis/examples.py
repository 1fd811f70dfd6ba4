"""Examples: the example data sets that are computed when they are loaded, by the name their dataset.toml gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from metrics_core.synthesis.fields import smooth_noise
from metrics_core.synthesis.quotas import FloatArray, stream

_LESION_SPACING_MM = (3.0, 1.0, 1.0)
_LESION_SHAPE = (24, 96, 96)


def blog() -> dict[str, Tensor]:
    """100 images of 256 x 256 random labels of four classes, 30 of them empty: target and prediction uint8."""
    generator = torch.Generator().manual_seed(7)
    weights = torch.tensor([1.0, 10.0, 3.0, 1.0])

    def draw() -> Tensor:
        labels = torch.multinomial(weights, 100 * 256 * 256, replacement=True, generator=generator)
        labels = labels.to(torch.uint8).view(100, 256, 256)
        labels[70:] = 0
        return labels

    # The order matters: the prediction takes the first random numbers.
    prediction = draw()
    return {"target": draw(), "prediction": prediction}


def lesion() -> dict[str, Tensor]:
    """One volume [1, 24, 96, 96] of 3 x 1 x 1 mm: image and target uint8, probabilities float32 [1, 2, ...]."""
    random = stream(11, "lesion")
    texture = smooth_noise(random, _LESION_SHAPE, 10.0)
    grain = random.standard_normal(_LESION_SHAPE, dtype=np.float32)
    doubt = smooth_noise(random, _LESION_SHAPE, 8.0)
    large = _depth_mm((34.0, 52.0, 40.0), (10.0, 8.0, 7.0))
    small = _depth_mm((49.0, 30.0, 62.0), (5.0, 3.5, 3.5))
    vessel = _depth_mm((25.0, 66.0, 62.0), (4.5, 2.5, 2.5))
    head = _depth_mm((34.5, 47.5, 47.5), (46.0, 44.0, 38.0))
    target = np.maximum(large, small) > 0
    grey = np.where(head > 0, 95, 12) + np.where(target, 45, 0) + np.where(vessel > 0, 60, 0) + 7 * texture + 6 * grain
    # The model sees the large lesion 1.5 mm off and 0.8 mm too small, the small one weakly, the vessel as a lesion.
    seen = _depth_mm((34.0, 53.2, 40.9), (9.2, 7.2, 6.2)) + 0.5 * doubt
    logit = np.maximum.reduce(
        [seen / 0.7, np.minimum(small, 0.6) / 0.8 - 1.5, np.minimum(vessel, 1.5) / 0.8, -8 + doubt]
    )
    probability = torch.from_numpy(logit.astype(np.float32)).sigmoid()
    return {
        "image": torch.from_numpy(np.clip(grey, 0, 255).astype(np.uint8))[None],
        "target": torch.from_numpy(target.astype(np.uint8))[None],
        "probabilities": torch.stack([1 - probability, probability])[None],
    }


def _depth_mm(centre_mm: tuple[float, float, float], radii_mm: tuple[float, float, float]) -> FloatArray:
    """How deep a voxel lies inside an ellipsoid, about in mm; negative outside."""
    axes = [np.arange(length) * step for length, step in zip(_LESION_SHAPE, _LESION_SPACING_MM, strict=True)]
    slices, rows, columns = np.meshgrid(*axes, indexing="ij")
    scaled = [(axis - c) / r for axis, c, r in zip((slices, rows, columns), centre_mm, radii_mm, strict=True)]
    distance = np.sqrt(sum(part**2 for part in scaled))
    return ((1 - distance) * min(radii_mm)).astype(np.float32)


GENERATORS: Mapping[str, Callable[[], dict[str, Tensor]]] = {"blog": blog, "lesion": lesion}
