"""float32 counting: what is left of counts above 2^24, where float32 no longer tells neighbours apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from metrics_core.cells import Cells
from metrics_core.conventions import Pooling
from metrics_core.presets.record import Array, Quirk

LIMIT = 2**24


def _saturated_sides(counts: Cells) -> Cells:
    """Counts of three counters stuck at 2^24: hits, target pixels, predicted pixels."""
    tp, rows, columns = (np.minimum(part, LIMIT) for part in (counts.tp, counts.tp + counts.fn, counts.tp + counts.fp))
    return _rebuilt(counts, tp, rows, columns, _total(counts))


def _saturated_outcomes(counts: Cells) -> Cells:
    """Counts of three counters stuck at 2^24: true positives, false positives, false negatives."""
    tp, fp, fn = (np.minimum(part, LIMIT) for part in (counts.tp, counts.fp, counts.fn))
    return replace(counts, tp=tp, fp=fp, fn=fn, tn=_total(counts) - tp - fp - fn)


def _rounded(counts: Cells) -> Cells:
    """Counts as float32 sums give them: right to 24 binary digits."""
    parts = (counts.tp, counts.tp + counts.fn, counts.tp + counts.fp, _total(counts))
    return _rebuilt(counts, *(part.astype(np.float32).astype(np.float64) for part in parts))


def _total(counts: Cells) -> Array:
    return counts.tp + counts.fp + counts.fn + counts.tn


def _rebuilt(counts: Cells, tp: Array, rows: Array, columns: Array, total: Array) -> Cells:
    return replace(counts, tp=tp, fp=columns - tp, fn=rows - tp, tn=total - rows - columns + tp)


def saturation(source: str, *, counters: Literal["sides", "outcomes"] = "sides", counted: Pooling = "image") -> Quirk:
    """The quirk of a library that adds ones to float32 counters, of hits and sides or of outcomes, a class each."""
    place = "an image and class" if counted == "image" else "a class"
    return Quirk(
        key="float32_saturation",
        title="Counting stops at 16 777 216",
        description=f"Pixels are counted one by one in float32, one counter {place}; 2^24 + 1 is 2^24 there, so a "
        "counter stays at 16 777 216 (with several threads, each thread's own does).",
        source=source,
        counts=_saturated_sides if counters == "sides" else _saturated_outcomes,
        counted=counted,
    )


def rounding(source: str) -> Quirk:
    """The quirk of a library that sums to float32."""
    return Quirk(
        key="float32_rounding",
        title="Counts above 16 777 216 are rounded",
        description="Counts are float32 sums, which are right to 24 binary digits only: 20 000 001 becomes 20 000 000.",
        source=source,
        counts=_rounded,
        counted="dataset",
    )
