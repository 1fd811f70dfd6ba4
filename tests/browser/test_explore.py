"""The Explore page in a real browser: what only a browser shows, from the first load to Back."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import open_app, upload

SCORE = "[data-testid=stMetricValue]"
MATRIX = ".st-key-confusion"
MAP = ".error-map"


def score(page: Page) -> Locator:
    """The headline."""
    return page.locator(SCORE).first


def option(page: Page, name: str) -> Locator:
    """An option of a segmented control."""
    return page.get_by_role("radio", name=name, exact=True)


def click_cell(page: Page, index: int) -> None:
    """Click a cell of the confusion matrix with the mouse."""
    cells = page.locator(f"{MATRIX} .cell")
    cells.nth(index).scroll_into_view_if_needed()
    box = cells.nth(index).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_the_first_load_shows_a_real_scene_with_its_score_map_and_matrix(page: Page) -> None:
    open_app(page)
    expect(score(page)).to_have_text("0.319")
    expect(page.locator(f"{MAP} canvas")).to_be_visible()
    expect(page.locator(f"{MATRIX} .cell")).to_have_count(49)
    expect(page.get_by_text("0/0 dropped")).to_be_visible()
    # Map and matrix are there without scrolling on a projector of 1280 x 720.
    for part in (f"{MAP} canvas", MATRIX):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] < 400


def test_a_rule_changes_the_score_and_back_undoes_it(page: Page) -> None:
    open_app(page)
    expect(score(page)).to_have_text("0.319")
    option(page, "micro").click()
    expect(score(page)).to_have_text("0.543")
    expect(page).to_have_url(re.compile(r"average=micro"))
    option(page, "per image").click()
    expect(page).to_have_url(re.compile(r"pooling=image"))
    page.go_back()
    expect(score(page)).to_have_text("0.543")
    expect(option(page, "pooled")).to_have_attribute("aria-checked", "true")
    page.go_back()
    expect(score(page)).to_have_text("0.319")
    page.go_forward()
    expect(score(page)).to_have_text("0.543")


def test_a_reload_keeps_every_setting(page: Page) -> None:
    open_app(page, "/?average=weighted&ignore=4&image=6&tab=Images")
    expect(score(page)).to_be_visible()
    before = score(page).inner_text()
    page.reload(wait_until="domcontentloaded")
    expect(score(page)).to_have_text(before)
    expect(option(page, "weighted")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".st-key-strip")).to_be_visible()


def test_a_click_on_the_matrix_lights_its_pixels_on_the_map(page: Page) -> None:
    open_app(page)
    click_cell(page, 9)
    expect(page).to_have_url(re.compile(r"cell=1\.2"))
    expect(page.locator(MAP)).to_contain_text("true agriculture · predicted herbaceous")
    # The first tile holds no such pixel: the page goes to the tile that holds most.
    expect(page.locator(MAP)).not_to_contain_text("0 px here")
    expect(page).to_have_url(re.compile(r"image=\d"))
    page.go_back()
    expect(page.locator(MAP)).not_to_contain_text("true agriculture")


def test_a_click_on_the_map_chooses_the_cell_of_its_pixel(page: Page) -> None:
    open_app(page)
    canvas = page.locator(f"{MAP} canvas")
    expect(canvas).to_be_visible()
    canvas.click(position={"x": 200, "y": 200})
    expect(page).to_have_url(re.compile(r"cell=\d\.\d"))
    expect(page.get_by_role("button", name="Clear")).to_be_visible()


def test_the_map_steps_through_the_images(page: Page) -> None:
    open_app(page)
    expect(page.locator(MAP)).to_contain_text("1 / 16")
    page.get_by_role("button", name="Next image").click()
    expect(page.locator(MAP)).to_contain_text("2 / 16")
    expect(page).to_have_url(re.compile(r"image=1"))


def test_a_dot_of_the_strip_selects_its_image(page: Page) -> None:
    open_app(page, "/?tab=Images")
    dots = page.locator(".st-key-strip .scatterlayer .points path")
    dots.nth(3).scroll_into_view_if_needed()
    box = dots.nth(3).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"image=\d"))


def test_the_threshold_moves_one_cursor_on_both_curves(page: Page) -> None:
    open_app(page, "/?tab=Curves&focus=4")
    roc, precision_recall = page.locator(".st-key-roc"), page.locator(".st-key-pr")
    expect(roc.locator(".scatterlayer").first).to_be_attached()
    places = [chart.locator(".points path").last for chart in (roc, precision_recall)]
    before = [place.get_attribute("transform") for place in places]
    slider = page.get_by_role("slider", name="Threshold")
    slider.focus()
    for _ in range(30):
        slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"threshold=0\.38"))
    for place, old in zip(places, before, strict=True):
        expect(place).not_to_have_attribute("transform", old or "")


def test_the_slices_of_a_volume_are_stepped_by_keyboard(page: Page) -> None:
    open_app(page, "/?data=lesion")
    before = page.locator(MAP).inner_text()
    slider = page.get_by_role("slider", name="Slice")
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"slice=13"))
    expect(page.locator(MAP)).not_to_have_text(before)


def test_own_files_are_uploaded_scored_and_forgotten(page: Page, tmp_path: Path) -> None:
    open_app(page, "/?source=files")
    target = np.zeros((3, 16, 16), np.uint8)
    target[:, 4:12, 4:12] = 1
    for index, (name, array) in enumerate((("target", target), ("prediction", np.roll(target, 2, axis=2)))):
        expect(page.get_by_text(("Load a target and a prediction", "Add the predictions")[index])).to_be_visible()
        np.save(tmp_path / f"{name}.npy", array)
        upload(page, index, tmp_path / f"{name}.npy")
    foreground = 48 / 80
    background = (256 - 64 - 16) / (256 - 48)
    expect(score(page)).to_have_text(f"{(foreground + background) / 2:.3f}")
    page.get_by_role("button", name="Forget my data").click()
    expect(page.get_by_text("Load a target and a prediction")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_links_keep_the_settings(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    open_app(page, "/?average=micro")
    page.get_by_role("link", name="Compare").click()
    expect(page).to_have_url(re.compile(r"compare\?average=micro"))
    page.get_by_role("link", name="Explore").click()
    expect(score(page)).to_have_text("0.543")
