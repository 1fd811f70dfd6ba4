"""JSON: a report as a machine reads it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields
from typing import Any, cast

from metrics_core.conventions import OPTION_NAMES, Convention
from metrics_core.report.record import Calibration, Models, Number, ScoreReport
from metrics_core.uncertainty import Interval

FORMAT, VERSION = "metric-explorer report", 1
_ADVICE = ("rule", "title", "kind", "reason", "lesson")


def report_json(report: ScoreReport) -> str:
    """Every number with its formula and convention, digest, versions and seed; undefined is null.

    Options that are no finite number are the texts nan, inf and -inf. Conventions are given once and named.
    """
    distinct = {number.convention.key(): number.convention for number in report.numbers}
    names = {key: f"c{place}" for place, key in enumerate(distinct)}
    content = {
        "format": FORMAT,
        "version": VERSION,
        "title": report.title,
        "link": report.link,
        "statistics": report.digest,
        "versions": dict(report.versions),
        "seed": report.seed,
        "resamples": report.resamples,
        "images": len(report.image_names),
        "class_names": list(report.class_names),
        "conventions": {names[key]: convention_options(rule) for key, rule in distinct.items()},
        "numbers": [_number(number, names[number.convention.key()]) for number in report.numbers],
        "counts": [asdict(counts) for counts in report.counts],
        "calibration": [_calibration(each) for each in report.calibration],
        "worst_images": [asdict(each) for each in report.worst],
        "advice": [{name: getattr(each, name) for name in _ADVICE} for each in report.advice],
        "slices_by": report.slicing,
        "models": None if report.models is None else _models(report.models, names),
        "code": [asdict(snippet) for snippet in report.snippets],
    }
    return json.dumps(_finite(content), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def convention_options(rule: Convention) -> dict[str, Any]:
    """Every option by name, as JSON holds it."""
    return {name: _option(getattr(rule, name)) for name in OPTION_NAMES}


def _number(number: Number, convention: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "part": number.part,
        "name": number.name,
        "formula": number.formula,
        "convention": convention,
        "value": number.value,
    }
    interval = number.interval
    extras: dict[str, Any] = {
        "parameters": dict(number.parameters),
        "preset": number.preset,
        "index": number.index,
        "images": list(number.images),
        "interval": None if interval is None else _interval(interval),
        "note": number.note,
        "code": number.source,
    }
    return entry | {name: value for name, value in extras.items() if value not in (None, "", [], {})}


def _models(models: Models, conventions: dict[Any, str]) -> dict[str, Any]:
    found = models.ranking
    pairs = [
        {field.name: getattr(pair, field.name) for field in fields(pair) if field.name not in ("difference", "dropped")}
        for pair in found.pairs
    ]
    return {
        "statistics": dict(models.digests),
        "numbers": [_number(number, conventions[number.convention.key()]) for number in models.numbers],
        "ranks": dict(zip(found.names, found.ranks, strict=True)),
        "mean_ranks": dict(zip(found.names, found.mean_ranks, strict=True)),
        "first_in_resamples": dict(zip(found.names, found.rank_one_shares, strict=True)),
        "pairs": pairs,
        "winner": found.winner,
        "reason": found.reason,
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {field.name: getattr(interval, field.name) for field in fields(Interval) if field.name != "value"}


def _calibration(found: Calibration) -> dict[str, Any]:
    groups = {
        each.grouping: {
            "ece": each.ece,
            "ece_error": each.ece_error,
            "largest_error": each.largest_error,
            "edges": each.edges.tolist(),
            "pixels": each.pixels.tolist(),
            "mean_scores": each.mean_scores.tolist(),
            "frequencies": each.frequencies.tolist(),
        }
        for each in (found.even, found.massed)
    }
    brier = {"brier": found.even.brier, "brier_error": found.even.brier_error}
    return {"class": found.name, **brier, **groups, "best_threshold": asdict(found.best)}


def _finite(value: Any) -> Any:
    """The value with undefined numbers as None and infinite ones as text."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in cast("list[Any]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def _option(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(cast("tuple[Any, ...]", value))
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
