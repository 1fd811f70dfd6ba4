"""Sanity: what makes a readable target and prediction look wrong all the same, each with its evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Check = Literal[
    "identical",
    "swapped",
    "smoothed",
    "softmax_axis",
    "sums",
    "off_by_one",
    "never_predicted",
    "only_predicted",
    "void",
]

SUM_TOLERANCE = 0.01
VOID_SHARE = 0.2
_PREDICTED = re.compile(r"(?<![a-z])(pred\w*|outputs?|results?|prob\w*|logits?|scores?)(?![a-z])", re.IGNORECASE)
_TRUE = re.compile(r"(?<![a-z])(gt|targets?|masks?|labels?|truth|ground_?truth|y_true)(?![a-z])", re.IGNORECASE)
_SHOWN = 5
_ENOUGH_PIXELS = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Caution:
    """Something that looks wrong: which check found it, and a sentence with the evidence and the way out."""

    check: Check
    text: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the checks look at.

    target: labels [image, *spatial]. labels: predicted ones of the same shape. scores: [image, class, *spatial] or
    None. The files are known by their names.
    """

    target: Array
    labels: Array
    scores: Array | None
    ignore_label: int | None
    class_names: tuple[str, ...]
    target_files: tuple[str, ...] = ()
    prediction_files: tuple[str, ...] = ()

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Which pixels are not void."""
        return np.ones(self.target.shape, np.bool_) if self.ignore_label is None else self.target != self.ignore_label

    @cached_property
    def present(self) -> tuple[set[int], set[int]]:
        """Labels of the target, and predicted ones, at pixels that are not void."""
        return _distinct(self.target, self.valid), _distinct(self.labels, self.valid)

    @property
    def looked_at(self) -> int:
        """How many images the costlier checks look at."""
        return max(1, _ENOUGH_PIXELS // max(1, self.target[0].size))


def find_cautions(
    target: Array,
    prediction: Array,
    *,
    ignore_label: int | None,
    class_names: Sequence[str],
    target_files: Sequence[str] = (),
    prediction_files: Sequence[str] = (),
) -> tuple[Caution, ...]:
    """Everything that looks wrong about a target and a prediction that could be read.

    target: labels [image, *spatial]. prediction: labels of that shape, or scores [image, class, *spatial].
    """
    scored = prediction.ndim > target.ndim
    labels = np.stack([image.argmax(axis=0) for image in prediction]) if scored else prediction
    evidence = Evidence(
        target=target,
        labels=labels,
        scores=prediction if scored else None,
        ignore_label=ignore_label,
        class_names=tuple(class_names),
        target_files=tuple(target_files),
        prediction_files=tuple(prediction_files),
    )
    return tuple(
        Caution(check=check, text=text) for check, look in _CHECKS.items() for text in [look(evidence)] if text
    )


def _identical(evidence: Evidence) -> str:
    if evidence.scores is not None or not np.array_equal(evidence.target, evidence.labels):
        return ""
    return "target and prediction are identical, so every score is perfect; was one file given twice?"


def _swapped(evidence: Evidence) -> str:
    told = (_PREDICTED, evidence.target_files), (_TRUE, evidence.prediction_files)
    found = [next((hit for name in names if (hit := words.search(name))), None) for words, names in told]
    denied = any(_TRUE.search(name) for name in evidence.target_files) or any(
        _PREDICTED.search(name) for name in evidence.prediction_files
    )
    if denied or not all(found):
        return ""
    first, second = (hit.group() if hit else "" for hit in found)
    return (
        f"the target's files are called '{first}' and the prediction's '{second}'; were the two swapped? "
        "Precision and recall would change places"
    )


def _smoothed(evidence: Evidence) -> str:
    sides = [("target", evidence.target)]
    sides += [] if evidence.scores is not None else [("prediction", evidence.labels)]
    texts = [text for side, values in sides if (text := _smoothed_side(side, values[: evidence.looked_at]))]
    return "; ".join(texts)


def _smoothed_side(side: str, values: Array) -> str:
    """Rare labels that hardly ever lie beside their like are what interpolation and JPEG leave at borders."""
    if values.ndim < 3 or values.shape[-1] < 3:
        return ""
    labels, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    rare = counts < 0.01 * values.size
    if len(labels) < 8 or int(rare.sum()) < 4 or counts[rare].sum() < 0.001 * values.size:
        return ""
    is_rare = rare[inverse.reshape(values.shape)]
    beside = np.zeros(values.shape, np.bool_)
    same = values[..., 1:] == values[..., :-1]
    beside[..., 1:] |= same
    beside[..., :-1] |= same
    alone = 1 - float(beside[is_rare].mean())
    if alone < 0.6:
        return ""
    return (
        f"{int(rare.sum())} of the {side}'s {len(labels)} labels are rare, and {alone:.0%} of their pixels have no "
        "equal neighbour in the row; was the mask resized with interpolation or saved as JPEG? Resize by nearest pixel"
    )


def _sums(evidence: Evidence) -> str:
    return "" if evidence.scores is None or _other_axis(evidence.scores) is not None else _sum_text(evidence.scores)


def _sum_text(scores: Array) -> str:
    wrong, low, high = _wrong_sums(scores, axis=1)
    if wrong <= 0:
        return ""
    return (
        f"{wrong:.1%} of pixels have scores that do not sum to 1 (sums run from {low:.3g} to {high:.3g}); "
        "each class is scored on its own, and argmax still picks the largest"
    )


def _softmax_axis(evidence: Evidence) -> str:
    axis = None if evidence.scores is None else _other_axis(evidence.scores)
    if axis is None:
        return ""
    name = "images" if axis == 0 else f"spatial axis {axis - 1}"
    return f"scores sum to 1 over the {name} instead of the classes; was softmax taken over the wrong axis?"


def _other_axis(scores: Array) -> int | None:
    """The axis other than that of classes along which scores sum to 1, where those of classes do not."""
    if _wrong_sums(scores, axis=1)[0] < 0.5:
        return None
    axes = [axis for axis in range(scores.ndim) if axis != 1 and scores.shape[axis] > 1]
    return next((axis for axis in axes if _wrong_sums(scores, axis=axis)[0] < 0.01), None)


def _wrong_sums(scores: Array, *, axis: int) -> tuple[float, float, float]:
    """The share of sums that are not 1, the smallest and the largest sum; uint8 stands for probability * 255."""
    whole, tolerance = (255.0, 0.5 * scores.shape[axis] + 0.01) if scores.dtype == np.uint8 else (1.0, SUM_TOLERANCE)
    parts = [scores] if axis == 0 else [image[None] for image in scores]
    sums = [part.sum(axis=axis, dtype=np.float64) for part in parts]
    wrong = sum(int((np.abs(each - whole) > tolerance).sum()) for each in sums)
    low, high = min(float(each.min()) for each in sums), max(float(each.max()) for each in sums)
    return wrong / sum(each.size for each in sums), low / whole, high / whole


def _off_by_one(evidence: Evidence) -> str:
    valid = evidence.valid[: evidence.looked_at]
    true, predicted = (
        side[: evidence.looked_at][valid].astype(np.int64) for side in (evidence.target, evidence.labels)
    )
    if not true.size:
        return ""
    agree = {shift: float(np.mean(true + shift == predicted)) for shift in (-1, 0, 1)}
    best = max(agree, key=lambda shift: agree[shift])
    if best == 0 or agree[best] < 0.5 or agree[best] < agree[0] + 0.2:
        return ""
    way = "target_first_label=1" if best == -1 else "prediction_first_label=1"
    return (
        f"{agree[0]:.0%} of pixels agree, but {agree[best]:.0%} if the target's labels were "
        f"{'lower' if best == -1 else 'higher'} by one; is one side numbered from 1? Pass {way}"
    )


def _never_predicted(evidence: Evidence) -> str:
    true, predicted = evidence.present
    return _name_labels(sorted(true - predicted), evidence, "in the target but never predicted")


def _only_predicted(evidence: Evidence) -> str:
    true, predicted = evidence.present
    return _name_labels(sorted(predicted - true), evidence, "predicted but never in the target")


def _distinct(values: Array, valid: NDArray[np.bool_]) -> set[int]:
    return {int(label) for image, kept in zip(values, valid, strict=True) for label in np.unique(image[kept])}


def _name_labels(labels: list[int], evidence: Evidence, what: str) -> str:
    if not labels:
        return ""
    names = evidence.class_names
    shown = [names[label] if 0 <= label < len(names) else f"label {label}" for label in labels[:_SHOWN]]
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return f"{', '.join(name[:40] for name in shown)}{more}: {what}"


def _void(evidence: Evidence) -> str:
    share = 1 - float(evidence.valid.mean())
    if share <= VOID_SHARE:
        return ""
    return f"{share:.0%} of the target's pixels are void (label {evidence.ignore_label}); is that label really void?"


_CHECKS: dict[Check, Callable[[Evidence], str]] = {
    "identical": _identical,
    "swapped": _swapped,
    "smoothed": _smoothed,
    "softmax_axis": _softmax_axis,
    "sums": _sums,
    "off_by_one": _off_by_one,
    "never_predicted": _never_predicted,
    "only_predicted": _only_predicted,
    "void": _void,
}
