"""Advice: twenty rules run on the user's own statistics, each with its measured reason."""

from __future__ import annotations

from dataclasses import replace

from metrics_core.advice.choice_rules import CHOICE_RULES
from metrics_core.advice.convention_rules import CONVENTION_RULES
from metrics_core.advice.facts import Facts, Known
from metrics_core.advice.protocol_rules import PROTOCOL_RULES
from metrics_core.advice.record import Advice, Finding, Kind, Rule
from metrics_core.conventions import Convention
from metrics_core.evaluation import rule_of
from metrics_core.formulas import Formula, get_formula
from metrics_core.statistics import Statistics, refuse_unless_statistics

__all__ = ["ADVICE_RULES", "Advice", "Kind", "Known", "advise"]

ADVICE_RULES: tuple[Rule, ...] = (*CHOICE_RULES, *CONVENTION_RULES, *PROTOCOL_RULES)


def advise(
    statistics: Statistics,
    formula: str | Formula = "iou",
    convention: Convention | None = None,
    *,
    known: Known | None = None,
) -> tuple[Advice, ...]:
    """What the rules say about a score on given data, in their order; a rule with nothing to say is left out.

    known: what the counts cannot tell; where it is unknown, the rule's advice is to check it. A convention with a
    threshold is judged by labels where scores were not counted image by image.

    Raises:
        ValueError: unknown formula, or a class outside 0..C-1 in the convention or as background.

    Source: Maier-Hein, Reinke et al., Metrics reloaded, Nature Methods, 2024; Reinke et al., Understanding
    metric-related pitfalls in image analysis validation, Nature Methods, 2024.
    """
    refuse_unless_statistics(statistics, usage="advise(statistics, 'iou')")
    answers = known or Known()
    if answers.background is not None and not 0 <= answers.background < statistics.num_classes:
        raise ValueError(
            f"background must be a class 0..{statistics.num_classes - 1} or None; got {answers.background}"
        )
    rule = rule_of(convention)
    if statistics.histogram is None or statistics.histogram.images == "pooled":
        rule = replace(rule, threshold=None)
    facts = Facts(statistics=statistics, formula=get_formula(formula), convention=rule, known=answers)
    found = (_advice(rule, facts) for rule in ADVICE_RULES)
    return tuple(each for each in found if each is not None)


def _advice(rule: Rule, facts: Facts) -> Advice | None:
    if rule.needs and getattr(facts.known, rule.needs) in ("unknown", None):
        finding: Finding | None = Finding(reason=rule.question, kind="check")
    else:
        finding = rule.applies(facts)
    if finding is None:
        return None
    return Advice(
        rule=rule.number,
        title=finding.title or rule.title,
        kind=finding.kind or rule.kind,
        reason=finding.reason,
        lesson=finding.lesson or rule.lesson,
        formula=finding.formula,
        convention=replace(facts.convention, **finding.options) if finding.options else None,
    )
