"""Notices: what readers remarked about the files of a run, told once with the number of images it was said of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

MOST_NOTICES = 100  # of different texts; a run of a million odd files still has a small record
OTHERS = "other remarks, not kept"


class Noticed(TypedDict):
    """The first image that a remark was made of, and of how many it was."""

    first: str
    images: int


def add_notices(noticed: dict[str, Noticed], image: str, texts: Iterable[str]) -> None:
    """Add what was remarked of one image."""
    _add(noticed, {text: Noticed(first=image, images=1) for text in texts})


def merge_notices(parts: Iterable[Mapping[str, Noticed]]) -> dict[str, Noticed]:
    """What was remarked in all parts, each of other images."""
    merged: dict[str, Noticed] = {}
    for part in parts:
        _add(merged, part)
    return merged


def _add(noticed: dict[str, Noticed], more: Mapping[str, Noticed]) -> None:
    for text, found in more.items():
        key = text if text in noticed or len(noticed) < MOST_NOTICES else OTHERS
        before = noticed.get(key)
        first, images = (found["first"], 0) if before is None else (before["first"], before["images"])
        noticed[key] = Noticed(first=first, images=images + found["images"])
