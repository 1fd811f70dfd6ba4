"""Run the benchmarks and print ratios beside their goals: `python -m tests.benchmarks [name ...]`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Sequence

from tests import benchmarks
from tests.benchmarks import Row

HEADINGS = ("workload", "ours", "against", "other", "ratio", "goal", "")
WIDTHS = (52, 13, 30, 13, 9, 8, 6)


def collect(names: Sequence[str] = ()) -> dict[str, Callable[[], Iterable[Row]]]:
    """Find the run functions of the bench_*.py modules, or of those whose names contain one of names."""
    found = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    chosen = [each for each in found if each.startswith("bench_") and (not names or any(n in each for n in names))]
    return {each: importlib.import_module(f"tests.benchmarks.{each}").run for each in chosen}


def main(names: Sequence[str]) -> None:
    """Print one line for each row, as soon as it is measured."""
    print_line(HEADINGS)
    for name, run in collect(names).items():
        print_line((f"-- {name}",))
        for row in run():
            print_line(cells(row))


def cells(row: Row) -> tuple[str, ...]:
    """Write a row as texts, one for each heading."""
    goal = f"{'>=' if row.sense == 'at least' else '<='} {row.goal:g}x"
    ours, other = f"{row.ours:.4g} {row.unit}", f"{row.other:.4g} {row.unit}"
    return (row.workload, ours, row.against, other, f"{row.ratio:.3g}x", goal, "" if row.met else "missed")


def print_line(texts: Sequence[str]) -> None:
    """Print texts in columns of fixed width."""
    columns = (text.ljust(width) for text, width in zip(texts, WIDTHS, strict=False))
    print("  ".join(columns).rstrip(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
