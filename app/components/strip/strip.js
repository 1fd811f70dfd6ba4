// A line of scores, one button a score: pointing at one or moving to it with the arrow keys explains it.

function prepareLine(root, report) {
  const [line, ticks] = [element("div", "line"), element("div", "ticks")];
  ticks.setAttribute("aria-hidden", "true");
  line.append(ticks, element("span", "track"), element("div", "dots"), element("div", "labels"));
  root.append(line, element("div", "caption"));
  addTip(root);
  moveWithArrows(root, (button, [down, right]) =>
    down + right > 0 ? button.nextElementSibling : button.previousElementSibling);
  root.addEventListener("click", (event) => {
    const index = event.target.closest("button")?.dataset.index;
    if (index) report("dot", Number(index));
  });
}

function newDot() {
  const button = element("button", "dot");
  button.type = "button";
  button.tabIndex = -1;
  return button;
}

function drawDot(button, dot) {
  button.className = `dot ${dot.kind}`;
  button.style.background = dot.colour;
  button.style.left = `${dot.place}%`;
  button.style.setProperty("--size", `${dot.size}px`);
  // The user's own score is where the page already is: nothing to take.
  button.dataset.index = dot.index ?? "";
  tell(button, dot.tip);
}

function drawText(span, { place, text, at }) {
  span.className = at;
  span.style.setProperty("--place", `${place}%`);
  span.textContent = text;
}

export default function show(component) {
  const { data } = component;
  const root = prepared(component, ".strip", prepareLine);
  if (!isNew(root, data)) return;
  const [line, caption] = root.children;
  const [ticks, , dots, labels] = line.children;
  const newText = () => element("span", "");
  fill(ticks, data.ticks.map((tick) => ({ ...tick, at: "tick" })), newText, drawText);
  fill(dots, data.dots, newDot, drawDot);
  fill(labels, data.labels, newText, drawText);
  write(caption, data.caption);
  keepOneStop(root);
}
