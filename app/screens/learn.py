"""Learn: one trap, one minute."""

from __future__ import annotations

from app.components.keyboard import keyboard
from app.learning import Opened, open_lesson, step
from app.panels.learn_lesson import draw_lesson
from app.panels.learn_overview import draw_overview
from app.panels.learn_quiz import draw_quiz
from app.panels.learn_style import draw_leave, draw_style
from app.selection import choose, current, show_again

_STEPS = {"ArrowLeft": -1, "p": -1, "ArrowRight": 1, "n": 1}


def learn() -> None:
    """The quiz, the open lesson, or all lessons."""
    selection = current()
    draw_style(presenter=selection.presenter)
    opened = None if selection.quiz else open_lesson(selection)
    if opened is not None:
        draw_lesson(opened)
    else:
        show_again(on="")
        if selection.presenter:
            draw_leave()
        draw_quiz() if selection.quiz else draw_overview()
    keys = (*(_STEPS if opened else ()), *(["Escape"] if selection.presenter else []))
    keyboard(keys, key="keys", on_key=lambda key: _pressed(opened, key))


def _pressed(opened: Opened | None, key: str) -> None:
    if key == "Escape":
        choose(presenter=False)
    elif opened is not None:
        step(opened.lesson, _STEPS[key])
