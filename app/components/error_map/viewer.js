// One viewer a component: its state, and what mouse, touch and keyboard do to it.

const MAXIMAL_HEIGHT = 460;
const MAXIMAL_PIXEL = 64; // no pixel of the picture grows beyond this many pixels of the page
const CLICK_REACH = 4;

const viewers = new WeakMap();
const memories = new Map(); // mode and opacity a key, so that they outlive a page change

class Viewer {
  constructor(root) {
    this.root = root;
    this.state = { mode: "errors", opacity: 0.65, zoom: 1, centre: null };
    this.pixels = null;
    this.place = null;
    this.pointers = new Map();
    this.generation = 0;
    this.lease = 0;
    this.parts = buildControls(root, {
      step: (step) => this.report("step", step),
      setMode: (mode) => this.remember({ mode }),
      setOpacity: (opacity) => this.remember({ opacity }),
      zoom: (factor) => this.zoomBy(factor, null),
      reset: () => this.resetView(),
    });
    this.context = this.parts.canvas.getContext("2d");
    this.scratch = newCanvas(1, 1).getContext("2d");
    this.listen();
    this.observer = new ResizeObserver(() => this.requestDraw());
    this.observer.observe(root);
  }

  async update(message, report) {
    this.report = report;
    // A rerun that changes nothing on the map hands over the same data again.
    const { header, rest } = readMessage(message);
    if (header === this.header) return;
    this.header = header;
    const data = JSON.parse(header);
    const generation = (this.generation += 1);
    const pixels = await decodePixels(data, splitParts(rest, data.parts), this.pixels);
    if (generation !== this.generation) return; // a later image has overtaken this one
    const sameSize = this.pixels !== null && this.pixels.height === pixels.height && this.pixels.width === pixels.width;
    this.recall(data);
    this.data = data;
    this.pixels = pixels;
    if (!sameSize) {
      this.place = null;
      this.state.zoom = 1;
      this.state.centre = null;
    }
    this.refresh();
  }

  // The reader's choice of mode stays until Python asks for another one.
  recall(data) {
    const memory = memories.get(data.memory) ?? { asked: data.mode, mode: data.mode, opacity: 0.65 };
    if (memory.asked !== data.mode) Object.assign(memory, { asked: data.mode, mode: data.mode });
    memories.set(data.memory, memory);
    Object.assign(this.state, { mode: memory.mode, opacity: memory.opacity });
  }

  remember(change) {
    Object.assign(this.state, change);
    Object.assign(memories.get(this.data.memory), change);
    this.refresh("opacity" in change ? "screen" : "layers");
  }

  // The mode to draw: probabilities may be missing for this image or class.
  shownMode() {
    const missing = this.state.mode === "probability" && shownPlane(this.pixels, this.data.focus) === null;
    return missing ? "errors" : this.state.mode;
  }

  refresh(what = "layers") {
    const mode = this.shownMode();
    if (what === "layers") this.layers = paintLayers(this.pixels, this.data, mode);
    showControls(this.parts, this.data, this.pixels, { ...this.state, mode });
    if (what === "layers") showLegend(this.parts, this.data, this.pixels, this.layers, mode);
    showReadout(this.parts, this.data, this.pixels, this.place);
    this.requestDraw();
  }

  requestDraw() {
    if (this.frame || !this.pixels) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    const { canvas } = this.parts;
    const width = this.root.clientWidth;
    if (!width) return;
    const height = Math.round(Math.min(MAXIMAL_HEIGHT, (width * this.pixels.height) / this.pixels.width));
    const ratio = window.devicePixelRatio || 1;
    for (const each of [canvas, this.scratch.canvas]) {
      if (each.width !== Math.round(width * ratio)) each.width = Math.round(width * ratio);
      if (each.height !== Math.round(height * ratio)) each.height = Math.round(height * ratio);
    }
    canvas.style.height = `${height}px`;
    canvas.classList.toggle("zoomed", this.state.zoom > 1);
    const style = getComputedStyle(this.root);
    const colours = { background: style.getPropertyValue("--st-background-color") || "#ffffff", text: style.color };
    const view = this.view();
    const opacity = this.pixels.picture ? this.state.opacity : 1;
    drawScene(this.context, this.scratch, { pixels: this.pixels, layers: this.layers, view, opacity, ratio, colours });
    if (this.place) drawCursor(this.context, view, ratio, this.place.row, this.place.column);
  }

