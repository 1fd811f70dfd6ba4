"""Tables of classes and of verdicts, undefined values shown as such."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from app.views.text import format_difference, format_percent, format_score


@dataclass(frozen=True, kw_only=True)
class ClassRow:
    """One class's counts and score; reason says why the score is undefined or left out of the average.

    interval: both ends in words, "" where there is none.
    """

    name: str
    support: int
    prevalence: float
    tp: int
    fp: int
    fn: int
    score: float
    reason: str = ""
    interval: str = ""


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """The scores of two models under one rule."""

    rule: str
    first: float
    second: float


def class_table(rows: Sequence[ClassRow], *, score_name: str, digits: int = 3) -> pd.DataFrame:
    """Returns one line a class: the score (∅ where undefined) and its interval, support, prevalence, counts, notes."""
    notes = {"note": [row.reason for row in rows]} if any(row.reason for row in rows) else {}
    intervals = {"95 % interval": [row.interval for row in rows]} if any(row.interval for row in rows) else {}
    return pd.DataFrame(
        {
            "class": [row.name for row in rows],
            score_name: [format_score(row.score, digits=digits) for row in rows],
            **intervals,
            "support": [row.support for row in rows],
            "prevalence": [format_percent(row.prevalence) for row in rows],
            "TP": [row.tp for row in rows],
            "FP": [row.fp for row in rows],
            "FN": [row.fn for row in rows],
            **notes,
        }
    )


def verdict_table(
    rows: Sequence[VerdictRow],
    *,
    first_name: str,
    second_name: str,
    better: Literal["higher", "lower"] = "higher",
    digits: int = 3,
) -> pd.DataFrame:
    """Returns one line a rule: both scores, their difference and the better one; an undefined one decides nothing."""
    return pd.DataFrame(
        {
            "rule": [row.rule for row in rows],
            first_name: [format_score(row.first, digits=digits) for row in rows],
            second_name: [format_score(row.second, digits=digits) for row in rows],
            "difference": [format_difference(row.first - row.second, digits=digits) for row in rows],
            "better score": [_better(row, first_name, second_name, better) for row in rows],
        }
    )


def _better(row: VerdictRow, first_name: str, second_name: str, better: Literal["higher", "lower"]) -> str:
    if math.isnan(row.first) or math.isnan(row.second):
        return "undecided"
    if row.first == row.second:
        return "tie"
    return first_name if (row.first > row.second) == (better == "higher") else second_name
