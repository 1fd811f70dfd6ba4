"""Averaging sentences: what the options that turn cells into one number do to given data."""

from __future__ import annotations

import math

import numpy as np

from metrics_core.disagreement import words
from metrics_core.disagreement.change import Change, Mask, zero_over_zero
from metrics_core.disagreement.states import State

_ORDERS = {
    "classes_then_images": "each of the {n} images is scored and the scores are averaged",
    "images_then_classes": "each class is averaged over the {n} images and then the classes are averaged",
    "all_cells": "the (image, class) scores of all {n} images are averaged at once",
    "per_image": "each of the {n} images is scored and the list of scores is averaged by hand",
    "per_class": "each class is averaged over the {n} images and the list of classes is averaged by hand",
    "per_cell": "the list of (image, class) scores of all {n} images is averaged by hand",
}


def pooling(change: Change) -> str:
    """Pixels of all images together, or image by image."""
    number, rule = change.statistics.num_images, change.after.convention
    if rule.pooling == "dataset":
        return (
            f"the pixels of {words.plural(number, 'image')} are pooled before dividing, instead of averaging by image"
        )
    text = f"{_order(rule.order, number)}, instead of pooling all pixels"
    per_image = change.after.with_options(order="per_image", digits=None)
    values = change.scorer.score(per_image).value.numpy() / rule.scale
    if rule.average == "none" or rule.order not in ("classes_then_images", "per_image") or np.isnan(values).all():
        return text
    return f"{text}: images score from {np.nanmin(values):.3f} to {np.nanmax(values):.3f}"


def order(change: Change) -> str:
    """Which mean comes first."""
    number = change.statistics.num_images
    before, after = change.before.convention.order, change.after.convention.order
    return f"{_order(after, number)}; before, {_order(before, number)}"


def _order(name: str, number: int) -> str:
    return _ORDERS[name].format(n=number)


def average(change: Change) -> str:
    """How classes are joined."""
    text = f"{_average(change.after)} instead of {_average(change.before)}"
    if change.after.convention.average == "weighted":
        text += weighted_mean_divisor(change, "; this weighted mean") if _divides_twice(change) else ""
    counts = change.counts()[0]
    support = (counts.tp + counts.fn).sum(0)
    if not support.any():
        return text
    largest = int(support.argmax())
    share = words.shown_share(support[largest], support.sum())
    return f"{text}: {words.one_class(largest, change.class_names)} holds {share} of the target pixels"


def _average(state: State) -> str:
    rule = state.convention
    if rule.average == "weighted":
        return f"a mean over classes weighted by {_weights(rule.weights)}"
    return {
        "macro": "a plain mean over classes (macro)",
        "micro": "one ratio of the counts summed over classes (micro)",
        "sum": "the sum over classes",
        "none": "a list of class scores averaged by hand",
    }[rule.average]


def _weights(weights: str | tuple[float, ...]) -> str:
    return "target pixels" if isinstance(weights, str) else ", ".join(words.number(weight) for weight in weights)


def weights(change: Change) -> str:
    """Which weights."""
    before, after = change.before.convention.weights, change.after.convention.weights
    return f"classes are weighted by {_weights(after)} instead of {_weights(before)}"


def _divides_twice(change: Change) -> bool:
    return change.after.convention.weighted_mean_divisor == "weights_and_classes"


def weighted_mean_divisor(change: Change, subject: str = "the weighted mean") -> str:
    """A weighted mean divided by the number of classes, too."""
    verb = "is also" if _divides_twice(change) else "is no longer"
    return f"{subject} {verb} divided by the number of classes, {change.statistics.num_classes}"


def excluded_classes(change: Change) -> str:
    """Classes that leave or join the average; their pixels count all the same."""
    before, after = set(change.before.convention.excluded_classes), set(change.after.convention.excluded_classes)
    what = "sums" if change.after.convention.average == "micro" else "mean"
    parts: list[str] = []
    for labels, verb in ((after - before, "leave"), (before - after, "join")):
        named = words.classes(sorted(labels), change.class_names) if labels else ""
        if len(labels) == 1:
            parts.append(f"{named}, {_own_score(change, min(labels))} on its own, {verb}s the {what}")
        elif labels:
            parts.append(f"{named} {verb} the {what}")
    return "; ".join(parts)


