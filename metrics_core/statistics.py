"""Statistics: what is left of the pixels once they are counted, and how parts of it merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metrics_core.bins import Histogram, at_or_above, images_of, merge_histograms
from metrics_core.inputs import InputError

Table = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Margins:
    """Sums over the confusion that every convention needs, so that a toggle reads [image, class], not the tables."""

    confusion: Table  # [image, C+1, C+1]: integers, or floats where rows were reweighted
    diagonal: Table  # [image, C]
    rows: Table  # [image, C]: target pixels of a class, all predictions
    columns: Table  # [image, C]: predictions of a class over true classes, void row left out
    outside: Table  # [image, C]: target pixels of a class predicted as no class

    @classmethod
    def of(cls, confusion: Table) -> Margins:
        """Margins of confusion [image, true+1, predicted+1]."""
        inner = confusion[:, :-1, :-1]
        return cls(
            confusion=confusion,
            diagonal=np.ascontiguousarray(inner.diagonal(axis1=1, axis2=2)),
            rows=confusion[:, :-1].sum(2),
            columns=inner.sum(1),
            outside=np.ascontiguousarray(confusion[:, :-1, -1]),
        )


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Counts of one prediction of a data set.

    confusion: int64 [image, true+1, predicted+1]; the last row holds void target pixels, the last column predictions
    that are no class. image_names are unique; ignore_label is the void label that was counted into the last row;
    histogram holds the scores of every class by true class, where scores were counted.
    """

    confusion: Tensor
    image_names: tuple[str, ...]
    class_names: tuple[str, ...]
    ignore_label: int | None = None
    histogram: Histogram | None = None

    def __post_init__(self) -> None:
        side = len(self.class_names) + 1
        if self.confusion.shape != (len(self.image_names), side, side) or self.confusion.dtype != torch.int64:
            raise InputError(
                f"confusion must be int64 [image, true+1, predicted+1] = {(len(self.image_names), side, side)}; "
                f"got {self.confusion.dtype} {tuple(self.confusion.shape)}"
            )
        _refuse_repeated(self.image_names)

    @property
    def num_classes(self) -> int:
        """Number of classes C, void not among them."""
        return len(self.class_names)

    @property
    def num_images(self) -> int:
        """Number of images."""
        return len(self.image_names)

    @property
    def support(self) -> Tensor:
        """Target pixels int64 [image, class]."""
        return self.confusion[:, :-1].sum(2)

    @property
    def void_pixels(self) -> Tensor:
        """Void target pixels int64 [image]."""
        return self.confusion[:, -1].sum(1)

    @cached_property
    def per_image(self) -> Margins:
        """Margins of every image."""
        return Margins.of(self.confusion.cpu().numpy())

    @cached_property
    def pooled(self) -> Margins:
        """Margins of all images summed: image axis of length 1."""
        return Margins.of(self.confusion.cpu().numpy().sum(0, keepdims=True))

    @cached_property
    def scores_per_image(self) -> Table | None:
        """Scores in a bin or any above it [image, true+1, class, bin+1]; None without a histogram of every image."""
        if self.histogram is None or self.histogram.images == "pooled":
            return None
        return at_or_above(self.histogram.counts.cpu().numpy())

    @cached_property
    def scores_pooled(self) -> Table | None:
        """The same of all images summed: image axis of length 1; None without a histogram."""
        if self.histogram is None:
            return None
        return at_or_above(self.histogram.counts.cpu().numpy().sum(0, keepdims=True))

    def select(self, images: Sequence[int]) -> Statistics:
        """Statistics of some images, by index, in the given order; a pooled histogram cannot be split and is left out.

        Raises:
            InputError: an index of no image, or one given twice.
        """
        if missing := [i for i in images if not -self.num_images <= i < self.num_images]:
            raise InputError(f"images must be indices 0..{self.num_images - 1}; got {missing[0]}")
        names = tuple(self.image_names[i] for i in images)
        splits = self.histogram is not None and self.histogram.images == "per_image"
        histogram = self.histogram.select(images) if self.histogram is not None and splits else None
        return replace(self, confusion=images_of(self.confusion, images), image_names=names, histogram=histogram)


def _refuse_repeated(names: tuple[str, ...]) -> None:
    if len(set(names)) != len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise InputError(
            f"image names must be unique, so that no image counts twice; {repeated!r} occurs {names.count(repeated)} "
            "times; drop the repeats (a DistributedSampler pads with them) or rename them"
        )


def merge(*parts: Statistics, repeated: Literal["refuse", "drop"] = "refuse") -> Statistics:
    """Statistics of all parts together: images concatenate, in order.

    repeated="drop" keeps the first of images with one name, as a sampler that pads the last batch needs.

    Raises:
        InputError: classes or void labels differ, or an image name repeats and is not to be dropped.
    """
    if not parts:
        raise InputError("merge needs at least one Statistics; got none")
    first = parts[0]
    for part in parts[1:]:
        if (part.class_names, part.ignore_label) != (first.class_names, first.ignore_label):
            raise InputError("merge needs the same class names and ignore_label in every part; they differ")
    names = [name for part in parts for name in part.image_names]
    histograms = [part.histogram for part in parts if part.histogram is not None]
    if len(histograms) not in (0, len(parts)):
        raise InputError("merge needs a histogram in every part or in none; some parts were counted without")
    if repeated == "drop":
        parts = _first_of_each(parts)
        histograms = [part.histogram for part in parts if part.histogram is not None]
        names = [name for part in parts for name in part.image_names]
    return replace(
        first,
        confusion=torch.cat([part.confusion for part in parts]),
        image_names=tuple(names),
        histogram=merge_histograms(histograms) if histograms else None,
    )


def _first_of_each(parts: tuple[Statistics, ...]) -> tuple[Statistics, ...]:
    """Parts without the images whose name an earlier one holds."""
    seen: set[str] = set()
    kept: list[Statistics] = []
    for part in parts:
        fresh = [i for i, name in enumerate(part.image_names) if name not in seen]
        seen.update(part.image_names)
        if len(fresh) == part.num_images:
            kept.append(part)
        elif fresh and part.histogram is not None and part.histogram.images == "pooled":
            raise InputError("a repeated image cannot leave a pooled histogram; count with histogram='per_image'")
        elif fresh:
            kept.append(part.select(fresh))
    return tuple(kept)
