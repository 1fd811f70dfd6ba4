"""Counting: target and prediction to statistics, the only pass over the pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from metrics_core.bins import Bins, Histogram, Images, merge_histograms, suited_bins
from metrics_core.inputs import (
    ArrayLike,
    Checked,
    InputError,
    check,
    check_weights,
    refuse_labels,
    refuse_score,
    whole_number,
)
from metrics_core.kernels import cpu, torch_histogram
from metrics_core.kernels import histogram as cpu_histogram
from metrics_core.kernels import torch as torch_kernel
from metrics_core.packing import PACKED_ABOVE, Tables, WholeTables, join
from metrics_core.statistics import Statistics

LARGEST_TABLES = 2**32  # entries of all tables: more than that is a mistaken number of classes
BLOCK_TABLES = 2**20  # entries of the tables that are filled at a time, 8 MiB
BLOCK_BYTES = 2**23  # labels and scores that are copied or ranked at a time


def count(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    class_names: Sequence[str] | None = None,
    image_names: Sequence[str] | None = None,
    out_of_range: Literal["refuse", "count"] = "refuse",
    pixel_weights: ArrayLike | None = None,
    histogram: Literal["none", "pooled", "per_image"] = "none",
    bins: Bins | None = None,
) -> Statistics:
    """Count (true, predicted) pairs of every image, and scores by true class: the only pass over the pixels.

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
    _refuse_unlisted("out_of_range", out_of_range, ("refuse", "count"))
    _refuse_unlisted("histogram", histogram, ("none", "pooled", "per_image"))
    ignored = None if ignore_label is None else whole_number(ignore_label, "ignore_label")
    num_classes = whole_number(num_classes, "num_classes")  # a narrow integer, such as labels.max() + 1, would overflow
    checked = check(target, prediction, num_classes=num_classes)
    weights = None if pixel_weights is None else check_weights(pixel_weights, checked)
    if weights is not None and histogram != "none":
        raise InputError("pixel_weights apply to labels, not to a histogram; count the histogram without them")
    images = checked.true.shape[0]
    _refuse_large_tables(images, num_classes)
    job = _Job(num_classes=num_classes, ignore_label=ignored, out_of_range=out_of_range)
    pending = None if in_main_memory(checked.true) else job.tables(checked, weights)
    counted = None if histogram == "none" else _histogram(checked, num_classes, ignored, histogram, bins)
    return Statistics(
        # What a device counts is first looked at once all of it is under way.
        confusion=job.in_parts(checked, weights) if pending is None else job.folded(checked, pending),
        image_names=_names(image_names, images, "image"),
        class_names=_names(class_names, num_classes, "class"),
        ignore_label=ignored,
        histogram=counted,
    )


def _refuse_unlisted(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"{name} must be one of {', '.join(allowed)}; got {value!r}")


