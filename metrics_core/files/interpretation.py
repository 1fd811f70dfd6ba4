"""Interpretation: aligned arrays to labels and probabilities, with the void label and the number of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics_core.counting import fits_tables
from metrics_core.files.choices import Choices
from metrics_core.files.labels import (
    SOFT_MASK_LABELS,
    SWAP_ADVICE,
    VOID_LABELS,
    Labels,
    as_labels,
    check_range,
    infer_num_classes,
    infer_void,
    is_whole,
    lowered,
    means_foreground,
    one_hot_axis,
    replace_255,
)
from metrics_core.files.layouts import Aligned
from metrics_core.files.legends import Legend
from metrics_core.files.loading import Inference
from metrics_core.files.npy import Array
from metrics_core.files.refusals import refusal
from metrics_core.files.scores import (
    as_probabilities,
    from_logits,
    is_one_hot,
    not_scores,
    two_classes,
)

_VOID_ADVICE = "pass ignore_label={label} if it marks void pixels, or number the classes from 0"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where aligned arrays come from: names for messages and images, the user's choices, class names by label."""

    target: str
    prediction: str
    image_names: tuple[str, ...]
    choices: Choices
    most_classes: int
    names: Mapping[int, str] = field(default_factory=dict[int, str])
    legend: Legend | None = None


@dataclass(kw_only=True)
class Remarks:
    """Conclusions and notices gathered on the way."""

    inferred: list[Inference] = field(default_factory=list[Inference])
    notices: list[str] = field(default_factory=list[str])

    def infer(self, name: str, value: int | str, why: str) -> None:
        """Note a conclusion."""
        self.inferred.append(Inference(field=name, value=value, why=why))


@dataclass(frozen=True, kw_only=True)
class Interpreted:
    """Target labels and predicted labels or probabilities [image, class, *spatial], with what they imply."""

    target: Labels
    prediction: Labels | Array
    num_classes: int
    ignore_label: int | None
    remarks: Remarks


def interpret(aligned: Aligned, source: Source) -> Interpreted:
    """Decide what the values mean.

    Raises:
        FileError: values that are neither labels nor scores, or labels outside the classes.
    """
    remarks = Remarks()
    target = as_labels(
        aligned.target,
        where=source.target,
        image_names=source.image_names,
        advice="a target holds class numbers: were the two swapped?",
    )
    if target.was_float:
        remarks.infer("target_labels", "whole numbers", "target floats without fractions are read as labels")
    axis = one_hot_axis(target)
    if axis is not None:
        remarks.notices.append(
            f"the target holds a single 1 along axis {axis} everywhere; if it is one-hot, pass target_one_hot='first' "
            "or 'last' for where the classes are"
        )
    prediction = (_with_class_axis if aligned.has_class_axis else _one_value_a_pixel)(
        aligned.prediction, source, remarks
    )
    if isinstance(prediction, Labels):
        return _label_pair(target, prediction, source, remarks)
    return _label_and_scores(target, prediction, source, remarks)


def _one_value_a_pixel(values: Array, source: Source, remarks: Remarks) -> Labels | Array:
    wanted, where, names = source.choices.scores, source.prediction, source.image_names
    if wanted == "logits":
        remarks.notices.append("the sigmoid turned one logit a pixel into the probability of class 1")
        return from_logits(values, where=where, image_names=names, class_axis=False)
    if wanted == "labels" or (wanted == "infer" and is_whole(values)):
        if wanted == "infer":
            remarks.infer("scores", "labels", "the prediction has the target's shape and whole numbers")
        return as_labels(values, where=where, image_names=names)
    if values.dtype == np.uint8:
        return two_classes(values)
    if values.dtype.kind != "f":
        raise not_scores(values.dtype, where=where)
    scores, rounding = as_probabilities(values, where=where, image_names=names, class_axis=False)
    remarks.inferred.extend(rounding)
    if wanted == "infer":
        remarks.infer(
            "scores", "probabilities", "one fraction a pixel is the probability of class 1, class 0 has the rest"
        )
    return two_classes(scores)


