"""Sampling: what resamples score, and the interval that follows from it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.disagreement import words
from metrics_core.uncertainty.draws import FEW, FEWEST, Draws

Array = NDArray[np.float64]
Method = Literal["percentile", "bca"]
LEVEL = 0.95
# Scores closer than this differ by rounding only: equal resamples must be equal, and ties be ties.
DECIMALS = 12
_NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A score, as a fraction, and the interval that holds it at a level of confidence.

    low, high: NaN where there is none. method: how they were found; naive_pixels is a warning, no method. resamples,
    seed: what gives the same interval again. images: scored; drawn: images or groups (unit) that a resample draws.
    undefined: resamples without a score, left out. standard_error: standard deviation over resamples.
    note: what to beware of, or why there is no interval; "" where all is well.
    """

    value: float
    low: float
    high: float
    level: float
    method: Literal["percentile", "bca", "naive_pixels"]
    resamples: int
    seed: int
    images: int
    drawn: int
    unit: Literal["image", "group"]
    undefined: int
    standard_error: float
    note: str

    @property
    def width(self) -> float:
        """High minus low."""
        return self.high - self.low

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside; False where there is no interval."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Sampled:
    """Scores of the images themselves [column], of resamples [resample, column], and with each unit left out."""

    observed: Array
    values: Array
    left_out: Array | None

    def difference(self, second: int, first: int) -> Sampled:
        """Second column minus first, resample by resample."""

        def subtracted(columns: Array) -> Array:
            return columns[..., [second]] - columns[..., [first]]

        left_out = None if self.left_out is None else subtracted(self.left_out)
        return Sampled(observed=subtracted(self.observed), values=subtracted(self.values), left_out=left_out)


def sample(drawn: Draws, scores: Callable[[Array], Array], *, jackknife: bool) -> Sampled:
    """Scores [resample, column] of all resamples; scores: those of weights [resample, image]."""
    return Sampled(
        observed=scores(np.ones((1, drawn.unit_of.size)))[0],
        values=np.concatenate([scores(weights) for weights in drawn.blocks()]),
        left_out=np.concatenate([scores(weights) for weights in drawn.without_one()]) if jackknife else None,
    )


def interval(sampled: Sampled, column: int, drawn: Draws, *, level: float = LEVEL) -> Interval:
    """The interval of a column: BCa where units were left out one by one, else percentiles."""
    value, every = float(sampled.observed[column].round(DECIMALS)), sampled.values[:, column].round(DECIMALS)
    values = every[np.isfinite(every)]
    defined = math.isfinite(value) and values.size > 0
    tails = None
    if defined and sampled.left_out is not None:
        tails = _bca_tails(values, value, sampled.left_out[:, column].round(DECIMALS), level)
    low, high = np.quantile(values, tails or _tails(level)).tolist() if defined else (math.nan, math.nan)
    return Interval(
        value=value,
        low=low,
        high=high,
        level=level,
        method="percentile" if tails is None else "bca",
        resamples=drawn.resamples,
        seed=drawn.seed,
        images=drawn.unit_of.size,
        drawn=drawn.units,
        unit=drawn.unit,
        undefined=every.size - values.size,
        standard_error=float(values.std(ddof=1).round(DECIMALS)) if defined and values.size > 1 else math.nan,
        note=_note(drawn, value, values, level, asked_bca=sampled.left_out is not None and tails is None),
    )


def without_bounds(value: float, drawn: Draws, *, level: float = LEVEL) -> Interval:
    """A score of too few images for an interval."""
    few = f"no interval: {words.plural(drawn.units, drawn.unit)}, and resampling needs at least {FEWEST}"
    return Interval(
        value=value,
        low=math.nan,
        high=math.nan,
        level=level,
        method="percentile",
        resamples=0,
        seed=drawn.seed,
        images=drawn.unit_of.size,
        drawn=drawn.units,
        unit=drawn.unit,
        undefined=0,
        standard_error=math.nan,
        note=few,
    )


def _tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, 1 - (1 - level) / 2


def _bca_tails(values: Array, value: float, left_out: Array, level: float) -> tuple[float, float] | None:
    """Tails corrected for bias and skewness (Efron and Tibshirani, 1993, 14.3); None where they are undefined."""
    below = ((values < value).mean() + (values <= value).mean()) / 2
    if not np.isfinite(left_out).all() or not 0 < below < 1:
        return None
    bias = _NORMAL.inv_cdf(float(below))
    shift = left_out.mean() - left_out
    spread = float((shift**2).sum()) ** 1.5
    # Units that all count the same have no skewness.
    acceleration = float((shift**3).sum()) / (6 * spread) if spread else 0.0
    corrected = [bias + _NORMAL.inv_cdf(tail) for tail in _tails(level)]
    low, high = (_NORMAL.cdf(bias + each / (1 - acceleration * each)) for each in corrected)
    return low, high


def _note(drawn: Draws, value: float, values: Array, level: float, *, asked_bca: bool) -> str:
    if not math.isfinite(value):
        return "the score is undefined on these images"
    if not values.size:
        return "the score is undefined in every resample"
    notes: list[str] = []
    if drawn.units < FEW:
        notes.append(
            f"only {words.plural(drawn.units, drawn.unit)}: take the interval with caution, it is itself unsure"
        )
    if undefined := drawn.resamples - values.size:
        notes.append(
            f"{words.shown_count(undefined)} of {words.plural(drawn.resamples, 'resample')} are undefined and left out"
        )
    if values.min() == values.max():
        share = words.shown_share(unseen_share(drawn.units, level=level), 1)
        notes.append(
            f"every resample scores the same: all {words.plural(drawn.units, drawn.unit)} behave alike; "
            f"up to {share} of others may not"
        )
    elif asked_bca:
        notes.append(f"a score without one {drawn.unit} is undefined, so these are percentiles, not BCa")
    return "; ".join(notes)


def unseen_share(number: int, *, level: float = LEVEL) -> float:
    """Largest share, in (0, 1), of a kind of image that may still not occur among so many.

    1 - (1 - level)^(1 / number), the level a confidence in (0, 1).

    Raises:
        ValueError: number below 1, or a level outside (0, 1).
    """
    if not number >= 1:
        raise ValueError(f"number must be at least 1 image; got {number}")
    refuse_unless_level(level)
    return 1 - (1 - level) ** (1 / number)


def normal_quantile(level: float) -> float:
    """Standard deviations on either side of the mean that hold this share of a normal distribution."""
    return _NORMAL.inv_cdf((1 + level) / 2)


def leaves_out(method: Method) -> bool:
    """Whether a method needs scores without each unit.

    Raises:
        ValueError: the method is none of percentile and bca.
    """
    refuse_unless_one_of(method, Method, "method")
    return method == "bca"


def refuse_unless_level(level: float) -> None:
    """Raise unless a level of confidence lies between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, such as 0.95; got {level}")
