"""Reports: one score and what it hides as one HTML page, Markdown, CSV and JSON that can be scored again."""

from metrics_core.report.code import CodeOptions, arrays_of, calibration_sources, score_source
from metrics_core.report.digests import statistics_digest
from metrics_core.report.json_form import report_json
from metrics_core.report.making import calibrations, make_report
from metrics_core.report.page import report_html
from metrics_core.report.plain import report_csv, report_markdown
from metrics_core.report.record import Calibration, ScoreReport, Snippet
from metrics_core.report.rescoring import Rescored, rescore
from metrics_core.report.slicing import Slicing, slice_by_column, slice_by_size
from metrics_core.report.snippets import same_calls
from metrics_core.report.words import RULE_WORDS, rule_words

__all__ = [
    "RULE_WORDS",
    "Calibration",
    "CodeOptions",
    "Rescored",
    "ScoreReport",
    "Slicing",
    "Snippet",
    "arrays_of",
    "calibration_sources",
    "calibrations",
    "make_report",
    "report_csv",
    "report_html",
    "report_json",
    "report_markdown",
    "rescore",
    "rule_words",
    "same_calls",
    "score_source",
    "slice_by_column",
    "slice_by_size",
    "statistics_digest",
]
