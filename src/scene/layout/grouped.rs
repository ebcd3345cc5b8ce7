//! The layout of a cut through a grouping: what is in an open group lies as a layered picture of
//! its own inside a frame, which is one mark of the picture around it.
//!
//! Ranks and order of a picture depend on what is directly in it alone, not on what is open there,
//! and its fold into lines is kept from the layout before: to unfold a group makes room in place,
//! and all around keeps its order.

use crate::model::Graph;

use super::super::geometry::{Point, Rect};
use super::super::grouping::{GroupId, Grouping, Open};
use super::super::mark::Mark;
use super::acyclic::{self, Weighted};
use super::engine::{self, Extent, Placed};
use super::lines::{self, Fold, Lines};
use super::network::Network;
use super::placed::{Edge, EdgeKind, Frame};
use super::quotient::Quotient;
use super::{Direction, Layout, LayoutOptions, Making, Tell, Tier};

/// Edges that share a gutter run on so many tracks.
const N_TRACKS: u32 = 5;

pub(super) fn lay_out(
    graph: &Graph,
    grouping: &Grouping,
    open: &Open,
    before: Option<&Layout>,
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
    let before = before.filter(|b| b.direction == layout.direction);
    for level in (0..n_levels).rev() {
        let share = 0.2 + 0.7 * (n_levels - level) as f32 / n_levels as f32;
        let hear = &mut || tell(Making::Share(share));
        let group = quotient.opened[level];
        let kept = before.and_then(|b| b.folds.of(group));
        let (own, fold) = levels.place(level, &boxes, &layout, options, kept, hear)?;
        boxes[level] = own;
        layout.folds.0.push((group, fold));
    }
    assemble(&mut layout, &quotient, &levels, &boxes);
    Some(layout)
}

/// How the pictures of a layout are folded. Not part of what it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Folds(Vec<(GroupId, Fold)>);

impl Folds {
    fn of(&self, group: GroupId) -> Option<&Fold> {
        self.0.iter().find(|f| f.0 == group).map(|f| &f.1)
    }
}

impl PartialEq for Folds {
    fn eq(&self, _: &Self) -> bool {
        true
    }
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
    /// Where all lies, relative to the middle of the frame.
    lines: Lines,
}

struct Levels {
    all: Vec<Level>,
    /// By vertex of the quotient, which member of its level it is.
    position: Vec<u32>,
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
                all[around as usize].members.push(vertex as u32);
            }
        }
        for level in &mut all {
            // The same whether a group is open or closed, or it would lie elsewhere.
            level.members.sort_by_key(|&v| match (v as usize).checked_sub(n_marks) {
                None => layout.marks.at(v as usize),
                Some(i) => Mark::Group(quotient.opened[i]),
            });
            for (i, &vertex) in level.members.iter().enumerate() {
                position[vertex as usize] = i as u32;
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
        Self { all, position, lifted, n_marks }
    }

    /// Places what is in level `level`, frames within it being as large as `boxes` says; answers
    /// how large its own frame is and how it is folded. `None` if broken off.
    fn place(
        &mut self,
        level: usize,
        boxes: &[Extent],
        layout: &Layout,
        options: &LayoutOptions,
        kept: Option<&Fold>,
        hear: &mut dyn FnMut() -> std::ops::ControlFlow<()>,
    ) -> Option<(Extent, Fold)> {
        let n_marks = self.n_marks;
        let level = &mut self.all[level];
        let ranked = engine::ordered(&level.network(), hear)?;
        let extents: Vec<Extent> = (level.members.iter())
            .map(|&v| match (v as usize).checked_sub(n_marks) {
                Some(inner) => boxes[inner],
                None => extent(layout, v as usize),
            })
            .collect();
        let ranks = lines::members(&ranked);
        let aspect = match options.direction {
            Direction::Right => options.aspect,
            Direction::Down => 1.0 / options.aspect,
        };
        let fold = match kept.filter(|fold| fold.suits(ranks.len())) {
            Some(fold) => fold.clone(),
            None => Fold::best(&ranks, &extents, aspect),
        };
        level.lines = Lines::new(&ranks, &extents, &fold);
        Some((frame_around(&mut level.lines, &extents, options.direction), fold))
    }
}

