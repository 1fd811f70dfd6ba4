"""Paths: from one score to another, one option after the other, and what each option is worth in itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from metrics_core.disagreement import words
from metrics_core.disagreement.change import Change
from metrics_core.disagreement.ends import End, ReadEnd, changing_options, is_idle, mixed, read_end, with_void_class
from metrics_core.disagreement.families import require_family
from metrics_core.disagreement.lattice import SAMPLED_ORDERS, differs
from metrics_core.disagreement.plans import MOST_EXACT, Method, Plan, plan
from metrics_core.disagreement.sentences import sentence
from metrics_core.disagreement.states import Scorer, State
from metrics_core.formulas import Formula
from metrics_core.presets import Preset
from metrics_core.statistics import Statistics, refuse_unless_statistics

Options = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One option changed, from start to end in words; before and after are scores as fractions, NaN if undefined.

    options: names, the first one leading the others, which mean nothing without it. attribution: what the change adds
    in the mean over all orders; unlike after - before it does not depend on the place in the path.
    """

    options: Options
    label: str
    start: str
    end: str
    before: float
    after: float
    attribution: float
    sentence: str

    @property
    def delta(self) -> float:
        """after - before; NaN where either is undefined."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class Unchanged:
    """Options that differ between the ends, but change nothing on these data, in whatever order."""

    options: Options
    label: str
    start: str
    end: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The way from one score to another; values are fractions, per cent divided by 100, lists as their plain mean.

    attribution tells how the attributions of the steps were found: over all orders, a sample of them, or not at all.
    note: what to know about undefined values on the way, or "".
    """

    start_value: float
    end_value: float
    steps: tuple[Step, ...]
    unchanged: tuple[Unchanged, ...]
    attribution: Method
    note: str

    @property
    def total(self) -> float:
        """end_value - start_value."""
        return self.end_value - self.start_value

    @property
    def order_matters(self) -> bool:
        """Whether a step's share depends on its place in the path."""
        return any(abs(step.delta - step.attribution) > 1e-9 for step in self.steps)


def explain(
    statistics: Statistics, *, formula: str | Formula | None = None, start: End, end: End, quirks: bool = True
) -> Explanation:
    """Option-by-option path from one score to another on the same data.

    start, end: presets, (formula, convention) pairs, or conventions of formula=. quirks=False takes presets without
    their libraries' known defects. Beside presets, a void label inside 0..C-1 is an ignored class. The steps add up to
    end_value - start_value, and so do their attributions. The order avoids undefined scores on the way where it can.

    Raises:
        ValueError: an end without formula, of another formula than the one asked for, or for other classes.
    """
    refuse_unless_statistics(statistics, usage="explain(statistics, formula='iou', start=one, end=other)")
    for side in (start, end):
        if isinstance(side, Preset) and formula is not None:
            require_family(side, formula)
    void: tuple[int, ...] = ()
    if isinstance(start, Preset) or isinstance(end, Preset):
        statistics, void = with_void_class(statistics)
    scorer = Scorer(statistics)
    first, last = (read_end(side, formula=formula, scorer=scorer, void=void, quirks=quirks) for side in (start, end))
    walk = _Walk(scorer=scorer, first=first, last=last, groups=changing_options(first.state, last.state))
    return walk.explanation()


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """The way between two ends: groups of options that change together, in the order in which they are told."""

    scorer: Scorer
    first: ReadEnd
    last: ReadEnd
    groups: tuple[Options, ...]

    def state(self, changed: Iterable[int]) -> State:
        """The start with some groups changed."""
        return mixed(self.first.state, self.last.state, frozenset(name for i in changed for name in self.groups[i]))

    def value(self, changed: frozenset[int]) -> float:
        """Its score; the ends' own values stand, whatever way they were computed."""
        if not changed:
            return self.first.value
        return self.last.value if len(changed) == len(self.groups) else self.scorer.value(self.state(changed))

    def explanation(self) -> Explanation:
        """Every step, every option without effect, and what to know about undefined values."""
        way = plan(len(self.groups), self.value)
        idle = tuple(i for i in range(len(self.groups)) if i not in way.order)
        steps: list[Step] = []
        before = self.first.value
        for position, after in enumerate(way.after):
            changed = (*idle, *way.order[:position])
            steps.append(self._step(way, way.order[position], self.state(changed), before, after))
            before = after
        told = [i for i in idle if not is_idle(self.groups[i], self.first.state, self.last.state)]
        return Explanation(
            start_value=self.first.value,
            end_value=self.last.value,
            steps=tuple(steps),
            unchanged=tuple(self._unchanged(i) for i in told),
            attribution=way.method,
            note=self._note(way),
        )

    def _change(self, i: int, before: State) -> Change:
        after = mixed(before, self.last.state, frozenset(self.groups[i]))
        return Change(options=self.groups[i], scorer=self.scorer, before=before, after=after)

    def _step(self, way: Plan, i: int, state: State, before: float, after: float) -> Step:
        change = self._change(i, state)
        start, end = change.in_words()
        return Step(
            options=self.groups[i],
            label=words.LABELS[self.groups[i][0]],
            start=start,
            end=end,
            before=before,
            after=after,
            attribution=way.shares.get(i, math.nan),
            sentence=sentence(change) + _turn(before, after) + self._defects(change),
        )

    def _unchanged(self, i: int) -> Unchanged:
        change = self._change(i, self.first.state)
        start, end = change.in_words()
        label = words.LABELS[self.groups[i][0]]
        text = f"{label}: {end} instead of {start} changes nothing on these data"
        return Unchanged(options=self.groups[i], label=label, start=start, end=end, sentence=text)

    def _defects(self, change: Change) -> str:
        """Known defects of either library that these options express, where they matter."""
        found: dict[str, str] = {}
        for end, state in ((self.first, change.before), (self.last, change.after)):
            for quirk in end.quirks:
                undo = {name: value for name, value in quirk.correction if name in change.options}
                if undo and differs(self.scorer.value(state), self.scorer.value(state.with_options(**undo))):
                    found[quirk.key] = f"; a known defect of {end.library}: {quirk.title}"
        return "".join(found.values())

    def _note(self, way: Plan) -> str:
        notes = [
            f"the {name} is " + (f"undefined: {end.reason}" if math.isnan(end.value) else "infinite")
            for name, end in (("start", self.first), ("end", self.last))
            if not math.isfinite(end.value)
        ]
        if way.method == "sampled":
            notes.append(f"more than {MOST_EXACT} options differ: attributions are means over {SAMPLED_ORDERS} orders")
        if way.method == "none" and way.order and not notes:
            notes.append("every order passes through undefined scores, so the total cannot be shared out")
        if way.method != "none" and way.detour:
            notes.append(
                "some combinations of options are undefined: attributions are means over the orders without them"
            )
        return "; ".join(notes)


def _turn(before: float, after: float) -> str:
    if math.isnan(before) == math.isnan(after):
        return ""
    return "; the score becomes undefined" if math.isnan(after) else "; the score becomes defined"