  // Maps picture coordinates to canvas pixels; keeps the picture inside the canvas as far as it goes.
  view() {
    const { width, height } = this.parts.canvas;
    const fit = Math.min(width / this.pixels.width, height / this.pixels.height);
    const scale = fit * this.state.zoom;
    const centre = this.state.centre ?? { x: this.pixels.width / 2, y: this.pixels.height / 2 };
    const clamp = (value, size, room) => {
      const half = room / scale / 2;
      return size <= 2 * half ? size / 2 : Math.min(Math.max(value, half), size - half);
    };
    const x = clamp(centre.x, this.pixels.width, width);
    const y = clamp(centre.y, this.pixels.height, height);
    this.state.centre = { x, y };
    return { left: width / 2 - x * scale, top: height / 2 - y * scale, scale, fit };
  }

  // Canvas pixels under a pointer event.
  point(event) {
    const box = this.parts.canvas.getBoundingClientRect();
    const { width, height } = this.parts.canvas;
    return { x: ((event.clientX - box.left) / box.width) * width, y: ((event.clientY - box.top) / box.height) * height };
  }

  placeAt(event) {
    const view = this.view();
    const { x, y } = this.point(event);
    const column = Math.floor((x - view.left) / view.scale), row = Math.floor((y - view.top) / view.scale);
    const inside = row >= 0 && column >= 0 && row < this.pixels.height && column < this.pixels.width;
    return inside ? { row, column } : null;
  }

  moveTo(place, live) {
    this.place = place;
    this.parts.readout.setAttribute("aria-live", live);
    showReadout(this.parts, this.data, this.pixels, place);
    this.requestDraw();
  }

  zoomBy(factor, event) {
    const before = this.view();
    const ratio = window.devicePixelRatio || 1;
    const largest = Math.max(1, (MAXIMAL_PIXEL * ratio) / before.fit);
    const zoom = Math.min(Math.max(this.state.zoom * factor, 1), largest);
    const { width, height } = this.parts.canvas;
    const anchor = event ? this.point(event) : { x: width / 2, y: height / 2 };
    // The picture's point under the pointer stays under it.
    const x = (anchor.x - before.left) / before.scale, y = (anchor.y - before.top) / before.scale;
    const scale = before.fit * zoom;
    this.state.zoom = zoom;
    this.state.centre = { x: x + (width / 2 - anchor.x) / scale, y: y + (height / 2 - anchor.y) / scale };
    this.requestDraw();
  }

  resetView() {
    this.state.zoom = 1;
    this.state.centre = null;
    this.requestDraw();
  }

  pick(place) {
    const index = place.row * this.pixels.width + place.column;
    this.report("pick", { row: place.row, column: place.column, true: this.pixels.truth[index], predicted: this.pixels.predicted[index] });
  }

