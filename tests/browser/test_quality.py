"""The whole dashboard as everybody meets it: in both themes, by keyboard, by ear, on a phone, and as it looked before.

Every view is opened once; a test reads its part of what was seen there. axe-core judges what it can see, so that the
window is as high as the page. Nothing that it finds serious is left out, whether drawn here or by Streamlit.

The screenshots in tests/browser/screenshots are compared coarsely. After a wanted change of looks, draw them anew, and
look at them:

    RENEW_SCREENSHOTS=1 .venv/bin/python -m pytest tests/browser/test_quality.py -k screenshot
"""

from __future__ import annotations

import functools
import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, wait_until_idle, watched_page

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
MAIN = "[data-testid=stMain]"
MATRIX = ".st-key-confusion"
HEIGHT = 2600  # of a window that holds every view without scrolling
PHONE = 400
SCREENSHOTS = Path(__file__).parent / "screenshots"
RENEW = "RENEW_SCREENSHOTS" in os.environ


@dataclass(frozen=True, kw_only=True)
class View:
    """A page's address, the tab to open there, and what shows that it is there."""

    path: str
    shows: str
    tab: str = ""


EXPLORE = {
    "Classes": "[data-testid=stDataFrame]",
    "Images": ".st-key-strip .main-svg",
    "Curves": ".st-key-against .main-svg",
    "Calibration": ".lesson-figure svg",
    "Slices": ".st-key-slice_bars .bar",
    "Advice": "text=What the counts cannot tell",
    "Formula": ".katex",
}
COMPARE = {
    "Libraries": ".st-key-heatmap .cell",
    "Rules": ".st-key-effects .bar",
    "Models": ".st-key-verdict .main-svg",
    "Imbalance": ".st-key-prevalence .main-svg",
    "Curves": "text=How is precision averaged over recall?",
}
LEARN = {
    "overview": ("/learn", "text=One trap, one minute"),
    "question": ("/learn?lesson=ignore-is-not-exclude", ".lesson-figure canvas"),
    "answer": ("/learn?lesson=counting-in-floats&answer=0", ".lesson-figure svg"),
    "quiz": ("/learn?quiz=3", "text=question 1 of 3"),
}
# Compare shows two models, of which the first example has but one.
VIEWS = {
    **{f"explore-{tab}": View(path="/?tab=", tab=tab, shows=shows) for tab, shows in EXPLORE.items()},
    **{
        f"compare-{tab}": View(path="/compare?data=nuclei&compare_tab=", tab=tab, shows=shows)
        for tab, shows in COMPARE.items()
    },
    **{f"learn-{name}": View(path=path, shows=shows) for name, (path, shows) in LEARN.items()},
}
every_view = pytest.mark.parametrize("name", VIEWS)

