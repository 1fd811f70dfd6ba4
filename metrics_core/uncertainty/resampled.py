"""Resampled scores: a formula under a convention on many weightings of the images at once.

Counts that a convention pools are sums over images, so those of all resamples are one matrix product; what is averaged
over images is a weighted mean. The rest, evaluation does, with resamples in place of images.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from metrics_core.cells import Cells, class_counts
from metrics_core.conventions import Convention, Undefined
from metrics_core.evaluation import Score, rule_of, score_cells
from metrics_core.formulas import Formula, get_formula
from metrics_core.packing import BLOCK_CELLS, Tables, WholeTables, blocks
from metrics_core.statistics import Margins, Statistics

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Resampler:
    """Scores, as fractions before rounding, of one data set whose images are weighted by whole numbers.

    Raises:
        ValueError: unknown formula, a class outside 0..C-1, or a threshold without per-image scores.
    """

    def __init__(self, statistics: Statistics, formula: str | Formula, convention: Convention | None = None) -> None:
        self.formula = get_formula(formula)
        self.rule = replace(rule_of(convention), digits=None, scale=1.0)
        self.counts = class_counts(statistics, replace(self.rule, pooling="image"))
        whole = self.formula.matrix_ratio is not None and self.rule.average == "micro" and self.rule.threshold is None
        self.margins = statistics.per_image if whole else None
        self._per_image: dict[tuple[int, ...], Score] = {}

    def scores(self, weights: Array) -> Array:
        """Scores [resample] of weights [resample, image]; a list over classes or images as its plain mean."""
        values = np.empty(len(weights))
        for rows, rule in _class_sets(self.rule, len(weights), lambda: weights @ self._seen > 0):
            values[rows] = _as_numbers(self._evaluated(weights[rows], rule))
        return values

    def class_scores(self, weights: Array) -> Array:
        """Scores [resample, class] of every class, before the average over classes."""
        order = "per_class" if self.rule.pooling == "image" else "classes_then_images"
        rule = replace(self.rule, average="none", order=order, class_set="fixed", excluded_classes=())
        return self._evaluated(weights, rule)

    def image_scores(self) -> Array:
        """Scores [image] of every image on its own, by the same rules for classes and 0/0."""
        alone, number = replace(self.rule, pooling="dataset"), len(self.counts.tp)
        values = np.empty(number)
        for rows, rule in _class_sets(alone, number, lambda: self._seen > 0):
            tables = None if self.margins is None else self.margins.tables.select(rows.tolist())
            values[rows] = _as_numbers(self._of_counts(_rows(self.counts, rows), tables, rule))
        return values

    @property
    def _seen(self) -> Array:
        """Pixels of a class in target or prediction [image, class]."""
        return self.counts.tp + self.counts.fp + self.counts.fn

    def _evaluated(self, weights: Array, rule: Convention) -> Array:
        if rule.pooling == "image":
            return _means(weights, self._image_score(rule), rule)
        if self.margins is None:
            return self._of_counts(_summed(weights, self.counts), None, rule)
        tables, parts = self.margins.tables, list[Array]()
        step = max(1, BLOCK_CELLS // (tables.shape[1] * tables.shape[2]))
        for start in range(0, len(weights), step):
            part = weights[start : start + step]
            parts.append(self._of_counts(_summed(part, self.counts), _summed_tables(part, tables), rule))
        return np.concatenate(parts)

    def _of_counts(self, counts: Cells, tables: Tables | None, rule: Convention) -> Array:
        """Scores [row], or [row, class], of pooled counts, each row by a rule for pooled images."""
        for_rows = _rule_for_rows(rule)
        if for_rows is not None:
            margins = None if tables is None else Margins.of(tables)
            return score_cells(self.formula, counts, for_rows, margins).value.numpy()
        values: list[Array] = []
        for i in range(len(counts.tp)):
            margins = None if tables is None else Margins.of(tables.select([i]))
            values.append(score_cells(self.formula, _rows(counts, [i]), rule, margins).value.numpy())
        return np.stack(values)

    def _image_score(self, rule: Convention) -> Score:
        """Cells of every image, and their averages over classes where the convention begins with those."""
        if rule.excluded_classes not in self._per_image:
            last = rule.order == "per_image"
            each = replace(rule, order="per_image", nothing_left=rule.nothing_left if last else math.nan)
            self._per_image[rule.excluded_classes] = score_cells(self.formula, self.counts, each, self.margins)
        return self._per_image[rule.excluded_classes]


def _class_sets(
    rule: Convention, number: int, seen: Callable[[], Mask]
) -> Iterator[tuple[NDArray[np.intp], Convention]]:
    """Rows 0..number-1 that see the same classes, bool [row, class], with a rule that names these."""
    if rule.class_set == "fixed" or (rule.class_set == "up_to_largest" and rule.threshold is not None):
        yield np.arange(number), replace(rule, class_set="fixed")
        return
    classes = seen()
    if rule.class_set == "up_to_largest":
        classes = np.logical_or.accumulate(classes[:, ::-1], 1)[:, ::-1]
    sets, members = np.unique(classes, axis=0, return_inverse=True)
    for i, present in enumerate(sets):
        unseen = (*rule.excluded_classes, *np.flatnonzero(~present).tolist())
        yield np.flatnonzero(members.ravel() == i), replace(rule, class_set="fixed", excluded_classes=unseen)


def _as_numbers(listed: Array) -> Array:
    """Scores [row] of scores [row] or lists [row, entry]: their means."""
    if listed.ndim == 1:
        return listed
    return listed.mean(1) if listed.shape[1] else np.full(len(listed), math.nan)


def _summed(weights: Array, counts: Cells) -> Cells:
    joined = np.concatenate([*counts.one_vs_rest, counts.raw_support], 1)
    tp, fp, fn, tn, raw = np.split(weights @ joined, 5, 1)
    return Cells(tp=tp, fp=fp, fn=fn, tn=tn, raw_support=raw, largest_label=counts.largest_label)


def _summed_tables(weights: Array, tables: Tables) -> WholeTables:
    """Weighted sums of confusion tables [resample, class+1, class+1]."""
    total, start = np.zeros((len(weights), tables.shape[1] * tables.shape[2])), 0
    for block in blocks(tables):
        total += weights[:, start : start + len(block)] @ block.reshape(len(block), -1).astype(np.float64)
        start += len(block)
    return WholeTables(total.reshape(-1, *tables.shape[1:]))


def _rows(counts: Cells, rows: Sequence[int] | NDArray[np.intp]) -> Cells:
    parts = {name: getattr(counts, name)[rows] for name in ("tp", "fp", "fn", "tn", "raw_support")}
    return Cells(**parts, largest_label=counts.largest_label)


def _rule_for_rows(rule: Convention) -> Convention | None:
    """The rule that does to every row of counts what a rule for pooled images does to its only row, if there is one."""
    average, undefined = rule.average, rule.undefined
    if rule.order == "per_class" and average in ("none", "sum"):
        return None
    if rule.order in ("all_cells", "images_then_classes") and average != "none":
        average = "macro" if average == "weighted" else average
        if rule.order == "images_then_classes":
            undefined = rule.undefined_images or undefined
            if rule.mean_epsilon:
                return None
    return replace(rule, pooling="image", order="per_image", average=average, undefined=undefined)


def _means(weights: Array, scored: Score, rule: Convention) -> Array:
    """What a rule for single images makes of their cells: [resample], or [resample, class] for a list of classes."""
    by_image = (scored.value.numpy() if rule.average != "none" else math.nan * scored.cells[:, :1]).reshape(-1, 1)
    cells = scored.cells[:, scored.included[0]]
    second = rule.undefined_images or rule.undefined
    if rule.order == "per_class" and rule.average in ("none", "sum"):
        summed = rule.average == "sum"
        return _Sums.over_images(weights, cells).divided(rule.undefined, rule, final=True, summed=summed)
    if rule.average == "none":
        return _Sums.over_images(weights, cells).joined().plain_mean()
    if rule.order == "per_image":
        return _Sums.over_images(weights, by_image).joined().plain_mean()
    summed = rule.average == "sum"
    if rule.order == "all_cells":
        return _Sums.over_images(weights, cells).joined().divided(rule.undefined, rule, final=True, summed=summed)
    if rule.order == "images_then_classes":
        classes = _Sums.over_images(weights, cells).divided(rule.undefined, rule, final=False, summed=False)
        return _Sums.of(classes).joined().divided(second, rule, final=True, summed=summed)
    sums = _Sums.over_images(weights, by_image).joined()
    return sums.divided("skip" if summed else second, rule, final=True, summed=summed)


class _Sums:
    """Sums of defined cells, and how many were defined and undefined: each [resample, column] or [resample]."""

    def __init__(self, total: Array, defined: Array, undefined: Array) -> None:
        self.total, self.defined, self.undefined = total, defined, undefined

    @classmethod
    def over_images(cls, weights: Array, cells: Array) -> _Sums:
        """Sums over weighted images of cells [image, column]."""
        valid = ~np.isnan(cells)
        finite = weights @ np.where(np.isfinite(cells), cells, 0.0)
        for value in (math.inf, -math.inf):
            if (cells == value).any():
                finite = finite + np.where(weights @ (cells == value) > 0, value, 0.0)
        return cls(finite, weights @ valid.astype(np.float64), weights @ (~valid).astype(np.float64))

    @classmethod
    def of(cls, cells: Array) -> _Sums:
        """Cells [resample, column] as they are."""
        valid = ~np.isnan(cells)
        return cls(np.where(valid, cells, 0.0), valid.astype(np.float64), (~valid).astype(np.float64))

    def joined(self) -> _Sums:
        """The sums over columns, too."""
        return _Sums(self.total.sum(1), self.defined.sum(1), self.undefined.sum(1))

    def divided(self, undefined: Undefined, rule: Convention, *, final: bool, summed: bool) -> Array:
        """The mean, or the sum, of what is defined; where nothing is: nothing_left at the final step, else NaN."""
        with np.errstate(divide="ignore", invalid="ignore"):
            result = self.total if summed else self.total / (self.defined + rule.mean_epsilon)
        result = np.where(self.defined == 0, rule.nothing_left if final else math.nan, result)
        return np.where(self.undefined > 0, math.nan, result) if undefined == "propagate" else result

    def plain_mean(self) -> Array:
        """The mean that a reader of a list takes: undefined if one entry is."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.undefined > 0, math.nan, self.total / self.defined)
