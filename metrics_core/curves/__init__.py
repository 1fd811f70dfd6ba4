"""Curves: ROC, precision-recall, the areas under them, and any formula against the threshold."""

from metrics_core.curves.areas import (
    CurveAreas,
    Interpolation,
    area_under_precision_recall,
    area_under_roc,
)
from metrics_core.curves.binned import areas_from_histogram, curves_from_histogram, formula_against_threshold
from metrics_core.curves.curve import Curve, operating_point
from metrics_core.curves.exact import auroc, average_precision, curve_areas, precision_recall_curve, roc_curve
from metrics_core.curves.thinning import thin

__all__ = [
    "Curve",
    "CurveAreas",
    "Interpolation",
    "area_under_precision_recall",
    "area_under_roc",
    "areas_from_histogram",
    "auroc",
    "average_precision",
    "curve_areas",
    "curves_from_histogram",
    "formula_against_threshold",
    "operating_point",
    "precision_recall_curve",
    "roc_curve",
    "thin",
]
