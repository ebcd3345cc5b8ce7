//! The layout of every mark with its edges: ranks, order, coordinates, routes.

use std::ops::ControlFlow;

use crate::model::Graph;

use super::super::geometry::{Point, Rect};
use super::super::grid::Grid;
use super::network::Network;
use super::place::{self, Extent, Gaps};
use super::rank::Ranked;
use super::{Direction, Edge, Layout, LayoutOptions, Tier, action_width, order};

/// Ranks of so many marks are never too wide.
const WIDTH_MIN: usize = 8;

pub(super) fn lay_out(
    graph: &Graph,
    options: &LayoutOptions,
    progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Option<Layout> {
    let network = Network::new(graph, options.artifacts);
    let action_width = action_width(graph);
    let extents = extents(&network, options.direction, action_width);
    let gaps = gaps(options.direction, !network.artifacts.is_empty());
    let mut ranked = Ranked::new(&network, width_max(&extents, &gaps, options));
    order::order(&mut ranked, &mut |share| progress(0.1 + share * 0.6))?;
    if progress(0.7).is_break() {
        return None;
    }
    let across = place::across(&ranked, &extents, &gaps);
    let spans = place::along(&ranked, &extents, &gaps, &across);
    if progress(0.9).is_break() {
        return None;
    }
    let mut centres = vec![Point::default(); network.n_vertices()];
    for (vertex, centre) in centres.iter_mut().enumerate() {
        let (start, end) = spans.get(ranked.rank[vertex] as usize).copied().unwrap_or_default();
        *centre = Point::new((start + end) / 2.0, across[vertex]);
    }
    place_isolated(&ranked, &extents, &gaps, options.aspect, &mut centres);
    let mut layout = Layout {
        tier: Tier::Detail,
        direction: options.direction,
        bounds: Rect::default(),
        action_width,
        n_actions: network.n_actions,
        artifacts: Vec::new(),
        centres,
        edges: Vec::with_capacity(network.edges.len()),
        edges_by_ends: Vec::new(),
        bend_ends: Vec::with_capacity(network.edges.len()),
        bends: Vec::new(),
        grid: Grid::default(),
    };
    for (&(from, to), &(first, n)) in network.edges.iter().zip(&ranked.dummies) {
        layout.edges.push(Edge { from: network.mark(from), to: network.mark(to) });
        for dummy in first..first + n {
            // Straight through the column, so that no curve cuts a corner of what lies in it.
            let (start, end) = spans[ranked.rank[dummy as usize] as usize];
            let y = across[dummy as usize];
            layout.bends.push(Point::new(start, y));
            layout.bends.push(Point::new(end, y));
        }
        layout.bend_ends.push(layout.bends.len() as u32);
    }
    if options.direction == Direction::Down {
        let turn = |p: &mut Point| *p = Point::new(p.y, p.x);
        layout.centres.iter_mut().chain(&mut layout.bends).for_each(turn);
    }
    layout.artifacts = network.artifacts;
    Some(layout)
}

fn extents(network: &Network, direction: Direction, action_width: f32) -> Vec<Extent> {
    let (half_width, half_height) = (action_width / 2.0, Layout::ACTION_HEIGHT / 2.0);
    let radius = Layout::ARTIFACT_RADIUS;
    let (action, artifact) = match direction {
        Direction::Right => (
            Extent { before: half_height, after: half_height, along: half_width },
            // The name lies below.
            Extent { before: radius, after: radius + 18.0, along: Layout::NAME_ROOM / 2.0 },
        ),
        Direction::Down => (
            Extent { before: half_width, after: half_width, along: half_height },
            // The name lies beside.
            Extent { before: radius, after: radius + 5.0 + Layout::NAME_ROOM, along: radius },
        ),
    };
    let mut extents = vec![action; network.n_actions];
    extents.resize(network.n_vertices(), artifact);
    extents
}

/// How many marks a rank should hold so that all ranks together have the wished-for aspect.
fn width_max(extents: &[Extent], gaps: &Gaps, options: &LayoutOptions) -> usize {
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

fn gaps(direction: Direction, with_artifacts: bool) -> Gaps {
    match (direction, with_artifacts) {
        (Direction::Right, true) => Gaps { mark: 16.0, edge: 14.0, rank: 28.0, rank_max: 150.0 },
        (Direction::Right, false) => Gaps { mark: 14.0, edge: 8.0, rank: 64.0, rank_max: 260.0 },
        (Direction::Down, true) => Gaps { mark: 20.0, edge: 14.0, rank: 36.0, rank_max: 120.0 },
        (Direction::Down, false) => Gaps { mark: 20.0, edge: 8.0, rank: 56.0, rank_max: 200.0 },
    }
}

/// Vertices without edges lie in a block of their own below (beside) the rest.
fn place_isolated(
    ranked: &Ranked,
    extents: &[Extent],
    gaps: &Gaps,
    aspect: f32,
    centres: &mut [Point],
) {
    let Some(extent) = ranked.isolated.first().map(|&v| extents[v as usize]) else {
        return;
    };
    let along = 2.0 * extent.along + gaps.mark;
    let across = extent.before + extent.after + gaps.mark;
    let connected = ranked.layers.iter().flatten().filter(|&&v| !ranked.is_dummy(v));
    let (mut right, mut bottom, mut left) = (0f32, f32::MIN, 0f32);
    for &vertex in connected {
        let (at, extent) = (centres[vertex as usize], extents[vertex as usize]);
        right = right.max(at.x + extent.along);
        left = left.min(at.x - extent.along);
        bottom = bottom.max(at.y + extent.after);
    }
    let n = ranked.isolated.len() as f32;
    let wanted = (n * across * aspect / along).sqrt().max((right - left) / along);
    let n_columns = (wanted as usize).max(1);
    let top = if bottom == f32::MIN { 0.0 } else { bottom + 2.0 * gaps.mark };
    for (i, &vertex) in ranked.isolated.iter().enumerate() {
        let (column, row) = ((i % n_columns) as f32, (i / n_columns) as f32);
        centres[vertex as usize] =
            Point::new(extent.along + column * along, top + extent.before + row * across);
    }
}
