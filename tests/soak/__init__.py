"""Load and faults: what many sessions, broken uploads, full disks and dead servers do to the dashboard, within limits.

`make soak` starts real servers, drives them over loopback, prints a table and fails where a limit is missed. Each
module has a `run(size)` that yields rows. Sessions are not browsers but `Visitor`s, which speak Streamlit's protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Size = Literal["full", "quick"]
MB = 10**6


@dataclass(frozen=True, kw_only=True)
class Row:
    """A scenario, its limit, what was measured, both in words, and whether the limit was kept."""

    scenario: str
    limit: str
    measured: str
    met: bool


def at_most(scenario: str, measured: float, limit: float, unit: str, *, more: str = "") -> Row:
    """A number that must not be larger than its limit; more is said beside it."""
    return Row(
        scenario=scenario,
        limit=f"<= {limit:,.4g} {unit}",
        measured=f"{measured:,.4g} {unit}{more and f' ({more})'}",
        met=measured <= limit,
    )


def holds(scenario: str, limit: str, *, broken: str, measured: str = "yes") -> Row:
    """A statement that is true unless something says how it is broken."""
    return Row(scenario=scenario, limit=limit, measured=broken or measured, met=not broken)
