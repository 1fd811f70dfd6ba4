"""Pairs: a target and a prediction from files, matched image by image, with every conclusion reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from metrics_core.counting import fits_tables
from metrics_core.files.choices import ALL_INFERRED, Choices, UserData
from metrics_core.files.decoding import ReadOptions
from metrics_core.files.geometry import common_spacing, displaced
from metrics_core.files.interpretation import Interpreted, Source, interpret
from metrics_core.files.labels import Labels, narrowest
from metrics_core.files.layouts import align
from metrics_core.files.limits import DEFAULT_LIMITS, Budget, Limits
from metrics_core.files.loading import Loaded, Upload, load
from metrics_core.files.matching import match_images
from metrics_core.files.refusals import clean_name, display_name, refusal
from metrics_core.files.sanity import Caution, find_cautions
from metrics_core.files.stacks import Stack, digest_of, join, without_one_hot

MOST_CLASSES = DEFAULT_LIMITS.classes


def read_pair(
    target_uploads: Sequence[Upload],
    prediction_uploads: Sequence[Upload] = (),
    *,
    choices: Choices = ALL_INFERRED,
    limits: Limits = DEFAULT_LIMITS,
    on_file: Callable[[str], None] | None = None,
) -> UserData:
    """Read a target and its prediction; one .npz that holds both may stand alone.

    Several files (or the members of a .zip) are one image each and are matched by their names without extension.
    on_file is called with the name of each file before it is read; what it raises ends the reading.

    Raises:
        FileError: a file that cannot be read, images that do not match, or values that are no labels or scores.
    """
    data = read_unexamined(target_uploads, prediction_uploads, choices=choices, limits=limits, on_file=on_file)
    return replace(data, cautions=_cautions(data, target_uploads, prediction_uploads))


def read_unexamined(
    target_uploads: Sequence[Upload],
    prediction_uploads: Sequence[Upload],
    *,
    choices: Choices,
    limits: Limits,
    on_file: Callable[[str], None] | None = None,
) -> UserData:
    """What read_pair gives, without its cautions: these take longer than the reading, and many images want none.

    Raises:
        FileError: as read_pair.
    """
    _check_choices(choices, limits)
    common = ReadOptions(role="target", legend=choices.legend, csv_style=choices.csv_style, on_file=on_file)
    target, prediction = _load_both(target_uploads, prediction_uploads, choices, common, Budget(limits))
    target, prediction, pairing = match_images(target, prediction, choices)
    stacks = without_one_hot(join(target), choices.target_one_hot), join(prediction)
    aligned = align(*stacks, choices)
    source = _source(target, prediction, _image_names(*stacks, images=len(aligned.target)), choices, limits)
    read = interpret(aligned, source)
    _check_classes(read.num_classes, limits)
    _check_tables(len(aligned.target), read.num_classes)
    spacing, uneven = common_spacing(target)
    read.remarks.inferred[:0] = (*target.inferred, *prediction.inferred, *aligned.inferred)
    read.remarks.notices[:0] = (*target.notices, *prediction.notices, *pairing, *uneven, *displaced(target, prediction))
    return _user_data(read, source, spacing=spacing)


def _cautions(
    data: UserData, target_uploads: Sequence[Upload], prediction_uploads: Sequence[Upload]
) -> tuple[Caution, ...]:
    return find_cautions(
        data.target.numpy(),
        data.prediction.numpy(),
        ignore_label=data.ignore_label,
        class_names=data.class_names,
        target_files=tuple(upload.name for upload in target_uploads),
        prediction_files=tuple(upload.name for upload in prediction_uploads),
    )


def _source(
    target: Loaded, prediction: Loaded, image_names: tuple[str, ...], choices: Choices, limits: Limits
) -> Source:
    return Source(
        target=target.where,
        prediction=prediction.where,
        image_names=image_names,
        choices=choices,
        most_classes=limits.classes,
        names={**prediction.names, **target.names},
        legend=target.legend or prediction.legend,
    )


def _load_both(
    target_uploads: Sequence[Upload],
    prediction_uploads: Sequence[Upload],
    choices: Choices,
    common: ReadOptions,
    budget: Budget,
) -> tuple[Loaded, Loaded]:
    target = load(target_uploads, options=replace(common, member=choices.target_member), budget=budget)
    # A legend among the target's files explains the prediction's colours too.
    other = replace(common, role="prediction", member=choices.prediction_member, legend=target.legend)
    prediction = load(prediction_uploads or target_uploads, options=other, budget=budget)
    true, predicted = target.arrays[0], prediction.arrays[0]
    same = true.where == predicted.where and true.values.shape == predicted.values.shape
    if not prediction_uploads and same and np.array_equal(true.values, predicted.values, equal_nan=False):
        todo = "choose the prediction's files, or one .npz with members target and prediction"
        raise refusal(target.where, expected="a prediction beside the target", got="none", todo=todo)
    if None not in (true.unlabelled, predicted.unlabelled) and true.unlabelled != predicted.unlabelled:
        got = f"{predicted.unlabelled} for pixels without annotation, {true.unlabelled} in the target"
        todo = "give both files the same list of categories"
        raise refusal(predicted.where, expected="the target's categories", got=got, todo=todo)
    return target, prediction


def _image_names(target: Stack, prediction: Stack, *, images: int) -> tuple[str, ...]:
    return target.names or prediction.names or tuple(f"image {index}" for index in range(images))


def _user_data(read: Interpreted, source: Source, *, spacing: tuple[float, ...] | None) -> UserData:
    target = narrowest(read.target, read.num_classes, read.ignore_label)
    if isinstance(read.prediction, Labels):
        kind, prediction = "labels", narrowest(read.prediction, read.num_classes, read.ignore_label)
    else:
        kind, prediction = "probabilities", _own_copy(read.prediction)
    class_names = _class_names(source, read.num_classes)
    colours = {} if source.legend is None else source.legend.colours
    described = (kind, read.num_classes, read.ignore_label, class_names, source.image_names)
    return UserData(
        target=torch.from_numpy(target),
        prediction=torch.from_numpy(prediction),
        kind=kind,
        num_classes=read.num_classes,
        ignore_label=read.ignore_label,
        class_names=class_names,
        image_names=source.image_names,
        class_colours={label: colours[label] for label in colours if 0 <= label < read.num_classes},
        spacing=spacing if spacing is not None and len(spacing) == target.ndim - 1 else None,
        inferred=tuple(read.remarks.inferred),
        notices=tuple(read.remarks.notices),
        cautions=(),
        digest=digest_of(target, prediction, text=repr(described)),
    )


def _own_copy(values: NDArray[Any]) -> NDArray[Any]:
    """Row-major and writable: an array that is a view of an upload is neither for certain."""
    return values if values.flags.c_contiguous and values.flags.writeable else np.array(values, order="C")


def _class_names(source: Source, num_classes: int) -> tuple[str, ...]:
    """Names of all classes; two that a file calls the same are told apart by their labels."""
    choices = source.choices
    if choices.class_names is None:
        names = [source.names.get(index, f"class {index}") for index in range(num_classes)]
        times = Counter(names)
        told = [name if times[name] == 1 else f"{name} ({index})" for index, name in enumerate(names)]
        return tuple(told if len({*told}) == num_classes else (f"{name} ({i})" for i, name in enumerate(names)))
    if len(choices.class_names) != num_classes:
        got = f"{len(choices.class_names)}"
        todo = "pass one name a class, class 0 first"
        raise refusal("class_names", expected=f"{num_classes} names", got=got, todo=todo)
    cleaned = tuple(clean_name(name) for name in choices.class_names)
    if len(set(cleaned)) != len(cleaned):
        got = f"{display_name(next(name for name in cleaned if cleaned.count(name) > 1), characters=30)} twice"
        raise refusal("class_names", expected="a name of its own for every class", got=got, todo="change one of them")
    return cleaned


def _check_tables(images: int, num_classes: int) -> None:
    if not fits_tables(images, num_classes):
        got = f"{num_classes:,} classes in each of {images:,} images"
        raise refusal("num_classes", expected="confusion tables that fit", got=got, todo="take fewer classes or images")


def _check_classes(num_classes: int, limits: Limits) -> None:
    if not 1 <= num_classes <= limits.classes:
        expected = f"1 to {limits.classes:,} classes"
        raise refusal("num_classes", expected=expected, got=f"{num_classes:,}", todo="use the model's number")


def _check_choices(choices: Choices, limits: Limits) -> None:
    if choices.num_classes is not None:
        _check_classes(choices.num_classes, limits)
    if isinstance(choices.ignore_label, int) and abs(choices.ignore_label) >= 2**63:
        expected = "a label of at most 63 bits"
        raise refusal("ignore_label", expected=expected, got=f"{choices.ignore_label:,}", todo="pass the void label")
