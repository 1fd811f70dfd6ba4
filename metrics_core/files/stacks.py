"""Stacks: the arrays of one role joined along the image axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Literal

import numpy as np

from metrics_core.files.decoding import CsvStyle, ReadOptions, Role, ScoresAxis
from metrics_core.files.geometry import common_spacing
from metrics_core.files.legends import Legend
from metrics_core.files.limits import DEFAULT_LIMITS, Budget, Limits
from metrics_core.files.loading import Inference, Loaded, NamedArray, Upload, load
from metrics_core.files.npy import Array
from metrics_core.files.refusals import FileError, refusal

FirstAxis = Literal["infer", "image", "spatial"]


@dataclass(frozen=True, kw_only=True)
class ArrayStack:
    """Arrays of one role: values [image, ...] as stored (native byte order), image names, and an exact digest.

    spacing: millimetres along each spatial axis where the files say so.
    """

    role: Role
    values: Array
    names: tuple[str, ...]
    inferred: tuple[Inference, ...]
    notices: tuple[str, ...]
    spacing: tuple[float, ...] | None
    digest: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """The values' dtype."""
        return self.values.dtype


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Arrays joined, before it is known which axis is which; `names` is empty where one array holds everything.

    scores_axis: where the files say that their classes lie.
    """

    where: str
    values: Array
    names: tuple[str, ...]
    scores_axis: ScoresAxis | None = None

    @property
    def image_axis_known(self) -> bool:
        """Whether axis 0 is the image axis for certain."""
        return bool(self.names)


@dataclass(frozen=True, kw_only=True)
class ImageView:
    """One way to read a stack: values [image, *spatial], and the first axis' role where that is a conclusion."""

    values: Array
    first_axis: Inference | None


def read_arrays(
    uploads: Sequence[Upload],
    *,
    role: Role,
    member: str | None = None,
    first_axis: FirstAxis = "infer",
    legend: Legend | None = None,
    csv_style: CsvStyle = "comma",
    limits: Limits = DEFAULT_LIMITS,
) -> ArrayStack:
    """Read files as one stack [image, ...]: several files, pictures or members of a .zip are one image each.

    A single array of one or two axes is one image; of more, its first axis counts images, unless `first_axis` says
    otherwise or (role "image") it looks like one colour photo [row, column, 3 or 4]. `member` chooses from an .npz,
    `legend` turns colours into labels, `csv_style` says how tables are written.

    Raises:
        FileError: a file that cannot be read, or images of different shapes.
    """
    options = ReadOptions(role=role, member=member, legend=legend, csv_style=csv_style)
    return _array_stack(load(uploads, options=options, budget=Budget(limits)), first_axis)


def _array_stack(loaded: Loaded, first_axis: FirstAxis) -> ArrayStack:
    stack, role = join(loaded), loaded.role
    view = _view(stack, role=role, first_axis=first_axis)
    values = np.ascontiguousarray(view.values)
    return ArrayStack(
        role=role,
        values=values,
        names=stack.names or tuple(f"image {index}" for index in range(len(values))),
        inferred=loaded.inferred + ((view.first_axis,) if view.first_axis else ()),
        notices=loaded.notices,
        spacing=common_spacing(loaded)[0],
        digest=digest_of(values),
    )


def _view(stack: Stack, *, role: Role, first_axis: FirstAxis) -> ImageView:
    if role == "image" and first_axis == "infer" and not stack.image_axis_known and _is_colour_photo(stack.values):
        first_axis = "spatial"
    return next(image_views(stack, first_axis=first_axis, drop_single=role == "target"))


def join(loaded: Loaded) -> Stack:
    """Join the arrays of one role along a new first axis; a single array that is no picture stays as it is.

    Raises:
        FileError: arrays of different shapes.
    """
    arrays = loaded.arrays
    if len(arrays) == 1 and not arrays[0].is_image:
        return Stack(where=loaded.where, values=arrays[0].values, names=(), scores_axis=arrays[0].scores_axis)
    first = arrays[0]
    for other in arrays:
        if other.values.shape != first.values.shape:
            raise _different_shapes(first, other)
    values = np.stack([array.values for array in arrays])
    names = tuple(array.name for array in arrays)
    return Stack(where=loaded.where, values=values, names=names, scores_axis=first.scores_axis)


def without_one_hot(stack: Stack, classes: Literal["no", "first", "last"]) -> Stack:
    """A one-hot target as labels, its class axis before or after the spatial axes.

    Raises:
        FileError: there is not exactly one 1 along that axis everywhere.
    """
    if classes == "no":
        return stack
    whole = stack.image_axis_known or stack.values.ndim > 3
    axis = stack.values.ndim - 1 if classes == "last" else int(whole)
    values = stack.values.astype(np.uint8) if stack.values.dtype == np.bool_ else stack.values
    too_flat = values.ndim < (3 if stack.image_axis_known else 2)
    if too_flat or not np.all(((values == 0) | (values == 1)) & (values.sum(axis, keepdims=True) == 1)):
        got = f"an array of shape {values.shape} that is none along axis {axis}"
        todo = "pass target_one_hot='no', or the other side"
        raise refusal(stack.where, expected="one-hot labels", got=got, todo=todo)
    return replace(stack, values=values.argmax(axis))


def _different_shapes(first: NamedArray, other: NamedArray) -> FileError:
    expected = f"shape {first.values.shape} as in {first.where}"
    todo = "cut all images to one size, or read each size by itself"
    return refusal(other.where, expected=expected, got=f"{other.values.shape}", todo=todo)


def image_views(stack: Stack, *, first_axis: FirstAxis, drop_single: bool = True) -> Iterator[ImageView]:
    """The ways to read a stack as [image, *spatial], most likely first; a channel axis of length one may be dropped."""
    # Three axes of which the first counts images are plain masks, even where they are one pixel wide.
    dropped = _drop_single(stack.values, least_axes=4 if stack.image_axis_known else 3)
    for values in (dropped, stack.values) if drop_single else (stack.values,):
        if stack.image_axis_known:
            yield ImageView(values=values, first_axis=None)
            continue
        likely: tuple[Literal["image", "spatial"], ...] = (
            ("spatial", "image") if values.ndim == 2 else ("image", "spatial")
        )
        wanted = ("spatial",) if values.ndim == 1 else likely if first_axis == "infer" else (first_axis,)
        for axis in wanted:
            why = f"an array of shape {values.shape} is read as {_IMAGES[axis]}"
            inference = Inference(field="first_axis", value=axis, why=why) if first_axis == "infer" else None
            yield ImageView(values=values if axis == "image" else values[None], first_axis=inference)


_IMAGES = {"image": "one image per entry of its first axis", "spatial": "one image"}


def _drop_single(values: Array, *, least_axes: int) -> Array:
    """Without the channel axis that masks saved by Keras (last) or MONAI (first after the image) have."""
    if values.ndim >= least_axes and values.shape[-1] == 1:
        return values[..., 0]
    return values[:, 0] if values.ndim >= 4 and values.shape[1] == 1 else values


def _is_colour_photo(values: Array) -> bool:
    return values.ndim == 3 and values.shape[-1] in (3, 4)


def digest_of(*arrays: Array, text: str = "") -> str:
    """BLAKE2b over every byte, shape and dtype of the arrays (row-major, native order) and a text."""
    digest = blake2b(digest_size=20)
    for array in arrays:
        contiguous = np.ascontiguousarray(array)
        digest.update(f"{contiguous.dtype.str} {contiguous.shape};".encode())
        digest.update(contiguous.data.cast("B"))
    digest.update(text.encode())
    return digest.hexdigest()
