"""Comparison: the cached bridge to what libraries make of the data, and the user's own rules beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import streamlit as st

import metrics_core as mc
from app.kept import kept_by_digest
from app.results import Report, statistics
from app.scenes import Scene
from app.views.compare import SpreadValue
from app.views.text import format_score
from app.views.wording import AVERAGE, POOLING, rule_badges

OWN = "rules:"
Rows = Literal["library", "convention"]
# Values that a reader would print alike count as one: float32 or a library's own rounding is no disagreement.
_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of the heat map; calls: those of each family, the one nearest to the library's defaults first.

    averaging: how its calls average, in words; "" where they differ.
    """

    library: str
    averaging: str
    calls: dict[str, tuple[mc.Row, ...]]

    @property
    def name(self) -> str:
        """Library and averaging."""
        return f"{self.library} · {self.averaging}" if self.averaging else self.library


@dataclass(frozen=True, kw_only=True)
class Spread:
    """One value of a family, and the calls that give it."""

    value: float
    calls: tuple[mc.Row, ...]

    @property
    def shown(self) -> SpreadValue:
        """The value with a line of text for each library."""
        counts: dict[str, list[mc.Row]] = {}
        for row in self.calls:
            counts.setdefault(library_name(row), []).append(row)
        texts = [f"{name}: {rows[0].call if len(rows) == 1 else f'{len(rows)} calls'}" for name, rows in counts.items()]
        return SpreadValue(value=self.value, calls=tuple(texts))


@dataclass(frozen=True, kw_only=True, eq=False)
class Calls:
    """What every library call makes of one model's counts.

    The calls get the data's own void label and nothing of the sidebar's rules, so no rule changes them.
    """

    rows: tuple[mc.Row, ...]
    class_names: tuple[str, ...]
    has_void: bool

    @cached_property
    def by_key(self) -> dict[str, mc.Row]:
        """Every call by the key of its preset."""
        return {row.preset.key: row for row in self.rows}

    @cached_property
    def averages(self) -> tuple[mc.Row, ...]:
        """Calls that return an average; of libraries that return lists only, the plain mean of the list.

        Sums over classes are no averages: they exceed 1.
        """
        scalar = {(library_name(row), row.family) for row in self.rows if row.preset.is_scalar}
        return tuple(
            row
            for row in self.rows
            if row.convention.average != "sum"
            and (row.preset.is_scalar or (library_name(row), row.family) not in scalar)
        )

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Families of which there is a call, in the order of columns."""
        found = {row.family for row in self.averages}
        return tuple(family for family in mc.FAMILIES if family in found)

    @cached_property
    def libraries(self) -> tuple[str, ...]:
        """Names of the libraries."""
        return tuple(dict.fromkeys(library_name(row) for row in self.averages))

    @cached_property
    def by_library(self) -> tuple[Line, ...]:
        """One line a library."""
        return _lines((library_name(row), "", row) for row in self.averages)

    @cached_property
    def by_convention(self) -> tuple[Line, ...]:
        """One line a library and way of averaging."""
        return _lines((library_name(row), self._averaging(row.convention), row) for row in self.averages)

    def lines(self, rows: Rows, libraries: tuple[str, ...]) -> tuple[Line, ...]:
        """Lines of some libraries, or of all of them."""
        every = self.by_library if rows == "library" else self.by_convention
        return tuple(line for line in every if not libraries or line.library in libraries)

    def spread(self, family: str) -> tuple[Spread, ...]:
        """Values of a family over all libraries, ascending, undefined last."""
        found: dict[float, list[mc.Row]] = {}
        for row in self.averages:
            if row.family == family:
                found.setdefault(math.inf if math.isnan(row.fraction) else round(row.fraction, _DIGITS), []).append(row)
        return tuple(Spread(value=calls[0].fraction, calls=tuple(calls)) for _, calls in sorted(found.items()))

    def note(self, calls: Sequence[mc.Row]) -> str:
        """Lines on the first of some calls: its source text, its convention, and what all of them give."""
        row = calls[0]
        lines = [f"{row.library} {row.preset.version}: {row.call}", self.convention(row)]
        if not row.preset.is_scalar:
            lines.append("returns a list; this is its plain mean")
        if row.reason:
            lines.append(row.reason)
        values = sorted({round(each.fraction, _DIGITS) for each in calls if not math.isnan(each.fraction)})
        if len(values) > 1:
            low, high = format_score(values[0]), format_score(values[-1])
            lines.append(f"with other arguments: {len(values)} values from {low} to {high}")
        lines += [f"known defect: {quirk.title}" for quirk in row.quirks]
        return "\n".join(lines)

    def convention(self, row: mc.Row) -> str:
        """The convention of a call in words."""
        badges = rule_badges(row.convention, self.class_names, has_void=self.has_void)
        return " · ".join(badge for badge in badges if badge != "argmax")

    def _averaging(self, rule: mc.Convention) -> str:
        parts = [AVERAGE[rule.average] if rule.weights == "support" else "given weights"]
        if rule.pooling == "image":
            parts.append(POOLING["image"])
        left_out = [label for label in rule.excluded_classes if label not in rule.ignored_classes]
        if left_out == [0]:
            parts.append(f"without {self.class_names[0]}")
        elif left_out:
            parts.append("some classes")
        return " · ".join(parts)


def library_name(row: mc.Row) -> str:
    """Name of the library, or of the part of it, that a call belongs to."""
    return row.preset.function.rpartition(".")[0].replace("_0_9", " 0.9")


def _lines(named: Iterable[tuple[str, str, mc.Row]]) -> tuple[Line, ...]:
    found: dict[tuple[str, str], dict[str, list[mc.Row]]] = {}
    for library, averaging, row in named:
        found.setdefault((library, averaging), {}).setdefault(row.family, []).append(row)
    return tuple(
        Line(
            library=library,
            averaging=averaging,
            calls={family: tuple(sorted(rows, key=_arguments)) for family, rows in calls.items()},
        )
        for (library, averaging), calls in found.items()
    )


def _arguments(row: mc.Row) -> int:
    """Number of arguments that are not the library's default: the key of a preset leaves those out."""
    return row.preset.key.count("=")


