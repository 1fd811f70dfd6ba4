"""Own files in a real browser: names that try to be markup, a folder of models, and a session saved and opened."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.conftest import open_app, upload, wait_until_idle
from tests.test_files import picture

CHOOSER = "[data-testid=stFileUploaderDropzoneInput]"
MASK = np.zeros((2, 16, 16), np.uint8)
MASK[:, 4:12, 4:12] = 1


def wait_for_words(page: Page, words: str) -> None:
    """Wait until the page says so and has come to rest: what is clicked before may be drawn anew in the meantime."""
    expect(page.get_by_text(words)).to_be_visible()
    wait_until_idle(page)


def load(page: Page, folder: Path, target: str = "target.npy", prediction: str = "prediction.npy") -> None:
    """Give both sides, the prediction two pixels aside."""
    np.save(folder / target, MASK)
    np.save(folder / prediction, np.roll(MASK, 2, axis=2))
    wait_for_words(page, "Load a target and a prediction")
    upload(page, 0, folder / target)
    wait_for_words(page, "Add the predictions")
    upload(page, 1, folder / prediction)
    expect(page.locator("[data-testid=stMetricValue]").first).to_be_visible()


def test_names_that_try_to_be_markup_stay_text(page: Page, tmp_path: Path) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    names = "<img src=x onerror=alert(1)>, $x^2$ :red[stop] **bold** %{x}"
    open_app(page, f"/?source=files&names={quote(names)}")
    load(page, tmp_path, target="<img src=x onerror=alert(2)>.npy", prediction="[a](javascript:alert(3)).npy")
    for tab in ("Images", "Curves", "Classes"):
        page.get_by_role("radio", name=tab, exact=True).click()
    expect(page.get_by_text("onerror=alert(1)").first).to_be_attached()
    assert page.locator("img[src=x], a[href^=javascript]").count() == 0
    assert page.locator("[data-testid=stMain] .katex").count() == 0
    assert dialogs == []


def test_folders_of_models(page: Page, tmp_path: Path) -> None:
    for folder, masks in (("target", MASK), ("runs/near", np.roll(MASK, 1, axis=2)), ("runs/far", 1 - MASK)):
        (tmp_path / folder).mkdir(parents=True)
        for index, mask in enumerate(masks):
            (tmp_path / folder / f"{index}.png").write_bytes(picture(mask))
    open_app(page, "/?source=files")
    page.get_by_role("radio", name="Folders", exact=True).click()
    expect(page.locator(f"{CHOOSER}[webkitdirectory]")).to_have_count(2)
    wait_for_words(page, "Load a target and a prediction")
    upload(page, 0, tmp_path / "target")
    wait_for_words(page, "Add the predictions")
    upload(page, 1, tmp_path / "runs")
    expect(page.locator("[data-testid=stMetricValue]").first).to_be_visible()
    wait_until_idle(page)
    models = page.get_by_role("combobox", name="Model")
    models.focus()
    models.press("ArrowDown")
    expect(page.get_by_role("option")).to_have_text(["far", "near"])


def test_a_saved_session_brings_the_settings_back(page: Page, tmp_path: Path) -> None:
    open_app(page, "/?source=files&average=micro&names=ground,lake")
    page.get_by_text("Session file").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save session").click()
    saved = tmp_path / "session.json"
    download.value.save_as(saved)
    open_app(page, "/?source=files")
    page.get_by_text("Session file").click()
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="Open a session")
    uploader.locator(CHOOSER).set_input_files(saved)
    page.wait_for_url("**average=micro**")
    assert "names=ground" in page.url
