"""Code: Python that gives the numbers of a report again from the user's own arrays."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from metrics_core.arguments import refuse_other_choices
from metrics_core.conventions import Convention
from metrics_core.presets.record import Takes
from metrics_core.statistics import Statistics, refuse_unless_statistics
from metrics_core.uncertainty import RESAMPLES

Numbers = Literal[
    "score",
    "interval",
    "classes",
    "worst",
    "slices",
    "rules",
    "effects",
    "prevalence",
    "calibration",
    "areas",
    "choices",
    "libraries",
    "models",
]

_EXPRESSIONS: Mapping[Numbers, str] = {
    "score": "mc.evaluate(formula, statistics, convention)",
    "interval": "mc.bootstrap(statistics, formula, convention{drawn})",
    "classes": "mc.bootstrap_classes(statistics, formula, convention{drawn})",
    "worst": "mc.worst_images(statistics, formula, convention{number})",
    "slices": "mc.score_slices(statistics, formula, convention, labels={labels}{drawn})",
    "rules": "mc.rules_range(statistics, formula, convention)",
    "effects": "mc.single_option_effects(statistics, formula, convention)",
    "prevalence": "mc.prevalence_sweep(\n    statistics, [formula], convention, rare_class={rare_class}, "
    "prevalences=[0.0001, 0.001, 0.01, 0.1, 0.5]\n)",
    "areas": "mc.areas_from_histogram(statistics.histogram, ignored_classes=convention.ignored_classes)",
    "choices": "mc.compare_curves_from_histogram(\n    statistics.histogram, "
    "ignored_classes=convention.ignored_classes, threshold={threshold}\n)",
    "calibration": "mc.calibrations(statistics, formula, ignored_classes=convention.ignored_classes)",
    "libraries": 'mc.compare(statistics, lists="kept")',
    "models": "mc.paired_difference({pair}, formula, convention, names={names!r}{drawn})",
}
_OF_SCORES = ("calibration", "areas", "choices")
_DEFAULT_BINS = ("uniform", 4096)


@dataclass(frozen=True, kw_only=True)
class CodeOptions:
    """Which numbers code gives, and what they need besides statistics, formula and convention.

    parameters: of the formula. labels: Python that gives the slice of each image name. names: of two models.
    subtracted: the one that the difference takes away. rare_class: whose prevalence varies. threshold: of curves.
    number: of worst images, where it is not the default.

    Raises:
        InputError: unknown numbers.
    """

    numbers: Numbers = "score"
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    labels: str = "labels"
    names: tuple[str, str] = ("a", "b")
    subtracted: Literal["statistics", "other"] = "statistics"
    rare_class: int = 0
    threshold: float = 0.5
    number: int | None = None
    resamples: int = RESAMPLES
    seed: int = 0

    def __post_init__(self) -> None:
        refuse_other_choices(self)


def score_source(
    statistics: Statistics,
    formula: str,
    convention: Convention,
    *,
    options: CodeOptions | None = None,
) -> str:
    """Python that counts target and prediction, or scores, and assigns value: the numbers under a convention.

    Slices by a table need image_names as well, models other_prediction or other_scores.
    """
    refuse_unless_statistics(statistics, usage="score_source(statistics, 'iou', convention)")
    given = options or CodeOptions()
    numbers = given.numbers
    then = _EXPRESSIONS[numbers].format(**_arguments(given))
    changed = [f"{name}={literal(getattr(convention, name))}" for name in convention.differences(Convention())]
    parameters = "".join(f", {name}={literal(value)}" for name, value in given.parameters.items())
    array = "scores" if convention.threshold is not None or arrays_of(statistics) == "scores" else "prediction"
    bins = convention.threshold is not None or _of_scores(numbers, statistics)
    named = ", image_names=image_names" if "image_names" in then else ""
    lines = [
        *(["import pathlib", ""] if "pathlib." in then else []),
        "import metrics_core as mc",
        "",
        f"statistics = {_counted(statistics, array, bins=bins)}{named})",
        *([f"other = {_counted(statistics, f'other_{array}', bins=bins)})"] if numbers == "models" else []),
        *([f"convention = mc.Convention({', '.join(changed)})"] if _takes(then, "convention") else []),
        *([f"formula = mc.get_formula({json.dumps(formula)}{parameters})"] if _takes(then, "formula") else []),
        f"value = {then}",
    ]
    return "\n".join(lines) + "\n"


# Of each library: what it measures of every class, its imports, and how.
_CALIBRATIONS: Mapping[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "sklearn": (
        "Brier score",
        ("from sklearn.metrics import brier_score_loss",),
        ("value = [brier_score_loss(true == label, probabilities[:, label]) for label in range({classes})]",),
    ),
    "torchmetrics": (
        "ECE, equal width",
        ("import torch", "from torchmetrics.functional.classification import binary_calibration_error"),
        (
            "# A score of 1 would be a group of its own, and edges of groups are rounded.",
            "shifted = torch.from_numpy(np.clip(probabilities + 1e-6, 0, 1 - 1e-6))",
            "of_class = torch.from_numpy(true[:, None] == np.arange({classes}))",
            "value = [",
            "    float(binary_calibration_error(shifted[:, label].contiguous(), of_class[:, label], n_bins={groups}))",
            "    for label in range({classes})",
            "]",
        ),
    ),
}


def calibration_sources(
    statistics: Statistics, *, groups: int, ignored_classes: Sequence[int] = ()
) -> dict[tuple[str, str], str]:
    """Python that assigns value, by its library and what that measures: a calibration error of every class.

    It expects target, integers [image, *spatial], and scores [image, class, *spatial], NumPy arrays.
    """
    refuse_unless_statistics(statistics, usage="calibration_sources(statistics, groups)")
    left_out = [*ignored_classes, *([] if statistics.ignore_label is None else [statistics.ignore_label])]
    scale = " / 255" if statistics.histogram is not None and statistics.histogram.bins.kind == "byte" else ""
    kept = (
        f"kept = ~np.isin(target, {left_out})",
        "true = target[kept]",
        f"probabilities = np.moveaxis(scores, 1, -1)[kept].astype(np.float64){scale}",
    )
    sources: dict[tuple[str, str], str] = {}
    for library, (gives, imports, measured) in _CALIBRATIONS.items():
        filled = (line.format(groups=groups, classes=statistics.num_classes) for line in measured)
        sources[library, gives] = "\n".join(["import numpy as np", *imports, "", *kept, *filled]) + "\n"
    return sources


def _takes(expression: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", expression) is not None


def arrays_of(statistics: Statistics) -> Takes:
    """Whether the user has scores, as far as statistics tell, or labels: what call_source is given.

    Raises:
        InputError: no Statistics.
    """
    refuse_unless_statistics(statistics, usage="arrays_of(statistics)")
    return "labels" if statistics.histogram is None else "scores"


def _of_scores(numbers: Numbers, statistics: Statistics) -> bool:
    # Without a histogram no threshold would be among the rules that change.
    return numbers in _OF_SCORES or (numbers == "effects" and statistics.histogram is not None)


def literal(value: object) -> str:
    """A value as source text."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def _counted(statistics: Statistics, array: str, *, bins: bool) -> str:
    """The call that counts an array, its end left open; bins: whether scores are kept."""
    void = "" if statistics.ignore_label is None else f", ignore_label={statistics.ignore_label}"
    histogram = ""
    if bins:
        histogram = ', histogram="per_image"'
        kept = None if statistics.histogram is None else statistics.histogram.bins
        if kept is not None and kept.kind not in ("byte", "half") and (kept.kind, kept.count) != _DEFAULT_BINS:
            histogram += f", bins=mc.Bins(kind={kept.kind!r}, count={kept.count})"
    return f"mc.count(target, {array}, num_classes={statistics.num_classes}{void}{histogram}"


def _arguments(options: CodeOptions) -> dict[str, Any]:
    """What the expressions leave open; arguments at their default are left out."""
    drawn = "" if options.resamples == RESAMPLES else f", resamples={options.resamples}"
    drawn += "" if options.seed == 0 else f", seed={options.seed}"
    number = "" if options.number is None else f", number={options.number}"
    given = {name: getattr(options, name) for name in ("labels", "names", "rare_class", "threshold")}
    pair = "statistics, other" if options.subtracted == "statistics" else "other, statistics"
    return given | {"drawn": drawn, "number": number, "pair": pair}
