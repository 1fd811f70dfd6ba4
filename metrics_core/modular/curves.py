"""Metrics of scores: the areas under curves, and the curves themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metrics_core.cells import Cells
from metrics_core.conventions import Convention
from metrics_core.curves import Curve, CurveAreas, areas_from_histogram, curve_areas, curves_from_histogram, roc_curve
from metrics_core.evaluation import Score, score_cells
from metrics_core.formulas import Formula
from metrics_core.inputs import InputError
from metrics_core.modular.counted import CountedMetric, Options, read_preset
from metrics_core.modular.tally import Counted, Needs
from metrics_core.presets import Preset
from metrics_core.presets.curve_areas import CURVE_FUNCTIONS, curve_score_like

Array = NDArray[np.float64]
VOID = -1  # a label that no kept pixel has


class CurveMetric(CountedMetric):
    """A reading of scores: probabilities in [0, 1], counted in bins, or any finite scores, kept exactly.

    exact=True keeps the score of every pixel, as the presets of libraries need it; otherwise memory stays small. With
    bins, AUROC and average precision carry an error whose bounds areas() gives; byte and half bins are exact.
    """

    areas_of: ClassVar[tuple[str, ...]] = ("roc", "step", "trapezoid")

    def __init__(
        self,
        convention: Convention | Preset | str | None = None,
        *,
        num_classes: int,
        exact: bool = False,
        **options: Unpack[Options],
    ) -> None:
        self.exact = exact or isinstance(convention, str | Preset)
        super().__init__(convention, num_classes=num_classes, **options)
        rule = self.convention
        if self.preset_key is None and (rule.average == "micro" or rule.epsilon or rule.threshold is not None):
            raise InputError("areas and curves know no micro average, no epsilon and no threshold; leave these out")
        if self.exact and rule.pooling == "image":
            raise InputError("exact scores are kept of all images together; use bins for a score of each image")

    def areas(self) -> CurveAreas:
        """AUROC and average precision of all classes with bounds, images pooled; all ranks must call it."""
        return self._areas(self.counted())

    def _accepted(self, key: str, num_classes: int, ignore_label: int | None) -> Preset:
        made = read_preset(key, num_classes, ignore_label)
        area = CURVE_FUNCTIONS[made.function].area if made.takes == "scores" else "no area"
        if area not in self.areas_of:
            raise InputError(
                f"{type(self).__name__} takes presets of scores ({', '.join(self.areas_of)}); {key} is none"
            )
        return made

    def _with_scores(self, needs: Needs) -> Needs:
        return replace(needs, exact=True) if self.exact else replace(needs, histogram=needs.images)

    def _pixels(self, counted: Counted) -> tuple[Tensor, Tensor]:
        """Exact labels [1, pixel] and scores [1, class, pixel] that the convention counts; one void pixel if none."""
        if counted.target is None or counted.scores is None:
            return torch.tensor([[VOID]]), torch.zeros(1, self.needs.num_classes, 1)
        ignored = counted.target.new_tensor(self.convention.ignored_classes)
        kept = ~torch.isin(counted.target, ignored)
        target, scores = counted.target[kept], counted.scores[kept]
        return (target[None], scores.T[None]) if target.numel() else self._pixels(replace(counted, target=None))

    def _areas(self, counted: Counted, images: list[int] | None = None) -> CurveAreas:
        if (histogram := counted.statistics.histogram) is not None and not self.exact:
            return areas_from_histogram(histogram, ignored_classes=self.convention.ignored_classes, images=images)
        return curve_areas(*self._pixels(counted), num_classes=self.needs.num_classes, ignore_label=VOID)


class AreaMetric(CurveMetric):
    """Area under the curve of each class against the rest, averaged as a convention averages the scores of labels.

    float64: a number, or a list where the convention does not average. A class without positives (for AUROC, or without
    negatives) is undefined, as 0/0 is; weights are the positives.
    """

    area_name: ClassVar[str]

    def _score(self, counted: Counted, rule: Convention) -> Score:
        each = [[i] for i in range(counted.statistics.num_images)] if rule.pooling == "image" else [None]
        areas = [self._areas(counted, images) for images in each]
        shape = (len(areas), self.needs.num_classes)
        values, positives, negatives = (
            np.array([getattr(area, name).numpy() for area in areas], np.float64).reshape(shape)
            for name in (self.area_name, "positives", "negatives")
        )
        return score_cells(_as_formula(values), _as_cells(positives, negatives), rule)

    def _value(self, counted: Counted) -> Tensor:
        if not counted.updates:
            return self._undefined()
        return self._score(counted, self.convention).value if self.preset is None else self._like_library(counted)

    def _like_library(self, counted: Counted) -> Tensor:
        made, (target, scores) = self.preset, self._pixels(counted)
        assert made is not None
        data: dict[str, Any] = {"num_classes": made.num_classes, "ignore_label": VOID, **dict(made.arguments)}
        return curve_score_like(made.function, target, scores, quirks=self.quirks, **data)

    def _classes(self, counted: Counted) -> Mapping[int, Tensor]:
        rule = self.convention
        labels = [label for label in range(self.needs.num_classes) if label not in rule.excluded_classes]
        if not counted.updates:
            return {label: torch.tensor(torch.nan, dtype=torch.float64) for label in labels}
        if self.preset is not None:
            if rule.average != "none":
                raise InputError(f"{self.preset_key} gives no value for each class; pass its argument for no average")
            return dict(enumerate(self._like_library(counted)))
        order = "per_class" if rule.pooling == "image" else rule.order
        result = self._score(counted, replace(rule, average="none", order=order))
        return dict(zip(np.flatnonzero(result.included[0]).tolist(), result.value, strict=True))


class AUROC(AreaMetric):
    """Area under the ROC curve of each class against the rest, in [0, 1], 0.5 for chance; see CurveMetric for bins."""

    areas_of = ("roc",)
    area_name = "auroc"


class AveragePrecision(AreaMetric):
    """Average precision (steps) of each class against the rest, in [0, 1], the prevalence for chance."""

    areas_of = ("step", "trapezoid")
    area_name = "average_precision"


class ROC(CurveMetric):
    """ROC curves: one Curve a class, whose points hold thresholds, false_positive_rate and recall, images pooled.

    A convention, or the preset of an area, says which pixels count.
    """

    def _value(self, counted: Counted) -> tuple[Curve, ...]:
        if (histogram := counted.statistics.histogram) is not None and not self.exact:
            return curves_from_histogram(histogram, ignored_classes=self.convention.ignored_classes)
        return roc_curve(*self._pixels(counted), num_classes=self.needs.num_classes, ignore_label=VOID)

    @property
    def has_classes(self) -> bool:
        """Curves are no values to log."""
        return False

    def _classes(self, counted: Counted) -> Mapping[int, Any]:
        return dict(enumerate(self._value(counted)))


class PrecisionRecallCurve(ROC):
    """Precision-recall curves: one Curve a class, whose points hold thresholds, recall and precision, images pooled.

    The curves are those of ROC: every point of one is a point of the other.
    """


def _as_formula(areas: Array) -> Formula:
    """Areas as a ratio, 0/0 where undefined, so that a convention treats both alike."""
    defined = ~np.isnan(areas)
    ratio = (np.where(defined, areas, 0.0), defined.astype(np.float64))
    return Formula(key="area", name="Area under a curve", latex="", ratio=lambda tp, fp, fn, tn: ratio)


def _as_cells(positives: Array, negatives: Array) -> Cells:
    """Pixels of the class as its support, the others as true negatives."""
    nothing, seen = np.zeros_like(positives), np.flatnonzero(positives.sum(0))
    return Cells(
        tp=positives,
        fp=nothing,
        fn=nothing,
        tn=negatives,
        raw_support=positives,
        largest_label=int(seen[-1]) if seen.size else -1,
    )
