"""Every lesson: its claims hold, its texts state only what the core computes, and its parts fit together."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import metrics_core as mc
from app.lessons.course import by_group, lessons, live, tour
from app.lessons.lesson import GROUPS, Claim, Knob, KnobValue, Lesson, Live
from app.lessons.pictures import Bars, Lines, Map, Matrix, Picture, Table, Tiles
from app.lessons.texts import fill, fill_latex, format_number, references
from app.selection import Selection, _defaults, _selection
from app.settings import SETTINGS
from app.views.lesson import figure_data, figure_words

FOLDER = Path(__file__).parents[1] / "app" / "lessons"
EVERY = list(lessons().values())
LEAST = 40
LONGEST_TITLE, LONGEST_CHOICE = 60, 110
NAME = r"[a-z][a-z0-9_]*"
REFERENCE_OR_CODE = re.compile(r"\{\{[^{}]*\}\}|`[^`]*`")
# A number of its own: not part of a name such as F1 or uint8, nor of the fraction 0/0.
LITERAL = re.compile(r"(?<![\w./])[-−]?(?:\d[\d,]*)?\.?\d+(?![\w/])(?:\s?%)?")


def named(lesson: Lesson) -> str:
    return f"L{lesson.number:02}-{lesson.key}"


each_lesson = pytest.mark.parametrize("lesson", EVERY, ids=named)
each_claim = pytest.mark.parametrize(
    ("lesson", "claim"),
    [(lesson, claim) for lesson in EVERY for claim in lesson.claims],
    ids=lambda part: named(part) if isinstance(part, Lesson) else part.text[:40],
)
each_setting = pytest.mark.parametrize(
    ("lesson", "knob", "value"),
    [(lesson, knob, value) for lesson in EVERY for knob in lesson.knobs for value in knob.values],
    ids=lambda part: named(part) if isinstance(part, Lesson) else part.key if isinstance(part, Knob) else str(part),
)


def agrees(value: float, stated: str) -> bool:
    """Whether a number, written with as many decimals as the stated one, is the stated one."""
    if stated == "nan":
        return math.isnan(value)
    decimals = len(stated.partition(".")[2])
    # A stated digit may have been rounded half up or to even.
    return abs(value - float(stated)) <= 0.5 * 10**-decimals + 1e-9


def literals(template: str) -> tuple[str, ...]:
    """Numbers that are written down in a text instead of being filled in; those inside `code` are none."""
    return tuple(found[0].strip() for found in LITERAL.finditer(REFERENCE_OR_CODE.sub(" ", template)))


@each_claim
def test_claim_holds_and_its_numbers_are_what_the_core_computes(lesson: Lesson, claim: Claim) -> None:
    numbers = live(lesson, claim.knobs).numbers
    wrong = {name: (text, numbers[name]) for name, text in claim.values.items() if not agrees(numbers[name], text)}
    assert not wrong, "stated, computed: " + str(wrong)
    assert claim.holds(numbers)


@each_lesson
def test_a_claim_can_fail(lesson: Lesson) -> None:
    assert lesson.claims
    assert any(claim.values for claim in lesson.claims), "no number of the catalogue is compared"


@each_lesson
def test_every_text_fills_in_and_writes_no_number_of_its_own(lesson: Lesson) -> None:
    stated = [(f"claim: {each.text}", each.text, each.knobs) for each in lesson.claims]
    for field, text, knobs in (*((*each, {}) for each in lesson.texts.items()), *stated):
        assert fill(text, live(lesson, knobs).numbers).strip(), field
        stray = [number for number in literals(text) if number not in lesson.constants]
        assert not stray, f"{field} writes {stray}: refer to a number, or declare it in constants with its reason"
    used = " ".join(lesson.texts.values()) + " ".join(claim.text for claim in lesson.claims)
    assert all(constant in literals(used) for constant in lesson.constants), "a constant that no text writes"
    assert all(reason.strip() for reason in lesson.constants.values())


@each_lesson
def test_the_formula_fills_in_and_writes_no_result_of_its_own(lesson: Lesson) -> None:
    for now in every_live(lesson):
        template = now.formula
        assert references(template), "the formula holds no live number"
        assert fill_latex(template, now.numbers)
        known = {format_number(number) for number in now.numbers.values()}
        stray = [text for text in literals(template) if text not in known and float(text.rstrip(" %")) > 9]
        assert not stray, f"the formula writes {stray}"
        assert template.count("{") == template.count("}")


@each_lesson
def test_no_number_is_written_down_instead_of_computed(lesson: Lesson) -> None:
    path = next(FOLDER.glob(f"l{lesson.number:02}_*.py"), None)
    assert path is not None, f"the file of lesson {lesson.number} should be called l{lesson.number:02}_<name>.py"
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    calls = [node for node in found if isinstance(node, ast.Dict)]
    fractions = [
        ast.unparse(value)
        for table in calls
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and isinstance(value.value, float)
        if key.value not in SETTINGS
    ]
    stray = [text for text in fractions if not float(text).is_integer()]
    assert not stray, f"a result is written down: {stray}"


@each_lesson
def test_titles_and_choices_fit_the_page(lesson: Lesson) -> None:
    assert len(lesson.title) <= LONGEST_TITLE
    question = lesson.question
    assert 2 <= len(question.choices) <= 5
    assert len(set(question.choices)) == len(question.choices)
    assert all(len(choice) <= LONGEST_CHOICE for choice in question.choices)
    assert 0 <= question.answer < len(question.choices)
    assert len(re.findall(r"[.!?](?:\s|$)", lesson.trap)) == 2, "the trap is told in two sentences"


@each_lesson
def test_knobs_are_one_or_two(lesson: Lesson) -> None:
    assert 1 <= len(lesson.knobs) <= 2
    assert len({knob.key for knob in lesson.knobs}) == len(lesson.knobs)
    assert all(len({str(value) for value in knob.values}) == len(knob.values) for knob in lesson.knobs)


@each_lesson
def test_every_knob_changes_a_number_and_what_is_shown(lesson: Lesson) -> None:
    first = live(lesson)
    for knob in lesson.knobs:
        turned = [live(lesson, {knob.key: value}) for value in knob.values if value != knob.default]
        assert any(not same(first.numbers, other.numbers) for other in turned), knob.key
        assert any(shown(first) != shown(other) for other in turned), knob.key


@each_setting
def test_every_value_of_a_knob_can_be_shown(lesson: Lesson, knob: Knob, value: KnobValue) -> None:
    now = live(lesson, {knob.key: value})
    for text in lesson.texts.values():
        assert fill(text, now.numbers)
    assert shown(now)
    assert knob.read(str(value)) == value
    assert all(re.fullmatch(NAME, name) for name in now.numbers)
    assert not any(isinstance(number, str) and re.search(r"\d", number) for number in now.numbers.values())


@each_lesson
def test_sources_are_named_with_their_address(lesson: Lesson) -> None:
    assert lesson.sources
    for source in lesson.sources:
        assert source.title.strip()
        assert re.fullmatch(r"https://\S+", source.url)


@each_lesson
def test_related_lessons_exist(lesson: Lesson) -> None:
    assert lesson.related
    assert set(lesson.related) <= set(lessons())
    assert lesson.key not in lesson.related


@each_lesson
def test_libraries_are_named(lesson: Lesson) -> None:
    assert lesson.libraries
    assert len(set(lesson.libraries)) == len(lesson.libraries)


@each_lesson
def test_explore_shows_the_same_number_for_the_same_pixels(lesson: Lesson) -> None:
    for now in every_live(lesson):
        if now.explore is None:
            continue
        assert set(now.explore.settings) <= set(SETTINGS)
        if now.data is None:
            assert now.explore.settings["source"] in ("example", "synthesize"), "nothing to open in Explore"
            continue
        chosen = selection_of(now)
        rule = chosen.convention
        value = mc.evaluate(chosen.formula_record, counted(now), rule)
        got = value[chosen.focus] if value.ndim else value
        np.testing.assert_allclose(float(got), now.numbers[now.explore.number], rtol=0, atol=1e-6)


def test_keys_titles_and_numbers_are_unique() -> None:
    for field in ("key", "title", "number"):
        values = [getattr(lesson, field) for lesson in EVERY]
        assert len(set(values)) == len(values), field
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", lesson.key) for lesson in EVERY)


def test_every_file_holds_a_lesson() -> None:
    numbers = sorted(int(path.stem[1:].partition("_")[0]) for path in FOLDER.glob("l[0-9]*_*.py"))
    assert numbers == sorted(lesson.number for lesson in EVERY)


def test_there_are_enough_lessons_and_every_group_has_some() -> None:
    assert len(EVERY) >= LEAST
    assert set(by_group()) <= set(GROUPS)


def test_the_tour_has_seven_lessons_in_order() -> None:
    assert [lesson.tour for lesson in tour()] == [1, 2, 3, 4, 5, 6, 7]


def test_no_lesson_imports_streamlit() -> None:
    for path in FOLDER.glob("*.py"):
        assert "streamlit" not in re.findall(r"^(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.M), path


def every_live(lesson: Lesson) -> Iterator[Live]:
    """The lesson at first, and with each knob at each of its values."""
    yield live(lesson)
    for knob in lesson.knobs:
        for value in knob.values:
            yield live(lesson, {knob.key: value})


def same(first: Any, second: Any) -> bool:
    return str(dict(first)) == str(dict(second))


def shown(now: Live) -> str:
    """Everything that the knobs can change on the page."""
    return str((described(now.setting), described(now.outcome), fill_latex(now.formula, now.numbers)))


def described(picture: Picture) -> object:
    if isinstance(picture, Bars | Lines | Table | Tiles):
        assert figure_words(picture)
        return figure_data(picture)
    if isinstance(picture, Matrix):
        return picture.statistics.confusion.tolist()
    assert isinstance(picture, Map)
    return (picture.data.target.tolist(), picture.data.prediction.tolist())


def counted(now: Live) -> mc.Statistics:
    """Counts as Explore makes them."""
    assert now.data is not None
    data = now.data.dataset("a lesson")
    prediction = data.predictions["lesson"]
    scores = prediction.ndim == data.target.ndim + 1
    return mc.count(
        data.target,
        prediction,
        num_classes=len(data.class_names),
        ignore_label=data.ignore_label,
        class_names=data.class_names,
        out_of_range="count",
        histogram="per_image" if scores else "none",
        bins=mc.suited_bins(prediction.dtype, count=1024) if scores else None,
    )


def selection_of(now: Live) -> Selection:
    """The settings that the link to Explore sets, the others at their defaults."""
    assert now.explore is not None
    settings = dict(now.explore.settings)
    return _selection(_defaults(settings.get("recipe", SETTINGS["recipe"].default)) | settings)
