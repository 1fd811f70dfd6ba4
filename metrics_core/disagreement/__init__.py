"""Disagreement: one data set under many conventions, and which of their options explains a gap."""

from metrics_core.disagreement.comparison import Row, compare
from metrics_core.disagreement.effects import Effect, single_option_effects
from metrics_core.disagreement.families import FAMILIES, family_of, formula_family
from metrics_core.disagreement.paths import Explanation, Step, Unchanged, explain
from metrics_core.disagreement.prevalence import PrevalenceSweep, prevalence_sweep
from metrics_core.disagreement.rules import Rule, RulesRange, RuleValue, common_rules, rules_range
from metrics_core.disagreement.verdicts import Flip, Verdict, VerdictRow, verdict

__all__ = [
    "FAMILIES",
    "Effect",
    "Explanation",
    "Flip",
    "PrevalenceSweep",
    "Row",
    "Rule",
    "RuleValue",
    "RulesRange",
    "Step",
    "Unchanged",
    "Verdict",
    "VerdictRow",
    "common_rules",
    "compare",
    "explain",
    "family_of",
    "formula_family",
    "prevalence_sweep",
    "rules_range",
    "single_option_effects",
    "verdict",
]
