"""Kept: results of examples, recipes and lessons for everybody, those of a session's own data in that session only."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

OWN = "files:"  # how the digest of a session's own data begins
_clear_own: list[Callable[[], None]] = []


def kept_by_digest(
    cache: Any, *, shared: int, own: int, spinner: str | None = None
) -> Callable[[Callable[Concatenate[str, _P], _R]], Callable[Concatenate[str, _P], _R]]:
    """Keep what a function of a digest returns, as many results as shared for everybody and own in each session.

    cache: st.cache_data or st.cache_resource, whose rules for arguments hold.
    """

    def decorated(function: Callable[Concatenate[str, _P], _R]) -> Callable[Concatenate[str, _P], _R]:
        words = spinner or False
        for_all: Callable[Concatenate[str, _P], _R] = cache(max_entries=shared, show_spinner=words)(function)
        for_session = cache(max_entries=own, show_spinner=words, scope="session")(function)
        _clear_own.append(for_session.clear)

        @wraps(function)
        def found(digest: str, *args: _P.args, **kwargs: _P.kwargs) -> _R:
            return (for_session if digest.startswith(OWN) else for_all)(digest, *args, **kwargs)

        return found

    return decorated


def forget_own() -> None:
    """Free all that is kept of this session's own data. For callbacks."""
    for clear in _clear_own:
        clear()
