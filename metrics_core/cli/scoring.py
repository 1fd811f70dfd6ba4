"""score: the numbers that libraries, or one's own rules, make of a statistics file."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metrics_core.conventions import Convention
from metrics_core.disagreement import compare
from metrics_core.evaluation import score
from metrics_core.formulas import FORMULAS
from metrics_core.presets import Preset, list_presets
from metrics_core.report.words import convention_words
from metrics_core.statistics import Statistics
from metrics_core.statistics_file import load_statistics


@dataclass(frozen=True, kw_only=True)
class Line:
    """A number with what made it: the call or formula, its convention, the values of a list, why it is undefined."""

    call: str
    convention: str
    value: float
    values: tuple[float, ...]
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
    parser.add_argument("--average", choices=("none", "micro", "macro", "weighted"), default="macro")
    parser.add_argument("--pooling", choices=("dataset", "image"), default="dataset", help="sum images first, or not")
    parser.add_argument("--zero-division", type=_number, default=math.nan, help="what 0/0 counts as (default: dropped)")
    parser.add_argument("--ignore", type=int, action="append", default=[], metavar="CLASS", help="repeatable")
    parser.add_argument("--json", action="store_true", help="machine-readable")


def print_scores(options: argparse.Namespace) -> None:
    """Print a line a score.

    Raises:
        FileError: no statistics file.
        ValueError: a preset or a rule that does not exist.
    """
    statistics = load_statistics(options.file)
    lines = preset_lines(statistics, options.preset) if options.preset else []
    if options.formula or not options.preset:
        lines.append(_own_line(statistics, options))
    if options.json:
        json.dump([_as_json(line) for line in lines], sys.stdout, indent=1, ensure_ascii=False)
        print()
        return
    for line in lines:
        print(f"{_shown(line.value):>10}  {line.call}  [{line.convention}]{f'  {line.reason}' if line.reason else ''}")
        if len(line.values) > 1:
            print(f"{'':12}{', '.join(_labelled(line.values, statistics))}")


def preset_lines(statistics: Statistics, wanted: Sequence[str]) -> list[Line]:
    """What the calls that begin so give.

    Raises:
        ValueError: a text with which no call begins.
    """
    every = list_presets(num_classes=statistics.num_classes, ignore_label=statistics.ignore_label)
    chosen: dict[str, Preset] = {}
    for text in wanted:
        found = [made for made in every if made.key.startswith(text)]
        exact = [made for made in found if made.key in (text, f"{text}()")]
        if not found:
            library = text.split(".", 1)[0]
            known = sorted({made.function for made in every if made.function.startswith(library)})
            known = known or sorted({made.function.split(".", 1)[0] for made in every})
            raise ValueError(f"no call begins with {text!r}; known: {', '.join(known)}")
        chosen |= {made.key: made for made in exact or found}
    rows = compare(statistics, presets=list(chosen.values()), lists="kept")
    return [
        Line(
            call=row.preset.key,
            convention=convention_words(row.convention, statistics.class_names),
            value=row.value,
            values=tuple(row.values.reshape(-1).tolist()),
            reason=row.reason,
        )
        for row in rows
    ]


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
    return Line(
        call=found.formula.name,
        convention=convention_words(rule, statistics.class_names),
        value=float(found.value.nanmean()) if found.value.numel() else math.nan,
        values=tuple(found.value.reshape(-1).tolist()),
        reason=found.reason,
    )


def _labelled(values: Sequence[float], statistics: Statistics) -> list[str]:
    names = {statistics.num_classes: statistics.class_names, statistics.num_images: statistics.image_names}
    labels = names.get(len(values), tuple(str(index) for index in range(len(values))))
    return [f"{label} {_shown(value)}" for label, value in zip(labels, values, strict=True)]


def _as_json(line: Line) -> dict[str, object]:
    values = [None if math.isnan(value) else value for value in line.values]
    value = None if math.isnan(line.value) else line.value
    return {"call": line.call, "convention": line.convention, "value": value, "values": values, "reason": line.reason}


def _shown(value: float) -> str:
    return "∅" if math.isnan(value) else f"{value:.4f}"


def _number(text: str) -> float:
    return math.nan if text == "drop" else float(text)
