"""Ends: a server that is killed and started again under an open page, one that is told to end, and killed commands."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.conftest import FLAGS, ROOT, free_port, upload
from tests.browser.install import find_chromium
from tests.soak import Row, Size, at_most, holds
from tests.soak.disks import COMMAND, half_written, write_images
from tests.soak.masks import Masks
from tests.soak.served import OWN, Served, served

SCORE = "[data-testid=stMetricValue]"
CONNECTED = '[data-testid="stApp"][data-test-connection-state="CONNECTED"]'
RUNNING = '[data-testid="stApp"][data-test-script-state="running"]'
RECONNECTED_SECONDS = 5


def run(size: Size) -> Iterator[Row]:
    """All scenarios of ends."""
    chromium = find_chromium()
    if chromium is None:
        yield holds("killed server", "the page reconnects", broken="no Chromium: run `make browser`, or set CHROMIUM")
    else:
        with sync_playwright() as playwright, TemporaryDirectory() as folder:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            yield from _killed_server(browser.new_page(viewport={"width": 1280, "height": 720}), Path(folder))
            browser.close()
    if size == "full":
        yield from _killed_commands(8)


def _killed_server(page: Page, folder: Path) -> Iterator[Row]:
    """Killed while it computes, and started again on the same port: what the open page does and says."""
    port, masks = free_port(), Masks(session=1, side=128)
    with served(port=port) as server:
        page.goto(f"{server.url}/?{OWN}&average=micro", wait_until="domcontentloaded")
        expect(page.get_by_text("Load a target and a prediction")).to_be_visible()
        for number, files in enumerate(masks.sides.values()):
            path = folder / files[0].name
            path.write_bytes(files[0].data)
            upload(page, number, path)
        expect(page.locator(SCORE).first).to_have_text(masks.scores["micro"])
        page.get_by_role("radio", name="macro", exact=True).click()
        with suppress(PlaywrightTimeoutError):  # where it has computed before it was seen to
            page.wait_for_selector(RUNNING, state="attached", timeout=1000)
        helpers = server.helpers()
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    ended = _seconds_until(lambda: not any(map(_alive, helpers)), time.perf_counter())
    broken = "" if ended is not None else "no"
    yield holds("server killed: the processes that it had started end too", "yes", broken=broken)
    with served(port=port) as server:
        start = time.perf_counter()
        expect(page.locator(CONNECTED)).to_be_attached()
        connected = time.perf_counter() - start
        lost = page.get_by_text("Lost with the old session: 1 target file, 1 prediction file")
        said = _seconds_until(lambda: lost.is_visible(), start)
        kept = OWN in page.url and page.locator(SCORE).count() == 0
        broken = "" if said and kept else f"the page says {page.locator('[data-testid=stMain]').inner_text()[:200]!r}"
        measured = f"yes, after {said or 0:.1f} s, its libraries loaded anew"
        name = "server killed while it computes, started again"
        yield at_most(f"{name}: the page reconnects", connected, RECONNECTED_SECONDS, "s")
        yield holds(f"{name}: the page says what was lost", "yes", broken=broken, measured=measured)
        yield _told_to_end(server)


def _seconds_until(true: Callable[[], bool], start: float, patience: float = 30) -> float | None:
    while time.perf_counter() - start < patience:
        if true():
            return time.perf_counter() - start
        time.sleep(0.05)
    return None


def _alive(process: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _told_to_end(server: Served) -> Row:
    """SIGTERM while a page is open."""
    start = time.perf_counter()
    server.process.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.process.wait(timeout=30)
    return at_most("SIGTERM with an open page: until the server has ended", time.perf_counter() - start, 5, "s")


def _killed_commands(kills: int) -> Iterator[Row]:
    """`evaluate` and `report`, killed at moments spread over their work; what they wrote is whole or not there."""
    with TemporaryDirectory() as folder:
        work = Path(folder)
        evaluate = [*write_images(work, images=60), str(work / "run.stats")]
        report = [*COMMAND, "report", str(work / "run.stats"), "--out", str(work / "report")]
        yield _killed(evaluate, work / "run.stats.parts", kills)
        subprocess.run(evaluate, cwd=ROOT, check=True, capture_output=True)
        yield _killed(report, work / "report", kills)


def _killed(command: list[str], appears: Path, kills: int) -> Row:
    """Each time killed a little later after its first file has appeared; `evaluate` goes on where it was."""
    broken, killed = list[str](), 0
    for number in range(kills):
        if appears.name == "report":
            shutil.rmtree(appears, ignore_errors=True)
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not appears.exists():
                time.sleep(0.001)
            time.sleep(0.003 * number**2)
            killed += process.poll() is None
            process.kill()
        broken += half_written(appears.parent)
    name = f"{command[len(COMMAND)]} killed {killed} times at work: half-written files"
    return holds(name, "0", broken=", ".join(broken), measured="0")
