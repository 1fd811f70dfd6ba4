"""Matrix, strip and bars in a real browser, without a server: what they draw, say, report, and leave alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.components import bars, matrix, strip
from app.views.compare import SpreadValue, disagreement_data, spread_data
from app.views.confusion import confusion_data
from app.views.waterfall import WaterfallStep, way_data

HOSTILE = '<img src=x onerror="throw 1">'
NAN = float("nan")
THEME = "--st-background-color: white; --st-text-color: black; --st-border-color: gray; --st-primary-color: blue"
# Counts how often anything inside the component changes from now on.
WATCH = """() => {
    window.touched = new Set();
    window.watcher?.disconnect();
    window.watcher = new MutationObserver((changes) => changes.forEach(({ target }) => touched.add(
        target.closest?.('td, .row, .dot')?.textContent ?? target.className)));
    watcher.observe(document.getElementById('host'),
        { subtree: true, childList: true, attributes: true, characterData: true });
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page; any error on it fails the test."""
    context = browser.new_context(viewport={"width": 600, "height": 720})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert not problems


def show(page: Page, component: ModuleType | SimpleNamespace, data: dict[str, Any]) -> None:
    """Hands a component data as Streamlit does; the component is set up by the first call."""
    if not page.locator("#host").count():
        style = f"<style>{component.CSS} body {{ margin: 0; {THEME} }}</style>"
        page.set_content(f'{style}<div style="padding: 150px 0 0 20px"><div id="host">{component.HTML}</div></div>')
        script = component.JS.replace("export default function show", "window.show = function show")
        page.add_script_tag(content=script, type="module")
        page.wait_for_function("() => Boolean(window.show)")
    page.evaluate(
        """(data) => {
            window.reports ??= [];
            const report = (name, value) => window.reports.push([name, value]);
            show({ data, parentElement: document.getElementById("host"), setTriggerValue: report });
        }""",
        data,
    )


def reports(page: Page) -> list[Any]:
    return page.evaluate("window.reports")


def touched(page: Page) -> set[str]:
    """Texts of cells, rows and dots that changed since the watch began."""
    page.evaluate("() => new Promise(requestAnimationFrame)")
    return set(page.evaluate("[...touched]"))


def tip(page: Page) -> Locator:
    return page.locator(".tip")


def scores(values: list[list[float]], **options: Any) -> dict[str, Any]:
    """Scores of libraries; NaN with a blank is a cell without a call."""
    rows, columns = len(values), len(values[0])
    names = {"row_names": [f"library {i}" for i in range(rows)], "column_names": ["x", HOSTILE, "z"][:columns]}
    return disagreement_data(values, **(names | options))


class TestMatrix:
    GRID = ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    BLANK = ((False, True, False), (False, False, False))

    def draw(self, page: Page, **options: Any) -> None:
        show(page, matrix, scores([list(row) for row in self.GRID], absent=self.BLANK, **options))

    def test_a_click_reports_row_and_column(self, page: Page) -> None:
        self.draw(page)
        page.get_by_role("button", name="library 1 · z").click()
        assert reports(page) == [["cell", [1, 2]]]

    def test_blank_cells_cannot_be_clicked(self, page: Page) -> None:
        self.draw(page)
        page.locator("tbody tr").first.locator("td").nth(1).click()
        assert reports(page) == []

    def test_arrows_move_over_blank_cells_and_enter_chooses(self, page: Page) -> None:
        self.draw(page)
        page.keyboard.press("Tab")
        for key in ("ArrowUp", "ArrowRight", "Enter", "ArrowDown", "Enter"):
            page.keyboard.press(key)
        assert reports(page) == [["cell", [0, 2]], ["cell", [1, 2]]]
        page.keyboard.press("Tab")
        expect(page.locator(".cell:focus")).to_have_count(0)

    def test_pointer_and_focus_explain_a_cell(self, page: Page) -> None:
        self.draw(page, notes=[["", "", ""], ["f()", "", ""]])
        expect(tip(page)).to_be_hidden()
        page.get_by_text("0.40").hover()
        expect(tip(page)).to_have_text("library 1 · x\nscore 0.4000\nf()")
        page.mouse.move(5, 5)
        expect(tip(page)).to_be_hidden()
        page.keyboard.press("Tab")
        expect(tip(page)).to_have_text("library 0 · x\nscore 0.1000")
        page.keyboard.press("Escape")
        expect(tip(page)).to_be_hidden()

    def test_ends_are_marked_for_eye_and_ear(self, page: Page) -> None:
        self.draw(page, start=(0, 0), end=(1, 2))
        assert page.locator(".mark").all_text_contents() == ["1", "2"]
        expect(page.get_by_role("button", pressed=True)).to_have_count(2)
        expect(page.get_by_role("button", pressed=True).last).to_have_accessible_name(
            "library 1 · z; score 0.6000; the way ends here"
        )

    def test_names_are_text(self, page: Page) -> None:
        self.draw(page)
        expect(page.get_by_role("columnheader", name=HOSTILE)).to_be_visible()
        page.get_by_text("0.50").hover()
        expect(tip(page)).to_contain_text(HOSTILE)
        assert page.locator("img").count() == 0

    def test_equal_data_touch_nothing(self, page: Page) -> None:
        self.draw(page)
        page.evaluate(WATCH)
        self.draw(page)
        assert touched(page) == set()

    def test_only_the_cell_that_changes_is_drawn_and_the_focus_stays(self, page: Page) -> None:
        show(page, matrix, scores([[0.1, 0.2], [0.4, 0.5]]))
        page.keyboard.press("Tab")
        page.evaluate(WATCH)
        show(page, matrix, scores([[0.1, 0.2], [0.4, 0.9]]))
        assert touched(page) == {"0.90"}
        expect(page.locator(".cell:focus")).to_have_text("0.10")

    def test_rows_and_columns_come_and_go(self, page: Page) -> None:
        self.draw(page)
        show(page, matrix, scores([[0.7]]))
        assert page.locator(".cell").all_text_contents() == ["0.70"]
        expect(page.get_by_role("columnheader")).to_have_count(1)
        self.draw(page)
        assert page.locator(".cell").all_text_contents() == ["0.10", "0.30", "0.40", "0.50", "0.60"]

    def test_row_names_stay_in_sight_where_the_cells_scroll(self, page: Page) -> None:
        page.set_viewport_size({"width": 260, "height": 720})
        show(page, matrix, scores([[0.1] * 9] * 2, column_names=list("abcdefghi")))
        inside = page.locator(".scroll")
        assert inside.evaluate("(each) => each.scrollWidth > each.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page does not scroll"
        inside.evaluate("(each) => { each.scrollLeft = 200; }")
        name = page.locator(".row").first.bounding_box()
        assert name is not None
        assert name["x"] >= 20

    def test_column_names_stay_in_sight_where_the_rows_scroll(self, page: Page) -> None:
        show(page, matrix, scores([[0.1, 0.2, 0.3]] * 60))
        box = page.locator(".scroll").bounding_box()
        page.locator(".scroll").evaluate("(each) => { each.scrollTop = 500; }")
        head = page.locator("thead").bounding_box()
        assert box is not None
        assert head is not None
        assert box["height"] < 600
        assert head["y"] == pytest.approx(box["y"], abs=1)

    def test_rows_fade_where_more_of_them_follow(self, page: Page) -> None:
        show(page, matrix, scores([[0.1, 0.2, 0.3]] * 60))
        inside = page.locator(".scroll")
        expect(inside).to_have_class("scroll below")
        inside.evaluate("(each) => { each.scrollTop = each.scrollHeight; }")
        expect(inside).to_have_class("scroll")

    def test_the_rows_of_24_classes_need_no_scrolling(self, page: Page) -> None:
        names = [f"class {number}" for number in range(24)]
        show(page, matrix, confusion_data(np.eye(25, dtype=np.int64), class_names=names))
        assert page.locator(".scroll").evaluate("(each) => each.scrollHeight <= each.clientHeight")

    @pytest.mark.parametrize(("width", "numbers"), [(440, False), (520, True), (620, True)])
    def test_30_classes_need_no_scrolling_and_show_numbers_where_they_have_room(
        self, page: Page, width: int, numbers: bool
    ) -> None:
        page.set_viewport_size({"width": width, "height": 720})
        names = [f"class {number}" for number in range(30)]
        show(page, matrix, confusion_data(np.full((31, 31), 7), class_names=names))
        inside = page.locator(".scroll")
        assert inside.evaluate("(each) => each.scrollWidth <= each.clientWidth")
        assert inside.evaluate("(each) => each.scrollHeight <= each.clientHeight")
        size = page.locator(".cell span").first.evaluate("(each) => parseFloat(getComputedStyle(each).fontSize)")
        assert (size >= 7) == numbers
        heads = page.locator(".column .name").evaluate_all("(all) => all.map((each) => each.getBoundingClientRect())")
        assert all(left["right"] <= right["left"] + 1 for left, right in itertools.pairwise(heads))

    def test_the_keys_walk_over_30_classes(self, page: Page) -> None:
        page.set_viewport_size({"width": 440, "height": 720})
        show(page, matrix, confusion_data(np.full((31, 31), 7), class_names=[f"c{number}" for number in range(30)]))
        page.locator("button[tabindex='0']").focus()
        for key in ("End", "ArrowDown"):
            page.keyboard.press(key)
        expect(page.locator(".tip")).to_contain_text("true c1, predicted c")
        page.keyboard.press("Enter")
        assert page.evaluate("window.reports.at(-1)[0]") == "cell"

    def test_numbers_are_black_or_white_whatever_the_text_colour(self, page: Page) -> None:
        show(page, matrix, scores([[0.1, 0.9]]))
        for text, number in (("#1b2530", "oklch(0 0 0)"), ("#e8edf2", "oklch(1 0 0)")):
            page.locator("body").evaluate("(each, colour) => each.style.setProperty('--st-text-color', colour)", text)
            expect(page.locator(".cell").first).to_have_css("color", number)
            expect(page.locator(".cell.strong")).to_have_css("color", "rgb(0, 0, 0)")

    def test_a_second_line_stands_under_the_number(self, page: Page) -> None:
        data = scores([[0.1]])
        data["rows"][0]["cells"][0]["second"] = "±0.02"
        show(page, matrix, data)
        expect(page.locator(".second")).to_have_text("±0.02")

    def test_a_confusion_matrix_frames_its_diagonal(self, page: Page) -> None:
        counts = np.array([[8, 2, 0], [1, 4, 0], [0, 0, 0]])
        show(page, matrix, confusion_data(counts, class_names=["a", "b"], selected=(0, 1)))
        assert page.locator(".cell.edged").all_text_contents() == [".80", ".80"]
        expect(page.get_by_role("button", pressed=True)).to_have_text(".20")
        page.get_by_role("button", name="true b, predicted a").click()
        assert reports(page) == [["cell", [1, 0]]]


class TestManyClasses:
    GRID = SimpleNamespace(HTML=matrix.HTML, CSS=matrix.GRID_CSS, JS=matrix.GRID_JS)

    def draw(self, page: Page, **options: Any) -> None:
        counts = np.full((101, 101), 1)
        counts[:, 100] = 0
        show(page, self.GRID, confusion_data(counts, class_names=[f"c{label}" for label in range(100)], **options))

    def test_pointer_and_keys_reach_every_cell_and_choose_it(self, page: Page) -> None:
        self.draw(page)
        assert page.locator("button").count() == 1
        area = page.locator(".cells").bounding_box()
        assert area is not None
        side = area["width"] / 100
        page.mouse.move(area["x"] + 7.5 * side, area["y"] + 3.5 * side)
        expect(page.locator(".tip")).to_have_text(
            "true c3, predicted c7\n1 pixels\n1.0 % of true c3\n1.0 % of predicted c7"
        )
        page.mouse.down()
        page.mouse.up()
        for key in ("ArrowDown", "ArrowRight", "PageDown", "Enter", "End", "ArrowRight", "Enter", "Home", "Enter"):
            page.keyboard.press(key)
        assert reports(page) == [["cell", place] for place in ([3, 7], [14, 8], [14, 99], [14, 0])]
        expect(page.get_by_role("button", name="true c14, predicted c0")).to_be_focused()

    def test_the_chosen_cell_is_framed_and_the_colours_are_those_of_small_matrices(self, page: Page) -> None:
        self.draw(page, selected=(50, 20))
        frame, area = page.locator(".chosen").bounding_box(), page.locator(".cells").bounding_box()
        assert frame is not None
        assert area is not None
        assert frame["y"] - area["y"] == pytest.approx(50 / 101 * area["height"], abs=1)
        pixel = "(canvas, at) => [...canvas.getContext('2d').getImageData(...at, 1, 1).data]"
        red, green, blue, alpha = page.locator("canvas").evaluate(pixel, [4, 4])
        assert green > max(red, blue)
        assert alpha == 26  # the root of a hundredth
        red, green, blue, _ = page.locator("canvas").evaluate(pixel, [5, 4])
        assert red > max(green, blue)


class TestStrip:
    SPREAD = (
        SpreadValue(value=0.2, calls=("a: f()",)),
        SpreadValue(value=NAN, calls=("b: f()",)),
        SpreadValue(value=0.6, calls=(HOSTILE, "d: f()")),
    )

    def draw(self, page: Page, **options: Any) -> None:
        show(page, strip, spread_data(self.SPREAD, caption="IoU of two calls", **options))

    def test_a_click_reports_the_dots_index(self, page: Page) -> None:
        self.draw(page)
        page.locator(".dot").last.click()
        assert reports(page) == [["dot", 2]]

    def test_the_own_score_is_explained_and_leads_nowhere(self, page: Page) -> None:
        self.draw(page, own=0.4)
        page.locator(".dot.own").click()
        expect(tip(page)).to_have_text("your rules\n0.4000")
        assert reports(page) == []
        expect(page.get_by_text("your rules 0.400", exact=True)).to_be_visible()

    def test_arrows_move_along_the_line(self, page: Page) -> None:
        self.draw(page)
        page.keyboard.press("Tab")
        expect(tip(page)).to_have_text("0.2000\na: f()")
        for key in ("ArrowRight", "Enter", "ArrowRight", "ArrowLeft", "Enter"):
            page.keyboard.press(key)
        assert reports(page) == [["dot", 2], ["dot", 0]]

    def test_the_tip_lies_inside_the_window(self, page: Page) -> None:
        self.draw(page)
        for dot in page.locator(".dot").all():
            dot.hover()
            box = tip(page).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 600

    def test_the_own_score_moves_and_the_others_stay(self, page: Page) -> None:
        self.draw(page, own=0.3)
        page.evaluate(WATCH)
        first = page.locator(".dot").first.evaluate_handle("(dot) => dot")
        before = page.locator(".dot.own").bounding_box()
        self.draw(page, own=0.5)
        after = page.locator(".dot.own").bounding_box()
        assert before is not None
        assert after is not None
        assert after["x"] > before["x"]
        assert first.evaluate("(dot) => dot.isConnected")

    def test_names_are_text(self, page: Page) -> None:
        self.draw(page)
        page.locator(".dot").last.hover()
        expect(tip(page)).to_contain_text(HOSTILE)
        assert page.locator("img").count() == 0


class TestBars:
    def draw(self, page: Page, *scores: float) -> None:
        steps = [
            WaterfallStep(label=HOSTILE if number else "average", before=before, after=after)
            for number, (before, after) in enumerate(itertools.pairwise(scores))
        ]
        names = {"score_name": "IoU", "start_name": "A", "end_name": "B", "summary": "from A to B"}
        show(page, bars, way_data(steps, **names))

    def test_bars_are_a_list_of_labels_and_numbers(self, page: Page) -> None:
        self.draw(page, 0.5, 0.6, 0.2)
        expect(page.get_by_role("list", name="from A to B")).to_be_visible()
        texts = page.get_by_role("listitem").all_text_contents()
        assert texts == ["A0.500", "average+0.100", f"{HOSTILE}−0.400", "B0.200"]
        assert page.locator("img").count() == 0

    def test_bars_have_their_lengths(self, page: Page) -> None:
        self.draw(page, 0.5, 0.6, 0.2)
        widths = [bar.bounding_box()["width"] for bar in page.locator(".bar").all()]  # pyright: ignore
        assert np.array(widths) / widths[0] == pytest.approx([1, 0.2, 0.8, 0.4], abs=0.02)

    def test_the_pointer_reads_a_step(self, page: Page) -> None:
        self.draw(page, 0.5, 0.6)
        page.get_by_text("average").hover()
        expect(tip(page)).to_have_text("average\n0.500 → 0.600")

    def test_a_bar_that_stays_is_not_drawn_again(self, page: Page) -> None:
        self.draw(page, 0.5, 0.6)
        page.evaluate(WATCH)
        self.draw(page, 0.5, 0.6, 0.6)
        assert "A0.500" not in touched(page)

    def test_numbers_lie_inside_a_narrow_page(self, page: Page) -> None:
        page.set_viewport_size({"width": 300, "height": 720})
        self.draw(page, 0.5, 0.6, 0.2)
        for text in page.locator(".text").all():
            box = text.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= 300
