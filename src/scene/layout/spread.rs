//! Starts for the search of an order: every vertex on a line, linked ones near each other.
//!
//! Numbers drawn at random are replaced by the means of neighbours, again and again, which leaves
//! the smoothest of them; spread evenly from time to time, so that no corner of the graph takes all
//! of the line. Sweeps that start there end with far fewer crossings than from anywhere else tried:
//! they settle details, but hardly ever move a part of a picture past another.

use std::ops::ControlFlow;

use super::network::Network;

/// Rounds of replacing by means, and between two spreadings.
const ROUNDS: usize = 400;
const ROUNDS_TO_SPREAD: usize = 20;
/// Edges looked at in all rounds: beyond, there are fewer rounds.
const WORK_MAX: usize = 4_000_000;
/// Edges looked at between two reports.
const REPORT_EVERY: usize = 1_000_000;

/// A place between 0 and 1 for each vertex; another for each `number`. `None` if `tick` breaks off.
pub(super) fn spread(
    network: &Network,
    number: u32,
    tick: &mut dyn FnMut() -> ControlFlow<()>,
) -> Option<Vec<f32>> {
    let mut random = Random(number.wrapping_mul(0x9e37_79b9));
    let mut places: Vec<f32> = (0..network.n).map(|_| random.next()).collect();
    let mut shares = vec![0f32; network.n];
    for &(from, to) in &network.edges {
        shares[from as usize] += 1.0;
        shares[to as usize] += 1.0;
    }
    // Half of itself, half of the mean of its neighbours.
    shares.iter_mut().for_each(|share| *share = if *share > 0.0 { 0.5 / *share } else { 0.0 });
    let mut sums = vec![0f32; network.n];
    let n_edges = network.edges.len().max(1);
    let n_rounds = (WORK_MAX / n_edges).clamp(ROUNDS_TO_SPREAD, ROUNDS);
    let mut done = 0;
    for round in 1..=n_rounds {
        sums.fill(0.0);
        for &(from, to) in &network.edges {
            sums[from as usize] += places[to as usize];
            sums[to as usize] += places[from as usize];
        }
        for ((place, sum), share) in places.iter_mut().zip(&sums).zip(&shares) {
            *place = *place * 0.5 + sum * share;
        }
        if round % ROUNDS_TO_SPREAD == 0 {
            even_out(&mut places);
        }
        done += n_edges;
        if done > REPORT_EVERY {
            done = 0;
            tick().is_continue().then_some(())?;
        }
    }
    Some(places)
}

/// Keeps the order and makes all distances alike.
fn even_out(places: &mut [f32]) {
    let mut order: Vec<(f32, u32)> = places.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let step = 1.0 / places.len() as f32;
    for (i, &(_, vertex)) in order.iter().enumerate() {
        places[vertex as usize] = (i as f32 + 0.5) * step;
    }
}

/// A linear congruence (Numerical Recipes): the same numbers in every run and on every machine.
struct Random(u32);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1u32 << 24) as f32
    }
}
