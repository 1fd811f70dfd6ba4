"""A running dashboard and a browser to look at it with; without a browser these tests fail, they are never skipped."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.browser.install import find_chromium

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
START_SECONDS = 60
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
# Streamlit asks for these below the page's own path first and goes on when they are not there.
PROBES = ("/_stcore/health", "/_stcore/host-config")
# Two cores that also run other tests are slow at times; nothing here waits longer than it must.
expect.set_options(timeout=20_000)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """A dashboard that is being served: its address and the file that its standard error goes to."""

    url: str
    log: Path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve app/main.py on a free port until the session ends."""
    log = tmp_path_factory.mktemp("server") / "stderr.txt"
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
    command += ["--server.address", HOST, "--server.port", str(port)]
    with log.open("w") as stderr, subprocess.Popen(command, cwd=ROOT, stdout=stderr, stderr=stderr) as process:
        try:
            served = Server(url=f"http://{HOST}:{port}", log=log)
            _wait_until_healthy(served, process)
            yield served
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the Chromium that `make browser` finds or installs."""
    executable = find_chromium()
    if executable is None:
        pytest.fail("no Chromium: run `make browser`, or set CHROMIUM to one")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """Open an empty page of its own; what goes wrong unseen on it or in the server fails the test."""
    with watched_page(browser, server) as opened:
        yield opened


@contextmanager
def watched_page(browser: Browser, server: Server) -> Generator[Page, None, None]:
    """Open an empty 1280 x 720 page; in the end, fail for errors, calls to other hosts, a server traceback."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 720})
    context.set_default_timeout(20_000)
    opened = context.new_page()
    problems = _watch(opened, server)
    logged = server.log.stat().st_size
    yield opened
    context.close()
    problems += _tracebacks(server.log.read_text()[logged:])
    assert not problems, "\n".join(problems)


def open_app(page: Page, path: str = "/", wait_for: str = IDLE) -> None:
    """Open a path of the dashboard and wait until its script has run and wait_for, a selector, is there."""
    page.goto(path, wait_until="domcontentloaded")
    page.locator(wait_for).first.wait_for(state="attached")
    wait_until_idle(page)


def upload(page: Page, uploader: int, path: Path) -> None:
    """Choose a file or folder, as the file dialog does, for one of the uploaders; again where that got lost.

    The page asks the server where to send the file. A run of the script that starts in that instant, for the file
    before, say, empties Streamlit's queue of messages, the answer with it: the uploader then still shows no file.
    """
    place = page.get_by_test_id("stFileUploader").nth(uploader)
    taken = place.get_by_role("button", name="Add files")
    for _ in range(3):
        wait_until_idle(page)
        place.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(path)
        with suppress(AssertionError):
            expect(taken).to_be_visible(timeout=10_000)
            return
    pytest.fail(f"{path.name} was chosen three times, and uploader {uploader} shows no file")


def wait_until_idle(page: Page) -> None:
    """Wait until the dashboard has no script running.

    Right after an input the script may not have started yet: wait for what should appear, expect(locator), first.
    """
    expect(page.locator(IDLE)).to_be_attached(timeout=20_000)


def _watch(page: Page, server: Server) -> list[str]:
    """Return a list that fills with the page's errors and with its requests to anywhere but the server."""
    problems: list[str] = []

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(PROBES):
            problems.append(f"console error: {message.text} ({message.location['url']})")

    def note_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != urlsplit(server.url).netloc:
            problems.append(f"request to another host: {request.url}")

    page.on("pageerror", lambda error: problems.append(f"uncaught error: {error}"))
    page.on("console", note_console)
    page.on("request", note_request)
    return problems


def _tracebacks(log: str) -> list[str]:
    return [f"the server logged:\n{log}"] if "Traceback (most recent call last)" in log else []


def _wait_until_healthy(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"the dashboard did not start:\n{server.log.read_text()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
