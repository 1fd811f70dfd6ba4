"""How long a rule toggle takes to settle in the browser, beside a bare Streamlit toggle in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks import Row
from tests.browser.conftest import FLAGS, ROOT, free_port
from tests.browser.install import find_chromium

BARE = "tests/benchmarks/bare_app.py"
TOGGLES = 12
GOAL = 2.5
METRIC = "[data-testid=stMetricValue]"
HEADING = "[data-testid=stMain] p:has(strong)"
# From the click until the score's element shows another text and no script is running any more.
SETTLE = """([label, selector, before]) => new Promise((resolve) => {
  const radios = [...document.querySelectorAll('button[role=radio]')];
  const start = performance.now();
  radios.find((radio) => radio.textContent.trim() === label).click();
  const look = () => {
    const value = document.querySelector(selector)?.textContent;
    const idle = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning';
    if (value !== before && idle) resolve(performance.now() - start);
    else requestAnimationFrame(look);
  };
  look();
})"""


def run() -> list[Row]:
    """Rows for both pages on the land-cover tiles, and for the 6.5-million-pixel blog data."""
    workloads = {
        "Explore, 16 tiles of land cover": ("/", METRIC),
        "Explore, blog data of 6.5 M pixels": ("/?data=blog", METRIC),
        "Compare, 16 tiles of land cover": ("/compare", HEADING),
    }
    with _served(BARE) as bare, _served("app/main.py") as ours, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        pages = {name: _opened(browser.new_page(), ours + path, score) for name, (path, score) in workloads.items()}
        bare_page = _opened(browser.new_page(), bare, METRIC)
        times: dict[str, list[float]] = {name: [] for name in pages}
        bare_times: list[float] = []
        # One of each in turn, so that a busy moment of the machine meets all alike.
        for turn in range(TOGGLES):
            label = ("micro", "macro")[turn % 2]
            bare_times.append(_settle(bare_page, label, METRIC))
            for name, page in pages.items():
                times[name].append(_settle(page, label, workloads[name][1]))
        browser.close()
    other = statistics.median(bare_times)
    return [
        Row(
            workload=f"rule toggle, {name}",
            against="bare Streamlit toggle",
            ours=statistics.median(taken),
            other=other,
            goal=GOAL,
            sense="at most",
        )
        for name, taken in times.items()
    ]


def _settle(page: Page, label: str, selector: str) -> float:
    page.bring_to_front()
    before = page.locator(selector).first.text_content()
    taken = page.evaluate(SETTLE, [label, selector, before])
    page.wait_for_timeout(150)
    return float(taken)


def _opened(page: Page, url: str, selector: str) -> Page:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(url, wait_until="domcontentloaded")
    page.locator(selector).first.wait_for(timeout=120_000)
    page.wait_for_timeout(2500)
    return page


@contextmanager
def _served(script: str) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
    command += ["--server.port", str(port)]
    with subprocess.Popen(command, cwd=Path(ROOT), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"no server answered at {url}")