def _with_class_axis(values: Array, source: Source, remarks: Remarks) -> Labels | Array:
    wanted, where, names = source.choices.scores, source.prediction, source.image_names
    if wanted == "logits":
        remarks.notices.append("softmax over the class axis turned the logits into probabilities")
        return from_logits(values, where=where, image_names=names, class_axis=True)
    if wanted == "infer" and values.dtype.kind in "biu" and is_one_hot(values):
        remarks.infer("scores", "labels", "integers with exactly one 1 along the class axis are one-hot labels")
        return as_labels(values.argmax(axis=1), where=where, image_names=names)
    why = "floats in [0, 1] with a class axis"
    if values.dtype.kind == "f":
        scores, rounding = as_probabilities(values, where=where, image_names=names, class_axis=True)
        remarks.inferred.extend(rounding)
    elif values.min() >= 0 and values.max() <= 1:
        scores, why = values.astype(np.float32), "zeros and ones with a class axis, but not one-hot"
    elif values.dtype == np.uint8:
        scores, why = values, "uint8 with a class axis stands for probability * 255"
    else:
        raise not_scores(values.dtype, where=where)
    if wanted == "infer":
        remarks.infer("scores", "probabilities", why)
    return scores


def _label_pair(target: Labels, prediction: Labels, source: Source, remarks: Remarks) -> Interpreted:
    choices = source.choices
    _refuse_soft_mask(target, prediction, source)
    both = target, prediction
    target = _binary(target, both[1].present, choices, remarks)
    prediction = _binary(prediction, both[0].present, choices, remarks)
    target, ignore_label = _void(target, choices.num_classes, source, remarks)
    if choices.prediction_first_label == 1:
        prediction = lowered(prediction, kept=ignore_label, zero=-1)
    num_classes = choices.num_classes
    if num_classes is None:
        inference = infer_num_classes(target, prediction, ignore_label, named=source.names, most=source.most_classes)
        remarks.inferred.append(inference)
        num_classes = int(inference.value)
    check_range(target, num_classes=num_classes, ignore_label=ignore_label, advice=_VOID_ADVICE)
    if choices.out_of_range == "refuse":
        advice = _stray_advice(target, prediction, num_classes, source.most_classes)
        check_range(prediction, num_classes=num_classes, ignore_label=ignore_label, advice=advice)
    remarks.notices.extend(_void_notices(target, ignore_label))
    remarks.notices.extend(_prediction_notices(target, prediction, num_classes, ignore_label))
    return Interpreted(
        target=target, prediction=prediction, num_classes=num_classes, ignore_label=ignore_label, remarks=remarks
    )


def _stray_advice(target: Labels, prediction: Labels, num_classes: int, most: int) -> str:
    """What to do about predicted labels outside the classes."""
    largest = prediction.present[-1]
    swapped = f"{SWAP_ADVICE}, else " if largest in VOID_LABELS and largest not in target.present else ""
    more = num_classes <= largest < most and fits_tables(len(prediction.values), largest + 1)
    raised = f"num_classes={largest + 1}, or " if more else ""
    return f"{swapped}pass {raised}out_of_range='count' to count it as an error"


def _label_and_scores(target: Labels, scores: Array, source: Source, remarks: Remarks) -> Interpreted:
    choices, num_classes = source.choices, scores.shape[1]
    if choices.num_classes not in (None, num_classes):
        expected = f"scores of {choices.num_classes} classes (num_classes={choices.num_classes})"
        todo = f"pass num_classes={num_classes} if the model scores so many"
        raise refusal(source.prediction, expected=expected, got=f"{num_classes}", todo=todo)
    if num_classes == 2:
        target = _binary(target, (0, 1), choices, remarks)
    if choices.num_classes is None:
        remarks.infer("num_classes", num_classes, "the prediction scores this many classes")
    target, ignore_label = _void(target, num_classes, source, remarks)
    check_range(target, num_classes=num_classes, ignore_label=ignore_label, advice=_VOID_ADVICE)
    remarks.notices.extend(_void_notices(target, ignore_label))
    return Interpreted(
        target=target, prediction=scores, num_classes=num_classes, ignore_label=ignore_label, remarks=remarks
    )


