//! The layout of a cut through a grouping: what is in an open group lies as a layered picture of
//! its own inside a frame, which is one vertex of the picture around it.
//!
//! Ranks and order of a picture depend on what is directly in it alone, not on what is open there:
//! to unfold a group makes room in place, and all around keeps its order.

use crate::model::Graph;

use super::super::geometry::{Point, Rect};
use super::super::grouping::{Grouping, Open};
use super::acyclic::{self, Weighted};
use super::engine::{self, Extent, Gaps, Placed, Wish};
use super::network::Network;
use super::placed::{Edge, EdgeKind, Frame};
use super::quotient::Quotient;
use super::{Direction, Layout, LayoutOptions, Making, Tell, Tier};

/// Room between a frame and what is in it.
const PADDING: f32 = 18.0;
/// Room between ranks, for edges.
const RANK_GAP: f32 = 88.0;

pub(super) fn lay_out(
    graph: &Graph,
    grouping: &Grouping,
    open: &Open,
    options: &LayoutOptions,
    tell: Tell,
) -> Option<Layout> {
    let mut quotient = Quotient::new(graph, grouping, open);
    tell(Making::Share(0.2)).is_continue().then_some(())?;
    let marks = std::mem::take(&mut quotient.marks);
    let mut layout = Layout::unplaced(graph, Tier::Groups, options.direction, marks);
    let mut levels = Levels::new(&quotient, &layout);
    let n_levels = levels.all.len();
    let mut boxes = vec![Extent::default(); n_levels];
    for level in (0..n_levels).rev() {
        let share = 0.2 + 0.7 * (n_levels - level) as f32 / n_levels as f32;
        let hear = &mut |_: engine::Step| tell(Making::Share(share));
        boxes[level] = levels.place(level, &boxes, &layout, options, hear)?;
    }
    assemble(&mut layout, &quotient, &levels, &boxes);
    Some(layout)
}

/// One picture: what is directly in an open group.
#[derive(Default)]
struct Level {
    /// Vertices of the quotient.
    members: Vec<u32>,
    /// Between positions in `members`, as in the quotient.
    edges: Vec<Weighted>,
    /// By edge, whether it goes back.
    is_back: Vec<bool>,
    /// By edge, the one of `network` that it runs along.
    along: Vec<u32>,
    /// Where all lies, relative to the middle of the frame.
    placed: Option<Placed>,
}

struct Levels {
    all: Vec<Level>,
    /// By edge of the quotient, the level and the edge of it that it runs along.
    lifted: Vec<(u32, u32)>,
    n_marks: usize,
}

impl Levels {
    fn new(quotient: &Quotient, layout: &Layout) -> Self {
        let n_marks = layout.n_marks();
        let mut all: Vec<Level> = quotient.opened.iter().map(|_| Level::default()).collect();
        let mut position = vec![0u32; quotient.around.len()];
        for (vertex, &around) in quotient.around.iter().enumerate() {
            // All but the root, which is in itself.
            if vertex != n_marks {
                let members = &mut all[around as usize].members;
                position[vertex] = members.len() as u32;
                members.push(vertex as u32);
            }
        }
        let mut pairs: Vec<(u32, u32, u32, u32)> = Vec::with_capacity(quotient.edges.len());
        for (i, &(from, to, _)) in quotient.edges.iter().enumerate() {
            let (from, to) = quotient.siblings(from, to);
            let level = quotient.around[from as usize];
            pairs.push((level, position[from as usize], position[to as usize], i as u32));
        }
        pairs.sort_unstable();
        let mut lifted = vec![(0, 0); quotient.edges.len()];
        for (level, from, to, i) in pairs {
            let edges = &mut all[level as usize].edges;
            let weight = quotient.edges[i as usize].2;
            match edges.last_mut().filter(|e| (e.0, e.1) == (from, to)) {
                Some(edge) => edge.2 += weight,
                None => edges.push((from, to, weight)),
            }
            lifted[i as usize] = (level, edges.len() as u32 - 1);
        }
        Self { all, lifted, n_marks }
    }

    /// Places what is in level `level`, frames within it being as large as `boxes` says; answers
    /// how large its own frame is. `None` if broken off.
    fn place(
        &mut self,
        level: usize,
        boxes: &[Extent],
        layout: &Layout,
        options: &LayoutOptions,
        hear: &mut dyn FnMut(engine::Step) -> std::ops::ControlFlow<()>,
    ) -> Option<Extent> {
        let n_marks = self.n_marks;
        let level = &mut self.all[level];
        let network = level.network();
        let nominal: Vec<Extent> =
            level.members.iter().map(|&v| extent(layout, v as usize)).collect();
        let actual = level.members.iter().zip(&nominal);
        let actual: Vec<Extent> = actual
            .map(|(&v, &closed)| (v as usize).checked_sub(n_marks).map_or(closed, |i| boxes[i]))
            .collect();
        // Alike between all ranks: what lies further on must not move with how steep an edge is.
        let gaps =
            Gaps { rank_max: RANK_GAP, rank: RANK_GAP, ..Gaps::of(options.direction, false) };
        let wish = Wish { extents: &actual, nominal: &nominal, gaps: &gaps, options, seeds: None };
        let mut placed = engine::place(&network, &wish, hear)?;
        let own = frame_around(&mut placed, &actual, options.direction);
        level.placed = Some(placed);
        Some(own)
    }
}

