// Reports the keys that Python asks for, unless they belong to what has the focus.

const listeners = new WeakMap();
// Streamlit lays the sidebar over a page that is no wider than this.
const OVER_THE_PAGE = matchMedia("(max-width: 768px)");
const TYPING = "input:not([type=button]):not([type=checkbox]), textarea, select, [contenteditable=true], [role=combobox]";
// Arrow keys move these; letters do nothing there.
const MOVED = "[role=slider], [role=radio], [role=tab], [role=radiogroup] *, canvas, [data-place], [role=listbox] *";

function belongsElsewhere(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return true;
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  if (target.matches(TYPING)) return true;
  return event.key.startsWith("Arrow") && target.matches(MOVED);
}

function close(button) {
  const found = OVER_THE_PAGE.matches && document.querySelector(button);
  if (found && found.checkVisibility({ visibilityProperty: true })) found.click();
}

export default function listen(component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".keyboard");
  const before = listeners.get(root);
  if (before) window.removeEventListener("keydown", before);
  const heard = (event) => {
    if (data.closes && event.key === "Escape" && !belongsElsewhere(event)) close(data.closes);
    if (!data.keys.includes(event.key) || belongsElsewhere(event)) return;
    event.preventDefault();
    setTriggerValue("key", event.key);
  };
  listeners.set(root, heard);
  window.addEventListener("keydown", heard);
  return () => {
    window.removeEventListener("keydown", heard);
  };
}
