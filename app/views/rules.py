"""Where the current score lies among the scores that other rules give for the same pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.views.text import UNDEFINED, format_score


@dataclass(frozen=True, kw_only=True)
class RuleScore:
    """A rule in words and the score under it (NaN where undefined)."""

    label: str
    value: float


def rules_data(scores: Sequence[RuleScore], *, current: float, score_name: str) -> dict[str, Any]:
    """Returns what app.components.rules_strip draws, as plain JSON: one dot a rule, the current score marked.

    Undefined scores have no place on the line; the caption counts them.
    """
    dots = [
        {"index": index, "label": score.label, "value": score.value, "text": format_score(score.value)}
        for index, score in enumerate(scores)
        if math.isfinite(score.value)
    ]
    if math.isfinite(current):
        dots = [dot for dot in dots if not math.isclose(float(dot["value"]), current, abs_tol=1e-12)]
        here = {"index": -1, "label": "the chosen rules", "value": current, "text": format_score(current)}
        dots.append(here | {"current": True})
    values = [float(dot["value"]) for dot in dots] or [0.0]
    undefined = sum(not math.isfinite(score.value) for score in scores)
    caption = f"{score_name} under {len(scores)} rules: click a dot to take its rules"
    return {
        "rules": dots,
        "number": len(scores),
        "low": min(values),
        "high": max(values),
        "caption": f"{caption} ({UNDEFINED} under {undefined} of them)" if undefined else caption,
    }
