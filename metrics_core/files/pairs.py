"""Pairs: a target and a prediction from files, matched image by image, with every conclusion reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from metrics_core.files.choices import ALL_INFERRED, Choices, UserData
from metrics_core.files.interpretation import Interpreted, Source, interpret
from metrics_core.files.labels import Labels, narrowest
from metrics_core.files.layouts import align
from metrics_core.files.limits import DEFAULT_LIMITS, Budget, Limits
from metrics_core.files.loading import Loaded, Upload, load
from metrics_core.files.matching import match_images
from metrics_core.files.refusals import clean_name, refusal
from metrics_core.files.stacks import Stack, digest_of, join

MOST_CLASSES = 65_536


def read_pair(
    target_uploads: Sequence[Upload],
    prediction_uploads: Sequence[Upload] = (),
    *,
    choices: Choices = ALL_INFERRED,
    limits: Limits = DEFAULT_LIMITS,
) -> UserData:
    """Read a target and its prediction; one .npz that holds both may stand alone.

    Several files (or the members of a .zip) are one image each and are matched by their names without extension.

    Raises:
        FileError: a file that cannot be read, images that do not match, or values that are no labels or scores.
    """
    _check_choices(choices)
    target, prediction = _load_both(target_uploads, prediction_uploads, choices, Budget(limits))
    target, prediction, pairing = match_images(target, prediction, choices)
    stacks = join(target), join(prediction)
    aligned = align(*stacks, choices)
    names = _image_names(*stacks, images=len(aligned.target))
    source = Source(target=target.where, prediction=prediction.where, image_names=names, choices=choices)
    read = interpret(aligned, source)
    read.remarks.inferred[:0] = (*target.inferred, *prediction.inferred, *aligned.inferred)
    read.remarks.notices[:0] = (*target.notices, *prediction.notices, *pairing)
    return _user_data(read, source)


def _load_both(
    target_uploads: Sequence[Upload], prediction_uploads: Sequence[Upload], choices: Choices, budget: Budget
) -> tuple[Loaded, Loaded]:
    target = load(target_uploads, role="target", member=choices.target_member, budget=budget)
    uploads = prediction_uploads or target_uploads
    prediction = load(uploads, role="prediction", member=choices.prediction_member, budget=budget)
    if not prediction_uploads and target.arrays[0].where == prediction.arrays[0].where:
        todo = "choose the prediction's files, or one .npz with members target and prediction"
        raise refusal(target.where, expected="a prediction beside the target", got="none", todo=todo)
    return target, prediction


def _image_names(target: Stack, prediction: Stack, *, images: int) -> tuple[str, ...]:
    return target.names or prediction.names or tuple(f"image {index}" for index in range(images))


def _user_data(read: Interpreted, source: Source) -> UserData:
    target = narrowest(read.target, read.num_classes, read.ignore_label)
    if isinstance(read.prediction, Labels):
        kind, prediction = "labels", narrowest(read.prediction, read.num_classes, read.ignore_label)
    else:
        kind, prediction = "probabilities", _own_copy(read.prediction)
    class_names = _class_names(source.choices, read.num_classes)
    described = (kind, read.num_classes, read.ignore_label, class_names, source.image_names)
    return UserData(
        target=torch.from_numpy(target),
        prediction=torch.from_numpy(prediction),
        kind=kind,
        num_classes=read.num_classes,
        ignore_label=read.ignore_label,
        class_names=class_names,
        image_names=source.image_names,
        inferred=tuple(read.remarks.inferred),
        notices=tuple(read.remarks.notices),
        digest=digest_of(target, prediction, text=repr(described)),
    )


def _own_copy(values: NDArray[Any]) -> NDArray[Any]:
    """Row-major and writable: an array that is a view of an upload is neither for certain."""
    return values if values.flags.c_contiguous and values.flags.writeable else np.array(values, order="C")


def _class_names(choices: Choices, num_classes: int) -> tuple[str, ...]:
    if choices.class_names is None:
        return tuple(f"class {index}" for index in range(num_classes))
    if len(choices.class_names) != num_classes:
        got = f"{len(choices.class_names)}"
        todo = "pass one name a class, class 0 first"
        raise refusal("class_names", expected=f"{num_classes} names", got=got, todo=todo)
    return tuple(clean_name(name) for name in choices.class_names)


def _check_choices(choices: Choices) -> None:
    if choices.num_classes is not None and not 1 <= choices.num_classes <= MOST_CLASSES:
        expected = f"1 to {MOST_CLASSES:,} classes"
        raise refusal("num_classes", expected=expected, got=f"{choices.num_classes:,}", todo="pass the model's number")
    if isinstance(choices.ignore_label, int) and abs(choices.ignore_label) >= 2**63:
        expected = "a label of at most 63 bits"
        raise refusal("ignore_label", expected=expected, got=f"{choices.ignore_label:,}", todo="pass the void label")
