//! Ranks (columns of a layout that points right) and dummies, which stand in for a long edge in
//! each rank that it passes.

use super::network::{Network, Rows};

/// Most dummies of a layout. Edges beyond pass straight, the longest first: a picture of so many
/// long edges is not read edge by edge.
const DUMMIES_MAX: usize = 200_000;

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
}

impl Ranked {
    pub fn new(network: &Network) -> Self {
        let n = network.n_vertices();
        let mut rank = ranks(network);
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
        Self { n_real: n, rank, layers, up, down, dummies, isolated }
    }

    pub fn is_dummy(&self, vertex: u32) -> bool {
        vertex as usize >= self.n_real
    }
}

/// Longest path from a start, then everything that has more edges ahead than behind moved as near
/// to its consumers as it may: a source lies beside its first reader, not at the far left.
fn ranks(network: &Network) -> Vec<u32> {
    let n = network.n_vertices();
    let ahead = Rows::new(n, network.edges.iter().copied());
    let mut behind = vec![0u32; n];
    let mut rank = vec![0u32; n];
    for &vertex in &network.topological {
        for &to in ahead.of(vertex) {
            behind[to as usize] += 1;
            rank[to as usize] = rank[to as usize].max(rank[vertex as usize] + 1);
        }
    }
    for &vertex in network.topological.iter().rev() {
        let nearest = ahead.of(vertex).iter().map(|&to| rank[to as usize]).min();
        if let Some(nearest) = nearest
            && ahead.of(vertex).len() as u32 > behind[vertex as usize]
        {
            rank[vertex as usize] = nearest - 1;
        }
    }
    // Moving may leave the first ranks empty.
    let has_edge = |v: &usize| behind[*v] > 0 || !ahead.of(*v as u32).is_empty();
    let first = (0..n).filter(has_edge).map(|v| rank[v]).min().unwrap_or(0);
    for slot in &mut rank {
        *slot = slot.saturating_sub(first);
    }
    rank
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