  listen() {
    const { canvas } = this.parts;
    canvas.addEventListener("pointerdown", (event) => this.onPointerDown(event));
    canvas.addEventListener("pointermove", (event) => this.onPointerMove(event));
    canvas.addEventListener("pointerup", (event) => this.onPointerUp(event));
    canvas.addEventListener("pointercancel", () => this.stopDragging());
    canvas.addEventListener("pointerleave", () => this.pixels && !this.drag && this.moveTo(null, "off"));
    canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.onKey(event));
    canvas.addEventListener("focus", () => this.showKeys());
  }

  showKeys() {
    if (this.place || !this.parts.canvas.matches(":focus-visible")) return;
    this.parts.readout.replaceChildren(element("span", { className: "hint", textContent: KEYS }));
  }

  onPointerDown(event) {
    if (!this.pixels || event.button !== 0) return;
    this.parts.canvas.setPointerCapture(event.pointerId);
    this.drag = { x: event.clientX, y: event.clientY, centre: { ...this.state.centre }, moved: false };
  }

  onPointerMove(event) {
    if (!this.pixels) return;
    if (this.drag) this.dragTo(event);
    if (!this.drag?.moved) this.moveTo(this.placeAt(event), "off");
  }

  dragTo(event) {
    const across = event.clientX - this.drag.x, down = event.clientY - this.drag.y;
    if (Math.hypot(across, down) > CLICK_REACH) this.drag.moved = true;
    if (!this.drag.moved || this.state.zoom === 1) return;
    const ratio = window.devicePixelRatio || 1;
    const { scale } = this.view();
    this.state.centre = { x: this.drag.centre.x - (across * ratio) / scale, y: this.drag.centre.y - (down * ratio) / scale };
    this.parts.canvas.classList.add("dragging");
    this.requestDraw();
  }

  onPointerUp(event) {
    if (!this.pixels || !this.drag) return;
    const { moved } = this.drag;
    this.stopDragging();
    const place = this.placeAt(event);
    if (!moved && place) this.pick(place);
  }

  stopDragging() {
    this.drag = null;
    this.parts.canvas.classList.remove("dragging");
  }

  // The page scrolls over the map as over anything else, unless the map was clicked first or Ctrl is held.
  onWheel(event) {
    const chosen = this.root.getRootNode().activeElement === this.parts.canvas || event.ctrlKey || event.metaKey;
    if (!this.pixels || !chosen || (this.state.zoom === 1 && event.deltaY > 0)) return;
    event.preventDefault();
    this.zoomBy(Math.exp(-Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 100) * 0.003), event);
    this.moveTo(this.placeAt(event), "off");
  }

  onKey(event) {
    if (!this.pixels || event.altKey || event.ctrlKey || event.metaKey) return;
    const arrow = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const actions = {
      Enter: () => this.place && this.pick(this.place),
      " ": () => this.place && this.pick(this.place),
      "+": () => this.zoomBy(1.6, null),
      "=": () => this.zoomBy(1.6, null),
      "-": () => this.zoomBy(1 / 1.6, null),
      0: () => this.resetView(),
      PageUp: () => this.parts.previous.disabled || this.report("step", -1),
      PageDown: () => this.parts.next.disabled || this.report("step", 1),
    };
    const action = arrow ? () => this.moveCursor(arrow, event.shiftKey ? 10 : 1) : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  moveCursor([down, across], step) {
    const { height, width } = this.pixels;
    const view = this.view();
    const start = this.place ?? { row: Math.floor(this.state.centre.y), column: Math.floor(this.state.centre.x) };
    const limit = (value, size) => Math.min(Math.max(value, 0), size - 1);
    const row = limit(start.row + down * step, height), column = limit(start.column + across * step, width);
    this.follow(row, column, view);
    this.moveTo({ row, column }, "polite");
  }

  // Keeps the cursor in sight while it moves through an enlarged picture.
  follow(row, column, view) {
    const canvas = this.parts.canvas;
    const x = view.left + (column + 0.5) * view.scale, y = view.top + (row + 0.5) * view.scale;
    if (x < 0 || x > canvas.width) this.state.centre.x = column + 0.5;
    if (y < 0 || y > canvas.height) this.state.centre.y = row + 0.5;
  }

  dispose() {
    this.observer.disconnect();
    if (this.frame) cancelAnimationFrame(this.frame);
    this.generation += 1;
  }
}

export default function show(component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".error-map");
  if (!viewers.has(root)) viewers.set(root, new Viewer(root));
  const viewer = viewers.get(root);
  const lease = (viewer.lease += 1);
  viewer.update(data, setTriggerValue);
  return () => {
    // Streamlit also cleans up after a call that a later one has overtaken: the later one still needs the viewer.
    if (viewer.lease !== lease) return;
    viewer.dispose();
    viewers.delete(root);
    root.replaceChildren();
  };
}
