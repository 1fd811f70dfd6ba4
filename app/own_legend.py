"""Own legend: class names and colours, typed into the link where they are short, else kept in the session."""

from __future__ import annotations

import re

import streamlit as st

import metrics_core as mc
from app.selection import choose
from app.settings import NAMES_LENGTH

_KEPT = "_own_legend"
_ENTRY = re.compile(r"(?P<name>.*?)(?::(?P<colour>#[0-9A-Fa-f]{6}))?(?:=(?P<label>-?[0-9]{1,9}))?")


def legend() -> mc.Legend | None:
    """The classes as typed, else as a file or session gave them.

    Raises:
        FileError: a label, name or colour that occurs twice.
    """
    typed: str = st.session_state.get("names") or ""
    return parse_names(typed) if typed.strip() else st.session_state.get(_KEPT)


def parse_names(text: str) -> mc.Legend:
    """The legend of a text such as "ground, road:#FF0000, void=255".

    Raises:
        FileError: a label, name or colour that occurs twice.
    """
    rows: list[dict[str, str | int]] = []
    for part in (part.strip() for part in text.replace("\n", ",").split(",")):
        if part and (found := _ENTRY.fullmatch(part)):
            given = {key: value for key, value in found.groupdict().items() if value is not None}
            rows.append({"label": len(rows)} | given)
    return mc.make_legend(rows, where="class names")


def as_text(found: mc.Legend) -> str:
    """The text that parse_names reads as this legend; "" where there is none."""
    parts: list[str] = []
    for entry in found.entries:
        label = "" if entry.label == len(parts) else f"={entry.label}"
        parts.append(f"{entry.name}{f':{entry.colour}' if entry.colour else ''}{label}")
    text = ", ".join(parts)
    try:
        same = parse_names(text).entries == found.entries
    except mc.FileError:
        return ""
    return text if same else ""


def keep(found: mc.Legend | None) -> None:
    """Take over a legend: into the link where it is short enough, else into the session. For callbacks."""
    text = "" if found is None else as_text(found)
    short = len(text) <= NAMES_LENGTH
    choose(names=text if short else "")
    st.session_state[_KEPT] = None if short and text else found


def forget_legend() -> None:
    """Drop the classes of a file or session, and the typed ones. For callbacks."""
    keep(None)


def from_file(key: str) -> str:
    """Take over the legend in an uploader; what is wrong with it, else "". For callbacks."""
    file = st.session_state.get(key)
    if file is None:
        return ""
    try:
        keep(mc.read_legend(file.name, file.getvalue()))
    except mc.FileError as error:
        return str(error)
    return ""
