"""Contest: models on the images that all of them have, resampled together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics_core.conventions import Convention
from metrics_core.formulas import Formula, get_formula
from metrics_core.statistics import Statistics, common_images, different_targets
from metrics_core.uncertainty.draws import Draws, draws
from metrics_core.uncertainty.resampled import Resampler
from metrics_core.uncertainty.sampling import Method, Sampled, leaves_out, sample

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Contest:
    """Models on their common images.

    sampled: scores with one column a model, of the same resamples. image_scores: float64 [model, image].
    dropped: names of images that some model lacks. different_targets: names of images whose target differs.
    """

    names: tuple[str, ...]
    formula: Formula
    drawn: Draws
    sampled: Sampled
    image_names: tuple[str, ...]
    image_scores: Array
    dropped: tuple[str, ...]
    different_targets: tuple[str, ...]

    @property
    def goodness(self) -> float:
        """1 where a higher score is better, -1 where a lower one is."""
        return 1.0 if self.formula.best > self.formula.worst else -1.0

    def units(self, values: Array) -> Array:
        """Mean over the images of each unit [unit] of values [image], without undefined ones; NaN if all are."""
        valid = ~np.isnan(values)
        total = np.bincount(self.drawn.unit_of, np.where(valid, values, 0.0), self.drawn.units)
        number = np.bincount(self.drawn.unit_of, valid, self.drawn.units)
        return np.divide(total, number, out=np.full(self.drawn.units, np.nan), where=number > 0)


def contest(
    models: Mapping[str, Statistics],
    formula: str | Formula,
    convention: Convention | None,
    *,
    groups: Mapping[str, str] | None,
    resamples: int,
    seed: int,
    method: Method = "percentile",
) -> Contest:
    """Models scored on the same resamples of the images that all have."""
    common, dropped = common_images(*models.values())
    drawn = draws(common[0].image_names, groups=groups, resamples=resamples, seed=seed)
    resamplers = [Resampler(each, formula, convention) for each in common]

    def scores(weights: Array) -> Array:
        return np.stack([each.scores(weights) for each in resamplers], 1)

    return Contest(
        names=tuple(models),
        formula=get_formula(formula),
        drawn=drawn,
        sampled=sample(drawn, scores, jackknife=leaves_out(method)),
        image_names=common[0].image_names,
        image_scores=np.stack([each.image_scores() for each in resamplers]),
        dropped=dropped,
        different_targets=different_targets(*common),
    )
