"""Code: Python that gives a score, its interval or its curve again from the user's own arrays."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from metrics_core.conventions import Convention
from metrics_core.statistics import Statistics


def score_source(
    statistics: Statistics,
    formula: str,
    convention: Convention,
    *,
    parameters: Mapping[str, float] | None = None,
    then: str = "",
) -> str:
    """Python that counts target and prediction and evaluates a formula under a convention.

    then: an expression of statistics, formula and convention in place of the score, such as
    "mc.bootstrap(statistics, formula, convention)".
    """
    void = "" if statistics.ignore_label is None else f", ignore_label={statistics.ignore_label}"
    scores = convention.threshold is not None or "reliability" in then or "best_threshold" in then
    counted = "scores" if scores else "prediction"
    histogram = ', histogram="per_image"' if scores else ""
    changed = [f"{name}={literal(getattr(convention, name))}" for name in convention.differences(Convention())]
    given = "".join(f", {name}={literal(value)}" for name, value in (parameters or {}).items())
    lines = [
        "import metrics_core as mc",
        "",
        f"statistics = mc.count(target, {counted}, num_classes={statistics.num_classes}{void}{histogram})",
        f"convention = mc.Convention({', '.join(changed)})",
        f"formula = mc.get_formula({json.dumps(formula)}{given})",
        f"value = {then or 'mc.evaluate(formula, statistics, convention)'}",
    ]
    return "\n".join(lines) + "\n"


def literal(value: object) -> str:
    """A value as source text."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)
