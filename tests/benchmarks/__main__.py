"""Run the benchmarks and print ratios beside their goals: `python -m tests.benchmarks [name ...]`."""

from __future__ import annotations

import argparse
import importlib
import inspect
import pkgutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tests import benchmarks
from tests.benchmarks import Row, Size
from tests.benchmarks.plot import svg
from tests.benchmarks.table import HEADINGS, cells, line, markdown, missed

Run = Callable[..., Iterable[Row]]


def collect(names: Sequence[str] = ()) -> dict[str, Run]:
    """Find the run functions of the bench_*.py modules, or of those whose names contain one of names."""
    found = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    chosen = [each for each in found if each.startswith("bench_") and (not names or any(n in each for n in names))]
    return {each: importlib.import_module(f"tests.benchmarks.{each}").run for each in chosen}


def main(arguments: Sequence[str]) -> int:
    """Print one line for each row as soon as it is measured, write what is asked for, and return the exit status."""
    options = parser().parse_args(arguments)
    measured = measure(options.names, "quick" if options.quick else "full")
    rows = [row for each in measured.values() for row in each]
    if options.markdown:
        options.markdown.write_text(markdown(measured), encoding="utf-8")
    if options.plot:
        options.plot.write_text(svg(rows), encoding="utf-8")
    print(f"\n{sum(row.met for row in rows)} of {len(rows)} rows meet their goals", *missed(rows), sep="\n", flush=True)
    return int(options.check and not all(row.within_margin for row in rows))


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    made.add_argument("names", nargs="*", help="parts of the names of the bench_*.py modules to run; all without one")
    made.add_argument("--markdown", type=Path, metavar="FILE", help="write the table")
    made.add_argument("--plot", type=Path, metavar="FILE", help="write the ratios as an SVG picture")
    made.add_argument("--check", action="store_true", help="fail where a ratio misses its goal by more than 25 %%")
    made.add_argument("--quick", action="store_true", help="tiny sizes, which show that it runs and nothing else")
    return made


def measure(names: Sequence[str], size: Size) -> dict[str, list[Row]]:
    """Rows by title, printed as they come."""
    measured: dict[str, list[Row]] = {}
    print(line(HEADINGS))
    for name, run in collect(names).items():
        title, start = title_of(name), time.monotonic()
        print(f"-- {name}: {title}", flush=True)
        rows = measured[title] = []
        for row in sized(run, size):
            print(line(cells(row)), flush=True)
            rows.append(row)
        print(f"   {time.monotonic() - start:.0f} s", flush=True)
    return measured


def sized(run: Run, size: Size) -> Iterable[Row]:
    """The rows of a size; of data that have but one size, nothing where it should be quick."""
    if inspect.signature(run).parameters:
        return run(size)
    return run() if size == "full" else ()


def title_of(name: str) -> str:
    """The first line of a module's description, without its full stop."""
    described = importlib.import_module(f"tests.benchmarks.{name}").__doc__ or name
    return described.splitlines()[0].removesuffix(".")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
