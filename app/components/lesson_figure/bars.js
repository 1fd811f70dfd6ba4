// Bars: one row a number, on one scale; undefined has no bar but a dashed track.

function barRow(bar) {
  const row = element("div", `bar ${bar.tone}`);
  const label = element("div", "label", bar.label);
  if (bar.note) label.append(element("div", "note", bar.note));
  const track = element("div", bar.length === null ? "track undefined" : "track");
  if (bar.length !== null) {
    const fill = element("div", "fill");
    fill.style.left = `${100 * bar.start}%`;
    // A bar of zero still shows where zero is.
    fill.style.width = `max(2px, ${100 * bar.length}%)`;
    track.append(fill);
  }
  row.append(label, track, element("div", "value", bar.text));
  return row;
}

function drawBars(data) {
  const list = element("div", "bars");
  list.append(...data.bars.map(barRow));
  const scale = element("div", "bar scale");
  const ends = element("div", "ends");
  ends.append(element("span", "", data.ends[0]), element("span", "", data.ends[1]));
  scale.append(element("div", "label"), ends, element("div", "value"));
  list.append(scale);
  return list;
}
