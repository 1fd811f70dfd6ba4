"""The command `metric-explorer`: the dashboard, and counting, merging, scoring and reporting without it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from metrics_core.cli.counting import add_evaluate, add_merge, evaluate, merge_files
from metrics_core.cli.dashboard import add_app, add_server, serve, streamlit_arguments
from metrics_core.cli.reporting import add_report, write_report
from metrics_core.cli.scoring import add_score, print_scores

__all__ = ["main", "streamlit_arguments"]

Command = tuple[str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], None]]
_COMMANDS: dict[str, Command] = {
    "app": ("start the dashboard, on statistics files if any are named", add_app, serve),
    "evaluate": ("count folders of images into a statistics file", add_evaluate, evaluate),
    "merge": ("merge statistics files by image name", add_merge, merge_files),
    "score": ("print scores of a statistics file", add_score, print_scores),
    "report": ("write HTML, Markdown, CSV and JSON of a score and what it hides", add_report, write_report),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; without one, start the dashboard and serve it until interrupted.

    Raises:
        SystemExit: when the server ends, or at once with a message if an argument, a file or the dashboard is at fault.
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as error:  # FileError and InputError are ValueErrors
        raise SystemExit(f"metric-explorer: {error}") from None
    except KeyboardInterrupt:
        print("metric-explorer: stopped; start it again with the same arguments to go on", file=sys.stderr)
        raise SystemExit(130) from None


def _parser() -> argparse.ArgumentParser:
    about = "Start the dashboard in a web browser, or count, merge and score without it."
    parser = argparse.ArgumentParser(prog="metric-explorer", description=about)
    add_server(parser)
    parser.set_defaults(run=serve)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, (help, add, run) in _COMMANDS.items():
        command = commands.add_parser(name, help=help)
        add(command)
        command.set_defaults(run=run)
    return parser
