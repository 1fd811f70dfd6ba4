"""The error map in a real browser, without a server: what it draws, says and reports."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from app.components.error_map import CSS, HTML, JS
from app.views.error_map import encode_images, error_map_data, message

HOSTILE = '<img src=x onerror="throw 1">'
NAMES = ["ground", "car", HOSTILE]
COLOURS = ["#102030", "#c04080", "#20a0e0"]
CELL = 40  # a picture of 10 columns is 400 pixels wide, so that one of its pixels is 40 of the page's

# Car: 4 true positives, 2 false positives, 2 false negatives; the last row is void.
TARGET = np.zeros((6, 10), dtype=int)
TARGET[1:3, 2:5] = 1
TARGET[5] = 255
PREDICTION = np.zeros((6, 10), dtype=int)
PREDICTION[1:3, 3:6] = 1
PREDICTION[4, 9] = 2
PROBABILITIES = np.full((3, 6, 10), 20, dtype=np.uint8)
PROBABILITIES[0] = 180
PROBABILITIES[1, 1:3, 3:6] = 204


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of the width of the picture; any error on it fails the test."""
    context = browser.new_context(viewport={"width": 600, "height": 720})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.set_content(f'<style>{CSS} body {{ margin: 0 }}</style><div id="host" style="width: 400px">{HTML}</div>')
    script = JS.replace("export default function show", "window.show = function show")
    opened.add_script_tag(content=script, type="module")
    opened.wait_for_function("() => Boolean(window.show)")
    yield opened
    context.close()
    assert not problems


def show(page: Page, *, probabilities: np.ndarray | None = None, **options: Any) -> None:
    """Hands the component an image as Streamlit does, and waits until it is drawn."""
    images = encode_images(TARGET, PREDICTION, num_classes=3, probabilities=probabilities)
    data = error_map_data(images, class_names=NAMES, colours=COLOURS, **options) | {"memory": "key"}
    page.evaluate(
        """async (message) => {
            const data = Uint8Array.from(message);
            window.reports ??= [];
            const report = (name, value) => window.reports.push([name, value]);
            const parentElement = document.getElementById("host");
            show({ data, parentElement, setTriggerValue: report });
        }""",
        list(message(data)),
    )
    expect(page.locator(".legend li").first).to_be_visible()
    page.wait_for_function("(label) => document.querySelector('.label').textContent === label", arg=data["label"])
    settle(page)


def settle(page: Page) -> None:
    """Waits for two frames: one may already be under way."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def colour_at(page: Page, row: int, column: int) -> list[int]:
    """Returns red, green, blue, opacity a little off a pixel's centre."""
    x, y = column * CELL + CELL // 2, row * CELL + CELL // 2
    read = "([x, y]) => [...document.querySelector('canvas').getContext('2d').getImageData(x, y, 1, 1).data]"
    return page.evaluate(read, [x, y])


def move_to(page: Page, row: int, column: int) -> None:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + (column + 0.5) * CELL, box["y"] + (row + 0.5) * CELL)


def reports(page: Page) -> list[Any]:
    return page.evaluate("window.reports")


def test_pointing_at_a_pixel_reads_it(page: Page) -> None:
    show(page, probabilities=PROBABILITIES)
    move_to(page, 1, 5)
    expect(page.locator(".readout span").first).to_have_text("(1, 5) true ground · predicted car · p(car) = 0.80")
    expect(page.locator(".readout .others")).to_contain_text("p(ground) = 0.71")
    assert reports(page) == [], "no rerun"


def test_void_pixel_says_so(page: Page) -> None:
    show(page)
    move_to(page, 5, 0)
    expect(page.locator(".readout span").first).to_have_text("(5, 0) true void · predicted ground")


def test_click_reports_the_pixel_and_its_class_pair(page: Page) -> None:
    show(page)
    move_to(page, 2, 2)
    page.mouse.down()
    page.mouse.up()
    assert reports(page) == [["pick", {"row": 2, "column": 2, "true": 1, "predicted": 0}]]


def test_keyboard_moves_and_chooses(page: Page) -> None:
    show(page)
    page.locator("canvas").focus()
    for key in ("ArrowLeft", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".readout")).to_have_attribute("aria-live", "polite")
    assert reports(page) == [["pick", {"row": 2, "column": 4, "true": 1, "predicted": 1}]]


def test_stepping_by_button_and_keyboard(page: Page) -> None:
    show(page, stepping="next", label="first", position="1 / 9")
    expect(page.get_by_role("button", name="Previous image")).to_be_disabled()
    page.get_by_role("button", name="Next image").click()
    page.locator("canvas").focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    assert reports(page) == [["step", 1], ["step", 1]], "there is no image before the first"


def test_focus_class_tells_hits_false_alarms_and_misses_apart(page: Page) -> None:
    show(page, focus=1)
    legend = page.locator(".legend")
    for text in ("car", "TP 4", "FP 2", "FN 2", "void, not counted 10"):
        expect(legend.get_by_text(text, exact=True)).to_be_visible()
    assert colour_at(page, 1, 3) == [0, 158, 115, 255]
    assert colour_at(page, 0, 0)[3] == 0, "true negatives stay empty"


