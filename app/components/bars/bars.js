// One row a bar: its label, the bar on an axis that all share, and its number beside it.

function prepareBars(root) {
  const [plot, axis, rows] = [element("div", "plot"), element("div", "axis"), element("div", "rows")];
  axis.setAttribute("aria-hidden", "true");
  rows.setAttribute("role", "list");
  plot.append(axis, rows, element("div", "title"));
  root.append(plot);
  addTip(root);
}

function newRow() {
  const row = element("div", "");
  row.setAttribute("role", "listitem");
  const lane = element("div", "lane");
  lane.append(element("span", "joint"), element("span", "bar"), element("span", "text"));
  row.append(element("div", "label"), lane);
  return row;
}

function drawRow(row, bar) {
  row.className = `row ${bar.kind}`;
  row.dataset.tip = bar.tip;
  const [label, lane] = row.children;
  const [joint, box, text] = lane.children;
  label.textContent = bar.label;
  joint.hidden = bar.joint === null;
  joint.style.left = `${bar.joint}%`;
  box.style.background = bar.colour;
  box.style.left = `${bar.left}%`;
  box.style.width = `${bar.right - bar.left}%`;
  text.textContent = bar.text;
  text.style.left = bar.side === "right" ? `${bar.right}%` : "";
  text.style.right = bar.side === "left" ? `${100 - bar.left}%` : "";
}

function newTick() {
  const tick = element("div", "");
  tick.append(element("span", ""));
  return tick;
}

function drawTick(tick, { place, text, zero }) {
  tick.className = zero ? "tick zero" : "tick";
  tick.style.left = `${place}%`;
  tick.firstElementChild.textContent = text;
}

export default function show(component) {
  const { data } = component;
  const root = prepared(component, ".bars", prepareBars);
  if (!isNew(root, data)) return;
  const [plot] = root.children;
  const [axis, rows, title] = plot.children;
  // Room in letters for the labels, and for numbers left and right of the bars.
  if (isNew(plot, data.room)) {
    for (const [name, letters] of Object.entries(data.room)) plot.style.setProperty(`--${name}`, letters);
  }
  rows.setAttribute("aria-label", data.summary);
  fill(axis, data.ticks, newTick, drawTick);
  fill(rows, data.rows, newRow, drawRow);
  write(title, data.title);
}
