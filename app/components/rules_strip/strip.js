// A line from the lowest to the highest score, one button a rule; pointing at one names its rule below the line.

const shown = new WeakMap();

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function position(data, value) {
  const span = data.high - data.low || 1;
  return `${3 + (94 * (value - data.low)) / span}%`;
}

function dot(data, rule, caption, choose) {
  const button = element("button", rule.current ? "dot current" : "dot");
  button.type = "button";
  button.style.left = position(data, rule.value);
  button.setAttribute("aria-label", `${rule.text}: ${rule.label}`);
  const say = () => { caption.textContent = `${rule.text} · ${rule.label}`; };
  const rest = () => { caption.textContent = data.caption; };
  button.addEventListener("pointerenter", say);
  button.addEventListener("focus", say);
  button.addEventListener("pointerleave", rest);
  button.addEventListener("blur", rest);
  button.addEventListener("click", () => rule.current || choose(rule.index));
  return button;
}

function label(data, text, value, className) {
  const made = element("span", `value ${className}`, text);
  made.style.left = position(data, value);
  return made;
}

export default function show(component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".rules-strip");
  const key = JSON.stringify(data);
  if (shown.get(root) === key) return;
  shown.set(root, key);
  const caption = element("div", "caption", data.caption);
  const line = element("div", "line");
  const choose = (index) => setTriggerValue("rule", index);
  line.append(element("span", "track"), ...data.rules.map((rule) => dot(data, rule, caption, choose)));
  for (const rule of data.rules) {
    if (rule.current) line.append(label(data, rule.text, rule.value, "here"));
    else if (rule.value === data.low || rule.value === data.high) line.append(label(data, rule.text, rule.value, "end"));
  }
  root.replaceChildren(line, caption);
}
