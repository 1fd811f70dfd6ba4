"""Counting: target and prediction to statistics, from which conventions make their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from metrics_core.arguments import names_of, refuse_unless_one_of
from metrics_core.bins import Bins, refuse_unless_bins
from metrics_core.blocks import image_blocks, row_blocks
from metrics_core.deciding import labels_of, refuse_undecided
from metrics_core.histograms import HistogramJob
from metrics_core.inputs import ArrayLike, Checked, InputError, check, check_weights, refuse_labels, whole_number
from metrics_core.kernels import cpu, in_main_memory
from metrics_core.kernels import torch as torch_kernel
from metrics_core.packing import Tables, WholeTables, join
from metrics_core.statistics import Statistics

Strays = Literal["refuse", "count"]
KeptScores = Literal["none", "pooled", "per_image"]
LARGEST_TABLE = 2**28  # entries of an image's table: more than that is a mistaken number of classes
LARGEST_TABLES = 2**32  # entries of all tables, which are kept packed


def count(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    class_names: Sequence[str] | None = None,
    image_names: Sequence[str] | None = None,
    out_of_range: Strays = "refuse",
    pixel_weights: ArrayLike | None = None,
    histogram: KeptScores = "none",
    bins: Bins | None = None,
) -> Statistics:
    """Count (true, predicted) pairs of every image, and scores by true class: what conventions need of the pixels.

    target: integer [image, *spatial], any spatial rank (a 1-D array is one image). prediction: integer labels of that
    shape, or scores [image, class, *spatial] whose first highest class is taken. Both may lie in memory in any order or
    be mapped from a file: no second copy is made. ignore_label marks void target pixels; out_of_range="count" books
    predictions that are no class as such instead of refusing them (a predicted ignore_label always is). pixel_weights:
    numbers [image, *spatial] that are summed, as float64, in place of counting pixels. histogram counts scores, which
    must be probabilities in [0, 1] then, of all images together or of each; bins default to exact ones for uint8 and
    float16 and to 4096 uniform ones for other floats.

    Raises:
        InputError: shapes, dtypes, labels or scores that cannot be counted; the message says where and what to do.
    """
    refuse_unless_one_of(out_of_range, Strays, "out_of_range")
    refuse_unless_one_of(histogram, KeptScores, "histogram")
    refuse_unless_bins(bins)
    ignored = None if ignore_label is None else whole_number(ignore_label, "ignore_label")
    num_classes = whole_number(num_classes, "num_classes")  # a narrow integer, such as labels.max() + 1, would overflow
    checked = check(target, prediction, num_classes=num_classes)
    weights = None if pixel_weights is None else check_weights(pixel_weights, checked)
    if weights is not None and histogram != "none":
        raise InputError("pixel_weights apply to labels, not to a histogram; count the histogram without them")
    images = checked.true.shape[0]
    refuse_large_tables(images, num_classes)
    names = {"image": names_of(image_names, images, "image"), "class": names_of(class_names, num_classes, "class")}
    job = _Job(num_classes=num_classes, ignore_label=ignored, out_of_range=out_of_range)
    pending = None if in_main_memory(checked.true) else job.tables(checked, weights)
    scored = HistogramJob(num_classes=num_classes, ignore_label=ignored, bins=bins)
    counted = None if histogram == "none" else scored.histogram(checked, histogram)
    return Statistics(
        # What a device counts is first looked at once all of it is under way.
        confusion=job.in_parts(checked, weights) if pending is None else job.folded(checked, pending),
        image_names=names["image"],
        class_names=names["class"],
        ignore_label=ignored,
        histogram=counted,
    )


def fits_tables(images: int, num_classes: int) -> bool:
    """Whether so many tables, each with rows and columns for void and for other labels, can be filled and kept."""
    entries = (num_classes + 2) ** 2
    return entries <= LARGEST_TABLE and images * entries <= LARGEST_TABLES


def refuse_large_tables(images: int, num_classes: int) -> None:
    """Raise where the tables of so many images and classes would not fit into memory.

    Raises:
        InputError: they do not.
    """
    if not fits_tables(images, num_classes):
        raise InputError(
            f"the tables of {images} images with {num_classes} classes would take "
            f"{images * (num_classes + 2) ** 2 / 2**27:,.1f} GiB, but {LARGEST_TABLE / 2**27:.0f} for an image and "
            f"{LARGEST_TABLES / 2**27:.0f} for all are the limits; check num_classes, or count all as one image "
            "[1, pixel]"
        )


class _Room:
    """Memory for parts that lie in another order, taken once: what is freed in between is not always found again."""

    def __init__(self) -> None:
        self._taken: dict[str, Tensor] = {}

    def in_order(self, name: str, part: Tensor) -> Tensor:
        """A part as [image, pixel], copied to the room of its name if it must be."""
        if part.is_contiguous():
            return part.reshape(part.shape[0], -1)
        room = self._taken.get(name)
        if room is None or room.numel() < part.numel():
            room = self._taken[name] = torch.empty(part.numel(), dtype=part.dtype)
        return room[: part.numel()].view(part.shape).copy_(part).reshape(part.shape[0], -1)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """How the tables of one data set are filled."""

    num_classes: int
    ignore_label: int | None
    out_of_range: Literal["refuse", "count"]
    room: _Room = field(default_factory=_Room)

    def in_parts(self, checked: Checked, weights: Tensor | None) -> Tensor | Tables:
        """The confusion, made of parts small enough that neither copies nor tables take much memory."""
        finished: list[Tables] = []
        for images in image_blocks(checked, self.num_classes):
            confusions: list[Tensor] = []
            for rows in row_blocks(checked, images):
                part = checked.part(images, rows)
                tables = self.tables(part, None if weights is None else weights[images, rows])
                confusions.append(self.folded(part, tables))
            total = confusions[0] if len(confusions) == 1 else torch.stack(confusions).sum(0)
            if images.stop - images.start == checked.true.shape[0]:
                return total
            finished.append(join([WholeTables(total.numpy())], whole_up_to=0))
        return join(finished)

    def tables(self, part: Checked, weights: Tensor | None) -> Tensor:
        """Tables [image, C+2, C+2] of the pixels, or of their weights."""
        flat = None if weights is None else weights.reshape(part.true.shape[0], -1)
        if not in_main_memory(part.true):
            return torch_kernel.tabulate(part.target, labels_of(part), self.num_classes, self.ignore_label, flat)
        labels = self.room.in_order("labels", part.predicted) if part.kind == "labels" else labels_of(part)
        pixels = self.room.in_order("target", part.true).numpy(), labels.contiguous().numpy()
        if flat is None:
            return torch.from_numpy(cpu.tabulate(*pixels, self.num_classes, self.ignore_label))
        return torch.from_numpy(cpu.weigh(*pixels, flat.contiguous().numpy(), self.num_classes, self.ignore_label))

    def folded(self, part: Checked, tables: Tensor) -> Tensor:
        """The confusion [image, C+1, C+1] of tables without a stray label that is to be refused; changes the tables."""
        # Of small tables numpy makes less ado than torch.
        counted: Any = tables.numpy() if in_main_memory(tables) else tables
        self._refuse_strays(part, counted)
        return torch.as_tensor(_folded(counted, self.num_classes, self.ignore_label)).clone()

    def _refuse_strays(self, part: Checked, tables: Any) -> None:
        """Raise for labels that are none; the first look at what was counted, so that no device waits before."""
        if tables[:, -1].any():
            refuse_labels(part, "target", num_classes=self.num_classes, ignore_label=self.ignore_label)
        if part.kind != "labels":
            if tables[:, :-1, self.num_classes :].any():
                refuse_undecided(part)
        elif self.out_of_range == "refuse" and tables[:, :-1, -1].any():
            refuse_labels(part, "prediction", num_classes=self.num_classes, ignore_label=self.ignore_label)


def _folded(tables: Any, num_classes: int, ignore_label: int | None) -> Any:
    """[image, C+2, C+2] to [image, C+1, C+1] in place: predicted void and predicted strays share the last column."""
    tables[:, :-1, -2] += tables[:, :-1, -1]
    if ignore_label is not None and 0 <= ignore_label < num_classes:
        tables[:, -2] += tables[:, ignore_label]
        tables[:, ignore_label] = 0
    return tables[:, :-1, :-1]
