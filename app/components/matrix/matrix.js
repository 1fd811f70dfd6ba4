// The confusion matrix as a table of buttons: hover or arrow keys explain a cell, a click or Enter chooses it.

const shown = new WeakMap();

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function headings(data) {
  const row = element("tr", "");
  row.append(element("td", "corner", "true ↓ predicted →"));
  for (const name of data.columns) {
    const cell = element("th", "column");
    cell.scope = "col";
    cell.title = name;
    cell.append(element("span", "name", name));
    row.append(cell);
  }
  return row;
}

function cellButton(data, cell, parts) {
  const chosen = data.selected !== null && data.selected[0] === cell.row && data.selected[1] === cell.column;
  const button = element("button", "cell", cell.text);
  button.type = "button";
  button.tabIndex = cell.row === 0 && cell.column === 0 ? 0 : -1;
  button.classList.toggle("diagonal", cell.row === cell.column);
  button.classList.toggle("strong", cell.strong);
  button.classList.toggle("chosen", chosen);
  button.setAttribute("aria-label", cell.hover);
  button.setAttribute("aria-pressed", String(chosen));
  button.dataset.place = `${cell.row}.${cell.column}`;
  const tint = cell.row === cell.column ? data.correct : data.wrong;
  button.style.backgroundColor = `rgba(${tint}, ${cell.strength})`;
  const say = () => { parts.caption.textContent = cell.hover; };
  const rest = () => { parts.caption.textContent = data.note; };
  button.addEventListener("pointerenter", say);
  button.addEventListener("focus", say);
  button.addEventListener("pointerleave", rest);
  button.addEventListener("blur", rest);
  button.addEventListener("click", () => parts.choose([cell.row, cell.column]));
  return button;
}

// One stop for the tab key; arrows move from cell to cell.
function moveWithArrows(table) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    const place = event.target.dataset?.place;
    if (!step || !place) return;
    const [row, column] = place.split(".").map(Number);
    const next = table.querySelector(`[data-place="${row + step[0]}.${column + step[1]}"]`);
    event.preventDefault();
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

function draw(root, data, choose) {
  const parts = { caption: element("div", "caption", data.note), choose };
  parts.caption.setAttribute("aria-live", "polite");
  const table = element("table", data.columns.length > 9 || data.slanted ? "upright" : "");
  table.style.setProperty("--side", `${Math.max(16, Math.min(46, Math.floor(340 / data.rows.length)))}px`);
  table.append(headings(data));
  for (const [row, name] of data.rows.entries()) {
    const line = element("tr", "");
    const heading = element("th", "row", name);
    heading.scope = "row";
    heading.title = name;
    line.append(heading);
    for (const cell of data.cells.slice(row * data.columns.length, (row + 1) * data.columns.length)) {
      const holder = element("td", "");
      holder.append(cellButton(data, cell, parts));
      line.append(holder);
    }
    table.append(line);
  }
  moveWithArrows(table);
  const holder = element("div", "scroll");
  holder.append(table);
  root.replaceChildren(holder, parts.caption);
}

export default function show(component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".matrix");
  const key = JSON.stringify(data);
  if (shown.get(root) === key) return;
  shown.set(root, key);
  const focused = root.querySelector("button:focus")?.dataset.place;
  draw(root, data, (cell) => setTriggerValue("cell", cell));
  if (focused) root.querySelector(`[data-place="${focused}"]`)?.focus();
}
