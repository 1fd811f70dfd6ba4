"""The ratios as bars in SVG: a log axis, goals as ticks, and colours that a light and a dark page both carry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tests.benchmarks import Row
from tests.benchmarks.table import number

LINE, TOP, LABELS, BARS, RIGHT = 20, 54, 640, 400, 70
SMALLEST = 1e-4  # where an axis ends at the latest: a fitted exponent may be 0
# A page's own text colour does not reach into a picture: it follows the reader's setting instead.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1b2530; }
.title { font-weight: 600; font-size: 14px; }
.faint { fill: #5a6672; }
.grid { stroke: #8c8c8c; stroke-opacity: 0.35; }
.met { fill: #0072b2; }
.missed { fill: #d55e00; }
.goal { stroke: #1b2530; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e8edf2; }
  .faint { fill: #a9b4bf; }
  .met { fill: #56b4e9; }
  .missed { fill: #e58b4a; }
  .goal { stroke: #e8edf2; }
}
"""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Rows of one sense under a title, and the powers of ten that their axis runs between."""

    title: str
    rows: Sequence[Row]

    @property
    def powers(self) -> range:
        """From the power below the smallest ratio, goal or 1 to the one above the largest."""
        values = [1.0, *(row.ratio for row in self.rows), *(row.goal for row in self.rows if row.goal is not None)]
        logarithms = [math.log10(max(value, SMALLEST)) for value in values]
        return range(math.floor(min(logarithms)), max(math.ceil(max(logarithms)), 1) + 1)

    @property
    def height(self) -> int:
        """Pixels with title, axis and bars."""
        return TOP + LINE * len(self.rows) + LINE

    def x(self, ratio: float) -> float:
        """Where a ratio lies."""
        powers = self.powers
        return LABELS + BARS * (math.log10(max(ratio, SMALLEST)) - powers[0]) / (powers[-1] - powers[0])


def svg(rows: Sequence[Row]) -> str:
    """Bars of all ratios to others, then of the largest share of each kind of limit."""
    panels = [
        Panel(title="Times as good as the other (log scale; more is better)", rows=_of("at least", rows)),
        Panel(title="Times a limit (log scale; less is better)", rows=_worst(_of("at most", rows))),
    ]
    parts, top = list[str](), 0
    for panel in panels:
        if panel.rows:
            parts += [f'<g transform="translate(0 {top})">', *_drawn(panel), "</g>"]
            top += panel.height
    width = LABELS + BARS + RIGHT
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {max(top, 1)}" role="img">'
    title = "<title>Ratios of the benchmarks beside their goals</title>"
    return "\n".join([head, title, f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def _of(sense: str, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.sense == sense and row.goal is not None]


def _worst(rows: Sequence[Row]) -> list[Row]:
    """The row nearest to, or farthest beyond, its goal of each kind: what stands before a colon names the kind."""
    worst: dict[tuple[str, str], Row] = {}
    for row in rows:
        kind = row.workload.split(":")[0], row.against
        if kind not in worst or _strain(row) > _strain(worst[kind]):
            worst[kind] = row
    return list(worst.values())


def _strain(row: Row) -> float:
    return row.ratio / (row.goal or 1)


def _drawn(panel: Panel) -> list[str]:
    bottom = TOP + LINE * len(panel.rows)
    title = f'<text class="title" x="8" y="20">{escape(panel.title)}; the tick is the goal, orange misses it</text>'
    grid = [
        f'<line class="grid" x1="{panel.x(10.0**power):.1f}" x2="{panel.x(10.0**power):.1f}" y1="{TOP}" '
        f'y2="{bottom}"/><text class="faint" text-anchor="middle" x="{panel.x(10.0**power):.1f}" y="{TOP - 8}">'
        f"{10.0**power:,g}</text>"
        for power in panel.powers
    ]
    return [title, *grid, *(_bar(panel, row, TOP + LINE * index) for index, row in enumerate(panel.rows))]


def _bar(panel: Panel, row: Row, top: int) -> str:
    # Bars begin at 1: those to the left of it are less than what they are compared with.
    ends = sorted((panel.x(1.0), panel.x(row.ratio)))
    label = f"{row.workload} / {row.against}"
    shape = f'x="{ends[0]:.1f}" y="{top + 3}" width="{max(ends[1] - ends[0], 1):.1f}" height="{LINE - 6}"'
    goal = panel.x(row.goal or 1.0)
    return (
        f'<text text-anchor="end" x="{LABELS - 8}" y="{top + 14}">{escape(label)}</text>'
        f'<rect class="{"met" if row.met else "missed"}" {shape}/>'
        f'<line class="goal" x1="{goal:.1f}" x2="{goal:.1f}" y1="{top + 1}" y2="{top + LINE - 1}"/>'
        f'<text x="{max(ends[1], goal) + 6:.1f}" y="{top + 14}">{number(row.ratio, 3)}</text>'
    )
