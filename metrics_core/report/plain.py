"""Plain: a report as Markdown, and all its numbers as CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from metrics_core.conventions import Convention
from metrics_core.files.csv_cells import safe_csv
from metrics_core.files.refusals import clean_name
from metrics_core.report.json_form import convention_options
from metrics_core.report.record import Number, Part, ScoreReport
from metrics_core.report.tables import (
    Table,
    calibration_table,
    class_table,
    library_table,
    model_table,
    number_convention,
    pair_table,
    rule_table,
    slice_table,
    worst_table,
)
from metrics_core.report.words import interval_sentence, score_text

_SIGNS = re.compile(r"([\\`*_\[\]{}<>#|~$&!])")
_COLUMNS = (
    "part",
    "name",
    "formula",
    "value",
    "low",
    "high",
    "level",
    "method",
    "resamples",
    "seed",
    "images",
    "note",
    "convention",
)


def report_markdown(report: ScoreReport) -> str:
    """The report in Markdown: tables, no figures; names are escaped."""
    number = report.headline
    sections = [
        f"# {_plain(report.title)}",
        f"**{_plain(number.name)} {score_text(number.value)}**: {_plain(interval_sentence(report, number))}.",
        f"Convention: {_plain(number_convention(report, number))}.",
        _code(report, "score"),
        _section("Classes", class_table(report)),
        _code(report, "class"),
        _section(f"Slices by {report.slicing}", slice_table(report)),
        _code(report, "slice"),
        _section("Worst images", worst_table(report)),
        _code(report, "worst"),
        _code(report, "image"),
        _section("Models", model_table(report)),
        _section("Differences of models", pair_table(report)),
        _code(report, "pair"),
        _advice(report),
        _section("The same pixels under other rules", rule_table(report)),
        _code(report, "rule"),
        _section("Calibration", calibration_table(report)),
        _code(report, "calibration"),
        _section("What libraries make of these counts", library_table(report)),
        _code(report, "library"),
        _origin(report),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def report_csv(report: ScoreReport) -> str:
    """One row a number with all its digits and its convention as JSON, options at their default left out.

    Undefined is an empty cell.
    """
    models = () if report.models is None else report.models.numbers
    return safe_csv(_COLUMNS, (_csv_row(report, number) for number in (*report.numbers, *models)))


def _csv_row(report: ScoreReport, number: Number) -> list[object]:
    interval, options = number.interval, convention_options(number.convention)
    parameters = "".join(f", {name}={value!r}" for name, value in number.parameters.items())
    found: Sequence[object] = ("",) * 6
    if interval is not None:
        found = (interval.low, interval.high, interval.level, interval.method, interval.resamples, interval.seed)
    return [
        number.part,
        number.name,
        number.formula + parameters,
        "" if number.value != number.value else number.value,
        *found,
        len(number.images or report.image_names) if number.part != "image" else 1,
        number.note,
        json.dumps({name: options[name] for name in number.convention.differences(Convention())}),
    ]


def _plain(text: str) -> str:
    return _SIGNS.sub(r"\\\1", clean_name(text))


def _section(title: str, table: Table) -> str:
    if not table.rows:
        return ""
    lines = [table.columns, ["--:" if i in table.numbers else "---" for i in range(len(table.columns))]]
    drawn = ["| " + " | ".join(lines[0]) + " |", "|" + "|".join(lines[1]) + "|"]
    drawn += ["| " + " | ".join(_plain(cell) for cell in row) + " |" for row in table.rows]
    more = f"\n\n{table.more}" if table.more else ""
    return f"## {_plain(title)}\n\n" + "\n".join(drawn) + more


def _code(report: ScoreReport, part: Part) -> str:
    """The code of a part; a fence is longer than any in the code."""
    blocks: list[str] = []
    for each in report.code(part):
        source = "\n".join(map(clean_name, each.source.splitlines()))
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", source)), default=0))
        blocks.append(f"{_plain(each.library)}: {_plain(each.gives)}\n\n{fence}python\n{source}\n{fence}")
    return "\n\n".join(blocks)


def _advice(report: ScoreReport) -> str:
    if not report.advice:
        return ""
    lines = [
        f"- **{each.kind}** {_plain(each.title)}: {_plain(each.reason)} (lesson {_plain(each.lesson)})"
        for each in report.advice
    ]
    return "## Advice\n\n" + "\n".join(lines)


def _origin(report: ScoreReport) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    link = f"\n- link: <{clean_name(report.link)}>" if report.link.startswith(("http://", "https://")) else ""
    return (
        f"## Where these numbers come from\n\n- statistics: {report.digest}\n- versions: {_plain(packages)}\n"
        f"- {report.resamples:,} resamples, seed {report.seed}{link}"
    )
