"""Labels in a real browser: its reader restores what the core wrote, whatever the browser does to pictures."""

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

import metrics_core as mc
from app import components

READ = """([text, height, width]) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return [...decompressLabels(bytes, height, width)];
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.add_script_tag(path=Path(components.__file__).with_name("labels.js"))
    yield opened
    context.close()


@pytest.mark.parametrize("highest", [0, 1, 6, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2), (57, 91)], ids=str)
def test_any_labels_are_restored(page: Page, shape: tuple[int, int], highest: int) -> None:
    random = np.random.default_rng(highest)
    noise = random.integers(0, highest, shape, np.uint8, endpoint=True)
    areas = np.where(random.random(shape) < 0.05, noise, noise[:1, :1])
    for labels in (noise, areas):
        text = base64.b64encode(mc.compress_labels(labels)).decode()
        assert page.evaluate(READ, [text, *shape]) == labels.ravel().tolist()
