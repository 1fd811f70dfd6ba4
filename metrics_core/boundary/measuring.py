"""Measuring: target and prediction to the distances between their boundaries, the only costly step.

One pass marks the boundary pixels of all classes at once. The distance between boundaries is looked up in a k-d tree of
boundary pixels, which no empty space makes slower; how deep a pixel lies comes from one distance transform of an image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.boundary.record import BoundaryCell, BoundaryStatistics, Distances, ImageBoundaries
from metrics_core.counting import count
from metrics_core.deciding import hard_labels
from metrics_core.inputs import ArrayLike, Checked, InputError, check, refuse_labels
from metrics_core.kernels.threads import in_threads, threads_for

Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Depths = Literal["measured", "left_out"]
# scipy loads its parts when they are first used, so that importing this costs nothing.
LEAF = 32  # pixels in a leaf of the tree, which is built for one search


def boundary_distances(
    target: ArrayLike,
    prediction: ArrayLike,
    *,
    num_classes: int,
    ignore_label: int | None = None,
    spacing: float | Sequence[float] | None = None,
    class_names: Sequence[str] | None = None,
    image_names: Sequence[str] | None = None,
    depths: Depths = "measured",
) -> BoundaryStatistics:
    """Distances between the boundaries of target and prediction, of every class in every image.

    target, prediction: as for count, of any spatial rank; on the CPU, wherever they lie. The boundary of a mask is its
    pixels with a neighbour along an axis (4 in 2D, 6 in 3D) outside the mask; beyond the image everything is outside.
    Distances are Euclidean, between pixel centres, in the units of spacing: one number, one for each axis in the order
    of the shape, or None for 1. A pixel whose target is ignore_label belongs to no mask: masks end at void pixels, and
    where both do so at the same ones they agree there. Every boundary pixel counts as one, so that an oblique boundary
    counts less than its length. depths="left_out" saves time where boundary IoU is not needed.

    Raises:
        InputError: as count; or a spacing that is no positive number, or not one for each axis.
    """
    refuse_unless_one_of(depths, Depths, "depths")
    options: dict[str, Any] = {"num_classes": num_classes, "ignore_label": ignore_label, "out_of_range": "count"}
    counted = count(target, prediction, **options, class_names=class_names, image_names=image_names)
    checked = check(target, prediction, num_classes=num_classes)
    steps = _spacing(spacing, len(checked.spatial))
    labels = _labels(checked)
    margins = counted.per_image
    # Only where the counts say that there are some is it asked where.
    some = margins.outside.any() or margins.void[:, -1].any()
    if some and (_strays(labels, num_classes) & (labels != counted.ignore_label)).any():
        ignored = counted.ignore_label
        refuse_labels(checked, "prediction", num_classes=num_classes, ignore_label=ignored, instead="")
    true = checked.target.cpu().numpy()
    present = (margins.rows + margins.columns) > 0
    threads = threads_for(true.size)

    def measure(image: int) -> ImageBoundaries:
        pair = _without_void(true[image], labels[image], num_classes, counted.ignore_label)
        shaped = [side.reshape(checked.spatial) for side in pair]
        inner = threads if len(present) == 1 else 1
        one, other = in_threads(lambda side: _Side.of(side, steps, depths), shaped, inner)

        def cell(label: int) -> BoundaryCell:
            return _cell(one, other, label) if present[image, label] else BoundaryCell()

        cells = tuple(in_threads(cell, range(num_classes), inner))
        name = counted.image_names[image]
        return ImageBoundaries(name=name, shape=checked.spatial, spacing=steps, cells=cells)

    return BoundaryStatistics(
        images=tuple(in_threads(measure, range(counted.num_images), threads)),
        class_names=counted.class_names,
        ignore_label=counted.ignore_label,
        with_depths=depths == "measured",
    )


def _spacing(spacing: float | Sequence[float] | None, rank: int) -> tuple[float, ...]:
    given = np.asarray(1.0 if spacing is None else spacing)
    if given.dtype.kind not in "uif" or given.ndim > 1:
        raise InputError(f"spacing must be one number, or one for each axis; got {spacing!r}")
    if given.ndim and given.size != rank:
        raise InputError(f"spacing must be one number, or one for each of the {rank} spatial axes; got {given.size}")
    steps = tuple(float(step) for step in np.broadcast_to(given, rank))
    # Distances are sums of squares, which must neither vanish nor overflow.
    if not all(1e-100 < step < 1e100 for step in steps):
        raise InputError(f"spacing must be positive, from 1e-100 to 1e100, along every axis; got {spacing!r}")
    return steps


def _labels(checked: Checked) -> NDArray[Any]:
    labels = checked.labels
    if labels is None and checked.scores is not None:
        labels = hard_labels(checked.scores, from_probability=checked.from_probability)
    if labels is None:
        raise InputError("prediction holds neither labels nor scores; this is a defect")
    return labels.cpu().numpy()


def _without_void(
    target: NDArray[Any], prediction: NDArray[Any], num_classes: int, ignored: int | None
) -> tuple[Labels, Labels]:
    """Both label rows with -1 where the pixel is void, or where the prediction is no class."""
    void = np.zeros(target.shape, np.bool_) if ignored is None else target == ignored
    nowhere = void | _strays(prediction, num_classes)
    return np.where(void, -1, target).astype(np.int32), np.where(nowhere, -1, prediction).astype(np.int32)


def _strays(labels: NDArray[Any], num_classes: int) -> Mask:
    return (labels < 0) | (labels >= num_classes)


@dataclass(frozen=True, kw_only=True)
class _Side:
    """Labels [*spatial] of one image, which pixels are boundaries, and how deep each pixel lies (None: left out).

    Boundaries are few among the pixels: positions holds their places in the flattened image, owners their labels.
    """

    labels: Labels
    edges: Mask
    positions: Places
    owners: Labels
    depths: Floats | None
    spacing: tuple[float, ...]

    @classmethod
    def of(cls, labels: Labels, spacing: tuple[float, ...], depths: Depths) -> _Side:
        edges = _edges(labels)
        # On the way to a boundary pixel of another class, one of the pixel's own class is passed, and that one is
        # nearer: so one transform serves all classes.
        depth = np.asarray(scipy.ndimage.distance_transform_edt(~edges, spacing)) if depths == "measured" else None
        positions = np.flatnonzero(edges)
        owners = labels.reshape(-1)[positions]
        return cls(labels=labels, edges=edges, positions=positions, owners=owners, depths=depth, spacing=spacing)

    def boundary(self, label: int) -> Places:
        """Places of the boundary pixels of a class."""
        return self.positions[self.owners == label]

    def bounds(self, label: int, places: Places) -> Mask:
        """Whether the pixels at the places are boundary pixels of a class."""
        return self.edges.reshape(-1)[places] & (self.labels.reshape(-1)[places] == label)

    def points(self, places: Places) -> Floats:
        """Where places are, in the units of spacing: [place, axis]."""
        return np.stack(np.unravel_index(places, self.labels.shape), axis=-1) * np.array(self.spacing, np.float64)


def _edges(labels: Labels) -> Mask:
    """Where a neighbour along an axis has another label, or lies beyond the image."""
    edges = np.zeros(labels.shape, np.bool_)
    for axis in range(labels.ndim):
        along, marked = np.moveaxis(labels, axis, 0), np.moveaxis(edges, axis, 0)
        changes = along[1:] != along[:-1]
        marked[1:] |= changes
        marked[:-1] |= changes
        marked[0] = marked[-1] = True
    return edges


def _cell(target: _Side, prediction: _Side, label: int) -> BoundaryCell:
    cell = BoundaryCell(
        from_target=_distances(target, prediction, label),
        from_prediction=_distances(prediction, target, label),
    )
    if target.depths is None or prediction.depths is None:
        return cell
    masks = target.labels == label, prediction.labels == label
    both = masks[0] & masks[1]
    return replace(
        cell,
        target_depths=Distances.of(target.depths[masks[0]]),
        prediction_depths=Distances.of(prediction.depths[masks[1]]),
        shared_depths=Distances.of(np.maximum(target.depths[both], prediction.depths[both])),
    )


def _distances(one: _Side, other: _Side, label: int) -> Distances:
    """From each boundary pixel of a class on one side to the nearest on the other."""
    edges, others = one.boundary(label), other.boundary(label)
    apart = edges[~other.bounds(label, edges)]
    shared = np.zeros(edges.size - apart.size)
    if not apart.size:
        return Distances.of(shared)
    if not others.size:
        return Distances.of(np.full(edges.size, np.inf))
    return Distances.of(np.concatenate([shared, _nearest(one.points(apart), other.points(others))]))


def _nearest(points: Floats, others: Floats) -> Floats:
    """From each of points [point, axis] to the nearest of the others.

    Masks mostly differ in a small part of an image: others around the box of the points are asked first, and the rest
    only where a distance found is longer than the way to them.
    """
    lowest, highest = points.min(0), points.max(0)
    way = np.maximum(lowest - others, others - highest).max(1)  # along an axis, so no distance is shorter
    margin = (highest - lowest).max() / 8
    around = others[way <= margin]
    if not around.size:
        return _distances_to(others, points)
    nearest = _distances_to(around, points)
    if len(around) == len(others) or nearest.max() <= margin:
        return nearest
    return _distances_to(others[way < nearest.max()], points)


def _distances_to(others: Floats, points: Floats) -> Floats:
    """From each of points [point, axis] to the nearest of the others, all of which are searched."""
    tree = scipy.spatial.KDTree(others, leafsize=LEAF, balanced_tree=False, compact_nodes=False)
    return tree.query(points)[0]
