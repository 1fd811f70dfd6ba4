"""Worst images: those with the lowest scores, and what the counts say is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metrics_core.cells import Cells, class_counts
from metrics_core.conventions import Convention
from metrics_core.disagreement import words
from metrics_core.evaluation import Score, score_cells
from metrics_core.formulas import Formula
from metrics_core.inputs import whole_number
from metrics_core.statistics import Statistics, refuse_unless_statistics
from metrics_core.uncertainty.resampled import Resampler

Array = NDArray[np.float64]
Mistake = Literal[
    "missed object", "false positive on empty", "under-segmentation", "over-segmentation", "displaced", "none"
]
# One kind of error dominates when it has more than this many times the pixels of the other.
_DOMINATES = 2


@dataclass(frozen=True, kw_only=True)
class WorstImage:
    """An image and its score, as a fraction; label: the class to blame; reason: the mistake with its counts."""

    index: int
    name: str
    score: float
    label: int
    mistake: Mistake
    reason: str


def worst_images(
    statistics: Statistics, formula: str | Formula, convention: Convention | None = None, *, number: int = 5
) -> tuple[WorstImage, ...]:
    """The images with the worst scores, worst first; undefined ones are left out.

    The class to blame is the one in the average with the worst score, of equals the one with most wrong pixels. Counts
    cannot tell a rough boundary from a wrong place: "displaced" is when about as many pixels are missed as added.

    Raises:
        ValueError: fewer than 1 image asked for, or as evaluate.
    """
    refuse_unless_statistics(statistics, usage="worst_images(statistics, 'iou')")
    if whole_number(number, "number") < 1:
        raise ValueError(f"number must be at least 1 image; got {number}")
    resampler = Resampler(statistics, formula, convention)
    goodness = 1.0 if resampler.formula.best > resampler.formula.worst else -1.0
    scores = resampler.image_scores()
    order = np.argsort(scores * goodness, kind="stable")[: int((~np.isnan(scores)).sum())]
    counts = class_counts(statistics, replace(resampler.rule, pooling="image"))
    blamed = _blamed(resampler, counts, goodness)
    return tuple(_worst(statistics, counts, int(i), float(scores[i]), int(blamed[i])) for i in order[:number])


def _blamed(resampler: Resampler, counts: Cells, goodness: float) -> NDArray[np.intp]:
    """The class to blame in every image [image]."""
    listed = replace(resampler.rule, pooling="image", average="none", order="per_cell")
    scored: Score = score_cells(resampler.formula, counts, listed)
    good = np.where(np.isnan(scored.cells), np.inf, scored.cells * goodness)
    good = np.where(scored.included, good, np.inf)
    wrong = np.where(scored.included, counts.fp + counts.fn, -1)
    worst = good == good.min(1, keepdims=True)
    return np.where(worst, wrong, -2).argmax(1)


def _worst(statistics: Statistics, counts: Cells, i: int, score: float, label: int) -> WorstImage:
    tp, fp, fn = (float(part[i, label]) for part in (counts.tp, counts.fp, counts.fn))
    mistake, text = _mistake(tp, fp, fn)
    named = words.one_class(label, statistics.class_names)
    return WorstImage(
        index=i,
        name=statistics.image_names[i],
        score=score,
        label=label,
        mistake=mistake,
        reason=f"{named}: {text}",
    )


def _mistake(tp: float, fp: float, fn: float) -> tuple[Mistake, str]:
    target, missed, added = (words.plural(each, "pixel") for each in (tp + fn, fn, fp))
    if fp + fn == 0:
        return "none", "no wrong pixel"
    if tp + fn == 0:
        return "false positive on empty", f"false positive on empty, {added} predicted and none in the target"
    if tp == 0:
        return "missed object", f"missed object, none of its {target} found"
    if fn > _DOMINATES * fp:
        return "under-segmentation", f"under-segmentation, {missed} of {target} missed, {words.shown_count(fp)} added"
    if fp > _DOMINATES * fn:
        return "over-segmentation", f"over-segmentation, {added} added to {target}, {words.shown_count(fn)} missed"
    return (
        "displaced",
        f"place, boundary or shape, {missed} missed and {words.shown_count(fp)} added: look at the image",
    )