def _refuse_soft_mask(target: Labels, prediction: Labels, source: Source) -> None:
    """Refuse to take an 8-bit map of probabilities, or a mask blurred by JPEG, for hundreds of classes."""
    undeclared = source.choices.scores == "infer" and source.choices.num_classes is None
    eight_bit = prediction.values.dtype == np.uint8
    if undeclared and eight_bit and len(prediction.present) > SOFT_MASK_LABELS and set(target.present) <= {0, 1, 255}:
        got = f"{len(prediction.present)} different values for a target of labels {list(target.present)}"
        labels = f"scores='labels' and num_classes={prediction.present[-1] + 1}"
        todo = f"pass scores='probabilities' if they are probability * 255, or {labels}"
        raise refusal(source.prediction, expected="a few labels", got=got, todo=todo)


def _binary(labels: Labels, other: Sequence[int], choices: Choices, remarks: Remarks) -> Labels:
    if not means_foreground(labels, other, choices):
        return labels
    if choices.label_255 == "infer":
        remarks.infer("label_255", "foreground", f"{labels.where} holds only 0 and 255, so 255 is read as class 1")
    return replace_255(labels)


def _void(target: Labels, num_classes: int | None, source: Source, remarks: Remarks) -> tuple[Labels, int | None]:
    """The target numbered from 0, and its void label."""
    choices, most = source.choices, None if num_classes is None else num_classes + 1
    if choices.target_first_label == 0 or not _starts_at_one(target, num_classes, choices, remarks):
        return target, _void_label(target, num_classes, source, remarks)
    ignore_label = _void_label(target, most, source, remarks)
    if 0 in target.present and ignore_label is None:
        ignore_label = 255 if max(target.present) < 255 else 65_535
        remarks.infer("ignore_label", ignore_label, "label 0 lies below the first class, so it is void")
    return lowered(target, kept=ignore_label, zero=ignore_label), ignore_label


def _starts_at_one(target: Labels, num_classes: int | None, choices: Choices, remarks: Remarks) -> bool:
    """Whether the target's class 0 has label 1; concluded only where scores of C classes leave no other reading."""
    if choices.target_first_label != "infer":
        return True
    regular = [label for label in target.present if label not in (choices.ignore_label, *VOID_LABELS)]
    if num_classes is None or num_classes < 2 or not regular or (min(regular), max(regular)) != (1, num_classes):
        return False
    why = f"the target has labels 1..{num_classes} and no 0 for scores of {num_classes} classes"
    remarks.infer("target_first_label", 1, why)
    return True


def _void_label(target: Labels, num_classes: int | None, source: Source, remarks: Remarks) -> int | None:
    if source.choices.ignore_label != "infer":
        return source.choices.ignore_label
    if source.legend is not None and (named := source.legend.void) is not None:
        remarks.infer("ignore_label", named.label, f"{source.legend.where} calls this label '{named.name[:40]}'")
        return named.label
    inference = infer_void(target.present, num_classes)
    if inference is None:
        return None
    remarks.inferred.append(inference)
    return int(inference.value)


def _void_notices(target: Labels, ignore_label: int | None) -> list[str]:
    if ignore_label not in target.present:
        return []
    void = int(sum(bool(np.all(image == ignore_label)) for image in target.values))
    return [f"{void} of {len(target.values)} images are void everywhere and have no score"] if void else []


def _prediction_notices(target: Labels, prediction: Labels, num_classes: int, ignore_label: int | None) -> list[str]:
    notices: list[str] = []
    outside = [label for label in prediction.present if not 0 <= label < num_classes]
    if outside:
        wrong: NDArray[Any] = np.isin(prediction.values, np.array(outside, dtype=prediction.values.dtype))
        if ignore_label in target.present:
            wrong = wrong & (target.values != ignore_label)
        if wrong.any():
            notices.append(
                f"the prediction has {int(wrong.sum()):,} pixels of no class (labels {outside[:4]}), the first at "
                f"{prediction.place(wrong)}; they count against it"
            )
    return notices
