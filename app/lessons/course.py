"""Course: the lessons of this folder in order, and each with its knobs where they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path

from app.lessons.lesson import GROUPS, Group, KnobValue, Lesson, Live


@cache
def lessons() -> dict[str, Lesson]:
    """Every lesson by key, group by group, within a group by number.

    Raises:
        ValueError: two lessons with one key or one number.
    """
    names = sorted(path.stem for path in Path(__file__).parent.glob("l[0-9]*_*.py"))
    modules = [import_module(f"app.lessons.{name}") for name in names]
    # A file that is still being written is no lesson yet; a test asks for one in each.
    found: list[Lesson] = [module.LESSON for module in modules if hasattr(module, "LESSON")]
    for field in ("key", "number"):
        values = [getattr(lesson, field) for lesson in found]
        if repeated := {str(value) for value in values if values.count(value) > 1}:
            raise ValueError(f"two lessons have the {field} {', '.join(sorted(repeated))}")
    order = list(GROUPS)
    found.sort(key=lambda lesson: (order.index(lesson.group), lesson.number))
    return {lesson.key: lesson for lesson in found}


@cache
def tour() -> tuple[Lesson, ...]:
    """The lessons of the ten-minute tour, in its order."""
    return tuple(sorted((each for each in lessons().values() if each.tour), key=lambda each: each.tour))


@cache
def by_group() -> dict[Group, tuple[Lesson, ...]]:
    """The lessons of every group that has some."""
    groups: dict[Group, tuple[Lesson, ...]] = {}
    for lesson in lessons().values():
        groups[lesson.group] = (*groups.get(lesson.group, ()), lesson)
    return groups


def live(lesson: Lesson, chosen: Mapping[str, KnobValue] | None = None) -> Live:
    """The lesson with its knobs where they are; computed once."""
    return _live(lesson, tuple(lesson.settled(chosen or {}).items()))


@lru_cache(maxsize=128)
def _live(lesson: Lesson, knobs: tuple[tuple[str, KnobValue], ...]) -> Live:
    return lesson.live(**dict(knobs))


def beside(lesson: Lesson, *, step: int, among: tuple[Lesson, ...] = ()) -> Lesson | None:
    """The lesson so many steps further on the tour or in the course; None past either end."""
    order = among or tuple(lessons().values())
    place = order.index(lesson) + step if lesson in order else -1
    return order[place] if 0 <= place < len(order) else None
