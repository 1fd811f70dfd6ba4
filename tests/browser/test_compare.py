"""The Compare page in a real browser: clicks on its charts, and Back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import open_app

HEATMAP, STRIP, WAY = ".st-key-heatmap", ".st-key-spread", ".st-key-waterfall"
HEADING = re.compile(r"\d\.\d+ → \d\.\d+")


def cell(page: Page, row: str, column: str) -> Locator:
    """The cell of the heat map at a row's name and a column's."""
    return page.locator(HEATMAP).get_by_role("button", name=re.compile(rf"^{re.escape(f'{row} · {column}')}; "))


def numbers(page: Page) -> list[float]:
    """Numbers beside the bars of the waterfall, from the top: start, changes, end."""
    written = page.locator(f"{WAY} .text").all_text_contents()
    words = {"=": "0", "≈0": "0"}
    return [float(words.get(text, text.replace("−", "-"))) for text in written]


def option(page: Page, name: str) -> Locator:
    """An option of a segmented control."""
    return page.get_by_role("radio", name=name)


def test_two_clicks_lead_from_one_library_to_another_and_back_undoes_them(page: Page) -> None:
    open_app(page, "/compare")
    heading = page.get_by_text(HEADING)
    expect(heading).to_contain_text("0.319 → 0.543")
    cell(page, "monai", "IoU").click()
    expect(heading).to_contain_text("0.319 → 0.297")
    expect(page).to_have_url(re.compile(r"end=monai\.MeanIoU"))
    cell(page, "nnunetv2", "Dice").click()
    expect(heading).to_contain_text("0.297 → 0.270")
    expect(page).to_have_url(re.compile(r"start=monai\.MeanIoU"))
    expect(page.locator(f"{WAY} .text").last).to_have_text("0.270")
    start, *changes, end = numbers(page)
    assert (start, end) == (0.297, 0.27)
    assert len(changes) > 1
    assert start + sum(changes) == pytest.approx(end, abs=0.0005 * (len(changes) + 2))
    page.go_back()
    expect(heading).to_contain_text("0.319 → 0.297")
    page.go_back()
    expect(heading).to_contain_text("0.319 → 0.543")


def test_ends_are_chosen_on_the_strip_or_by_keyboard_alone(page: Page) -> None:
    open_app(page, "/compare")
    page.locator(f"{STRIP} .dot").first.click()
    expect(page.get_by_text(HEADING)).to_contain_text("0.319 → 0.031")
    expect(page.get_by_text("Without them it would be")).to_be_visible()
    page.get_by_role("combobox", name="2 To").fill("keras.MeanIoU")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"end=keras\.MeanIoU"))
    expect(page.get_by_text("The call that gives 0.319")).to_be_visible()


def test_many_rows_scroll_beside_the_reasons(page: Page) -> None:
    open_app(page, "/compare?rows=convention")
    cell(page, "torcheval · macro", "Dice").click()
    expect(page).to_have_url(re.compile(r"end=torcheval\.multiclass_f1_score"))
    expect(page.get_by_text(HEADING)).to_be_in_viewport()


def test_the_better_of_two_models_depends_on_the_rule(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    open_app(page, "/compare?compare_tab=Models&data=nuclei")
    verdict = page.locator("p").filter(has_text=re.compile(r"^Your rules: .* is higher"))
    expect(verdict).to_contain_text("random forest is higher")
    expect(page.locator(".st-key-verdict .main-svg").first).to_be_visible()
    option(page, "micro").click()
    expect(verdict).to_contain_text("U-Net is higher")
    page.go_back()
    expect(verdict).to_contain_text("random forest is higher")
    option(page, "Rules").click()
    expect(page.locator(".st-key-effects .bar").first).to_be_visible()
    option(page, "Imbalance").click()
    expect(page.locator(".st-key-prevalence .main-svg").first).to_be_visible()
    option(page, "Curves").click()
    expect(page.get_by_text("How is precision averaged over recall?")).to_be_visible()
    page.go_back()
    expect(page.locator(".st-key-prevalence .main-svg").first).to_be_visible()