def _refuse_large_tables(images: int, num_classes: int) -> None:
    entries = images * (num_classes + 2) ** 2
    if entries > LARGEST_TABLES:
        raise InputError(
            f"the tables of {images} images with {num_classes} classes would take {entries / 2**27:,.1f} GiB, but "
            f"{LARGEST_TABLES / 2**27:.0f} is the limit; check num_classes, or count all as one image [1, pixel]"
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
        for images in _image_blocks(checked, self.num_classes):
            confusions: list[Tensor] = []
            for rows in _row_blocks(checked, images):
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
            return torch_kernel.tabulate(part.target, _labels(part), self.num_classes, self.ignore_label, flat)
        labels = self.room.in_order("labels", part.predicted) if part.kind == "labels" else _labels(part)
        pixels = self.room.in_order("target", part.true).numpy(), labels.contiguous().numpy()
        if flat is None:
            return torch.from_numpy(cpu.tabulate(*pixels, self.num_classes, self.ignore_label))
        return torch.from_numpy(cpu.weigh(*pixels, flat.contiguous().numpy(), self.num_classes, self.ignore_label))

    def folded(self, part: Checked, tables: Tensor) -> Tensor:
        """The confusion [image, C+1, C+1] of tables without a stray label that is to be refused."""
        self._refuse_strays(part, tables)
        return _fold(tables, self.num_classes, self.ignore_label)

    def _refuse_strays(self, part: Checked, tables: Tensor) -> None:
        """Raise for labels that are none; the first look at what was counted, so that no device waits before."""
        if bool(tables[:, -1].any()):
            refuse_labels(part, "target", num_classes=self.num_classes, ignore_label=self.ignore_label)
        if part.kind != "labels":
            if bool(tables[:, :-1, self.num_classes :].any()):
                _refuse_undecided(part)
        elif self.out_of_range == "refuse" and bool(tables[:, :-1, -1].any()):
            refuse_labels(part, "prediction", num_classes=self.num_classes, ignore_label=self.ignore_label)


def _image_blocks(checked: Checked, num_classes: int) -> Iterator[slice]:
    """Images counted together: all of them, unless their tables or copies would take much memory."""
    images, side = checked.true.shape[0], num_classes + 2
    step = max(1, BLOCK_BYTES // max(1, _extra_bytes(checked) // images))
    if images * side * side * 8 > PACKED_ABOVE:
        step = min(step, max(1, BLOCK_TABLES // side**2))
    return (slice(start, min(start + step, images)) for start in range(0, images, step))


def _row_blocks(checked: Checked, images: slice) -> Iterator[slice]:
    """Rows, along the first spatial axis, counted together: those of a block of images, or fewer of one large image."""
    rows, extra = checked.true.shape[1], _extra_bytes(checked) // checked.true.shape[0]
    step = rows if images.stop - images.start > 1 else max(1, rows * BLOCK_BYTES // max(extra, BLOCK_BYTES))
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def _extra_bytes(checked: Checked) -> int:
    """Memory that counting all at once would take: copies, and the labels of scores."""
    return _copied_bytes(checked) + (0 if checked.kind == "labels" else checked.true.numel())


def _copied_bytes(checked: Checked) -> int:
    """Memory of copies: of what is out of order, of bfloat16, and of probabilities that become two scores."""
    copied = [each for each in (checked.true, checked.predicted) if not each.is_contiguous()]
    widened = checked.from_probability or checked.predicted.dtype == torch.bfloat16
    return sum(each.nbytes for each in copied) + 2 * widened * checked.predicted.nbytes


def _refuse_undecided(checked: Checked) -> None:
    """Raise for the first pixel whose scores name no class."""
    scores = _scores(checked)
    if checked.from_probability:
        bad, channel = _no_probability(scores), 1
        expected = "probabilities of class 1 in [0, 1]; apply sigmoid first if these are logits"
    else:
        bad, channel, expected = scores.isnan().any(1), None, "numbers; replace NaN before scoring"
    image, pixel = (int(i) for i in bad.nonzero()[0])
    refuse_score(checked, image, channel, pixel, expected)


def _no_probability(scores: Tensor) -> Tensor:
    return ~((scores[:, 1] >= 0) & (scores[:, 1] <= 1))


def _histogram(checked: Checked, num_classes: int, ignored: int | None, images: Images, bins: Bins | None) -> Histogram:
    if in_main_memory(checked.true) and _copied_bytes(checked):
        blocks = [
            [checked.part(each, rows) for rows in _row_blocks(checked, each)]
            for each in _image_blocks(checked, num_classes)
        ]
        if len(blocks) > 1 or len(blocks[0]) > 1:
            whole = (_histogram_of_rows(block, num_classes, ignored, images, bins) for block in blocks)
            return merge_histograms(whole)
    scores = _scores(checked)
    if scores.dtype == torch.bfloat16:
        scores = scores.float()
    chosen = bins or suited_bins(scores.dtype)
    if not in_main_memory(scores):
        return _device_histogram(checked, scores, num_classes, ignored, images, chosen)
    scores = scores.contiguous()
    _refuse_bad(checked, scores)
    return cpu_histogram.score_histogram(
        checked.target.contiguous().numpy(),
        scores.numpy(),
        num_classes=num_classes,
        ignore_label=ignored,
        bins=chosen,
        images=images,
    )


def _histogram_of_rows(
    parts: Sequence[Checked], num_classes: int, ignored: int | None, images: Images, bins: Bins | None
) -> Histogram:
    """The histogram of a block of images, or of one image that is cut into parts, which add up."""
    if len(parts) == 1:
        return _histogram(parts[0], num_classes, ignored, images, bins)
    added = merge_histograms(_histogram(part, num_classes, ignored, "pooled", bins) for part in parts)
    return replace(added, images=images)


def _refuse_bad(checked: Checked, scores: Tensor) -> None:
    bad = cpu_histogram.first_bad_score(scores.numpy(), 0.0, 1.0)
    if bad < 0:
        return
    if checked.from_probability:
        _refuse_undecided(checked)
    image, channel, pixel = (int(i) for i in np.unravel_index(bad, scores.shape))
    refuse_score(checked, image, channel, pixel, "probabilities in [0, 1]; apply softmax first if these are logits")


def _device_histogram(
    checked: Checked,
    scores: Tensor,
    num_classes: int,
    ignored: int | None,
    images: Images,
    bins: Bins,
) -> Histogram:
    good = (scores >= 0) & (scores <= (255 if scores.dtype == torch.uint8 else 1))
    # A bin outside the table would abort the device; whether a score was replaced is looked at once all is counted.
    histogram = torch_histogram.score_histogram(
        checked.target,
        torch.where(good, scores, torch.zeros_like(scores)),
        num_classes=num_classes,
        ignore_label=ignored,
        bins=bins,
        images=images,
    )
    if not bool(good.all()):
        _refuse_bad(checked, scores.cpu())
    return histogram


def in_main_memory(tensor: Tensor) -> bool:
    """Whether the kernels of the CPU can read the tensor."""
    return tensor.device.type == "cpu"


def _labels(checked: Checked) -> Tensor:
    if checked.labels is not None:
        return checked.labels
    return hard_labels(_scores(checked), from_probability=checked.from_probability)


def _scores(checked: Checked) -> Tensor:
    scores = checked.scores
    if scores is None:
        raise InputError(
            "a histogram needs scores [image, class, *spatial]; prediction holds labels; pass the scores before argmax"
        )
    return scores


def hard_labels(scores: Tensor, *, from_probability: bool) -> Tensor:
    """Labels [image, pixel] of the highest score in [image, class, pixel]; the first class wins a tie.

    The label is C where a score is NaN, or where scores made of a probability show that it was none.
    """
    if from_probability:
        return (scores[:, 1] > scores[:, 0]).to(torch.uint8).masked_fill(_no_probability(scores), 2)
    if not in_main_memory(scores):
        return torch_kernel.argmax(scores)
    # numpy knows no bfloat16; widening keeps the order.
    wide = scores.float() if scores.dtype in (torch.bfloat16, torch.float16) else scores
    return torch.from_numpy(cpu.argmax(wide.contiguous().numpy()))


def _fold(tables: Tensor, num_classes: int, ignore_label: int | None) -> Tensor:
    """[image, C+2, C+2] to [image, C+1, C+1]: predicted void and predicted strays share the last column."""
    confusion = tables[:, :-1, :-1].clone()
    confusion[:, :, -1] += tables[:, :-1, -1]
    if ignore_label is not None and 0 <= ignore_label < num_classes:
        confusion[:, -1] += confusion[:, ignore_label]
        confusion[:, ignore_label] = 0
    return confusion


def _names(given: Sequence[str] | None, number: int, kind: str) -> tuple[str, ...]:
    if given is None:
        return tuple(f"{kind} {i}" for i in range(number))
    if len(given) != number:
        raise InputError(f"{kind}_names must hold {number} names; got {len(given)}")
    return tuple(given)
