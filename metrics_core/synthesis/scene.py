"""Scene: the target of a recipe, every class with exactly its quota of pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metrics_core.synthesis.fields import line_field, object_field, region_field, smooth_noise
from metrics_core.synthesis.quotas import (
    BoolArray,
    FloatArray,
    IndexArray,
    LabelArray,
    highest,
    stream,
)
from metrics_core.synthesis.recipe import VOID, Recipe

_FREE = 254
_MOST_LINES = 512


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Target uint8 [image, row, column] with void, the same scene under the void, and the objects of each class."""

    target: LabelArray
    complete: LabelArray
    objects: int | None


def draw_scene(recipe: Recipe) -> Scene:
    """The scene of a recipe: objects, thin lines, the rare class, void, then the other classes by falling rarity.

    Raises:
        ValueError: objects or lines do not fit into the images.
    """
    target = np.full((recipe.images, recipe.height, recipe.width), _FREE, np.uint8)
    lacking = stream(recipe.seed, "images").permutation(recipe.images)[: recipe.images_without]
    absent = tuple(sorted(lacking.tolist()))
    shaped = [label for label in range(1, recipe.num_classes) if label not in recipe.thin_classes]
    objects = _draw_objects(recipe, target, absent, shaped) if recipe.layout == "objects" else None
    for label in recipe.thin_classes:
        _fill(recipe, target, label, _lines(recipe, target, label, absent), absent)
    others = [0] if recipe.layout == "objects" else [0, *shaped]
    if absent and recipe.rare in others:
        others.remove(recipe.rare)
        _fill(recipe, target, recipe.rare, _region(recipe, recipe.rare), absent)
    _draw_void(recipe, target)
    complete = _draw_regions(recipe, target, sorted(others, key=recipe.class_pixels.__getitem__))
    return Scene(target=target, complete=complete, objects=objects)


def _draw_regions(recipe: Recipe, target: LabelArray, labels: list[int]) -> LabelArray:
    """Fill what is free with the labels, the last one taking the rest; return the scene continued under the void."""
    complete = np.where(target == VOID, np.uint8(_FREE), target)
    for label in labels[:-1]:
        field = _region(recipe, label)
        chosen = _fill(recipe, target, label, field, ())
        complete.ravel()[chosen] = label
        if len(chosen):
            # Under the void, what lies above the level at which this class stops belongs to it, too.
            complete[(target == VOID) & (complete == _FREE) & (field >= field.ravel()[chosen].min())] = label
    target[target == _FREE] = labels[-1]
    complete[complete == _FREE] = labels[-1]
    return complete


def _region(recipe: Recipe, label: int) -> FloatArray:
    shape = (recipe.images, recipe.height, recipe.width)
    return region_field(stream(recipe.seed, f"region {label}"), shape, recipe.object_size_px)


def _candidates(recipe: Recipe, target: LabelArray, label: int, lacking: tuple[int, ...]) -> BoolArray:
    free = target == _FREE
    if label == recipe.rare:
        free[list(lacking)] = False
    return free


def _fill(recipe: Recipe, target: LabelArray, label: int, field: FloatArray, lacking: tuple[int, ...]) -> IndexArray:
    """Give a class its quota: the highest free pixels of its field."""
    free = _candidates(recipe, target, label, lacking) & (field > -np.inf)
    count, room = recipe.class_pixels[label], int(free.sum())
    if count > room:
        raise ValueError(
            f"class {recipe.class_names[label]!r} gets {count} pixels, but only {room} are free for it; "
            "lower its share, or the share of images without the rare class"
        )
    if label == recipe.rare and lacking:
        _hold_everywhere(field, free)
    chosen = highest(field, free, count)
    target.ravel()[chosen] = label
    return chosen


def _hold_everywhere(field: FloatArray, free: BoolArray) -> None:
    """Lift the highest free pixel of each image above all others: each image that may hold the class will."""
    inside = np.where(free, field, -np.inf).reshape(len(field), -1)
    images = np.flatnonzero(free.any((1, 2)))
    flat = field.reshape(len(field), -1)
    flat[images, inside.argmax(1)[images]] = np.inf


