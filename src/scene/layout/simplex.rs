//! Ranks that make all edges together as short as can be: the network simplex of Gansner,
//! Koutsofios, North and Vo ("A Technique for Drawing Directed Graphs", 1993), within a bound of
//! work. Every state on the way is a good set of ranks, so it may stop anywhere.

use super::network::{Network, Rows};

/// Steps of work, about 5 ns each, after which the ranks found are taken. In a network of very many
/// edges so few exchanges are left that they hardly show: those are not waited for.
const WORK_MAX: usize = 6_000_000;
const MANY_EDGES: usize = 10_000;
const WORK_OF_MANY_MAX: usize = 1_000_000;

const NONE: u32 = u32::MAX;

/// Shortens the edges of `network` in total by changing `rank`, which must be feasible. The least
/// rank of each connected part stays what it was.
pub(super) fn shorten(network: &Network, rank: &mut [u32]) {
    let mut simplex = Simplex::new(network, rank);
    if !simplex.grow_trees() {
        return;
    }
    simplex.number_all();
    simplex.first_cuts();
    let mut start = 0;
    let is_many = network.edges.len() > MANY_EDGES;
    let work_max = if is_many { WORK_OF_MANY_MAX } else { WORK_MAX };
    while simplex.work < work_max {
        let Some(leaving) = simplex.leaving(&mut start) else { break };
        simplex.exchange(leaving);
    }
    simplex.finish(rank);
}

struct Simplex<'a> {
    network: &'a Network,
    /// Edges by their start and by their end.
    out: Rows,
    into: Rows,
    rank: Vec<i64>,
    /// Tree edges of each vertex.
    tree: Vec<Vec<u32>>,
    in_tree: Vec<bool>,
    /// By edge in a tree: how much longer all edges together get if it gets longer.
    cut: Vec<i64>,
    /// The edge towards the root of its tree.
    parent: Vec<u32>,
    /// Vertices in postorder, of each its own number and the least below it.
    order: Vec<u32>,
    lim: Vec<u32>,
    low: Vec<u32>,
    roots: Vec<u32>,
    work: usize,
}

impl<'a> Simplex<'a> {
    fn new(network: &'a Network, rank: &[u32]) -> Self {
        let (n, m) = (network.n, network.edges.len());
        let numbered = || network.edges.iter().enumerate();
        Self {
            network,
            out: Rows::new(n, numbered().map(|(i, e)| (e.0, i as u32))),
            into: Rows::new(n, numbered().map(|(i, e)| (e.1, i as u32))),
            rank: rank.iter().map(|&r| i64::from(r)).collect(),
            tree: vec![Vec::new(); n],
            in_tree: vec![false; m],
            cut: vec![0; m],
            parent: vec![NONE; n],
            order: vec![0; n],
            lim: vec![0; n],
            low: vec![0; n],
            roots: Vec::new(),
            work: 0,
        }
    }

    fn slack(&self, edge: u32) -> i64 {
        let (from, to) = self.network.edges[edge as usize];
        self.rank[to as usize] - self.rank[from as usize] - 1
    }

    fn other(&self, edge: u32, vertex: u32) -> u32 {
        let (from, to) = self.network.edges[edge as usize];
        if from == vertex { to } else { from }
    }

    /// A tree of tight edges for each connected part, parts of it moved together where there is
    /// none. False if that is too much work.
    fn grow_trees(&mut self) -> bool {
        let n = self.network.n;
        let mut seen = vec![false; n];
        for root in 0..n as u32 {
            if seen[root as usize] {
                continue;
            }
            self.roots.push(root);
            seen[root as usize] = true;
            let mut members = vec![root];
            // Members before this have no tight edge to the outside.
            let mut done = 0;
            loop {
                while let Some(&vertex) = members.get(done) {
                    done += 1;
                    for rows in [&self.out, &self.into] {
                        for &edge in rows.of(vertex) {
                            let (from, to) = self.network.edges[edge as usize];
                            let near = if from == vertex { to } else { from };
                            let slack = self.rank[to as usize] - self.rank[from as usize] - 1;
                            if slack == 0 && !std::mem::replace(&mut seen[near as usize], true) {
                                self.in_tree[edge as usize] = true;
                                self.tree[vertex as usize].push(edge);
                                self.tree[near as usize].push(edge);
                                members.push(near);
                            }
                        }
                    }
                }
                let Some((by, next)) = self.nearest_outside(&members, &seen) else { break };
                for &vertex in &members {
                    self.rank[vertex as usize] += by;
                }
                done = next;
                if self.work > WORK_MAX {
                    return false;
                }
            }
        }
        true
    }

