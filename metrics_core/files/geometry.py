"""Geometry: the spacing of images, and whether target and prediction lie at the same place in space."""

from __future__ import annotations

from metrics_core.files.decoding import Geometry
from metrics_core.files.loading import Loaded, NamedArray
from metrics_core.files.refusals import display_name

_TOLERANCE_MM = 1e-3


def common_spacing(side: Loaded) -> tuple[tuple[float, ...] | None, tuple[str, ...]]:
    """The spacing that all images share, and remarks where they share none."""
    known = [array.geometry for array in side.arrays if array.geometry is not None]
    if not known:
        return None, ()
    first = known[0].spacing
    if first is None:
        return None, (f"{side.where}: the spacing is not above 0, so distances count voxels",)
    if len(known) < len(side.arrays) or not all(_alike(first, other.spacing) for other in known):
        return None, (f"{side.where}: the images differ in spacing, so distances count voxels",)
    return first, ()


def displaced(target: Loaded, prediction: Loaded) -> tuple[str, ...]:
    """A remark where a prediction lies elsewhere in space than its target."""
    pairs = zip(target.arrays, prediction.arrays, strict=False)
    wrong = [(true, predicted) for true, predicted in pairs if _apart(true.geometry, predicted.geometry)]
    if not wrong:
        return ()
    return (_describe(*wrong[0], more=len(wrong) - 1),)


def _describe(target: NamedArray, prediction: NamedArray, *, more: int) -> str:
    ours, theirs = target.geometry, prediction.geometry
    steps = f"spacing {_words(ours)} and {_words(theirs)}" if _steps_differ(ours, theirs) else "the affine maps differ"
    others = f" (and {more} more)" if more else ""
    return (
        f"target {target.where} and prediction {display_name(prediction.name)}{others} lie at different places in "
        f"space ({steps}); voxels are compared as stored, so resample one onto the other"
    )


def _apart(ours: Geometry | None, theirs: Geometry | None) -> bool:
    if ours is None or theirs is None:
        return False
    both = ours.affine is not None and theirs.affine is not None
    return _steps_differ(ours, theirs) or (both and not _alike(ours.affine, theirs.affine))


def _steps_differ(ours: Geometry | None, theirs: Geometry | None) -> bool:
    ours_known = None if ours is None else ours.spacing
    theirs_known = None if theirs is None else theirs.spacing
    return ours_known is not None and theirs_known is not None and not _alike(ours_known, theirs_known)


def _alike(ours: tuple[float, ...] | None, theirs: tuple[float, ...] | None) -> bool:
    if ours is None or theirs is None or len(ours) != len(theirs):
        return False
    return all(abs(a - b) <= _TOLERANCE_MM for a, b in zip(ours, theirs, strict=True))


def _words(geometry: Geometry | None) -> str:
    steps = () if geometry is None or geometry.spacing is None else geometry.spacing
    return " x ".join(f"{step:g}" for step in steps) + " mm"
