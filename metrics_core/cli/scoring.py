"""score: the numbers that libraries, or one's own rules, make of a statistics file."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metrics_core.cli.rules import add_rules, take_rules
from metrics_core.conventions import Convention
from metrics_core.disagreement import compare
from metrics_core.evaluation import score
from metrics_core.formulas import FORMULAS
from metrics_core.modular.counted import read_preset
from metrics_core.presets import Preset, list_presets
from metrics_core.report.words import convention_words
from metrics_core.statistics import Statistics
from metrics_core.statistics_file import load_statistics


@dataclass(frozen=True, kw_only=True)
class Line:
    """A number with what made it: the call or formula, its convention, the list it is the mean of, why it is undefined.

    values and names: of the list, in order; names are those of images, classes, or both. One value has no name.
    """

    call: str
    convention: str
    value: float
    values: tuple[float, ...]
    names: tuple[str, ...]
    reason: str


def add_score(parser: argparse.ArgumentParser) -> None:
    """Arguments of `score`."""
    parser.add_argument("file", type=Path, metavar="RUN.stats")
    parser.add_argument(
        "--preset",
        action="append",
        default=[],
        metavar="CALL",
        help="a library's call or its beginning, e.g. sklearn.jaccard_score, \"smp.iou_score(reduction='micro'\"",
    )
    parser.add_argument("--formula", choices=sorted(FORMULAS), help="your own rules instead (default: iou)")
    add_rules(parser)
    parser.add_argument("--json", action="store_true", help="machine-readable")


def print_scores(options: argparse.Namespace) -> None:
    """Print a line a score.

    Raises:
        FileError: no statistics file.
        ValueError: a preset or a rule that does not exist.
    """
    given = take_rules(options)
    if given and options.preset and not options.formula:
        raise ValueError(f"a preset has rules of its own: leave {', '.join(given)} out, or add --formula for your own")
    statistics = load_statistics(options.file)
    lines = preset_lines(statistics, options.preset) if options.preset else []
    if options.formula or not options.preset:
        lines.append(_own_line(statistics, options))
    if options.json:
        json.dump([_as_json(line) for line in lines], sys.stdout, indent=1, ensure_ascii=False)
        print()
        return
    for line in lines:
        reason = f"  {line.reason}" if line.reason else ""
        print(f"{_shown(line.value):>10}  {line.call}{_of(line)}  [{line.convention}]{reason}")
        if len(line.values) > 1:
            named = zip(line.names, line.values, strict=True)
            print(f"{'':12}{', '.join(f'{name} {_shown(value)}' for name, value in named)}")


def _of(line: Line) -> str:
    """What the number of a list is; libraries' means are undefined where one of their values is."""
    number, defined = len(line.values), sum(not math.isnan(value) for value in line.values)
    if number < 2:
        return ""
    some = defined < number and not math.isnan(line.value)
    return f", mean of {f'the {defined:,} defined of ' if some else ''}these {number:,} values"


def preset_lines(statistics: Statistics, wanted: Sequence[str]) -> list[Line]:
    """What calls give: each text is a call, or what calls begin with.

    Raises:
        ValueError: a call that the library does not take, or a text with which no call begins.
    """
    every = list_presets(num_classes=statistics.num_classes, ignore_label=statistics.ignore_label)
    chosen = {made.key: made for text in wanted for made in _calls(text, every, statistics)}
    rows = compare(statistics, presets=list(chosen.values()), lists="kept")
    return [_line(row.preset.key, row.preset, row.value, row.values, row.reason, statistics) for row in rows]


def _calls(text: str, every: Sequence[Preset], statistics: Statistics) -> list[Preset]:
    """The call that a text is; without any, the calls that begin so."""
    if exact := [made for made in every if made.key in (text, f"{text}()")]:
        return exact
    if text.endswith(")") and any(made.function == text.partition("(")[0].strip() for made in every):
        return [read_preset(text, statistics.num_classes, statistics.ignore_label)]
    if found := [made for made in every if made.key.startswith(text)]:
        return found
    library = text.split(".", 1)[0]
    known = sorted({made.function for made in every if made.function.startswith(library)})
    known = known or sorted({made.function.split(".", 1)[0] for made in every})
    raise ValueError(f"no call begins with {text!r}; known: {', '.join(known)}")


def _own_line(statistics: Statistics, options: argparse.Namespace) -> Line:
    ignored = tuple(options.ignore)
    rule = Convention(
        average=options.average,
        pooling=options.pooling,
        zero_division=options.zero_division,
        ignored_classes=ignored,
        excluded_classes=ignored,
    )
    found = score(options.formula or "iou", statistics, rule)
    value = float(found.value.nanmean()) if found.value.numel() else math.nan
    return _line(found.formula.name, rule, value, found.value.numpy(), found.reason, statistics)


def _line(
    call: str, made: Preset | Convention, value: float, values: NDArray[np.float64], reason: str, statistics: Statistics
) -> Line:
    rule = made if isinstance(made, Convention) else made.convention
    return Line(
        call=call,
        convention=convention_words(rule, statistics.class_names, has_void=statistics.ignore_label is not None),
        value=value,
        values=tuple(values.reshape(-1).tolist()),
        names=_names(values.shape, made, statistics),
        reason=reason,
    )


def _names(shape: tuple[int, ...], made: Preset | Convention, statistics: Statistics) -> tuple[str, ...]:
    """A name for each value of a list: of its image, its class, or both."""
    if not shape:
        return ()
    rule, order = (made, None) if isinstance(made, Convention) else (made.convention, made.class_order)
    labels = order or [each for each in range(statistics.num_classes) if each not in rule.excluded_classes]
    if rule.class_set == "seen":
        seen = (statistics.pooled.rows + statistics.pooled.columns)[0] > 0
        labels = [label for label in labels if seen[label]]
    classes = [statistics.class_names[label] for label in labels]
    names = list(statistics.image_names) if rule.order == "per_image" else classes
    if len(shape) == 2:
        names = [f"{image}: {name}" for image in statistics.image_names for name in classes]
    return tuple(names) if len(names) == math.prod(shape) else tuple(f"value {i}" for i in range(math.prod(shape)))


def _as_json(line: Line) -> dict[str, object]:
    values = [None if math.isnan(value) else value for value in line.values]
    value = None if math.isnan(line.value) else line.value
    return {**vars(line), "value": value, "values": values}


def _shown(value: float) -> str:
    return "∅" if math.isnan(value) else f"{value:.4f}"
