"""Arguments: which values a library's parameter takes, and what to say about the others."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from metrics_core.formulas import LARGEST_BETA

REQUIRED = object()
Accept = Callable[[Any, int], Any]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter: accept(value, num_classes) returns the value to work with, or raises for one it does not take."""

    expected: str
    accept: Accept
    default: object = REQUIRED

    def read(self, value: object, num_classes: int) -> object:
        """The value to work with.

        Raises:
            ValueError: the library does not take this value; the message says what it takes.
        """
        try:
            return self.accept(value, num_classes)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"must be {self.expected}; got {value!r}") from error


def one_of(*values: object, default: object = REQUIRED) -> Parameter:
    """One of the listed values; numbers are compared by value, NaN equals NaN."""

    def accept(value: Any, num_classes: int) -> object:
        for known in values:
            same = value == known or (_is_nan(value) and _is_nan(known))
            if same and isinstance(value, bool) == isinstance(known, bool):
                return known
        raise ValueError

    return Parameter(expected=" or ".join(map(repr, values)), accept=accept, default=default)


def flag(default: bool) -> Parameter:
    """True or False."""
    return one_of(True, False, default=default)


def number(expected: str = "a number", *, above: float = -math.inf, default: object = REQUIRED) -> Parameter:
    """A real number greater than above (NaN passes); None only where that is the default."""

    def accept(value: Any, num_classes: int) -> object:
        if value is None and default is None:
            return None
        if value is None or isinstance(value, (bool, str)) or float(value) <= above:
            raise ValueError
        return float(value)

    return Parameter(expected=expected, accept=accept, default=default)


def beta(default: object = REQUIRED, *, infinite: bool = False) -> Parameter:
    """The beta of an F-beta score: 0 is precision, and infinity, where the library takes it, recall."""

    def accept(value: Any, num_classes: int) -> float:
        if isinstance(value, (bool, str)) or not (
            0 <= float(value) <= LARGEST_BETA or (infinite and value == math.inf)
        ):
            raise ValueError
        return float(value)

    limit = " or inf" if infinite else ""
    return Parameter(expected=f"a number from 0 to {LARGEST_BETA:g}{limit}", accept=accept, default=default)


def zero_division(default: float, *, words: Mapping[str, float], values: tuple[float, ...] = ()) -> Parameter:
    """A number for 0/0, of the listed ones if any are; words such as "warn" stand for numbers."""

    def accept(value: Any, num_classes: int) -> float:
        if isinstance(value, str) and value in words:
            return words[value]
        listed = not values or any(value == known or (_is_nan(value) and _is_nan(known)) for known in values)
        if isinstance(value, (bool, str)) or not listed:
            raise ValueError
        return float(value)

    listed = [repr(word) for word in words] + ([f"{v:g}" for v in values] or ["a number"])
    return Parameter(expected=" or ".join(listed), accept=accept, default=default)


def classes(default: object = REQUIRED) -> Parameter:
    """A list of different classes 0..C-1; None only where that is the default."""

    def accept(value: Any, num_classes: int) -> object:
        if value is None and default is None:
            return None
        labels = tuple(operator.index(label) for label in np.asarray(value).reshape(-1).tolist())
        known = set(range(num_classes))
        if not labels or len(set(labels)) != len(labels) or not known.issuperset(labels):
            raise ValueError
        return labels

    none = " or None" if default is None else ""
    return Parameter(expected=f"a list of different classes 0..num_classes-1{none}", accept=accept, default=default)


def class_weights() -> Parameter:
    """One weight a class, or None."""

    def accept(value: Any, num_classes: int) -> object:
        if value is None:
            return None
        weights = tuple(float(weight) for weight in np.asarray(value).reshape(-1).tolist())
        if len(weights) != num_classes:
            raise ValueError
        return weights

    return Parameter(expected="one weight a class, or None", accept=accept, default=None)


def read_arguments(
    function: str, parameters: Mapping[str, Parameter], given: Mapping[str, object], num_classes: int
) -> dict[str, Any]:
    """Every parameter's value, from what was given and from the defaults.

    Raises:
        ValueError: an unknown or missing argument, or a value the library does not take; the message lists what exists.
    """
    for name in given:
        if name not in parameters:
            raise ValueError(f"{function} has no argument {name!r}; it has {_listed(parameters)}")
    values: dict[str, Any] = {}
    for name, parameter in parameters.items():
        if name not in given and parameter.default is REQUIRED:
            raise ValueError(f"{function} needs the argument {name}, {parameter.expected}")
        try:
            values[name] = parameter.read(given[name], num_classes) if name in given else parameter.default
        except ValueError as error:
            raise ValueError(f"{function}: {name} {error}") from error
    return values


def frozen(value: Any) -> Any:
    """A hashable twin of an argument: lists, arrays and tensors become tuples."""
    if isinstance(value, (str, int, float, type(None))):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    return tuple(frozen(part) for part in value) if isinstance(value, Iterable) else value


def _listed(parameters: Mapping[str, Parameter]) -> str:
    return ", ".join(f"{name} ({parameter.expected})" for name, parameter in parameters.items()) or "no arguments"


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
