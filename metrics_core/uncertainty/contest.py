"""Contest: models on the images that all of them have, resampled together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics_core.conventions import Convention
from metrics_core.formulas import Formula, get_formula
from metrics_core.statistics import Statistics
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
    common, dropped = _common(list(models.values()))
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
        different_targets=_different_targets(common),
    )


def _common(models: Sequence[Statistics]) -> tuple[list[Statistics], tuple[str, ...]]:
    first = models[0]
    if other := [each.class_names for each in models if each.class_names != first.class_names]:
        raise ValueError(f"models are compared on the same classes; got {first.class_names} and {other[0]}")
    places = [{name: i for i, name in enumerate(each.image_names)} for each in models]
    shared = [name for name in first.image_names if all(name in place for place in places)]
    if not shared:
        raise ValueError(
            f"the models have no image name in common, e.g. {first.image_names[:1]} and {models[-1].image_names[:1]}; "
            "give the same image_names to count for all"
        )
    dropped = {name for each in models for name in each.image_names}.difference(shared)
    selected = [each.select([place[name] for name in shared]) for each, place in zip(models, places, strict=True)]
    return selected, tuple(sorted(dropped))


def _different_targets(models: Sequence[Statistics]) -> tuple[str, ...]:
    """Names of images whose target holds other numbers of pixels in one model than in the first."""
    margins = [each.per_image for each in models]
    targets = [np.concatenate([each.rows, each.void.sum(1, keepdims=True)], 1) for each in margins]
    differ = np.any([(target != targets[0]).any(1) for target in targets], 0)
    return tuple(name for name, unequal in zip(models[0].image_names, differ, strict=True) if unequal)
