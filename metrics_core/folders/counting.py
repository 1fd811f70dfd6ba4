"""Counting: images as they are read to the statistics of one part after another."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace

import torch

from metrics_core.bins import Bins, Histogram, Images
from metrics_core.counting import count
from metrics_core.files import FileError, UserData, display_name
from metrics_core.folders.noticed import Noticed, add_notices
from metrics_core.folders.plan import Plan
from metrics_core.folders.reading import ImageData, ahead, read_image
from metrics_core.folders.task import FolderTask
from metrics_core.folders.walking import Listing
from metrics_core.inputs import InputError
from metrics_core.statistics import Statistics, merge

_PENDING_CELLS = 2**24  # histogram cells of images that wait to be merged: 128 MiB


@dataclass(kw_only=True)
class Part:
    """A part while it grows: statistics not yet merged, what was left out and why, and what was remarked."""

    number: int
    pending: list[Statistics] = field(default_factory=list[Statistics])
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    noticed: dict[str, Noticed] = field(default_factory=dict[str, Noticed])


@dataclass(frozen=True, kw_only=True)
class Counter:
    """Counts the parts of a plan on one device."""

    task: FolderTask
    listing: Listing
    plan: Plan
    device: torch.device

    def parts(self, numbers: Iterable[int], *, threads: int) -> Generator[tuple[Part, bool]]:
        """Each part after every image, and whether it is complete; to be closed, which ends its threads.

        Raises:
            FileError: a file that cannot be read, unless such are to be skipped.
        """
        places = [(number, index) for number in numbers for index in self.plan.images_of(number)]
        part: Part | None = None
        with closing(ahead(self._read, (index for _, index in places), threads=threads)) as read:
            for (number, index), image in zip(places, read, strict=True):
                if part is None or part.number != number:
                    part = Part(number=number)
                self._add(part, image, self.listing.names[index])
                yield part, index == self.plan.images_of(number)[-1]

    def statistics(self, part: Part) -> Statistics:
        """Everything counted of a part, in one."""
        return merge(self._nothing(), *part.pending)

    def _read(self, index: int) -> ImageData | FileError:
        try:
            return read_image(self.task, self.listing, index)
        except FileError as error:
            return error

    def _add(self, part: Part, image: ImageData | FileError, name: str) -> None:
        counted = image if isinstance(image, FileError) else self._count(image)
        if isinstance(counted, FileError):
            if self.task.broken == "refuse":
                raise counted
            part.left_out[name] = str(counted)
            return
        if isinstance(image, ImageData):
            add_notices(part.noticed, name, image.notices)
        part.pending.append(counted)
        cells = 0 if counted.histogram is None else counted.histogram.counts.numel()
        if len(part.pending) > max(1, min(32, _PENDING_CELLS // max(1, cells))):
            part.pending = [merge(*part.pending)]

    def _count(self, image: ImageData) -> Statistics | FileError:
        try:
            counted = [self._one(data, image.name) for data in (image.labels, image.scores) if data is not None]
        except (InputError, ValueError) as error:
            return FileError(f"{display_name(image.name)}: {error}")
        if len(counted) == 1:
            return counted[0]
        return replace(counted[0], histogram=counted[1].histogram)

    def _one(self, data: UserData, name: str) -> Statistics:
        counted = count(
            data.target.to(self.device),
            data.prediction.to(self.device),
            num_classes=self.task.num_classes,
            ignore_label=self.task.ignore_label,
            class_names=self.task.names_of_classes,
            image_names=(name,),
            out_of_range=self.task.out_of_range,
            histogram="none" if data.kind == "labels" else self.plan.histogram or "none",
            bins=None if data.kind == "labels" else self.plan.bins,
        )
        if self.device.type == "cpu":
            return counted
        histogram = counted.histogram and replace(
            counted.histogram,
            counts=counted.histogram.counts.cpu(),
            low=counted.histogram.low.cpu(),
            high=counted.histogram.high.cpu(),
        )
        return replace(counted, confusion=counted.confusion.cpu(), histogram=histogram)

    def _nothing(self) -> Statistics:
        """Statistics of no image."""
        side = self.task.num_classes + 1
        return Statistics(
            confusion=torch.zeros((0, side, side), dtype=torch.int64),
            image_names=(),
            class_names=self.task.names_of_classes,
            ignore_label=self.task.ignore_label,
            histogram=self.plan.bins and _no_scores(side, self.plan.bins, self.plan.histogram or "pooled"),
        )


def _no_scores(side: int, bins: Bins, images: Images) -> Histogram:
    shape = (side - 1, bins.count)
    return Histogram(
        counts=torch.zeros((1 if images == "pooled" else 0, side, *shape), dtype=torch.int64),
        low=torch.full(shape, torch.inf, dtype=torch.float64),
        high=torch.full(shape, -torch.inf, dtype=torch.float64),
        bins=bins,
        images=images,
    )
