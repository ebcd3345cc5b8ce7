//! The order of vertices within their ranks: from several starts, barycentre sweeps, neighbours
//! exchanged where that uncrosses edges, and the best order kept.

use std::ops::ControlFlow;

use super::network::Network;
use super::rank::Ranked;
use super::spread;

/// How long to go on with sweeps.
#[derive(Clone, Copy)]
struct Effort {
    /// Sweeps over all ranks, there and back counted as two.
    sweeps: usize,
    /// Sweeps without a better order after which it is not worth going on.
    stale: usize,
    /// Links times passes that exchanging neighbours may look at after each sweep.
    exchange: usize,
}

/// What tells which start is best.
const TRIAL: Effort = Effort { sweeps: 6, stale: 6, exchange: 0 };
/// What the best start is worth.
const THOROUGH: Effort = Effort { sweeps: 40, stale: 8, exchange: 400_000 };

/// Links times sweeps that all of it may take; the largest networks get this many sweeps all the
/// same. What a good start and a few sweeps leave crossing there, many more hardly uncross.
const SWEEP_WORK: usize = 300_000;
const SWEEPS_MIN: usize = 3;
/// Links times passes that exchanging neighbours may look at in the end.
const LAST_EXCHANGE_WORK_MAX: usize = 3_000_000;
/// Links of all starts together, and starts at most.
const STARTS_WORK: usize = 60_000;
const STARTS_MAX: usize = 2;

impl Effort {
    /// No more than `most` sweeps.
    fn within(self, most: usize) -> Self {
        Self { sweeps: self.sweeps.min(most), ..self }
    }
}

/// Hears of how far it is, 0 to 1, and of the first order that is worth a picture.
pub(super) type Hear<'a> = &'a mut dyn FnMut(f32, Option<&Ranked>) -> ControlFlow<()>;

/// Orders the layers of `ranked`; `None` if `hear` breaks it off. With `seeds`, places across the
/// ranks (`NAN` for unknown ones), they stay in that order as far as it is good.
pub(super) fn order(
    ranked: &mut Ranked,
    network: &Network,
    seeds: Option<&[f32]>,
    hear: Hear,
) -> Option<()> {
    let mut search = Search::new(ranked);
    if let Some(seeds) = seeds {
        search.start_at(network, &known(network, seeds));
        search.exchange(LAST_EXCHANGE_WORK_MAX);
        return search.finish(hear);
    }
    let n_links = search.ranked.n_links().max(1);
    let n_starts = (STARTS_WORK / n_links).clamp(1, STARTS_MAX);
    let n_sweeps = (SWEEP_WORK / n_links).max(SWEEPS_MIN);
    let trial = TRIAL.within(n_sweeps);
    let n_left = n_sweeps.saturating_sub(n_starts * trial.sweeps);
    // Small networks lie well from where they are read; large ones only from a good start.
    let first = usize::from(search.ranked.rank.len() > 200);
    for start in first..first + n_starts {
        if search.best.0 == 0 {
            break;
        }
        let share = |part: f32| ((start - first) as f32 + part) / (n_starts as f32 + 0.5);
        if start > 0 {
            let tick = &mut || hear(share(0.2), None);
            let places = spread::spread(network, start as u32, tick)?;
            search.start_at(network, &places);
        }
        let tick = &mut |part| hear(share(0.4 + 0.6 * part), None);
        search.sweep(&trial, tick)?;
        if start == first {
            let layers = std::mem::replace(&mut search.ranked.layers, search.best.1.clone());
            hear(share(1.0), Some(search.ranked)).is_continue().then_some(())?;
            search.ranked.layers = layers;
        }
    }
    search.take_best();
    let n_starts = n_starts as f32 + 0.5;
    search.sweep(&THOROUGH.within(n_left), &mut |part| {
        hear((n_starts - 0.5 + 0.5 * part) / n_starts, None)
    })?;
    search.take_best();
    search.exchange(LAST_EXCHANGE_WORK_MAX);
    search.finish(hear)
}

struct Search<'a> {
    ranked: &'a mut Ranked,
    /// By vertex its position in its layer.
    place: Vec<u32>,
    best: (u64, Vec<Vec<u32>>),
    keyed: Vec<(f32, u32, u32)>,
}

impl<'a> Search<'a> {
    fn new(ranked: &'a mut Ranked) -> Self {
        let mut place = vec![0u32; ranked.rank.len()];
        ranked.layers.iter().for_each(|layer| number(layer, &mut place));
        let best = (crossings(ranked, &place), ranked.layers.clone());
        Self { ranked, place, best, keyed: Vec::new() }
    }

