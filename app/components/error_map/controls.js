// The elements around the canvas. Every name reaches the page as text, never as HTML.

const MODES = [["errors", "Errors"], ["truth", "Truth"], ["prediction", "Prediction"], ["probability", "Probability"]];
const HINT = "Point at a pixel to read it, click to choose its class pair.";
const KEYS = "Arrows move, Shift + arrows move by 10, Enter chooses, + − 0 zoom, Page Up and Page Down change the image.";

function element(tag, properties = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

function button(text, label, onclick) {
  return element("button", { type: "button", textContent: text, title: label, "aria-label": label, onclick });
}

function buildControls(root, actions) {
  const parts = {
    previous: button("‹", "Previous image (Page Up)", () => actions.step(-1)),
    next: button("›", "Next image (Page Down)", () => actions.step(1)),
    label: element("span", { className: "label" }),
    position: element("span", { className: "position" }),
    canvas: element("canvas", { tabIndex: 0, role: "application", "aria-roledescription": "error map" }),
    readout: element("div", { className: "readout", role: "status", "aria-live": "off" }),
    legend: element("ul", { className: "legend", "aria-label": "Legend" }),
    opacity: element("input", { type: "range", min: 0, max: 100, step: 5, "aria-label": "Opacity of the overlay" }),
    modes: {},
  };
  parts.opacity.oninput = () => actions.setOpacity(Number(parts.opacity.value) / 100);
  for (const [mode, text] of MODES) {
    parts.modes[mode] = element("button", { type: "button", textContent: text, role: "radio", "aria-checked": "false", onclick: () => actions.setMode(mode) });
  }
  const modeGroup = element("div", { className: "group modes", role: "radiogroup", "aria-label": "View" }, Object.values(parts.modes));
  modeGroup.onkeydown = (event) => moveBetweenModes(event, parts.modes, actions);
  parts.steps = element("div", { className: "group steps" }, [parts.previous, parts.next, parts.label, parts.position]);
  const zoom = element("div", { className: "group zoom" }, [
    button("+", "Zoom in (+)", () => actions.zoom(1.6)),
    button("−", "Zoom out (−)", () => actions.zoom(1 / 1.6)),
    button("⤢", "Show the whole image (0)", () => actions.reset()),
  ]);
  parts.overlay = element("label", { className: "group overlay" }, ["overlay", parts.opacity]);
  root.append(
    element("div", { className: "row" }, [parts.steps, modeGroup]),
    element("div", { className: "stage" }, [parts.canvas, zoom]),
    element("div", { className: "row" }, [parts.legend, parts.overlay]),
    parts.readout,
  );
  return parts;
}

// Radio buttons share one tab stop; arrows move within them.
function moveBetweenModes(event, modes, actions) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const shown = MODES.map(([mode]) => mode).filter((mode) => !modes[mode].hidden);
  const at = shown.findIndex((mode) => modes[mode].tabIndex === 0);
  const next = shown[(at + step + shown.length) % shown.length];
  actions.setMode(next);
  modes[next].focus();
}

function showControls(parts, data, pixels, state) {
  for (const [mode] of MODES) {
    const chosen = mode === state.mode;
    parts.modes[mode].hidden = mode === "probability" && shownPlane(pixels, data.focus) === null;
    parts.modes[mode].setAttribute("aria-checked", String(chosen));
    parts.modes[mode].tabIndex = chosen ? 0 : -1;
  }
  parts.previous.hidden = parts.next.hidden = data.stepping === "none";
  parts.previous.disabled = !["both", "previous"].includes(data.stepping);
  parts.next.disabled = !["both", "next"].includes(data.stepping);
  parts.label.textContent = parts.label.title = data.label;
  parts.position.textContent = data.position;
  parts.overlay.hidden = !pixels.picture;
  parts.opacity.value = Math.round(state.opacity * 100);
  const focus = data.focus === null ? "" : `, class ${data.classNames[data.focus]}`;
  const what = `${MODES.find(([mode]) => mode === state.mode)[1]} of ${data.label || "the image"}${focus}`;
  parts.canvas.setAttribute("aria-label", `${what}, ${data.height} by ${data.width} pixels. ${KEYS}`);
}

function showLegend(parts, data, pixels, layers, mode) {
  const items = legendItems(data, pixels, layers, mode);
  const entries = items.map(({ fill, text, wide }) => {
    if (!fill) return element("li", { className: "heading", textContent: text });
    const swatch = element("span", { className: wide ? "swatch scale" : "swatch" });
    swatch.style.background = fill;
    return element("li", {}, [swatch, element("span", { textContent: text })]);
  });
  parts.legend.replaceChildren(...entries);
}

