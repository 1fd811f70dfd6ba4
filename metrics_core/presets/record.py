"""Records: what a preset is made of, one call of a library's function with its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metrics_core.cells import Cells
from metrics_core.conventions import Convention, Pooling
from metrics_core.formulas import Formula

Array = NDArray[np.float64]
Takes = Literal["labels", "scores"]
Ignore = Literal["argument", "filter"]
Strays = Literal[
    "false_negative",
    "pixel_removed",
    "refused",
    "negative_refused",
    "new_class",
    "new_range",
    "two_labels",
    "wrong_class",
    "checked_wrong_class",
    "neighbour_cell",
    "checked_neighbour_cell",
    "void_class",
    "first_class",
    "thresholded",
]
Returns = Literal["as_is", "squeezed", "listed"]
Options = tuple[tuple[str, object], ...]


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """A known defect of a library that its preset reproduces, and that evaluate_preset(quirks=False) leaves out.

    title and description are written for readers of a page; source is the file and line, or the issue.
    correction: convention options that undo it. formula: the formula that undoes it. counts: what it does to the
    counts, of each image or of all as counted says. value: the value it leads to, from the counts; None if it does not
    act on them. A quirk with none of these is only told.
    """

    key: str
    title: str
    description: str
    source: str
    correction: Options = ()
    formula: Formula | None = None
    counts: Callable[[Cells], Cells] | None = None
    counted: Pooling = "image"
    value: Callable[[Cells, Convention], Array | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One call of a library's function: the formula and the convention that reproduce its value, defects included.

    function and arguments are the library's own, e.g. "torchmetrics.multiclass_f1_score" with average="macro"; key is
    a unique text of the call without default arguments. num_classes and ignore_label: what the preset was made for.
    ignore: the label reaches the library as an argument, or its pixels are dropped before the call, which flattens the
    images. strays: what a prediction outside 0..C-1 does. refusal: why the library refuses such counts, or "".
    target_map: class that each target label 0, 1, ... is turned into first (C: ignored). class_order: order of the
    classes in a list. finish: last step from the average to the value. returns: whether the library makes a list of one
    number a number, or puts a number into a list; score_like does so, evaluate_preset leaves numbers and lists alone.
    """

    library: str
    version: str
    function: str
    arguments: Options
    key: str
    takes: Takes = "labels"
    formula: Formula | None
    convention: Convention
    quirks: tuple[Quirk, ...] = ()
    source: str
    num_classes: int
    ignore_label: int | None = None
    ignore: Ignore = "argument"
    strays: Strays = "false_negative"
    refusal: Callable[[Cells], str] | None = None
    target_map: tuple[int, ...] | None = None
    class_order: tuple[int, ...] | None = None
    finish: Callable[[Array, Cells], Array] | None = None
    returns: Returns = "as_is"

    @property
    def name(self) -> str:
        """Name of the function within its library."""
        return self.function.split(".", 1)[1]

    @property
    def title(self) -> str:
        """The call as its caller would write it, e.g. "multiclass_f1_score(average='macro')"."""
        return call_text(self.name, self.arguments)

    @property
    def is_scalar(self) -> bool:
        """Whether the call returns one number, not a list over classes or images."""
        return self.convention.average != "none" and self.convention.order not in ("per_image", "per_class")


def corrected(preset: Preset) -> Preset:
    """The preset without its library's known defects."""
    if not preset.quirks:
        return preset
    options: dict[str, object] = {}
    formula = preset.formula
    for quirk in preset.quirks:
        options |= dict(quirk.correction)
        formula = quirk.formula or formula
    return replace(preset, formula=formula, convention=replace(preset.convention, **options), quirks=())


def call_text(name: str, arguments: Options) -> str:
    """A call as source text: name and its arguments."""
    return f"{name}({', '.join(f'{argument}={value!r}' for argument, value in arguments)})"
