"""Areas under curves as other libraries compute them, and how far their choices take the numbers apart."""

from metrics_core.presets.curve_areas.functions import CURVE_FUNCTIONS, CurveFunction
from metrics_core.presets.curve_areas.presets import curve_preset, list_curve_presets
from metrics_core.presets.curve_areas.rows import CurveRow, compare_curves, compare_curves_from_histogram
from metrics_core.presets.curve_areas.score import curve_score_like

__all__ = [
    "CURVE_FUNCTIONS",
    "CurveFunction",
    "CurveRow",
    "compare_curves",
    "compare_curves_from_histogram",
    "curve_preset",
    "curve_score_like",
    "list_curve_presets",
]