impl Level {
    /// The edges without direction back, each once; notes which edges go back.
    fn network(&mut self) -> Network {
        let topological = acyclic::order(self.members.len(), &self.edges);
        let mut place = vec![0u32; self.members.len()];
        topological.iter().enumerate().for_each(|(i, &v)| place[v as usize] = i as u32);
        let mut forward: Vec<Weighted> = Vec::with_capacity(self.edges.len());
        for &(from, to, weight) in &self.edges {
            let is_back = place[from as usize] > place[to as usize];
            self.is_back.push(is_back);
            forward.push(if is_back { (to, from, weight) } else { (from, to, weight) });
        }
        forward.sort_unstable();
        let mut network = Network { n: self.members.len(), topological, ..Network::default() };
        for (from, to, weight) in forward {
            if network.edges.last() == Some(&(from, to)) {
                if let Some(sum) = network.weights.last_mut() {
                    *sum += weight;
                }
            } else {
                network.edges.push((from, to));
                network.weights.push(weight);
            }
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
fn frame_around(lines: &mut Lines, extents: &[Extent], direction: Direction) -> Extent {
    let (mut low, mut high) = (Point::new(f32::MAX, f32::MAX), Point::new(f32::MIN, f32::MIN));
    for (at, e) in lines.centres.iter().zip(extents) {
        low = Point::new(low.x.min(at.x - e.along), low.y.min(at.y - e.before));
        high = Point::new(high.x.max(at.x + e.along), high.y.max(at.y + e.after));
    }
    match direction {
        Direction::Right => low.y -= Layout::FRAME_HEAD - lines::MARGIN / 2.0,
        Direction::Down => low.x -= Layout::FRAME_HEAD,
    }
    let rect = Rect::spanning(low, high).grown(lines::MARGIN);
    let middle = rect.centre();
    lines.shift(-middle.x, -middle.y);
    Extent { before: rect.height / 2.0, after: rect.height / 2.0, along: rect.width / 2.0 }
}

/// Puts the pictures into each other.
fn assemble(layout: &mut Layout, quotient: &Quotient, levels: &Levels, boxes: &[Extent]) {
    let n_marks = levels.n_marks;
    let mut at = vec![Point::default(); quotient.around.len()];
    for (position, level) in levels.all.iter().enumerate() {
        let middle = at[n_marks + position];
        for (&vertex, centre) in level.members.iter().zip(&level.lines.centres) {
            at[vertex as usize] = Point::new(middle.x + centre.x, middle.y + centre.y);
        }
    }
    let mut placed = Placed {
        centres: at[..n_marks].to_vec(),
        bends: Vec::new(),
        bend_ends: Vec::with_capacity(quotient.edges.len()),
    };
    let router = Router { quotient, levels, boxes, at: &at };
    for (&(from, to, weight), &(level, edge)) in quotient.edges.iter().zip(&levels.lifted) {
        let is_back = levels.all[level as usize].is_back[edge as usize];
        let start = placed.bends.len();
        let (first, last) = if is_back { (to, from) } else { (from, to) };
        router.route(first, last, &mut placed.bends);
        if is_back {
            placed.bends[start..].reverse();
        }
        placed.bend_ends.push(placed.bends.len() as u32);
        let (from, to) = (layout.marks.at(from as usize), layout.marks.at(to as usize));
        layout.edges.push(Edge { from, to });
        layout.weights.push(weight);
        layout.kinds.push(if is_back { EdgeKind::Back } else { EdgeKind::Direct });
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

/// How an edge passes a picture on its way out or in: member, height, border; the new height.
type Pass<'a> = &'a dyn Fn(&Lines, u32, f32, f32, &mut Vec<Point>) -> f32;

/// Finds ways along gutters, out of frames and into others.
struct Router<'a> {
    quotient: &'a Quotient,
    levels: &'a Levels,
    boxes: &'a [Extent],
    /// By vertex, its middle.
    at: &'a [Point],
}

impl Router<'_> {
    /// The way from one mark to another that lies behind it, its ends left out.
    fn route(&self, from: u32, to: u32, bends: &mut Vec<Point>) {
        // Edges from one mark share a track.
        let track = (from % N_TRACKS) as f32 / (N_TRACKS - 1) as f32 * 2.0 - 1.0;
        let (outer_from, outer_to) = self.quotient.siblings(from, to);
        let mut way = Vec::new();
        let start = self.climb(from, outer_from, &mut way, &|lines, member, y, border, way| {
            lines.leave(member, y, border, track, way)
        });
        bends.append(&mut way);
        let end = self.climb(to, outer_to, &mut way, &|lines, member, y, border, way| {
            lines.enter(member, y, -border, track, way)
        });
        let mut middle = Vec::new();
        let (level, shift) = self.level(outer_from);
        let member = |vertex: u32| self.levels.position[vertex as usize];
        let ends = [(member(outer_from), start - shift.y), (member(outer_to), end - shift.y)];
        level.lines.between(ends[0], ends[1], track, &mut middle);
        bends.extend(middle.iter().map(|p| Point::new(p.x + shift.x, p.y + shift.y)));
        bends.extend(way.into_iter().rev());
    }

    /// Out of all frames around `vertex` that are in `outer`; answers at which height.
    fn climb(&self, mut vertex: u32, outer: u32, way: &mut Vec<Point>, pass: Pass) -> f32 {
        let mut height = self.at[vertex as usize].y;
        while vertex != outer {
            let (level, shift) = self.level(vertex);
            let around = self.quotient.around[vertex as usize];
            let border = self.boxes[around as usize].along;
            let member = self.levels.position[vertex as usize];
            let mut own = Vec::new();
            height = shift.y + pass(&level.lines, member, height - shift.y, border, &mut own);
            way.extend(own.iter().map(|p| Point::new(p.x + shift.x, p.y + shift.y)));
            vertex = self.levels.n_marks as u32 + around;
        }
        height
    }

    /// The picture that `vertex` is in, and where its middle lies.
    fn level(&self, vertex: u32) -> (&Level, Point) {
        let around = self.quotient.around[vertex as usize] as usize;
        (&self.levels.all[around], self.at[self.levels.n_marks + around])
    }
}
