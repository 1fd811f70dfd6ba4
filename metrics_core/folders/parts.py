"""Parts: the folder beside the output that holds what is counted so far, so that a stopped run goes on."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metrics_core.files import FileError
from metrics_core.folders.noticed import Noticed, merge_notices
from metrics_core.folders.plan import Plan, differences
from metrics_core.folders.walking import Listing, shown
from metrics_core.statistics import Statistics
from metrics_core.statistics_file import (
    Header,
    atomic_file,
    join_files,
    open_statistics,
    save_statistics,
)


class Parts:
    """The unfinished output of a plan: one small statistics file a part, each written whole or not at all."""

    def __init__(self, out: Path, plan: Plan) -> None:
        self._out, self._plan = out, plan
        self.folder = folder_of(out)

    def begin(self) -> None:
        """Make the folder, or find that of a stopped run.

        Raises:
            FileError: the folder belongs to a run with other arguments or other files.
        """
        clear_for(self._out, self._plan)
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_file(self.folder / _PLAN) as stream:
            stream.write(self._plan.to_json().encode())

    def done(self) -> NDArray[np.bool_]:
        """Which parts are here."""
        here = {path.name for path in self.folder.glob("*.stats")}
        return np.array([self._path(part).name in here for part in range(self._plan.parts)], np.bool_)

    def save(
        self, part: int, statistics: Statistics, *, left_out: Mapping[str, str], noticed: Mapping[str, Noticed]
    ) -> None:
        """Keep a part, with the images it lacks and what was remarked of the others."""
        provenance = {"left_out": dict(left_out), "noticed": dict(noticed)}
        save_statistics(statistics, self._path(part), provenance=provenance)

    def read(self, part: int) -> bytes:
        """A part's bytes, for another machine."""
        return self._path(part).read_bytes()

    def receive(self, part: int, content: bytes) -> None:
        """Keep a part that another machine counted."""
        with atomic_file(self._path(part)) as stream:
            stream.write(content)

    def finish(self) -> Header:
        """Join all parts to the output, which appears whole or not at all.

        Raises:
            FileError: a part that was damaged since, or no image that could be counted.
        """
        paths = [self._path(part) for part in range(self._plan.parts)]
        told = [open_statistics(path.read_bytes(), name=path.name).header.provenance for path in paths]
        left_out = {name: why for each in told for name, why in each["left_out"].items()}
        if len(left_out) == self._plan.images:
            first = next(iter(left_out.values()))
            raise FileError(f"expected images that can be counted, got none of {len(left_out):,}; the first: {first}")
        # A run that an older version began has parts without remarks.
        found = {"left_out": left_out, "noticed": merge_notices(each.get("noticed", {}) for each in told)}
        whole = self.folder / "whole"
        header = join_files(paths, whole, provenance={**self._plan.provenance(), **found})
        whole.replace(self._out)
        return header

    def remove(self) -> None:
        """Remove the folder; several processes may do so at once."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, part: int) -> Path:
        return self.folder / f"{part:06}.stats"


_PLAN = "plan.json"


def folder_of(out: Path) -> Path:
    """Where the parts of an output lie."""
    return out.with_name(f"{out.name}.parts")


def earlier_plan(out: Path) -> Plan | None:
    """The plan of a run that was stopped.

    Raises:
        FileError: its record is damaged.
    """
    path = folder_of(out) / _PLAN
    if not path.is_file():
        return None
    try:
        return Plan.from_json(path.read_text())
    except ValueError:
        raise FileError(
            f"{shown(path)}: expected the plan of a stopped run, got something else; "
            f"remove {shown(path.parent)} to start anew"
        ) from None


def clear_for(out: Path, plan: Plan) -> None:
    """Forget a stopped run of something else that has counted no image, so that a slip can be mended.

    Raises:
        FileError: it has counted some, with other arguments or files.
    """
    earlier = earlier_plan(out)
    if earlier is None or earlier == plan:
        return
    paths = sorted(folder_of(out).glob("*.stats"))
    if not any(open_statistics(path.read_bytes(), name=path.name).header.images for path in paths):
        # Not the folder: another process may have begun to fill it.
        for path in (*paths, folder_of(out) / _PLAN):
            path.unlink(missing_ok=True)
        return
    changed = differences(earlier.record, plan.record) or "another version of metric-explorer"
    where = shown(folder_of(out))
    raise FileError(
        f"{where}: expected the arguments and files of the stopped run, got {changed}; "
        "repeat them to go on, or remove the folder to start anew"
    )


def refuse_stale(out: Path, listing: Listing) -> None:
    """Raise where an output is older than what it was counted from.

    Raises:
        FileError: a file was written anew since.
    """
    if newer := listing.changed_after(out.stat().st_mtime_ns):
        raise FileError(
            f"{shown(out)}: expected files older than it, got {shown(newer)}, which has changed since; "
            "remove the output to count again"
        )


def is_complete(out: Path, plan: Plan) -> Header | None:
    """The header of the output where this plan has made it already.

    Raises:
        FileError: the output is there and was made by another run, or is no statistics file.
    """
    if not out.exists():
        return None
    header = open_statistics(out.read_bytes(), name=out.name).header
    found, wanted = dict(header.provenance), plan.provenance()
    told = "one of unknown origin"
    if isinstance(found.get("task"), dict):
        changed = differences({"task": found["task"], "names": found.get("names")}, wanted)
        told = f"one to which this run has {changed}" if changed else ""
    if told:
        raise FileError(
            f"{shown(out)}: expected no file, or one of this very run, got {told}; choose another output, or remove it"
        )
    return header