# Pictures, charts and tables without a name of their own or around them, shadow trees included.
UNNAMED = """() => {
    const around = (each) => each.parentElement ?? each.getRootNode().host;
    const named = (each) => {
        for (let at = each; at; at = around(at)) {
            if (at.matches('[aria-hidden=true]') || at.getAttribute('aria-label')) return true;
            if (at.matches('[data-testid=stDataFrame]') && at.querySelector('table')) return true;
        }
        return false;
    };
    const found = [];
    const search = (root) => root.querySelectorAll('*').forEach((each) => {
        if (each.shadowRoot) search(each.shadowRoot);
        const shown = each.matches('canvas, figure, img, .main-svg, .st-key-confusion table') && each.checkVisibility();
        if (shown && !named(each)) found.push(each.outerHTML.slice(0, 200));
    });
    search(document);
    return found;
}"""
# What sticks out of the window, unless it is inside something that scrolls; and whether the page itself scrolls.
CUT_OFF = """() => {
    const around = (each) => each.parentElement ?? each.getRootNode().host;
    const scrolls = (each) => {
        for (let at = around(each); at; at = around(at)) {
            if (at.scrollWidth > at.clientWidth && /auto|scroll/.test(getComputedStyle(at).overflowX)) return true;
        }
        return false;
    };
    const found = [];
    const search = (root) => root.querySelectorAll('*').forEach((each) => {
        if (each.shadowRoot) search(each.shadowRoot);
        const drawn = each.matches('button, input:not([type=range]), a, canvas, svg, table, p');
        if (!drawn || !each.checkVisibility()) return;
        const { left, right, width } = each.getBoundingClientRect();
        const outside = width > 1 && (left < -1 || right > innerWidth + 1);
        if (outside && !scrolls(each)) found.push(each.outerHTML.slice(0, 200));
    });
    search(document.querySelector('[data-testid=stMain]'));
    const { scrollWidth } = document.scrollingElement;
    return scrollWidth > innerWidth ? [...found, `the page, ${scrollWidth} px wide`] : found;
}"""
# What has the focus: its name, the name of its group, and whether a component of our own marks it.
FOCUS = """() => {
    let each = document.activeElement;
    while (each?.shadowRoot?.activeElement) each = each.shadowRoot.activeElement;
    if (!each || each === document.body) return null;
    const name = each.getAttribute('aria-label') ?? each.labels?.[0]?.textContent ?? each.textContent;
    const group = each.closest('[role=radiogroup], [role=group]')?.getAttribute('aria-label') ?? '';
    const marked = each.getRootNode() === document || getComputedStyle(each).outlineStyle !== 'none';
    return [`${name} ${group}`.replace(/\\s+/g, ' '), marked];
}"""


# Colours that change slowly would be seen half-way.
AT_ONCE = """addEventListener('DOMContentLoaded', () => {
    const style = document.createElement('style');
    style.textContent = '*, *::before, *::after { transition: none !important; animation: none !important; }';
    document.head.append(style);
})"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was found in a view."""

    findings: dict[Theme, list[str]]
    unnamed: list[str]
    cut_off: list[str]


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """Open one page for all: what a browser has loaded once, it need not load again."""
    with watched_page(browser, server) as opened:
        opened.add_init_script(AT_ONCE)
        yield opened


@pytest.fixture(scope="module")
def see(page: Page) -> Callable[[str], Seen]:
    """Look at a view, once."""

    @functools.cache
    def look(name: str) -> Seen:
        return looked_at(page, VIEWS[name])

    return look


def looked_at(page: Page, view: View) -> Seen:
    """Everything that the tests ask of a view, in one visit."""
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    scope = show(page, view)
    findings: dict[Theme, list[str]] = {theme: axe(page, theme, scope) for theme in THEMES}
    unnamed = page.evaluate(UNNAMED)
    page.set_viewport_size({"width": PHONE, "height": 800})
    return Seen(findings=findings, unnamed=unnamed, cut_off=cut_off(page))


