"""Streamlit's server with a clock: `python -m tests.benchmarks.measured_server FILE APP [options of streamlit run]`.

Writes a line of JSON into the file for every run of the script and for every message that is made ready to be sent:
{"step": "run" or "message", "ms": ..., "bytes": ...}.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.web import cli
from streamlit.web.server.starlette import starlette_websocket

from metrics_core.cli.dashboard import load_ahead


def timed(work: Callable[..., Any], step: str, file: Path) -> Callable[..., Any]:
    """The work, which then notes its time, and the size of what it returns if that is bytes."""

    @functools.wraps(work)
    def run_timed(*arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        result = work(*arguments, **options)
        taken = (time.perf_counter() - start) * 1000
        size = len(result) if isinstance(result, bytes) else 0
        with file.open("a") as notes:
            notes.write(json.dumps({"step": step, "ms": taken, "bytes": size}) + "\n")
        return result

    return run_timed


def main(file: Path, arguments: list[str]) -> None:
    """Serve until told to end."""
    for owner, name, step in (
        (ScriptRunner, "_run_script", "run"),
        (starlette_websocket, "serialize_forward_msg", "message"),
    ):
        setattr(owner, name, timed(getattr(owner, name), step, file))
    sys.argv = ["streamlit", "run", *arguments]
    if arguments[0] == "app/main.py":  # as the command does that starts it
        Thread(target=load_ahead, daemon=True).start()
    cli.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
