// From pixels to layers at the picture's own size, and from layers to the screen.

const DIMMED = 0.12; // opacity of pixels outside a highlighted cell, relative to the others
const HATCHES = { falsePositive: ["/", "rgba(0,0,0,0.55)"], falseNegative: ["\\", "rgba(255,255,255,0.65)"], wrong: ["/", "rgba(0,0,0,0.5)"] };
const FEW_PIXELS = 4000;

// Returns { colour: canvas, hatched: [[name, canvas]], halo: canvas | null } for the chosen mode.
function paintLayers(pixels, data, mode) {
  const highlight = matchHighlight(pixels, data);
  const sorted = mode === "errors" ? categorise(pixels, data) : null;
  const fill = fillOf(pixels, data, mode, sorted);
  const layers = { colour: paintColours(pixels, fill, highlight), hatched: [], halo: null, few: null, highlight, sorted };
  if (sorted) {
    for (const name of Object.keys(HATCHES)) {
      const category = CATEGORY_NAMES.indexOf(name);
      const inside = (index) => sorted.categories[index] === category && (!highlight || highlight.matches[index]);
      if (sorted.counts[category]) layers.hatched.push([name, paintMask(pixels, inside)]);
    }
  }
  if (highlight && highlight.count) {
    layers.halo = paintMask(pixels, (index) => highlight.matches[index]);
    if (highlight.count <= FEW_PIXELS) layers.few = listMarks(pixels, highlight.matches, fill);
  }
  return layers;
}

// Returns a function from a pixel's index to its [red, green, blue, opacity].
function fillOf(pixels, data, mode, sorted) {
  if (mode === "errors") {
    const colours = CATEGORY_NAMES.map((name) => DEFAULT_COLOURS[name]);
    const opacities = [140, pixels.picture ? 110 : 255, 255, 255, 255, 255, 0];
    const table = colours.map((colour, category) => [...colour, opacities[category]]);
    return (index) => table[sorted.categories[index]];
  }
  if (mode === "probability") {
    const plane = shownPlane(pixels, data.focus) ?? new Uint8Array(pixels.truth.length);
    const table = Array.from({ length: 256 }, (_, value) => [...rampColour(value / 255), 255]);
    return (index) => table[plane[index]];
  }
  const labels = mode === "truth" ? pixels.truth : pixels.predicted;
  const table = Array.from({ length: 256 }, () => [...DEFAULT_COLOURS.uncounted, 140]);
  data.colours.forEach((colour, label) => { table[label] = [...parseColour(colour), 255]; });
  return (index) => table[labels[index]];
}

