"""The Learn page without a browser: every lesson opens, every knob turns, answers are kept, files are read safely."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.lessons.course import lessons, live, tour
from app.lessons.custom import EXAMPLE
from app.lessons.lesson import Lesson
from app.lessons.progress import read_progress
from app.lessons.quiz import questions

ROOT = Path(__file__).parents[1]
EVERY = list(lessons().values())
FIRST = tour()[0]
each_lesson = pytest.mark.parametrize("lesson", EVERY, ids=lambda lesson: lesson.key)


def opened(**query: str) -> AppTest:
    """The Learn page at an address with this query."""
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    # switch_page knows pages that are files; this one is a function, known by its path in the address.
    page._page_hash = calc_hash("learn")
    for name, value in query.items():
        page.query_params[name] = value
    return run(page)


def run(page: AppTest) -> AppTest:
    """The page after another run."""
    page.run()
    assert not page.exception, page.exception
    return page


def press(page: AppTest, key: str) -> AppTest:
    """The page after a click on the button of a key."""
    page.button(key=key).click()
    return run(page)


def keys(page: AppTest) -> set[str]:
    """The keys of all buttons on the page."""
    return {button.key for button in page.button if button.key}


def shown(page: AppTest) -> str:
    """Everything a reader can see on the page itself: texts, formulas, pictures."""
    seen: list[str] = []
    for kind in ("markdown", "caption", "latex", "success", "warning", "metric"):
        seen += [str(each.value) for each in page.main.get(kind)]
    seen += [str(each.proto).replace(str(each.proto.id), "") for each in page.main.get("bidi_component")]
    return "\n".join(seen)


def address(page: AppTest) -> dict[str, str]:
    """The settings in the address."""
    return {name: "".join(values) for name, values in page.query_params.items()}


def right_answer(lesson: Lesson) -> str:
    return f"choice{lesson.question.answer}"


def wrong_answer(lesson: Lesson) -> str:
    return f"choice{int(lesson.question.answer == 0)}"


@each_lesson
def test_a_lesson_asks_before_it_reveals(lesson: Lesson) -> None:
    page = opened(lesson=lesson.key)
    assert not page.latex
    assert not page.success
    assert {f"choice{index}" for index in range(len(lesson.question.choices))} <= keys(page)
    press(page, right_answer(lesson))
    assert page.latex
    assert page.success
    assert page.main.select_slider or page.main.get("button_group")


@each_lesson
def test_every_knob_of_a_lesson_changes_what_is_shown(lesson: Lesson) -> None:
    page = opened(lesson=lesson.key, answer="0")
    for slot, knob in zip(("knob1", "knob2"), lesson.knobs, strict=False):
        first = shown(page)
        turned = set[str]()
        for value in {knob.values[0], knob.values[-1]} - {knob.default}:
            page.select_slider(key=slot).set_value(str(value))
            run(page)
            assert address(page)[slot] == str(value)
            turned.add(shown(page))
        assert turned - {first}, knob.key
        page.select_slider(key=slot).set_value(str(knob.default))
        run(page)
        assert shown(page) == first


@each_lesson
def test_the_pixels_can_be_shown_where_there_are_some(lesson: Lesson) -> None:
    page = opened(lesson=lesson.key, answer="0")
    toggles = [each for each in page.toggle if each.key == "pixels"]
    assert bool(toggles) == (live(lesson).data is not None)
    if toggles:
        before = shown(page)
        toggles[0].set_value(True)
        assert shown(run(page)) != before


def test_question_and_pixels_side_by_side_are_told_apart() -> None:
    titles = {"**The picture of the question**", "**The pixels behind the answer**"}
    told = {each.value for each in opened(lesson="jpeg-masks", answer="0", pixels="yes").main.markdown}
    assert titles <= told
    assert not titles & {each.value for each in opened(lesson="jpeg-masks", answer="0").main.markdown}


def test_the_address_of_a_lesson_restores_its_knobs_and_its_answer() -> None:
    value = str(FIRST.knobs[0].values[0])
    page = opened(lesson=FIRST.key, knob1=value, answer="1")
    assert page.select_slider(key="knob1").value == value
    assert page.warning
    assert address(page)["knob1"] == value


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        ({"lesson": "no-such-lesson"}, {}),
        ({"lesson": "own"}, {}),
        ({"lesson": "../../etc/passwd"}, {}),
        ({"lesson": "accuracy-paradox", "answer": "99"}, {"lesson": "accuracy-paradox"}),
        ({"lesson": "accuracy-paradox", "answer": "x"}, {"lesson": "accuracy-paradox"}),
        ({"lesson": "accuracy-paradox", "knob1": "<svg>", "knob2": "7"}, {"lesson": "accuracy-paradox"}),
        ({"progress": "1r2w99999s<script>"}, {"progress": "1r2w"}),
        ({"quiz": "-3"}, {}),
        ({"quiz": "99", "quiz_answers": "9.9.9.x"}, {"quiz": "99"}),
        ({"quiz": "2", "quiz_answers": "1.1.1.1.1"}, {"quiz": "2", "quiz_answers": "1.1"}),
        ({"find": "(((", "about": "nobody"}, {"find": "((("}),
    ],
)
def test_a_wrong_address_falls_back_without_a_failure(query: dict[str, str], taken: dict[str, str]) -> None:
    assert shown(opened(**query)) == shown(opened(**taken))


def test_answers_are_marked_and_kept_in_the_address() -> None:
    page = press(opened(lesson=FIRST.key), wrong_answer(FIRST))
    assert read_progress(address(page)["progress"]) == {FIRST.number: "wrong"}
    press(page, "again")
    press(page, right_answer(FIRST))
    assert read_progress(address(page)["progress"]) == {FIRST.number: "right"}
    press(page, "next")
    press(page, "overview")
    assert "forget" in keys(page)
    press(page, "forget")
    assert "progress" not in address(page)


def test_the_tour_leads_through_seven_lessons_and_ends_in_the_overview() -> None:
    page = press(opened(), "start_tour")
    for lesson in tour():
        assert address(page)["lesson"] == lesson.key
        press(page, right_answer(lesson))
        press(page, "next")
    assert "lesson" not in address(page)
    assert "tour" not in address(page)
    marks = read_progress(address(page)["progress"])
    assert marks == {lesson.number: "right" for lesson in tour()}


def test_next_and_previous_lead_to_the_neighbours_in_the_course() -> None:
    page = press(opened(lesson=EVERY[1].key), "previous")
    assert address(page)["lesson"] == EVERY[0].key
    press(page, "previous")
    assert "lesson" not in address(page)


def test_the_list_in_the_sidebar_opens_a_lesson_unanswered() -> None:
    page = opened(lesson=FIRST.key, answer="0")
    page.selectbox(key="lesson").set_value(EVERY[-1].key)
    run(page)
    assert address(page)["lesson"] == EVERY[-1].key
    assert "answer" not in address(page)


def test_search_and_library_narrow_the_overview() -> None:
    page = opened()
    every = len(page.main.get("page_link"))
    page.text_input(key="find").set_value("blank images")
    found = run(page).main.get("page_link")
    assert 0 < len(found) < every
    page.text_input(key="find").set_value("no lesson holds such words")
    assert run(page).info
    page.text_input(key="find").set_value("")
    page.selectbox(key="about").set_value("mmsegmentation")
    assert 0 < len(run(page).main.get("page_link")) < every


def test_presenter_mode_is_one_click_away_and_one_click_back() -> None:
    page = press(opened(lesson=FIRST.key), "present")
    assert address(page)["presenter"] == "yes"
    assert any("stSidebar" in str(text.value) for text in page.markdown)
    press(page, "leave")
    assert "presenter" not in address(page)


@pytest.mark.parametrize("query", [{}, {"quiz": "3"}, {"lesson": tour()[-1].key}])
def test_presenter_mode_is_left_from_every_screen_by_button_and_by_key(query: dict[str, str]) -> None:
    page = opened(presenter="yes", **query)
    assert any("Escape" in str(each.proto) for each in page.main.get("bidi_component"))
    press(page, "leave")
    assert "presenter" not in address(page)
    assert "leave" not in keys(page)


def test_the_last_button_of_the_tour_says_where_it_leads() -> None:
    page = opened(tour="yes", lesson=tour()[-1].key)
    assert (page.button(key="next").label, page.button(key="next").proto.help) == ("Overview", "Overview (n)")


def test_a_lesson_that_does_not_exist_is_named_until_another_is_opened() -> None:
    page = opened(lesson="no-such-lesson")
    assert "lesson “no-such-lesson”" in page.info[0].value.replace("\\", "")
    assert run(page).info
    assert not press(page, "start_tour").info


def test_a_lesson_of_ones_own_unfolds_at_an_arrow() -> None:
    assert [each.proto.icon for each in opened().expander if each.label == "A lesson of your own"] == [""]


def test_the_link_for_a_class_holds_no_answers() -> None:
    page = opened(lesson=FIRST.key, answer="0", progress="2r", knob1=str(FIRST.knobs[0].values[0]))
    link = page.sidebar.code[0].value
    assert f"lesson={FIRST.key}" in link
    assert "knob1=" in link
    assert "answer" not in link
    assert "progress" not in link


def test_a_quiz_counts_right_answers_and_offers_the_wrong_ones_again() -> None:
    asked = questions(EVERY, number=3, seed=5)
    page = opened(quiz="3", quiz_seed="5")
    for index, lesson in enumerate(asked):
        press(page, right_answer(lesson) if index else wrong_answer(lesson))
        assert page.success if index else page.warning
        press(page, "quiz_next")
    assert page.metric[0].value == "2 of 3"
    links = [link.proto.label for link in page.main.get("page_link")]
    assert asked[0].title in links
    assert asked[1].title not in links


def test_a_quiz_that_is_started_asks_and_can_be_left() -> None:
    page = press(opened(), "start_quiz")
    assert int(address(page)["quiz"]) == min(10, len(EVERY))
    assert "choice0" in keys(page)
    press(page, "leave_quiz")
    assert "quiz" not in address(page)
    assert "start_quiz" in keys(page)


def upload(page: AppTest, data: bytes) -> AppTest:
    """The page after a lesson's file was dropped."""
    page.get("file_uploader")[0].set_value([("lesson.toml", data, "application/toml")])
    return run(page)