def test_hatching_tells_errors_apart_without_colour(page: Page) -> None:
    show(page, focus=1)
    plain, false_positive, false_negative = (shades_in(page, 1, column) for column in (3, 5, 2))
    assert plain == 1
    assert false_positive > 1
    assert false_negative > 1


def shades_in(page: Page, row: int, column: int) -> int:
    read = """([x, y, side]) => {
        const { data } = document.querySelector("canvas").getContext("2d").getImageData(x, y, side, side);
        return new Set(Array.from({ length: data.length / 4 }, (_, at) => data.slice(4 * at, 4 * at + 4).join())).size;
    }"""
    return page.evaluate(read, [column * CELL + 4, row * CELL + 4, CELL - 8])


def test_threshold_replaces_the_predicted_label_of_the_focus_class(page: Page) -> None:
    show(page, probabilities=PROBABILITIES, focus=1, threshold=0.8)
    expect(page.locator(".legend")).to_contain_text("car, p ≥ 0.800")
    expect(page.locator(".legend")).to_contain_text("TP 4")
    show(page, probabilities=PROBABILITIES, focus=1, threshold=0.8, threshold_tie=">")
    expect(page.locator(".legend")).to_contain_text("FN 6")


def test_views_show_the_colours_of_truth_and_prediction(page: Page) -> None:
    show(page)
    page.get_by_role("radio", name="Truth").click()
    settle(page)
    assert colour_at(page, 1, 2) == [192, 64, 128, 255]
    page.get_by_role("radio", name="Prediction").click()
    settle(page)
    assert colour_at(page, 1, 2) == [16, 32, 48, 255]
    assert reports(page) == [], "no rerun"


def test_chosen_view_stays_until_another_one_is_asked_for(page: Page) -> None:
    show(page, label="a")
    page.get_by_role("radio", name="Truth").click()
    show(page, label="b")
    expect(page.get_by_role("radio", name="Truth")).to_have_attribute("aria-checked", "true")
    show(page, label="c", mode="prediction")
    expect(page.get_by_role("radio", name="Prediction")).to_have_attribute("aria-checked", "true")


def test_without_probabilities_there_is_no_button_for_them(page: Page) -> None:
    show(page)
    expect(page.get_by_role("radio", name="Probability")).to_be_hidden()


def test_probability_view_colours_by_the_focus_class(page: Page) -> None:
    show(page, probabilities=PROBABILITIES, focus=1, mode="probability")
    high, low = colour_at(page, 1, 4), colour_at(page, 4, 0)
    assert sum(high[:3]) > sum(low[:3])
    expect(page.locator(".legend")).to_contain_text("probability of car, 0 to 1")


def test_highlighted_cell_stands_out_and_the_rest_fades(page: Page) -> None:
    show(page, highlight=(1, 0))
    assert colour_at(page, 2, 2)[3] == 255
    assert colour_at(page, 4, 4)[3] < 64
    expect(page.locator(".legend .heading")).to_have_text("true car · predicted ground: 2 px here")


@pytest.mark.parametrize(
    ("rules", "legend"),
    [
        ({}, ["correct 45", "wrong 5", "void, not counted 10"]),
        ({"void": "false_positive"}, ["correct 45", "wrong 15"]),
        ({"ignored": [1]}, ["correct 41", "wrong 3", "void or ignored, not counted 16"]),
        ({"void": "false_positive", "ignored": [1]}, ["correct 41", "wrong 13", "ignored, not counted 6"]),
        ({"void": "false_positive", "focus": 0}, ["ground", "TP 41", "FP 12", "FN 3"]),
    ],
)
def test_pixels_are_sorted_by_the_rules(page: Page, rules: dict[str, Any], legend: list[str]) -> None:
    show(page, **rules)
    expect(page.locator(".legend li")).to_have_text(legend)


def test_zoom_keeps_what_is_under_the_pointer(page: Page) -> None:
    show(page)
    move_to(page, 1, 1)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    settle(page)
    readout = page.locator(".readout span").first
    expect(readout).to_contain_text("(1, 1)")
    move_to(page, 3, 9)
    expect(readout).not_to_contain_text("(3, 9)")
    page.get_by_role("button", name="Show the whole image (0)").click()
    settle(page)
    move_to(page, 3, 9)
    expect(readout).to_contain_text("(3, 9)")


def test_names_are_text(page: Page) -> None:
    show(page, label=HOSTILE, mode="prediction")
    expect(page.locator(".legend")).to_contain_text(HOSTILE)
    expect(page.locator(".label")).to_have_text(HOSTILE)
    move_to(page, 4, 9)
    expect(page.locator(".readout")).to_contain_text(HOSTILE)
    assert page.locator("img").count() == 0
