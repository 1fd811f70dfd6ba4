"""Refusals: the one error of this package, and names made safe to show in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

LONGEST_NAME = 255
SHOWN_CHARACTERS = 60
SHOWN_NAMES = 3


class FileError(ValueError):
    """A file that cannot be read; the message says which file, what was expected, what came, and what to do."""


def refusal(file: str, *, expected: str, got: str, todo: str) -> FileError:
    """The error for one file (or upload role), in one sentence."""
    return FileError(f"{file}: expected {expected}, got {got}; {todo}")


def clean_name(name: str) -> str:
    """The name in composed form (NFC) with every invisible or direction-changing character spelt as an escape."""
    composed = unicodedata.normalize("NFC", name)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in composed)


def display_name(name: str, *, characters: int = SHOWN_CHARACTERS) -> str:
    """The name as messages show it: one line, in quotes, at most `characters` long between them."""
    clean = clean_name(name[: 2 * LONGEST_NAME])
    return f"'{clean}'" if len(clean) <= characters else f"'{clean[: characters - 1]}…'"


def display_member(file: str, member: str) -> str:
    """A member of an archive as messages show it."""
    return f"{display_name(file, characters=36)} member {display_name(member, characters=36)}"


def display_names(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    shown = ", ".join(display_name(name, characters=20) for name in names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
