// A lesson's picture by its kind; the same data are not drawn again.

function drawTable(data) {
  const table = element("table", "");
  const row = (cells, tag, index) => {
    const line = element("tr", index === data.strong ? "strong" : "");
    cells.forEach((text, column) => line.append(element(tag, data.numbers.includes(column) ? "number" : "", text)));
    return line;
  };
  const head = element("thead", "");
  head.append(row(data.columns, "th", -1));
  const body = element("tbody", "");
  body.append(...data.rows.map((cells, index) => row(cells, "td", index)));
  table.append(head, body);
  const holder = element("div", "scroll");
  holder.append(table);
  return holder;
}

export default function show(component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".lesson-figure");
  if (!isNew(root, data)) return;
  root.setAttribute("aria-label", data.words);
  const caption = element("figcaption", "caption", data.caption);
  const draw = { bars: drawBars, table: drawTable, tiles: drawTiles, lines: (each) => drawLines(each, caption) };
  root.replaceChildren(draw[data.kind](data), caption);
}
