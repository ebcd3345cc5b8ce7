// The yardstick, one for all: how often straight lines between middles cross. Lines that share an
// end do not count, nor do touches.

export function crossings({ edges }, places) {
  const lines = [];
  for (let i = 0; i < edges.length; i += 2) {
    const ends = [edges[i], edges[i + 1]].sort((a, b) => places[a][1] - places[b][1]);
    const [[x1, y1], [x2, y2]] = ends.map((vertex) => places[vertex]);
    lines.push({ ends, x1, y1, x2, y2, low: Math.min(x1, x2), high: Math.max(x1, x2) });
  }
  lines.sort((a, b) => a.y1 - b.y1);
  const side = (line, x, y) =>
    (line.x2 - line.x1) * (y - line.y1) - (line.y2 - line.y1) * (x - line.x1);
  const parts = (a, b) => side(a, b.x1, b.y1) * side(a, b.x2, b.y2) < 0;
  let n = 0;
  for (let i = 0; i < lines.length; i++) {
    const a = lines[i];
    for (let j = i + 1; j < lines.length && lines[j].y1 < a.y2; j++) {
      const b = lines[j];
      if (b.high < a.low || b.low > a.high) continue;
      if (a.ends.some((end) => b.ends.includes(end))) continue;
      if (parts(a, b) && parts(b, a)) n++;
    }
  }
  return n;
}
