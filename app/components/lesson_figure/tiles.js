// Tiles: small images, each pixel coloured by what became of it; patterns of letters would be too fine, so a legend says.

const NARROWEST = 64;
const WIDEST = 300;

function palette(root) {
  const style = getComputedStyle(root);
  return Array.from({ length: 6 }, (_, code) => style.getPropertyValue(`--code${code}`).trim());
}

async function paint(canvas, source, colours) {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const codes = context.getImageData(0, 0, canvas.width, canvas.height).data.filter((_, index) => index % 4 === 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  codes.forEach((code, index) => {
    context.fillStyle = colours[code];
    context.fillRect(index % canvas.width, Math.floor(index / canvas.width), 1, 1);
  });
}

function tile(data, each, root) {
  const holder = element("div", "tile");
  const canvas = document.createElement("canvas");
  canvas.width = data.width;
  canvas.height = data.height;
  const side = Math.max(NARROWEST, Math.min(WIDEST, Math.floor(560 / data.tiles.length)));
  canvas.style.width = `${side}px`;
  paint(canvas, each.codes, palette(root));
  holder.append(canvas, element("div", "name", each.name));
  return holder;
}

function drawTiles(data, root) {
  const grid = element("div", "tiles");
  grid.append(...data.tiles.map((each) => tile(data, each, root)));
  const legend = element("div", "legend");
  for (const [code, text] of data.legend) {
    const entry = element("span", "entry");
    entry.append(element("span", `patch code${code}`), element("span", "", text));
    legend.append(entry);
  }
  const drawn = element("div", "images");
  drawn.append(grid, legend);
  return drawn;
}
