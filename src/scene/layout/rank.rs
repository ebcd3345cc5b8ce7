//! Ranks (columns of a layout that points right) and dummies, which stand in for a long edge in
//! each rank that it passes.

use super::network::{Network, Rows};
use super::simplex;

/// Most dummies of a layout. Edges beyond pass straight, the longest first: a picture of so many
/// long edges is not read edge by edge.
const DUMMIES_MAX: usize = 200_000;

/// Ranks so many times as wide as they should be are packed: short edges are worth some scrolling.
const TOO_WIDE: usize = 6;

/// Packing makes edges longer. With more dummies than this and than before, it is not worth it: the
/// picture would be little but edges passing by.
const PACKED_DUMMIES_MAX: usize = 50_000;

/// A network in ranks, every edge between neighbouring ranks but those that pass straight.
pub(super) struct Ranked {
    /// Vertices of the network, then dummies.
    pub n_real: usize,
    /// By vertex, dummies included.
    pub rank: Vec<u32>,
    /// Vertices by rank, in an order that sweeps improve. Vertices without edges are left out.
    pub layers: Vec<Vec<u32>>,
    /// Between neighbouring ranks.
    pub up: Rows,
    /// The same from the other end.
    pub down: Rows,
    /// First dummy of each edge of the network and how many follow on it.
    pub dummies: Vec<(u32, u32)>,
    /// Vertices without edges, ascending.
    pub isolated: Vec<u32>,
    /// How strongly the edges of a vertex pull, by vertex: those of sources hardly, so that the
    /// chain of what is built runs straight.
    pub pull: Vec<f32>,
}

impl Ranked {
    /// Ranks that hold at most `width_max` vertices or so where the network allows it.
    pub fn new(network: &Network, width_max: usize) -> Self {
        let n = network.n;
        let mut rank = ranks(network, width_max);
        let mut pull: Vec<f32> =
            (0..n as u32).map(|v| if network.is_source(v) { 0.001 } else { 1.0 }).collect();
        let mut has_edge = vec![false; n];
        for &(from, to) in &network.edges {
            (has_edge[from as usize], has_edge[to as usize]) = (true, true);
        }
        let span = |&(from, to): &(u32, u32)| (rank[to as usize] - rank[from as usize]) as usize;
        let span_max = longest_with_dummies(network.edges.iter().map(span));
        let mut dummies = Vec::with_capacity(network.edges.len());
        let mut links = Vec::with_capacity(network.edges.len());
        for &(from, to) in &network.edges {
            let (first, start) = (rank.len() as u32, rank[from as usize]);
            let span = rank[to as usize] - start;
            if span as usize > span_max {
                dummies.push((first, 0));
                continue;
            }
            let mut last = from;
            for passed in 1..span {
                rank.push(start + passed);
                pull.push(pull[from as usize]);
                links.push((last, rank.len() as u32 - 1));
                last = rank.len() as u32 - 1;
            }
            links.push((last, to));
            dummies.push((first, span - 1));
        }
        let mut layers = vec![Vec::new(); rank.iter().max().map_or(0, |&r| r as usize + 1)];
        let real = network.topological.iter().copied().filter(|&v| has_edge[v as usize]);
        for vertex in real.chain(n as u32..rank.len() as u32) {
            layers[rank[vertex as usize] as usize].push(vertex);
        }
        let isolated = (0..n as u32).filter(|&v| !has_edge[v as usize]).collect();
        let down = Rows::new(rank.len(), links.iter().copied());
        let up = Rows::new(rank.len(), links.iter().map(|&(from, to)| (to, from)));
        Self { n_real: n, rank, layers, up, down, dummies, isolated, pull }
    }

    /// How many links between neighbouring ranks there are.
    pub fn n_links(&self) -> usize {
        self.down.len()
    }

    pub fn is_dummy(&self, vertex: u32) -> bool {
        vertex as usize >= self.n_real
    }
}

