"""Page: a report as one HTML file that needs nothing else: no network, no script, light and dark, printable."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from metrics_core.advice import Advice
from metrics_core.disagreement import words
from metrics_core.report.drawing import Whisker, reliability_svg, shown, strip_svg, whiskers_svg
from metrics_core.report.record import Number, Part, ScoreReport
from metrics_core.report.style import STYLE
from metrics_core.report.tables import (
    SHOWN_IMAGES,
    Table,
    calibration_table,
    class_table,
    image_table,
    library_table,
    model_table,
    number_convention,
    pair_table,
    rule_table,
    slice_table,
    worst_table,
)
from metrics_core.report.words import UNDEFINED, interval_sentence, score_text

_DIAGRAMS = 8  # classes with a diagram; the table has all
_ROWS = 60  # rows of a figure


def report_html(report: ScoreReport) -> str:
    """One self-contained page; names are escaped, and long lists are cut with a word on where the rest is."""
    number, images = report.headline, words.plural(len(report.image_names), "image")
    body = [
        f"<h1>{shown(report.title)}</h1>",
        f"<p>{images}, {words.plural(len(report.class_names), 'class', 'classes')}.</p>",
        f'<p class="score"><span>{shown(number.name)}</span> <b>{score_text(number.value)}</b></p>',
        f"<p>{shown(interval_sentence(report, number))}</p>",
        _convention(report, number),
        _code(report, "score"),
        *_classes(report),
        *_slices(report),
        *_images(report),
        *_models(report),
        *_advice(report),
        *_rules(report),
        *_calibration(report),
        *_libraries(report),
        *_origin(report),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f'<meta name="color-scheme" content="light dark"><title>{shown(report.title)}</title><style>{STYLE}</style>'
        f"</head><body><main>\n{chr(10).join(part for part in body if part)}\n</main></body></html>\n"
    )


def shown_lines(text: str) -> str:
    """Source text, its line ends kept."""
    return "\n".join(shown(line) for line in text.splitlines())


def _convention(report: ScoreReport, number: Number) -> str:
    return f'<p class="note">Convention: {shown(number_convention(report, number))}.</p>'


def _classes(report: ScoreReport) -> Iterable[str]:
    numbers = report.part("class")
    yield "<h2>Classes</h2>"
    yield whiskers_svg([_whisker(each) for each in numbers[:_ROWS]], title="score and interval of every class")
    yield _table(class_table(report))
    yield _convention(report, numbers[0])
    yield _code(report, "class")


def _slices(report: ScoreReport) -> Iterable[str]:
    if numbers := report.part("slice"):
        yield f"<h2>Slices by {shown(report.slicing)}</h2>"
        yield whiskers_svg([_whisker(each) for each in numbers[:_ROWS]], title="score and interval of every slice")
        yield _table(slice_table(report))
        yield _convention(report, numbers[0])
        yield _code(report, "slice")


def _images(report: ScoreReport) -> Iterable[str]:
    numbers = report.part("image")
    values = [each.value for each in numbers]
    undefined = sum(math.isnan(value) for value in values)
    yield "<h2>Images</h2>"
    yield strip_svg(values, title="one dot an image: its score")
    if undefined:
        yield f'<p class="note">{undefined:,} of {len(values):,} images are undefined ({UNDEFINED}): 0/0.</p>'
    yield "<h3>Worst images</h3>"
    yield _table(worst_table(report))
    yield _code(report, "worst")
    if len(numbers) <= SHOWN_IMAGES:
        yield f"<details><summary>All {len(numbers):,} images</summary>{_table(image_table(report))}</details>"
    else:
        yield f'<p class="note">The scores of all {len(numbers):,} images are in the CSV and JSON files.</p>'
    yield _convention(report, numbers[0])
    yield _code(report, "image")


def _models(report: ScoreReport) -> Iterable[str]:
    if report.models is not None:
        numbers = report.models.numbers
        yield f"<h2>Models</h2><p>{shown(report.models.ranking.reason)}.</p>"
        models = [each for each in numbers if each.part == "model"]
        yield whiskers_svg([_whisker(each) for each in models[:_ROWS]], title="score and interval of every model")
        yield _table(model_table(report))
        yield _table(pair_table(report))
        yield _convention(report, numbers[0])
        yield _code(report, "pair")


def _advice(report: ScoreReport) -> Iterable[str]:
    said = [each for each in report.advice if each.kind != "check"]
    asked = [each for each in report.advice if each.kind == "check"]
    if said:
        yield f"<h2>Advice</h2>{_advice_list(said)}"
    if asked:
        summary = f"{len(asked)} questions that the counts cannot answer"
        yield f"<details><summary>{summary}</summary>{_advice_list(asked)}</details>"


def _advice_list(advice: Sequence[Advice]) -> str:
    lines = [
        f"<li><b>{shown(each.kind)}</b> {shown(each.title)}<br>"
        f'<span class="note">{shown(each.reason)} · lesson {shown(each.lesson)}</span></li>'
        for each in advice
    ]
    return f"<ul>{''.join(lines)}</ul>"


def _rules(report: ScoreReport) -> Iterable[str]:
    numbers = report.part("rule")
    yield "<h2>The same pixels under other rules</h2>"
    yield strip_svg([each.value for each in numbers], marked=report.headline.value, title="score under every rule")
    yield f"<details><summary>{len(numbers)} rules</summary>{_table(rule_table(report))}</details>"
    yield _code(report, "rule")


def _calibration(report: ScoreReport) -> Iterable[str]:
    if not report.calibration:
        return
    yield "<h2>Calibration</h2>"
    diagrams = [
        f"<figure>{reliability_svg(each.even, title=f'reliability of {each.name}')}<figcaption>{shown(each.name)}"
        "</figcaption></figure>"
        for each in report.calibration[:_DIAGRAMS]
    ]
    yield f'<div class="figures">{"".join(diagrams)}</div>'
    yield _table(calibration_table(report))
    yield f'<p class="note">{shown(report.calibration[0].best.warning)}.</p>'
    yield _code(report, "calibration")


def _libraries(report: ScoreReport) -> Iterable[str]:
    numbers = report.part("library")
    if numbers:
        yield "<h2>What libraries make of these counts</h2>"
        yield f"<details><summary>{len(numbers)} calls</summary>{_table(library_table(report))}</details>"
        yield _code(report, "library")


def _origin(report: ScoreReport) -> Iterable[str]:
    packages = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    rows = [("Statistics", report.digest), ("Versions", packages)]
    rows.append(("Resamples", f"{report.resamples:,}, seed {report.seed}"))
    yield "<h2>Where these numbers come from</h2>"
    yield _table(Table(columns=("", ""), rows=rows, numbers=()))
    if report.link.startswith(("http://", "https://")):
        yield f'<p>Open the same view: <a href="{shown(report.link)}">{shown(report.link)}</a></p>'


def _code(report: ScoreReport, part: Part) -> str:
    """The code of a part, folded: with metrics_core, then with the libraries that give the same."""
    shown_code = [
        f'<p class="note"><b>{shown(each.library)}</b>: {shown(each.gives)}</p><pre>{shown_lines(each.source)}</pre>'
        for each in report.code(part)
    ]
    return f"<details><summary>Copy the code</summary>{''.join(shown_code)}</details>" if shown_code else ""


def _whisker(number: Number) -> Whisker:
    if number.interval is None:
        return Whisker(name=number.name, value=number.value)
    return Whisker(name=number.name, value=number.value, low=number.interval.low, high=number.interval.high)


def _table(table: Table) -> str:
    def cells(tag: str, row: Sequence[str], more: str = "") -> str:
        looks = [' class="number"' if column in table.numbers else "" for column in range(len(row))]
        inside = [shown(cell) for cell in row]
        inside[1] += more
        return "".join(f"<{tag}{look}>{cell}</{tag}>" for look, cell in zip(looks, inside, strict=True))

    head = f"<thead><tr>{cells('th', table.columns)}</tr></thead>" if any(table.columns) else ""
    codes = [f"<details><summary>code</summary><pre>{shown_lines(code)}</pre></details>" for code in table.codes]
    folded = codes or [""] * len(table.rows)
    body = "".join(f"<tr>{cells('td', row, code)}</tr>" for row, code in zip(table.rows, folded, strict=True))
    more = f'<p class="note">{shown(table.more)}</p>' if table.more else ""
    return f'<div class="scroll"><table>{head}<tbody>{body}</tbody></table></div>{more}'
