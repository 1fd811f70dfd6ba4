"""Comparison: one data set under the conventions of many libraries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.conventions import Convention
from metrics_core.disagreement.families import family_of, formula_family
from metrics_core.disagreement.states import one_number
from metrics_core.evaluation import Score
from metrics_core.formulas import Formula
from metrics_core.inputs import InputError
from metrics_core.presets import Preset, Quirk, evaluate_presets, list_presets
from metrics_core.statistics import Statistics, refuse_unless_statistics

Lists = Literal["left_out", "kept"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """What one library's call makes of the data.

    family: key of FAMILIES. value: as the library returns it, a list as its plain mean; NaN is undefined or refused.
    fraction: the same divided by the library's scale, so that per cent compare. values: float64, all that the call
    returns, of shape () or [image], [class], [image, class]; empty if refused. reason: why value is NaN, or "".
    """

    preset: Preset
    family: str
    value: float
    fraction: float
    values: NDArray[np.float64]
    reason: str

    @property
    def library(self) -> str:
        """Name of the library."""
        return self.preset.library

    @property
    def call(self) -> str:
        """The call as its caller would write it."""
        return self.preset.title

    @property
    def convention(self) -> Convention:
        """The convention that reproduces the call."""
        return self.preset.convention

    @property
    def quirks(self) -> tuple[Quirk, ...]:
        """Known defects of the call."""
        return self.preset.quirks


def compare(
    statistics: Statistics,
    *,
    formula: str | Formula | None = None,
    presets: Sequence[Preset] | None = None,
    quirks: bool = True,
    lists: Lists = "left_out",
) -> tuple[Row, ...]:
    """One row a preset, in the presets' order.

    formula: a key of FAMILIES, or a formula of that family; "accuracy" is all that libraries call so. presets: default
    all that list_presets has for these classes and this void label. quirks=False takes the libraries' known defects
    out. lists: whether calls that return a list over images or classes are kept.

    Raises:
        ValueError: unknown formula.
        InputError: lists is neither.
    """
    refuse_unless_statistics(statistics, usage="compare(statistics, formula='iou')")
    refuse_unless_one_of(lists, Lists, "lists")
    family = None if formula is None else formula_family(formula)
    if presets is None:
        presets = list_presets(num_classes=statistics.num_classes, ignore_label=statistics.ignore_label)
    chosen = [
        (preset, found)
        for preset in presets
        if (lists == "kept" or preset.is_scalar) and (found := family_of(preset)) in (family or found,)
    ]
    scores = evaluate_presets([preset for preset, _ in chosen], statistics, quirks=quirks)
    return tuple(_row(preset, found, score) for (preset, found), score in zip(chosen, scores, strict=True))


def _row(preset: Preset, family: str, score: Score | InputError) -> Row:
    if isinstance(score, InputError):
        nothing = np.empty(0)
        return Row(preset=preset, family=family, value=math.nan, fraction=math.nan, values=nothing, reason=str(score))
    value = one_number(score.value)
    return Row(
        preset=preset,
        family=family,
        value=value,
        fraction=value / preset.convention.scale,
        values=score.value.numpy(),
        reason=score.reason if math.isnan(value) else "",
    )
