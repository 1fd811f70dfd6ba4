"""The dashboard in a browser: the steps of a load and of a toggle, the bytes of an image, the memory of a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Browser, sync_playwright

import metrics_core as mc
from app.views.error_map import encode_images, error_map_data, message
from tests.benchmarks import Row, Size, limited
from tests.benchmarks.dashboard import GOAL, Server, Steps, View, medians, opened, served
from tests.benchmarks.workloads import Array
from tests.browser.conftest import FLAGS
from tests.browser.install import find_chromium

BARE, APP = "tests/benchmarks/bare_app.py", "app/main.py"
METRIC = "[data-testid=stMetricValue]"
HEADING = "[data-testid=stMain] p:has(strong)"
PAGES = {
    "Explore, 16 tiles of land cover": ("/", METRIC),
    "Explore, blog data of 6.5 M pixels": ("/?data=blog", METRIC),
    "Compare, 16 tiles of land cover": ("/compare", HEADING),
    "Compare, blog data of 6.5 M pixels": ("/compare?data=blog", HEADING),
}
OPTIONS = ("micro", "macro")
STEP_MS, LOAD_MS, PAYLOAD_KB, SESSION_MB = 100, 3000, 300, 50
HEIGHT, WIDTH = 1024, 2048


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """How many pages are opened, toggles chosen on each, and further sessions opened."""

    pages: int
    toggles: int
    sessions: int


REPEATS = {"full": Repeats(pages=4, toggles=8, sessions=4), "quick": Repeats(pages=1, toggles=2, sessions=1)}


def run(size: Size = "full") -> Iterator[Row]:
    """Yield the bytes of an image, then loads, toggles and sessions of a server that has just started."""
    yield from payload()
    repeats = REPEATS[size]
    with served(BARE) as bare, served(APP) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        bare_view, _ = opened(browser, bare, "/", METRIC)
        views: dict[str, View] = {}
        for index, (name, (path, score)) in enumerate(list(PAGES.items())[: repeats.pages]):
            views[name], steps = opened(browser, server, path, score)
            kind = "first load of the server" if index == 0 else "load"
            yield from load(f"{kind}, {name}", steps)
        yield from toggles(views, bare_view, repeats.toggles)
        yield from sessions(browser, server, repeats.sessions)
        browser.close()


def load(name: str, steps: Steps) -> Iterator[Row]:
    """Yield what a load takes, beside its limit; its parts have none of their own."""
    yield limited(name, steps.total, LOAD_MS)
    for part, taken in parts(steps).items():
        yield Row(workload=f"{name}: {part}", against="the whole", ours=taken, other=steps.total, sense="at most")


def parts(steps: Steps) -> dict[str, float]:
    """The steps by name."""
    return {
        "script": steps.run,
        f"{steps.kilobytes:,.0f} kB made ready to be sent": steps.messages,
        "browser, from the last message": steps.browser,
    }


def toggles(views: Mapping[str, View], bare: View, number: int) -> Iterator[Row]:
    """Yield each page's toggle beside a bare Streamlit toggle, and its steps beside their limit."""
    taken: dict[str, list[Steps]] = {name: [] for name in views}
    bare_taken: list[Steps] = []
    # One of each in turn, so that a busy moment of the machine meets all alike.
    for turn in range(number):
        label = OPTIONS[turn % len(OPTIONS)]
        bare_taken.append(bare.toggle(label))
        for name, view in views.items():
            taken[name].append(view.toggle(label))
    other = medians(bare_taken).total
    for name, each in taken.items():
        steps, workload = medians(each), f"rule toggle, {name}"
        against = "bare Streamlit toggle"
        yield Row(workload=workload, against=against, ours=steps.total, other=other, goal=GOAL, sense="at most")
        for part, ms in parts(steps).items():
            yield limited(f"step of a toggle, {name}: {part}", ms, STEP_MS)


def sessions(browser: Browser, server: Server, number: int) -> Iterator[Row]:
    """Yield what a further session of data that others look at already takes; nothing where memory is not told."""
    path, score = next(iter(PAGES.values()))
    before = server.memory_mb()
    for _ in range(number):
        view, _ = opened(browser, server, path, score)
        view.toggle(OPTIONS[0])
    if before:
        each = max((server.memory_mb() - before) / number, 0.001)
        yield limited("memory of a further session", each, SESSION_MB, unit="MB")


def payload() -> Iterator[Row]:
    """Yield the bytes of one view of land cover laid out as a street scene's 1024 x 2048 pixels."""
    data = mc.load_dataset("landcover")
    labels = [mosaic(each.numpy()) for each in (data.target, next(iter(data.predictions.values())).argmax(1))]
    picture = None if data.image is None else mosaic(data.image.numpy())
    for kind, given in {"labels": None, "labels and picture": picture}.items():
        images = encode_images(*labels, num_classes=len(data.class_names), picture=given)
        sent = message(error_map_data(images, class_names=data.class_names, colours=data.class_colours))
        yield limited(f"bytes of a view, {HEIGHT} x {WIDTH}: {kind}", len(sent) / 1000, PAYLOAD_KB, unit="kB")


def mosaic(tiles: Array) -> Array:
    """Tiles [tile, row, column, ...], repeated as often as needed, side by side and cut to the size of a view."""
    down, across = -(-HEIGHT // tiles.shape[1]), -(-WIDTH // tiles.shape[2])
    chosen = tiles[np.arange(down * across) % len(tiles)]
    rows = [np.concatenate(list(row), axis=1) for row in chosen.reshape(down, across, *tiles.shape[1:])]
    return np.ascontiguousarray(np.concatenate(rows)[:HEIGHT, :WIDTH])
