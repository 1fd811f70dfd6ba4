"""Reading apart: a user's files are read in a process of their own, whose crash, hang or hunger ends nothing else."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Condition, Lock
from typing import Any, get_type_hints

import metrics_core as mc
from app.reading_data import OtherDataError, receive, send
from app.reading_process import SHORT, Limits, Message, Work
from app.reading_work import Job, Read, read

_LOG = logging.getLogger(__name__)
Tell = Callable[[str, float], None]
_AT_ONCE = 2
_LARGEST_RESULT = 3 * 512 * 2**20  # bytes: target, predictions and images, each as large as the readers let them be
_STARTING = 60  # seconds until everything is loaded, on a busy machine
_TOLD_EVERY = 0.1  # seconds; a click on Cancel waits no longer
_ENDING = 5  # seconds until a process that has crashed is gone
_ROOT = Path(__file__).resolve().parents[1]
_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
_CAN_FORK = hasattr(os, "fork") and hasattr(os, "posix_spawn") and bool(sys.executable)


def _memory() -> int:
    """Half of the machine for one reading, and never more than 4 GiB."""
    try:
        return min(4 * 2**30, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)
    except (AttributeError, OSError, ValueError):
        return 4 * 2**30


USUAL = Limits(memory=_memory(), computing=60, seconds=120)


class Readers:
    """Processes that do one job each, so many at once; whoever comes later waits for a place."""

    def __init__(self, work: Work, *, at_once: int = _AT_ONCE, limits: Limits = USUAL) -> None:
        self._work, self._at_once, self._limits = work, at_once, limits
        self._starting, self._turn = Lock(), Condition()
        self._queue: list[object] = []
        self._control: socket.socket | None = None
        self._process = 0
        atexit.register(self.close)

    def start(self) -> None:
        """Begin to load what every job needs, without waiting for it; where that fails, `run` says so."""
        with self._starting, suppress(OSError):
            self._running()

    def close(self) -> None:
        """End all processes: they do when this end is closed, however that happens."""
        with self._starting:
            if self._control is not None:
                self._control.close()
            self._control = None

    def run(self, job: Any, tell: Tell) -> Any:
        """Do a job in a process of its own and give its result back.

        tell: called again and again, with a text and the share that is done; what it raises ends the process.

        Raises:
            FileError: what the work says, or in one sentence that its process crashed or took too much.
        """
        with self._place(tell), ExitStack() as stack:
            try:
                connection, leash = self._begin(stack)
            except OSError as error:
                raise _none(error.strerror or "none") from None
            return _Talk(connection, leash, self._limits, tell).result(self._work, job)

    @contextmanager
    def _place(self, tell: Tell) -> Generator[None]:
        ticket = object()
        with self._turn:
            self._queue.append(ticket)
        try:
            while before := self._before(ticket):
                tell(f"Waiting for a place: {before} before you", 0.0)
            yield
        finally:
            with self._turn:
                self._queue.remove(ticket)
                self._turn.notify_all()

    def _before(self, ticket: object) -> int:
        """How many are before a ticket, after a while where there is no place for it; 0 where there is one."""
        with self._turn:
            free = self._turn.wait_for(lambda: self._queue.index(ticket) < self._at_once, _TOLD_EVERY)
            return 0 if free else self._queue.index(ticket)

    def _begin(self, stack: ExitStack) -> list[socket.socket]:
        """A new process: the connection to it and its leash."""
        pairs = [[stack.enter_context(end) for end in socket.socketpair()] for _ in range(2)]
        with self._starting:
            socket.send_fds(self._running(), [b"\0"], [theirs.fileno() for _, theirs in pairs])
        for (ours, theirs), patience in zip(pairs, (_TOLD_EVERY, _ENDING), strict=True):
            ours.settimeout(patience)
            theirs.close()
        return [ours for ours, _ in pairs]

    def _running(self) -> socket.socket:
        """The connection to the process that forks, which is started where it does not run."""
        ended = not self._process or _has_ended(self._process)
        if self._control is not None:
            if not ended:
                return self._control
            self._control.close()
            self._control = None
        self._control, self._process = self._spawn()
        return self._control

    def _spawn(self) -> tuple[socket.socket, int]:
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        with ExitStack() as stack:
            ours, theirs = (stack.enter_context(end) for end in socket.socketpair())
            # Neither multiprocessing nor a fork: the one would run the main module again, which is the dashboard's
            # page, and the other would copy locks that other threads hold.
            process = os.posix_spawn(
                sys.executable,
                [sys.executable, "-P", "-m", "app.reading_process", self._work.__module__, self._work.__name__],
                os.environ | _ONE_THREAD | {"PYTHONPATH": os.pathsep.join(paths)},
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)],
            )
            stack.pop_all()
        theirs.close()
        return ours, process


class _Talk:
    """One job's conversation with its process."""

    def __init__(self, connection: socket.socket, leash: socket.socket, limits: Limits, tell: Tell) -> None:
        self._connection, self._leash, self._limits, self._tell = connection, leash, limits, tell
        self._last, self._deadline = time.monotonic(), time.monotonic() + _STARTING
        self._begun = False
        self._where, self._told = "your files", ("Reading your files …", 0.0)

    def result(self, work: Work, job: Any) -> Any:
        try:
            send(self._connection, self._limits, idle=self._idle)
            send(self._connection, job, idle=self._idle)
            while self._message().word != "done":
                pass
            kind = get_type_hints(work)["return"]
            return receive(self._connection, kind, most=_LARGEST_RESULT, idle=self._idle)
        except (EOFError, ConnectionError):
            raise self._end() from None
        except OtherDataError as error:
            _LOG.error("a reading process: %s", error)
            raise self._error("files that can be read", "one that its reader failed on") from None

    def _message(self) -> Message:
        message: Message = receive(self._connection, Message, most=0, idle=self._idle)
        if message.word == "begun":
            self._begun, self._deadline = True, time.monotonic() + self._limits.seconds
        elif message.word == "reading":
            self._where, self._told = repr(message.text[-60:]), (f"Reading {message.text[-60:]}", message.share)
        elif message.word == "refused":
            raise mc.FileError(message.text[:2000])
        return message

    def _idle(self) -> None:
        now = time.monotonic()
        if now > self._deadline:
            raise self._slow() if self._begun else _none("one that has not begun")
        if now > self._last + _TOLD_EVERY:
            self._last = now
            self._tell(*self._told)

    def _end(self) -> mc.FileError:
        """Why a process has ended without a result."""
        status = ""
        with suppress(OSError):
            self._leash.shutdown(socket.SHUT_WR)
            status = self._leash.recv(16).decode()
        if not status:
            return _none("one that has ended")
        code = -int(status)
        if code in (signal.SIGXCPU, signal.SIGALRM):
            return self._slow()
        if code in (signal.SIGKILL, -SHORT):  # the system kills when memory is short
            return self._hungry()
        how = f"crashed its reader ({signal.Signals(code).name})" if code > 0 else "its reader failed on"
        return self._error("files that can be read", f"one that {how}")

    def _hungry(self) -> mc.FileError:
        most = f"files that take at most {self._limits.memory / 2**30:.1f} GiB to read"
        return self._error(most, "more", todo="read fewer or smaller files at a time")

    def _slow(self) -> mc.FileError:
        most = f"files that take at most {self._limits.computing} s to read ({self._limits.seconds} s with waiting)"
        return self._error(most, "more", todo="read fewer files at a time, or save this one anew")

    def _error(self, expected: str, got: str, *, todo: str = "save it anew or in another format") -> mc.FileError:
        return mc.FileError(f"{self._where}: expected {expected}, got {got}; {todo}")


def _has_ended(process: int) -> bool:
    try:
        return os.waitpid(process, os.WNOHANG) != (0, 0)
    except ChildProcessError:  # somebody else has been told
        return True


def _none(got: str) -> mc.FileError:
    return mc.FileError(f"your files: expected a process to read them in, got {got}; try again in a minute")


_READERS = Readers(read)


def prepare_reading() -> None:
    """Begin to load what reading needs, so that the first files do not wait for it."""
    if _CAN_FORK:
        _READERS.start()


def read_files(job: Job, tell: Tell) -> Read:
    """Read a user's files.

    tell: called again and again, with a text and the share that is done; what it raises ends the reading.

    Raises:
        FileError: files that cannot be read, or whose reading crashed or took too much.
    """
    if _CAN_FORK:
        return _READERS.run(job, tell)
    # Windows has neither fork nor limits: there files are read here, where a decoder's crash ends the dashboard.
    return read(job, lambda name, share: tell(f"Reading {name[-60:]}", share))
