//! Coordinates: across the ranks by least squares, along them by what lies in each.

use std::ops::ControlFlow;

use super::Direction;
use super::rank::Ranked;

/// Rounds of pulling every rank towards its neighbours: what the work allows, within bounds.
const ROUNDS_WORK: usize = 400_000;
const ROUNDS_MIN: usize = 10;
const ROUNDS_MAX: usize = 80;
/// Rounds for a picture that a better one follows.
const ROUNDS_OF_DRAFT: usize = 4;

/// How strongly everything is pulled to the middle, beside what pulls linked marks together.
const GRAVITY: f64 = 0.04;

/// Room that a vertex takes from its centre, in world units.
#[derive(Clone, Copy, Default)]
pub(super) struct Extent {
    /// Across the ranks, towards smaller coordinates.
    pub before: f32,
    /// Across the ranks, towards larger ones.
    pub after: f32,
    /// Along the ranks, to either side.
    pub along: f32,
}

/// Room between marks, in world units.
pub(super) struct Gaps {
    /// Between two marks of a rank.
    pub mark: f32,
    /// Between an edge passing by and its neighbours in the rank.
    pub edge: f32,
    /// Between ranks, at least.
    pub rank: f32,
    /// Between ranks, at most: steep edges ask for more.
    pub rank_max: f32,
}

impl Gaps {
    /// What suits a direction, and whether artifacts have circles.
    pub fn of(direction: Direction, with_artifacts: bool) -> Self {
        match (direction, with_artifacts) {
            (Direction::Right, true) => Self::new([16.0, 14.0, 28.0, 150.0]),
            (Direction::Right, false) => Self::new([14.0, 8.0, 64.0, 260.0]),
            (Direction::Down, true) => Self::new([20.0, 14.0, 36.0, 120.0]),
            (Direction::Down, false) => Self::new([20.0, 8.0, 56.0, 200.0]),
        }
    }

    fn new([mark, edge, rank, rank_max]: [f32; 4]) -> Self {
        Self { mark, edge, rank, rank_max }
    }
}

/// Links looked at between two reports.
const REPORT_EVERY: usize = 1_000_000;

/// Coordinates across the ranks, by vertex. Keeps the order of the layers and the gaps, also in a
/// draft. `None` if `tick` breaks it off.
pub(super) fn across(
    ranked: &Ranked,
    extents: &[Extent],
    gaps: &Gaps,
    is_draft: bool,
    tick: &mut dyn FnMut() -> ControlFlow<()>,
) -> Option<Vec<f32>> {
    let mut at = vec![0f32; ranked.rank.len()];
    let offsets: Vec<Vec<f32>> =
        ranked.layers.iter().map(|layer| offsets(ranked, layer, extents, gaps)).collect();
    for (layer, offsets) in ranked.layers.iter().zip(&offsets) {
        let middle = offsets.last().map_or(0.0, |o| o / 2.0);
        for (&vertex, offset) in layer.iter().zip(offsets) {
            at[vertex as usize] = offset - middle;
        }
    }
    let n = ranked.layers.len();
    let mut solver = Solver::default();
    let n_rounds = match is_draft {
        true => ROUNDS_OF_DRAFT,
        false => (ROUNDS_WORK / at.len().max(1)).clamp(ROUNDS_MIN, ROUNDS_MAX),
    };
    let mut done = 0;
    for round in 0..n_rounds {
        done += ranked.n_links();
        if done > REPORT_EVERY {
            done = 0;
            tick().is_continue().then_some(())?;
        }
        let sides = if round >= n_rounds / 2 {
            Sides { up: true, down: true }
        } else {
            Sides { up: round % 2 == 0, down: round % 2 == 1 }
        };
        for step in 0..n {
            let i = if round % 2 == 0 { step } else { n - 1 - step };
            solver.settle(ranked, &ranked.layers[i], &offsets[i], sides, &mut at);
        }
    }
    close_gaps(ranked, extents, 4.0 * gaps.mark, &mut at);
    Some(at)
}

/// Moves parts of the picture together between which nothing lies in any rank: least squares pull
/// linked marks together, but nothing pulls those that are not.
fn close_gaps(ranked: &Ranked, extents: &[Extent], gap_max: f32, at: &mut [f32]) {
    let mut order: Vec<u32> = ranked.layers.iter().flatten().copied().collect();
    let start = |v: u32, at: &[f32]| at[v as usize] - extent(extents, v).before;
    order.sort_unstable_by(|&a, &b| start(a, at).total_cmp(&start(b, at)).then(a.cmp(&b)));
    let (mut moved, mut end) = (0.0, f32::INFINITY);
    for vertex in order {
        let before = start(vertex, at);
        moved += (before - end - gap_max).max(0.0);
        let reach = at[vertex as usize] + extent(extents, vertex).after;
        end = if end.is_finite() { end.max(reach) } else { reach };
        at[vertex as usize] -= moved;
    }
}

