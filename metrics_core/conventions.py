"""Conventions: every choice a library makes between counts and the number it prints."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from numbers import Real
from types import NoneType
from typing import Any, Literal

from metrics_core.arguments import refuse_other_choices
from metrics_core.bins import Tie, Void
from metrics_core.inputs import whole_number

IgnoredPixels = Literal["removed", "kept_as_false_positives"]
OutOfRange = Literal["false_negative", "pixel_removed"]
ClassSet = Literal["fixed", "up_to_largest", "seen"]
Pooling = Literal["dataset", "image"]
Average = Literal["none", "micro", "macro", "weighted", "sum"]
Order = Literal["classes_then_images", "images_then_classes", "all_cells", "per_image", "per_class", "per_cell"]
Divisor = Literal["weights", "weights_and_classes"]
KeptClasses = Literal["all", "union", "target", "raw_target"]
Undefined = Literal["skip", "propagate"]

MOST_DIGITS = 17  # a float64 has no more
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
        refuse_other_choices(self, prefix="convention option ", error=ValueError)
        for name, extra in _NUMBERS.items():
            if type(value := getattr(self, name)) is not float and not _is_number(value, extra):
                raise ValueError(f"{name} must be a number{_or(extra)}; got {value!r}")
        if self.digits is not None and (type(self.digits) is not int or not 0 <= self.digits <= MOST_DIGITS):
            raise ValueError(f"digits must be a whole number 0..{MOST_DIGITS}, or None; got {self.digits!r}")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold must lie in [0, 1] or be None for argmax; got {self.threshold}")
        for name in ("zero_division", "micro_zero_division"):
            if (value := getattr(self, name)) is not None and not (math.isnan(value) or -1 <= value <= 1):
                raise ValueError(f"{name} must lie in [-1, 1], or be NaN to leave 0/0 undefined; got {value}")
        for name in ("epsilon", "mean_epsilon", "scale"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a finite number, not below 0; got {getattr(self, name)}")
        # Equal conventions compare equal, in whatever form their lists came; classes are a set.
        object.__setattr__(self, "weights", _weights(self.weights))
        for name in ("ignored_classes", "excluded_classes"):
            object.__setattr__(self, name, _classes(getattr(self, name), name))

    def key(self, names: tuple[str, ...] | None = None) -> tuple[object, ...]:
        """Hashable value of the named options (default: all) in which NaN equals NaN."""
        values = (getattr(self, name) for name in names or OPTION_NAMES)
        return tuple("nan" if isinstance(value, float) and math.isnan(value) else value for value in values)

    def differences(self, other: Convention) -> tuple[str, ...]:
        """Names of the options in which two conventions differ, in the order of declaration; NaN equals NaN."""
        pairs = zip(OPTION_NAMES, self.key(), other.key(), strict=True)
        return tuple(name for name, mine, theirs in pairs if mine != theirs)


# Options that are numbers, and what else they may be.
_NUMBERS: dict[str, tuple[object, ...]] = {
    "threshold": (None,),
    "absent_value": (),
    "zero_division": (),
    "micro_zero_division": (None,),
    "nothing_left": (),
    "zero_weight": ("unweighted", None),
    "epsilon": (),
    "mean_epsilon": (),
    "scale": (),
}


def _is_number(value: object, extra: tuple[object, ...] = ()) -> bool:
    """Whether a value is a real number, or one of a few others."""
    if isinstance(value, (str, NoneType)):
        return value in extra
    return not isinstance(value, bool) and isinstance(value, Real)


def _or(extra: tuple[object, ...]) -> str:
    return "".join(f" or {choice!r}" for choice in extra)


def _weights(given: Any) -> Literal["support"] | tuple[float, ...]:
    """Weights as a tuple of numbers, whatever holds them."""
    if isinstance(given, str) and given == "support":
        return "support"
    listed: Any = getattr(given, "tolist", lambda: given)()
    if isinstance(listed, str) or not isinstance(listed, Iterable):
        raise ValueError(f"weights must be one number a class or 'support'; got {given!r}")
    numbers: list[Any] = list(listed)
    if not all(_is_number(each) and math.isfinite(each) for each in numbers):
        raise ValueError(f"weights must be finite numbers or 'support'; got {given!r}")
    return tuple(float(each) for each in numbers)


def _classes(given: Any, name: str) -> tuple[int, ...]:
    """Labels in order, each once."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ValueError(f"{name} must be a list of classes, such as (0,); got {given!r}")
    return tuple(sorted({whole_number(label, f"each class of {name}") for label in given}))


OPTION_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Convention))

# "Balanced accuracy" is no formula of its own: it is recall under this convention.
BALANCED_ACCURACY = Convention(average="macro", kept_classes="target")