def test_the_example_of_a_custom_lesson_opens_and_its_knob_turns() -> None:
    page = press(upload(opened(), EXAMPLE), "open_own")
    assert address(page)["lesson"] == "own"
    press(page, "choice2")
    assert page.success
    before = shown(page)
    page.select_slider(key="knob1").set_value("10")
    assert shown(run(page)) != before
    assert "progress" not in address(page)


def test_a_broken_file_is_refused_with_line_and_field_and_the_lesson_before_stays() -> None:
    page = upload(opened(), EXAMPLE)
    upload(page, EXAMPLE.replace(b"answer = 3", b"answer = 9"))
    assert "line 20, question" in page.error[0].value.replace("\\", "")
    assert "open_own" in keys(page)


def test_explore_opens_the_pixels_of_a_lesson_with_its_settings() -> None:
    now = live(FIRST)
    assert now.explore is not None
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    query: dict[str, Any] = {"source": "lesson", "lesson": FIRST.key} | dict(now.explore.settings)
    for name, value in query.items():
        page.query_params[name] = value
    run(page)
    assert page.metric[0].value == f"{now.numbers[now.explore.number]:.3f}"
    assert any(FIRST.title in text.value for text in page.sidebar.caption)
    page.query_params["lesson"] = "no-such-lesson"
    run(page)
    assert not page.error
