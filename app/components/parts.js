// What the components share: drawing only what is new, a box of text for the part pointed at, arrow keys.

const shown = new WeakMap();
const reporters = new WeakMap();

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// True where an element is to show something else than it does.
function isNew(holder, item) {
  const key = JSON.stringify(item);
  if (shown.get(holder) === key) return false;
  shown.set(holder, key);
  return true;
}

function write(holder, text) {
  if (holder.textContent !== text) holder.textContent = text;
}

// One child an item; children whose item stays the same are not touched.
function fill(parent, items, make, draw) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  items.forEach((item, place) => {
    const child = parent.children[place] ?? parent.appendChild(make(place));
    if (isNew(child, item)) draw(child, item, place);
  });
}

// The component's root, prepared once; report(name, value) tells the server, by whatever way the last run gave.
function prepared(component, selector, prepare) {
  const root = component.parentElement.querySelector(selector);
  reporters.set(root, component.setTriggerValue);
  if (!root.firstElementChild) prepare(root, (name, value) => reporters.get(root)?.(name, value));
  return root;
}

// Text of what is pointed at or has the focus, in a box above all else; its first line is the heading.
function tell(part, text) {
  part.dataset.tip = text;
  part.setAttribute("aria-label", text.replaceAll("\n", "; "));
}

function addTip(root) {
  const tip = element("div", "tip");
  tip.popover = "manual";
  tip.setAttribute("aria-hidden", "true");
  const hide = () => tip.matches(":popover-open") && tip.hidePopover();
  const say = (event) => {
    const part = event.target.closest("[data-tip]");
    if (!part) return hide();
    tip.textContent = part.dataset.tip;
    if (!tip.matches(":popover-open")) tip.showPopover();
    const [around, size] = [part.getBoundingClientRect(), tip.getBoundingClientRect()];
    const left = around.left + (around.width - size.width) / 2;
    tip.style.left = `${Math.max(8, Math.min(left, window.innerWidth - size.width - 8))}px`;
    tip.style.top = `${around.top >= size.height + 8 ? around.top - size.height - 6 : around.bottom + 6}px`;
  };
  root.addEventListener("pointerover", say);
  root.addEventListener("pointerleave", hide);
  root.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && say(event));
  root.addEventListener("focusout", hide);
  root.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  root.append(tip);
  return hide;
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// One stop for the tab key among all buttons; arrows move on to the button that next(button, step) finds.
function moveWithArrows(root, next) {
  root.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || !event.target.matches("button")) return;
    event.preventDefault();
    const button = next(event.target, step);
    if (!button) return;
    event.target.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
  });
}

function keepOneStop(root) {
  if (root.querySelector("button[tabindex='0']")) return;
  const first = root.querySelector("button");
  if (first) first.tabIndex = 0;
}
