// The engines: each takes a graph { n, edges } and returns `run`, which is timed, and `places`,
// which answers [x, y] of all vertices, y along the ranks. Sizes and gaps are alike for all peers.

import dagre from '@dagrejs/dagre';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import * as d3dag from 'd3-dag';
import ELK from 'elkjs/lib/elk-api.js';

const WIDTH = 24;
const HEIGHT = 10;
const GAP = 6;
const RANK_GAP = 30;

const pairs = ({ edges }) =>
  Array.from({ length: edges.length / 2 }, (_, i) => [edges[2 * i], edges[2 * i + 1]]);
const vertices = ({ n }) => Array.from({ length: n }, (_, i) => i);

function withDagre(options) {
  return async (graph) => {
    const made = new dagre.graphlib.Graph();
    made.setGraph({ rankdir: 'TB', nodesep: GAP, ranksep: RANK_GAP, ...options });
    made.setDefaultEdgeLabel(() => ({}));
    vertices(graph).forEach((i) => made.setNode(`${i}`, { width: WIDTH, height: HEIGHT }));
    pairs(graph).forEach(([from, to]) => made.setEdge(`${from}`, `${to}`));
    return {
      run: () => dagre.layout(made),
      places: () => vertices(graph).map((i) => [made.node(`${i}`).x, made.node(`${i}`).y]),
    };
  };
}

function withElk(options) {
  return async (graph) => {
    const elk = new ELK({ workerUrl: 'elk-worker.min.js' });
    const input = {
      id: 'all',
      layoutOptions: {
        'elk.algorithm': 'layered',
        'elk.direction': 'DOWN',
        'elk.spacing.nodeNode': `${GAP}`,
        'elk.layered.spacing.nodeNodeBetweenLayers': `${RANK_GAP}`,
        ...options,
      },
      children: vertices(graph).map((i) => ({ id: `v${i}`, width: WIDTH, height: HEIGHT })),
      edges: pairs(graph).map(([from, to], i) => ({
        id: `e${i}`,
        sources: [`v${from}`],
        targets: [`v${to}`],
      })),
    };
    let output;
    return {
      run: async () => {
        output = await elk.layout(input);
      },
      places: () => output.children.map((v) => [v.x + WIDTH / 2, v.y + HEIGHT / 2]),
    };
  };
}

function withDot(options) {
  return async (graph) => {
    const graphviz = await Graphviz.load();
    const settings = Object.entries({ ranksep: 0.4, nodesep: 0.08, ...options });
    const text = [
      'digraph {',
      ...settings.map(([name, value]) => `${name}="${value}";`),
      'node [shape=box width=0.33 height=0.14 fixedsize=true label=""]; edge [arrowhead=none];',
      ...vertices(graph).map((i) => `v${i};`),
      ...pairs(graph).map(([from, to]) => `v${from} -> v${to};`),
      '}',
    ].join('\n');
    let output;
    return {
      run: () => {
        output = graphviz.layout(text, 'plain', 'dot');
      },
      places: () => {
        const found = [];
        for (const line of output.split('\n')) {
          const [kind, name, x, y] = line.split(' ');
          if (kind === 'node') found[Number(name.slice(1))] = [Number(x), -Number(y)];
        }
        return found;
      },
    };
  };
}

function withD3Dag(layering) {
  return async (graph) => {
    const made = d3dag.graph();
    const nodes = vertices(graph).map((i) => made.node(i));
    pairs(graph).forEach(([from, to]) => made.link(nodes[from], nodes[to]));
    const layout = d3dag
      .sugiyama()
      .layering(layering())
      .decross(d3dag.decrossDfs())
      .coord(d3dag.coordGreedy())
      .nodeSize([WIDTH, HEIGHT])
      .gap([GAP, RANK_GAP]);
    return {
      run: () => layout(made),
      places: () => {
        const found = [];
        for (const node of made.nodes()) found[node.data] = [node.x, node.y];
        return found;
      },
    };
  };
}

function withOurs(detailMax) {
  return async (graph) => {
    const { default: init, Ours } = await import('./rewindow-peers.js');
    await init({ module_or_path: new URL('./rewindow-peers_bg.wasm', import.meta.url) });
    const ours = new Ours(graph.n, graph.edges);
    let output;
    return {
      run: () => {
        output = ours.lay_out(detailMax);
      },
      // Ours points right.
      places: () => vertices(graph).map((i) => [output[2 * i + 1], output[2 * i]]),
    };
  };
}

const FAST_ELK = {
  'elk.layered.layering.strategy': 'LONGEST_PATH',
  'elk.layered.thoroughness': '1',
  'elk.edgeRouting': 'POLYLINE',
  'elk.layered.nodePlacement.strategy': 'SIMPLE',
  'elk.layered.crossingMinimization.greedySwitch.type': 'OFF',
};

export const ENGINES = {
  'ours, default': withOurs(3_000),
  'ours, all edges': withOurs(4_000_000_000),
  'dagre, default': withDagre({}),
  'elk layered, default': withElk({}),
  'elk layered, fastest': withElk(FAST_ELK),
  'dot, default': withDot({}),
  'd3-dag, fastest': withD3Dag(d3dag.layeringLongestPath),
};
