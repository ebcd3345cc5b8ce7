//! An independent check of the layout on small graphs: rust-sugiyama lays them out too.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test stops where something is not there")]

mod drawn;

use std::collections::HashMap;
use std::ops::ControlFlow;

use drawn::from_edges;
use rewindow::model::{ActionId, Graph, Id};
use rewindow::scene::{Layout, LayoutOptions, Mark, ShownArtifacts};
use rust_sugiyama::configure::Config;

/// Middles by vertex: along the ranks, across them.
type Middles = HashMap<usize, (f64, f64)>;

#[test]
fn both_agree_on_ranks_and_ours_cross_no_more() {
    let (mut ours_cross, mut theirs_cross) = (0, 0);
    for seed in 0..12u32 {
        let (graph, edges) = small(seed);
        let (ours, theirs) = (lay_out(&graph), peer(&edges));
        for &(from, to) in &edges {
            let (from, to) = (from as usize, to as usize);
            assert!(ours[&from].0 < ours[&to].0, "seed {seed}: {from} to {to}");
            // Theirs points down, and so must ours: who lies before whom is not a matter of taste.
            let is_ahead = theirs[&from].0 < theirs[&to].0;
            assert!(is_ahead, "seed {seed}: the peer has {from} behind {to}");
        }
        ours_cross += crossings(&edges, &ours);
        theirs_cross += crossings(&edges, &theirs);
    }
    println!("{ours_cross} crossings, the peer {theirs_cross}");
    assert!(ours_cross <= theirs_cross, "{ours_cross} crossings, the peer {theirs_cross}");
}

/// A connected graph of some 40 actions and its edges.
fn small(seed: u32) -> (Graph, Vec<(u32, u32)>) {
    let mut state = seed + 1;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % below
    };
    let n = 40;
    let mut edges: Vec<(usize, usize)> = (1..n).map(|i| (random(i), i)).collect();
    edges.extend((0..20).map(|_| (random(n), random(n))).filter(|e| e.0 != e.1));
    let graph = from_edges(n, &edges);
    let mut edges: Vec<(u32, u32)> =
        (edges.into_iter()).map(|(a, b)| (a.min(b) as u32, a.max(b) as u32)).collect();
    edges.sort_unstable();
    edges.dedup();
    (graph, edges)
}

fn lay_out(graph: &Graph) -> Middles {
    let options = LayoutOptions { artifacts: ShownArtifacts::None, ..LayoutOptions::default() };
    let layout = Layout::layered(graph, &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let middle = |a: ActionId| layout.centre(Mark::Action(a)).unwrap();
    let at = |a: ActionId| (f64::from(middle(a).x), f64::from(middle(a).y));
    graph.action_ids().map(|a| (a.index(), at(a))).collect()
}

fn peer(edges: &[(u32, u32)]) -> Middles {
    let parts = rust_sugiyama::from_edges(edges, &Config::default());
    let all = parts.into_iter().flat_map(|(middles, ..)| middles);
    all.map(|(vertex, (x, y))| (vertex, (y, x))).collect()
}

/// Crossings of straight lines between middles; lines that share an end do not count.
fn crossings(edges: &[(u32, u32)], at: &Middles) -> usize {
    let line = |&(from, to): &(u32, u32)| (at[&(from as usize)], at[&(to as usize)]);
    let side = |(a, b): ((f64, f64), (f64, f64)), c: (f64, f64)| {
        (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
    };
    let mut n = 0;
    for (i, one) in edges.iter().enumerate() {
        for other in &edges[..i] {
            let shares = [one.0, one.1].iter().any(|end| [other.0, other.1].contains(end));
            let (a, b) = (line(one), line(other));
            let parts = |a, b: ((f64, f64), (f64, f64))| side(a, b.0) * side(a, b.1) < 0.0;
            n += usize::from(!shares && parts(a, b) && parts(b, a));
        }
    }
    n
}
