"""Matching: which target image belongs to which predicted image."""

from __future__ import annotations

from dataclasses import replace

from metrics_core.files.choices import Choices
from metrics_core.files.loading import Loaded, NamedArray
from metrics_core.files.refusals import FileError, display_name, display_names, refusal


def match_images(target: Loaded, prediction: Loaded, choices: Choices) -> tuple[Loaded, Loaded, tuple[str, ...]]:
    """Both sides with the same images in the target's order, and notices about how they were paired.

    One file a side is a pair whatever the names. One array against several files is split along its first axis when
    `match` is "order".

    Raises:
        FileError: images that only one side has, or different numbers of images.
    """
    target, prediction = _named_alike(target, prediction), _named_alike(prediction, target)
    pictures = [side.arrays[0] for side in (target, prediction) if side.arrays[0].is_image]
    if len(target.arrays) == len(prediction.arrays) == 1:
        differ = len(pictures) == 2 and pictures[0].name != pictures[1].name
        called = f"{display_name(target.arrays[0].name)} and {display_name(prediction.arrays[0].name)}"
        return target, prediction, (f"{called} are scored as one image although their names differ",) if differ else ()
    if choices.match == "order":
        return _by_order(target, prediction)
    if 1 in (len(target.arrays), len(prediction.arrays)) and len(pictures) < 2:
        raise _array_against_files(target, prediction)
    return _by_name(target, prediction, choices)


def _named_alike(side: Loaded, other: Loaded) -> Loaded:
    """Images known only by their number, as in COCO results, with the names that the other side gives those numbers."""
    names = {array.identifier: array.name for array in other.arrays if array.identifier}
    arrays = [
        replace(array, name=names.get(array.name, array.name)) if array.identifier == array.name else array
        for array in side.arrays
    ]
    return replace(side, arrays=tuple(arrays))


def _by_order(target: Loaded, prediction: Loaded) -> tuple[Loaded, Loaded, tuple[str, ...]]:
    target, prediction = _split(target, len(prediction.arrays)), _split(prediction, len(target.arrays))
    if len(target.arrays) != len(prediction.arrays):
        expected, got = f"{len(target.arrays)} images as the target has", f"{len(prediction.arrays)}"
        raise refusal(prediction.where, expected=expected, got=got, todo="add or remove files")
    return target, prediction, ("target and prediction were paired in the order given, not by name",)


def _split(side: Loaded, images: int) -> Loaded:
    """A lone array along its first axis, where that has as many entries as the other side has images."""
    lone = side.arrays[0]
    if len(side.arrays) != 1 or lone.is_image or len(lone.values) != images or images == 1:
        return side
    arrays = tuple(replace(lone, name=f"image {index}", values=image) for index, image in enumerate(lone.values))
    return replace(side, arrays=arrays)


def _by_name(target: Loaded, prediction: Loaded, choices: Choices) -> tuple[Loaded, Loaded, tuple[str, ...]]:
    predicted = {array.name.casefold(): array for array in prediction.arrays}
    wanted = {array.name.casefold() for array in target.arrays}
    pairs = [(array, predicted[key]) for array in target.arrays if (key := array.name.casefold()) in predicted]
    missing = [array.name for array in target.arrays if array.name.casefold() not in predicted]
    extra = [array.name for array in prediction.arrays if array.name.casefold() not in wanted]
    if (missing or extra) and (choices.unmatched == "refuse" or not pairs):
        raise _names_differ(prediction, len(pairs), missing, extra)
    notices: tuple[str, ...] = ()
    if missing or extra:
        left_out = display_names(missing + extra)
        notices = (f"only the {len(pairs)} images that both sides have are scored; left out: {left_out}",)
    return _with(target, [pair[0] for pair in pairs]), _with(prediction, [pair[1] for pair in pairs]), notices


def _with(side: Loaded, arrays: list[NamedArray]) -> Loaded:
    return replace(side, arrays=tuple(arrays))


def _names_differ(prediction: Loaded, common: int, missing: list[str], extra: list[str]) -> FileError:
    parts = [f"no {display_names(missing)}"] if missing else []
    parts += [f"unexpected {display_names(extra)}"] if extra else []
    todo = f"or pass unmatched='intersection' for the {common} in both" if common else "or pass match='order'"
    return refusal(
        f"the {len(prediction.arrays)} prediction files",
        expected="the target's names",
        got=" and ".join(parts),
        todo=f"rename them, {todo}",
    )


def _array_against_files(target: Loaded, prediction: Loaded) -> FileError:
    one, many = (target, prediction) if len(target.arrays) == 1 else (prediction, target)
    return refusal(
        one.where,
        expected=f"{len(many.arrays)} files named like the {many.role}'s",
        got="one array",
        todo="save one file an image, or pass match='order' to take its first axis in the order of the files",
    )
