// Lines: curves in one frame; pointing at it reads the nearest points.

const FRAME = { width: 480, height: 300, left: 52, right: 14, top: 10, bottom: 44 };
const SPAN = { x: FRAME.width - FRAME.left - FRAME.right, y: FRAME.height - FRAME.top - FRAME.bottom };

const atX = (share) => FRAME.left + share * SPAN.x;
const atY = (share) => FRAME.height - FRAME.bottom - share * SPAN.y;

function axes(data) {
  const parts = [];
  for (const [share, text] of data.xTicks) {
    parts.push(shape("line", { class: "grid", x1: atX(share), x2: atX(share), y1: atY(0), y2: atY(1) }));
    parts.push(shape("text", { x: atX(share), y: atY(0) + 16, "text-anchor": "middle" }, text));
  }
  for (const [share, text] of data.yTicks) {
    parts.push(shape("line", { class: "grid", x1: atX(0), x2: atX(1), y1: atY(share), y2: atY(share) }));
    parts.push(shape("text", { x: atX(0) - 6, y: atY(share) + 4, "text-anchor": "end" }, text));
  }
  const middle = atY(0.5);
  parts.push(shape("text", { x: atX(0.5), y: FRAME.height - 6, "text-anchor": "middle" }, data.xLabel));
  parts.push(shape("text", { x: 13, y: middle, "text-anchor": "middle", transform: `rotate(-90 13 ${middle})` }, data.yLabel));
  return parts;
}

function path(line) {
  let d = "";
  let before = null;
  for (const point of line.points) {
    if (point) {
      const [x, y] = [atX(point[0]), atY(point[1])];
      if (!before) d += `M${x},${y}`;
      else if (line.style === "steps") d += `V${y}H${x}`;
      else d += `L${x},${y}`;
    }
    before = point;
  }
  return d;
}

function drawLine(line, index) {
  const parts = [];
  if (line.style !== "dots") parts.push(shape("path", { class: `line colour${index % 6} ${line.style}`, d: path(line) }));
  if (line.style === "dots" || line.points.length <= 12) {
    for (const point of line.points.filter(Boolean)) {
      parts.push(shape("circle", { class: `dot colour${index % 6}`, cx: atX(point[0]), cy: atY(point[1]), r: 4 }));
    }
  }
  return parts;
}

function nearest(points, share) {
  const distance = (point) => Math.abs(point[0] - share);
  return points.filter(Boolean).reduce((best, point) => (!best || distance(point) < distance(best) ? point : best), null);
}

function drawLines(data, caption) {
  const svg = shape("svg", { viewBox: `0 0 ${FRAME.width} ${FRAME.height}`, "aria-hidden": "true" });
  svg.append(...axes(data), ...data.lines.flatMap(drawLine));
  if (data.cursor !== null) {
    const x = atX(data.cursor);
    svg.append(shape("line", { class: "cursor", x1: x, x2: x, y1: atY(0), y2: atY(1) }));
  }
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * FRAME.width - FRAME.left) / SPAN.x;
    const found = data.lines.map((line) => [line.name, nearest(line.points, share)]).filter(([, point]) => point);
    caption.textContent = found.map(([name, point]) => `${name}: ${point[3]} at ${point[2]}`).join(" · ");
  });
  svg.addEventListener("pointerleave", () => { caption.textContent = data.caption; });
  const legend = element("div", "legend");
  data.lines.forEach((line, index) => {
    const entry = element("span", "entry");
    entry.append(element("span", `swatch colour${index % 6} ${line.style}`), element("span", "", line.name));
    legend.append(entry);
  });
  const drawn = element("div", "lines");
  drawn.append(svg, legend);
  return drawn;
}
