//! Places a network in layers: ranks, order, coordinates, routes. Along the ranks is x, across them
//! y; [`Placed::turn`] turns that round.

use std::ops::ControlFlow;

use super::super::geometry::Point;
use super::network::Network;
use super::rank::Ranked;
use super::{Direction, LayoutOptions, order, place};

pub(super) use super::place::{Extent, Gaps};

/// Ranks of so many marks are never too wide.
const WIDTH_MIN: usize = 8;

/// Networks up to this size are placed before anyone could see a picture in between.
const PICTURE_MIN: usize = 300;

/// What a network should be placed like.
pub(super) struct Wish<'a> {
    /// By vertex.
    pub extents: &'a [Extent],
    /// The same without what may grow: what ranks and rows are chosen by.
    pub nominal: &'a [Extent],
    pub gaps: &'a Gaps,
    pub options: &'a LayoutOptions,
    /// By vertex, where it lay across the ranks before; `NAN` where it did not.
    pub seeds: Option<&'a [f32]>,
}

/// What is told while placing.
pub(super) enum Step {
    Share(f32),
    /// Not yet as good as it gets.
    Picture(Placed),
}

/// Where a network lies.
pub(super) struct Placed {
    /// By vertex.
    pub centres: Vec<Point>,
    /// Points that edges pass, edge after edge.
    pub bends: Vec<Point>,
    /// By edge the end of its row in `bends`.
    pub bend_ends: Vec<u32>,
}

impl Placed {
    /// Exchanges x and y.
    pub fn turn(&mut self) {
        let turn = |p: &mut Point| *p = Point::new(p.y, p.x);
        self.centres.iter_mut().chain(&mut self.bends).for_each(turn);
    }
}

/// Places `network`; `None` if `tell` breaks it off.
pub(super) fn place(
    network: &Network,
    wish: &Wish,
    tell: &mut dyn FnMut(Step) -> ControlFlow<()>,
) -> Option<Placed> {
    let mut ranked = Ranked::new(network, width_max(wish));
    let hear = &mut |share: f32, first: Option<&Ranked>| match first {
        Some(ranked) if network.n > PICTURE_MIN => {
            let tick = &mut || tell(Step::Share(0.1 + share * 0.7));
            match settle(network, ranked, wish, true, tick) {
                Some(placed) => tell(Step::Picture(placed)),
                None => ControlFlow::Break(()),
            }
        }
        _ => tell(Step::Share(0.1 + share * 0.7)),
    };
    order::order(&mut ranked, network, wish.seeds, hear)?;
    settle(network, &ranked, wish, false, &mut || tell(Step::Share(0.85)))
}

/// Ranks as the edges have them, in order; `None` if `tick` breaks it off.
pub(super) fn ordered(
    network: &Network,
    tick: &mut dyn FnMut() -> ControlFlow<()>,
) -> Option<Ranked> {
    // As wide as they get: whoever asks folds them.
    let mut ranked = Ranked::new(network, network.n.max(1));
    order::order(&mut ranked, network, None, &mut |_, _| tick())?;
    Some(ranked)
}

/// Coordinates and routes for an order; `None` if `tick` breaks it off.
fn settle(
    network: &Network,
    ranked: &Ranked,
    wish: &Wish,
    is_draft: bool,
    tick: &mut dyn FnMut() -> ControlFlow<()>,
) -> Option<Placed> {
    let across = place::across(ranked, wish.extents, wish.gaps, is_draft, tick)?;
    let spans = place::along(ranked, wish.extents, wish.gaps, &across);
    let mut centres = vec![Point::default(); network.n];
    for (vertex, centre) in centres.iter_mut().enumerate() {
        let (start, end) = spans.get(ranked.rank[vertex] as usize).copied().unwrap_or_default();
        *centre = Point::new((start + end) / 2.0, across[vertex]);
    }
    place_isolated(ranked, wish, &mut centres);
    let mut placed =
        Placed { centres, bends: Vec::new(), bend_ends: Vec::with_capacity(network.edges.len()) };
    for &(first, n) in &ranked.dummies {
        for dummy in first..first + n {
            // Straight through the column, so that no curve cuts a corner of what lies in it.
            let (start, end) = spans[ranked.rank[dummy as usize] as usize];
            let y = across[dummy as usize];
            placed.bends.push(Point::new(start, y));
            placed.bends.push(Point::new(end, y));
        }
        placed.bend_ends.push(placed.bends.len() as u32);
    }
    Some(placed)
}

/// How many marks a rank should hold so that all ranks together have the wished-for aspect.
fn width_max(wish: &Wish) -> usize {
    let Wish { nominal: extents, gaps, options, .. } = wish;
    let across: f32 = extents.iter().map(|e| e.before + e.after + gaps.mark).sum();
    let along: f32 = extents.iter().map(|e| 2.0 * e.along).fold(0.0, f32::max);
    let aspect = match options.direction {
        Direction::Right => options.aspect,
        Direction::Down => 1.0 / options.aspect,
    };
    // n ranks of (along + gap) against a height of across / n. Edges ask for twice the least gap
    // and, where they pass, for as much height again as marks.
    let n_ranks = (2.0 * across * aspect / (along + 2.0 * gaps.rank)).max(1.0).sqrt();
    ((extents.len() as f32 / n_ranks) as usize).max(WIDTH_MIN)
}

/// Vertices without edges lie in a block of their own below (beside) the rest, in rows.
fn place_isolated(ranked: &Ranked, wish: &Wish, centres: &mut [Point]) {
    let Wish { extents, nominal, gaps, options, .. } = wish;
    let connected = ranked.layers.iter().flatten().filter(|&&v| !ranked.is_dummy(v));
    let bottoms = connected.map(|&v| centres[v as usize].y + extents[v as usize].after);
    let bottom = bottoms.fold(f32::MIN, f32::max);
    let top = if bottom == f32::MIN { 0.0 } else { bottom + 2.0 * gaps.mark };
    let room = |e: Extent| (2.0 * e.along + gaps.mark, e.before + e.after + gaps.mark);
    let nominal = |v: u32| room(nominal[v as usize]);
    let area: f32 = ranked.isolated.iter().map(|&v| nominal(v)).map(|(w, h)| w * h).sum();
    let widest = ranked.isolated.iter().map(|&v| nominal(v).0).fold(0.0, f32::max);
    let row_width = (area * options.aspect).sqrt().max(widest * ranked.layers.len() as f32);
    let (mut filled, mut x, mut y, mut row_height) = (0.0, 0.0, top, 0f32);
    for &vertex in &ranked.isolated {
        let (extent, wide) = (extents[vertex as usize], nominal(vertex).0);
        if filled > 0.0 && filled + wide - gaps.mark > row_width {
            (filled, x, y, row_height) = (0.0, 0.0, y + row_height, 0.0);
        }
        centres[vertex as usize] = Point::new(x + extent.along, y + extent.before);
        let (w, h) = room(extent);
        (filled, x, row_height) = (filled + wide, x + w, row_height.max(h));
    }
}
