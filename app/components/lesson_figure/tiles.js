// Tiles: small images, each pixel coloured by what became of it; patterns of letters would be too fine, so a legend says.

const NARROWEST = 64;
const WIDEST = 300;

// Of a pixel's code, in pictures and in the legend; the greys let either theme's ground through.
const COLOURS = ["#009e73", "#e69f00", "#3388c4", "#d55e00", "rgb(128 136 146 / 25%)", "rgb(128 136 146 / 65%)"];

function paint(canvas, text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const context = canvas.getContext("2d");
  decompressLabels(bytes, canvas.height, canvas.width).forEach((code, index) => {
    context.fillStyle = COLOURS[code];
    context.fillRect(index % canvas.width, Math.floor(index / canvas.width), 1, 1);
  });
}

function tile(data, each) {
  const holder = element("div", "tile");
  const canvas = document.createElement("canvas");
  canvas.width = data.width;
  canvas.height = data.height;
  const side = Math.max(NARROWEST, Math.min(WIDEST, Math.floor(560 / data.tiles.length)));
  canvas.style.width = `${side}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", each.name || data.words);
  paint(canvas, each.codes);
  holder.append(canvas, element("div", "name", each.name));
  return holder;
}

function drawTiles(data) {
  const grid = element("div", "tiles");
  grid.append(...data.tiles.map((each) => tile(data, each)));
  const legend = element("div", "legend");
  for (const [code, text] of data.legend) {
    const entry = element("span", "entry");
    const patch = element("span", "patch");
    patch.style.background = COLOURS[code];
    entry.append(patch, element("span", "", text));
    legend.append(entry);
  }
  const drawn = element("div", "images");
  drawn.append(grid, legend);
  return drawn;
}
