// Times layout engines in one page of Chromium and prints a table in Markdown. Called by
// `cargo xtask peers`, which builds our module first; README.md says what the columns mean.
//
//   node run.mjs MODULE_FOLDER [--sizes=1000,3000,10000] [--engines=ours,dot] [--passes=3]
//     [--limit-s=150] [--graphs=FOLDER] [--chromium=PROGRAM]
//
// --graphs takes graphs from FOLDER/build-N.json ({ n, edges: [from, to, …] }) instead of our own.

import { build } from 'esbuild';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2];
const options = Object.fromEntries(
  process.argv.slice(3).map((argument) => argument.replace(/^--/, '').split('=')),
);
const sizes = (options.sizes ?? '1000,3000,10000').split(',').map(Number);
const passes = Number(options.passes ?? 3);
const limitMs = Number(options['limit-s'] ?? 150) * 1000;
const wanted = options.engines?.split(',');
const ALL = [
  'ours, default',
  'ours, all edges',
  'dot, default',
  'elk layered, fastest',
  'elk layered, default',
  'd3-dag, fastest',
  'dagre, default',
];
const engines = ALL.filter((name) => !wanted || wanted.some((w) => name.startsWith(w)));

await build({
  entryPoints: [join(here, 'worker.js')],
  bundle: true,
  format: 'esm',
  outfile: join(folder, 'worker.js'),
  external: ['./rewindow-peers.js'],
  logLevel: 'error',
});
copyFileSync(join(here, 'index.html'), join(folder, 'index.html'));
const elk = join(here, 'node_modules/elkjs/lib/elk-worker.min.js');
copyFileSync(elk, join(folder, 'elk-worker.min.js'));

const server = await serve();
const profile = mkdtempSync(join(tmpdir(), 'peers-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: options.chromium ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--js-flags=--max-old-space-size=6000'],
});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);

let atBegin;
let times = [];
await page.exposeFunction('mark', (mark) => {
  const now = threadTimes();
  if (mark === 'begin') {
    atBegin = now;
  } else {
    times.push(busiest(now));
    atBegin = undefined;
  }
});
// A time limit in CPU, so that other load on the machine fails nobody.
const watch = setInterval(async () => {
  if (atBegin && busiest(threadTimes()) > limitMs) {
    atBegin = undefined;
    await page.evaluate(() => window.giveUp());
  }
}, 1000);

console.log('| actions | engine | CPU ms | crossings |\n|---|---|---|---|');
const failed = new Set();
for (const n of sizes) {
  for (const engine of engines.filter((name) => !failed.has(name))) {
    times = [];
    const isSlow = !engine.startsWith('ours');
    const job = {
      engine,
      n,
      passes: isSlow ? 1 : passes,
      count: n <= 3_000,
      file: options.graphs ? `graphs/build-${n}.json` : null,
    };
    const answer = await page.evaluate((job) => window.run(job), job);
    const cpu = times.sort((a, b) => a - b)[times.length >> 1];
    const shown = answer.error ?? cpu.toFixed(cpu < 100 ? 1 : 0);
    console.log(`| ${n} | ${engine} | ${shown} | ${answer.crossings ?? ''} |`);
    if (answer.error) failed.add(engine);
  }
}
clearInterval(watch);
await browser.close();
server.close();
rmSync(profile, { recursive: true, force: true });

/** CPU time of each thread of this browser's renderers, in ms. */
function threadTimes() {
  const found = new Map();
  for (const process of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!isOurs(process)) continue;
      for (const thread of readdirSync(`/proc/${process}/task`)) {
        const text = readFileSync(`/proc/${process}/task/${thread}/schedstat`, 'utf8');
        found.set(`${process}/${thread}`, Number(text.split(' ')[0]) / 1e6);
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

function isOurs(process) {
  if (!readFileSync(`/proc/${process}/cmdline`, 'utf8').includes('--type=renderer')) return false;
  for (let at = process, steps = 0; at !== '0' && steps < 8; steps++) {
    if (readFileSync(`/proc/${at}/cmdline`, 'utf8').includes(profile)) return true;
    at = /PPid:\s+(\d+)/.exec(readFileSync(`/proc/${at}/status`, 'utf8'))[1];
  }
  return false;
}

/** What the busiest thread did since the beginning: the engine, not the collector beside it. */
function busiest(now) {
  return Math.max(...[...now].map(([thread, ms]) => ms - (atBegin.get(thread) ?? 0)));
}

function serve() {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url;
    const isGraph = options.graphs && path.startsWith('/graphs/');
    const file = isGraph ? join(options.graphs, path.slice(8)) : join(folder, path);
    if (path.includes('..') || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/json' });
    response.end(readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
