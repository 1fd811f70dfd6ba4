"""Image names: file paths without extension and shared folders, safe to display and unique."""

from __future__ import annotations

from collections.abc import Sequence

from metrics_core.files.formats import stem_of
from metrics_core.files.refusals import clean_name, refusal


def image_names(paths: Sequence[str], places: Sequence[str]) -> list[str]:
    """A name for every path; `places` is how messages call their files.

    Raises:
        FileError: two names that differ at most in letter case, or in how accents are composed.
    """
    clean = [clean_name(path.replace("\\", "/")) for path in paths]
    parts = [[part for part in path.split("/") if part not in ("", ".")] or [path] for path in clean]
    shared = _shared_folders([path[:-1] for path in parts])
    stems = [stem_of("/".join(path[shared:])) for path in parts]
    seen: dict[str, int] = {}
    for index, stem in enumerate(stems):
        first = seen.setdefault(stem.casefold(), index)
        if first != index:
            got = f"that of {places[first]} again, letter case and accents aside"
            raise refusal(places[index], expected="a name of its own", got=got, todo="remove or rename one")
    return stems


def _shared_folders(folders: Sequence[Sequence[str]]) -> int:
    """How many leading folders all paths share."""
    depth = min(len(folder) for folder in folders)
    differs = (level for level in range(depth) if len({folder[level] for folder in folders}) > 1)
    return next(differs, depth)
