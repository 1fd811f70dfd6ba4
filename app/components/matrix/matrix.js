// A table of buttons: hover or arrow keys explain a cell, a click or Enter chooses it.

function prepareTable(root, report) {
  const table = element("table", "");
  table.append(element("thead", ""), element("tbody", ""));
  const scroll = element("div", "scroll");
  scroll.append(table);
  const showMore = () => {
    scroll.classList.toggle("below", scroll.scrollTop + scroll.clientHeight < scroll.scrollHeight - 2);
    scroll.classList.toggle("beside", scroll.scrollLeft + scroll.clientWidth < scroll.scrollWidth - 2);
  };
  scroll.addEventListener("scroll", showMore);
  const sizes = new ResizeObserver(showMore);
  [scroll, table].forEach((each) => sizes.observe(each));
  root.append(scroll, element("div", "note"));
  addTip(root);
  moveWithArrows(root, neighbour);
  root.addEventListener("click", (event) => {
    const holder = event.target.closest("button")?.parentElement;
    if (holder) report("cell", [holder.parentElement.sectionRowIndex, holder.cellIndex - 1]);
  });
}

// The next button in a direction, blank cells left out.
function neighbour(button, [down, right]) {
  const line = button.parentElement.parentElement;
  const rows = line.parentElement.rows;
  let [row, column] = [line.sectionRowIndex + down, button.parentElement.cellIndex + right];
  for (; rows[row]?.cells[column]; row += down, column += right) {
    const found = rows[row].cells[column].querySelector("button");
    if (found) return found;
  }
  return null;
}

function newHeading(scope) {
  const heading = element("th", scope === "col" ? "column" : "row");
  heading.scope = scope;
  heading.append(element("span", "name"));
  return heading;
}

function drawHeading(heading, { name, label }) {
  heading.title = name;
  heading.firstElementChild.textContent = label ?? name;
}

function drawHead(head, { corner, columns }) {
  const make = (place) => (place ? newHeading("col") : element("td", "corner"));
  const draw = (cell, item, place) => (place ? drawHeading(cell, { name: item }) : cell.replaceChildren(item));
  if (!head.firstElementChild) head.append(element("tr", ""));
  fill(head.firstElementChild, [corner, ...columns], make, draw);
}

function drawRow(line, { name, label, cells }) {
  const make = (place) => (place ? element("td", "") : newHeading("row"));
  const draw = (holder, item, place) => (place ? drawCell(holder, item) : drawHeading(holder, item));
  fill(line, [{ name, label }, ...cells], make, draw);
}

function newButton() {
  const button = element("button", "cell");
  button.type = "button";
  button.tabIndex = -1;
  return button;
}

function drawCell(holder, cell) {
  if (!cell) return holder.replaceChildren();
  const button = holder.firstElementChild ?? holder.appendChild(newButton());
  for (const look of ["strong", "edged", "chosen"]) button.classList.toggle(look, Boolean(cell[look]));
  button.style.backgroundColor = cell.colour;
  button.setAttribute("aria-pressed", String(Boolean(cell.chosen)));
  tell(button, cell.tip);
  const parts = [element("span", "", cell.text)];
  if (cell.second) parts.push(element("span", "second", cell.second));
  if (cell.mark) parts.push(element("span", "mark", cell.mark));
  button.replaceChildren(...parts);
}

export default function show(component) {
  const { data } = component;
  const root = prepared(component, ".matrix", prepareTable);
  if (!isNew(root, data)) return;
  const [scroll, note] = root.children;
  const table = scroll.firstElementChild;
  const shape = { ...data.sizes, columns: data.columns.length };
  if (isNew(table, [data.headings, data.corner, shape])) {
    table.className = data.headings;
    table.setAttribute("aria-label", data.corner);
    for (const [name, value] of Object.entries(shape)) table.style.setProperty(`--${name}`, value);
  }
  drawHead(table.tHead, data);
  fill(table.tBodies[0], data.rows, () => element("tr", ""), drawRow);
  write(note, data.note);
  keepOneStop(root);
}