def _draw_void(recipe: Recipe, target: LabelArray) -> None:
    """Void: blobs, more of them towards the border of the image."""
    shape = (recipe.images, recipe.height, recipe.width)
    field = smooth_noise(stream(recipe.seed, "void"), shape, recipe.object_size_px)
    edges = [np.abs(np.linspace(-1, 1, length, dtype=np.float32)) ** 4 for length in shape[1:]]
    field += 3 * np.maximum(edges[0][:, None], edges[1][None, :])
    target.ravel()[highest(field, target == _FREE, recipe.void_pixels)] = VOID


def _lines(recipe: Recipe, target: LabelArray, label: int, lacking: tuple[int, ...]) -> FloatArray:
    """Field of as many lines as the quota of a thin class needs."""
    shape, count = (recipe.images, recipe.height, recipe.width), recipe.class_pixels[label]
    held = [image for image in range(recipe.images) if label != recipe.rare or image not in lacking]
    needed = 2 + math.ceil(1.2 * count / (max(1, len(held)) * recipe.line_width_px * min(shape[1:])))
    lines, room = min(needed, _MOST_LINES), 0
    while lines <= _MOST_LINES:
        field = line_field(stream(recipe.seed, f"line {label}"), shape, held, lines, recipe.line_width_px)
        room = int(((field > -np.inf) & (target == _FREE)).sum())
        if room >= count:
            return field
        lines *= 2
    raise ValueError(
        f"thin class {recipe.class_names[label]!r} gets {count} pixels, but its lines reach only {room}; "
        "lower its share or make it an ordinary class"
    )


def _draw_objects(recipe: Recipe, target: LabelArray, lacking: tuple[int, ...], shaped: list[int]) -> int:
    """Draw the separate objects of every class; return how many there are."""
    numbers = {label: _objects_per_image(recipe, label) for label in shaped if recipe.class_pixels[label]}
    boxes = _cells(recipe, sum(numbers.values()))
    random = stream(recipe.seed, "cells")
    assigned: dict[int, list[list[tuple[int, int, int, int]]]] = {label: [] for label in numbers}
    for image in range(recipe.images):
        order = random.permutation(len(boxes))
        start = 0
        for label, number in numbers.items():
            absent = label == recipe.rare and image in lacking
            assigned[label].append([] if absent else [boxes[i] for i in order[start : start + number]])
            start += number
    shape = (recipe.images, recipe.height, recipe.width)
    total = 0
    for label, cells in assigned.items():
        count = sum(map(len, cells))
        _check_objects(recipe, label, count, cells)
        field = object_field(stream(recipe.seed, f"objects {label}"), shape, cells, recipe.object_size_spread)
        target.ravel()[highest(field, field > -np.inf, recipe.class_pixels[label])] = label
        total += count
    return total


def _objects_per_image(recipe: Recipe, label: int) -> int:
    """The number asked for, or the one that the quota needs at the asked diameter."""
    if recipe.objects_per_image:
        return recipe.objects_per_image
    present = recipe.images - (recipe.images_without if label == recipe.rare else 0)
    return max(1, round(recipe.class_pixels[label] / present / (math.pi / 4 * recipe.object_size_px**2)))


def _cells(recipe: Recipe, number: int) -> list[tuple[int, int, int, int]]:
    """At least `number` equal boxes (top, left, height, width), one pixel of background around each."""
    rows = max(1, round(math.sqrt(number * recipe.height / recipe.width)))
    columns = max(1, math.ceil(number / rows))
    height, width = recipe.height // rows, recipe.width // columns
    if height < 3 or width < 3:
        raise ValueError(
            f"{number} objects do not fit into an image of {recipe.height} x {recipe.width} pixels; "
            "lower objects_per_image, or raise object_size_px where their number follows from it"
        )
    return [(r * height + 1, c * width + 1, height - 2, width - 2) for r in range(rows) for c in range(columns)]


def _check_objects(recipe: Recipe, label: int, number: int, cells: list[list[tuple[int, int, int, int]]]) -> None:
    name, count = recipe.class_names[label], recipe.class_pixels[label]
    room = sum(height * width for image in cells for _, _, height, width in image)
    if count < number:
        raise ValueError(
            f"class {name!r} gets {count} pixels for {number} objects; raise its share or lower objects_per_image"
        )
    if count > room:
        raise ValueError(
            f"class {name!r} gets {count} pixels, but its {number} objects have room for {room}; "
            "lower its share or choose the layout 'regions'"
        )
