"""The dashboard, started from any folder, alone or on statistics files."""

from __future__ import annotations

import argparse
import importlib.util
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

CONFIG = Path(".streamlit", "config.toml")


def add_app(parser: argparse.ArgumentParser) -> None:
    """Arguments of `app`."""
    parser.add_argument("files", nargs="*", type=Path, metavar="RUN.stats", help="statistics files, one a model")
    add_server(parser)


def add_server(parser: argparse.ArgumentParser) -> None:
    """Where the dashboard is served."""
    parser.add_argument("--host", default="127.0.0.1", help="address to serve at (default: this machine only)")
    parser.add_argument("--port", default=8501, type=_port, help="port to serve at (default: 8501)")
    parser.add_argument("--no-browser", action="store_true", help="serve without opening a browser window")


def serve(options: argparse.Namespace) -> None:
    """Start the dashboard and serve it until interrupted, in this process.

    Raises:
        FileError: a file that is no statistics file.
        SystemExit: when the server ends, or at once with a message if the dashboard is missing.
    """
    if files := getattr(options, "files", ()):
        _name_files(files)
    script = _dashboard() / "main.py"
    # Streamlit looks for its settings in the current folder, and the user's own folder must not change them.
    os.chdir(_config_home(script.parent))
    sys.argv = ["streamlit", *streamlit_arguments(script, options.host, options.port, headless=options.no_browser)]
    # Before the thread starts: libraries that look for each other in sys.modules must not meet one half loaded.
    importlib.import_module("streamlit.web.cli")
    Thread(target=load_ahead, daemon=True).start()
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def _name_files(files: Sequence[Path]) -> None:
    from metrics_core.statistics_file import name_statistics_files, open_statistics

    for file in files:
        open_statistics(file.read_bytes(), name=file.name)
    name_statistics_files(files)


def load_ahead() -> None:
    """Load what the first page would wait for, while the browser opens."""
    from metrics_core.warm_up import compile_usual

    compile_usual()


def streamlit_arguments(script: Path, host: str, port: int, *, headless: bool) -> list[str]:
    """List Streamlit's own arguments for serving script at host and port; headless opens no browser."""
    settings = {"server.address": host, "server.port": str(port), "browser.gatherUsageStats": "false"}
    if headless:
        settings["server.headless"] = "true"
    return ["run", str(script), *(f"--{name}={value}" for name, value in settings.items())]


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535; got {text!r}")
    return int(text)


def _dashboard() -> Path:
    spec = importlib.util.find_spec("app")
    for folder in (spec and spec.submodule_search_locations) or ():
        if (Path(folder) / "main.py").is_file():
            return Path(folder).resolve()
    raise SystemExit("metric-explorer: no dashboard is installed (package 'app'); reinstall metric-explorer")


def _config_home(dashboard: Path) -> Path:
    """Return the folder whose .streamlit holds the settings: beside main.py once installed, above it in a checkout."""
    for folder in (dashboard, dashboard.parent):
        if (folder / CONFIG).is_file():
            return folder
    raise SystemExit(f"metric-explorer: {CONFIG} is missing from {dashboard}; reinstall metric-explorer")