impl Level {
    /// The edges without direction back, each once; notes which edge runs along which.
    fn network(&mut self) -> Network {
        let topological = acyclic::order(self.members.len(), &self.edges);
        let mut place = vec![0u32; self.members.len()];
        topological.iter().enumerate().for_each(|(i, &v)| place[v as usize] = i as u32);
        let mut forward: Vec<(u32, u32, u32)> = Vec::with_capacity(self.edges.len());
        for (i, &(from, to, _)) in self.edges.iter().enumerate() {
            let is_back = place[from as usize] > place[to as usize];
            self.is_back.push(is_back);
            forward.push(if is_back { (to, from, i as u32) } else { (from, to, i as u32) });
        }
        forward.sort_unstable();
        let mut network = Network { n: self.members.len(), topological, ..Network::default() };
        self.along = vec![0; self.edges.len()];
        for (from, to, i) in forward {
            let weight = self.edges[i as usize].2;
            if network.edges.last() == Some(&(from, to)) {
                if let Some(sum) = network.weights.last_mut() {
                    *sum += weight;
                }
            } else {
                network.edges.push((from, to));
                network.weights.push(weight);
            }
            self.along[i as usize] = network.edges.len() as u32 - 1;
        }
        network
    }
}

/// Room for the mark at `vertex`; for an open group that of a closed one.
fn extent(layout: &Layout, vertex: usize) -> Extent {
    let is_action = vertex < layout.marks.n_shown_actions();
    let height = if is_action { Layout::ACTION_HEIGHT } else { Layout::GROUP_HEIGHT };
    let (wide, high) = (layout.action_width / 2.0, height / 2.0);
    match layout.direction {
        Direction::Right => Extent { before: high, after: high, along: wide },
        Direction::Down => Extent { before: wide, after: wide, along: high },
    }
}

/// Moves all so that the middle of a frame around it is at the origin; answers how large that is.
fn frame_around(placed: &mut Placed, extents: &[Extent], direction: Direction) -> Extent {
    let (mut low, mut high) = (Point::new(f32::MAX, f32::MAX), Point::new(f32::MIN, f32::MIN));
    for (at, e) in placed.centres.iter().zip(extents) {
        low = Point::new(low.x.min(at.x - e.along), low.y.min(at.y - e.before));
        high = Point::new(high.x.max(at.x + e.along), high.y.max(at.y + e.after));
    }
    for at in &placed.bends {
        low = Point::new(low.x.min(at.x), low.y.min(at.y));
        high = Point::new(high.x.max(at.x), high.y.max(at.y));
    }
    match direction {
        Direction::Right => low.y -= Layout::FRAME_HEAD,
        Direction::Down => low.x -= Layout::FRAME_HEAD,
    }
    let rect = Rect::spanning(low, high).grown(PADDING);
    let middle = rect.centre();
    let points = placed.centres.iter_mut().chain(&mut placed.bends);
    points.for_each(|p| *p = Point::new(p.x - middle.x, p.y - middle.y));
    Extent { before: rect.height / 2.0, after: rect.height / 2.0, along: rect.width / 2.0 }
}

/// Puts the pictures into each other.
fn assemble(layout: &mut Layout, quotient: &Quotient, levels: &Levels, boxes: &[Extent]) {
    let n_marks = levels.n_marks;
    let mut at = vec![Point::default(); quotient.around.len()];
    for (position, level) in levels.all.iter().enumerate() {
        let middle = at[n_marks + position];
        let centres = level.placed.iter().flat_map(|p| &p.centres);
        for (&vertex, centre) in level.members.iter().zip(centres) {
            at[vertex as usize] = Point::new(middle.x + centre.x, middle.y + centre.y);
        }
    }
    let mut placed = Placed {
        centres: at[..n_marks].to_vec(),
        bends: Vec::new(),
        bend_ends: Vec::with_capacity(quotient.edges.len()),
    };
    for (&(from, to, weight), &(level, edge)) in quotient.edges.iter().zip(&levels.lifted) {
        let (picture, middle) = (&levels.all[level as usize], at[n_marks + level as usize]);
        let (from, to) = (layout.marks.at(from as usize), layout.marks.at(to as usize));
        layout.edges.push(Edge { from, to });
        layout.weights.push(weight);
        let is_back = picture.is_back[edge as usize];
        layout.kinds.push(if is_back { EdgeKind::Back } else { EdgeKind::Direct });
        let start = placed.bends.len();
        let bends = picture.placed.iter().flat_map(|p| p.bends_of(picture.along[edge as usize]));
        placed.bends.extend(bends.map(|b| Point::new(b.x + middle.x, b.y + middle.y)));
        if is_back {
            placed.bends[start..].reverse();
        }
        placed.bend_ends.push(placed.bends.len() as u32);
    }
    for (position, &group) in quotient.opened.iter().enumerate().skip(1) {
        let (centre, size) = (at[n_marks + position], boxes[position]);
        let (mut wide, mut high) = (2.0 * size.along, size.before + size.after);
        let mut centre = centre;
        if layout.direction == Direction::Down {
            (wide, high) = (high, wide);
            centre = Point::new(centre.y, centre.x);
        }
        layout.frames.push(Frame { group, rect: Rect::around(centre, wide, high) });
    }
    layout.take(placed);
}
