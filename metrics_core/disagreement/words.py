"""Words: names of options and of their values, classes, cells and numbers, as plain text."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metrics_core.conventions import Convention
from metrics_core.statistics import Statistics

Mask = NDArray[np.bool_]

# Short labels, for the steps of a waterfall.
LABELS: dict[str, str] = {
    "formula": "formula",
    "library": "library's own ways",
    "ignored_classes": "ignored classes",
    "ignored_pixels": "pixels of ignored classes",
    "void": "void pixels",
    "out_of_range": "predictions of no class",
    "class_set": "number of classes",
    "threshold": "threshold",
    "threshold_tie": "ties at the threshold",
    "pooling": "pooling",
    "average": "average",
    "order": "order of the means",
    "weights": "class weights",
    "weighted_mean_divisor": "divisor of the weighted mean",
    "excluded_classes": "classes out of the mean",
    "kept_classes": "absent classes",
    "absent_value": "value of absent classes",
    "zero_division": "0/0",
    "micro_zero_division": "0/0 of the sums",
    "undefined": "undefined cells",
    "undefined_images": "undefined means",
    "nothing_left": "nothing left to average",
    "zero_weight": "weights that are all 0",
    "epsilon": "epsilon",
    "mean_epsilon": "epsilon in the mean",
    "scale": "scale",
    "digits": "rounding",
}
_VALUES: dict[tuple[str, object], str] = {
    ("average", "macro"): "mean over classes (macro)",
    ("average", "micro"): "sums over classes (micro)",
    ("average", "weighted"): "weighted mean over classes",
    ("average", "sum"): "sum over classes",
    ("average", "none"): "list of classes, averaged by hand",
    ("pooling", "dataset"): "all images pooled",
    ("pooling", "image"): "each image scored",
    ("order", "classes_then_images"): "classes, then images",
    ("order", "images_then_classes"): "images, then classes",
    ("order", "all_cells"): "all cells at once",
    ("order", "per_image"): "list of images, averaged by hand",
    ("order", "per_class"): "list of classes, averaged by hand",
    ("order", "per_cell"): "list of cells, averaged by hand",
    ("kept_classes", "all"): "kept",
    ("kept_classes", "union"): "dropped when never predicted either",
    ("kept_classes", "target"): "dropped",
    ("kept_classes", "raw_target"): "dropped, judged before ignoring",
    ("void", "removed"): "leave every count",
    ("void", "false_positive"): "false positives",
    ("out_of_range", "false_negative"): "false negatives",
    ("out_of_range", "pixel_removed"): "pixel removed",
    ("ignored_pixels", "removed"): "leave every count",
    ("ignored_pixels", "kept_as_false_positives"): "false positives of other classes",
    ("class_set", "fixed"): "all classes",
    ("class_set", "up_to_largest"): "up to the largest label seen",
    ("class_set", "seen"): "only classes seen",
    ("undefined", "skip"): "skipped",
    ("undefined", "propagate"): "make the mean undefined",
    ("undefined_images", "skip"): "skipped",
    ("undefined_images", "propagate"): "make the mean undefined",
    ("undefined_images", None): "as undefined cells",
    ("weighted_mean_divisor", "weights"): "sum of the weights",
    ("weighted_mean_divisor", "weights_and_classes"): "sum of the weights times the number of classes",
    ("weights", "support"): "target pixels",
    ("zero_weight", "unweighted"): "plain mean",
    ("zero_weight", None): "as nothing left",
    ("threshold", None): "highest score wins",
    ("digits", None): "none",
    ("scale", 100.0): "per cent",
    ("scale", 1.0): "fraction",
}


def option_value(name: str, rule: Convention, class_names: Sequence[str]) -> str:
    """Value of one option in words."""
    value = getattr(rule, name)
    if name == "micro_zero_division" and value is None:
        return option_value("zero_division", rule, class_names)
    if name in ("ignored_classes", "excluded_classes"):
        return classes(value, class_names) if value else "none"
    if isinstance(value, float) and math.isnan(value):
        return "undefined" if name == "nothing_left" or rule.undefined == "propagate" else "dropped"
    if name == "weights" and value != "support":
        return ", ".join(number(weight) for weight in rule.weights)
    return _VALUES.get((name, value)) or number(value)


def number(value: object) -> str:
    """A number as one writes it in a sentence; anything else as it is."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def shown_score(value: float) -> str:
    """A score with three decimals."""
    return "undefined" if math.isnan(value) else f"{value:.3f}".replace("-", "−")


def shown_count(value: float) -> str:
    """A count with thousands separated."""
    return f"{int(value):,}"


def shown_share(part: float, whole: float) -> str:
    """A share in per cent; never 0 % or 100 % for a part that is neither."""
    if whole == 0:
        return "0 %"
    share = 100 * part / whole
    if part in (0, whole):
        return f"{share:.0f} %"
    if share < 0.1:
        return "less than 0.1 %"
    return "more than 99.9 %" if share > 99.9 else f"{share:.1f} %"


def plural(amount: float, singular: str, plural_form: str = "") -> str:
    """An amount with its noun."""
    return f"{shown_count(amount)} {singular if amount == 1 else plural_form or singular + 's'}"


def one_class(label: int, class_names: Sequence[str]) -> str:
    """A class with its number and its name, if it has one of its own."""
    name = class_names[label]
    return f"class {label}" if name in (str(label), f"class {label}") else f"class {label} ({name})"


def classes(labels: Sequence[int], class_names: Sequence[str]) -> str:
    """Some classes: by name up to three, by number of them beyond."""
    if len(labels) > 3:
        return f"{len(labels)} of {len(class_names)} classes"
    named = [one_class(label, class_names).removeprefix("class ") for label in labels]
    noun = "class" if len(named) == 1 else "classes"
    return f"{noun} {named[0]}" if len(named) == 1 else f"{noun} {', '.join(named[:-1])} and {named[-1]}"


def cells(mask: Mask, statistics: Statistics, *, included: Mask) -> str:
    """Which cells [image or 1, class or 1] a mask names, out of those included."""
    images, width = mask.shape
    if width != statistics.num_classes:
        return "the sums over classes" if images == 1 else f"{shown_count(mask.sum())} of {plural(images, 'image')}"
    if images == 1:
        return classes(np.flatnonzero(mask[0]).tolist(), statistics.class_names)
    of_classes = np.flatnonzero(included.any(0))
    touched = int(mask.any(1).sum())
    if of_classes.size == 1:
        return f"{one_class(int(of_classes[0]), statistics.class_names)} in {touched} of {plural(images, 'image')}"
    text = f"{shown_count(mask.sum())} of {shown_count(included.sum())} (image, class) cells"
    if _are_images_of_class_0(mask, statistics):
        only = one_class(0, statistics.class_names)
        return f"{text}, in the {touched} of {plural(images, 'image')} whose target holds nothing but {only}"
    return f"{text}, in {touched} of {plural(images, 'image')}"


def _are_images_of_class_0(mask: Mask, statistics: Statistics) -> bool:
    support = statistics.per_image.rows
    if support.shape[1] < 2 or not mask.any():
        return False
    return bool((mask.any(1) == (support[:, 1:].sum(1) == 0)).all())