def _own_score(change: Change, label: int) -> str:
    others = tuple(other for other in range(change.statistics.num_classes) if other != label)
    alone = change.before.with_options(excluded_classes=others, average="macro", mean_epsilon=0.0, digits=None)
    return words.shown_score(change.scorer.value(alone))


def kept_classes(change: Change) -> str:
    """Which absent classes take part."""
    text = {
        "all": "every class takes part",
        "union": "only classes that the target or the prediction holds take part",
        "target": "only classes that the target holds take part",
        "raw_target": "only classes that the target holds, ignored pixels included, take part",
    }[change.after.convention.kept_classes]
    score, (before, after) = change.scores()[1], _kept(change)
    if before.shape != score.included.shape:
        return text
    absent = change.after.convention.absent_value
    drops = "dropped now" if math.isnan(absent) else f"now counted as {words.number(absent)}"
    parts = [
        f"{verb}: {change.where(mask, score)}"
        for mask, verb in ((before & ~after, drops), (after & ~before, "taking part now"))
        if (mask & score.included).any()
    ]
    return f"{text}; {'; '.join(parts) or 'the same here'}"


def _kept(change: Change) -> tuple[Mask, Mask]:
    before, after = change.counts()
    return before.kept(change.before.convention.kept_classes), after.kept(change.after.convention.kept_classes)


def absent_value(change: Change) -> str:
    """What a class that does not take part is worth."""
    score, (_, kept) = change.scores()[1], _kept(change)
    where = change.where(~kept, score) if kept.shape == score.included.shape else "no cell here"
    return f"an absent class {_verb(change, 'absent_value')}: {where}"


def zero_division(change: Change) -> str:
    """What 0/0 is worth."""
    score, counts = change.scores()[0], change.counts()[0]
    mask = zero_over_zero(score, counts)
    text = f"0/0 {_verb(change, change.options[0])}"
    if not mask.any():
        return f"{text}: no cell is 0/0 at this point"
    return f"{text}: {_cause(change, mask)} in {change.where(mask, score)}"


def _cause(change: Change, mask: Mask) -> str:
    counts = change.counts()[0]
    if mask.shape != counts.tp.shape:
        return "nothing to divide by"
    no_target, no_prediction = (counts.tp + counts.fn)[mask] == 0, (counts.tp + counts.fp)[mask] == 0
    if (no_target & no_prediction).all():
        return "neither target nor predicted pixels"
    if no_target.all():
        return "no target pixel"
    return "no predicted pixel" if no_prediction.all() else "nothing to divide by"


def _verb(change: Change, name: str) -> str:
    before, after = change.in_words(name)
    words_for_none = ("dropped", "undefined")
    if after in words_for_none:
        return f"is {after} instead of {before if before in words_for_none else f'counting as {before}'}"
    return f"counts as {after} instead of {f'being {before}' if before in words_for_none else before}"


def undefined(change: Change) -> str:
    """What an undefined cell does to the mean."""
    score = change.scores()[0]
    where = change.where(np.isnan(score.cells), score)
    if change.after.convention.undefined == "propagate":
        return f"an undefined cell makes the mean undefined instead of being skipped: {where}"
    return f"an undefined cell is skipped instead of making the mean undefined: {where}"


def nothing_left(change: Change) -> str:
    """The score when every cell is skipped."""
    before, after = change.in_words()
    return f"with nothing left to average, the score is {after} instead of {before}"


def epsilon(change: Change) -> str:
    """A constant in every denominator."""
    before, after = change.in_words()
    score = change.scores()[0]
    smallest = float(np.nanmin(np.where(score.included, score.denominators, np.nan)))
    return f"{after} is added to every denominator instead of {before}; the smallest here is {words.number(smallest)}"


def mean_epsilon(change: Change) -> str:
    """A constant in the denominator of the mean."""
    before, after = change.in_words()
    return f"{after} is added to the number of averaged classes instead of {before}"


def printing(change: Change) -> str:
    """Scale and digits."""
    rule = change.after.convention
    unit = "in per cent" if rule.scale == 100 else f"times {words.number(rule.scale)}"
    text = "as a fraction" if rule.scale == 1 else unit
    rounded = "without rounding" if rule.digits is None else f"rounded to {words.plural(rule.digits, 'digit')}"
    return f"the same score is given {text}, {rounded}"
