"""The way from one score to another, option by option."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.views.axis import Axis
from app.views.bars import Bar, bars_data
from app.views.text import UNDEFINED, format_difference, format_score, shorten

_NAME_LIMIT = 34


@dataclass(frozen=True, kw_only=True)
class WaterfallStep:
    """One option that changes from the start's value to the end's: the score before and after it."""

    label: str
    before: float
    after: float


def way_data(
    steps: Sequence[WaterfallStep], *, score_name: str, start_name: str, end_name: str, summary: str
) -> dict[str, Any]:
    """Returns what app.components.bars draws: the first score, one bar an option as long as its change, the last score.

    Steps into or out of an undefined score have no length: they are marked with ∅.
    """
    start, end = (steps[0].before, steps[-1].after) if steps else (float("nan"), float("nan"))
    scores = [score for step in steps for score in (step.before, step.after) if np.isfinite(score)]
    low, high = min([0.0, *scores]), max([0.0, *scores])
    return bars_data(
        [_total(start_name, start), *map(_step, steps), _total(end_name, end)],
        axis=Axis(low=low, high=high if high > low else 1.0),
        title=score_name,
        summary=summary,
        numbers="right",
    )


def _total(name: str, score: float) -> Bar:
    text = format_score(score)
    return Bar(
        label=shorten(name, limit=_NAME_LIMIT),
        start=0.0,
        end=score if np.isfinite(score) else 0.0,
        kind="total",
        text=text,
        tip=f"{name}\n{format_score(score, digits=4)}",
    )


def _step(step: WaterfallStep) -> Bar:
    change = step.after - step.before
    way = f"{format_score(step.before)} → {format_score(step.after)}"
    if np.isfinite(change):
        start, end, text = step.before, step.after, format_difference(change)
    else:
        defined = [score for score in (step.before, step.after) if np.isfinite(score)]
        start = end = defined[0] if defined else 0.0
        text = way if defined else UNDEFINED
    return Bar(
        label=shorten(step.label, limit=_NAME_LIMIT),
        start=start,
        end=end,
        kind="undefined" if not np.isfinite(change) else "up" if change >= 0 else "down",
        text=text,
        tip=f"{step.label}\n{way}",
        joint=bool(np.isfinite(step.before)),
    )
