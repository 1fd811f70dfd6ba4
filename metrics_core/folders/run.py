"""Run: plan, count what is missing, bring the parts together."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from metrics_core.files import FileError
from metrics_core.folders.counting import Counter
from metrics_core.folders.group import Device, Group, joined_group
from metrics_core.folders.parts import Parts, clear_for, is_complete, refuse_stale
from metrics_core.folders.plan import Plan, make_plan, refuse_other_listing
from metrics_core.folders.progress import Progress
from metrics_core.folders.task import FolderTask
from metrics_core.folders.walking import Listing, list_images
from metrics_core.statistics_file import Header

_COMPLETE = "complete"


def evaluate_folders(
    task: FolderTask,
    out: str | os.PathLike[str],
    *,
    threads: int = 2,
    device: Device = "cpu",
    progress: Callable[[int, Group], Progress | None] | None = None,
) -> Header | None:
    """Count a data set in folders into a statistics file, alone or as one process of those that torchrun started.

    Memory holds `threads` + 1 images, one part of the statistics and the images' names, whatever the size of the data.
    What is counted is kept beside `out` in a folder `<out>.parts`, a small file for each part, and removed in the end:
    started again after a stop of any kind, with any number of processes, the run goes on where it was. The result does
    not depend on the number of processes, to the byte. progress is asked, with the number of images of this process,
    for what tells of each.

    Returns the file's header in the first process, None in the others.

    Raises:
        FileError: folders or files that cannot be counted, an output of another run or older than the files, or a
            stopped run with other arguments; what is counted so far stays.
    """
    with joined_group(device) as group:
        listing, target = list_images(task), Path(out)
        plan, done = _agreed(task, listing, target, group)
        parts = Parts(target, plan)
        if not done:
            refuse_other_listing(plan, listing)
            parts.begin()
            counter = Counter(task=task, listing=listing, plan=plan, device=group.device)
            _count(counter, parts, group, threads, progress)
            _gather(parts, group)
            if group.rank == 0:
                parts.finish()
            group.wait()
        parts.remove()
        return is_complete(target, plan) if group.rank == 0 else None


def _agreed(task: FolderTask, listing: Listing, out: Path, group: Group) -> tuple[Plan, bool]:
    """The first process's plan, and whether its output is there already."""

    def make() -> str:
        plan = make_plan(task, listing)
        if is_complete(out, plan) is not None:
            refuse_stale(out, listing)
            return _COMPLETE + plan.to_json()
        clear_for(out, plan)
        return plan.to_json()

    text = group.agree(make)
    return Plan.from_json(text.removeprefix(_COMPLETE)), text.startswith(_COMPLETE)


def _count(
    counter: Counter,
    parts: Parts,
    group: Group,
    threads: int,
    progress: Callable[[int, Group], Progress | None] | None,
) -> None:
    """Count this process's share of the missing parts."""
    missing = np.flatnonzero(group.holders(parts.done()) == group.size).tolist()
    mine = missing[group.rank :: group.size]
    told = progress and progress(sum(len(counter.plan.images_of(part)) for part in mine), group)
    with closing(counter.parts(mine, threads=threads)) as counted:
        for part, is_whole in counted:
            if told:
                told.advance()
            if is_whole:
                parts.save(part.number, counter.statistics(part), left_out=part.left_out, noticed=part.noticed)
    if told:
        told.end()


def _gather(parts: Parts, group: Group) -> None:
    """Bring the parts that lie on other machines to the first process."""
    for number, holder in enumerate(group.holders(parts.done()).tolist()):
        if holder == group.size:
            raise FileError(f"expected part {number} of the run, got none; was its folder removed? start again")
        if holder == group.rank != 0:
            group.to_first(parts.read(number))
        elif holder != 0 == group.rank:
            parts.receive(number, group.from_other(holder))
