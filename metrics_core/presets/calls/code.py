"""Code: pieces of Python source text that make up a library call."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metrics_core.presets.record import Preset, Takes

WIDTH = 100  # characters of a line


@dataclass(frozen=True, kw_only=True)
class Code:
    """Imports and statements; the last statement assigns value."""

    imports: tuple[str, ...]
    lines: tuple[str, ...]

    def text(self, preset: Preset, *, given: Takes) -> str:
        """The whole source, with the preset's number of classes and ignored label; given: what the user has."""
        data = "scores [image, class, ...]" if given == "scores" else "prediction [image, ...]"
        constants = [f"num_classes = {preset.num_classes}"]
        if preset.ignore_label is not None:
            constants.append(f"ignore_label = {preset.ignore_label}")
        if preset.takes != given:
            constants.append("prediction = scores.argmax(1)  # labels [image, ...]: the class of the highest score")
        head = f"# {preset.library} {preset.version}; NumPy arrays: target [image, ...] of integers, {data}"
        return "\n".join([head, *self.imports, "", *constants, *self.lines]) + "\n"


def call(function: str, *parts: str, to: str = "value") -> str:
    """An assignment of a call, on one line or with one argument a line."""
    line = f"{to} = {function}({', '.join(parts)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{to} = {function}(", *(f"    {part}," for part in parts), ")"])


def for_each_class(expression: str) -> str:
    """An assignment of a list with one expression for each class c."""
    line = f"value = [{expression} for c in range(num_classes)]"
    return line if len(line) <= WIDTH else f"value = [\n    {expression}\n    for c in range(num_classes)\n]"


def keywords(
    arguments: Mapping[str, object] | Iterable[tuple[str, object]], *, without: tuple[str, ...] = ()
) -> list[str]:
    """name=value for every argument that is not left out."""
    pairs = arguments.items() if isinstance(arguments, Mapping) else arguments
    return [f"{name}={literal(value)}" for name, value in pairs if name not in without]


def literal(value: object) -> str:
    """A value as source text; tuples become lists, which every library takes."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def flat_labels(preset: Preset, wrapped: str = "{}") -> tuple[str, ...]:
    """Lines that assign true and predicted: the pixels that are not ignored in one row, wrapped by an expression."""
    if preset.ignore_label is None:
        row = "{}.ravel()"
        start: tuple[str, ...] = ()
    else:
        row = "{}[kept]"
        start = ("kept = target != ignore_label",)
    names = (("true", "target"), ("predicted", "prediction"))
    return (*start, *(f"{name} = {wrapped.format(row.format(source))}" for name, source in names))


def flat_scores(preset: Preset) -> tuple[str, ...]:
    """Lines that assign true [pixel] and by_pixel [pixel, class], NumPy arrays without ignored pixels."""
    if preset.ignore_label is None:
        return ("true = target.ravel()", "by_pixel = np.moveaxis(scores, 1, -1).reshape(-1, num_classes)")
    return ("kept = target != ignore_label", "true = target[kept]", "by_pixel = np.moveaxis(scores, 1, -1)[kept]")
