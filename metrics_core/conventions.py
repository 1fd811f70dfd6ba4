"""Conventions: every choice a library makes between counts and the number it prints."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, get_args

from metrics_core.bins import Tie, Void

IgnoredPixels = Literal["removed", "kept_as_false_positives"]
OutOfRange = Literal["false_negative", "pixel_removed"]
ClassSet = Literal["fixed", "up_to_largest", "seen"]
Pooling = Literal["dataset", "image"]
Average = Literal["none", "micro", "macro", "weighted", "sum"]
Order = Literal["classes_then_images", "images_then_classes", "all_cells", "per_image", "per_class", "per_cell"]
Divisor = Literal["weights", "weights_and_classes"]
KeptClasses = Literal["all", "union", "target", "raw_target"]
Undefined = Literal["skip", "propagate"]

_CHOICES: dict[str, tuple[object, ...]] = {
    "ignored_pixels": get_args(IgnoredPixels),
    "void": get_args(Void),
    "out_of_range": get_args(OutOfRange),
    "class_set": get_args(ClassSet),
    "threshold_tie": get_args(Tie),
    "pooling": get_args(Pooling),
    "average": get_args(Average),
    "order": get_args(Order),
    "weighted_mean_divisor": get_args(Divisor),
    "kept_classes": get_args(KeptClasses),
    "undefined": get_args(Undefined),
    "undefined_images": (*get_args(Undefined), None),
}
# The options that decide which pixels count for which class; two conventions equal in these share their counts.
COUNTING_OPTIONS = (
    "ignored_classes",
    "ignored_pixels",
    "void",
    "out_of_range",
    "threshold",
    "threshold_tie",
    "pooling",
)


@dataclass(frozen=True, kw_only=True)
class Convention:
    """How counts become a score; the defaults are a pooled macro mean that skips undefined classes.

    A *cell* is one (image, class) pair, or one class when images are pooled.

    Counting
        ignored_classes: target pixels of these classes are taken out of every count.
        ignored_pixels: or they stay as false positives of the other classes, while the class itself counts as empty.
        void: what target pixels outside 0..C-1 do: leave every count, or stay as false positives.
        out_of_range: a prediction outside 0..C-1 is a false negative of the true class, or its pixel is removed.
        class_set: all C classes, only 0..largest label seen, or only those seen in the target or the prediction.
        threshold: None takes the counted labels (argmax); a number in [0, 1] decides each class by its own score.
        threshold_tie: whether a score equal to the threshold is positive.
    Averaging
        pooling: sum the counts of all images first, or score each image.
        average: none, micro (sum numerators and denominators), macro, weighted, or sum over classes.
        order: for pooling="image": what is averaged first, or what stays unaveraged.
        weights: "support" or one weight a class, for average="weighted".
        weighted_mean_divisor: divide by the weights, or by the number of classes once more.
        excluded_classes: classes left out of the average; their pixels still count for the others (background out).
    Undefined
        kept_classes: cells that take part: all, target or prediction not empty (union), target not empty (target),
            target not empty before ignoring (raw_target).
        absent_value: value of a cell that does not take part; NaN leaves it undefined.
        zero_division: value of 0/0 in a cell that takes part; NaN leaves it undefined.
        micro_zero_division: the same for the micro average; None means zero_division.
        undefined: an undefined cell is skipped by the mean, or makes the mean undefined.
        undefined_images: the same for the second of two means; None means as undefined.
        nothing_left: the score when every cell was skipped.
        zero_weight: the weighted score when all weights are zero: a number, "unweighted", or None for nothing_left.
    Numbers
        epsilon: added to every denominator. mean_epsilon: added to the number of averaged classes.
        scale: 100 for per cent; numbers for undefined scores, too. digits: round to this many decimals, or None.

    Raises:
        ValueError: an option has a value outside its list or range.
    """

    ignored_classes: tuple[int, ...] = ()
    ignored_pixels: IgnoredPixels = "removed"
    void: Void = "removed"
    out_of_range: OutOfRange = "false_negative"
    class_set: ClassSet = "fixed"
    threshold: float | None = None
    threshold_tie: Tie = ">="
    pooling: Pooling = "dataset"
    average: Average = "macro"
    order: Order = "classes_then_images"
    weights: Literal["support"] | tuple[float, ...] = "support"
    weighted_mean_divisor: Divisor = "weights"
    excluded_classes: tuple[int, ...] = ()
    kept_classes: KeptClasses = "all"
    absent_value: float = math.nan
    zero_division: float = math.nan
    micro_zero_division: float | None = None
    undefined: Undefined = "skip"
    undefined_images: Undefined | None = None
    nothing_left: float = math.nan
    zero_weight: float | Literal["unweighted"] | None = None
    epsilon: float = 0.0
    mean_epsilon: float = 0.0
    scale: float = 1.0
    digits: int | None = None

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if (value := getattr(self, name)) not in allowed:
                listed = ", ".join(repr(choice) for choice in allowed)
                raise ValueError(f"convention option {name} must be one of {listed}; got {value!r}")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold must lie in [0, 1] or be None for argmax; got {self.threshold}")
        for name in ("zero_division", "micro_zero_division"):
            if (value := getattr(self, name)) is not None and not (math.isnan(value) or -1 <= value <= 1):
                raise ValueError(f"{name} must lie in [-1, 1], or be NaN to leave 0/0 undefined; got {value}")
        for name in ("epsilon", "mean_epsilon", "scale"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a finite number, not below 0; got {getattr(self, name)}")
        if self.weights != "support" and not all(math.isfinite(weight) for weight in self.weights):
            raise ValueError(f"weights must be finite numbers or 'support'; got {self.weights}")
        # Classes are a set: sorted, so that equal conventions compare equal.
        for name in ("ignored_classes", "excluded_classes"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))

    def key(self, names: tuple[str, ...] | None = None) -> tuple[object, ...]:
        """Hashable value of the named options (default: all) in which NaN equals NaN."""
        values = (getattr(self, name) for name in names or OPTION_NAMES)
        return tuple("nan" if isinstance(value, float) and math.isnan(value) else value for value in values)

    def differences(self, other: Convention) -> tuple[str, ...]:
        """Names of the options in which two conventions differ, in the order of declaration; NaN equals NaN."""
        pairs = zip(OPTION_NAMES, self.key(), other.key(), strict=True)
        return tuple(name for name, mine, theirs in pairs if mine != theirs)


OPTION_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Convention))

# "Balanced accuracy" is no formula of its own: it is recall under this convention.
BALANCED_ACCURACY = Convention(average="macro", kept_classes="target")