def cut_off(page: Page) -> list[str]:
    """What sticks out of the window, once charts and tables have followed its new width."""
    found: list[str] = []
    for _ in range(10):
        page.wait_for_timeout(150)
        found = page.evaluate(CUT_OFF)
        if not found:
            break
    return found


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size and what is in it the time to follow."""
    if page.viewport_size != {"width": width, "height": height}:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)


def show(page: Page, view: View) -> str:
    """Open a view, by its tab where the page is open, else by its address; return the part of the page that is new."""
    page.emulate_media(color_scheme="light")
    if view.tab and urlsplit(page.url).path == urlsplit(view.path).path:
        page.locator(MAIN).get_by_role("radio", name=view.tab, exact=True).click()
        settle(page, view.shows)
        return MAIN
    open_page(page, view.path + view.tab, view.shows)
    return "body"


def open_page(page: Page, path: str, shows: str) -> None:
    """Open an address and wait until all of it is there."""
    page.goto(path, wait_until="domcontentloaded")
    settle(page, shows)


def settle(page: Page, shows: str) -> None:
    """Wait until what shows a view is there, all else is, and nothing is left of what was there before."""
    page.locator(shows).first.wait_for(state="visible")
    wait_until_idle(page)
    page.wait_for_function("() => !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')")
    page.wait_for_timeout(100)


def axe(page: Page, theme: Theme, scope: str) -> list[str]:
    """What axe-core finds serious or critical in a theme; the second theme differs from the first in colours only."""
    page.emulate_media(color_scheme=theme)
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if theme != THEMES[0]:
        options["runOnly"] = ["color-contrast"]
    violations = Axe().run(page, scope, options).response["violations"]
    return [
        f"{found['id']}: {node['target']} {node['html'][:200]} {node['failureSummary']}"
        for found in violations
        if found["impact"] in {"serious", "critical"}
        for node in found["nodes"]
    ]


@every_view
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_serious(see: Callable[[str], Seen], name: str, theme: Theme) -> None:
    findings = see(name).findings[theme]
    assert not findings, "\n".join(findings)


@every_view
def test_every_picture_chart_and_table_has_a_text_alternative(see: Callable[[str], Seen], name: str) -> None:
    assert see(name).unnamed == []


@every_view
def test_a_phone_shows_everything_without_scrolling_sideways(see: Callable[[str], Seen], name: str) -> None:
    assert see(name).cut_off == []


def test_a_table_that_scrolls_on_a_phone_is_reached_by_tab(page: Page) -> None:
    resize(page, PHONE, 800)
    open_page(page, "/compare?compare_tab=Rules", "table")
    table = page.locator("table").first
    assert table.evaluate("(each) => each.scrollWidth > each.clientWidth")
    page.locator(f"{MAIN} [role=radio][tabindex='0']").last.focus()
    page.keyboard.press("Tab")
    expect(table).to_be_focused()


def tab_through(page: Page) -> list[str]:
    """Names, each with its group's, of all that the tab key reaches, from the top; own components show where it is."""
    reached: list[str] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        # Between the end and the beginning, and on buttons that vanish with the pointer, nothing has the focus.
        name, marked = page.evaluate(FOCUS) or ("", True)
        assert marked, f"nothing shows that the focus is on {name}"
        if name in reached[:1]:
            return reached
        reached += [name] if name else []
    raise AssertionError(f"the tab key goes on and on: {reached}")


def in_order(reached: list[str], *expected: str) -> list[str]:
    """The expected names that the tab key does not reach after those before them."""
    left = iter(reached)
    return [name for name in expected if not any(name in each for each in left)]


SIDEBAR = ("Source", "Formula", "Average over classes", "Images", "0/0 counts as", "Background", "A pixel's class")
PAGES = ("Explore", "Compare", "Learn")


def test_explore_by_keyboard_tab_reaches_all_and_cells_images_and_tabs_are_chosen(page: Page) -> None:
    resize(page, 1280, 720)
    open_page(page, "/", f"{MATRIX} .cell")
    parts = ("Colour by", "Next image", "View", "Arrows move", "Zoom in", "overlay", "Normalise", "true ", "Details")
    assert in_order(tab_through(page), *SIDEBAR, *PAGES, *parts) == []
    page.locator(f"{MATRIX} button[tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile(r"cell=1\.2"))
    expect(page.locator(f"{MATRIX} .chosen")).to_be_focused()
    page.get_by_role("button", name="Next image").press("Enter")
    expect(page).to_have_url(re.compile(r"image=\d+"))
    page.get_by_role("radio", name="Classes").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile(r"tab=Images"))


def test_tab_reaches_sidebar_pages_tabs_strip_and_heat_map_of_compare(page: Page) -> None:
    resize(page, 1280, 720)
    open_page(page, "/compare", ".st-key-heatmap .cell")
    reached = tab_through(page)
    assert in_order(reached, *SIDEBAR, *PAGES, "Libraries", "0.0", "one row a library", "your rules · IoU") == []
    assert in_order(reached, "1 From", "2 To", "options differ") == []


