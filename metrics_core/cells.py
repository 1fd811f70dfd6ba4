"""Cells: one-vs-rest counts of each (image, class) under the counting options of a convention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics_core.conventions import Convention, KeptClasses
from metrics_core.packing import blocks
from metrics_core.statistics import Margins, Statistics, Table, refuse_unless_statistics

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Cells:
    """One-vs-rest counts as float64 [image or 1, class] (exact below 2^53), and the facts that conventions ask for.

    raw_support: target pixels of the class before ignoring. largest_label: largest class seen in what is counted.
    """

    tp: Array
    fp: Array
    fn: Array
    tn: Array
    raw_support: Array
    largest_label: int

    @property
    def one_vs_rest(self) -> tuple[Array, Array, Array, Array]:
        """tp, fp, fn, tn."""
        return self.tp, self.fp, self.fn, self.tn

    def kept(self, which: KeptClasses) -> NDArray[np.bool_]:
        """Mask [image or 1, class] of the cells that take part."""
        if which == "raw_target":
            return self.raw_support > 0
        if which == "target":
            return self.tp + self.fn > 0
        if which == "union":
            return self.tp + self.fp + self.fn > 0
        return np.ones(self.tp.shape, np.bool_)


def cells_of(margins: Margins, rule: Convention) -> Cells:
    """One-vs-rest counts of the pixels that the convention lets take part.

    Raises:
        ValueError: the convention names a class outside 0..C-1.
    """
    num_classes = margins.rows.shape[1]
    ignored = ignored_classes(rule, num_classes)
    tp, rows, columns = margins.diagonal, margins.rows, margins.columns
    void = margins.void
    if rule.out_of_range == "pixel_removed":
        rows, void = rows - margins.outside, void[:, :-1]
    total = rows.sum(1, keepdims=True)
    if rule.void == "false_positive":
        columns = columns + void[:, :num_classes]
        total = total + void.sum(1, keepdims=True)
    if ignored:
        tp, rows, columns, total = _without(margins, ignored, rule, (tp, rows, columns, total))
    seen = np.flatnonzero((rows + columns).sum(0))
    return Cells(
        tp=tp.astype(np.float64),
        fp=(columns - tp).astype(np.float64),
        fn=(rows - tp).astype(np.float64),
        tn=(total - rows - columns + tp).astype(np.float64),
        raw_support=margins.rows.astype(np.float64),
        largest_label=int(seen[-1]) if seen.size else -1,
    )


def matrices_of(margins: Margins, rule: Convention) -> Iterator[Array]:
    """Confusion float64 [some images, class+1, class+1] of the pixels that take part, until all images had their turn.

    Removed rows are zero.
    """
    ignored = ignored_classes(rule, margins.rows.shape[1])
    for block in blocks(margins.tables):
        confusion = block.astype(np.float64)
        confusion[:, ignored] = 0
        if rule.void == "removed":
            confusion[:, -1] = 0
        if rule.out_of_range == "pixel_removed":
            confusion[:, :, -1] = 0
        yield confusion


def ignored_classes(rule: Convention, num_classes: int) -> list[int]:
    """The convention's ignored classes, once both its lists are known to hold classes only."""
    for name in ("ignored_classes", "excluded_classes"):
        for label in getattr(rule, name):
            if not 0 <= label < num_classes:
                raise ValueError(f"{name} must hold classes 0..{num_classes - 1}; got {label}")
    return list(rule.ignored_classes)


def _without(
    margins: Margins, ignored: list[int], rule: Convention, counts: tuple[Table, Table, Table, Table]
) -> tuple[Table, Table, Table, Table]:
    """Take the ignored classes' target pixels out, or leave them in as false positives of the other classes."""
    tp, rows, columns, total = counts[0].copy(), counts[1].copy(), counts[2].copy(), counts[3]
    if rule.ignored_pixels == "removed":
        removed = margins.tables.rows(ignored)
        if rule.out_of_range == "pixel_removed":
            removed = removed[:, :, :-1]
        columns -= removed[:, :, : columns.shape[1]].sum(1)
        total = total - removed.sum((1, 2))[:, None]
    else:
        columns[:, ignored] = 0
    tp[:, ignored] = 0
    rows[:, ignored] = 0
    return tp, rows, columns, total


def margins_of(statistics: Statistics, rule: Convention) -> Margins:
    """The margins the convention's pooling asks for."""
    return statistics.per_image if rule.pooling == "image" else statistics.pooled


def threshold_cells(statistics: Statistics, rule: Convention) -> Cells:
    """One-vs-rest counts when each class is decided by its own score against the convention's threshold.

    Raises:
        ValueError: the statistics hold no histogram of scores, or only a pooled one for a per-image convention.
    """
    histogram, above = statistics.histogram, _scores_above(statistics, rule)
    if histogram is None or above is None:
        raise ValueError("a threshold needs scores: count with scores and histogram='per_image', or set threshold=None")
    num_classes = histogram.num_classes
    ignored, kept = ignored_classes(rule, num_classes), rule.ignored_pixels == "kept_as_false_positives"
    rows, own = np.ones(num_classes + 1, np.bool_), np.ones(num_classes)
    rows[ignored], own[ignored] = kept, 0
    rows[-1] = rule.void == "false_positive"
    labels = np.arange(num_classes)
    cuts = histogram.index_at(rule.threshold or 0.0, tie=rule.threshold_tie).cpu().numpy()
    positive, every = above[:, :, labels, cuts], above[:, :, labels, 0]
    tp = own * positive[:, labels, labels]
    fp = (positive[:, rows].sum(1) - tp) * (own if kept else 1.0)
    fn = own * every[:, labels, labels] - tp
    tn = every[:, rows].sum(1) - tp - fp - fn
    raw = margins_of(statistics, rule).rows.astype(np.float64)
    return Cells(tp=tp, fp=fp, fn=fn, tn=tn, raw_support=raw, largest_label=num_classes - 1)


def _scores_above(statistics: Statistics, rule: Convention) -> Table | None:
    """Scores at or above each bin, with the image axis that the convention's pooling asks for."""
    if rule.pooling == "dataset":
        return statistics.scores_pooled
    if statistics.histogram is not None and statistics.histogram.images == "pooled":
        raise ValueError("per-image thresholds need per-image histograms: count with histogram='per_image'")
    return statistics.scores_per_image


def class_counts(statistics: Statistics, rule: Convention) -> Cells:
    """One-vs-rest counts under the counting options of a convention, by label or by its threshold.

    Raises:
        ValueError: as cells_of and threshold_cells.
    """
    refuse_unless_statistics(statistics, usage="class_counts(statistics, convention)")
    if rule.threshold is not None:
        return threshold_cells(statistics, rule)
    return cells_of(margins_of(statistics, rule), rule)
