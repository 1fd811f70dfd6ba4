"""Checklist: what was found out about files with its evidence, each answer open to change; and what looks wrong."""

from __future__ import annotations

import streamlit as st

import metrics_core as mc
from app.own_declared import (
    FIELDS,
    IGNORE_LABEL,
    NUMBERS,
    QUESTIONS,
    Question,
    declare,
    declared,
    forget_declared,
    in_words,
)
from app.views.text import escape_markdown

_OTHERS = {
    "channels": "Colours",
    "unlabelled": "Pixels without annotation",
    "target_member": "Target member",
    "prediction_member": "Prediction member",
    "target_labels": "Target numbers",
    "rounding": "Rounding",
}


def draw_cautions(data: mc.UserModels) -> None:
    """Everything that looks wrong, and remarks about the reading."""
    for model, caution in data.cautions:
        st.warning(_said(model, in_words(caution.text)), icon=":material/warning:")
    for notice in data.notices:
        st.info(escape_markdown(in_words(notice)), icon=":material/info:")


def draw_checklist(data: mc.UserModels | None, models: mc.Inference | None) -> None:
    """The questions, each with the answer that was found and why."""
    notes = [] if data is None else list(data.inferred)
    if models is not None:
        notes.append(("", models))
    said, found = len(declared()), len({note.field for _, note in notes})
    counted = ", ".join(
        part for part in (f"{found} found out" if found else "", f"{said} declared" if said else "") if part
    )
    # With another label this would be another widget, closed and without the focus.
    panel = st.expander("Checklist", key="own_checklist", on_change="rerun")
    if counted:
        st.caption(f"{counted}.")
    # Drawn only when open, as many widgets would make every rerun dearer.
    if not panel.open:
        return
    with panel:
        for field, label in NUMBERS.items():
            _draw_number(field, label, notes)
        for question in QUESTIONS:
            _draw_question(question, notes)
        for field in {note.field: None for _, note in notes if note.field not in FIELDS}:
            st.markdown(f"**{escape_markdown(_OTHERS.get(field, field))}**")
            _draw_evidence(field, notes)
        if said:
            st.button("Find everything out again", on_click=_forget, icon=":material/restart_alt:")


def _draw_question(question: Question, notes: list[tuple[str, mc.Inference]]) -> None:
    answers, key = list(question.answers), f"declare_{question.field}"
    chosen = declared().get(question.field, question.default)
    st.selectbox(
        question.label,
        answers,
        answers.index(chosen),
        format_func=question.answers.__getitem__,
        key=key,
        on_change=_take,
        args=(question.field, key),
    )
    _draw_evidence(question.field, notes)


def _draw_number(field: str, label: str, notes: list[tuple[str, mc.Inference]]) -> None:
    key = f"declare_{field}"
    hint = "A whole number; empty: find out." + (" 'none': there is none." if field == IGNORE_LABEL else "")
    st.text_input(
        label,
        declared().get(field, ""),
        key=key,
        max_chars=20,
        placeholder="find out",
        help=hint,
        on_change=_take,
        args=(field, key),
    )
    _draw_evidence(field, notes)


def _draw_evidence(field: str, notes: list[tuple[str, mc.Inference]]) -> None:
    for model, note in notes:
        if note.field == field:
            question = next((each for each in QUESTIONS if each.field == field), None)
            value = str(note.value) if question is None else question.answers.get(str(note.value), str(note.value))
            st.caption(f"Found: **{escape_markdown(value)}**. {_said(model, note.why)}")


def _said(model: str, text: str) -> str:
    return escape_markdown(f"{model}: {text}" if model else text)


def _take(field: str, key: str) -> None:
    declare(field, str(st.session_state[key] or ""))


def _forget() -> None:
    forget_declared()
    for field in FIELDS:
        st.session_state.pop(f"declare_{field}", None)
