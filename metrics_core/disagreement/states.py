"""States: a formula under a convention, and scores of many of them that share their counting."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from torch import Tensor

from metrics_core.cells import Cells, cells_of, margins_of, threshold_cells
from metrics_core.conventions import COUNTING_OPTIONS, Convention
from metrics_core.evaluation import Score, score_cells
from metrics_core.formulas import Formula
from metrics_core.inputs import InputError
from metrics_core.presets import Preset, evaluate_preset
from metrics_core.statistics import Statistics


@dataclass(frozen=True, kw_only=True)
class State:
    """What a score is made with; library: the call whose ways act that neither formula nor convention expresses."""

    formula: Formula
    convention: Convention
    library: Preset | None = None

    def with_options(self, **options: object) -> State:
        """The same state with some options of its convention changed."""
        return replace(self, convention=replace(self.convention, **options))


class Scorer:
    """Scores of one data set; conventions that count the same pixels share their cells."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics
        self._cells: dict[tuple[object, ...], Cells] = {}

    def cells(self, rule: Convention) -> Cells:
        """One-vs-rest counts under the counting options of a convention."""
        key = rule.key(COUNTING_OPTIONS)
        if key not in self._cells:
            if rule.threshold is None:
                self._cells[key] = cells_of(margins_of(self.statistics, rule), rule)
            else:
                self._cells[key] = threshold_cells(self.statistics, rule)
        return self._cells[key]

    def score(self, state: State) -> Score:
        """The score with the cells behind it."""
        rule = state.convention
        if state.library is not None:
            call = replace(state.library, formula=state.formula, convention=rule)
            return evaluate_preset(call, self.statistics)
        margins = margins_of(self.statistics, rule) if rule.threshold is None else None
        return score_cells(state.formula, self.cells(rule), rule, margins)

    def value(self, state: State) -> float:
        """The score as a fraction: what a library prints, divided by its scale; NaN is undefined, or refused."""
        try:
            score = self.score(state)
        except InputError:
            return math.nan
        return one_number(score.value) / state.convention.scale


def one_number(value: Tensor) -> float:
    """A score as one number: a list over classes or images as its plain mean, which is what its reader makes of it."""
    return float(value.mean()) if value.ndim else float(value)
