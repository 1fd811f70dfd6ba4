"""Ranking: several models on the same images, and how stable their order is."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.formulas import Formula
from metrics_core.statistics import Statistics, refuse_unless_statistics
from metrics_core.uncertainty.contest import Contest, contest
from metrics_core.uncertainty.draws import RESAMPLES
from metrics_core.uncertainty.pairs import NEEDED_SHARE, PairedDifference, pair, rank_one_shares
from metrics_core.uncertainty.sampling import DECIMALS, Interval, Method, interval

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranking:
    """Models in the order given; all scores as fractions.

    scores: with 95 % intervals. ranks: by score (mean, then rank), 1 is best, ties share the middle. mean_ranks: rank
    in every image, then the mean (rank, then mean), over the images in which all have a score; NaN without one.
    rank_one_shares: share of resamples in which a model is first, ties shared. pairs: every two models, with p values
    adjusted by Holm's method. image_scores: float64 [model, image]. dropped, different_targets: as PairedDifference.
    winner: a name only if its difference to every other model excludes 0 and it is first in 95 % of resamples.
    """

    names: tuple[str, ...]
    scores: tuple[Interval, ...]
    ranks: tuple[float, ...]
    mean_ranks: tuple[float, ...]
    rank_one_shares: tuple[float, ...]
    pairs: tuple[PairedDifference, ...]
    image_names: tuple[str, ...]
    image_scores: Array
    dropped: tuple[str, ...]
    different_targets: tuple[str, ...]
    winner: str | None
    reason: str

    @property
    def orders_agree(self) -> bool:
        """Whether mean-then-rank and rank-then-mean put the models into the same order."""
        return ranked(np.array(self.mean_ranks), goodness=-1).tolist() == list(self.ranks)


def rank_models(
    models: Mapping[str, Statistics],
    formula: str | Formula,
    convention: Convention | None = None,
    *,
    groups: Mapping[str, str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    method: Method = "percentile",
) -> Ranking:
    """Rank two or more models by a score on the images that all have.

    Raises:
        InputError: fewer than 5 images or groups in common.
        ValueError: fewer than two models, or as paired_difference.

    Source: Wiesenfarth et al., Methods and open-source toolkit for analyzing and visualizing challenge results, 2021;
    Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    refuse_unless_statistics(models, usage="rank_models({'a': statistics_a, 'b': statistics_b}, 'iou')")
    if len(models) < 2:
        raise ValueError(f"a ranking needs at least two models; got {len(models)}")
    field = contest(models, formula, convention, groups=groups, resamples=resamples, seed=seed, method=method)
    everyone = range(len(field.names))
    pairs = [pair(field, first, second) for first, second in itertools.combinations(everyone, 2)]
    adjusted = holm([each.p_value for each in pairs])
    shares = tuple(rank_one_shares(field, list(everyone)).tolist())
    winner, reason = _winner(field, pairs, shares)
    return Ranking(
        names=field.names,
        scores=tuple(interval(field.sampled, i, field.drawn) for i in everyone),
        ranks=tuple(ranked(field.sampled.observed, goodness=field.goodness).tolist()),
        mean_ranks=tuple(_mean_ranks(field).tolist()),
        rank_one_shares=shares,
        pairs=tuple(replace(each, p_holm=p) for each, p in zip(pairs, adjusted, strict=True)),
        image_names=field.image_names,
        image_scores=field.image_scores,
        dropped=field.dropped,
        different_targets=field.different_targets,
        winner=winner,
        reason=reason,
    )


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """P values adjusted for their number m: the smallest times m, the next times m - 1, never falling; NaN left out."""
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values)[: int((~np.isnan(values)).sum())]
    factors = np.arange(order.size, 0, -1)
    adjusted = np.full(values.shape, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return tuple(adjusted.tolist())


def ranked(values: Array, *, goodness: float) -> Array:
    """Ranks along axis 0, 1 for the best, ties in the middle, undefined last."""
    good = np.nan_to_num(np.round(values * goodness, DECIMALS), nan=-np.inf)
    better = (good[None] > good[:, None]).sum(1)
    equal = (good[None] == good[:, None]).sum(1)
    return better + (equal + 1) / 2


def _mean_ranks(field: Contest) -> Array:
    scored = field.image_scores[:, ~np.isnan(field.image_scores).any(0)]
    if not scored.shape[1]:
        return np.full(len(field.names), np.nan)
    return ranked(scored, goodness=field.goodness).mean(1)


def _winner(field: Contest, pairs: Sequence[PairedDifference], shares: Sequence[float]) -> tuple[str | None, str]:
    """The model that wins every pair and is first often enough, and why, or why there is none."""
    best = field.names[int(ranked(field.sampled.observed, goodness=field.goodness).argmin())]
    if unsettled := [each for each in pairs if best in each.names and each.winner != best]:
        other = next(name for name in unsettled[0].names if name != best)
        return None, f"{best} against {other}: {unsettled[0].reason}"
    share = shares[field.names.index(best)]
    first_in = f"first in {words.shown_share(share, 1)} of resamples"
    if share < NEEDED_SHARE:
        return None, f"no winner: {best} is {first_in}, less than 95 %"
    others = words.plural(len(field.names) - 1, "other model")
    return best, f"{best} is better than {others}: every 95 % interval of a difference excludes 0, and it is {first_in}"