    /// How far `members` must move for an edge to the outside to be tight, and the position of the
    /// member that it is at.
    fn nearest_outside(&mut self, members: &[u32], seen: &[bool]) -> Option<(i64, usize)> {
        let mut best: Option<(i64, i64, usize)> = None;
        for (i, &vertex) in members.iter().enumerate() {
            self.work += self.out.of(vertex).len() + self.into.of(vertex).len() + 1;
            for (rows, sign) in [(&self.out, 1), (&self.into, -1)] {
                for &edge in rows.of(vertex) {
                    if !seen[self.other(edge, vertex) as usize] {
                        let slack = self.slack(edge);
                        if best.is_none_or(|b| slack < b.0) {
                            best = Some((slack, slack * sign, i));
                        }
                    }
                }
            }
        }
        best.map(|b| (b.1, b.2))
    }

    fn number_all(&mut self) {
        let mut next = 0;
        for i in 0..self.roots.len() {
            let root = self.roots[i];
            self.parent[root as usize] = NONE;
            next = self.number(root, next);
        }
    }

    /// Numbers the tree below `top` in postorder from `first`; answers the next number.
    fn number(&mut self, top: u32, first: u32) -> u32 {
        let mut next = first;
        let mut path = vec![(top, 0usize)];
        self.low[top as usize] = first;
        while let Some((vertex, at)) = path.last_mut() {
            let v = *vertex as usize;
            if let Some(&edge) = self.tree[v].get(*at) {
                *at += 1;
                if edge == self.parent[v] {
                    continue;
                }
                let (from, to) = self.network.edges[edge as usize];
                let near = if from == *vertex { to } else { from };
                self.parent[near as usize] = edge;
                self.low[near as usize] = next;
                path.push((near, 0));
            } else {
                self.order[next as usize] = *vertex;
                self.lim[v] = next;
                next += 1;
                path.pop();
            }
        }
        self.work += 4 * (next - first) as usize;
        next
    }

    /// Edges inside a subtree cancel out, so that sums over its vertices are what leaves it.
    fn first_cuts(&mut self) {
        let mut sums = vec![0i64; self.network.n];
        for (i, &(from, to)) in self.network.edges.iter().enumerate() {
            let weight = self.weight(i);
            sums[from as usize] += weight;
            sums[to as usize] -= weight;
        }
        for i in 0..self.order.len() {
            let vertex = self.order[i];
            let edge = self.parent[vertex as usize];
            if edge == NONE {
                continue;
            }
            let (from, to) = self.network.edges[edge as usize];
            let sum = sums[vertex as usize];
            self.cut[edge as usize] = if from == vertex { sum } else { -sum };
            let above = if from == vertex { to } else { from };
            sums[above as usize] += sum;
        }
    }

    fn weight(&self, edge: usize) -> i64 {
        i64::from(self.network.weight(edge).min(1_000))
    }

    /// A tree edge whose lengthening shortens the rest, one of the best among the next found.
    fn leaving(&mut self, start: &mut usize) -> Option<u32> {
        const CANDIDATES: usize = 30;
        let m = self.cut.len();
        let (mut best, mut n_found): (Option<u32>, usize) = (None, 0);
        for step in 0..m {
            let edge = (*start + step) % m;
            if self.cut[edge] < 0 && self.in_tree[edge] {
                n_found += 1;
                if best.is_none_or(|b| self.cut[edge] < self.cut[b as usize]) {
                    best = Some(edge as u32);
                }
                if n_found == CANDIDATES {
                    *start = (edge + 1) % m;
                    self.work += step;
                    return best;
                }
            }
        }
        self.work += m;
        best
    }

