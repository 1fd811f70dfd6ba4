"""A process that has everything loaded and forks, for every reading, one of its own with limits; see `app.reading`.

It is started as `python -m app.reading_process MODULE FUNCTION`, with a socket as its input: each message on it carries
two more. On the first the new process gets its job and answers. The second is a leash: once it is closed at the other
end, for whatever reason, the process is killed. The dashboard's own process could not fork: it has threads.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

from app.reading_data import receive, send
from metrics_core import FileError

Work = Callable[[Any, Callable[[str, float], None]], Any]
_Leashes = dict[socket.socket, int]
SHORT = 3  # exit status of a process that had too little memory
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_DYING = 0.005  # seconds between looks whether a killed process has ended
_MARGIN = 5  # seconds that the dashboard has to end a process before it ends by itself


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one reading may take: bytes of memory beyond what is loaded, seconds of computing, seconds in all."""

    memory: int
    computing: int
    seconds: int


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a reading process says: how far it is with which file, why it gave up, or that the result follows."""

    word: Literal["begun", "reading", "refused", "done"]
    text: str = ""
    share: float = 0.0


def main(module: str, function: str) -> None:
    """Load everything, then fork until the dashboard ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the dashboard
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    loaded = importlib.import_module(module)
    getattr(loaded, "prepare", int)()
    gc.collect()
    gc.freeze()  # collecting would copy the pages that all processes share
    _serve(control, getattr(loaded, function))


def _serve(control: socket.socket, work: Work) -> None:
    held, dying = _Leashes(), _Leashes()
    while True:
        for ready in select.select([control, *held], [], [], _DYING if dying else None)[0]:
            if ready is not control:
                dying[ready] = held.pop(ready)
                os.kill(dying[ready], signal.SIGKILL)
            elif not _begin(control, work, held, dying):
                for process in held.values():
                    os.kill(process, signal.SIGKILL)
                return
        for leash, process in list(dying.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                del dying[leash]
                with leash, suppress(OSError):
                    leash.send(str(os.waitstatus_to_exitcode(status)).encode())


def _begin(control: socket.socket, work: Work, held: _Leashes, dying: _Leashes) -> bool:
    """Fork for the next job; False where the dashboard has ended."""
    _, handles, _, _ = socket.recv_fds(control, 1, 2)
    if len(handles) != 2:
        return False
    connection, leash = (socket.socket(fileno=handle) for handle in handles)
    try:
        process = os.fork()
    except OSError:  # the closed leash says it
        connection.close()
        leash.close()
        return True
    if process == 0:
        # Ends of others kept open here would keep their processes alive.
        for each in (control, leash, *held, *dying):
            each.close()
        _read(connection, work)
    connection.close()
    held[leash] = process
    return True


def _read(connection: socket.socket, work: Work) -> None:
    """Do one job, and end."""
    status = SHORT  # also where too little is left to say so
    try:
        limits: Limits = receive(connection, Limits, most=0)
        _limit(limits)
        send(connection, Message(word="begun"))
        job = receive(connection, get_type_hints(work)["job"], most=sys.maxsize)
        result = work(job, lambda name, share: send(connection, Message(word="reading", text=name, share=share)))
        send(connection, Message(word="done"))
        send(connection, result)
    except FileError as error:
        send(connection, Message(word="refused", text=str(error)))
    except (EOFError, ConnectionError):
        pass  # nobody waits for the result any more
    except BaseException as error:
        # Torch's error where memory is short has no class of its own.
        if not isinstance(error, MemoryError) and "allocate memory" not in str(error):
            status = 1
            traceback.print_exc()
    finally:
        os._exit(status)


def _limit(limits: Limits) -> None:
    """Hold this process to its limits, which the system enforces even within a decoder that hangs."""
    import resource  # not on every system, but where processes fork

    with suppress(AttributeError):  # Linux only: end with the process that would end this one
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    signal.alarm(limits.seconds + _MARGIN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _at_most(resource.RLIMIT_CPU, limits.computing, spare=1)  # a signal tells first what ended the process
    # Libraries map far more than they use, so the limit counts from what is mapped now. RLIMIT_DATA would leave out
    # what is shared or mapped from files. Where there is no /proc, systems do not enforce either.
    with suppress(OSError):
        with open("/proc/self/statm") as state:
            mapped = int(state.read().split()[0]) * resource.getpagesize()
        _at_most(resource.RLIMIT_AS, mapped + limits.memory, spare=0)
        with open("/proc/self/oom_score_adj", "w") as score:  # short of memory, the system shall end this process first
            score.write("1000")


def _at_most(limited: int, most: int, *, spare: int) -> None:
    import resource

    hard = resource.getrlimit(limited)[1]
    hard = most + spare if hard == resource.RLIM_INFINITY else min(hard, most + spare)
    resource.setrlimit(limited, (min(most, hard), hard))


if __name__ == "__main__":
    main(*sys.argv[1:])
