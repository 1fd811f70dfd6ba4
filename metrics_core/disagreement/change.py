"""Change: options that move together from one state to another, on given data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics_core.cells import Cells
from metrics_core.disagreement import words
from metrics_core.disagreement.states import Scorer, State
from metrics_core.evaluation import Score
from metrics_core.statistics import Statistics

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Change:
    """Options that change together, with the states before and after, and the data they are changed on."""

    options: tuple[str, ...]
    scorer: Scorer
    before: State
    after: State

    @property
    def statistics(self) -> Statistics:
        """The data."""
        return self.scorer.statistics

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.statistics.class_names

    def scores(self) -> tuple[Score, Score]:
        """Scores before and after, by formula and convention alone."""
        before, after = (replace(state, library=None) for state in (self.before, self.after))
        return self.scorer.score(before), self.scorer.score(after)

    def counts(self) -> tuple[Cells, Cells]:
        """Counts before and after."""
        return self.scorer.cells(self.before.convention), self.scorer.cells(self.after.convention)

    def in_words(self, name: str | None = None) -> tuple[str, str]:
        """Value of an option (default: the first that changes) before and after, in words."""
        option = name or self.options[0]
        if option == "formula":
            return self.before.formula.name, self.after.formula.name
        if option == "library":
            before, after = (state.library.name if state.library else "none" for state in (self.before, self.after))
            return before, after
        before, after = self.before.convention, self.after.convention
        return (
            words.option_value(option, before, self.class_names),
            words.option_value(option, after, self.class_names),
        )

    def where(self, mask: Mask, score: Score) -> str:
        """The cells of a mask in words; "no cell here" where it is empty."""
        mask = mask & score.included
        return words.cells(mask, self.statistics, included=score.included) if mask.any() else "no cell here"


def zero_over_zero(score: Score, counts: Cells) -> Mask:
    """Cells [image or 1, class or 1] that take part and are 0/0."""
    rule = score.convention
    with np.errstate(divide="ignore", invalid="ignore"):
        undefined = np.isnan(score.numerators / (score.denominators + rule.epsilon))
    if rule.average != "micro":
        undefined &= counts.kept(rule.kept_classes)
    return undefined & score.included
