"""Records: a rule, what it finds in given data, and the advice that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from metrics_core.advice.facts import Facts
from metrics_core.conventions import Convention
from metrics_core.formulas import Formula

Kind = Literal["use", "avoid", "declare", "note", "check"]


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What a rule says about given data.

    kind: use or avoid what the title names, declare it beside the score, a note, or check what the counts cannot tell.
    reason: with the measured numbers. formula, convention: what fits, None where the rule says nothing of it; the
    convention is the user's with the changes that the rule asks for. lesson: code of the lesson that explains it.
    """

    rule: int
    title: str
    kind: Kind
    reason: str
    lesson: str
    formula: Formula | None
    convention: Convention | None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that applies: its reason and what fits; title, kind and lesson where they are not the rule's own."""

    reason: str
    formula: Formula | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    title: str | None = None
    kind: Kind | None = None
    lesson: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of advice.

    applies: what it finds, None where it has nothing to say. needs: the answer in Known that it cannot do without;
    question: what to check while that is unknown.
    """

    number: int
    title: str
    kind: Kind
    lesson: str
    applies: Callable[[Facts], Finding | None]
    needs: str = ""
    question: str = ""
