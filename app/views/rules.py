"""Where the current score lies among the scores that other rules give for the same pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.views.axis import Axis
from app.views.strip import Dot, Label, strip_data
from app.views.text import UNDEFINED, format_score

_MARGIN = 0.03


@dataclass(frozen=True, kw_only=True)
class RuleScore:
    """A rule in words and the score under it (NaN where undefined)."""

    label: str
    value: float


def rules_data(scores: Sequence[RuleScore], *, current: float, score_name: str) -> dict[str, Any]:
    """Returns what app.components.strip draws, as plain JSON: one dot a rule, the current score marked.

    Undefined scores have no place on the line; the caption counts them.
    """
    dots = [
        Dot(value=score.value, kind="rule", tip=f"{format_score(score.value)}\n{score.label}", index=index)
        for index, score in enumerate(scores)
        if math.isfinite(score.value) and not math.isclose(score.value, current, abs_tol=1e-12)
    ]
    if math.isfinite(current):
        dots.append(Dot(value=current, kind="own", tip=f"{format_score(current)}\nthe chosen rules", size=15))
    values = [dot.value for dot in dots] or [0.0]
    low, high = min(values), max(values)
    ends = [Label(value=value, text=format_score(value), at="below") for value in {low, high} - {current} if dots]
    here = [Label(value=current, text=format_score(current), at="above")] if math.isfinite(current) else []
    undefined = sum(not math.isfinite(score.value) for score in scores)
    caption = f"{score_name} under {len(scores)} rules: click a dot to take its rules"
    margin = _MARGIN * (high - low)
    return strip_data(
        dots,
        axis=Axis(low=low - margin, high=high + margin),
        labels=[*ends, *here],
        caption=f"{caption} ({UNDEFINED} under {undefined} of them)" if undefined else caption,
    )
