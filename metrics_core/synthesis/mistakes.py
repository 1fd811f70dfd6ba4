"""Mistakes: the predicted labels of a recipe, with exactly the errors it asks for and the cause of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.synthesis.fields import smooth_noise
from metrics_core.synthesis.quotas import BoolArray, IndexArray, LabelArray, first_of_each, share_count, stream
from metrics_core.synthesis.recipe import VOID, Recipe
from metrics_core.synthesis.scene import Scene

# Why a valid pixel is wrong; 0 where it is right.
CAUSES = ("none", "boundary", "missed object", "false-positive blob", "label noise", "score overlap")
BOUNDARY, MISSED, BLOB, NOISE, OVERLAP = range(1, 6)
_PLACES_TRIED = 200
_NEIGHBOURS = np.zeros((3, 3, 3), bool)
_NEIGHBOURS[1] = True


@dataclass(frozen=True, kw_only=True)
class Mistakes:
    """Predicted labels and causes uint8 [image, row, column], and the pixels whose label later steps must keep."""

    labels: LabelArray
    causes: LabelArray
    kept: BoolArray
    missed_objects: int
    flipped_pixels: int


def make_mistakes(recipe: Recipe, scene: Scene) -> Mistakes:
    """Predicted labels: missed objects, wandering and grown boundaries, invented blobs, scattered noise, in this order.

    Raises:
        ValueError: the blobs or the noise do not fit into what is left.
    """
    ids, sizes = find_objects(scene.target, recipe.num_classes)
    missed = _choose_missed(recipe, sizes)
    is_missed = np.zeros(len(sizes) + 1, bool)
    is_missed[missed] = True
    lost = is_missed[ids]
    labels = np.where(lost, np.uint8(0), scene.complete)
    labels = _grow(_jitter(recipe, labels), recipe.boundary_error_px)
    labels[lost] = 0
    valid = scene.target != VOID
    kept = _keep_found(ids, scene.target, labels, lost, len(sizes))
    causes = np.where(valid & (labels != scene.target), np.where(lost, MISSED, BOUNDARY), 0).astype(np.uint8)
    _invent_blobs(recipe, scene.target, labels, causes, kept | lost)
    flipped = _flip(recipe, scene.target, labels, causes, kept)
    return Mistakes(labels=labels, causes=causes, kept=kept, missed_objects=len(missed), flipped_pixels=flipped)


def find_objects(target: LabelArray, num_classes: int) -> tuple[NDArray[np.int32], IndexArray]:
    """Objects: the 8-connected parts of every class but 0, numbered from 1; returns their numbers and their sizes."""
    ids = np.zeros(target.shape, np.int32)
    total = 0
    for label in range(1, num_classes):
        parts, count = connected_parts(target == label)
        ids[parts > 0] = parts[parts > 0] + total
        total += count
    return ids, np.bincount(ids.ravel(), minlength=total + 1)[1:].astype(np.int64)


def connected_parts(mask: BoolArray) -> tuple[NDArray[np.int32], int]:
    """The 8-connected parts of a mask [image, row, column], never across images: their numbers, and how many."""
    from scipy import ndimage  # imported where it is used: it takes as long as all the rest together

    result: Any = ndimage.label(mask, _NEIGHBOURS)
    return result[0], int(result[1])


def _choose_missed(recipe: Recipe, sizes: IndexArray) -> IndexArray:
    """Numbers of the objects that are missed."""
    count = share_count(recipe.missed_objects, len(sizes))
    if recipe.missed_first == "smallest":
        return np.argsort(sizes, kind="stable")[:count] + 1
    return stream(recipe.seed, "missed").permutation(len(sizes))[:count] + 1


def _jitter(recipe: Recipe, labels: LabelArray) -> LabelArray:
    """Read every label from a place some pixels off, the offset changing smoothly: boundaries wander."""
    if recipe.boundary_jitter_px == 0:
        return labels
    random = stream(recipe.seed, "jitter")
    size_px = max(12.0, 6 * recipe.boundary_jitter_px)
    image, row, column = np.ogrid[: labels.shape[0], : labels.shape[1], : labels.shape[2]]
    down, right = (
        np.rint(recipe.boundary_jitter_px * smooth_noise(random, labels.shape, size_px)).astype(np.int64)
        for _ in range(2)
    )
    rows = np.clip(row + down, 0, labels.shape[1] - 1)
    columns = np.clip(column + right, 0, labels.shape[2] - 1)
    return labels[image, rows, columns]


def _grow(labels: LabelArray, distance_px: int) -> LabelArray:
    """Let classes above 0 grow into class 0 pixel by pixel; a negative distance lets class 0 grow into them."""
    for _ in range(abs(distance_px)):
        padded = np.pad(labels, ((0, 0), (1, 1), (1, 1)), mode="edge")
        neighbours = (padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:])
        grown = labels.copy()
        for neighbour in neighbours:
            if distance_px > 0:
                grown = np.where(grown == 0, neighbour, grown)
            else:
                grown[neighbour == 0] = 0
        labels = grown
    return labels


def _keep_found(
    ids: NDArray[np.int32], target: LabelArray, labels: LabelArray, lost: BoolArray, count: int
) -> BoolArray:
    """Give each object that is not missed one right pixel at least, and mark one for each that must stay right."""
    found = first_of_each(ids, (ids > 0) & ~lost & (labels == target), count)
    anywhere = first_of_each(ids, (ids > 0) & ~lost, count)
    pixels = np.where(found >= 0, found, anywhere)[1:]
    pixels = pixels[pixels >= 0]
    labels.ravel()[pixels] = target.ravel()[pixels]
    kept = np.zeros(target.shape, bool)
    kept.ravel()[pixels] = True
    return kept


def _invent_blobs(recipe: Recipe, target: LabelArray, labels: LabelArray, causes: LabelArray, taken: BoolArray) -> None:
    """Place discs of a class where the target has none of it; each is a part of its own, away from its class."""
    random = stream(recipe.seed, "blobs")
    for image in range(recipe.images):
        for blob in range(recipe.false_positive_blobs):
            label = 1 + (image + blob) % (recipe.num_classes - 1)
            blocked = taken[image] | (target[image] == VOID) | (causes[image] == BLOB)
            near = (target[image] == label) | (labels[image] == label)
            disc = _place_disc(random, blocked, near, recipe.false_positive_size_px / 2)
            if disc is None:
                raise ValueError(
                    f"image {image} has no room for {recipe.false_positive_blobs} false-positive blobs of class "
                    f"{recipe.class_names[label]!r}; lower false_positive_blobs"
                )
            labels[image][disc] = label
            causes[image][disc] = BLOB


def _place_disc(
    random: np.random.Generator, blocked: BoolArray, near: BoolArray, radius: float
) -> tuple[IndexArray, IndexArray] | None:
    """Pixels of a disc that holds no blocked pixel and no pixel of `near` in itself or right beside it.

    The disc shrinks, down to one pixel, until a random place has room for it.
    """
    while True:
        reach = math.ceil(radius)
        rows, columns = np.mgrid[-reach - 1 : reach + 2, -reach - 1 : reach + 2]
        inside = rows**2 + columns**2 < max(1.0, radius**2)
        # The outermost ring of the patch is empty, so that nothing wraps around.
        shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        margin = np.logical_or.reduce([np.roll(inside, shift, (0, 1)) for shift in shifts])
        for _ in range(_PLACES_TRIED):
            y, x = (int(random.integers(length)) for length in blocked.shape)
            r, c = y + rows, x + columns
            within = (r >= 0) & (r < blocked.shape[0]) & (c >= 0) & (c < blocked.shape[1])
            if not within[inside].all():
                continue
            edge = margin & within
            if not blocked[r[inside], c[inside]].any() and not near[r[edge], c[edge]].any():
                return r[inside], c[inside]
        if radius <= 1:
            return None
        radius = max(1.0, radius / 2)


def _flip(recipe: Recipe, target: LabelArray, labels: LabelArray, causes: LabelArray, kept: BoolArray) -> int:
    """Flip right pixels to another class at random, exactly as many as asked for; returns their number."""
    random = stream(recipe.seed, "noise")
    candidates = np.flatnonzero((target != VOID) & (causes == 0) & ~kept)
    count = share_count(recipe.label_noise, recipe.pixels - recipe.void_pixels)
    if count > len(candidates):
        raise ValueError(
            f"label_noise is to flip {count} pixels, but only {len(candidates)} are still right; lower label_noise "
            "or the other errors"
        )
    chosen = random.permutation(candidates)[:count] if count else candidates[:0]
    shift = random.integers(1, recipe.num_classes, len(chosen))
    labels.ravel()[chosen] = (labels.ravel()[chosen] + shift) % recipe.num_classes
    causes.ravel()[chosen] = NOISE
    return count
