"""Making: from statistics and a selection to a report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypedDict, get_args

from metrics_core.advice import Known, advise
from metrics_core.calibration import best_threshold, reliability
from metrics_core.cells import class_counts
from metrics_core.conventions import Convention
from metrics_core.disagreement import Row, compare, rules_range
from metrics_core.disagreement.states import one_number
from metrics_core.evaluation import Score, rule_of, score
from metrics_core.formulas import Formula, get_formula
from metrics_core.inputs import InputError
from metrics_core.presets.calls import call_source
from metrics_core.report.code import CodeOptions, arrays_of
from metrics_core.report.digests import statistics_digest, versions
from metrics_core.report.models import compared
from metrics_core.report.record import Calibration, ClassCounts, Models, Number, Part, ScoreReport
from metrics_core.report.slicing import Slicing
from metrics_core.report.snippets import Snippets
from metrics_core.statistics import Statistics, refuse_unless_statistics
from metrics_core.uncertainty import (
    RESAMPLES_FOR_EXPORT,
    Interval,
    bootstrap,
    bootstrap_classes,
    score_slices,
    worst_images,
)

_WORST = 10
_GROUPS = 15


def make_report(
    statistics: Statistics,
    formula: str = "iou",
    convention: Convention | None = None,
    *,
    parameters: Mapping[str, float] | None = None,
    title: str = "Scores",
    link: str = "",
    known: Known | None = None,
    slicing: Slicing | None = None,
    resamples: int = RESAMPLES_FOR_EXPORT,
    seed: int = 0,
) -> ScoreReport:
    """Everything about one score of one model: intervals, classes, images, other rules, libraries, advice.

    Scores are fractions; scale and digits of the convention are left out. parameters: those of the formula. Where
    models are known, they are compared.

    Raises:
        ValueError: unknown formula or parameter, a class outside 0..C-1 in the convention, or a threshold where scores
            were not counted image by image.
    """
    refuse_unless_statistics(statistics, usage="make_report(statistics, 'iou')")
    rule = replace(rule_of(convention), scale=1.0, digits=None)
    options = CodeOptions(parameters=dict(parameters or {}), resamples=resamples, seed=seed, number=_WORST)
    if slicing is not None:
        options = replace(options, labels=slicing.source)
    report = _Making(statistics, formula, rule, options).report(slicing, known)
    return replace(report, title=title, link=link)


def class_rule(rule: Convention) -> Convention:
    """The convention that lists every class's score before the average."""
    order = "per_class" if rule.pooling == "image" else "classes_then_images"
    return replace(rule, average="none", order=order, excluded_classes=(), class_set="fixed")


def image_rule(rule: Convention) -> Convention:
    """The convention that lists every image's score, classes averaged as chosen (macro where they are not)."""
    average = "macro" if rule.average == "none" else rule.average
    return replace(rule, pooling="image", average=average, order="per_image")


class _Drawn(TypedDict):
    """How resamples are drawn."""

    resamples: int
    seed: int