    /// Puts all layers in the order of `at`, by vertex; dummies lie between the ends of their edge.
    fn start_at(&mut self, network: &Network, at: &[f32]) {
        let mut places = at.to_vec();
        for (&(from, to), &(_, n)) in network.edges.iter().zip(&self.ranked.dummies) {
            let (start, end) = (at[from as usize], at[to as usize]);
            let step = (end - start) / (n + 1) as f32;
            places.extend((1..=n).map(|i| start + step * i as f32));
        }
        for layer in &mut self.ranked.layers {
            let key = |v: &u32| places[*v as usize];
            layer.sort_unstable_by(|a, b| key(a).total_cmp(&key(b)).then(a.cmp(b)));
            number(layer, &mut self.place);
        }
        self.keep_if_best();
    }

    /// Sweeps as long as it gets better.
    fn sweep(
        &mut self,
        effort: &Effort,
        tick: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Option<()> {
        let (mut own_best, mut stale) = (u64::MAX, 0);
        for sweep in 0..effort.sweeps {
            if own_best == 0 || stale > effort.stale {
                break;
            }
            tick(sweep as f32 / effort.sweeps as f32).is_continue().then_some(())?;
            let n = self.ranked.layers.len();
            for step in 1..n {
                let i = if sweep % 2 == 0 { step } else { n - 1 - step };
                // Ties alternate between staying and turning round, which frees stuck orders.
                self.sort_by_barycentre(i, sweep % 2 == 0, sweep % 4 >= 2);
            }
            let mut now = self.keep_if_best();
            if effort.exchange > 0 && now <= own_best.saturating_add(own_best / 8) {
                self.exchange(effort.exchange);
                now = self.keep_if_best();
            }
            stale += 1;
            if now < own_best {
                own_best = now;
                stale = 0;
            }
        }
        Some(())
    }

    /// The crossings of the order at hand, which is kept if there was no better.
    fn keep_if_best(&mut self) -> u64 {
        let now = crossings(self.ranked, &self.place);
        if now < self.best.0 {
            self.best = (now, self.ranked.layers.clone());
        }
        now
    }

    fn take_best(&mut self) {
        self.ranked.layers.clone_from(&self.best.1);
        self.ranked.layers.iter().for_each(|layer| number(layer, &mut self.place));
    }

    fn finish(mut self, hear: Hear) -> Option<()> {
        self.keep_if_best();
        self.ranked.layers = std::mem::take(&mut self.best.1);
        hear(1.0, None).is_continue().then_some(())
    }

    /// Sorts layer `i` by the mean place of each vertex's neighbours in the one before (`is_down`)
    /// or behind; those without keep their place.
    fn sort_by_barycentre(&mut self, i: usize, is_down: bool, turn: bool) {
        let links = if is_down { &self.ranked.up } else { &self.ranked.down };
        let layer = &mut self.ranked.layers[i];
        self.keyed.clear();
        for (i, &vertex) in layer.iter().enumerate() {
            let near = links.of(vertex);
            let sum: u64 = near.iter().map(|&v| u64::from(self.place[v as usize])).sum();
            let key = if near.is_empty() { i as f32 } else { sum as f32 / near.len() as f32 };
            let tie = if turn { (layer.len() - i) as u32 } else { i as u32 };
            self.keyed.push((key, tie, vertex));
        }
        self.keyed.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        layer.clear();
        layer.extend(self.keyed.iter().map(|k| k.2));
        number(layer, &mut self.place);
    }

    /// Exchanges neighbours within ranks where that uncrosses edges, as far as the work allows.
    fn exchange(&mut self, work_max: usize) {
        let (ranked, place) = (&mut *self.ranked, &mut self.place);
        let mut work = 0;
        let mut better = true;
        while std::mem::take(&mut better) && work < work_max {
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
                    if work > work_max {
                        return;
                    }
                }
            }
        }
    }
}

/// `seeds` with the means of neighbours, or else the middle, where they are unknown.
fn known(network: &Network, seeds: &[f32]) -> Vec<f32> {
    let known = |v: u32| Some(seeds[v as usize]).filter(|s| !s.is_nan());
    let all: Vec<f32> = (0..network.n as u32).filter_map(known).collect();
    let middle = all.iter().sum::<f32>() / all.len().max(1) as f32;
    let mut sums = vec![(0f32, 0f32); network.n];
    for &(from, to) in &network.edges {
        for (own, near) in [(from, to), (to, from)] {
            if let Some(at) = known(near) {
                sums[own as usize].0 += at;
                sums[own as usize].1 += 1.0;
            }
        }
    }
    let mean = |(sum, n): (f32, f32)| if n > 0.0 { sum / n } else { middle };
    (0..network.n as u32).map(|v| known(v).unwrap_or_else(|| mean(sums[v as usize]))).collect()
}

/// Crossings between neighbouring ranks, over all ranks.
fn crossings(ranked: &Ranked, place: &[u32]) -> u64 {
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
