"""Layouts: which axis of a prediction is which, concluded from the target's shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metrics_core.files.choices import Choices
from metrics_core.files.loading import Inference
from metrics_core.files.npy import Array
from metrics_core.files.refusals import FileError, refusal
from metrics_core.files.stacks import ImageView, Stack, image_views


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One reading of a prediction's shape: no class axis, or `classes` of them before or after the spatial axes."""

    class_axis: Literal["none", "first", "last"]
    classes: int


@dataclass(frozen=True, kw_only=True)
class Aligned:
    """Arrays that fit: target [image, *spatial], prediction [image, *spatial] or [image, class, *spatial]."""

    target: Array
    prediction: Array
    has_class_axis: bool
    inferred: tuple[Inference, ...]


def align(target: Stack, prediction: Stack, choices: Choices) -> Aligned:
    """Find the one way in which the shapes of target and prediction fit.

    Raises:
        FileError: there is none, or several that the choices do not decide between.
    """
    for view in image_views(target, first_axis=choices.first_axis):
        layouts = _fitting(view.values, prediction, choices)
        if len(layouts) > 1:
            raise _ambiguous(view.values, prediction)
        if layouts:
            return _aligned(view, prediction, layouts[0], choices)
    raise _misfit(target, prediction, choices)


def _fitting(target: Array, prediction: Stack, choices: Choices) -> list[Layout]:
    layouts = _possible(target, prediction)
    if choices.scores == "labels":
        layouts = [layout for layout in layouts if layout.class_axis == "none"]
    axis = prediction.scores_axis if choices.scores_axis == "infer" else choices.scores_axis
    if axis is not None:
        layouts = [layout for layout in layouts if layout.class_axis in ("none", axis)]
    of_given_size = [layout for layout in layouts if layout.classes in (1, choices.num_classes)]
    return of_given_size if len(layouts) > 1 and of_given_size else layouts


def _possible(target: Array, prediction: Stack) -> list[Layout]:
    images, spatial, shape = target.shape[0], target.shape[1:], prediction.values.shape
    without_image_axis = images == 1 and not prediction.image_axis_known
    rests = ([shape[1:]] if shape[0] == images else []) + ([shape] if without_image_axis else [])
    found: list[Layout] = []
    for rest in rests:
        if rest in (spatial, (1, *spatial), (*spatial, 1)):
            found.append(Layout(class_axis="none", classes=1))
            continue
        if rest[1:] == spatial:
            found.append(Layout(class_axis="first", classes=rest[0]))
        if rest[:-1] == spatial:
            found.append(Layout(class_axis="last", classes=rest[-1]))
    return list(dict.fromkeys(found))


def _aligned(view: ImageView, prediction: Stack, layout: Layout, choices: Choices) -> Aligned:
    images, spatial = view.values.shape[0], view.values.shape[1:]
    inferred = [view.first_axis] if view.first_axis else []
    if layout.class_axis == "none":
        values = prediction.values.reshape(view.values.shape)
        return Aligned(target=view.values, prediction=values, has_class_axis=False, inferred=tuple(inferred))
    shape = prediction.values.shape
    if choices.scores_axis == "infer":
        only = f"prediction {shape} fits target {view.values.shape} only with {layout.classes} classes on this side"
        why = only if prediction.scores_axis is None else "the file says which axis holds components"
        inferred.append(Inference(field="scores_axis", value=layout.class_axis, why=why))
    if layout.class_axis == "first":
        values = prediction.values.reshape(images, layout.classes, *spatial)
    else:
        values = np.moveaxis(prediction.values.reshape(images, *spatial, layout.classes), -1, 1)
    return Aligned(target=view.values, prediction=values, has_class_axis=True, inferred=tuple(inferred))


def _ambiguous(target: Array, prediction: Stack) -> FileError:
    return refusal(
        prediction.where,
        expected="a class axis that can be told apart",
        got=f"shape {prediction.values.shape} for target {target.shape}, which fits in two ways",
        todo="pass scores_axis='first' or 'last'",
    )


def _misfit(target: Stack, prediction: Stack, choices: Choices) -> FileError:
    view = next(image_views(target, first_axis=choices.first_axis)).values
    images, spatial, shape = view.shape[0], view.shape[1:], prediction.values.shape
    axes = ", ".join(str(size) for size in spatial)
    todo = "save both with the same images and size"
    if len(spatial) > 1 and shape[-len(spatial) :] == spatial[::-1]:
        todo = "rows and columns look swapped: transpose one of the two"
    elif shape[0] != images and shape[1:] == view.shape[1:]:
        todo = f"the target has {images} images, the prediction {shape[0]}: {todo}"
    elif any(_possible(each.values, target) for each in image_views(prediction, first_axis=choices.first_axis)):
        todo = "they fit the other way round: are target and prediction swapped?"
    expected = f"labels ({images}, {axes}) or scores ({images}, class, {axes}) as the target has"
    return refusal(prediction.where, expected=expected, got=f"shape {shape}", todo=todo)
