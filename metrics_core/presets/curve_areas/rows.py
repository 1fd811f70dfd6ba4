"""Rows: the choices between one set of scores and the number printed for its curve, each with its own number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from metrics_core.bins import Histogram, Tie
from metrics_core.curves import (
    Curve,
    Interpolation,
    area_under_precision_recall,
    area_under_roc,
    curves_from_histogram,
)
from metrics_core.inputs import ArrayLike
from metrics_core.presets.curve_areas.areas import (
    Array,
    binned_roc_area,
    binned_step_area,
    counts_at,
    keras_area,
)
from metrics_core.presets.curve_areas.pixels import Pixels

Curves = tuple[Curve, ...]
GRIDS = (5, 50, 200)
STEPS = ("sklearn", "torchmetrics", "torcheval", "monai", "elektronn3", "pytorch_lightning")


Kind = Literal["score", "supposed", "position"]


@dataclass(frozen=True, kw_only=True)
class CurveRow:
    """One choice and what it leads to.

    topic: the question that the choice answers; rows of one topic belong together. values: one number a class, NaN
    where undefined. mean: their average by this choice's own rule. libraries: who chooses this. sentence: what it does.
    kind: scores, what they would be if another score of the call were a logit, or thresholds and numbers of points.
    """

    topic: str
    name: str
    values: tuple[float, ...]
    mean: float
    libraries: tuple[str, ...]
    sentence: str
    kind: Kind = "score"


def compare_curves(
    target: ArrayLike, scores: ArrayLike, *, num_classes: int, ignore_label: int | None = None, threshold: float = 0.5
) -> tuple[CurveRow, ...]:
    """Every choice that changes the area under a curve or the counts at a threshold, on the same scores.

    target: integer [image, *spatial]. scores: [image, class, *spatial]. threshold: where ties and guessed logits are
    shown. Each class is sorted once, all images together.

    Raises:
        InputError: data that cannot be scored, labels instead of scores, or a score that is NaN.
    """
    pixels = Pixels.of(target, scores, num_classes=num_classes, ignore_label=ignore_label)
    return _rows(pixels.curves(), threshold)


def compare_curves_from_histogram(
    histogram: Histogram, *, ignored_classes: Sequence[int] = (), threshold: float = 0.5
) -> tuple[CurveRow, ...]:
    """The same from statistics, without pixels: exact where each bin holds one distinct score, else close.

    Raises:
        ValueError: an ignored class that does not exist.
    """
    return _rows(curves_from_histogram(histogram, ignored_classes=ignored_classes), threshold)


def _rows(curves: Curves, threshold: float) -> tuple[CurveRow, ...]:
    return (
        *_sums(curves),
        *_missing_auroc(curves),
        *_missing_average_precision(curves),
        *_binned(curves),
        *_ties(curves, threshold),
        *_guesses(curves, threshold),
        *_first_thresholds(curves),
        *_ends(curves),
    )


def _row(
    topic: str,
    name: str,
    values: Array,
    libraries: tuple[str, ...],
    sentence: str,
    *,
    mean: float | None = None,
    kind: Kind = "score",
) -> CurveRow:
    """A row; without a mean of its own, NaN values leave the mean."""
    defined = values[~np.isnan(values)]
    plain = float(defined.mean()) if defined.size else math.nan
    return CurveRow(
        topic=topic,
        name=name,
        values=tuple(map(float, values)),
        mean=plain if mean is None else mean,
        libraries=libraries,
        sentence=sentence,
        kind=kind,
    )


def _each(area: Callable[[Curve], float], curves: Curves) -> Array:
    return np.array([area(curve) for curve in curves], np.float64)


# How precision is averaged over recall: name, interpolation, who does it, what it does.
_INTERPOLATIONS: tuple[tuple[str, Interpolation, tuple[str, ...], str], ...] = (
    ("steps", "step", STEPS, "Precision at each score, times the recall that this score adds."),
    (
        "trapezoids",
        "trapezoid",
        ("MetricsReloaded",),
        "Straight lines between the points, from precision 1 at recall 0; too kind where scores tie.",
    ),
    ("best at each recall", "all_point", ("PASCAL VOC 2010",), "The best precision at this recall or a higher one."),
    ("11 recalls", "eleven_point", ("PASCAL VOC 2007",), "The same at the recalls 0, 0.1, ... 1 alone."),
    ("101 recalls", "hundred_one_point", ("COCO",), "The same at the recalls 0, 0.01, ... 1 alone."),
)


def _sums(curves: Curves) -> list[CurveRow]:
    row = partial(_row, "How is precision averaged over recall?")
    rows = [
        row(name, _each(partial(area_under_precision_recall, interpolation=interpolation), curves), libraries, sentence)
        for name, interpolation, libraries, sentence in _INTERPOLATIONS
    ]
    sentence = "Counts at 200 thresholds; between them tp grows with the predicted positives (Davis and Goadrich 2006)."
    return [*rows, row("200 thresholds", _each(keras_area, curves), ('keras.AUC(curve="PR")',), sentence)]


def _missing_auroc(curves: Curves) -> list[CurveRow]:
    row = partial(_row, "What is the AUROC of a class that is absent, or all there is?")
    area = _each(area_under_roc, curves)
    whole = float(area.mean())
    undefined = ("sklearn", "monai", "elektronn3", "MetricsReloaded")
    return [
        row("0", np.nan_to_num(area, nan=0.0), ("torchmetrics", "keras.AUC"), "It counts as the worst ranking."),
        row("0.5", np.nan_to_num(area, nan=0.5), ("torcheval",), "It counts as guessing."),
        row("undefined", area, undefined, "One such class makes the mean of the classes undefined.", mean=whole),
        row("refused", area, ("pytorch_lightning",), "The call ends with an error.", mean=whole),
        row("left out", area, (), "The mean is over the other classes; how many they are must be said."),
    ]


def _missing_average_precision(curves: Curves) -> list[CurveRow]:
    row = partial(_row, "What is the average precision of an absent class?")
    area = _each(area_under_precision_recall, curves)
    poisoned = np.where([curve.negatives > 0 for curve in curves], area, np.nan)
    zero = ("sklearn", "torcheval", "elektronn3", "torchmetrics with thresholds")
    return [
        row("0", np.nan_to_num(area, nan=0.0), zero, "It counts as never found."),
        row("left out", area, ("torchmetrics",), "It is undefined, and the mean is over the other classes."),
        row(
            "undefined",
            poisoned,
            ("monai",),
            "One such class makes the mean undefined; so does a class that is all there is.",
            mean=float(poisoned.mean()),
        ),
    ]


def _binned(curves: Curves) -> list[CurveRow]:
    rows: list[CurveRow] = []
    for score, exact, binned in (
        ("AUROC", area_under_roc, binned_roc_area),
        ("average precision", area_under_precision_recall, binned_step_area),
    ):
        row = partial(_row, f"How many thresholds has the curve of the {score}?")
        area = _each(exact, curves)
        rows.append(row("every score", area, ("torchmetrics thresholds=None", "sklearn"), "No score is rounded."))
        for number in GRIDS:
            values = _each(partial(binned, thresholds=np.linspace(0, 1, number)), curves)
            values[np.isnan(area)] = np.nan
            sentence = "Scores between two thresholds cannot be told apart; a rare class may vanish among them."
            rows.append(row(f"{number} thresholds", values, (f"torchmetrics thresholds={number}",), sentence))
    return rows


def _ties(curves: Curves, threshold: float) -> list[CurveRow]:
    row = partial(_row, f"Is a score equal to the threshold {threshold:.3g} positive? (F1)")
    above = ("torchmetrics", "keras.F1Score", "keras.Precision", "keras.Recall")
    from_it = ("keras.BinaryIoU", "segmentation_models_pytorch", "monai.AsDiscrete", "torcheval", "MetricsReloaded")
    return [
        row("no (>)", _dice(curves, threshold, ">"), above, "Only scores above the threshold are predicted positive."),
        row("yes (>=)", _dice(curves, threshold, ">="), from_it, "A score equal to the threshold is positive too."),
    ]


def _guesses(curves: Curves, threshold: float) -> list[CurveRow]:
    row = partial(_row, f"Are scores probabilities or logits? (F1 at {threshold:.3g})")
    inside = 0 < threshold < 1
    logit = math.log(threshold / (1 - threshold)) if inside else math.inf * (threshold - 0.5)
    sentence = "One score outside [0, 1] is enough for sigmoid to be applied to all scores of the call."
    return [
        row("as given", _dice(curves, threshold, ">"), ("sklearn", "monai", "torcheval"), "Scores are not changed."),
        row("guessed to be logits", _dice(curves, logit, ">"), ("torchmetrics",), sentence, kind="supposed"),
    ]


def _first_thresholds(curves: Curves) -> list[CurveRow]:
    row = partial(_row, "What is the first threshold of the ROC curve?", kind="position")
    largest = np.array([curve.thresholds[1:2].sum() if len(curve.thresholds) > 1 else np.nan for curve in curves])
    return [
        row("infinity", np.full(len(curves), np.inf), ("sklearn",), "No score reaches it."),
        row("1", np.ones(len(curves)), ("torchmetrics",), "It is listed twice where a score is 1."),
        row("largest score + 1", largest + 1, ("pytorch_lightning",), "For probabilities, a threshold above 1."),
    ]


def _ends(curves: Curves) -> list[CurveRow]:
    row = partial(_row, "How many points has the precision-recall curve?", kind="position")
    every = np.array([len(curve.thresholds) for curve in curves], np.float64)
    full = np.array([int((curve.fn > 0).sum()) + 1 if curve.positives else np.nan for curve in curves])
    return [
        row("all scores", every, ("sklearn", "torchmetrics", "torcheval"), "It ends where everything is positive."),
        row("up to full recall", full, ("pytorch_lightning",), "It ends where the last positive is found."),
    ]


def _dice(curves: Curves, threshold: float, tie: Tie) -> Array:
    """F1 of every class at a threshold; NaN where neither target nor prediction holds the class."""
    values: list[float] = []
    for curve in curves:
        tp, fp = (float(counts[0]) for counts in counts_at(curve, [threshold], tie=tie))
        denominator = tp + fp + curve.positives
        values.append(2 * tp / denominator if denominator else math.nan)
    return np.array(values)
