"""Functions: each library's area under a curve, its arguments, and what it does where a class is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import torch

from metrics_core.conventions import Average
from metrics_core.presets.arguments import Parameter, flag, one_of, read_arguments
from metrics_core.presets.curve_areas import quirks as known
from metrics_core.presets.curve_areas.areas import Array
from metrics_core.presets.record import Ignore, Quirk

Area = Literal["roc", "step", "trapezoid"]


@dataclass(frozen=True, kw_only=True)
class CurveFunction:
    """One function of one library.

    area: under the ROC curve, or under the precision-recall curve in steps or in trapezoids.
    one_class: AUROC of a class without positives or without negatives; None: the library refuses.
    no_positives, no_negatives: average precision of such a class; None: 1, the value that follows from the curve.
    undefined: a NaN class leaves the average, or makes it NaN.
    no_pixels: a call without any pixel is refused, or NaN.
    fewest_classes: numbers of classes below it are refused.
    """

    library: str
    version: str
    name: str
    area: Area
    source: str
    one_class: float | None = math.nan
    no_positives: float = math.nan
    no_negatives: float | None = None
    undefined: Literal["skip", "propagate"] = "skip"
    scale: float = 1.0
    ignore: Ignore = "filter"
    no_pixels: Literal["refused", "undefined"] = "refused"
    fewest_classes: int = 1
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    quirks: tuple[Quirk, ...] = ()

    @property
    def function(self) -> str:
        """Name with the library in front."""
        return f"{self.library}.{self.name}"

    def settings(self, given: Mapping[str, object], num_classes: int) -> dict[str, Any]:
        """Every argument with its given value or its default.

        Raises:
            ValueError: an argument or a value that does not exist; the message lists what does. Too few classes.
        """
        if num_classes < self.fewest_classes:
            raise ValueError(f"{self.function} takes num_classes of at least {self.fewest_classes}; got {num_classes}")
        return read_arguments(self.function, self.parameters, given, num_classes)

    def average(self, settings: Mapping[str, Any], num_classes: int) -> Average:
        """The average over classes that these settings ask for; MONAI gives the area of a single class as a number."""
        if self.library == "monai" and num_classes == 1:
            return "micro"
        if "mean" in settings:
            return "macro" if settings["mean"] else "none"
        name = settings.get("average")
        return cast(Average, name) if name in ("macro", "weighted", "micro") else "none"


def _rate() -> Parameter:
    def accept(value: Any, num_classes: int) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not 0 < value <= 1:
            raise ValueError
        return float(value)

    return Parameter(expected="None or a number in (0, 1]", accept=accept, default=None)


def _thresholds() -> Parameter:
    """None, or thresholds as float64; a number of them means even spacing, in float32 as the library has it."""

    def accept(value: Any, num_classes: int) -> Array | None:
        if value is None:
            return None
        if isinstance(value, bool | str):
            raise TypeError
        if isinstance(value, int):
            if value < 2:
                raise ValueError
            return torch.linspace(0, 1, value).double().numpy()
        thresholds = torch.as_tensor(value)
        if thresholds.ndim != 1 or not thresholds.numel() or not ((thresholds >= 0) & (thresholds <= 1)).all():
            raise ValueError
        return thresholds.double().numpy()

    return Parameter(expected="None, an integer from 2, or numbers in [0, 1]", accept=accept, default=None)


_MEAN = {"mean": flag(True)}
_ONE_VS_REST = {"one_vs_rest": one_of(True, default=True)}
_GRID = {
    "average": one_of("macro", "weighted", "none", None, default="macro"),
    "thresholds": _thresholds(),
}
_TORCHEVAL = {"average": one_of("macro", "none", None, default="macro")}
_MONAI = {"average": one_of("macro", "weighted", "micro", "none", default="macro")}
_LIGHTNING = "pytorch_lightning/metrics/functional/classification.py"

_RECORDS = (
    CurveFunction(
        library="elektronn3",
        version="0.1.1",
        name="auroc",
        area="roc",
        source="elektronn3/training/metrics.py:172",
        undefined="propagate",
        scale=100.0,
        parameters=_MEAN,
        quirks=(known.ONE_IMAGE_ONLY,),
    ),
    CurveFunction(
        library="elektronn3",
        version="0.1.1",
        name="average_precision",
        area="step",
        source="elektronn3/training/metrics.py:199",
        no_positives=0.0,
        undefined="propagate",
        scale=100.0,
        parameters=_MEAN,
        quirks=(known.ONE_IMAGE_ONLY,),
    ),
    CurveFunction(
        library="sklearn",
        version="1.9.1",
        name="roc_auc_score",
        area="roc",
        source="sklearn/metrics/_ranking.py:466",
        parameters={**_ONE_VS_REST, "max_fpr": _rate()},
    ),
    CurveFunction(
        library="sklearn",
        version="1.9.1",
        name="average_precision_score",
        area="step",
        source="sklearn/metrics/_ranking.py:128",
        no_positives=0.0,
        parameters=_ONE_VS_REST,
    ),
    CurveFunction(
        library="torchmetrics",
        version="1.9.0",
        name="multiclass_auroc",
        area="roc",
        source="torchmetrics/functional/classification/auroc.py:208",
        one_class=0.0,
        ignore="argument",
        fewest_classes=2,
        parameters=_GRID,
        quirks=(known.GUESSED_LOGITS,),
    ),
    CurveFunction(
        library="torchmetrics",
        version="1.9.0",
        name="multiclass_average_precision",
        area="step",
        source="torchmetrics/functional/classification/average_precision.py:183",
        ignore="argument",
        fewest_classes=2,
        parameters=_GRID,
        quirks=(known.GUESSED_LOGITS, known.ALL_LABELS_ZERO, known.BINNED_ABSENT),
    ),
    CurveFunction(
        library="torcheval",
        version="0.0.7",
        name="multiclass_auroc",
        area="roc",
        source="torcheval/metrics/functional/classification/auroc.py:207",
        one_class=0.5,
        fewest_classes=2,
        parameters=_TORCHEVAL,
    ),
    CurveFunction(
        library="torcheval",
        version="0.0.7",
        name="multiclass_auprc",
        area="step",
        source="torcheval/metrics/functional/classification/auprc.py:72",
        no_positives=0.0,
        fewest_classes=2,
        parameters=_TORCHEVAL,
    ),
    CurveFunction(
        library="monai",
        version="1.6.1",
        name="compute_roc_auc",
        area="roc",
        source="monai/metrics/rocauc.py:116",
        undefined="propagate",
        no_pixels="undefined",
        parameters=_MONAI,
    ),
    CurveFunction(
        library="monai",
        version="1.6.1",
        name="compute_average_precision",
        area="step",
        source="monai/metrics/average_precision.py:118",
        no_negatives=math.nan,
        undefined="propagate",
        no_pixels="undefined",
        parameters=_MONAI,
    ),
    CurveFunction(
        library="pytorch_lightning",
        version="0.9.0",
        name="average_precision",
        area="step",
        source=_LIGHTNING,
    ),
    CurveFunction(
        library="pytorch_lightning",
        version="0.9.0",
        name="roc_then_trapezoid",
        area="roc",
        source=f"{_LIGHTNING}:603",
        one_class=None,
    ),
    CurveFunction(
        library="pytorch_lightning",
        version="0.9.0",
        name="auroc",
        area="roc",
        source=f"{_LIGHTNING}:798",
        one_class=None,
        quirks=(known.UNSTABLE_SORT,),
    ),
    CurveFunction(
        library="MetricsReloaded",
        version="ca3d352",
        name="auroc",
        area="roc",
        source="MetricsReloaded/metrics/prob_pairwise_measures.py",
        quirks=(known.CAPPED_THRESHOLDS,),
    ),
    CurveFunction(
        library="MetricsReloaded",
        version="ca3d352",
        name="average_precision",
        area="trapezoid",
        source="MetricsReloaded/metrics/prob_pairwise_measures.py:335",
        quirks=(known.CAPPED_THRESHOLDS,),
    ),
)
CURVE_FUNCTIONS: Mapping[str, CurveFunction] = {record.function: record for record in _RECORDS}


def curve_function(function: str) -> CurveFunction:
    """The record of a function.

    Raises:
        ValueError: no such function; the message lists those that exist.
    """
    if function not in CURVE_FUNCTIONS:
        raise ValueError(f"unknown curve function {function!r}; those that exist: {', '.join(CURVE_FUNCTIONS)}")
    return CURVE_FUNCTIONS[function]
