"""Facts: what the rules of advice ask of the data, measured when asked, and what only the user knows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from metrics_core.arguments import refuse_other_choices
from metrics_core.cells import Cells, class_counts
from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.disagreement.states import one_number
from metrics_core.evaluation import evaluate
from metrics_core.formulas import Formula
from metrics_core.statistics import Statistics

Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What counts cannot tell; every "unknown" makes a rule ask instead of answer.

    background: the class that is no object, None if every class is one. groups: group (patient, scene) of each image
    name. other: statistics of a data set that scores are compared with. models: models to rank, by name.

    Raises:
        InputError: an answer outside its list.
    """

    background: int | None = 0
    objects_matter: Answer = "unknown"
    costlier_error: Literal["misses", "false_alarms", "neither", "unknown"] = "unknown"
    boundary_matters: Answer = "unknown"
    outliers_matter: Answer = "unknown"
    tubular: Answer = "unknown"
    volume_matters: Answer = "unknown"
    threshold_from: Literal["other_data", "this_data", "unknown"] = "unknown"
    calibration_matters: Answer = "unknown"
    shapes_changed: Answer = "unknown"
    several_raters: Answer = "unknown"
    groups: Mapping[str, str] | None = None
    other: Statistics | None = None
    models: Mapping[str, Statistics] | None = None

    def __post_init__(self) -> None:
        refuse_other_choices(self)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Data, the score that is asked for, and what the user knows."""

    statistics: Statistics
    formula: Formula
    convention: Convention
    known: Known

    @cached_property
    def objects(self) -> list[int]:
        """Classes that show something: neither background nor ignored or excluded, and present in the target."""
        rule, present = self.convention, self.statistics.pooled.rows[0] > 0
        left_out = {*rule.ignored_classes, *rule.excluded_classes}
        if self.statistics.num_classes > 1 and self.known.background is not None:
            left_out.add(self.known.background)
        return [label for label in np.flatnonzero(present).tolist() if label not in left_out]

    @cached_property
    def sizes(self) -> NDArray[Any]:
        """Target pixels [image, class]."""
        return self.statistics.per_image.rows

    @cached_property
    def image_counts(self) -> Cells:
        """Counts of every image and class under the convention, by label."""
        return class_counts(self.statistics, replace(self.convention, pooling="image", threshold=None))

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """Prevalence of each class among target pixels that are not void [class]."""
        return prevalences(self.statistics)

    def score(self, formula: Formula | str | None = None, **options: Any) -> float:
        """Score, as a fraction, under the convention with some options changed; default: the formula asked for."""
        rule = replace(self.convention, digits=None, **options)
        return one_number(evaluate(formula or self.formula, self.statistics, rule)) / (rule.scale or math.nan)

    def of_class(self, label: int, formula: Formula | str | None = None, **options: Any) -> float:
        """Score of one class alone."""
        others = tuple(other for other in range(self.statistics.num_classes) if other != label)
        return self.score(formula, **{"average": "macro", "excluded_classes": others, "mean_epsilon": 0.0} | options)

    def of_objects(self, formula: Formula | str) -> float:
        """Mean over the classes that show something."""
        others = tuple(set(range(self.statistics.num_classes)).difference(self.objects))
        return self.score(formula, average="macro", excluded_classes=others)

    def named(self, label: int) -> str:
        """A class by number and name."""
        return words.one_class(label, self.statistics.class_names)

    def median_side(self, label: int) -> float:
        """Side, in pixels, of a square as large as the class's median target region where there is one."""
        sizes = self.sizes[:, label]
        return math.sqrt(float(np.median(sizes[sizes > 0])))


def prevalences(statistics: Statistics) -> NDArray[np.float64]:
    """Share of each class in the target pixels that are not void [class]; 0 without one."""
    support = statistics.pooled.rows[0].astype(np.float64)
    return support / max(support.sum(), 1.0)
