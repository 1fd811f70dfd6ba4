"""What is timed: labels and scores drawn at random, and the time to look at them once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.benchmarks import Work

VOID = 255
Array = NDArray[np.generic]


@dataclass(frozen=True, kw_only=True)
class Images:
    """Images of a shape, of which a share of the target is void."""

    number: int
    shape: tuple[int, ...]
    classes: int
    void: float = 0.0

    @property
    def name(self) -> str:
        """Their number, shape and classes."""
        sides = " x ".join(str(side) for side in (self.number, *self.shape))
        return f"{sides}, {self.classes} classes" + (", void" if self.void else "")

    @property
    def void_label(self) -> int | None:
        """The label of void pixels, if there are any."""
        return VOID if self.void else None

    def labels(self) -> tuple[Tensor, Tensor]:
        """Target int64 [image, *shape] and a prediction that is right in two pixels of three."""
        random = np.random.default_rng(0)
        target = random.integers(0, self.classes, (self.number, *self.shape))
        other = random.integers(0, self.classes, target.shape)
        prediction = np.where(random.random(target.shape, np.float32) < 2 / 3, target, other)
        if self.void:
            target[random.random(target.shape, np.float32) < self.void] = VOID
        return torch.from_numpy(target), torch.from_numpy(prediction)


def softmax_scores(pixels: int, classes: int) -> tuple[Array, Array]:
    """Labels int64 [1, pixel] and softmax scores float32 [1, class, pixel] that favour the true class."""
    random = np.random.default_rng(0)
    target = random.integers(0, classes, (1, pixels))
    scores = random.standard_normal((1, classes, pixels), np.float32)
    scores += np.float32(1.5) * (target[:, None] == np.arange(classes)[:, None])
    np.exp(scores, out=scores)
    scores /= scores.sum(1, keepdims=True)
    return target, scores


def reading(*arrays: Tensor | Array) -> Work:
    """A look at every number once, an array a thread: the limit of whatever reads them all."""
    flat = [np.asarray(array).reshape(-1) for array in arrays]

    def read() -> None:
        with ThreadPoolExecutor(len(flat)) as pool:
            list(pool.map(np.max, flat))

    return read
