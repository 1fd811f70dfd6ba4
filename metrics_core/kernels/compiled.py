"""Compiling: numba's decorator for the CPU kernels, kept on disk where that can be written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numba.core.caching import FunctionCache


class _Cache(FunctionCache):
    """Numba's own; a full disk only means that a function is compiled again the next time."""

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):
            super().save_overload(sig, data)


def compiled(**options: Any) -> Callable[[Any], Any]:
    """Decorate a kernel: compiled at its first call, without the interpreter's lock; options are numba's."""

    def decorate(function: Any) -> Any:
        kernel: Any = njit(nogil=True, **options)(function)
        # numba refuses where neither the sources' folder nor the user's own can be written.
        with suppress(RuntimeError):
            kernel._cache = _Cache(function)
        return kernel

    return decorate
