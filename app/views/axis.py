"""Axes of the charts that are drawn without Plotly: places in percent, and round numbers along them."""

import math
from dataclasses import dataclass
from typing import Any

_ROUND_STEPS = (1, 2, 5, 10)
_FEWEST = 3  # numbers that tell a scale


@dataclass(frozen=True, kw_only=True)
class Axis:
    """An axis from low to high; of no length, everything stands in its middle."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Returns where a value stands, in percent of the axis."""
        span = self.high - self.low
        return round(100 * (value - self.low) / span, 2) if span > 0 else 50.0

    def ticks(self, *, most: int) -> list[dict[str, Any]]:
        """Returns round numbers along the axis, at most so many steps, as component data: place, text, zero.

        The ends of an axis are seldom round, and the numbers between them can be few: a finer step fits then.
        """
        span = self.high - self.low
        if not (math.isfinite(span) and span > 0):
            return []
        step, digits = _round_step(span / most)
        first, last = self._numbers(step)
        if last - first < _FEWEST - 1:
            finer, more_digits = _round_step(step / 2.5)
            begin, end = self._numbers(finer)
            if end - begin <= most:
                step, digits, first, last = finer, more_digits, begin, end
        return [
            {
                "place": self.place(number * step),
                "text": f"{number * step:.{digits}f}".replace("-", "−") if number else "0",
                "zero": number == 0,
            }
            for number in range(first, last + 1)
        ]

    def _numbers(self, step: float) -> tuple[int, int]:
        """Returns the first and the last multiple of a step on the axis."""
        return math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)


def _round_step(least: float) -> tuple[float, int]:
    """Returns the smallest 1, 2 or 5 times a power of ten from least on, and the digits that write it."""
    power = math.floor(math.log10(least))
    factor = next(factor for factor in _ROUND_STEPS if factor * 10.0**power >= least * (1 - 1e-9))
    return factor * 10.0**power, max(0, -power - (factor == 10))
