"""Tables: the rows that pages of every kind show, as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from metrics_core.report.record import Number, ScoreReport
from metrics_core.report.words import convention_words, interval_text, score_text

SHOWN_IMAGES = 500
_SHOWN = 1000


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns, rows of texts, which columns hold numbers, a word on rows that are left out, and code of each row."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    more: str = ""
    codes: Sequence[str] = ()


def class_table(report: ScoreReport) -> Table:
    """Score, interval and counts of every class."""
    rows = [
        (number.name, *_figures(number), *(f"{n:,}" for n in (counts.support, counts.tp, counts.fp, counts.fn)))
        for number, counts in zip(report.part("class"), report.counts, strict=True)
    ]
    columns = ("class", "score", "95 % interval", "support", "TP", "FP", "FN")
    return _cut(columns, rows, range(1, 7))


def slice_table(report: ScoreReport) -> Table:
    """Score and interval of every slice."""
    rows = [(each.name, *_figures(each), f"{len(each.images):,}", each.note) for each in report.part("slice")]
    return _cut(("slice", "score", "95 % interval", "images", "note"), rows, range(1, 4))


def model_table(report: ScoreReport) -> Table:
    """Score, interval, ranks and share of first places of every model."""
    columns = ("model", "score", "95 % interval", "rank", "mean rank of images", "first in resamples")
    if report.models is None:
        return _cut(columns, [], ())
    found = report.models.ranking
    rows = [
        (each.name, *_figures(each), f"{rank:g}", score_text(mean, digits=2), f"{share:.1%}")
        for each, rank, mean, share in zip(
            report.models.numbers[: len(found.names)],
            found.ranks,
            found.mean_ranks,
            found.rank_one_shares,
            strict=True,
        )
    ]
    return _cut(columns, rows, range(1, 6))


def pair_table(report: ScoreReport) -> Table:
    """Paired difference of every two models, images won, and the verdict."""
    columns = ("difference", "value", "95 % interval", "better, equal, worse", "p (Wilcoxon, Holm)", "verdict")
    if report.models is None:
        return _cut(columns, [], ())
    pairs = report.models.ranking.pairs
    rows = [
        (each.name, *_figures(each), f"{pair.wins}, {pair.ties}, {pair.losses}", score_text(pair.p_holm), pair.reason)
        for each, pair in zip(report.models.numbers[-len(pairs) :], pairs, strict=True)
    ]
    return _cut(columns, rows, range(1, 5))


def worst_table(report: ScoreReport) -> Table:
    """The images with the worst scores and what is wrong with them."""
    rows = [(each.name, score_text(each.score), each.reason) for each in report.worst]
    return _cut(("image", "score", "reason"), rows, (1,))


def image_table(report: ScoreReport) -> Table:
    """Score of every image."""
    return _cut(("image", "score"), [(each.name, score_text(each.value)) for each in report.part("image")], (1,))


def rule_table(report: ScoreReport) -> Table:
    """Score under every other rule."""
    rows = [(score_text(each.value), each.name, number_convention(report, each)) for each in report.part("rule")]
    return _cut(("score", "rule", "convention"), rows, (0,))


def calibration_table(report: ScoreReport) -> Table:
    """Calibration errors, Brier score and best threshold of every class."""
    rows = [
        (
            each.name,
            score_text(each.even.ece),
            score_text(each.massed.ece),
            score_text(each.even.brier),
            score_text(each.best.threshold),
            score_text(each.best.value),
            score_text(each.best.value_at_half),
        )
        for each in report.calibration
    ]
    columns = ("class", "ECE, equal width", "ECE, equal mass", "Brier", "best threshold", "score there", "at 0.5")
    return _cut(columns, rows, range(1, 7))


def library_table(report: ScoreReport) -> Table:
    """What every library call returns, lists as their plain mean."""
    rows = [
        (score_text(each.value, digits=4), each.name, number_convention(report, each), each.note)
        for each in report.part("library")
    ]
    table = _cut(("value", "call", "convention", "note"), rows, (0,))
    return replace(table, codes=[each.source for each in report.part("library")][: len(table.rows)])


def number_convention(report: ScoreReport, number: Number) -> str:
    """The whole convention of a number in words."""
    return convention_words(number.convention, report.class_names, has_void=report.has_void)


def _figures(number: Number) -> tuple[str, str]:
    return score_text(number.value), interval_text(number.interval)


def _cut(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Iterable[int]) -> Table:
    most = SHOWN_IMAGES if columns == ("image", "score") else _SHOWN
    more = f"and {len(rows) - most:,} more: see the CSV or JSON file" if len(rows) > most else ""
    return Table(columns=columns, rows=rows[:most], numbers=tuple(numbers), more=more)
