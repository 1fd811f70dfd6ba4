"""A dashboard that is being timed: the server's own clock, pages in a browser, and what each step of a load takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.conftest import ROOT, free_port

GOAL = 2.5  # times a bare Streamlit app's own rerun
# Notes when a message of the server arrived last, before Streamlit sees it.
WATCH = """
window.lastMessage = 0;
window.WebSocket = class extends window.WebSocket {
  constructor(...parts) {
    super(...parts);
    this.addEventListener('message', () => { window.lastMessage = performance.now(); });
  }
};
"""
# Until the score's element shows another text than before and no script is running any more; with a label, from the
# click on it, else from the beginning of the page.
SETTLE = """([label, selector, before]) => new Promise((resolve) => {
  const start = label === null ? 0 : performance.now();
  if (label !== null) {
    [...document.querySelectorAll('button[role=radio]')].find((radio) => radio.textContent.trim() === label).click();
  }
  const look = () => {
    const value = document.querySelector(selector)?.textContent;
    const app = document.querySelector('[data-testid=stApp]');
    if (value !== undefined && value !== before && app.dataset.testScriptState === 'notRunning') {
      resolve([performance.now() - start, performance.now() - window.lastMessage]);
    } else requestAnimationFrame(look);
  };
  look();
})"""
QUIET_MS = 300  # after which the server has noted all it did


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What one load or toggle takes, in milliseconds: all of it, the script, making messages ready, and the browser.

    The browser's time is that from the last message to the settled page.
    """

    total: float
    run: float
    messages: float
    browser: float
    kilobytes: float


def medians(taken: Sequence[Steps]) -> Steps:
    """The median of each step."""
    names = Steps.__dataclass_fields__
    return Steps(**{name: statistics.median(getattr(each, name) for each in taken) for name in names})


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server under its address, with the file of its notes and its process."""

    url: str
    notes: Path
    process: int

    def lines(self) -> list[dict[str, Any]]:
        """All notes so far."""
        return [json.loads(line) for line in self.notes.read_text().splitlines()] if self.notes.exists() else []

    def memory_mb(self) -> float:
        """Resident memory; 0 where the system does not tell."""
        status = Path(f"/proc/{self.process}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def served(script: str) -> Iterator[Server]:
    """Serve a script on a free port."""
    port = free_port()
    options = ["--server.headless", "true", "--server.port", str(port)]
    with TemporaryDirectory() as folder:
        notes = Path(folder) / "notes.jsonl"
        command = [sys.executable, "-m", "tests.benchmarks.measured_server", str(notes), script, *options]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait(f"http://127.0.0.1:{port}/_stcore/health")
                yield Server(url=f"http://127.0.0.1:{port}", notes=notes, process=process.pid)
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


@dataclass(frozen=True, kw_only=True)
class View:
    """A page of a server in a session of its own, and the selector of its score."""

    server: Server
    page: Page
    score: str

    def toggle(self, label: str) -> Steps:
        """Choose an option of a segmented control."""
        self.page.bring_to_front()
        return self.steps(label, self.page.locator(self.score).first.text_content(), len(self.server.lines()))

    def steps(self, label: str | None, before: str | None, noted: int) -> Steps:
        """What it takes from the click on a label, or from the page's beginning, until the score is not as before.

        noted: how many of the server's notes are older.
        """
        total, browser = self.page.evaluate(SETTLE, [label, self.score, before])
        self.page.wait_for_timeout(QUIET_MS)
        notes = self.server.lines()[noted:]
        runs, messages = ([note for note in notes if note["step"] == step] for step in ("run", "message"))
        return Steps(
            total=total,
            run=sum(note["ms"] for note in runs),
            messages=sum(note["ms"] for note in messages),
            browser=browser,
            kilobytes=sum(note["bytes"] for note in messages) / 1000,
        )


def opened(browser: Browser, server: Server, path: str, score: str) -> tuple[View, Steps]:
    """A view of a path in a new session, and what its load took."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(WATCH)
    noted = len(server.lines())
    page.goto(server.url + path, wait_until="domcontentloaded")
    view = View(server=server, page=page, score=score)
    return view, view.steps(None, None, noted)
