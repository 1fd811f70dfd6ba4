"""Functions: how a library's function and its arguments become a preset."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from metrics_core.cells import Cells
from metrics_core.conventions import Convention
from metrics_core.formulas import Formula, get_formula
from metrics_core.presets.arguments import REQUIRED, Parameter, frozen, read_arguments
from metrics_core.presets.record import Array, Ignore, Options, Preset, Quirk, Returns, Strays, call_text


class UnsupportedError(ValueError):
    """A call that the library refuses for this number of classes or this ignored label, whatever the pixels."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """Arguments of a call, defaults included, and the data it is made for."""

    arguments: Mapping[str, Any]
    num_classes: int
    ignore_label: int | None

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    @property
    def ignored(self) -> tuple[int, ...]:
        """The ignored label as a class, or () when it lies outside 0..C-1 or is None."""
        label = self.ignore_label
        return () if label is None or not 0 <= label < self.num_classes else (label,)

    @property
    def background_out(self) -> tuple[int, ...]:
        """What include_background=False leaves out: class 0, unless it is the only one; () with the background."""
        return () if self["include_background"] or self.num_classes == 1 else (0,)

    def all_but(self, labels: tuple[int, ...]) -> tuple[int, ...]:
        """The classes that are not listed."""
        return tuple(label for label in range(self.num_classes) if label not in labels)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the arguments decide: a formula, the convention's options, and what no option expresses."""

    formula: str | Formula
    options: dict[str, Any]
    quirks: tuple[Quirk, ...] = ()
    strays: Strays | None = None
    ignore: Ignore | None = None
    refusal: Callable[[Cells], str] | None = None
    target_map: tuple[int, ...] | None = None
    class_order: tuple[int, ...] | None = None
    finish: Callable[[Array, Cells], Array] | None = None
    returns: Returns = "as_is"


@dataclass(frozen=True, kw_only=True)
class Function:
    """A library's function: its parameters, the recipe of its calls, and the calls worth listing.

    listed holds arguments; a value that is callable is called with num_classes. default_ignore: the label that the
    library ignores unless told otherwise. fewest_classes: with fewer the library refuses, or does something else.
    """

    name: str
    library: str
    version: str
    source: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    recipe: Callable[[Call], Recipe]
    listed: tuple[Mapping[str, Any], ...] = ({},)
    ignore: Ignore = "argument"
    strays: Strays = "false_negative"
    default_ignore: int | None = None
    fewest_classes: int = 1


def grid(**choices: tuple[Any, ...]) -> tuple[dict[str, Any], ...]:
    """Every combination of the listed values, the last name changing fastest."""
    return tuple(dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values()))


def every_class(num_classes: int) -> tuple[int, ...]:
    """0..C-1."""
    return tuple(range(num_classes))


def make_preset(
    function: Function, *, num_classes: int, ignore_label: int | None, arguments: Mapping[str, object]
) -> Preset:
    """The preset of a call; raises ValueError for what the function does not take."""
    _refuse_few_classes(function, num_classes)
    label = function.default_ignore if ignore_label is None else ignore_label
    values = read_arguments(function.name, function.parameters, arguments, num_classes)
    call = Call(arguments=values, num_classes=num_classes, ignore_label=label)
    recipe, given = function.recipe(call), tuple((name, frozen(value)) for name, value in arguments.items())
    ignore = recipe.ignore or function.ignore
    return Preset(
        library=function.library,
        version=function.version,
        function=function.name,
        arguments=given,
        key=call_text(function.name, _telling(function, given, values)),
        formula=get_formula(recipe.formula),
        convention=_convention(recipe, call, ignore),
        quirks=recipe.quirks,
        source=function.source,
        num_classes=num_classes,
        ignore_label=label,
        ignore=ignore,
        strays=recipe.strays or function.strays,
        refusal=recipe.refusal,
        target_map=recipe.target_map,
        class_order=recipe.class_order,
        finish=recipe.finish,
        returns=recipe.returns,
    )


def _refuse_few_classes(function: Function, num_classes: int) -> None:
    if num_classes < function.fewest_classes:
        raise UnsupportedError(
            f"{function.name} has no preset for num_classes={num_classes}; it needs at least {function.fewest_classes}"
        )


def _convention(recipe: Recipe, call: Call, ignore: Ignore) -> Convention:
    options: dict[str, Any] = {"ignored_classes": call.ignored, **recipe.options}
    convention = Convention(**options)
    if ignore == "filter" and call.ignore_label is not None:
        return replace(convention, pooling="dataset")
    return convention


def _telling(function: Function, given: Options, values: Mapping[str, Any]) -> Options:
    """The given arguments that are no defaults, in the order of declaration."""
    order = list(function.parameters)
    chosen = [
        (name, frozen(values[name]))
        for name, _ in given
        if function.parameters[name].default is REQUIRED or function.parameters[name].default != values[name]
    ]
    return tuple(sorted(chosen, key=lambda pair: order.index(pair[0])))