/// Start and end of each rank along the ranks.
pub(super) fn along(
    ranked: &Ranked,
    extents: &[Extent],
    gaps: &Gaps,
    across: &[f32],
) -> Vec<(f32, f32)> {
    let mut spans = Vec::with_capacity(ranked.layers.len());
    let mut at = 0.0;
    for layer in &ranked.layers {
        let half = layer.iter().map(|&v| extent(extents, v).along).fold(0.0, f32::max);
        spans.push((at, at + 2.0 * half));
        let steepest = layer.iter().flat_map(|&from| {
            let near = ranked.down.of(from).iter();
            near.map(move |&to| (across[to as usize] - across[from as usize]).abs())
        });
        let wanted = gaps.rank * 0.75 + steepest.fold(0.0, f32::max) * 0.22;
        at += 2.0 * half + wanted.clamp(gaps.rank, gaps.rank_max);
    }
    spans
}

/// The smallest coordinates of a layer that starts at 0, in its order.
fn offsets(ranked: &Ranked, layer: &[u32], extents: &[Extent], gaps: &Gaps) -> Vec<f32> {
    let mut at = 0.0;
    let mut offsets = Vec::with_capacity(layer.len());
    for (i, &vertex) in layer.iter().enumerate() {
        if let Some(&before) = i.checked_sub(1).and_then(|i| layer.get(i)) {
            let passing = ranked.is_dummy(vertex) || ranked.is_dummy(before);
            let gap = if passing { gaps.edge } else { gaps.mark };
            at += extent(extents, before).after + gap + extent(extents, vertex).before;
        }
        offsets.push(at);
    }
    offsets
}

fn extent(extents: &[Extent], vertex: u32) -> Extent {
    extents.get(vertex as usize).copied().unwrap_or_default()
}

#[derive(Clone, Copy)]
struct Sides {
    up: bool,
    down: bool,
}

/// Vertices that have to move together: mean wish, weight, how many.
type Block = (f64, f64, usize);

/// Finds the places of a layer that are nearest to what its vertices wish for, in the sense of
/// least squares, under order and gaps: isotonic regression by pooling adjacent violators.
#[derive(Default)]
struct Solver {
    blocks: Vec<Block>,
}

impl Solver {
    fn settle(
        &mut self,
        ranked: &Ranked,
        layer: &[u32],
        offsets: &[f32],
        sides: Sides,
        at: &mut [f32],
    ) {
        self.blocks.clear();
        for (&vertex, &offset) in layer.iter().zip(offsets) {
            let (wish, weight) = wish(ranked, vertex, sides, at);
            let mut block: Block = (wish - f64::from(offset), weight, 1);
            while let Some(before) = self.blocks.pop_if(|before| before.0 > block.0) {
                let weight = before.1 + block.1;
                let mean = (before.0 * before.1 + block.0 * block.1) / weight;
                block = (mean, weight, before.2 + block.2);
            }
            self.blocks.push(block);
        }
        let mut rest = layer.iter().zip(offsets);
        for &(mean, _, n) in &self.blocks {
            for (&vertex, &offset) in rest.by_ref().take(n) {
                at[vertex as usize] = mean as f32 + offset;
            }
        }
    }
}

/// Where `vertex` wants to lie, and how strongly. Links along a long edge pull hardest, so that it
/// runs straight.
fn wish(ranked: &Ranked, vertex: u32, sides: Sides, at: &[f32]) -> (f64, f64) {
    let (mut sum, mut total) = (0.0, 0.0);
    for (wanted, links) in [(sides.up, &ranked.up), (sides.down, &ranked.down)] {
        if !wanted {
            continue;
        }
        for &near in links.of(vertex) {
            let straight = match (ranked.is_dummy(vertex), ranked.is_dummy(near)) {
                (true, true) => 8.0,
                (false, false) => 1.0,
                _ => 2.0,
            };
            let pull = ranked.pull[vertex as usize].min(ranked.pull[near as usize]);
            let weight = straight * f64::from(pull);
            sum += weight * f64::from(at[near as usize]);
            total += weight;
        }
    }
    if total == 0.0 {
        return (f64::from(at[vertex as usize]), 0.01);
    }
    // A little towards the middle, or loosely linked parts drift off.
    (sum / (total * (1.0 + GRAVITY)), total)
}
