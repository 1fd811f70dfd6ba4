"""Custom: a teacher's own lesson, read from a small TOML file; see example_lesson.toml for every field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import metrics_core as mc
from app.lessons.custom_live import RECIPE_FIELDS, RULES, NamedNumber, Plan, live
from app.lessons.lesson import Knob, KnobValue, Lesson, Question, Source
from app.lessons.texts import fill, fill_latex
from app.lessons.toml_fields import Fields, LessonError, read_fields
from app.views.text import escape_markdown

EXAMPLE = (Path(__file__).parent / "example_lesson.toml").read_bytes()
LIMIT = 64 * 1024
KEY = "own"

_TOP = ("title", "story", "trap", "moral", "source", "question", "scenario", "knobs", "numbers", "bars", "explain")
_NUMBER = re.compile(r"[a-z][a-z0-9_]{0,30}")
_SPAN = re.compile(r"\*\*[^*`]+\*\*|\*[^*`]+\*|`[^`]+`|\{\{[^{}]*\}\}")


def read_lesson(data: bytes) -> Lesson:
    """The lesson of a TOML file, tried with every value of its knobs.

    Raises:
        LessonError: what cannot be used, with its line and field.
    """
    top = read_fields(data, limit=LIMIT)
    top.refuse_others(*_TOP)
    plan = _read_plan(top)
    asked = top.table("question")
    asked.refuse_others("text", "choices", "answer", "why")
    choices = asked.texts("choices", least=2, most=5, limit=160)
    lesson = Lesson(
        number=0,
        key=KEY,
        title=limited_markdown(top.text("title", limit=90)),
        group="protocol",
        libraries=("any",),
        story=limited_markdown(top.text("story", limit=1500)),
        trap=limited_markdown(top.text("trap", limit=600)),
        question=Question(
            text=limited_markdown(asked.text("text", limit=300)),
            choices=tuple(map(limited_markdown, choices)),
            answer=asked.whole("answer", 1, len(choices)) - 1,
            why=limited_markdown(asked.text("why", limit=900)),
        ),
        knobs=tuple(_read_knob(knob) for knob in top.tables("knobs", least=1, most=2)),
        live=lambda **knobs: live(plan, knobs),
        moral=limited_markdown(top.text("moral", limit=600)),
        sources=(Source(title=limited_markdown(top.text("source", limit=200, default="your own file")), url=""),),
        claims=(),
    )
    _try(lesson, top)
    return lesson


def limited_markdown(text: str) -> str:
    """The text with **bold**, *italic*, `code`, paragraphs and {{numbers}}; all other markup and HTML is plain text."""
    return "\n\n".join(_limited(part) for part in re.split(r"\n\s*\n", text.strip()))


def _limited(text: str) -> str:
    pieces: list[str] = []
    last = 0
    for span in _SPAN.finditer(text):
        pieces += [escape_markdown(text[last : span.start()]), _span(span[0])]
        last = span.end()
    return "".join((*pieces, escape_markdown(text[last:])))


def _span(text: str) -> str:
    if text.startswith("{{"):
        return text
    sign = "`" if text[0] == "`" else "**" if text.startswith("**") else "*"
    inner = text[len(sign) : -len(sign)]
    return f"{sign}{inner if sign == '`' else _limited(inner)}{sign}"


def _read_plan(top: Fields) -> Plan:
    scenario, numbers = top.table("scenario"), top.table("numbers")
    named: dict[str, NamedNumber] = {}
    for name in numbers.values:
        if not _NUMBER.fullmatch(name):
            raise numbers.error(name, "a name of small letters, digits and _")
        named[name] = _read_number(numbers.table(name))
    if not 1 <= len(named) <= 12:
        raise top.error("numbers", "1 to 12 numbers")
    bars = top.texts("bars", least=1, most=8, limit=31) if "bars" in top.values else list(named)[:8]
    if unknown := [name for name in bars if name not in named]:
        raise top.error("bars", f"names of numbers ({', '.join(named)}), not {unknown[0]}")
    explain = top.choice("explain", list(named), default=next(iter(named)))
    knobs = top.tables("knobs", least=1, most=2)
    aims = {knob.text("name", limit=31): _read_aim(knob, scenario) for knob in knobs}
    return Plan(scenario=scenario, named=named, aims=aims, bars=tuple(bars), explain=explain)


def _read_number(number: Fields) -> NamedNumber:
    number.refuse_others("formula", *RULES)
    formula = number.choice("formula", [key for key in mc.FORMULAS if key != "fbeta_from_precision_recall"])
    rules = {name: number.values[name] for name in RULES if name in number.values}
    return NamedNumber(formula=mc.get_formula(formula), rules=rules, where=number)


def _read_knob(knob: Fields) -> Knob:
    knob.refuse_others("name", "label", "values", "start", "cell", "field", "rule")
    name = knob.text("name", limit=31)
    if not _NUMBER.fullmatch(name):
        raise knob.error("name", "a name of small letters, digits and _")
    values = knob.scalars("values", least=2, most=50)
    start = knob.values.get("start", values[0])
    if start not in values:
        raise knob.error("start", "one of the values")
    return Knob(key=name, label=escape_markdown(knob.text("label", limit=90)), values=tuple(values), default=start)


def _read_aim(knob: Fields, scenario: Fields) -> tuple[str, Any]:
    """What a knob sets: a count, a field of the recipe, or a rule of every number that has none of its own."""
    aims = [name for name in ("cell", "field", "rule") if name in knob.values]
    if len(aims) != 1:
        raise knob.error("name", "exactly one of cell, field and rule beside it")
    if aims == ["rule"]:
        return "rule", knob.choice("rule", RULES[:3])
    if aims == ["field"]:
        return "field", knob.choice("field", RECIPE_FIELDS)
    cell, size = knob.values["cell"], len(scenario.values.get("classes", []))
    if not isinstance(cell, list) or len(cell) != 2 or not all(type(at) is int and 0 <= at < size for at in cell):
        raise knob.error("cell", f"[true, predicted], each from 0 to {size - 1}")
    return "cell", (cell[0], cell[1])


def _try(lesson: Lesson, top: Fields) -> None:
    """Compute the lesson with every value of its knobs and fill in every text."""
    for knobs in _settings(lesson):
        try:
            now = lesson.live(**knobs)
            fill_latex(now.formula, now.numbers)
        except LessonError:
            raise
        except ValueError as error:
            turned = ", ".join(f"{name} = {value}" for name, value in knobs.items())
            raise LessonError(f"line {top.lines.get('scenario', 1)}, scenario: with {turned}: {error}") from error
        for field, text in lesson.texts.items():
            try:
                fill(text, now.numbers)
            except ValueError as error:
                line = top.lines.get(field.partition("[")[0], 1)
                raise LessonError(f"line {line}, {field}: {error}") from error


def _settings(lesson: Lesson) -> Iterator[dict[str, KnobValue]]:
    yield lesson.settled({})
    for knob in lesson.knobs:
        for value in knob.values:
            yield lesson.settled({knob.key: value})
