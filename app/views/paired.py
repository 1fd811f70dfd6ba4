"""Paired comparisons in words and as a table."""

from __future__ import annotations

import math

import pandas as pd

import metrics_core as mc
from app.views.intervals import short_interval
from app.views.text import UNDEFINED, format_difference, format_percent, format_score


def pair_words(pair: mc.PairedDifference) -> str:
    """Returns the difference, images won, the p value and the share of first places, plain text.

    The interval of the difference, too, where the reason of the verdict does not tell it.
    """
    first, second = pair.names
    ends = short_interval(pair.difference)
    interval = f", 95 % interval {ends}" if ends and "interval" not in pair.reason else ""
    found = pair.difference
    drawn = f"bootstrap over {found.drawn} {found.unit}s, {found.resamples:,} resamples, seed {found.seed}"
    undefined = f", {pair.undefined} undefined" if pair.undefined else ""
    return (
        f"{second} minus {first}: {format_difference(pair.difference.value)}{interval} ({drawn}). By image, {second} "
        f"is better on {pair.wins}, equal on {pair.ties}, worse on {pair.losses}{undefined}; p (Wilcoxon, Holm) "
        f"{p_text(pair.p_holm)}. {second} is first in {format_percent(pair.rank_one_share)} of resamples."
    )


def p_text(p: float) -> str:
    """Returns a p value as readers expect it."""
    if math.isnan(p):
        return UNDEFINED
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def ranking_table(found: mc.Ranking) -> pd.DataFrame:
    """Returns one line a model, best first: score with interval, rank by score and by images, share of first places."""
    table = pd.DataFrame(
        {
            "model": list(found.names),
            "score": [format_score(each.value) for each in found.scores],
            "95 % interval": [short_interval(each) for each in found.scores],
            "rank": [f"{rank:g}" for rank in found.ranks],
            "mean rank of images": [format_score(rank, digits=2) for rank in found.mean_ranks],
            "first in resamples": [format_percent(share) for share in found.rank_one_shares],
        }
    )
    return table.iloc[sorted(range(len(found.ranks)), key=found.ranks.__getitem__)]


def ranking_words(found: mc.Ranking) -> str:
    """Returns why there is a winner or none, and whether ranks of single images order the models alike; plain text."""
    if all(map(math.isnan, found.mean_ranks)):
        return f"{found.reason}."
    order = "the same order" if found.orders_agree else "another order"
    return f"{found.reason}. Ranking the models in every image first, then averaging the ranks, gives {order}."
