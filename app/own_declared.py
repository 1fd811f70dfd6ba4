"""Declared: what the user says about files instead of having it found out, and how the questions are worded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

import metrics_core as mc

_DECLARED = "_declared"
_KNOWN_VOID = ("", "find out")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing that files do not say: a field of mc.Choices, its words, and its answers, of which the first holds."""

    field: str
    label: str
    answers: Mapping[str, str]

    @property
    def default(self) -> str:
        """The answer that holds until another is chosen."""
        return next(iter(self.answers))


_FIND = {"infer": "find out"}
QUESTIONS = (
    Question(
        field="scores",
        label="A prediction holds",
        answers=_FIND | {"labels": "labels", "probabilities": "probabilities", "logits": "logits"},
    ),
    Question(
        field="scores_axis",
        label="Class axis of scores",
        answers=_FIND | {"first": "before the rows", "last": "after the columns"},
    ),
    Question(
        field="first_axis",
        label="First axis of an array",
        answers=_FIND | {"image": "counts images", "spatial": "slices or rows"},
    ),
    Question(
        field="label_255",
        label="Labels 0 and 255",
        answers=_FIND | {"foreground": "background, foreground", "keep": "two labels"},
    ),
    Question(
        field="target_one_hot",
        label="One-hot target",
        answers={"no": "no", "first": "classes before the rows", "last": "classes after the columns"},
    ),
    Question(
        field="target_first_label", label="First class in the target", answers=_FIND | {"0": "label 0", "1": "label 1"}
    ),
    Question(
        field="prediction_first_label",
        label="First class in predictions",
        answers={"0": "label 0", "1": "label 1"},
    ),
    Question(
        field="models_by",
        label="Models are told apart by",
        answers=_FIND | {"one": "nothing: one model", "folder": "folder or archive", "file": "file"},
    ),
    Question(field="match", label="Files are matched by", answers={"name": "name", "order": "order"}),
    Question(
        field="unmatched",
        label="Images that one side lacks",
        answers={"refuse": "stop", "intersection": "leave out"},
    ),
    Question(
        field="out_of_range",
        label="Predicted labels of no class",
        answers={"refuse": "stop", "count": "count as wrong"},
    ),
    Question(
        field="csv_style",
        label="Columns of a table end with",
        answers={"comma": "comma", "semicolon": "semicolon", "decimal_comma": "semicolon; 0,5", "tab": "tab"},
    ),
)
NUM_CLASSES, IGNORE_LABEL = "num_classes", "ignore_label"
FIELDS = (*(question.field for question in QUESTIONS), NUM_CLASSES, IGNORE_LABEL)
NUMBERS = {NUM_CLASSES: "Number of classes", IGNORE_LABEL: "Void label"}
_LABELS = {question.field: question for question in QUESTIONS}


def declared() -> dict[str, str]:
    """Every declaration by field, where it is not the default."""
    return dict(st.session_state.get(_DECLARED, {}))


def declare(field: str, value: str) -> None:
    """Keep a declaration; a default is none."""
    kept = declared()
    kept.pop(field, None)
    question = _LABELS.get(field)
    valid = (
        value in question.answers and value != question.default
        if question
        else value.strip().lower() not in _KNOWN_VOID
    )
    if field in FIELDS and valid:
        kept[field] = value
    st.session_state[_DECLARED] = kept


def forget_declared() -> None:
    """Go back to finding everything out."""
    st.session_state.pop(_DECLARED, None)


def choices(legend: mc.Legend | None) -> mc.Choices:
    """The declarations as the core takes them.

    Raises:
        FileError: a number of classes or a void label that is no whole number.
    """
    said: dict[str, Any] = {name: value for name, value in declared().items() if name != "models_by"}
    for name in ("target_first_label", "prediction_first_label"):
        if said.get(name) in ("0", "1"):
            said[name] = int(said[name])
    if NUM_CLASSES in said:
        said[NUM_CLASSES] = _whole(said[NUM_CLASSES], NUMBERS[NUM_CLASSES])
    if IGNORE_LABEL in said:
        text = said[IGNORE_LABEL].strip().lower()
        said[IGNORE_LABEL] = None if text == "none" else _whole(text, NUMBERS[IGNORE_LABEL])
    return mc.Choices(legend=legend, **said)


def in_words(message: str) -> str:
    """A message of the core with what it says about arguments in the words of the questions."""
    message = re.sub(r"\b(([a-z_0-9]+)='\w+') or ('\w+')", r"\1 or \2=\3", message)
    message = re.sub(rf"^({'|'.join(NUMBERS)}): ", lambda match: f"{NUMBERS[match.group(1)]}: ", message)

    def word(match: re.Match[str]) -> str:
        field, value = match.group(1), match.group(2)
        question = _LABELS.get(field)
        if question is not None and value in question.answers:
            return f"“{question.label}: {question.answers[value]}”"
        return f"{NUMBERS[field]}: {value}" if field in NUMBERS else match.group()

    worded = re.sub(r"\b([a-z_0-9]+)='?([A-Za-z_0-9.-]+)'?", word, message)
    return worded if worded == message else re.sub(r"\b([Pp])ass (?=“|Number of|Void)", _choose, worded)


def _choose(match: re.Match[str]) -> str:
    return "In the Checklist choose " if match.group(1) == "P" else "in the Checklist choose "


def _whole(text: str, label: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text.strip()):
        raise mc.FileError(f"{label}: expected a whole number, got {text[:20]!r}; correct it or leave it empty")
    return int(text)
