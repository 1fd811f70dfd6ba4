"""Synthesis: seeded images, targets and predictions whose right answers are known beforehand."""

from metrics_core.synthesis.generator import Promise, Synthetic, measure, synthesize
from metrics_core.synthesis.recipe import CITYSCAPES_CLASSES, RECIPES, SHARE_PRESETS, VOID, Recipe, class_shares

__all__ = [
    "CITYSCAPES_CLASSES",
    "RECIPES",
    "SHARE_PRESETS",
    "VOID",
    "Promise",
    "Recipe",
    "Synthetic",
    "class_shares",
    "measure",
    "synthesize",
]
