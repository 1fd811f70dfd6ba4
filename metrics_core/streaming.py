"""Streaming: data larger than memory, counted batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from metrics_core.counting import count
from metrics_core.inputs import ArrayLike, InputError
from metrics_core.statistics import Statistics, merge


class Batch(NamedTuple):
    """Some images: target and prediction as count() takes them, and their names, which are numbered where not given."""

    target: ArrayLike
    prediction: ArrayLike
    image_names: Sequence[str] | None = None


class CancelledError(RuntimeError):
    """Counting was stopped by its progress callback; `statistics` holds the images counted so far, if any."""

    def __init__(self, statistics: Statistics | None) -> None:
        self.statistics = statistics
        number = 0 if statistics is None else statistics.num_images
        super().__init__(f"counting was cancelled after {number:,} images; .statistics holds what was counted")


def count_batches(
    batches: Iterable[Batch | tuple[Any, ...]],
    *,
    num_classes: int,
    progress: Callable[[int], bool | None] | None = None,
    **options: Any,
) -> Statistics:
    """Statistics of all batches, exactly as if they had been counted at once; one batch is in memory at a time.

    batches: (target, prediction) or (target, prediction, image_names), from a generator, a DataLoader, or slices of
    memory-mapped arrays. Images without names are numbered through all batches. progress(images) is called after each
    batch with the number of images counted so far; returning False cancels. options: those of count(), image_names
    aside.

    Raises:
        InputError: as count(), with the number of the batch; no batch; names beside the batches; or an image name
            that occurs twice.
        CancelledError: progress returned False.
    """
    if "image_names" in options:
        raise InputError("image_names belong to their batches: give (target, prediction, image_names) as each batch")
    parts: list[Statistics] = []
    images = 0
    for number, given in enumerate(batches):
        batch = given if isinstance(given, Batch) else Batch(*given)
        part = _counted(batch, number, images, num_classes, options)
        parts = added(parts, part)
        images += part.num_images
        if progress is not None and progress(images) is False:
            raise CancelledError(merge(*parts))
    if not parts:
        raise InputError("batches must hold at least one (target, prediction); got none; check the iterator's source")
    return merge(*parts)


def _counted(batch: Batch, number: int, first: int, num_classes: int, options: dict[str, Any]) -> Statistics:
    try:
        part = count(batch.target, batch.prediction, num_classes=num_classes, image_names=batch.image_names, **options)
    except InputError as error:
        raise InputError(f"batch {number}: {error}") from error
    if batch.image_names is not None:
        return part
    return part.renamed([f"image {first + image}" for image in range(part.num_images)])


def added(parts: list[Statistics], part: Statistics) -> list[Statistics]:
    """Parts with one more, each of more images than the next, so that few are kept and none is copied often."""
    while parts and parts[-1].num_images <= part.num_images:
        part = merge(parts[-1], part)
        parts = parts[:-1]
    return [*parts, part]
