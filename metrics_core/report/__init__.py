"""Reports: one score and what it hides as one HTML page, Markdown, CSV and JSON that can be scored again."""

from metrics_core.report.code import score_source
from metrics_core.report.digests import statistics_digest
from metrics_core.report.json_form import report_json
from metrics_core.report.making import calibrations, make_report
from metrics_core.report.page import report_html
from metrics_core.report.plain import report_csv, report_markdown
from metrics_core.report.record import Calibration, Number, ScoreReport
from metrics_core.report.rescoring import Rescored, rescore

__all__ = [
    "Calibration",
    "Number",
    "Rescored",
    "ScoreReport",
    "calibrations",
    "make_report",
    "report_csv",
    "report_html",
    "report_json",
    "report_markdown",
    "rescore",
    "score_source",
    "statistics_digest",
]
