"""Slicing: what the images of a report are grouped by, with Python that groups them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metrics_core.files.metadata import Metadata
from metrics_core.files.refusals import display_name, display_names, refusal
from metrics_core.statistics import Statistics, refuse_unless_statistics
from metrics_core.uncertainty import FEWEST, size_labels

_MOST = 4


@dataclass(frozen=True, kw_only=True)
class Slicing:
    """The slice of each image name, what the slices are by, and Python that gives these labels from statistics."""

    by: str
    labels: Mapping[str, str]
    source: str = "labels"


def slice_by_size(statistics: Statistics, label: int, *, number: int | None = None) -> Slicing:
    """Quantiles of the target pixels of a class; by default up to 4, of 5 images each so that they have an interval.

    Raises:
        ValueError: no such class, or fewer than 2 slices.
    """
    refuse_unless_statistics(statistics, usage="slice_by_size(statistics, 1)")
    if number is None and 0 <= label < statistics.num_classes:
        present = int((statistics.support[:, label] > 0).sum())
        number = max(2, min(_MOST, present // FEWEST))
    number = _MOST if number is None else number
    labels = size_labels(statistics, label, number=number)
    more = "" if number == _MOST else f", number={number}"
    return Slicing(
        by=f"target pixels of {statistics.class_names[label]}",
        labels=labels,
        source=f"mc.size_labels(statistics, {label}{more})",
    )


def slice_by_column(table: Metadata, column: str, *, file: str) -> Slicing:
    """Values of a column, or quantiles where it holds many numbers; file: name of the table that was read.

    Raises:
        FileError: no such column, or more than 40 values that are no numbers.
    """
    if column not in table.columns:
        expected = f"a column of {display_names(list(table.columns))}"
        raise refusal(display_name(file), expected=expected, got=display_name(column), todo="choose one of these")
    read = f"mc.read_metadata({file!r}, pathlib.Path({file!r}).read_bytes(), image_names)"
    return Slicing(by=f"{column} of {file}", labels=table.labels(column), source=f"{read}.labels({column!r})")
