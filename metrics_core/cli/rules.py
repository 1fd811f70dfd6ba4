"""Rules: the arguments by which commands that score a statistics file are told the convention."""

from __future__ import annotations

import argparse
import math
from typing import Any

_UNSAID: dict[str, Any] = {"average": "macro", "pooling": "dataset", "zero_division": math.nan, "ignore": ()}


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Arguments that `score` and `report` share."""
    add, unsaid = parser.add_argument, argparse.SUPPRESS
    add(
        "--average",
        choices=("none", "micro", "macro", "weighted"),
        default=unsaid,
        help="over classes (default: macro)",
    )
    add("--pooling", choices=("dataset", "image"), default=unsaid, help="sum images first (default), or not")
    add("--zero-division", type=_number, default=unsaid, help="what 0/0 counts as: a number, or drop (default)")
    add("--ignore", type=int, action="append", default=unsaid, metavar="CLASS", help="repeatable")


def take_rules(options: argparse.Namespace) -> list[str]:
    """Fill in the rules that were not given, and name the options that were."""
    given = [f"--{name.replace('_', '-')}" for name in _UNSAID if name in vars(options)]
    for name, value in _UNSAID.items():
        vars(options).setdefault(name, value)
    return given


def _number(text: str) -> float:
    try:
        return math.nan if text == "drop" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number or drop; got {text!r}") from None
