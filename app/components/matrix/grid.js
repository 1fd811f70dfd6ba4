// A picture of many cells: one button lies on the cell that is pointed at or walked to; a click or Enter chooses it.

const FAR = 10; // cells that Page Up and Page Down skip

function prepareGrid(root, report) {
  const cells = element("div", "cells");
  const button = element("button", "cell");
  button.type = "button";
  const mark = element("div", "chosen");
  cells.append(element("canvas", ""), mark, button);
  root.append(element("div", "corner"), cells, element("div", "note"));
  addTip(root);
  const say = () => button.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  const point = (event) => {
    if (moveTo(root, cellAt(root, event))) say();
  };
  cells.addEventListener("pointermove", point);
  cells.addEventListener("pointerdown", point);
  cells.addEventListener("click", () => {
    button.focus({ preventScroll: true });
    report("cell", root.at);
  });
  button.addEventListener("keydown", (event) => {
    const to = walked(root, event.key);
    if (!to) return;
    event.preventDefault();
    moveTo(root, to);
    say();
  });
}

function cellAt({ data, children: [, cells] }, event) {
  const { left, top, width, height } = cells.getBoundingClientRect();
  const [rows, columns] = data.names.map((names) => names.length);
  return [Math.floor(((event.clientY - top) / height) * rows), Math.floor(((event.clientX - left) / width) * columns)];
}

function walked({ data, at: [row, column] }, key) {
  const [rows, columns] = data.names.map((names) => names.length);
  if (STEPS[key]) return [row + STEPS[key][0], column + STEPS[key][1]];
  const far = { PageUp: [row - FAR, column], PageDown: [row + FAR, column], Home: [row, 0], End: [row, columns - 1] }[key];
  return far && [Math.max(0, Math.min(far[0], rows - 1)), far[1]];
}

// Lays the button on a cell; false where it lies there already or there is no such cell.
function moveTo(root, [row, column]) {
  const { data, at } = root;
  if (!data.names[0][row] || !data.names[1][column] || (at && at[0] === row && at[1] === column)) return false;
  root.at = [row, column];
  const button = root.querySelector(".cell");
  place(button, root.at, data);
  tell(button, tipOf(data, row, column));
  button.setAttribute("aria-pressed", String(data.chosen?.[0] === row && data.chosen?.[1] === column));
  return true;
}

function place(part, [row, column], { names: [rows, columns] }) {
  part.style.inset = `${(100 * row) / rows.length}% auto auto ${(100 * column) / columns.length}%`;
  part.style.width = `${100 / columns.length}%`;
  part.style.height = `${100 / rows.length}%`;
}

function tipOf({ names, counts, totals, void: hasVoid, unit }, row, column) {
  const [rows, columns] = names;
  const count = counts[row * columns.length + column];
  const lines = [`true ${rows[row]}, predicted ${columns[column]}`, `${count.toLocaleString("en")} ${unit}`];
  if (hasVoid && row === rows.length - 1) return [...lines, "void in the target"].join("\n");
  lines.push(`${percent(count, totals[0][row])} of true ${rows[row]}`);
  lines.push(`${percent(count, totals[1][column])} of predicted ${columns[column]}`);
  return lines.join("\n");
}

// 0 and 100 only where it is just that.
function percent(part, whole) {
  if (!whole) return "∅";
  const share = (100 * part) / whole;
  if (part && share < 0.05) return "< 0.1 %";
  return part < whole && share >= 99.95 ? "> 99.9 %" : `${share.toFixed(1)} %`;
}

function paint(canvas, { names: [rows, columns], alphas, colours }) {
  [canvas.width, canvas.height] = [columns.length, rows.length];
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns.length, rows.length);
  const channels = colours.map((colour) => [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16)));
  alphas.forEach((alpha, index) => {
    const right = Math.floor(index / columns.length) === index % columns.length;
    picture.data.set([...channels[right ? 0 : 1], alpha], 4 * index);
  });
  context.putImageData(picture, 0, 0);
}

export default function show(component) {
  const { data } = component;
  const root = prepared(component, ".matrix", prepareGrid);
  if (!isNew(root, data)) return;
  root.data = data;
  const [corner, cells, note] = root.children;
  const [canvas, mark] = cells.children;
  write(corner, data.corner);
  write(note, data.note);
  if (isNew(canvas, [data.alphas, data.names])) paint(canvas, data);
  cells.style.aspectRatio = `${data.names[1].length} / ${data.names[0].length}`;
  mark.hidden = !data.chosen;
  if (data.chosen) place(mark, data.chosen, data);
  const at = root.at ?? data.chosen ?? [0, 0];
  root.at = null;
  if (!moveTo(root, at)) moveTo(root, [0, 0]);
}