    /// Takes `leaving` out of its tree and puts the tightest edge across in its place.
    fn exchange(&mut self, leaving: u32) {
        let (from, to) = self.network.edges[leaving as usize];
        let child = if self.parent[from as usize] == leaving { from } else { to };
        // Whether what is below starts the edge.
        let is_tail = child == from;
        let (low, lim) = (self.low[child as usize], self.lim[child as usize]);
        let is_below = |lims: &[u32], v: u32| (low..=lim).contains(&lims[v as usize]);
        let mut entering: Option<(i64, u32)> = None;
        for number in low..=lim {
            let vertex = self.order[number as usize];
            let rows = if is_tail { &self.into } else { &self.out };
            for &edge in rows.of(vertex) {
                if is_below(&self.lim, self.other(edge, vertex)) {
                    continue;
                }
                let slack = self.slack(edge);
                if entering.is_none_or(|e| (slack, edge) < e) {
                    entering = Some((slack, edge));
                }
            }
            self.work += 2 + rows.of(vertex).len();
        }
        let Some((slack, entering)) = entering else {
            // Nothing holds that part: no longer a candidate. Does not happen in a feasible tree.
            self.cut[leaving as usize] = 0;
            return;
        };
        let by = if is_tail { -slack } else { slack };
        if by != 0 {
            for number in low..=lim {
                self.rank[self.order[number as usize] as usize] += by;
            }
        }
        let cut = self.cut[leaving as usize];
        let (a, b) = self.network.edges[entering as usize];
        let top = self.update_cuts(a, b, cut, true);
        self.update_cuts(b, a, cut, false);
        self.cut[entering as usize] = -cut;
        self.cut[leaving as usize] = 0;
        for (edge, is_in) in [(leaving, false), (entering, true)] {
            self.in_tree[edge as usize] = is_in;
            let (from, to) = self.network.edges[edge as usize];
            for end in [from, to] {
                if is_in {
                    self.tree[end as usize].push(edge);
                } else {
                    self.tree[end as usize].retain(|&e| e != edge);
                }
            }
        }
        let first = self.low[top as usize];
        self.number(top, first);
    }

    /// Adds `cut` to the edges from `vertex` up to the first one that has `other` below it too,
    /// which is the answer.
    fn update_cuts(&mut self, mut vertex: u32, other: u32, cut: i64, dir: bool) -> u32 {
        let number = self.lim[other as usize];
        while !(self.low[vertex as usize]..=self.lim[vertex as usize]).contains(&number) {
            let edge = self.parent[vertex as usize];
            let is_start = self.network.edges[edge as usize].0 == vertex;
            self.cut[edge as usize] += if is_start == dir { cut } else { -cut };
            vertex = self.other(edge, vertex);
            self.work += 2;
        }
        vertex
    }

    /// Hands out ranks: each part starts where it did.
    fn finish(self, rank: &mut [u32]) {
        let mut start = 0;
        for &root in &self.roots {
            let end = self.lim[root as usize] as usize + 1;
            let members = &self.order[start..end];
            let was = members.iter().map(|&v| i64::from(rank[v as usize])).min().unwrap_or(0);
            let is = members.iter().map(|&v| self.rank[v as usize]).min().unwrap_or(0);
            for &vertex in members {
                rank[vertex as usize] = (self.rank[vertex as usize] - is + was) as u32;
            }
            start = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(n: usize, edges: &[(u32, u32)]) -> Network {
        let topological = (0..n as u32).collect();
        Network { n, edges: edges.to_vec(), topological, ..Network::default() }
    }

    fn length(network: &Network, rank: &[u32]) -> u32 {
        network.edges.iter().map(|&(from, to)| rank[to as usize] - rank[from as usize]).sum()
    }

    #[test]
    fn a_source_lies_beside_its_reader() {
        let network = network(5, &[(0, 1), (1, 2), (2, 3), (4, 3)]);
        let mut rank = vec![0, 1, 2, 3, 0];
        shorten(&network, &mut rank);
        assert_eq!(rank, [0, 1, 2, 3, 2]);
    }

    #[test]
    fn no_better_ranks_exist() {
        // All ranks of small graphs, tried one by one.
        let mut state = 7u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for _ in 0..200 {
            let mut edges: Vec<(u32, u32)> = (0..8)
                .map(|_| (random(6), random(6)))
                .filter(|e| e.0 != e.1)
                .map(|(a, b)| (a.min(b), a.max(b)))
                .collect();
            edges.sort_unstable();
            edges.dedup();
            let network = network(6, &edges);
            let mut rank: Vec<u32> = (0..6).collect();
            shorten(&network, &mut rank);
            assert!(edges.iter().all(|&(from, to)| rank[from as usize] < rank[to as usize]));
            let mut best = u32::MAX;
            for code in 0..6u32.pow(6) {
                let tried: Vec<u32> = (0..6).map(|v| code / 6u32.pow(v) % 6).collect();
                if edges.iter().all(|&(from, to)| tried[from as usize] < tried[to as usize]) {
                    best = best.min(length(&network, &tried));
                }
            }
            assert_eq!(length(&network, &rank), best, "{edges:?}: {rank:?}");
        }
    }
}