def test_tab_reaches_lessons_tour_quiz_and_search_of_learn(page: Page) -> None:
    resize(page, 1280, 720)
    open_page(page, "/learn", "text=A lesson of your own")
    first, last = "Right for nearly everyone", "A lesson of your own"
    assert in_order(tab_through(page), "Lesson", *PAGES, "Take the tour", "Quiz me", "Search", first, last) == []


def test_a_lesson_is_answered_by_keyboard(page: Page) -> None:
    resize(page, 1280, 720)
    open_page(page, "/learn?lesson=accuracy-paradox", ".st-key-choice2 button")
    reached = tab_through(page)
    assert in_order(reached, *PAGES, "Next", "About as likely", "A little better", "Less than one in three") == []
    page.locator(".st-key-choice2 button").press("Enter")
    expect(page.get_by_text("The moral.")).to_be_visible()


# Addresses, and what is drawn last.
SHOTS = {
    "explore": ("/", f"{MATRIX} .cell"),
    "compare": ("/compare", ".st-key-waterfall .bar"),
    "learn": ("/learn?lesson=ignore-is-not-exclude&answer=1", ".lesson-figure .bar"),
}
# The port in the address is another one each time.
HIDDEN = "[data-testid=stCode] { visibility: hidden; }"
PARTS = (64, 36)
ALIKE = 10.0
"""Levels of 0..255; letters drawn by another machine change parts of a page by less, a lost panel by far more."""


def shot(page: Page, theme: Theme) -> Image.Image:
    """What the window shows in a theme, at half its size."""
    page.emulate_media(color_scheme=theme)
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
    page.wait_for_timeout(150)
    picture = Image.open(io.BytesIO(page.screenshot(style=HIDDEN))).convert("RGB")
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)


def difference(first: Image.Image, second: Image.Image) -> float:
    """How much the colour differs in that part of a page which differs more than 98 % of its parts do, in levels."""
    coarse = [
        np.asarray(each.convert("RGB").resize(PARTS, Image.Resampling.BOX), np.float64) for each in (first, second)
    ]
    return float(np.quantile(np.abs(coarse[0] - coarse[1]).max(-1), 0.98))


@pytest.mark.parametrize("name", SHOTS)
def test_a_page_looks_as_in_its_screenshots(page: Page, name: str) -> None:
    resize(page, 1280, 720)
    page.emulate_media(color_scheme="light")
    open_page(page, *SHOTS[name])
    for theme in THEMES:
        seen, path = shot(page, theme), SCREENSHOTS / f"{name}-{theme}.png"
        if RENEW:
            SCREENSHOTS.mkdir(exist_ok=True)
            seen.quantize(128).save(path, optimize=True)
        with Image.open(path) as before:
            assert difference(before, seen) < ALIKE, "see how to renew screenshots in the first lines of this file"
        assert path.stat().st_size < 60_000


class TestDifference:
    """The comparison of screenshots itself."""

    @staticmethod
    def explore(theme: Theme) -> Image.Image:
        return Image.open(SCREENSHOTS / f"explore-{theme}.png").convert("RGB")

    def test_letters_drawn_otherwise_make_none(self) -> None:
        before = self.explore("light")
        assert difference(before, before) == 0
        assert difference(before, before.filter(ImageFilter.GaussianBlur(1))) < ALIKE

    @pytest.mark.parametrize("lost", [(410, 145, 640, 350), (10, 140, 175, 320)], ids=["the matrix", "the rules"])
    def test_a_lost_part_makes_one(self, lost: tuple[int, int, int, int]) -> None:
        before, after = self.explore("light"), self.explore("light")
        after.paste("white", lost)
        assert difference(before, after) > ALIKE

    def test_another_theme_makes_one(self) -> None:
        assert difference(self.explore("light"), self.explore("dark")) > 10 * ALIKE
