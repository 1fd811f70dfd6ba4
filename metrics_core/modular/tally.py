"""Tallies: the statistics of a data set as states, counted once a batch for every metric that reads them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from metrics_core.arguments import names_of, number_of_classes, refuse_other_choices
from metrics_core.bins import Bins, Histogram, Images, images_of, refuse_unless_bins
from metrics_core.counting import KeptScores, Strays, count, refuse_large_tables
from metrics_core.inputs import ArrayLike, InputError, check
from metrics_core.modular.metric import Metric
from metrics_core.modular.states import Reduction
from metrics_core.statistics import Statistics

POOLED_NAME = "all images"
END = "\0"  # of an image name among the bytes of all names
DEFAULT_BINS = Bins(kind="uniform", count=4096)


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What is kept of a batch, and how it is counted.

    images: one table of all images, or one of each. histogram: the same for scores; bins are theirs. exact: label and
    scores of every pixel. num_classes, ignore_label, out_of_range: as for count.

    Raises:
        InputError: an option outside its list, no class, or more of them than memory holds tables of.
    """

    num_classes: int
    ignore_label: int | None = None
    out_of_range: Strays = "refuse"
    images: Images = "pooled"
    histogram: KeptScores = "none"
    bins: Bins = DEFAULT_BINS
    exact: bool = False

    def __post_init__(self) -> None:
        refuse_other_choices(self)
        refuse_unless_bins(self.bins)
        refuse_large_tables(1, number_of_classes(self.num_classes))

    def joined(self, other: Needs) -> Needs | None:
        """What serves both, or None where one pass over the pixels cannot."""
        if (self.num_classes, self.ignore_label) != (other.num_classes, other.ignore_label):
            return None
        with_scores = [needs for needs in (self, other) if needs.histogram != "none"]
        if len({needs.bins for needs in with_scores}) > 1:
            return None
        histograms = {needs.histogram for needs in with_scores}
        return replace(
            self,
            out_of_range="refuse" if "refuse" in (self.out_of_range, other.out_of_range) else "count",
            images="per_image" if "per_image" in (self.images, other.images) else "pooled",
            histogram="per_image" if "per_image" in histograms else "pooled" if histograms else "none",
            bins=with_scores[0].bins if with_scores else self.bins,
            exact=self.exact or other.exact,
        )


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What has been counted: statistics, exact labels [pixel] and scores [pixel, class] if they were kept.

    updates: how many batches it was.
    """

    statistics: Statistics
    target: Tensor | None
    scores: Tensor | None
    updates: int


class Tally(Metric):
    """The statistics of all batches; compute returns them as Counted."""

    # Tensors or lists of them, as the needs have it.
    confusion: Any
    histogram: Any
    names: Any
    target: Any
    scores: Any

    def __init__(
        self, needs: Needs, *, sync_on_compute: bool = True, process_group: dist.ProcessGroup | None = None
    ) -> None:
        super().__init__(sync_on_compute=sync_on_compute, process_group=process_group)
        self.needs = needs
        for name, default, reduction in _states(needs):
            self.add_state(name, default, reduction)

    @property
    def settings(self) -> tuple[object, ...]:
        """How pixels are counted."""
        return (self.needs,)

    def update(self, target: ArrayLike, prediction: ArrayLike, *, image_names: Sequence[str] | None = None) -> None:
        """Count a batch: target FIRST, then prediction, as for metrics_core.count.

        target: integer [image, *spatial]. prediction: labels of that shape, or scores [image, class, *spatial].
        image_names: an image whose name came before, here or on a lower rank, is not counted again; a distributed
        sampler pads with such repeats. Names need images="per_image".

        Raises:
            InputError: data that cannot be counted, or names where images were summed and cannot be told apart.
        """
        if image_names is not None:
            _refuse_unkept_names(self.needs)
        statistics = self._count(target, prediction)
        encoded = _encoded(image_names, statistics.num_images)
        if self.needs.exact:
            self._keep_pixels(target, prediction)
        if self.needs.images == "per_image":
            self.names.append(encoded.to(self.device))
        self._add("confusion", statistics.confusion, self.needs.images)
        if (histogram := statistics.histogram) is not None:
            self._add("histogram", histogram.counts, histogram.images)
            self.low = torch.minimum(self.low, histogram.low.to(self.device))
            self.high = torch.maximum(self.high, histogram.high.to(self.device))

    def _count(self, target: ArrayLike, prediction: ArrayLike) -> Statistics:
        needs = self.needs
        return count(
            target,
            prediction,
            num_classes=needs.num_classes,
            ignore_label=needs.ignore_label,
            out_of_range=needs.out_of_range,
            histogram=needs.histogram,
            bins=None if needs.histogram == "none" else needs.bins,
        )

    def compute(self) -> Any:
        """What has been counted, of all ranks, as Counted."""
        needs, names = self.needs, self._names()
        places = {name: i for i, name in reversed(list(enumerate(names)))}
        kept = sorted(places.values())
        exact = needs.exact and bool(self.target)
        statistics = Statistics(
            confusion=self._images("confusion", needs.images, kept),
            image_names=tuple(names[i] for i in kept),
            class_names=tuple(f"class {i}" for i in range(needs.num_classes)),
            ignore_label=needs.ignore_label,
            histogram=self._histogram(kept),
        )
        return Counted(
            statistics=statistics,
            target=torch.cat(self.target) if exact else None,
            scores=torch.cat(self.scores) if exact else None,
            updates=self.update_count,
        )

    def _add(self, name: str, counts: Tensor, images: Images) -> None:
        """Counts [image, ...] to a state that lists or sums them."""
        if images == "per_image":
            getattr(self, name).append(counts.to(self.device))
        else:
            setattr(self, name, getattr(self, name) + counts.sum(0).to(self.device))

    def _images(self, name: str, images: Images, kept: list[int]) -> Tensor:
        """Counts [image, ...] of the images that are kept, or of all together [1, ...]."""
        state = getattr(self, name)
        if images == "pooled":
            return state[None]
        counts = torch.cat(
            [torch.zeros((0, *_shapes(self.needs)[name]), dtype=torch.int64, device=self.device), *state]
        )
        return counts if len(kept) == len(counts) else images_of(counts, kept)

    def _histogram(self, kept: list[int]) -> Histogram | None:
        needs = self.needs
        if needs.histogram == "none":
            return None
        return Histogram(
            counts=self._images("histogram", needs.histogram, kept),
            low=self.low,
            high=self.high,
            bins=needs.bins,
            images=needs.histogram,
        )

    def _names(self) -> list[str]:
        if self.needs.images == "pooled":
            return [POOLED_NAME]
        text = b"".join(part.cpu().numpy().tobytes() for part in self.names).decode()
        names = text.split(END)[:-1]
        given = set(names)
        return [name or _free_name(i, given) for i, name in enumerate(names)]

    def _keep_pixels(self, target: ArrayLike, prediction: ArrayLike) -> None:
        """Labels and scores of all pixels that are not void; bytes become probabilities."""
        checked = check(target, prediction, num_classes=self.needs.num_classes)
        if checked.scores is None:
            raise InputError("exact curves need scores [image, class, *spatial]; prediction holds labels")
        labels, scores = checked.target.reshape(-1), checked.scores.transpose(1, 2).flatten(0, 1)
        if self.needs.ignore_label is not None:
            counted = labels != self.needs.ignore_label
            labels, scores = labels[counted], scores[counted]
        if not bool(torch.isfinite(scores).all()):
            raise InputError("scores must be finite numbers; got NaN or infinity; mend them, or void these pixels")
        self.target.append(labels.to(self.device, torch.int16 if self.needs.num_classes < 2**15 else torch.int64))
        self.scores.append((scores.double() / 255 if scores.dtype == torch.uint8 else scores).to(self.device))


def _free_name(image: int, given: Container[str]) -> str:
    """A name for an image that has none; one that is given, too, would make two images one."""
    name = f"image {image}"
    while name in given:
        name += " without a name"
    return name


def _shapes(needs: Needs) -> dict[str, tuple[int, ...]]:
    """Shape of the counts of one image."""
    side = needs.num_classes + 1
    return {"confusion": (side, side), "histogram": (side, needs.num_classes, needs.bins.count)}


def _states(needs: Needs) -> list[tuple[str, Tensor | list[Tensor], Reduction]]:
    """Names, defaults and reductions of the states that the needs ask for."""
    lists = ["names"] if needs.images == "per_image" else []
    lists += ["target", "scores"] if needs.exact else []
    states: list[tuple[str, Tensor | list[Tensor], Reduction]] = [(name, [], "cat") for name in lists]
    for name, images in (("confusion", needs.images), ("histogram", needs.histogram)):
        if images == "per_image":
            states.append((name, [], "cat"))
        elif images == "pooled":
            states.append((name, torch.zeros(_shapes(needs)[name], dtype=torch.int64), "sum"))
    if needs.histogram != "none":
        empty = torch.full((needs.num_classes, needs.bins.count), torch.inf, dtype=torch.float64)
        states.append(("low", empty, "min"))
        states.append(("high", -empty, "max"))
    return states


def _refuse_unkept_names(needs: Needs) -> None:
    if needs.images == "pooled" or needs.histogram == "pooled" or needs.exact:
        kept = "exact scores" if needs.exact else "sums over images"
        raise InputError(
            f"image_names need counts of each image, to leave out a repeated one, but this metric keeps {kept}; make "
            'it with images="per_image" and without exact=True, or leave the names out'
        )


def _encoded(names: Sequence[str] | None, images: int) -> Tensor:
    """Names, empty ones for images that have none, as bytes, which every rank can send."""
    given = ("",) * images if names is None else names_of(names, images, "image")
    if bad := [name for name in given if names is not None and (not name or END in name)]:
        raise InputError(f"image names must not be empty nor hold the character NUL; got {bad[0]!r}")
    return torch.frombuffer(bytearray("".join(name + END for name in given).encode()), dtype=torch.uint8)
