"""Models: several models on the same images, as a part of the report about one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from metrics_core.report.digests import statistics_digest
from metrics_core.report.record import Models, Number
from metrics_core.statistics import Statistics
from metrics_core.uncertainty import Ranking, rank_models


def compared(models: Mapping[str, Statistics], headline: Number, *, resamples: int, seed: int) -> Models:
    """The models by the score that a report is about.

    Raises:
        ValueError: as rank_models.
    """
    ranking = rank_models(models, headline.record, headline.convention, resamples=resamples, seed=seed)
    return Models(
        digests={name: statistics_digest(counted) for name, counted in models.items()},
        ranking=ranking,
        numbers=tuple(_numbers(ranking, replace(headline, index=None, interval=None, note=""))),
    )


def _numbers(ranking: Ranking, like: Number) -> Iterator[Number]:
    for name, score in zip(ranking.names, ranking.scores, strict=True):
        yield replace(like, part="model", name=name, value=score.value, interval=score, note=score.note)
    for pair in ranking.pairs:
        first, second = pair.names
        difference = pair.difference
        name = f"{second} minus {first}"
        yield replace(like, part="pair", name=name, value=difference.value, interval=difference, note=pair.reason)