def library_calls(scene: Scene, model: str) -> Calls:
    """Every library's calls on one model's counts: made once, kept under the digest."""
    return _library_calls(scene.digest, model, scene)


@kept_by_digest(st.cache_resource, shared=16, own=4, spinner="Asking the libraries …")
def _library_calls(digest: str, model: str, _scene: Scene) -> Calls:
    counted = statistics(_scene, model)
    return Calls(
        rows=mc.compare(counted, lists="kept"),
        class_names=counted.class_names,
        has_void=_scene.dataset.ignore_label is not None,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class End:
    """One end of an explanation: a library call, or the user's rules in a family (row is None)."""

    key: str
    title: str
    family: str
    value: float
    formula: mc.Formula | None
    convention: mc.Convention
    row: mc.Row | None

    @property
    def meaning(self) -> mc.Preset | tuple[mc.Formula, mc.Convention]:
        """What mc.explain takes."""
        if self.row is not None:
            return self.row.preset
        assert self.formula is not None
        return self.formula, self.convention


def own_ends(report: Report, families: Iterable[str]) -> dict[str, End]:
    """The user's rules applied to each family: to the chosen formula in its family, to the plain one in the others."""
    chosen = report.selection.formula_record
    found: dict[str, End] = {}
    for family in families:
        # The libraries' F-beta calls are made with beta = 2.
        plain = mc.get_formula("fbeta", beta=2.0) if family == "fbeta" else mc.get_formula(family)
        formula = chosen if mc.formula_family(chosen) == family else plain
        value = mc.evaluate(formula, report.statistics, report.selection.convention)
        found[family] = End(
            key=OWN + family,
            title=f"your rules · {formula.name}",
            family=family,
            value=float(value.mean()),
            formula=formula,
            convention=report.selection.convention,
            row=None,
        )
    return found


def call_end(row: mc.Row) -> End:
    """A library call as an end."""
    return End(
        key=row.preset.key,
        title=row.preset.key.replace("_0_9", " 0.9"),
        family=row.family,
        value=row.fraction,
        formula=row.preset.formula,
        convention=row.convention,
        row=row,
    )


def chosen_ends(report: Report, calls: Calls, own: dict[str, End]) -> tuple[End, End] | None:
    """Start and end: by default the user's rules, and the library default that is furthest from the start."""
    known = {end.key: end for end in own.values()}
    selection = report.selection
    start, end = (
        known.get(key) or (call_end(calls.by_key[key]) if key in calls.by_key else None)
        for key in (selection.start, selection.end)
    )
    family = end.family if end else start.family if start else mc.formula_family(selection.formula_record)
    if not own:
        return None
    family = family if family in own else next(iter(own))
    start = start or own[family]
    return start, end or _furthest(calls, family, start.value)


def without_defects(report: Report, row: mc.Row) -> float:
    """What a call would give without the library's known defects."""
    return float(mc.evaluate_preset(row.preset, report.statistics, quirks=False).value.mean())


def _furthest(calls: Calls, family: str, value: float) -> End:
    defaults = [line.calls[family][0] for line in calls.by_library if family in line.calls]
    gaps = [abs(row.fraction - value) for row in defaults]
    return call_end(max(zip(gaps, defaults, strict=True), key=lambda pair: -1.0 if math.isnan(pair[0]) else pair[0])[1])