function legendItems(data, pixels, layers, mode) {
  const { highlight } = layers;
  const cell = highlight ? [{ text: `${cellName(data)}: ${highlight.count.toLocaleString("en")} px here` }] : [];
  if (mode === "errors") return [...cell, ...categoryItems(data, layers.sorted.counts)];
  if (mode === "probability") {
    const name = data.focus === null ? "largest probability" : `probability of ${data.classNames[data.focus]}`;
    const stops = RAMP.map((colour) => `rgb(${colour.join(",")})`).join(",");
    return [...cell, { fill: `linear-gradient(90deg, ${stops})`, text: `${name}, 0 to 1`, wide: true }];
  }
  const counts = countLabels(mode === "truth" ? pixels.truth : pixels.predicted);
  const items = data.classNames.map((name, label) => ({ fill: data.colours[label], text: name, count: counts[label] }));
  items.push({ fill: `rgb(${DEFAULT_COLOURS.uncounted.join(",")})`, text: mode === "truth" ? "void" : "outside the classes", count: counts[OTHER] });
  return [...cell, ...items.filter(({ count }) => count)];
}

function categoryItems(data, counts) {
  const texts = { correct: "correct", wrong: "wrong", truePositive: "TP", falsePositive: "FP", falseNegative: "FN", uncounted: uncountedName(data), rest: "TN" };
  const shown = data.focus === null ? ["correct", "wrong"] : ["truePositive", "falsePositive", "falseNegative"];
  const items = data.focus === null ? [] : [{ text: focusName(data) }];
  if (data.focus !== null && data.highlight) shown.push("rest");
  if (counts[UNCOUNTED]) shown.push("uncounted");
  for (const name of shown) {
    const count = counts[CATEGORY_NAMES.indexOf(name)].toLocaleString("en");
    items.push({ fill: hatchedFill(name), text: `${texts[name]} ${count}` });
  }
  return items;
}

function uncountedName(data) {
  const reasons = [data.uncounted.includes(OTHER) ? "void" : "", data.uncounted.some((label) => label !== OTHER) ? "ignored" : ""];
  return `${reasons.filter(Boolean).join(" or ") || "outside the classes"}, not counted`;
}

function focusName(data) {
  const name = data.classNames[data.focus];
  return data.threshold === null || !data.parts.probabilities ? name : `${name}, p ${data.thresholdTie === ">" ? ">" : "≥"} ${data.threshold.toFixed(3)}`;
}

function hatchedFill(name) {
  const colour = `rgb(${DEFAULT_COLOURS[name].join(",")})`;
  if (!HATCHES[name]) return colour;
  const [direction, line] = HATCHES[name];
  const angle = direction === "/" ? "135deg" : "45deg";
  return `repeating-linear-gradient(${angle}, ${line} 0 1.3px, transparent 1.3px 5px), ${colour}`;
}

function truthName(data, label) {
  return label === OTHER ? "void" : (data.classNames[label] ?? String(label));
}

function predictedName(data, label) {
  return label === OTHER ? "outside the classes" : (data.classNames[label] ?? String(label));
}

function cellName(data) {
  const [truth, predicted] = data.highlight;
  const parts = [];
  if (truth >= 0) parts.push(`true ${truthName(data, truth)}`);
  if (predicted >= 0) parts.push(`predicted ${predictedName(data, predicted)}`);
  return parts.join(" · ");
}

// What the pixel under the pointer is: its place, its labels, its probabilities.
function showReadout(parts, data, pixels, place) {
  if (place === null) {
    parts.readout.replaceChildren(element("span", { className: "hint", textContent: HINT }));
    return;
  }
  const index = place.row * data.width + place.column;
  const truth = pixels.truth[index], predicted = pixels.predicted[index];
  const own = pixels.probabilities.get(predicted) ?? pixels.probabilities.get(OTHER);
  const probability = own && predicted !== OTHER ? ` · p(${predictedName(data, predicted)}) = ${(own[index] / 255).toFixed(2)}` : "";
  const text = `(${place.row}, ${place.column}) true ${truthName(data, truth)} · predicted ${predictedName(data, predicted)}${probability}`;
  const others = element("span", { className: "others", textContent: otherProbabilities(data, pixels, index, predicted) });
  parts.readout.replaceChildren(element("span", { textContent: text }), others);
}

function otherProbabilities(data, pixels, index, predicted) {
  const entries = [...pixels.probabilities].filter(([label, plane]) => label !== OTHER && label !== predicted && plane[index] > 0);
  entries.sort(([, first], [, second]) => second[index] - first[index]);
  return entries.slice(0, 3).map(([label, plane]) => `p(${data.classNames[label]}) = ${(plane[index] / 255).toFixed(2)}`).join(" · ");
}
