"""Progress: images counted, images a second and the time that is left, on one line or as a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

_WIDTH = 24
_REDRAWN_S, _REPEATED_S = 0.2, 10.0


class Progress:
    """Tells how far a run is: a bar where a person watches, else a line every ten seconds."""

    def __init__(
        self, total: int, *, label: str = "", stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total, self._label, self._clock = total, f"{label}: " if label else "", clock
        self._stream = sys.stderr if stream is None else stream
        self._is_watched = self._stream.isatty()
        self._start = self._told = clock()
        self._done = 0

    def advance(self) -> None:
        """One more image is counted."""
        self._done += 1
        now = self._clock()
        if now - self._told >= (_REDRAWN_S if self._is_watched else _REPEATED_S):
            self._told = now
            self._write(now)

    def end(self) -> None:
        """Show the last state."""
        if self._done:
            self._write(self._clock())
        if self._done and self._is_watched:
            self._stream.write("\n")

    def _write(self, now: float) -> None:
        rate = self._done / max(now - self._start, 1e-9)
        left = (self._total - self._done) / rate
        text = f"{self._label}{self._done:,} / {self._total:,} images, {rate:,.1f} a second, {_duration(left)} left"
        if self._is_watched:
            filled = _WIDTH * self._done // self._total
            # \x1b[K clears what an earlier, longer line left.
            self._stream.write(f"\r[{'█' * filled}{'░' * (_WIDTH - filled)}] {text}\x1b[K")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
