"""Masks of a session, unlike any other session's, and the scores that its page must show."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.soak.visitor import File

CLASSES = 5
SHARES = (0.5, 0.2, 0.15, 0.1, 0.05)


@dataclass(frozen=True, kw_only=True)
class Masks:
    """Label masks [image, row, column] of 5 classes; the prediction has errors in a share that the session names."""

    session: int
    images: int = 10
    side: int = 512

    @cached_property
    def target(self) -> NDArray[np.uint8]:
        """Blocks of all classes, the last of them rare."""
        blocks = np.random.default_rng(self.session).choice(CLASSES, (self.images, 16, 16), p=SHARES).astype(np.uint8)
        return blocks.repeat(self.side // 16, 1).repeat(self.side // 16, 2)

    @cached_property
    def prediction(self) -> NDArray[np.uint8]:
        """The target with wrong pixels, the larger part of the last class."""
        random = np.random.default_rng(1000 + self.session)
        share = 0.02 * (1 + self.session % 30) * np.linspace(0.2, 1, CLASSES)
        wrong = random.random(self.target.shape, np.float32) < share[self.target]
        return np.where(wrong, (self.target + 1) % CLASSES, self.target).astype(np.uint8)

    @property
    def sides(self) -> dict[str, list[File]]:
        """What is uploaded, by uploader."""
        return {
            "targets": [File(name="target.npy", data=_npy(self.target))],
            "predictions": [File(name="prediction.npy", data=_npy(self.prediction))],
        }

    @cached_property
    def scores(self) -> dict[str, str]:
        """The IoU under both averages, by the option's words: sums of classes first, or means of the classes."""
        pairs = self.target.astype(np.int64).ravel() * CLASSES + self.prediction.ravel()
        table = np.bincount(pairs, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
        hits, union = table.diagonal(), table.sum(0) + table.sum(1) - table.diagonal()
        return {"macro": f"{(hits / union).mean():.3f}", "micro": f"{hits.sum() / union.sum():.3f}"}


def _npy(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()
