"""What single changes of the rules do to a score: one bar a change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.views.axis import Axis
from app.views.bars import Bar, bars_data
from app.views.text import UNDEFINED, format_difference, format_score, shorten

_NAME_LIMIT = 46


@dataclass(frozen=True, kw_only=True)
class EffectBar:
    """A change in words, the score after it, and the difference to the score before (NaN where undefined)."""

    label: str
    value: float
    delta: float


def effects_data(effects: Sequence[EffectBar], *, score_name: str) -> dict[str, Any]:
    """Returns what app.components.bars draws: right of zero where the score rises; ∅ where it becomes undefined."""
    reach = max((abs(effect.delta) for effect in effects if np.isfinite(effect.delta)), default=0.0) or 1.0
    bars = [_bar(effect) for effect in effects]
    return bars_data(
        bars,
        axis=Axis(low=-reach, high=reach),
        title=f"change of {score_name}",
        summary="; ".join(f"{bar.label} {bar.text}" for bar in bars),
        numbers="outside",
    )


def _bar(effect: EffectBar) -> Bar:
    defined = bool(np.isfinite(effect.delta))
    return Bar(
        label=shorten(effect.label, limit=_NAME_LIMIT),
        start=0.0,
        end=effect.delta if defined else 0.0,
        kind="undefined" if not defined else "up" if effect.delta >= 0 else "down",
        text=format_difference(effect.delta) if defined else f"→ {UNDEFINED}",
        tip=f"{effect.label}\nscore {format_score(effect.value, digits=4)}",
    )
