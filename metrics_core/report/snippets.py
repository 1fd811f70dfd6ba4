"""Snippets: the code beside every table of a report, with metrics_core and with the libraries that give the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics_core.conventions import Convention
from metrics_core.disagreement import Row, formula_family
from metrics_core.formulas import Formula
from metrics_core.presets.calls import call_source
from metrics_core.report.code import CodeOptions, Numbers, arrays_of, calibration_sources, score_source
from metrics_core.report.record import Calibration, Models, Number, Part, Snippet
from metrics_core.statistics import Statistics

_SAME = 5e-7  # float32 libraries round to about this
_OWN = "metrics_core"


def same_calls(
    rows: Iterable[Row], formula: Formula, convention: Convention, values: Sequence[float] | float
) -> list[Row]:
    """Library calls of a formula that return this number, or list, on these data; the closest convention first."""
    wanted, family = np.asarray(values, np.float64), formula_family(formula)
    found = [
        row
        for row in rows
        if row.family == family and _listing(row.convention) == _listing(convention) and _equal(row, wanted)
    ]
    return sorted(found, key=lambda row: len(row.convention.differences(convention)))


@dataclass(frozen=True)
class Snippets:
    """Writes the code of a report's tables.

    rows: what the libraries make of the same counts, lists kept.
    """

    statistics: Statistics
    rows: Sequence[Row]
    options: CodeOptions

    def of(
        self, numbers: Mapping[Part, Sequence[Number]], calibration: Sequence[Calibration], models: Models | None
    ) -> Iterator[Snippet]:
        """Every snippet; numbers: those of each part of the report."""
        yield from self._score_and_classes(numbers)
        yield from self._images(numbers)
        yield from self._calibration(numbers["score"][0], calibration)
        if self.rows:
            yield self._own("library", numbers["score"][0], "libraries", "what every library call returns")
        for pair in () if models is None else models.ranking.pairs:
            first, second = pair.names
            data = "scores" if arrays_of(self.statistics) == "scores" else "prediction"
            gives = f"{second} minus {first}, p by itself; {data} is of {first}, other_{data} of {second}"
            writer = replace(self, options=replace(self.options, names=pair.names))
            yield writer._own("pair", numbers["score"][0], "models", gives)

    def _score_and_classes(self, numbers: Mapping[Part, Sequence[Number]]) -> Iterator[Snippet]:
        headline, *_ = numbers["score"]
        yield self._own("score", headline, "score", "the score")
        if headline.interval is not None:
            yield self._own("score", headline, "interval", "the score with its interval")
        if headline.convention.average != "none":
            yield from self._libraries("score", headline, headline.value)
        listed = numbers["class"]
        yield self._own("class", listed[0], "score", "the score of every class")
        if any(each.interval for each in listed):
            yield self._own("class", listed[0], "classes", "the same with intervals")
        yield from self._libraries("class", listed[0], [each.value for each in listed])

    def _images(self, numbers: Mapping[Part, Sequence[Number]]) -> Iterator[Snippet]:
        headline, *_ = numbers["score"]
        if numbers["slice"]:
            yield self._own("slice", headline, "slices", "score, interval and images of every slice")
        yield self._own("image", numbers["image"][0], "score", "the score of every image")
        yield from self._libraries("image", numbers["image"][0], [each.value for each in numbers["image"]])
        yield self._own("worst", headline, "worst", "the worst images with their reasons")
        yield self._own("rule", headline, "rules", "the score under the usual rules, one entry a value")

    def _own(self, part: Part, number: Number, numbers: Numbers, gives: str) -> Snippet:
        options = replace(self.options, numbers=numbers)
        source = score_source(self.statistics, number.formula, number.convention, options=options)
        return Snippet(part=part, gives=gives, library=_OWN, source=source)

    def _libraries(self, part: Part, number: Number, values: Sequence[float] | float) -> Iterator[Snippet]:
        """The closest call of each library, each of its versions, that returns the same."""
        same = "the same list" if np.ndim(values) else "the same number"
        closest: dict[str, Row] = {}
        for row in same_calls(self.rows, number.record, number.convention, values):
            closest.setdefault(f"{row.library} {row.preset.version}", row)
        for library, row in closest.items():
            source = call_source(row.preset, given=arrays_of(self.statistics))
            yield Snippet(part=part, gives=f"{same}: {row.call}", library=library, source=source)

    def _calibration(self, number: Number, found: Sequence[Calibration]) -> Iterator[Snippet]:
        if not found:
            return
        gives = "calibration errors, Brier score, diagrams and best threshold of every class"
        yield self._own("calibration", number, "calibration", gives)
        if found[0].even.pixels.sum():
            groups, ignored = len(found[0].even.pixels), number.convention.ignored_classes
            sources = calibration_sources(self.statistics, groups=groups, ignored_classes=ignored)
            for (library, gives), source in sources.items():
                yield Snippet(part="calibration", gives=f"every class: {gives}", library=library, source=source)


def _listing(rule: Convention) -> tuple[bool, bool]:
    """Whether scores of classes, or of images, are left as a list."""
    return rule.average == "none", rule.order == "per_image"


def _equal(row: Row, wanted: NDArray[np.float64]) -> bool:
    if row.reason or row.values.shape != wanted.shape or np.isnan(wanted).all():
        return False
    return np.allclose(row.values / row.convention.scale, wanted, rtol=0, atol=_SAME, equal_nan=True)
