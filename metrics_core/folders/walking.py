"""Walking: the images of a task, found in its folders and matched by name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from metrics_core.files import FileError, display_name
from metrics_core.files.formats import EXTENSIONS
from metrics_core.files.refusals import display_names
from metrics_core.folders.task import FolderTask

# Formats of one image a file; archives, tables and annotations may hold many.
_EXTENSIONS = tuple(f".{each}" for each in EXTENSIONS if each not in ("zip", "csv", "json", "toml"))


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Image names in a stable order, and for each kind of file its folder and what follows the name of each image."""

    names: tuple[str, ...]
    folders: Mapping[str, Path]
    endings: Mapping[str, tuple[str, ...]]
    left_out: int

    @property
    def digest(self) -> str:
        """BLAKE2b over the names."""
        digest = blake2b(digest_size=20)
        for name in self.names:
            digest.update(f"{name}\n".encode())
        return digest.hexdigest()

    def files_digest(self) -> str:
        """BLAKE2b over every file's size and time of change, so that files that were written anew are noticed."""
        digest = blake2b(digest_size=20)
        for index in range(len(self.names)):
            for path in self.paths(index).values():
                state = path.stat()
                digest.update(f"{state.st_size} {state.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def changed_after(self, time_ns: int) -> Path | None:
        """A file that was written after a time."""
        paths = (path for index in range(len(self.names)) for path in self.paths(index).values())
        return next((path for path in paths if path.stat().st_mtime_ns > time_ns), None)

    def paths(self, index: int) -> dict[str, Path]:
        """The files of an image by kind."""
        name = self.names[index]
        return {kind: folder / f"{name}{self.endings[kind][index]}" for kind, folder in self.folders.items()}


def list_images(task: FolderTask) -> Listing:
    """The images of a task, in the order of their names.

    Raises:
        FileError: a folder that is missing or has no image, two files of one name, or images that one folder lacks.
    """
    found = {kind: _images_of(folder, suffix) for kind, (folder, suffix) in task.folders.items()}
    shared = set(found["target"]).intersection(*found.values())
    every = set(found["target"]).union(*found.values())
    if len(shared) < len(every) and task.unmatched == "refuse":
        raise _unmatched(task, found)
    if not shared:
        raise FileError("expected images that all folders have, got none; check the folders and the suffixes")
    names = tuple(sorted(shared))
    return Listing(
        names=names,
        folders={kind: folder for kind, (folder, _) in task.folders.items()},
        endings={kind: tuple(endings[name] for name in names) for kind, endings in found.items()},
        left_out=len(every) - len(shared),
    )


def _images_of(folder: Path, suffix: str) -> dict[str, str]:
    """What follows the name of each image in the paths below a folder."""
    where = shown(folder)
    if not folder.is_dir():
        raise FileError(f"{where}: expected a folder, got none; check the path")
    endings: dict[str, str] = {}
    for path in _files_below(folder):
        name, ending = _split(path, suffix)
        if ending is None:
            continue
        if name in endings:
            both = f"{display_name(name + endings[name])} and {display_name(path)}"
            raise FileError(f"{where}: expected one file an image, got {both}; remove one or pass a suffix")
        if not name.isprintable():
            raise FileError(f"{where}: expected printable file names, got {display_name(name)}; rename it")
        endings[name] = ending
    if not endings:
        ends = f"{suffix}.png" if suffix else ".png"
        raise FileError(f"{where}: expected files such as *{ends} or *.npy, got none; check the path and the suffix")
    return endings


def shown(path: Path) -> str:
    """A path as messages show it."""
    return display_name(str(path), characters=200)


def _split(path: str, suffix: str) -> tuple[str, str | None]:
    """Image name and the rest; None where the file is no image of the task."""
    lower = path.lower()
    extension = max((each for each in _EXTENSIONS if lower.endswith(each)), key=len, default=None)
    if extension is None:
        return path, None
    stem, written = path[: -len(extension)], path[-len(extension) :]
    if not stem.endswith(suffix):
        return path, None
    name = stem.removesuffix(suffix)
    return name, sys.intern(suffix + written)


def _files_below(folder: Path) -> Iterator[str]:
    """Paths of all files below a folder, relative, hidden ones left out; links are followed, each folder once."""
    seen: set[tuple[int, int]] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        state = os.stat(root)
        if (state.st_dev, state.st_ino) in seen:
            folders.clear()
            continue
        seen.add((state.st_dev, state.st_ino))
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        start = Path(root).relative_to(folder).as_posix()
        for file in files:
            if not file.startswith("."):
                yield file if start == "." else f"{start}/{file}"


def _unmatched(task: FolderTask, found: Mapping[str, Mapping[str, str]]) -> FileError:
    kind = next(kind for kind in found if found[kind].keys() != found["target"].keys())
    missing = sorted(found["target"].keys() - found[kind].keys())
    extra = sorted(found[kind].keys() - found["target"].keys())
    parts = [f"no {display_names(missing)}"] if missing else []
    parts += [f"unexpected {display_names(extra)}"] if extra else []
    where = shown(task.folders[kind][0])
    return FileError(
        f"{where}: expected the {len(found['target']):,} image names of the targets, got {' and '.join(parts)}; "
        "rename the files, pass a suffix, or count the images that all folders have (unmatched='intersection')"
    )
