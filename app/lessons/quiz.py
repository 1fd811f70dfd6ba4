"""Quiz: questions of several lessons in a random order that a seed decides."""

from __future__ import annotations

import random
from collections.abc import Sequence

from app.lessons.lesson import Lesson


def questions(lessons: Sequence[Lesson], *, number: int, seed: int) -> tuple[Lesson, ...]:
    """So many of the lessons, or all there are, in the order of the seed."""
    return tuple(random.Random(seed).sample(list(lessons), min(number, len(lessons))))


def points(asked: Sequence[Lesson], answers: Sequence[int]) -> int:
    """How many of the answers, one a lesson, are right."""
    return sum(lesson.question.answer == answer for lesson, answer in zip(asked, answers, strict=False))
