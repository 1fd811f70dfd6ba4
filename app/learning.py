"""Learning: the lesson that is open, its knobs, and what was answered; the Learn page's part of the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.lessons.course import beside, lessons, live, tour
from app.lessons.lesson import Knob, KnobValue, Lesson, Live
from app.lessons.progress import with_mark
from app.lessons.quiz import questions
from app.selection import Selection, choose, current, settle
from app.settings import SETTINGS
from app.unknown_parts import note_unknown

OWN = "own"
_OWN_LESSON = "_own_lesson"
_SLOTS = ("knob1", "knob2")
_OF_A_LESSON = ("answer", "pixels", "cell", *_SLOTS)


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """A lesson on the page, with its knobs where they are."""

    lesson: Lesson
    knobs: dict[str, KnobValue]

    @property
    def now(self) -> Live:
        """Numbers and pictures of the knobs."""
        return live(self.lesson, self.knobs)

    @property
    def at_first(self) -> Live:
        """Numbers and pictures that the question is about."""
        return live(self.lesson)


def own_lesson() -> Lesson | None:
    """The lesson that was loaded from a file in this session."""
    return st.session_state.get(_OWN_LESSON)


def keep_own_lesson(lesson: Lesson | None) -> None:
    """Remember a lesson read from a file, in this session only."""
    st.session_state[_OWN_LESSON] = lesson


def find_lesson(key: str) -> Lesson | None:
    """The lesson of an address; None where there is none."""
    return own_lesson() if key == OWN else lessons().get(key)


def open_lesson(selection: Selection) -> Opened | None:
    """The chosen lesson with its knobs; None where none is chosen or the address names none."""
    lesson = find_lesson(selection.lesson)
    if lesson is None:
        return None
    texts = (selection.knob1, selection.knob2)
    knobs = {knob.key: knob.read(text) for knob, text in zip(lesson.knobs, texts, strict=False)}
    return Opened(lesson=lesson, knobs=knobs)


def lesson_defaults(selection: Selection) -> dict[str, Any]:
    """Defaults that the lesson decides: those of its knobs."""
    lesson = find_lesson(selection.lesson)
    knobs = () if lesson is None else lesson.knobs
    return {slot: str(knob.default) for slot, knob in zip(_SLOTS, knobs, strict=False)}


def slots(lesson: Lesson) -> list[tuple[str, Knob]]:
    """The widget key of every knob."""
    return list(zip(_SLOTS, lesson.knobs, strict=False))


def fresh(**changes: Any) -> dict[str, Any]:
    """The settings of a lesson that was just opened, with some of them given."""
    return {name: SETTINGS[name].default for name in _OF_A_LESSON} | {"quiz": 0, "quiz_answers": []} | changes


def go_to(lesson: Lesson | None) -> None:
    """Open a lesson from a callback; None: the overview."""
    choose(**fresh(lesson=lesson.key if lesson else ""))
    if lesson is None:
        choose(tour=False)


def start_over() -> None:
    """Forget what was answered in the lesson that the list has just opened."""
    choose(**fresh())


def step(lesson: Lesson, by: int) -> None:
    """Open the next or the previous lesson, of the tour or of the course; past the end the overview."""
    go_to(neighbour(lesson, by))


def neighbour(lesson: Lesson, by: int) -> Lesson | None:
    """The next or the previous lesson."""
    return beside(lesson, step=by, among=tour() if current().tour else ())


def answer(lesson: Lesson, choice: int) -> None:
    """Store an answer and what it was worth."""
    choose(answer=choice)
    if lesson.key != OWN:
        right = choice == lesson.question.answer
        choose(progress=with_mark(current().progress, lesson.number, "right" if right else "wrong"))


def settle_lesson(selection: Selection) -> Selection:
    """The selection with a lesson that exists, marked as seen, and knobs that it has; before widgets are drawn."""
    lesson = find_lesson(selection.lesson)
    if lesson is None and selection.lesson:
        note_unknown(lesson=selection.lesson)
    if lesson is None or selection.quiz:
        return settle(lesson="")
    texts = (selection.knob1, selection.knob2)
    knobs = {slot: str(knob.read(text)) for (slot, knob), text in zip(slots(lesson), texts, strict=False)}
    seen = selection.progress if lesson.key == OWN else with_mark(selection.progress, lesson.number, "seen")
    return settle(progress=seen, answer=_existing(lesson, selection.answer), **knobs)


def _existing(lesson: Lesson, choice: int | None) -> int | None:
    return choice if choice is not None and choice < len(lesson.question.choices) else None


def asked(selection: Selection) -> tuple[Lesson, ...]:
    """The lessons of the quiz."""
    return questions(tuple(lessons().values()), number=selection.quiz, seed=selection.quiz_seed)
