// One job: an engine lays out a graph some times; the page hears when each time begins and ends.

import { crossings } from './crossings.js';
import { ENGINES } from './engines.js';

let goOn;
const mark = (mark) =>
  new Promise((resolve) => {
    goOn = resolve;
    self.postMessage({ mark });
  });

self.onmessage = async ({ data }) => {
  if (data === 'go on') return goOn();
  try {
    const graph = { n: data.n, edges: new Uint32Array(await load(data)) };
    let places;
    for (let pass = 0; pass < data.passes; pass++) {
      const job = await ENGINES[data.engine](graph);
      await mark('begin');
      await job.run();
      await mark('end');
      places = job.places();
    }
    if (places.length !== graph.n || places.some(([x, y]) => !Number.isFinite(x + y))) {
      throw new Error('not all vertices lie somewhere');
    }
    self.postMessage({ crossings: data.count ? crossings(graph, places) : null });
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error).slice(0, 200) });
  }
};

async function load({ n, file }) {
  if (file) return (await (await fetch(file)).json()).edges;
  const { default: init, edges } = await import('./rewindow-peers.js');
  await init({ module_or_path: new URL('./rewindow-peers_bg.wasm', import.meta.url) });
  return edges(n);
}
