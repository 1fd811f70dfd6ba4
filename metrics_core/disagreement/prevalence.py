"""Prevalence: scores of the same model where one class is rarer, or more frequent, than in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from metrics_core.cells import Cells, margins_of
from metrics_core.conventions import BALANCED_ACCURACY, Convention
from metrics_core.disagreement.states import Scorer, one_number
from metrics_core.evaluation import rule_of, score_cells
from metrics_core.formulas import Formula, get_formula
from metrics_core.packing import WholeTables, blocks
from metrics_core.statistics import Margins, Statistics, refuse_unless_statistics

Array = NDArray[np.float64]
Line = tuple[str | Formula, Convention]


@dataclass(frozen=True, kw_only=True, eq=False)
class PrevalenceSweep:
    """Scores, as fractions, against the prevalence of one class.

    prevalences: float64 [point]; names: of the scores; values: float64 [score, point], NaN undefined; own_prevalence:
    that of the data, target pixels of the class over all target pixels.
    """

    prevalences: Array
    names: tuple[str, ...]
    values: Array
    own_prevalence: float


def prevalence_sweep(
    statistics: Statistics,
    formulas: Sequence[str | Formula | Line],
    convention: Convention | None = None,
    *,
    rare_class: int,
    prevalences: Sequence[float],
) -> PrevalenceSweep:
    """Scores of the same predictions, class by class, on data in which a class has other prevalences.

    The target pixels of rare_class are weighted up or down in every image, all others the other way; the number of
    pixels and what is predicted on each class stay. formulas: names, formulas, or (formula, convention) pairs where
    one has a convention of its own; convention serves the others.

    Raises:
        ValueError: rare_class is no class, ignored, absent or alone in the target; or a prevalence is outside (0, 1).
    """
    refuse_unless_statistics(statistics, usage="prevalence_sweep(statistics, ['iou'], ...)")
    points = _points(prevalences)
    if not 0 <= rare_class < statistics.num_classes:
        raise ValueError(f"rare_class must be a class 0..{statistics.num_classes - 1}; got {rare_class}")
    base = rule_of(convention)
    lines = [line if isinstance(line, tuple) else (line, base) for line in formulas]
    data = _Weighted.of(statistics, rare_class)
    values = np.array([[data.value(line, float(point)) for point in points] for line in lines])
    rare, others = data.pixels(base)
    return PrevalenceSweep(
        prevalences=points,
        names=tuple(_name(line) for line in lines),
        values=values.reshape(len(lines), points.size),
        own_prevalence=rare / (rare + others),
    )


@dataclass(frozen=True, kw_only=True)
class _Weighted:
    """Statistics of the rare class's target pixels, and of all others: every count is a weighted sum of the two."""

    rare_class: int
    all: Scorer
    rare: Scorer
    others: Scorer

    @classmethod
    def of(cls, statistics: Statistics, rare_class: int) -> _Weighted:
        rows = torch.arange(statistics.num_classes + 1) == rare_class
        return cls(
            rare_class=rare_class,
            all=Scorer(statistics),
            rare=Scorer(_rows_only(statistics, rows)),
            others=Scorer(_rows_only(statistics, ~rows)),
        )

    def pixels(self, rule: Convention) -> tuple[float, float]:
        """Target pixels of the rare class and of the others that the convention counts.

        Raises:
            ValueError: there are none of one kind.
        """
        rare, others = (
            float((counts.tp + counts.fn).sum()) for counts in (self.rare.cells(rule), self.others.cells(rule))
        )
        if not rare or not others:
            share = "all" if rare else "none"
            raise ValueError(
                f"class {self.rare_class} has {share} of the target pixels that count, so its prevalence cannot vary; "
                "choose another class, or do not ignore it"
            )
        return rare, others

    def value(self, line: Line, prevalence: float) -> float:
        """Score of a formula at a prevalence."""
        formula, rule = get_formula(line[0]), line[1]
        rare, others = self.pixels(rule)
        weights = prevalence * (rare + others) / rare, (1 - prevalence) * (rare + others) / others
        margins = None
        if formula.matrix_ratio is not None and rule.threshold is None:
            parts = [margins_of(scorer.statistics, rule).tables for scorer in (self.rare, self.others)]
            rare, others = (np.concatenate(list(blocks(tables))) for tables in parts)
            margins = Margins.of(WholeTables(weights[0] * rare + weights[1] * others))
        score = score_cells(formula, self._cells(rule, weights), rule, margins)
        return one_number(score.value) / rule.scale

    def _cells(self, rule: Convention, weights: tuple[float, float]) -> Cells:
        rare, others = self.rare.cells(rule), self.others.cells(rule)
        tp, fp, fn, tn = (
            weights[0] * part + weights[1] * other
            for part, other in zip(rare.one_vs_rest, others.one_vs_rest, strict=True)
        )
        return replace(self.all.cells(rule), tp=tp, fp=fp, fn=fn, tn=tn)


def _points(prevalences: Sequence[float]) -> Array:
    points = np.asarray(prevalences, np.float64)
    if points.ndim != 1 or not ((points > 0) & (points < 1)).all():
        raise ValueError(f"prevalences must be a list of numbers between 0 and 1, both excluded; got {prevalences!r}")
    return points


def _rows_only(statistics: Statistics, rows: torch.Tensor) -> Statistics:
    """Statistics of the target pixels of some classes, bool [class + 1]; the last row is void."""
    confusion, histogram = statistics.confusion.clone(), statistics.histogram
    confusion[:, ~rows] = 0
    if histogram is not None:
        counts = histogram.counts.clone()
        counts[:, ~rows] = 0
        histogram = replace(histogram, counts=counts)
    return replace(statistics, confusion=confusion, histogram=histogram)


def _name(line: Line) -> str:
    record = get_formula(line[0])
    balanced = record.key == "recall" and line[1].key() == BALANCED_ACCURACY.key()
    return "Balanced accuracy" if balanced else record.name
