"""report: one score and what it hides, as files; or the numbers of such a file computed anew."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from metrics_core.cli.rules import add_rules, take_rules
from metrics_core.conventions import Convention
from metrics_core.files.metadata import read_metadata
from metrics_core.formulas import FORMULAS
from metrics_core.report import (
    ScoreReport,
    Slicing,
    make_report,
    report_csv,
    report_html,
    report_json,
    report_markdown,
    rescore,
    slice_by_column,
    slice_by_size,
)
from metrics_core.statistics import Statistics
from metrics_core.statistics_file import atomic_file, load_statistics
from metrics_core.uncertainty import RESAMPLES_FOR_EXPORT

_WRITERS: dict[str, Callable[[ScoreReport], str]] = {
    "html": report_html,
    "md": report_markdown,
    "csv": report_csv,
    "json": report_json,
}


def add_report(parser: argparse.ArgumentParser) -> None:
    """Arguments of `report`."""
    add = parser.add_argument
    add("file", type=Path, metavar="RUN.stats")
    add("--formula", choices=sorted(FORMULAS), default="iou")
    add("--parameters", type=_parameters, default={}, metavar="JSON", help='of the formula, e.g. {"beta": 0.5}')
    add_rules(parser)
    add("--exclude", type=int, action="append", default=[], metavar="CLASS", help="left out of the average; repeatable")
    add("--threshold", type=float, help="score that makes a pixel positive (default: the highest score wins)")
    _add_slicing(add)
    add("--resamples", type=int, default=RESAMPLES_FOR_EXPORT)
    add("--seed", type=int, default=0)
    add("--title", help="heading of the report (default: the file's name)")
    add("--out", type=Path, default=Path(), metavar="DIR", help="where RUN.html, .md, .csv, .json go (default: here)")
    add("--check", type=Path, metavar="REPORT.json", help="compute the numbers of a report anew instead, and compare")


def write_report(options: argparse.Namespace) -> None:
    """Write the four files of a report, or check one.

    Raises:
        FileError: no statistics file, no report, or a report of other statistics.
        ValueError: an option that does not fit the statistics, or a number that has changed.
    """
    take_rules(options)
    if options.slices is not None and options.slice_by_size is None:
        raise ValueError("--slices is the number of slices by size: give --slice-by-size with it, or leave it out")
    statistics = load_statistics(options.file)
    if options.check is not None:
        _check(options.check, statistics)
        return
    report = make_report(
        statistics,
        options.formula,
        _convention(options),
        parameters=options.parameters,
        title=options.title or options.file.stem,
        slicing=_slicing(options, statistics),
        resamples=options.resamples,
        seed=options.seed,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    for ending, write in _WRITERS.items():
        path = options.out / f"{options.file.stem}.{ending}"
        with atomic_file(path) as stream:
            stream.write(write(report).encode())
        print(f"{path}: {path.stat().st_size / 1024:,.1f} KiB")


def _convention(options: argparse.Namespace) -> Convention:
    return Convention(
        average=options.average,
        pooling=options.pooling,
        order="per_class" if options.average == "none" and options.pooling == "image" else "classes_then_images",
        zero_division=options.zero_division,
        ignored_classes=tuple(options.ignore),
        excluded_classes=(*options.ignore, *options.exclude),
        threshold=options.threshold,
    )


def _add_slicing(add: Callable[..., Any]) -> None:
    add("--metadata", type=Path, metavar="TABLE.csv", help="a row an image, its name in the column image or the first")
    add("--slice-by", metavar="COLUMN", help="slices: the values of a column of --metadata, quantiles of many numbers")
    add("--slice-by-size", type=int, metavar="CLASS", help="slices: quantiles of the target pixels of a class")
    add("--slices", type=int, metavar="N", help="number of slices by size (default: up to 4, of 5 images each)")


def _slicing(options: argparse.Namespace, statistics: Statistics) -> Slicing | None:
    if (options.metadata is None) != (options.slice_by is None):
        raise ValueError("--metadata and --slice-by are given together: a table, and one of its columns")
    if options.slice_by is None:
        size: int | None = options.slice_by_size
        return None if size is None else slice_by_size(statistics, size, number=options.slices)
    if options.slice_by_size is not None:
        raise ValueError("a report has slices by one thing: give --slice-by or --slice-by-size, not both")
    file: Path = options.metadata
    table = read_metadata(file.name, file.read_bytes(), statistics.image_names)
    return slice_by_column(table, options.slice_by, file=file.name)


def _check(file: Path, statistics: Statistics) -> None:
    found = rescore(file.read_bytes(), statistics, where=file.name)
    if changed := [each for each in found if not each.equal]:
        first = changed[0]
        raise ValueError(
            f"{file.name}: {len(changed):,} of {len(found):,} numbers differ, first {first.part} {first.name!r}: "
            f"{first.recorded[0]:.6g} recorded, {first.now[0]:.6g} now; write the report again"
        )
    print(f"{file}: all {len(found):,} numbers are the same")


def _parameters(text: str) -> dict[str, float]:
    try:
        found = cast("dict[str, float]", json.loads(text))
        return {name: float(value) for name, value in found.items()}
    except (ValueError, TypeError, AttributeError):
        raise argparse.ArgumentTypeError(f'expected names and numbers, such as {{"beta": 0.5}}; got {text!r}') from None
