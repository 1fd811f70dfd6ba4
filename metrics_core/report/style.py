"""Style: the style sheet of the page, light and dark by the reader's setting, plain on paper."""

STYLE = """
:root { --ink: #1b2430; --ground: #fff; --soft: #5a6775; --line: #d7dee6; --mark: #0072b2; --other: #d55e00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf3; --ground: #12161c; --soft: #a3b0be; --line: #35404d; --mark: #56b4e9; --other: #e69f00; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 1rem 0 0.3rem; }
p { margin: 0.3rem 0; }
.score { font-size: 1.2rem; margin-top: 1rem; }
.score b { font-size: 2.2rem; margin-left: 0.3rem; }
.note { color: var(--soft); font-size: 0.87rem; }
.scroll { overflow-x: auto; }
th, td { min-width: 4.5em; max-width: 44em; }
td:last-child:not(.number) { min-width: 14em; }
a, td { overflow-wrap: anywhere; }
td:first-child { min-width: 7em; }
table { border-collapse: collapse; font-size: 0.87rem; margin: 0.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.7rem 0.2rem 0; border-bottom: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre { overflow-x: auto; padding: 0.7rem; border: 1px solid var(--line); border-radius: 4px; font-size: 0.85rem; }
pre { user-select: all; } /* one click selects it */
td pre { white-space: pre-wrap; min-width: 20rem; }
ul { padding-left: 1.2rem; }
li { margin: 0.4rem 0; }
summary { cursor: pointer; }
a { color: var(--mark); }
svg { display: block; width: 100%; height: auto; margin: 0.5rem 0; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.grid, .frame { stroke: var(--line); fill: none; }
.dot { fill: var(--mark); }
.whisker { stroke: var(--mark); stroke-width: 2.5; opacity: 0.6; }
.line { fill: none; stroke: var(--mark); stroke-width: 1.5; }
.mark { stroke: var(--other); stroke-width: 1.5; stroke-dasharray: 4 3; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; flex: 1 1 12rem; max-width: 17rem; }
figcaption { text-align: center; font-size: 0.87rem; }
@media print {
  :root { --ink: #000; --ground: #fff; --soft: #333; --line: #bbb; --mark: #0072b2; --other: #d55e00; }
  main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; }
  tr, figure, svg, li { break-inside: avoid; }
}
"""