@dataclass(frozen=True)
class _Making:
    """The statistics and the score that a report is about."""

    statistics: Statistics
    formula: str
    rule: Convention
    options: CodeOptions

    @cached_property
    def record(self) -> Formula:
        return get_formula(self.formula, **self.options.parameters)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return compare(self.statistics, lists="kept")

    def report(self, slicing: Slicing | None, known: Known | None) -> ScoreReport:
        """The report, without a title or link."""
        statistics = self.statistics
        numbers = tuple(self.numbers(slicing))
        calibration = calibrations(statistics, self.record, ignored_classes=self.rule.ignored_classes)
        models = self.models(known, numbers[0])
        parts = {part: [each for each in numbers if each.part == part] for part in get_args(Part)}
        return ScoreReport(
            title="",
            link="",
            digest=statistics_digest(statistics),
            versions=versions(),
            seed=self.options.seed,
            resamples=self.options.resamples,
            image_names=statistics.image_names,
            class_names=statistics.class_names,
            has_void=statistics.ignore_label is not None,
            numbers=numbers,
            counts=self.counts(),
            worst=worst_images(statistics, self.record, self.rule, number=_WORST),
            calibration=calibration,
            advice=advise(statistics, self.record, self.rule, known=known),
            slicing="" if slicing is None else slicing.by,
            snippets=tuple(Snippets(statistics, self.rows, self.options).of(parts, calibration, models)),
            models=models,
        )

    def numbers(self, slicing: Slicing | None) -> Iterator[Number]:
        yield self._headline()
        yield from self._classes()
        if slicing is not None:
            yield from self._slices(slicing.labels)
        yield from self._images()
        for found in rules_range(self.statistics, self.record, self.rule).values:
            value = one_number(score(self.record, self.statistics, found.convention).value)
            yield self._number("rule", found.label, found.convention, value)
        yield from (_library(row, self.statistics) for row in self.rows)

    def models(self, known: Known | None, headline: Number) -> Models | None:
        if known is None or known.models is None or len(known.models) < 2:
            return None
        with suppress(ValueError):  # models without images in common, or too few of them
            return compared(known.models, headline, **self._drawn)
        return None

    def counts(self) -> tuple[ClassCounts, ...]:
        cells = class_counts(self.statistics, replace(self.rule, pooling="dataset"))
        parts = zip(self.statistics.class_names, *(part[0].tolist() for part in cells.one_vs_rest), strict=True)
        return tuple(
            ClassCounts(name=name, tp=round(tp), fp=round(fp), fn=round(fn), tn=round(tn))
            for name, tp, fp, fn, tn in parts
        )

    @property
    def _drawn(self) -> _Drawn:
        return {"resamples": self.options.resamples, "seed": self.options.seed}

    def _number(self, part: Part, name: str, rule: Convention, value: float) -> Number:
        formula, parameters = self.formula, self.options.parameters
        return Number(part=part, name=name, formula=formula, parameters=parameters, convention=rule, value=value)

    def _headline(self) -> Number:
        scored = score(self.record, self.statistics, self.rule)
        name = self.record.name if scored.value.ndim == 0 else f"{self.record.name}, plain mean of its list"
        try:
            found = bootstrap(self.statistics, self.record, self.rule, **self._drawn)
            interval, note = interval_or_note(found)
        except InputError as error:
            interval, note = None, str(error)
        value = one_number(scored.value)
        return replace(self._number("score", name, self.rule, value), interval=interval, note=scored.reason or note)

    def _classes(self) -> Iterator[Number]:
        rule, names = class_rule(self.rule), self.statistics.class_names
        values: list[float] = score(self.record, self.statistics, rule).value.tolist()
        found: Sequence[Interval | None] = [None] * len(names)
        with suppress(InputError):  # the headline says why
            found = bootstrap_classes(self.statistics, self.record, rule, **self._drawn)
        for label, (name, value) in enumerate(zip(names, values, strict=True)):
            interval, note = interval_or_note(found[label])
            yield replace(self._number("class", name, rule, value), index=label, interval=interval, note=note)

    def _slices(self, labels: Mapping[str, str]) -> Iterator[Number]:
        places = {name: i for i, name in enumerate(self.statistics.image_names)}
        slices = score_slices(self.statistics, self.record, self.rule, labels=labels, **self._drawn)
        for each in slices:
            part = self.statistics.select([places[name] for name in each.image_names])
            value = one_number(score(self.record, part, self.rule).value)
            interval, note = interval_or_note(each.score)
            number = self._number("slice", each.label, self.rule, value)
            yield replace(number, images=each.image_names, interval=interval, note=note)

    def _images(self) -> Iterator[Number]:
        rule = image_rule(self.rule)
        scored: Score = score(self.record, self.statistics, rule)
        pairs = zip(self.statistics.image_names, scored.value.tolist(), strict=True)
        for index, (name, value) in enumerate(pairs):
            yield replace(self._number("image", name, rule, value), index=index)


def calibrations(
    statistics: Statistics, formula: str | Formula, *, ignored_classes: Sequence[int] = ()
) -> tuple[Calibration, ...]:
    """Of every class: both groupings of its scores, and the threshold at which a formula is best; () without scores.

    Raises:
        ValueError: an unknown formula.
    """
    refuse_unless_statistics(statistics, usage="calibrations(statistics, 'iou')")
    if statistics.histogram is None:
        return ()
    record, groups = get_formula(formula), max(2, min(_GROUPS, statistics.histogram.bins.count))
    found: list[Calibration] = []
    for label, name in enumerate(statistics.class_names):
        even, massed = (
            reliability(statistics, label, groups=groups, grouping=grouping, ignored_classes=ignored_classes)
            for grouping in ("equal_width", "equal_mass")
        )
        best = best_threshold(statistics, record, label, ignored_classes=ignored_classes)
        found.append(Calibration(name=name, even=even, massed=massed, best=best))
    return tuple(found)


def interval_or_note(found: Interval | None) -> tuple[Interval | None, str]:
    """An interval that has bounds, and what to know of it or why there is none."""
    if found is None:
        return None, ""
    return (None if math.isnan(found.low) else found), found.note


def _library(row: Row, statistics: Statistics) -> Number:
    quirks = "; ".join(f"known defect: {quirk.title}" for quirk in row.quirks)
    return Number(
        part="library",
        name=f"{row.library} {row.preset.version}: {row.call}",
        formula=row.preset.formula.key if row.preset.formula else row.family,
        preset=row.preset.key,
        convention=row.convention,
        value=row.value,
        note="; ".join(part for part in (row.reason, quirks) if part),
        source=call_source(row.preset, given=arrays_of(statistics)),
    )
