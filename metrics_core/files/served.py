"""Served folders: files on the server's disk, only below one folder that whoever runs it has named."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from metrics_core.files.formats import EXTENSIONS, extension_of
from metrics_core.files.limits import DEFAULT_LIMITS, Limits
from metrics_core.files.loading import Upload
from metrics_core.files.refusals import display_name, refusal

ROOT = "METRIC_EXPLORER_ROOT"
MOST_ENTRIES = 20_000
LONGEST_PATH = 1000
_INSIDE = "a path below the served folder"


def served_root() -> Path | None:
    """The folder that the environment variable METRIC_EXPLORER_ROOT names; None where it names none.

    Raises:
        FileError: it names something that is no folder.
    """
    named = os.environ.get(ROOT, "").strip()
    if not named:
        return None
    root = Path(named)
    if not root.is_absolute() or not root.is_dir():
        todo = "start the dashboard with another one"
        raise refusal(ROOT, expected="the absolute path of a folder", got=display_name(named), todo=todo)
    return root.resolve()


def list_served(root: Path | str, *, depth: int = 3, most: int = 500) -> tuple[str, ...]:
    """Folders and archives below the root, as paths relative to it, hidden ones and links left out."""
    found: list[str] = []
    for path, entry in _walk(Path(root), depth=depth):
        if len(found) >= most:
            break
        if entry.is_dir(follow_symlinks=False) or extension_of(entry.name) in ("zip", "npz"):
            found.append(path)
    return tuple(sorted(found))


def read_served(root: Path | str, path: str, *, limits: Limits = DEFAULT_LIMITS) -> list[Upload]:
    """The files of a folder below the root, or one file, named by their paths relative to that folder.

    Raises:
        FileError: a path that leads out of the root, something that is no file, too many files or bytes, or no
            permission.
    """
    chosen = _inside(Path(root), path)
    where = display_name(path)
    try:
        if chosen.is_dir():
            entries = (
                (name, entry) for name, entry in _walk(chosen, depth=8) if not entry.is_dir(follow_symlinks=False)
            )
            paths = [(name, chosen / name) for name, _ in entries if extension_of(name) in EXTENSIONS]
        else:
            paths = [(chosen.name, chosen)]
        if not 0 < len(paths) <= limits.files:
            expected, todo = f"1 to {limits.files:,} readable files", "choose another folder"
            raise refusal(where, expected=expected, got=f"{len(paths):,}", todo=todo)
        return _read_all(paths, where=where, limits=limits)
    except OSError as error:
        todo = "check the path and its permissions"
        raise refusal(where, expected="a readable folder or file", got=error.strerror or "none", todo=todo) from None


def _inside(root: Path, path: str) -> Path:
    """The path below the root, every link followed.

    Raises:
        FileError: it is outside, or does not exist.
    """
    where = display_name(path)
    parts = PurePosixPath(path).parts
    odd = "\\" in path or "\0" in path or path.startswith(("/", "~")) or ".." in parts or len(path) > LONGEST_PATH
    if odd:
        raise refusal(where, expected=_INSIDE, got="one that may lead out of it", todo="choose a listed folder")
    try:
        chosen = (root / path).resolve(strict=True)
    except (OSError, RuntimeError):
        raise refusal(where, expected=_INSIDE, got="nothing there", todo="choose a listed folder") from None
    if not chosen.is_relative_to(root):
        raise refusal(where, expected=_INSIDE, got="a link that leads out of it", todo="choose a listed folder")
    return chosen


def _walk(folder: Path, *, depth: int) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below a folder, sorted, up to so many levels; hidden entries and links are left out.

    Raises:
        FileError: there are too many entries.
    """
    waiting, seen = [("", folder, depth)], 0
    while waiting:
        start, place, left = waiting.pop(0)
        with os.scandir(place) as listing:
            entries: list[os.DirEntry[str]] = []
            for entry in listing:
                seen += 1
                if seen > MOST_ENTRIES:
                    got, todo = "more", "choose a smaller folder"
                    raise refusal(
                        display_name(folder.name), expected=f"at most {MOST_ENTRIES:,} files", got=got, todo=todo
                    )
                if not entry.name.startswith(".") and not entry.is_symlink():
                    entries.append(entry)
        for entry in sorted(entries, key=lambda each: each.name):
            yield f"{start}{entry.name}", entry
            if entry.is_dir(follow_symlinks=False) and left > 1:
                waiting.append((f"{start}{entry.name}/", Path(entry.path), left - 1))


def _read_all(paths: list[tuple[str, Path]], *, where: str, limits: Limits) -> list[Upload]:
    total, uploads = 0, list[Upload]()
    for name, path in paths:
        # Neither a link put there since the listing is followed, nor does opening a pipe wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                todo = "remove it or choose another folder"
                raise refusal(display_name(name), expected="a file", got="a device, pipe or socket", todo=todo)
            total += state.st_size
            if total > limits.total_bytes:
                expected = f"at most {limits.total_bytes:,} bytes together"
                raise refusal(where, expected=expected, got=f"{total:,} and more", todo="choose a smaller folder")
            uploads.append(Upload(name=name, data=stream.read(state.st_size)))
    return uploads
