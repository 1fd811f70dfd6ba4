"""How long a lesson takes to open in the browser, beside the change of page of a bare Streamlit app in the same run."""

from __future__ import annotations

import statistics

from playwright.sync_api import Page, sync_playwright

from app.lessons.course import lessons
from tests.benchmarks import Row
from tests.benchmarks.dashboard import GOAL, opened, served
from tests.browser.conftest import FLAGS
from tests.browser.install import find_chromium

BARE = "tests/benchmarks/bare_pages.py"
TURNS = 12
HEADING = "h3"
# From the click on a link or button until its heading is there and no script is running any more.
SETTLE = """([label, heading, text]) => new Promise((resolve) => {
  const parts = [...document.querySelectorAll('[data-testid=stPageLink-NavLink], [data-testid=stMain] button')];
  const start = performance.now();
  parts.find((part) => part.textContent.endsWith(label)).click();
  const look = () => {
    const found = [...document.querySelectorAll(heading)].some((each) => each.textContent.startsWith(text));
    const idle = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning';
    if (found && idle) resolve(performance.now() - start);
    else requestAnimationFrame(look);
  };
  look();
})"""


def run() -> list[Row]:
    """Rows for a lesson opened from the overview, and from the lesson before it."""
    first, second = list(lessons().values())[:2]
    with served(BARE) as bare, served("app/main.py") as ours, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        bare_page = opened(browser, bare, "/", HEADING)[0].page
        overview = opened(browser, ours, "/learn", HEADING)[0].page
        lesson = opened(browser, ours, f"/learn?lesson={first.key}", HEADING)[0].page
        times: dict[str, list[float]] = {"from the overview": [], "from the lesson before": []}
        bare_times: list[float] = []
        # One of each in turn, so that a busy moment of the machine meets all alike.
        for turn in range(TURNS):
            title = ("Second", "First")[turn % 2]
            bare_times.append(_settle(bare_page, title, title))
            times["from the overview"].append(_settle(overview, first.title, first.title))
            _settle(overview, "All lessons", "One trap")
            times["from the lesson before"].append(_settle(lesson, "Next", second.title))
            lesson.keyboard.press("p")
            lesson.locator(HEADING, has_text=first.title).wait_for()
            lesson.wait_for_timeout(300)
        browser.close()
    other = statistics.median(bare_times)
    return [
        Row(
            workload=f"a lesson, {name}",
            against="bare change of page",
            ours=statistics.median(taken),
            other=other,
            goal=GOAL,
            sense="at most",
        )
        for name, taken in times.items()
    ]


def _settle(page: Page, label: str, text: str) -> float:
    page.bring_to_front()
    taken = page.evaluate(SETTLE, [label, HEADING, text])
    page.wait_for_timeout(150)
    return float(taken)
