// From a message of bytes to labels and probabilities, and from those to colours. Nothing here knows the page.

const OTHER = 255; // void in the target, outside the classes in the prediction
const DEFAULT_COLOURS = {
  correct: [0, 158, 115],
  wrong: [213, 94, 0],
  truePositive: [0, 158, 115],
  falsePositive: [230, 159, 0],
  falseNegative: [0, 114, 178],
  uncounted: [128, 130, 140],
  rest: [170, 172, 180], // seen only where a highlighted cell has nothing to do with the focus class
};
// Categories of a pixel in the errors view; the numbers index `CATEGORY_NAMES`.
const UNCOUNTED = 0, CORRECT = 1, WRONG = 2, TRUE_POSITIVE = 3, FALSE_POSITIVE = 4, FALSE_NEGATIVE = 5, REST = 6;
const CATEGORY_NAMES = ["uncounted", "correct", "wrong", "truePositive", "falsePositive", "falseNegative", "rest"];
// Cividis, which readers with and without colour blindness see as the same even ramp.
const RAMP = ["#00224e", "#2a3f6d", "#575d6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838"].map(parseColour);

function parseColour(text) {
  return [1, 3, 5].map((start) => parseInt(text.slice(start, start + 2), 16));
}

function rampColour(share) {
  const place = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(place), RAMP.length - 2);
  return RAMP[low].map((channel, index) => Math.round(channel + (RAMP[low + 1][index] - channel) * (place - low)));
}

function newCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

// A message is the length of a JSON text, the text, and parts; the text lists the digest and length of each.
function readMessage(bytes) {
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return { header: new TextDecoder().decode(bytes.subarray(4, end)), rest: bytes.subarray(end) };
}

function splitParts(bytes, listed) {
  let at = 0;
  return Object.fromEntries(
    Object.entries(listed).map(([name, [, length]]) => [name, bytes.subarray(at, (at += length))])
  );
}

// Photographs are only looked at; large ones come reduced.
async function decodePhoto(bytes, data) {
  const bitmap = await createImageBitmap(new Blob([bytes], { type: bytes[0] === 0xff ? "image/jpeg" : "image/webp" }));
  const colour = newCanvas(data.width, data.height);
  colour.getContext("2d", { willReadFrequently: true }).drawImage(bitmap, 0, 0, colour.width, colour.height);
  bitmap.close();
  return { colour, grey: greyCopy(colour) };
}

function greyCopy(canvas) {
  const copy = newCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d");
  const image = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < image.data.length; at += 4) {
    const grey = 0.299 * image.data[at] + 0.587 * image.data[at + 1] + 0.114 * image.data[at + 2];
    image.data[at] = image.data[at + 1] = image.data[at + 2] = grey;
  }
  context.putImageData(image, 0, 0);
  return copy;
}

// Decodes only what changed since the previous image's data: a new focus class or highlight sends the same parts.
async function decodePixels(data, parts, previous) {
  const read = {
    truth: (bytes) => decompressLabels(bytes, data.height, data.width),
    predicted: (bytes) => decompressLabels(bytes, data.height, data.width),
    picture: (bytes) => decodePhoto(bytes, data),
    probabilities: (bytes) => decodePlanes(bytes, data),
  };
  const decoded = {};
  const decode = async (name) => {
    const digest = [data.parts[name][0], data.height, data.width, name === "probabilities" ? data.planes : ""].join();
    if (previous?.decoded[name]?.digest === digest) return void (decoded[name] = previous.decoded[name]);
    decoded[name] = { digest, value: await read[name](parts[name]) };
  };
  await Promise.all(Object.keys(parts).map(decode));
  return {
    decoded,
    height: data.height,
    width: data.width,
    truth: decoded.truth.value,
    predicted: decoded.predicted.value,
    picture: decoded.picture?.value.colour ?? null,
    greyPicture: decoded.picture?.value.grey ?? null,
    probabilities: decoded.probabilities?.value ?? new Map(),
  };
}

// Planes come as what changes along the rows of what changes along the columns, deflated.
async function decodePlanes(bytes, data) {
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const all = new Uint8Array(await new Response(inflated).arrayBuffer());
  const size = data.height * data.width;
  const planes = new Map();
  data.planes.forEach((label, number) => {
    const plane = all.subarray(number * size, (number + 1) * size);
    for (let index = 1; index < size; index += 1) if (index % data.width) plane[index] += plane[index - 1];
    for (let index = data.width; index < size; index += 1) plane[index] += plane[index - data.width];
    planes.set(label, plane);
  });
  return planes;
}

// The plane to show or read for a class; the largest probability stands in for the predicted class's own.
function shownPlane(pixels, focus) {
  if (focus !== null && pixels.probabilities.has(focus)) return pixels.probabilities.get(focus);
  if (focus !== null) return null;
  if (!pixels.probabilities.has(OTHER) && pixels.probabilities.size) pixels.probabilities.set(OTHER, largest(pixels));
  return pixels.probabilities.get(OTHER) ?? null;
}

function largest(pixels) {
  const top = new Uint8Array(pixels.height * pixels.width);
  for (const plane of pixels.probabilities.values()) {
    for (let index = 0; index < top.length; index += 1) if (plane[index] > top[index]) top[index] = plane[index];
  }
  return top;
}

function isPositive(pixels, data) {
  const plane = data.focus === null || data.threshold === null ? null : pixels.probabilities.get(data.focus);
  if (!plane) return (index) => pixels.predicted[index] === data.focus;
  return data.thresholdTie === ">" ? (index) => plane[index] / 255 > data.threshold : (index) => plane[index] / 255 >= data.threshold;
}

// For each true label, whether its pixels are left out.
function leftOut(data) {
  const table = new Uint8Array(256);
  for (const label of data.uncounted) table[label] = 1;
  return table;
}

// Sorts each pixel into a category of the errors view, and counts them.
function categorise(pixels, data) {
  const size = pixels.truth.length;
  const categories = new Uint8Array(size);
  const counts = new Array(CATEGORY_NAMES.length).fill(0);
  const positive = isPositive(pixels, data), out = leftOut(data);
  for (let index = 0; index < size; index += 1) {
    const truth = pixels.truth[index], predicted = pixels.predicted[index];
    let category;
    if (out[truth] || (truth === OTHER && predicted === OTHER)) category = UNCOUNTED;
    else if (data.focus === null) category = truth === predicted ? CORRECT : WRONG;
    else if (truth === data.focus) category = positive(index) ? TRUE_POSITIVE : FALSE_NEGATIVE;
    else category = positive(index) ? FALSE_POSITIVE : REST;
    categories[index] = category;
    counts[category] += 1;
  }
  return { categories, counts };
}

function countLabels(labels) {
  const counts = new Array(256).fill(0);
  for (const label of labels) counts[label] += 1;
  return counts;
}

// Returns null, or for each pixel whether it belongs to the highlighted cell of the confusion matrix.
function matchHighlight(pixels, data) {
  if (!data.highlight) return null;
  const [truth, predicted] = data.highlight, out = leftOut(data);
  const matches = new Uint8Array(pixels.truth.length);
  let count = 0;
  for (let index = 0; index < matches.length; index += 1) {
    if (truth >= 0 ? pixels.truth[index] !== truth : out[pixels.truth[index]]) continue;
    if (predicted >= 0 && pixels.predicted[index] !== predicted) continue;
    matches[index] = 1;
    count += 1;
  }
  return { matches, count };
}
