"""Calibration of classes: the reliability diagram of one, the errors of all."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

import metrics_core as mc
from app.lessons.pictures import Line, Lines
from app.views.text import format_score


def reliability_picture(found: mc.Calibration) -> Lines:
    """Returns the frequency of a class against the mean score of each group; probabilities lie on the diagonal."""
    even = found.even
    filled = [i for i, pixels in enumerate(even.pixels.tolist()) if pixels]
    scores, shares = even.mean_scores.tolist(), even.frequencies.tolist()
    return Lines(
        lines=(
            Line(name="calibrated", x=(0.0, 1.0), y=(0.0, 1.0), style="dashed"),
            Line(name=found.name, x=[scores[i] for i in filled], y=[shares[i] for i in filled], style="dots"),
        ),
        x_label="mean score of a group",
        y_label="share of pixels of the class",
    )


def calibration_table(rows: Sequence[mc.Calibration], *, score_name: str, half: str = "0.5") -> pd.DataFrame:
    """Returns one line a class: calibration errors, Brier score, and the best threshold for a score beside half."""
    return pd.DataFrame(
        {
            "class": [row.name for row in rows],
            "ECE, width": [_bounded(row.even.ece, row.even.ece_error) for row in rows],
            "ECE, mass": [_bounded(row.massed.ece, row.massed.ece_error) for row in rows],
            "Brier": [_bounded(row.even.brier, row.even.brier_error) for row in rows],
            "threshold": [format_score(row.best.threshold) for row in rows],
            f"{score_name} there": [format_score(row.best.value) for row in rows],
            f"at {half}": [format_score(row.best.value_at_half) for row in rows],
        }
    )


def _bounded(value: float, error: float) -> str:
    """A value, and how far it can be off where that shows."""
    return format_score(value) + (f" ± {format_score(error)}" if error >= 0.0005 else "")
