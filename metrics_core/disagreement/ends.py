"""Ends: two states of a score to get from one to the other, and the options that change on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from metrics_core.conventions import Convention
from metrics_core.disagreement.lattice import differs
from metrics_core.disagreement.states import Scorer, State, one_number
from metrics_core.formulas import Formula, get_formula
from metrics_core.presets import Preset, Quirk, corrected, evaluate_preset, unfolded
from metrics_core.statistics import Statistics

End = Preset | Convention | tuple[str | Formula, Convention]
# Options that mean nothing unless another has a certain value: they change together with it.
_FOLLOWERS: dict[str, tuple[str, Callable[[Convention], bool]]] = {
    "order": ("pooling", lambda rule: rule.pooling == "image"),
    "undefined_images": ("pooling", lambda rule: rule.pooling == "image"),
    "weights": ("average", lambda rule: rule.average == "weighted"),
    "weighted_mean_divisor": ("average", lambda rule: rule.average == "weighted"),
    "zero_weight": ("average", lambda rule: rule.average == "weighted"),
    "micro_zero_division": ("average", lambda rule: rule.average == "micro"),
    "threshold_tie": ("threshold", lambda rule: rule.threshold is not None),
    "ignored_pixels": ("ignored_classes", lambda rule: bool(rule.ignored_classes)),
    "absent_value": ("kept_classes", lambda rule: rule.kept_classes != "all"),
    "digits": ("scale", lambda rule: rule.digits is not None),
}


@dataclass(frozen=True, kw_only=True)
class ReadEnd:
    """An end as a state, its value as a fraction, and why that is undefined ("" if it is not)."""

    state: State
    library: str
    quirks: tuple[Quirk, ...]
    value: float
    reason: str


def read_end(
    end: End, *, formula: str | Formula | None, scorer: Scorer, void: tuple[int, ...], quirks: bool
) -> ReadEnd:
    """The state that an end names; void: classes that a bare convention is to ignore, too.

    Raises:
        ValueError: a bare convention without formula=, a curve area, or a preset for another number of classes.
    """
    if isinstance(end, Preset):
        return _read_preset(end, scorer, quirks=quirks)
    if isinstance(end, Convention):
        if formula is None:
            raise ValueError("an end that is a Convention needs formula=, or pass (formula, convention)")
        end = (formula, end)
    state = State(formula=get_formula(end[0]), convention=end[1])
    if void:
        state = state.with_options(ignored_classes=(*end[1].ignored_classes, *void))
    score = scorer.score(state)
    value = one_number(score.value) / end[1].scale
    return ReadEnd(state=state, library="", quirks=(), value=value, reason=score.reason)


def _read_preset(preset: Preset, scorer: Scorer, *, quirks: bool) -> ReadEnd:
    if preset.formula is None:
        raise ValueError(f"{preset.key} is the area under a curve, which counts at one threshold do not explain")
    if preset.num_classes != scorer.statistics.num_classes:
        raise ValueError(
            f"{preset.key} is made for num_classes={preset.num_classes}, the statistics have "
            f"{scorer.statistics.num_classes}; ask for the preset with that number"
        )
    call = preset if quirks else corrected(preset)
    score = evaluate_preset(call, scorer.statistics)
    value = one_number(score.value) / call.convention.scale
    assert call.formula is not None
    plain = State(formula=call.formula, convention=call.convention)
    acts = differs(scorer.value(plain), value)
    state = replace(plain, library=call) if acts else plain
    return ReadEnd(state=state, library=preset.library, quirks=call.quirks, value=value, reason=score.reason)


def with_void_class(statistics: Statistics) -> tuple[Statistics, tuple[int, ...]]:
    """Statistics in which a void label inside 0..C-1 is a class that each library ignores in its own way; the label."""
    label, shown = statistics.ignore_label, unfolded(statistics)
    return shown, () if label is None or shown is statistics else (label,)


def changing_options(start: State, end: State) -> tuple[tuple[str, ...], ...]:
    """Options in which two states differ, in the order in which they are told; those in one group change together."""
    names = start.convention.differences(end.convention)
    groups: dict[str, list[str]] = {}
    if start.formula.key != end.formula.key:
        groups["formula"] = ["formula"]
    for name in sorted(names, key=lambda name: name in _FOLLOWERS):
        leader, acts = _FOLLOWERS.get(name, (name, _always))
        alone = leader not in names or (acts(start.convention) and acts(end.convention))
        groups.setdefault(name if alone else leader, []).append(name)
    told = sorted(groups, key=lambda lead: names.index(lead) if lead in names else -1)
    if start.library is not end.library:
        return (*(tuple(groups[lead]) for lead in told), ("library",))
    return tuple(tuple(groups[lead]) for lead in told)


def is_idle(options: tuple[str, ...], start: State, end: State) -> bool:
    """Whether options mean nothing at either end, so that their difference is no news."""
    if options[0] not in _FOLLOWERS:
        return False
    acts = _FOLLOWERS[options[0]][1]
    return not acts(start.convention) and not acts(end.convention)


def mixed(start: State, end: State, options: frozenset[str]) -> State:
    """The start with some options taken from the end."""
    taken = {name: getattr(end.convention, name) for name in options if name not in ("formula", "library")}
    return State(
        formula=end.formula if "formula" in options else start.formula,
        convention=replace(start.convention, **taken) if taken else start.convention,
        library=end.library if "library" in options else start.library,
    )


def _always(rule: Convention) -> bool:
    return True
