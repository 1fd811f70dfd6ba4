"""Presets: the conventions that other libraries use, by their own function names and arguments."""

from metrics_core.presets.find import list_presets, preset
from metrics_core.presets.record import Preset, Quirk, corrected
from metrics_core.presets.scoring import evaluate_preset, evaluate_presets, returned, score_like, unfolded

__all__ = [
    "Preset",
    "Quirk",
    "corrected",
    "evaluate_preset",
    "evaluate_presets",
    "list_presets",
    "preset",
    "returned",
    "score_like",
    "unfolded",
]
