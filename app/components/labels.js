// Labels as metrics_core/kernels/label_compression.py writes them: no picture, since some browsers, in private windows
// above all, alter what is read back from one.

const RATE = 5, PATTERNS = 64, HALF = 1 << 15;

// Answers a bit at a time: whether the number read lies in the lower part of the interval, as large as the bit's share.
function bitReader(bytes) {
  let low = 0, high = 0xffffffff, number = 0, next = 0;
  const readByte = () => {
    number = ((number << 8) | bytes[next]) >>> 0;
    next += 1;
  };
  while (next < 4) readByte();
  return (shares, index) => {
    const share = shares[index];
    const middle = low + Math.floor(((high - low) * share) / 65536);
    const bit = number <= middle;
    if (bit) high = middle;
    else low = middle + 1;
    shares[index] = bit ? share + ((65535 - share) >> RATE) : share - (share >> RATE);
    while (((low ^ high) & 0xff000000) === 0) {
      low = (low << 8) >>> 0;
      high = ((high << 8) | 255) >>> 0;
      readByte();
    }
    return bit;
  };
}

function decompressLabels(bytes, height, width) {
  const labels = new Uint8Array(height * width);
  const [firsts, seconds, bits] = [PATTERNS, PATTERNS, 256].map((size) => new Uint16Array(size).fill(HALF));
  const read = bitReader(bytes);
  for (let row = 0, at = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1, at += 1) {
      // Missing neighbours repeat others.
      const west = column ? labels[at - 1] : row ? labels[at - width] : 0;
      const north = row ? labels[at - width] : west;
      const northWest = row && column ? labels[at - width - 1] : north;
      const northEast = row && column + 1 < width ? labels[at - width + 1] : north;
      const farWest = column > 1 ? labels[at - 2] : west;
      const farNorth = row > 1 ? labels[at - 2 * width] : north;
      const pattern = (west === north) | ((west === northWest) << 1) | ((north === northWest) << 2)
        | ((north === northEast) << 3) | ((west === farWest) << 4) | ((north === farNorth) << 5);
      const first = west === northWest ? north : west;
      const second = west === north ? northEast : first === north ? west : north;
      if (read(firsts, pattern)) labels[at] = first;
      else if (second !== first && read(seconds, pattern)) labels[at] = second;
      else {
        let node = 1;
        while (node < 256) node = 2 * node + read(bits, node);
        labels[at] = node - 256;
      }
    }
  }
  return labels;
}
