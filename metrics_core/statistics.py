"""Statistics: what is left of the pixels once they are counted, and how parts of it merge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metrics_core.arguments import refuse_other_images, refuse_unless_one_of
from metrics_core.bins import Histogram, at_or_above, images_of, merge_histograms
from metrics_core.inputs import InputError
from metrics_core.packing import PackedTensor, Tables, WholeTables, blocks, join

Table = NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Margins:
    """Sums over the confusion that every convention needs, so that a toggle reads [image, class], not the tables."""

    tables: Tables  # [image, C+1, C+1]: integers, or floats where pixels or rows were weighted
    diagonal: Table  # [image, C]
    rows: Table  # [image, C]: target pixels of a class, all predictions
    columns: Table  # [image, C]: predictions of a class over true classes, void row left out
    outside: Table  # [image, C]: target pixels of a class predicted as no class
    void: Table  # [image, C+1]: the void row

    @classmethod
    def of(cls, tables: Tables) -> Margins:
        """Margins of tables [image, true+1, predicted+1]."""
        sums: list[tuple[Table, ...]] = []
        for block in blocks(tables):
            inner = block[:, :-1, :-1]
            diagonal = inner.diagonal(axis1=1, axis2=2)
            views = (diagonal, block[:, :-1, -1], block[:, -1])
            # Copies, since a view would keep its whole block in memory.
            diagonal, outside, void = (view.copy() for view in views)
            sums.append((diagonal, block[:, :-1].sum(2), inner.sum(1), outside, void))
        names = ("diagonal", "rows", "columns", "outside", "void")
        parts = (np.concatenate(part) for part in zip(*sums, strict=True))
        return cls(tables=tables, **dict(zip(names, parts, strict=True)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Statistics:
    """Counts of one prediction of a data set.

    confusion: int64 [image, true+1, predicted+1], float64 where pixels were weighted; the last row holds void target
    pixels, the last column predictions that are no class. Large ones are kept packed (`tables`) and unpacked when asked
    for. image_names are unique; ignore_label is the void label that was counted into the last row;
    histogram holds the scores of every class by true class, where scores were counted.
    """

    confusion: PackedTensor = PackedTensor()  # noqa: RUF009  # a descriptor
    image_names: tuple[str, ...]
    class_names: tuple[str, ...]
    ignore_label: int | None = None
    histogram: Histogram | None = None

    def __post_init__(self) -> None:
        side = len(self.class_names) + 1
        kept = self.__dict__["_confusion"]
        is_count = kept.dtype in (torch.int64, torch.float64) if isinstance(kept, Tensor) else isinstance(kept, Tables)
        shape, kind = tuple(getattr(kept, "shape", ())), kept.dtype if isinstance(kept, Tensor) else type(kept).__name__
        if shape != (len(self.image_names), side, side) or not is_count:
            raise InputError(
                "confusion must be an int64 tensor, or float64 where pixels are weighted, [image, true+1, predicted+1] "
                f"= {(len(self.image_names), side, side)}; got {kind} {shape}"
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
    def tables(self) -> Tables:
        """The confusion as it is kept: whole, or packed where it is large."""
        kept = self.__dict__["_confusion"]
        return WholeTables(kept.cpu().numpy()) if isinstance(kept, Tensor) else kept

    @property
    def support(self) -> Tensor:
        """Target pixels int64 [image, class]."""
        return torch.from_numpy(self.per_image.rows)

    @property
    def void_pixels(self) -> Tensor:
        """Void target pixels int64 [image]."""
        return torch.from_numpy(self.per_image.void.sum(1))

    @cached_property
    def per_image(self) -> Margins:
        """Margins of every image."""
        return Margins.of(self.tables)

    @cached_property
    def pooled(self) -> Margins:
        """Margins of all images summed: image axis of length 1."""
        total = reduce(np.add, (block.sum(0) for block in blocks(self.tables)))
        return Margins.of(WholeTables(total[None]))

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

    def renamed(self, image_names: Sequence[str]) -> Statistics:
        """The same counts under other image names, as they are kept.

        Raises:
            InputError: another number of names, or one that occurs twice.
        """
        return replace(self, confusion=self.__dict__["_confusion"], image_names=tuple(image_names))

    def select(self, images: Sequence[int]) -> Statistics:
        """Statistics of some images, by index, in the given order; a pooled histogram cannot be split and is left out.

        Raises:
            InputError: an index of no image, or one given twice.
        """
        refuse_other_images(images, self.num_images)
        names = tuple(self.image_names[i] for i in images)
        splits = self.histogram is not None and self.histogram.images == "per_image"
        histogram = self.histogram.select(images) if self.histogram is not None and splits else None
        kept = self.__dict__["_confusion"]
        confusion = images_of(kept, images) if isinstance(kept, Tensor) else kept.select(images)
        return replace(self, confusion=confusion, image_names=names, histogram=histogram)


def _refuse_repeated(names: tuple[str, ...]) -> None:
    if len(set(names)) != len(names):
        repeated, times = Counter(names).most_common(1)[0]
        raise InputError(
            f"image names must be unique, so that no image counts twice; {repeated!r} occurs {times} "
            "times; drop the repeats (a DistributedSampler pads with them) or rename them"
        )


def refuse_unless_statistics(*given: object, usage: str) -> None:
    """Raise unless all are Statistics, or mappings to such; usage shows a call with its arguments in order.

    Raises:
        InputError: anything else, such as a formula in the wrong place.
    """
    for each in given:
        if isinstance(each, Mapping):
            refuse_unless_statistics(*each.values(), usage=usage)
        elif not isinstance(each, Statistics):
            shown = repr(each) if isinstance(each, str) else type(each).__name__
            raise InputError(f"statistics must be as count returns them, in the order of {usage}; got {shown}")


def merge(*parts: Statistics, repeated: Literal["refuse", "drop"] = "refuse") -> Statistics:
    """Statistics of all parts together: images concatenate, in order.

    repeated="drop" keeps the first of images with one name, as a sampler that pads the last batch needs.

    Raises:
        InputError: classes or void labels differ, or an image name repeats and is not to be dropped.
    """
    refuse_unless_statistics(*parts, usage="merge(part, part)")
    refuse_unless_one_of(repeated, Literal["refuse", "drop"], "repeated")
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
        confusion=_joined(parts),
        image_names=tuple(names),
        histogram=merge_histograms(histograms) if histograms else None,
    )


def _joined(parts: Sequence[Statistics]) -> Tensor | Tables:
    """Confusions in order, on their device where they are whole."""
    kept = [part.__dict__["_confusion"] for part in parts]
    if all(isinstance(each, Tensor) for each in kept):
        return torch.cat(kept)
    return join([part.tables for part in parts])


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


def common_images(*models: Statistics) -> tuple[tuple[Statistics, ...], tuple[str, ...]]:
    """Statistics of the images that all models have, in the first one's order, and the names that some model lacks.

    Raises:
        ValueError: the models have different classes, or no image name in common.
    """
    first = models[0]
    if other := [each.class_names for each in models if each.class_names != first.class_names]:
        raise ValueError(f"models are compared on the same classes; got {first.class_names} and {other[0]}")
    places = [{name: i for i, name in enumerate(each.image_names)} for each in models]
    shared = [name for name in first.image_names if all(name in place for place in places)]
    if not shared:
        raise ValueError(
            f"the models have no image name in common, e.g. {first.image_names[:1]} and {models[-1].image_names[:1]}; "
            "give the same image_names to count for all"
        )
    dropped = {name for each in models for name in each.image_names}.difference(shared)
    selected = (each.select([place[name] for name in shared]) for each, place in zip(models, places, strict=True))
    return tuple(selected), tuple(sorted(dropped))


def different_targets(*models: Statistics) -> tuple[str, ...]:
    """Names of images whose target holds other numbers of pixels in one model than in the first; all in one order."""
    margins = [each.per_image for each in models]
    targets = [np.concatenate([each.rows, each.void.sum(1, keepdims=True)], 1) for each in margins]
    differ = np.any([(target != targets[0]).any(1) for target in targets], 0)
    return tuple(name for name, unequal in zip(models[0].image_names, differ, strict=True) if unequal)
