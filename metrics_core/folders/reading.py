"""Reading: the files of one image to arrays, ahead of the counting, in a few threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from metrics_core.files import Choices, FileError, Limits, Upload, UserData
from metrics_core.files.pairs import read_unexamined
from metrics_core.folders.task import FolderTask
from metrics_core.folders.walking import Listing, shown

Item = TypeVar("Item")
Read = TypeVar("Read")
_LIMITS = Limits(total_bytes=8 * 2**30, pixels=2**28)  # one image, however large a volume it is


@dataclass(frozen=True, kw_only=True)
class ImageData:
    """One image, read: its labels, its scores, or both."""

    name: str
    labels: UserData | None
    scores: UserData | None

    @property
    def notices(self) -> dict[str, None]:
        """What the readers remarked, each once."""
        read = (each for each in (self.labels, self.scores) if each is not None)
        return dict.fromkeys(notice for each in read for notice in each.notices)


def read_image(task: FolderTask, listing: Listing, index: int) -> ImageData:
    """All files of an image.

    Raises:
        FileError: a file that cannot be read; the message names it.
    """
    labels = None if task.predictions is None else _read(task, listing, index, "prediction")
    scores = None if task.scores is None else read_scores(task, listing, index)
    return ImageData(name=listing.names[index], labels=labels, scores=scores)


def read_scores(task: FolderTask, listing: Listing, index: int) -> UserData:
    """Target and scores of an image.

    Raises:
        FileError: a file that cannot be read; the message names it.
    """
    return _read(task, listing, index, "scores")


def ahead(read: Callable[[Item], Read], items: Iterable[Item], *, threads: int) -> Generator[Read]:
    """What read makes of every item, in order; at most `threads` + 1 items are read and not yet taken.

    To be closed: left to the garbage collector, which may run while a thread is being started, it would wait for its
    own threads there, and they for that one.
    """
    waiting: deque[Future[Read]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="read")
    try:
        for item in items:
            waiting.append(pool.submit(read, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _read(task: FolderTask, listing: Listing, index: int, kind: str) -> UserData:
    paths = listing.paths(index)
    uploads = [_upload(paths[each]) for each in ("target", kind)]
    choices = Choices(
        num_classes=task.num_classes,
        ignore_label=task.ignore_label,
        class_names=task.class_names,
        scores="labels" if kind == "prediction" else task.scores_hold,
        scores_axis=task.scores_axis,
        first_axis="spatial",
        label_255=task.label_255,
        out_of_range=task.out_of_range,
        target_first_label=0,
    )
    try:
        return read_unexamined(uploads[:1], uploads[1:], choices=choices, limits=_LIMITS)
    except FileError as error:
        folder = "" if "/" not in listing.names[index] else f"{listing.names[index].rpartition('/')[0]}/: "
        raise FileError(f"{folder}{error}") from None


def _upload(path: Path) -> Upload:
    try:
        return Upload(name=path.name, data=path.read_bytes())
    except OSError as error:
        raise FileError(f"{shown(path)}: expected a readable file, got {error.strerror}; check it") from None
