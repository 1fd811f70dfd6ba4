"""Boundary scores: one costly statistic, the distances between two boundaries, and cheap readings of it."""

from metrics_core.boundary.measuring import boundary_distances
from metrics_core.boundary.record import (
    BoundaryCell,
    BoundaryStatistics,
    Distances,
    ImageBoundaries,
    merge_boundaries,
)
from metrics_core.boundary.scores import (
    average_surface_distance,
    boundary_iou,
    hausdorff,
    mean_of_cells,
    normalized_surface_distance,
)
from metrics_core.boundary.sensitivity import OnePixelSensitivity, one_pixel_sensitivity

__all__ = [
    "BoundaryCell",
    "BoundaryStatistics",
    "Distances",
    "ImageBoundaries",
    "OnePixelSensitivity",
    "average_surface_distance",
    "boundary_distances",
    "boundary_iou",
    "hausdorff",
    "mean_of_cells",
    "merge_boundaries",
    "normalized_surface_distance",
    "one_pixel_sensitivity",
]
