"""Put the dashboard under load and break what it stands on: `python -m tests.soak [name ...]`."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.soak import Row, Size, disks, ends, holds, reading, sessions, uploads

Run = Callable[[Size], Iterable[Row]]
MODULES: dict[str, Run] = {
    "sessions": sessions.run,
    "uploads": uploads.run,
    "ends": ends.run,
    "disks": disks.run,
    "reading": reading.run,
}
HEADING = "| scenario | limit | measured | verdict |\n|---|---|---|---|"


def main(arguments: Sequence[str]) -> int:
    """Print a line a scenario as soon as it is measured, write what is asked for, and return the exit status."""
    options = parser().parse_args(arguments)
    print(HEADING)
    rows: list[Row] = []
    for row in measured(options.names or list(MODULES), "quick" if options.quick else "full"):
        print(line(row), flush=True)
        rows.append(row)
    if options.markdown:
        table = "\n".join([HEADING, *map(line, rows)])
        options.markdown.write_text(f"{introduction()}\n\n{table}\n", encoding="utf-8")
    missed = [row for row in rows if not row.met]
    print(f"\n{introduction()}\n{len(rows) - len(missed)} of {len(rows)} limits kept")
    return int(bool(missed))


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    made.add_argument("names", nargs="*", choices=[*MODULES, []], help="modules to run; all without one")
    made.add_argument("--quick", action="store_true", help="few sessions and small files, in less than a minute")
    made.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    return made


def measured(names: Iterable[str], size: Size) -> Iterator[Row]:
    """The rows of the named modules; what ends a module early is a row that misses its limit."""
    for name in names:
        start, before = time.monotonic(), os.getloadavg()[0]
        try:
            yield from MODULES[name](size)
        except (Exception, pytest.fail.Exception) as error:  # the other scenarios are still worth running
            told = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
            yield holds(f"{name}: runs to its end", "yes", broken=told)
        taken = f"{time.monotonic() - start:.0f} s, load average {before:.1f} before, {os.getloadavg()[0]:.1f} after"
        print(f"{name}: {taken}", file=sys.stderr, flush=True)


def line(row: Row) -> str:
    """A row of the table."""
    cells = (row.scenario, row.limit, row.measured, "met" if row.met else "**missed**")
    return f"| {' | '.join(' '.join(cell.split()).replace('|', '/') for cell in cells)} |"


def introduction() -> str:
    """The machine, the versions and what else it had to do."""
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}, Python {platform.python_version()}, "
        f"Streamlit {importlib.metadata.version('streamlit')}); load average {os.getloadavg()[2]:.1f} over the last "
        "15 minutes, these scenarios included."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