function paintColours(pixels, fill, highlight) {
  const canvas = newCanvas(pixels.width, pixels.height);
  const image = new ImageData(pixels.width, pixels.height);
  for (let index = 0, at = 0; index < pixels.truth.length; index += 1, at += 4) {
    const colour = fill(index);
    image.data[at] = colour[0];
    image.data[at + 1] = colour[1];
    image.data[at + 2] = colour[2];
    image.data[at + 3] = !highlight ? colour[3] : highlight.matches[index] ? 255 : colour[3] * DIMMED;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function paintMask(pixels, inside) {
  const canvas = newCanvas(pixels.width, pixels.height);
  const image = new ImageData(pixels.width, pixels.height);
  for (let index = 0; index < pixels.truth.length; index += 1) if (inside(index)) image.data[index * 4 + 3] = 255;
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function listMarks(pixels, matches, fill) {
  const marks = [];
  matches.forEach((match, index) => {
    if (match) marks.push([Math.floor(index / pixels.width), index % pixels.width, `rgb(${fill(index).slice(0, 3).join(",")})`]);
  });
  return marks;
}

// Draws everything; `view` = { left, top, scale } maps picture coordinates to pixels of the screen's canvas.
function drawScene(context, scratch, scene) {
  const { canvas } = context;
  const { pixels, layers, view, opacity, ratio, colours } = scene;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (pixels.picture) {
    drawLayer(context, pixels.picture, view, 1);
    // The more overlay, the less of the picture's own colours, which would mix with the overlay's.
    drawLayer(context, pixels.greyPicture, view, Math.min(1, opacity * 2));
  }
  if (layers.highlight) veil(context, pixels, view, colours.background);
  if (layers.halo) drawHalo(context, scratch, scene);
  drawLayer(context, layers.colour, view, layers.halo ? Math.max(opacity, 0.5) : opacity);
  for (const [name, mask] of layers.hatched) drawHatch(context, scratch, mask, view, name, opacity, ratio);
  if (layers.few) drawFew(context, scene);
}

function drawLayer(context, layer, view, opacity, shiftX = 0, shiftY = 0) {
  context.globalAlpha = opacity;
  // Enlarged pixels stay crisp; in a reduced picture an average keeps thin errors visible.
  context.imageSmoothingEnabled = view.scale < 1;
  context.imageSmoothingQuality = "medium";
  context.drawImage(layer, view.left + shiftX, view.top + shiftY, layer.width * view.scale, layer.height * view.scale);
  context.globalAlpha = 1;
}

function veil(context, pixels, view, background) {
  context.globalAlpha = pixels.picture ? 0.6 : 0;
  context.fillStyle = background;
  context.fillRect(view.left, view.top, pixels.width * view.scale, pixels.height * view.scale);
  context.globalAlpha = 1;
}

function stencil(context, scratch, mask, view, fill) {
  scratch.globalCompositeOperation = "source-over";
  scratch.clearRect(0, 0, scratch.canvas.width, scratch.canvas.height);
  drawLayer(scratch, mask, view, 1);
  scratch.globalCompositeOperation = "source-in";
  scratch.fillStyle = fill;
  scratch.fillRect(0, 0, scratch.canvas.width, scratch.canvas.height);
}

// Rings the highlighted pixels: their shape moved to all sides, minus the shape itself.
function drawHalo(context, scratch, scene) {
  const { width, height } = context.canvas;
  const ring = newCanvas(width, height).getContext("2d");
  stencil(context, scratch, scene.layers.halo, scene.view, scene.colours.text);
  const reach = 1.5 * scene.ratio;
  for (const [x, y] of [[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, -1], [1, 0], [1, 1]]) {
    ring.drawImage(scratch.canvas, x * reach, y * reach);
  }
  ring.globalCompositeOperation = "destination-out";
  ring.drawImage(scratch.canvas, 0, 0);
  context.drawImage(ring.canvas, 0, 0);
}

function drawHatch(context, scratch, mask, view, name, opacity, ratio) {
  const [direction, colour] = HATCHES[name];
  stencil(context, scratch, mask, view, context.createPattern(hatchTile(direction, colour, ratio), "repeat"));
  context.globalAlpha = opacity;
  context.drawImage(scratch.canvas, 0, 0);
  context.globalAlpha = 1;
}

function hatchTile(direction, colour, ratio) {
  const size = Math.round(7 * ratio);
  const tile = newCanvas(size, size);
  const context = tile.getContext("2d");
  context.strokeStyle = colour;
  context.lineWidth = 1.3 * ratio;
  for (const shift of [-size, 0, size]) {
    context.beginPath();
    context.moveTo(shift, direction === "/" ? size : 0);
    context.lineTo(shift + size, direction === "/" ? 0 : size);
    context.stroke();
  }
  return tile;
}

// A few highlighted pixels in a large picture get a mark of their own, or they would be smaller than the screen's pixels.
function drawFew(context, scene) {
  const { layers, view, ratio, colours } = scene;
  const size = 3 * ratio;
  if (view.scale >= size) return;
  const square = (row, column, side, colour) => {
    context.fillStyle = colour;
    context.fillRect(view.left + (column + 0.5) * view.scale - side / 2, view.top + (row + 0.5) * view.scale - side / 2, side, side);
  };
  for (const [row, column] of layers.few) square(row, column, size + 2 * ratio, colours.text);
  for (const [row, column, colour] of layers.few) square(row, column, size, colour);
}

function drawCursor(context, view, ratio, row, column) {
  const size = Math.max(view.scale, 9 * ratio);
  const x = view.left + (column + 0.5) * view.scale - size / 2;
  const y = view.top + (row + 0.5) * view.scale - size / 2;
  for (const [colour, width] of [["#ffffff", 3.5], ["#111111", 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.strokeRect(x, y, size, size);
  }
}
