"""The Learn page in a browser: the tour once through, the keyboard, and what only a browser draws."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from app.lessons.course import lessons, live, tour
from app.lessons.pictures import Tiles
from tests.browser.conftest import open_app, wait_until_idle

EVERY = list(lessons().values())
TITLE = "h3"
FIGURE = ".lesson-figure"


def heading(page: Page, title: str) -> None:
    """Wait until the lesson of this title is open."""
    expect(page.locator(TITLE, has_text=title).first).to_be_visible()
    wait_until_idle(page)


def press(page: Page, key: str) -> None:
    """Press a key while nothing has the focus."""
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.press(key)


def test_the_tour_once_through(page: Page) -> None:
    open_app(page, "/learn")
    page.get_by_role("button", name="Take the tour").click()
    for place, lesson in enumerate(tour(), 1):
        heading(page, lesson.title)
        expect(page.get_by_text(f"Tour, {place} of {len(tour())}")).to_be_visible()
        page.locator(f".st-key-choice{lesson.question.answer} button").click()
        expect(page.get_by_text("Right.").first).to_be_visible()
        expect(page.locator(".katex").first).to_be_visible()
        wait_until_idle(page)
        page.get_by_role("button", name="Next" if place < len(tour()) else "Overview", exact=True).click()
    expect(page.get_by_role("heading", name="One trap, one minute")).to_be_visible()
    expect(page.get_by_text(f"{len(tour())} of {len(EVERY)} answered, {len(tour())} right")).to_be_visible()


def test_arrows_and_letters_lead_on_and_back_but_not_while_a_slider_or_a_field_has_the_focus(page: Page) -> None:
    first, second, third = EVERY[:3]
    open_app(page, f"/learn?lesson={first.key}&answer=0", wait_for=FIGURE)
    press(page, "n")
    heading(page, second.title)
    press(page, "ArrowRight")
    heading(page, third.title)
    press(page, "ArrowLeft")
    heading(page, second.title)
    press(page, "p")
    heading(page, first.title)
    press(page, "1")
    expect(page.get_by_text("The trap.")).to_be_visible()
    wait_until_idle(page)
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("knob1="))
    heading(page, first.title)
    page.get_by_role("combobox").first.click()
    page.keyboard.type("n1")
    page.wait_for_timeout(300)
    heading(page, first.title)


def test_back_undoes_an_answer_and_the_link_for_a_class_opens_the_question(page: Page) -> None:
    lesson = EVERY[0]
    open_app(page, f"/learn?lesson={lesson.key}")
    page.locator(".st-key-choice0 button").click()
    expect(page.get_by_text("The moral.")).to_be_visible()
    wait_until_idle(page)
    page.go_back()
    expect(page.locator(".st-key-choice0 button")).to_be_visible()


def test_presenter_mode_hides_the_sidebar_and_escape_brings_it_back(page: Page) -> None:
    open_app(page, f"/learn?lesson={EVERY[0].key}")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_be_visible()
    page.get_by_role("button", name="Present").click()
    expect(sidebar).to_be_hidden()
    wait_until_idle(page)
    press(page, "Escape")
    expect(sidebar).to_be_visible()


def test_open_in_explore_shows_the_same_number_and_the_way_back_keeps_the_answer(page: Page) -> None:
    lesson = tour()[0]
    now = live(lesson)
    assert now.explore is not None
    open_app(page, f"/learn?lesson={lesson.key}&answer=0")
    page.get_by_role("link", name="Open in Explore").click()
    expect(page.get_by_test_id("stMetricValue")).to_have_text(f"{now.numbers[now.explore.number]:.3f}")
    wait_until_idle(page)
    page.get_by_role("link", name="Learn").click()
    heading(page, lesson.title)
    expect(page.get_by_text("The trap.")).to_be_visible()


def test_pixels_of_a_lesson_are_painted_in_the_colours_of_their_legend(page: Page) -> None:
    lesson = next(
        each for each in EVERY if isinstance(live(each).setting, Tiles) and each.key == "ignore-is-not-exclude"
    )
    open_app(page, f"/learn?lesson={lesson.key}", wait_for=f"{FIGURE} canvas")
    painted = """() => {
      const find = (root) => root.querySelector('.lesson-figure canvas')
        ?? [...root.querySelectorAll('*')].map((each) => each.shadowRoot && find(each.shadowRoot)).find(Boolean);
      const found = find(document);
      const pixels = found.getContext('2d').getImageData(0, 0, found.width, found.height).data;
      const seen = new Set();
      for (let at = 0; at < pixels.length; at += 4) seen.add([...pixels.slice(at, at + 3)].join());
      return [...seen];
    }"""
    page.wait_for_function(f"() => ({painted})().includes('0,158,115')")
    assert {"0,158,115", "230,159,0"} <= set(page.evaluate(painted))


def test_no_part_of_a_lesson_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    for lesson in tour():
        open_app(page, f"/learn?lesson={lesson.key}&answer=0", wait_for=FIGURE)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, lesson.key
