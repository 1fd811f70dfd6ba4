"""A dashboard that is being served by a process of its own: its memory, threads and handles, and how it ends."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser.conftest import HOST, ROOT, START_SECONDS, free_port
from tests.soak.masks import Masks
from tests.soak.visitor import Visitor

OWN = "source=files"
SESSION_SECONDS = 5  # that a session is kept after its page has gone; Streamlit's own default is 120


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    def memory(self) -> int:
        """Bytes of memory that the server and the processes it has started hold; shared pages count once."""
        return sum(_proportional(each) for each in _family(self.process.pid))

    def helpers(self) -> list[int]:
        """Processes that the server has started."""
        return _family(self.process.pid)[1:]

    def handles(self) -> int:
        """Open files and sockets of the server process."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def threads(self) -> int:
        """Threads of the server process."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def ended(self) -> str:
        """How the server ended; empty while it runs."""
        return "" if self.process.poll() is None else f"the server ended with {self.process.returncode}"

    def broken(self) -> str:
        """How the server ended, or what it logged that it should not have; empty if it is well."""
        if ended := self.ended():
            return ended
        if "Traceback (most recent call last)" in self.log.read_text(errors="replace"):
            return f"the server logged a traceback: {self.log.read_text(errors='replace')[-300:]!r}"
        return ""

    def settle(self, below: float, seconds: float) -> int:
        """Memory once it has fallen below a number of bytes, or after so many seconds."""
        deadline = time.monotonic() + seconds
        while (held := self.memory()) > below and time.monotonic() < deadline:
            time.sleep(0.5)
        return held


@contextmanager
def served(
    *, port: int = 0, before: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Generator[Served]:
    """Serve app/main.py until the block ends; before is a command that runs what follows it."""
    with TemporaryDirectory() as folder:
        log, port = Path(folder, "log.txt"), port or free_port()
        command = [*before, sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
        command += ["--server.address", HOST, "--server.port", str(port)]
        command += ["--server.disconnectedSessionTTL", str(SESSION_SECONDS)]
        with (
            log.open("w") as stream,
            subprocess.Popen(command, cwd=ROOT, stdout=stream, stderr=stream, env=environment) as process,
        ):
            try:
                server = Served(port=port, process=process, log=log)
                _wait_until_healthy(server)
                yield server
            finally:
                process.kill()


def warm(server: Served) -> int:
    """Memory of a server whose libraries are loaded and whose readers run: one session has seen all that."""
    with Visitor(server.port) as visitor:
        visitor.run()
        visitor.run()
    with Visitor(server.port, OWN) as visitor:
        visitor.upload(Masks(session=0, side=64).sides, visitor.run())
    return server.memory()


class Peak:
    """The most memory that a server holds while the block runs."""

    def __init__(self, server: Served) -> None:
        self._server, self._done = server, threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self.bytes = 0

    def __enter__(self) -> Peak:
        self.bytes = self._server.memory()
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.bytes = max(self.bytes, self._server.memory())


def _family(process: int) -> list[int]:
    """A process and all those that descend from it."""
    try:
        texts = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return []
    children = [int(child) for text in texts for child in text.split()]
    return [process, *(each for child in children for each in _family(child))]


def _proportional(process: int) -> int:
    """Bytes in memory, pages that several processes share by their share of them; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024


def _wait_until_healthy(server: Served) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"the dashboard did not start: {server.log.read_text(errors='replace')[-500:]}")