/// Longest path from a start, then everything that has more edges ahead than behind moved as near
/// to its consumers as it may: a source lies beside its first reader, not at the far left. From
/// there edges are shortened in total. Where ranks get far too wide, they are packed instead.
fn ranks(network: &Network, width_max: usize) -> Vec<u32> {
    let n = network.n;
    let ahead = Rows::new(n, network.edges.iter().copied());
    let mut behind = vec![0u32; n];
    let mut depth = vec![0u32; n];
    for &vertex in &network.topological {
        for &to in ahead.of(vertex) {
            behind[to as usize] += 1;
            depth[to as usize] = depth[to as usize].max(depth[vertex as usize] + 1);
        }
    }
    let has_edge = |v: u32| behind[v as usize] > 0 || !ahead.of(v).is_empty();
    let mut rank = depth.clone();
    for &vertex in network.topological.iter().rev() {
        let nearest = ahead.of(vertex).iter().map(|&to| rank[to as usize]).min();
        if let Some(nearest) = nearest
            && ahead.of(vertex).len() as u32 > behind[vertex as usize]
        {
            rank[vertex as usize] = nearest - 1;
        }
    }
    simplex::shorten(network, &mut rank);
    let connected: Vec<u32> = (0..n as u32).filter(|&v| has_edge(v)).collect();
    let mut widths = vec![0usize; n + 1];
    connected.iter().for_each(|&v| widths[rank[v as usize] as usize] += 1);
    if widths.iter().max().is_some_and(|&w| w > width_max * TOO_WIDE) {
        let packed = packed(network, &connected, &depth, width_max);
        if n_dummies(network, &packed) <= PACKED_DUMMIES_MAX.max(n_dummies(network, &rank)) {
            rank = packed;
        }
    }
    // Moving may leave the first ranks empty.
    let first = connected.iter().map(|&v| rank[v as usize]).min().unwrap_or(0);
    for slot in &mut rank {
        *slot = slot.saturating_sub(first);
    }
    rank
}

/// Ranks of at most `width_max` vertices, filled from the last: each takes vertices whose consumers
/// all lie behind it, first those that a long path still leads to, then those whose consumer was
/// just placed, so that a target's actions stay together (list scheduling, after Hu).
fn packed(network: &Network, connected: &[u32], depth: &[u32], width_max: usize) -> Vec<u32> {
    let n = network.n;
    let before = Rows::new(n, network.edges.iter().map(|&(from, to)| (to, from)));
    let mut waits = vec![0u32; n];
    network.edges.iter().for_each(|&(from, _)| waits[from as usize] += 1);
    let deepest = connected.iter().map(|&v| depth[v as usize]).max().unwrap_or(0) as usize;
    // Never more than the vertices, since each rank takes one at least.
    let n_ranks = connected.len();
    let expected = connected.len().div_ceil(width_max).max(deepest + 1);
    let mut rank = vec![0u32; n];
    // When its last consumer was placed, and itself.
    let mut ready: Vec<(u32, u32)> =
        connected.iter().filter(|&&v| waits[v as usize] == 0).map(|&v| (0, v)).collect();
    for level in 0..n_ranks as u32 {
        let left = expected.saturating_sub(level as usize) as u32;
        let is_late = |v: u32| depth[v as usize] + 1 >= left;
        ready.sort_unstable_by_key(|&(since, v)| {
            (is_late(v), since, depth[v as usize], std::cmp::Reverse(v))
        });
        let taken = ready.split_off(ready.len().saturating_sub(width_max));
        if taken.is_empty() {
            break;
        }
        for &(_, vertex) in &taken {
            rank[vertex as usize] = n_ranks as u32 - level;
        }
        for &(_, vertex) in taken.iter().rev() {
            for &from in before.of(vertex) {
                waits[from as usize] -= 1;
                if waits[from as usize] == 0 {
                    ready.push((level + 1, from));
                }
            }
        }
    }
    rank
}

fn n_dummies(network: &Network, rank: &[u32]) -> usize {
    let span = |&(from, to): &(u32, u32)| (rank[to as usize] - rank[from as usize]) as usize;
    network.edges.iter().map(|edge| span(edge) - 1).sum()
}

/// The longest span of edges that get dummies, so that all dummies are within the limit.
fn longest_with_dummies(spans: impl Iterator<Item = usize>) -> usize {
    let mut spans: Vec<usize> = spans.collect();
    spans.sort_unstable();
    let mut n_dummies = 0;
    for &span in &spans {
        n_dummies += span - 1;
        if n_dummies > DUMMIES_MAX {
            return span - 1;
        }
    }
    usize::MAX
}
