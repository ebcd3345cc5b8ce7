//! The order of vertices within their ranks: barycentre sweeps, neighbours exchanged where that
//! uncrosses edges, and the best order kept.

use std::ops::ControlFlow;

use super::network::Rows;
use super::rank::Ranked;

/// Sweeps over all ranks, there and back counted as two.
const SWEEPS_MAX: usize = 24;
/// Sweeps without a better order after which it is not worth going on.
const STALE_MAX: usize = 6;
/// Links times passes that exchanging neighbours may look at.
const EXCHANGE_WORK_MAX: usize = 400_000;

/// Orders the layers of `ranked`; `None` if `progress` breaks it off.
pub(super) fn order(
    ranked: &mut Ranked,
    progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Option<()> {
    let mut place = vec![0u32; ranked.rank.len()];
    ranked.layers.iter().for_each(|layer| number(layer, &mut place));
    let mut best = (crossings(ranked, &place), ranked.layers.clone());
    let mut stale = 0;
    for sweep in 0..SWEEPS_MAX {
        if best.0 == 0 || stale > STALE_MAX {
            break;
        }
        if progress(sweep as f32 / SWEEPS_MAX as f32).is_break() {
            return None;
        }
        let n = ranked.layers.len();
        for step in 1..n {
            let (i, links) =
                if sweep % 2 == 0 { (step, &ranked.up) } else { (n - 1 - step, &ranked.down) };
            // Ties alternate between staying and turning round, which frees stuck orders.
            sort_by_barycentre(&mut ranked.layers[i], links, &mut place, sweep % 4 >= 2);
        }
        let mut now = crossings(ranked, &place);
        if now <= best.0 + best.0 / 8 {
            exchange(ranked, &mut place);
            now = crossings(ranked, &place);
        }
        stale += 1;
        if now < best.0 {
            best = (now, ranked.layers.clone());
            stale = 0;
        }
    }
    ranked.layers = best.1;
    Some(())
}

/// Crossings between neighbouring ranks, over all ranks.
pub(super) fn crossings(ranked: &Ranked, place: &[u32]) -> u64 {
    let (mut total, mut tree, mut ends) = (0, Vec::new(), Vec::new());
    for pair in ranked.layers.windows(2) {
        tree.clear();
        tree.resize(pair[1].len() + 1, 0u32);
        let mut n_seen = 0u64;
        for &from in &pair[0] {
            ends.clear();
            ends.extend(ranked.down.of(from).iter().map(|&to| place[to as usize] as usize));
            for &end in &ends {
                total += n_seen - count_up_to(&tree, end);
            }
            for &end in &ends {
                count_in(&mut tree, end);
            }
            n_seen += ends.len() as u64;
        }
    }
    total
}

/// How many were counted in at places up to `place` (a Fenwick tree).
fn count_up_to(tree: &[u32], place: usize) -> u64 {
    let (mut i, mut sum) = (place + 1, 0u64);
    while i > 0 {
        sum += u64::from(tree[i]);
        i &= i - 1;
    }
    sum
}

fn count_in(tree: &mut [u32], place: usize) {
    let mut i = place + 1;
    while i < tree.len() {
        tree[i] += 1;
        i += i & i.wrapping_neg();
    }
}

fn number(layer: &[u32], place: &mut [u32]) {
    for (i, &vertex) in layer.iter().enumerate() {
        place[vertex as usize] = i as u32;
    }
}

/// Sorts `layer` by the mean place of each vertex's neighbours; those without keep their place.
fn sort_by_barycentre(layer: &mut Vec<u32>, links: &Rows, place: &mut [u32], turn: bool) {
    let mut keyed: Vec<(f32, u32, u32)> = Vec::with_capacity(layer.len());
    for (i, &vertex) in layer.iter().enumerate() {
        let near = links.of(vertex);
        let sum: u64 = near.iter().map(|&v| u64::from(place[v as usize])).sum();
        let key = if near.is_empty() { i as f32 } else { sum as f32 / near.len() as f32 };
        let tie = if turn { (layer.len() - i) as u32 } else { i as u32 };
        keyed.push((key, tie, vertex));
    }
    keyed.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    layer.clear();
    layer.extend(keyed.iter().map(|k| k.2));
    number(layer, place);
}

/// Exchanges neighbours within ranks where that uncrosses edges, as far as the work allows.
fn exchange(ranked: &mut Ranked, place: &mut [u32]) {
    let mut work = 0;
    let mut better = true;
    while std::mem::take(&mut better) && work < EXCHANGE_WORK_MAX {
        for layer in &mut ranked.layers {
            for i in 1..layer.len() {
                let (a, b) = (layer[i - 1], layer[i]);
                let (mut kept, mut exchanged) = (0u64, 0u64);
                for links in [&ranked.up, &ranked.down] {
                    let (near_a, near_b) = (links.of(a), links.of(b));
                    work += near_a.len() * near_b.len() + 1;
                    for &x in near_a {
                        for &y in near_b {
                            let (x, y) = (place[x as usize], place[y as usize]);
                            kept += u64::from(x > y);
                            exchanged += u64::from(x < y);
                        }
                    }
                }
                if exchanged < kept {
                    layer.swap(i - 1, i);
                    (place[a as usize], place[b as usize]) = (i as u32, i as u32 - 1);
                    better = true;
                }
                if work > EXCHANGE_WORK_MAX {
                    return;
                }
            }
        }
    }
}
