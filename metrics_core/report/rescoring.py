"""Rescoring: the numbers of a report's JSON computed anew from the same statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from metrics_core.conventions import Convention
from metrics_core.disagreement import compare
from metrics_core.disagreement.states import one_number
from metrics_core.evaluation import score
from metrics_core.files.refusals import FileError, display_name, refusal
from metrics_core.files.texts import parse_json
from metrics_core.presets import list_presets
from metrics_core.report.digests import statistics_digest
from metrics_core.report.json_form import FORMAT, VERSION
from metrics_core.report.models import compared
from metrics_core.report.record import Number
from metrics_core.statistics import Statistics
from metrics_core.uncertainty import Interval, bootstrap, bootstrap_classes

LONGEST = 256 * 2**20


@dataclass(frozen=True, kw_only=True)
class Rescored:
    """A number of a report and what the statistics give now: value and both ends of the interval, NaN for none."""

    part: str
    name: str
    recorded: tuple[float, float, float]
    now: tuple[float, float, float]

    @property
    def equal(self) -> bool:
        """Whether both are the same, undefined included."""
        pairs = zip(self.recorded, self.now, strict=True)
        return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in pairs)


def rescore(
    data: str | bytes,
    statistics: Statistics,
    *,
    models: Mapping[str, Statistics] | None = None,
    where: str = "report",
) -> tuple[Rescored, ...]:
    """Every number of a report's JSON computed anew from its own formula and convention.

    models: those that the report compares; without them, their scores and differences are left out.

    Raises:
        FileError: no such report, or one of other statistics.
    """
    content = _content(data.encode() if isinstance(data, str) else data, where)
    if (digest := statistics_digest(statistics)) != content.get("statistics"):
        got = display_name(str(content.get("statistics"))[:50])
        raise refusal(where, expected=f"a report of the statistics {digest}", got=got, todo="give the file it is of")
    try:
        conventions = {name: _convention(options) for name, options in content["conventions"].items()}
        numbers = [_read(entry, conventions) for entry in content["numbers"]]
        again = _Again(statistics, numbers, resamples=int(content["resamples"]), seed=int(content["seed"]))
        found = tuple(again.of(number) for number in numbers)
        return found if models is None else found + _compared(content, models, numbers[0])
    except FileError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        got = display_name(str(error), characters=60)
        raise refusal(where, expected="numbers with formula and convention", got=got, todo="save it again") from None


def _content(data: bytes, where: str) -> dict[str, Any]:
    content = parse_json(data, where=where, most=LONGEST)
    if not isinstance(content, dict) or cast("dict[str, Any]", content).get("format") != FORMAT:
        raise refusal(where, expected="a report of metric-explorer", got="another JSON file", todo="choose another")
    found = cast("dict[str, Any]", content)
    if found.get("version") != VERSION or isinstance(found.get("version"), bool):
        got = display_name(str(found.get("version"))[:20])
        raise refusal(where, expected=f"version {VERSION}", got=got, todo="write the report again")
    return found


def _convention(options: Mapping[str, Any]) -> Convention:
    read: dict[str, Any] = {}
    for name, value in options.items():
        value = tuple(cast("list[Any]", value)) if isinstance(value, list) else value
        read[name] = float(value) if value in ("nan", "inf", "-inf") else value
    return Convention(**read)


def _read(entry: dict[str, Any], conventions: Mapping[str, Convention]) -> Number:
    interval: dict[str, Any] | None = entry.get("interval")
    value = _float(entry["value"])
    return Number(
        part=entry["part"],
        name=entry["name"],
        formula=entry["formula"],
        parameters=entry.get("parameters", {}),
        preset=entry.get("preset", ""),
        convention=conventions[entry["convention"]],
        index=entry.get("index"),
        images=tuple(entry.get("images", ())),
        value=value,
        interval=None if interval is None else Interval(value=value, **interval),
    )


def _float(value: Any) -> float:
    return math.nan if value is None else float(value)


def _compared(content: Mapping[str, Any], models: Mapping[str, Statistics], headline: Number) -> tuple[Rescored, ...]:
    """Scores and differences of the models that a report compares."""
    recorded = content["models"]
    if recorded is None:
        return ()
    now = compared(models, headline, resamples=int(content["resamples"]), seed=int(content["seed"]))
    if now.digests != recorded["statistics"]:
        raise ValueError(f"models {', '.join(recorded['statistics'])}, with the statistics they had")
    pairs = zip(recorded["numbers"], now.numbers, strict=True)
    return tuple(_rescored(_read(old, {old["convention"]: new.convention}), new) for old, new in pairs)


def _rescored(old: Number, new: Number) -> Rescored:
    return Rescored(part=new.part, name=new.name, recorded=_figures(old), now=_figures(new))


def _figures(number: Number) -> tuple[float, float, float]:
    interval = number.interval
    return (number.value, *((math.nan, math.nan) if interval is None else (interval.low, interval.high)))


class _Again:
    """The numbers of a report computed anew, each score once."""

    def __init__(self, statistics: Statistics, numbers: list[Number], *, resamples: int, seed: int) -> None:
        self._statistics, self._resamples, self._seed = statistics, resamples, seed
        self._scores: dict[object, list[float]] = {}
        self._intervals: dict[object, tuple[Interval, ...]] = {}
        wanted = {number.preset for number in numbers if number.preset}
        every = list_presets(num_classes=statistics.num_classes, ignore_label=statistics.ignore_label)
        rows = compare(statistics, presets=[each for each in every if each.key in wanted], lists="kept")
        self._libraries = {row.preset.key: row.value for row in rows}

    def of(self, number: Number) -> Rescored:
        """A number as it was and as it is now."""
        low_high = (math.nan, math.nan)
        if number.interval is not None:
            found = self._interval(number)
            low_high = (found.low, found.high)
        value = self._libraries[number.preset] if number.preset else self._value(number)
        return Rescored(part=number.part, name=number.name, recorded=_figures(number), now=(value, *low_high))

    def _part(self, number: Number) -> Statistics:
        if not number.images:
            return self._statistics
        places = {name: i for i, name in enumerate(self._statistics.image_names)}
        return self._statistics.select([places[name] for name in number.images])

    def _value(self, number: Number) -> float:
        whole = number.index is None
        key = (number.formula, str(number.parameters), number.convention.key(), number.images, whole)
        if key not in self._scores:
            value = score(number.record, self._part(number), number.convention).value
            self._scores[key] = [one_number(value)] if whole else value.reshape(-1).tolist()
        return self._scores[key][number.index or 0]

    def _interval(self, number: Number) -> Interval:
        listed = number.part == "class"
        key = (number.formula, str(number.parameters), number.convention.key(), number.images, listed)
        if key not in self._intervals:
            part, formula, rule = self._part(number), number.record, number.convention
            resamples, seed = self._resamples, self._seed
            self._intervals[key] = (
                bootstrap_classes(part, formula, rule, resamples=resamples, seed=seed)
                if listed
                else (bootstrap(part, formula, rule, resamples=resamples, seed=seed),)
            )
        return self._intervals[key][(number.index or 0) if listed else 0]
