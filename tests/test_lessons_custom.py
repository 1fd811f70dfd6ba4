"""Lessons from files: the example works as documented, refusals name line and field, and texts cannot act as markup."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics_core as mc
from app.lessons.custom import EXAMPLE, LIMIT, limited_markdown, read_lesson
from app.lessons.lesson import Lesson, Live
from app.lessons.pictures import Bars, Matrix, Tiles
from app.lessons.texts import fill, fill_latex
from app.lessons.toml_fields import LessonError

TEXT = EXAMPLE.decode()
SCENARIO = TEXT[TEXT.index("[scenario]") : TEXT.index("# One or two knobs")]
KNOBS = TEXT[TEXT.index("[[knobs]]") : TEXT.index("# The numbers")]
NUMBERS = TEXT[TEXT.index("[numbers]\naccuracy") :]


def changed(*pairs: tuple[str, str]) -> bytes:
    """The example with some of its text replaced, each once."""
    text = TEXT
    for before, after in pairs:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text.encode()


def line_of(part: str) -> int:
    """The line of the example that holds a part."""
    return TEXT[: TEXT.index(part)].count("\n") + 1


def first(lesson: Lesson) -> Live:
    return lesson.live(**lesson.settled({}))


def test_the_example_computes_what_its_comments_promise() -> None:
    lesson = read_lesson(EXAMPLE)
    now = first(lesson)
    assert now.numbers == {"quiet": 990, "accuracy": 992 / 1000, "recall": 0.2, "precision": 1.0}
    assert "rings in 20\N{NO-BREAK SPACE}% of the minutes" in fill(lesson.question.why, now.numbers).replace("\\", "")
    assert fill_latex(now.formula, now.numbers) == r"\text{recall} = \frac{TP}{TP+FN} = \frac{2}{2+8} = 0.200"
    assert isinstance(now.setting, Matrix)
    assert isinstance(now.outcome, Bars)
    assert [bar.label for bar in now.outcome.bars] == ["accuracy", "recall", "precision"]
    fewer = lesson.live(quiet=10)
    assert fewer.numbers["accuracy"] == 12 / 20


def test_a_recipe_with_a_knob_on_one_of_its_fields() -> None:
    scenario = '[scenario]\nkind = "recipe"\nrecipe = "one rare class"\nimages = 2\nheight = 64\nwidth = 64\n'
    knobs = '[[knobs]]\nname = "missed"\nlabel = "Missed"\nvalues = [0.0, 1.0]\nstart = 0.0\nfield = "missed_objects"\n'
    numbers = '[numbers]\naccuracy = { formula = "iou" }\nrecall = { formula = "iou", background = false }\n'
    source = changed(
        (SCENARIO, scenario), (KNOBS, knobs), (NUMBERS, numbers), ("{{quiet}}", "few"), (', "precision"]', "]")
    )
    lesson = read_lesson(source)
    now = first(lesson)
    assert isinstance(now.setting, Tiles)
    assert lesson.live(missed=1.0).numbers["recall"] < now.numbers["recall"]


def test_an_example_data_set_with_a_knob_on_a_rule() -> None:
    scenario = '[scenario]\nkind = "example"\ndata = "landcover"\nmodel = "random forest"\n'
    knobs = '[[knobs]]\nname = "average"\nlabel = "Average"\nvalues = ["macro", "micro"]\nrule = "average"\n'
    numbers = '[numbers]\naccuracy = { formula = "iou" }\nrecall = { formula = "iou", average = "weighted" }\n'
    source = changed(
        (SCENARIO, scenario), (KNOBS, knobs), (NUMBERS, numbers), ("{{quiet}}", "few"), (', "precision"]', "]")
    )
    lesson = read_lesson(source)
    data = mc.load_dataset("landcover")
    counts = mc.count(data.target, data.predictions["random forest"].argmax(1), num_classes=7, ignore_label=255)
    for average in ("macro", "micro"):
        numbers_now = lesson.live(average=average).numbers
        assert numbers_now["accuracy"] == float(mc.evaluate("iou", counts, mc.Convention(average=average)))
    assert lesson.live(average="micro").numbers["recall"] == first(lesson).numbers["recall"]


@pytest.mark.parametrize(
    ("before", "after", "field", "words"),
    [
        ("answer = 3", "answer = 7", "question.answer", "a whole number from 1 to 3; got 7"),
        ("answer = 3", 'answer = "c"', "question.answer", "a whole number from 1 to 3; got 'c'"),
        ("title =", "titel =", "titel", "one of the fields title, story"),
        ('"Rarely"]', '"Every second time"]', "question.choices", "2 to 5 different texts"),
        ("{{recall:.0%}}", "{{recal}}", "question.why", "no number of this lesson"),
        ("{{recall:.0%}}", "{{recall:.999999f}}", "question.why", "a format is one such as"),
        ("[990, 0]", "[990, -1]", "scenario.counts", "2 lists of 2 whole numbers"),
        ("[990, 0]", "[990]", "scenario.counts", "2 lists of 2 whole numbers"),
        ("values = [10, 90", "values = [10.5, 90", "scenario.counts", "the knobs' values among them"),
        ("start = 990", "start = 3", "knobs[1].start", "one of the values; got 3"),
        ("cell = [0, 0]", "cell = [0, 5]", "knobs[1].cell", "each from 0 to 1; got [0, 5]"),
        ("cell = [0, 0]", 'rule = "class"', "knobs[1].rule", '"average", "pooling", "zero"'),
        (
            'kind = "counts"\nclasses',
            'kind = "files"\nclasses',
            "scenario.kind",
            'one of "counts", "recipe", "example"',
        ),
        ('formula = "recall"', 'formula = "rekall"', "numbers.recall.formula", "got 'rekall'"),
        ('class = "smoke" }\nprec', 'class = "fire" }\nprec', "numbers.recall.class", '"quiet", "smoke"; got'),
        ('bars = ["accuracy"', 'bars = ["akkuracy"', "bars", "names of numbers (accuracy, recall, precision)"),
        ('explain = "recall"', 'explain = "f1"', "explain", 'one of "accuracy", "recall", "precision"'),
    ],
)
def test_what_cannot_be_used_is_refused_with_line_and_field(before: str, after: str, field: str, words: str) -> None:
    with pytest.raises(LessonError) as refusal:
        read_lesson(changed((before, after)))
    message = str(refusal.value)
    assert f", {field}: " in message
    assert words in message
    line = int(message.removeprefix("line ").partition(",")[0])
    assert line == line_of(before) or field == "scenario.counts"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (changed(('"Fire safety', "Fire safety")), f"line {line_of('Fire safety')}, the file: expected TOML"),
        (b"title = 'a'\n\xff\xfe", "line 2, the file: expected UTF-8"),
        (b"#" * (LIMIT + 1), "expected at most 64 kB"),
        (b"", "line 1, scenario: expected a table [scenario]; it is missing"),
        (b"a = " + b"[" * 20_000, "the file: expected"),
    ],
)
def test_files_that_are_no_lesson_at_all(data: bytes, words: str) -> None:
    with pytest.raises(LessonError) as refusal:
        read_lesson(data)
    assert words in str(refusal.value)


def test_texts_keep_emphasis_and_code_and_nothing_else() -> None:
    text = "<b>x</b> **bold {{recall}}** *soft* `a<b` [link](javascript:x) :red[r] $y$ ![i](u)"
    assert limited_markdown(text) == (
        r"\<b\>x\</b\> **bold {{recall}}** *soft* `a<b` \[link\](javascript\:x) \:red\[r\] \$y\$ \!\[i\](u)"
    )
    assert limited_markdown("one\n\n# two\nthree") == "one\n\n\\# two three"


@given(st.text(max_size=200))
def test_no_text_can_open_a_tag_a_link_or_a_directive(text: str) -> None:
    plain = limited_markdown(text)
    outside = "".join(plain.split("`")[::2])
    for position, sign in enumerate(outside):
        if sign in "<[:$" and "{{" not in outside[:position]:
            assert outside[position - 1] == "\\"


@given(st.integers(0, len(EXAMPLE) - 1), st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_read_or_refused_but_never_fails(place: int, damage: bytes) -> None:
    data = EXAMPLE[:place] + damage + EXAMPLE[place + len(damage) :]
    try:
        lesson = read_lesson(data)
    except LessonError:
        return
    assert fill(lesson.story, first(lesson).numbers)
    assert tomllib.loads(data.decode("utf-8-sig"))
