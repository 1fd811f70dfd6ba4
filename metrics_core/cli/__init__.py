"""The command `metric-explorer`: the dashboard, and counting, merging, scoring and reporting without it."""

from __future__ import annotations

import argparse
import errno
import importlib
import sys
from collections.abc import Sequence

from metrics_core.cli.dashboard import add_server, serve, streamlit_arguments
from metrics_core.cli.wording import in_options

__all__ = ["main", "streamlit_arguments"]

# Of each command: the module, its function that adds the arguments, and the one that runs.
_COMMANDS = {
    "app": ("start the dashboard, on statistics files if any are named", "dashboard", "add_app", "serve"),
    "evaluate": ("count folders of images into a statistics file", "counting", "add_evaluate", "evaluate"),
    "merge": ("merge statistics files by image name", "counting", "add_merge", "merge_files"),
    "score": ("print scores of a statistics file", "scoring", "add_score", "print_scores"),
    "report": (
        "write HTML, Markdown, CSV and JSON of a score and what it hides",
        "reporting",
        "add_report",
        "write_report",
    ),
}
_ROOM = "make room or choose another place, then start again; nothing that was written before is lost"
_ADVICE = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: _ROOM,
    errno.EROFS: "choose a place that can be written",
    errno.EACCES: "change its permissions or choose another place",
    errno.EPERM: "change its permissions or choose another place",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; without one, start the dashboard and serve it until interrupted.

    Raises:
        SystemExit: when the server ends, or at once with a message if an argument, a file or the dashboard is at fault.
    """
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given).parse_args(given)
    try:
        options.run(options)
    except ValueError as error:  # FileError and InputError too
        raise SystemExit(f"metric-explorer: {in_options(str(error), options)}") from None
    except OSError as error:
        raise SystemExit(f"metric-explorer: {_in_words(error)}") from None
    except KeyboardInterrupt:
        print("metric-explorer: stopped; start it again with the same arguments to go on", file=sys.stderr)
        raise SystemExit(130) from None


def _in_words(error: OSError) -> str:
    """What a file or folder was expected to allow, what the system said, and what to do."""
    if error.filename is None or error.strerror is None:
        return str(error)
    advice = _ADVICE.get(error.errno or 0, "check the path")
    return f"{error.filename}: expected to read or write it, got {error.strerror!r}; {advice}"


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    about = "Start the dashboard in a web browser, or count, merge and score without it."
    parser = argparse.ArgumentParser(prog="metric-explorer", description=about)
    add_server(parser)
    parser.set_defaults(run=serve)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, (help, module, add, run) in _COMMANDS.items():
        command = commands.add_parser(name, help=help)
        # The dashboard should not wait for what the others import.
        if name in arguments:
            functions = vars(importlib.import_module(f"{__name__}.{module}"))
            functions[add](command)
            command.set_defaults(run=functions[run])
    return parser
