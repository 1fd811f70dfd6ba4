"""Finding: a library's function and its arguments to a preset, and the list of presets worth comparing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from metrics_core.arguments import number_of_classes
from metrics_core.inputs import InputError, whole_number
from metrics_core.presets import (
    elektronn3,
    evaluate,
    keras,
    lightning,
    metricsreloaded,
    mmseg,
    monai,
    nnunet,
    sklearn,
    smp,
    torcheval,
    torchmetrics,
    torchmetrics_0_9,
    torchmetrics_segmentation,
)
from metrics_core.presets.curve_areas import CURVE_FUNCTIONS, curve_preset, list_curve_presets
from metrics_core.presets.functions import Function, UnsupportedError, make_preset
from metrics_core.presets.record import Preset

_LIBRARIES = (
    elektronn3,
    lightning,
    torchmetrics,
    torchmetrics_segmentation,
    torchmetrics_0_9,
    keras,
    smp,
    sklearn,
    monai,
    mmseg,
    evaluate,
    nnunet,
    torcheval,
    metricsreloaded,
)


@cache
def label_functions() -> dict[str, Function]:
    """Every library function on labels that has presets, by name."""
    return {function.name: function for library in _LIBRARIES for function in library.FUNCTIONS}


def find_function(name: str) -> Function:
    """A function on labels by its name.

    Raises:
        ValueError: no such function; the message lists those of its library, or all libraries.
    """
    functions = label_functions()
    if name in functions:
        return functions[name]
    known = [*functions, *CURVE_FUNCTIONS]
    library = name.split(".", 1)[0]
    close = [other for other in known if other.split(".", 1)[0] == library]
    listed = close or list(dict.fromkeys(f"{other.split('.', 1)[0]}.*" for other in known))
    raise ValueError(f"unknown function {name!r}; known: {', '.join(listed)}")


def preset(function: str, *, num_classes: int, ignore_label: int | None = None, **arguments: object) -> Preset:
    """The preset of a library's function called with these arguments.

    function: e.g. "torchmetrics.multiclass_f1_score". ignore_label: the target label whose pixels are ignored the way
    the library ignores them; inside 0..C-1 or outside.

    Raises:
        ValueError: unknown function, argument or value; the message lists what exists.
        InputError: num_classes or ignore_label that are no whole numbers.
    """
    num_classes, ignore_label = checked_data(num_classes, ignore_label)
    if function in CURVE_FUNCTIONS:
        return curve_preset(function, num_classes=num_classes, ignore_label=ignore_label, **arguments)
    return make_preset(find_function(function), num_classes=num_classes, ignore_label=ignore_label, arguments=arguments)


def checked_data(num_classes: int, ignore_label: int | None) -> tuple[int, int | None]:
    """Both as Python integers.

    Raises:
        InputError: one that is no whole number, or no class.
    """
    return number_of_classes(num_classes), None if ignore_label is None else whole_number(ignore_label, "ignore_label")


def list_presets(
    *, num_classes: int, ignore_label: int | None = None, functions: Sequence[str] | None = None
) -> tuple[Preset, ...]:
    """The calls worth comparing, for this number of classes and this ignored label, in a stable order.

    Calls that a library refuses for these two are left out. functions narrows the list to some functions; areas under
    curves, which need scores, are listed only where they are named.

    Raises:
        ValueError: an unknown function.
        InputError: functions that are no list of names.
    """
    num_classes, ignore_label = checked_data(num_classes, ignore_label)
    if functions is None:
        return _every_preset(num_classes, ignore_label)
    if isinstance(functions, str):
        raise InputError(f"functions must be a list of names, such as [{functions!r}]; got {functions!r}")
    areas = [name for name in functions if name in CURVE_FUNCTIONS]
    names = {find_function(name).name for name in functions if name not in CURVE_FUNCTIONS}
    of_labels = (made for made in _every_preset(num_classes, ignore_label) if made.function in names)
    return (*of_labels, *list_curve_presets(num_classes=num_classes, ignore_label=ignore_label, functions=areas))


@lru_cache(maxsize=64)
def _every_preset(num_classes: int, ignore_label: int | None) -> tuple[Preset, ...]:
    return tuple(
        made for function in label_functions().values() for made in _listed(function, num_classes, ignore_label)
    )


def _listed(function: Function, num_classes: int, ignore_label: int | None) -> Iterator[Preset]:
    for arguments in function.listed:
        given: dict[str, Any] = {
            name: value(num_classes) if callable(value) else value for name, value in arguments.items()
        }
        try:
            yield make_preset(function, num_classes=num_classes, ignore_label=ignore_label, arguments=given)
        except UnsupportedError:
            continue
