"""Session files: the settings, declarations and class names of a session, saved and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from metrics_core.files.legends import Legend, make_legend
from metrics_core.files.refusals import display_name, refusal
from metrics_core.files.texts import parse_json

VERSION = 1
LONGEST_SESSION = 4 * 2**20
_FORMAT = "metric-explorer session"
_MOST_SETTINGS, _LONGEST_VALUE = 500, 4000


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a session file holds: settings as the address has them, declarations about files, and the classes."""

    settings: Mapping[str, str]
    declared: Mapping[str, str | int | bool]
    legend: Legend | None = None


def session_bytes(session: Session) -> bytes:
    """A session as JSON."""
    entries = () if session.legend is None else session.legend.entries
    classes = [{"name": entry.name, "label": entry.label, "colour": entry.colour} for entry in entries]
    content = {
        "format": _FORMAT,
        "version": VERSION,
        "settings": dict(session.settings),
        "declared": dict(session.declared),
        "classes": classes,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def read_session(name: str, data: bytes) -> Session:
    """A session that `session_bytes` wrote.

    Raises:
        FileError: no such file, another version, or values that are no settings.
    """
    where = display_name(name)
    content = parse_json(data, where=where, most=LONGEST_SESSION)
    if not isinstance(content, dict) or cast("dict[str, Any]", content).get("format") != _FORMAT:
        raise refusal(
            where, expected="a session file of metric-explorer", got="another JSON file", todo="choose another"
        )
    parts = cast("dict[str, Any]", content)
    if parts.get("version") != VERSION or isinstance(parts.get("version"), bool):
        got = display_name(str(parts.get("version"))[:20])
        raise refusal(where, expected=f"version {VERSION}", got=got, todo="save the session again")
    settings = _table(parts.get("settings"), (str,), where=f"{where} field 'settings'")
    declared = _table(parts.get("declared"), (str, int, bool), where=f"{where} field 'declared'")
    classes = parts.get("classes") or []
    if not isinstance(classes, list) or not all(isinstance(row, dict) for row in cast("list[Any]", classes)):
        got = display_name(str(classes)[:20])
        raise refusal(f"{where} field 'classes'", expected="a list of classes", got=got, todo="save the session again")
    rows = cast("list[dict[str, Any]]", classes)
    legend = make_legend(rows, where=f"{where} field 'classes'") if rows else None
    return Session(settings=settings, declared=declared, legend=legend)


def _table(value: Any, kinds: tuple[type, ...], *, where: str) -> dict[str, Any]:
    found = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    right = isinstance(value, dict) and len(found) <= _MOST_SETTINGS
    wrong = next(
        (key for key, each in found.items() if type(each) not in kinds or len(str(each)) > _LONGEST_VALUE), None
    )
    if not right or wrong is not None:
        got = "none" if wrong is None else f"something else in {display_name(wrong, characters=20)}"
        raise refusal(where, expected="a table of short values", got=got, todo="save the session again")
    return found
