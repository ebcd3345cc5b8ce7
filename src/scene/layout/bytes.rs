//! A layout as bytes, to hand it from the worker to the page: little-endian 32-bit words.

use crate::model::{ActionId, ArtifactId};

use super::super::geometry::{Point, Rect};
use super::super::grid::Grid;
use super::super::grouping::GroupId;
use super::super::mark::Mark;
use super::grouped::Folds;
use super::placed::{Edge, EdgeKind, Frame, Marks, NONE};
use super::{Direction, Layout, Tier};

const TIERS: [Tier; 4] = [Tier::Detail, Tier::Focus, Tier::Groups, Tier::Overview];
const KINDS: [EdgeKind; 3] = [EdgeKind::Direct, EdgeKind::Hidden, EdgeKind::Back];

/// Words before the rows.
const HEAD: usize = 16;
/// Words of the bounds and of the head of the grid.
const PLACE: usize = 8;

impl Layout {
    /// The layout as bytes; [`from_bytes`](Self::from_bytes) reads them back.
    pub fn to_bytes(&self) -> Vec<u8> {
        let marks = &self.marks;
        let shown = marks.actions.as_deref();
        let tier = TIERS.iter().position(|&t| t == self.tier).unwrap_or_default();
        let mut bytes = Vec::with_capacity(4 * (HEAD + 4 * self.centres.len()));
        let mut push = |word: u32| bytes.extend_from_slice(&word.to_le_bytes());
        push(tier as u32);
        push(u32::from(self.direction == Direction::Down));
        push(self.action_width.to_bits());
        push(marks.n_actions);
        push(u32::from(shown.is_some()));
        push(self.n_lanes);
        let (grid, starts, all) = self.grid.to_words();
        push(starts.len() as u32);
        let lengths = [
            shown.map_or(0, <[_]>::len),
            marks.artifacts.len(),
            marks.groups.len(),
            marks.stands_for.len(),
            self.edges.len(),
            self.kinds.len(),
            self.weights.len(),
            self.bends.len(),
            self.frames.len(),
        ];
        lengths.iter().for_each(|&n| push(n as u32));
        shown.unwrap_or_default().iter().for_each(|a| push(a.0));
        marks.artifacts.iter().for_each(|a| push(a.0));
        marks.groups.iter().for_each(|g| push(g.0));
        marks.stands_for.iter().for_each(|&i| push(i));
        for at in self.centres.iter().chain(&self.bends) {
            push(at.x.to_bits());
            push(at.y.to_bits());
        }
        for edge in &self.edges {
            mark_words(edge.from).into_iter().for_each(&mut push);
            mark_words(edge.to).into_iter().for_each(&mut push);
        }
        self.kinds.iter().for_each(|&kind| push(kind as u32));
        self.weights.iter().for_each(|&weight| push(weight));
        self.bend_ends.iter().for_each(|&end| push(end));
        for Frame { group, rect } in &self.frames {
            push(group.0);
            rect_words(*rect).into_iter().for_each(&mut push);
        }
        // Sorting a million marks into cells would hold a frame up: the grid goes along.
        rect_words(self.bounds).into_iter().chain(grid).for_each(&mut push);
        starts.iter().chain(all).for_each(|&word| push(word));
        bytes
    }

    /// The layout that [`to_bytes`](Self::to_bytes) wrote; `None` for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut words = Words(bytes.as_chunks::<4>().0);
        let head = words.take(HEAD.min(words.0.len()));
        let &[tier, down, width, n_actions, some, n_lanes, n_starts, ref lengths @ ..] = &head[..]
        else {
            return None;
        };
        let lengths: [u32; 9] = lengths.try_into().ok()?;
        if bytes.len() as u64 != 4 * (n_words(n_actions, some, lengths) + u64::from(n_starts)) {
            return None;
        }
        let [shown, artifacts, groups, stands_for, edges, kinds, weights, bends, frames] =
            lengths.map(|n| n as usize);
        let actions: Vec<ActionId> = words.take(shown).into_iter().map(ActionId).collect();
        let marks = Marks {
            n_actions,
            actions: (some == 1).then_some(actions),
            artifacts: words.take(artifacts).into_iter().map(ArtifactId).collect(),
            groups: words.take(groups).into_iter().map(GroupId).collect(),
            stands_for: words.take(stands_for),
        };
        let n_marks = marks.len();
        let mut layout = Self {
            tier: *TIERS.get(tier as usize)?,
            direction: if down == 1 { Direction::Down } else { Direction::Right },
            bounds: Rect::default(),
            action_width: f32::from_bits(width),
            marks,
            centres: words.points(n_marks),
            bends: words.points(bends),
            edges: words.edges(edges)?,
            kinds: words.kinds(kinds)?,
            weights: words.take(weights),
            bend_ends: words.take(edges),
            frames: words.frames(frames),
            n_lanes,
            edges_by_ends: Vec::new(),
            grid: Grid::default(),
            folds: Folds::default(),
        };
        layout.bounds = words.rect();
        let grid = words.four();
        layout.grid = Grid::from_words(grid, words.take(n_starts as usize), words.take(n_marks))?;
        if !layout.holds_together() {
            return None;
        }
        layout.index_edges();
        Some(layout)
    }

    /// Whether every reference leads somewhere.
    fn holds_together(&self) -> bool {
        let rising = self.bend_ends.windows(2).all(|w| w[0] <= w[1]);
        let last = self.bend_ends.last().map_or(0, |&end| end as usize);
        let n = self.centres.len() as u32;
        let stands_for = &self.marks.stands_for;
        let fits = |n: usize, of: usize| n == 0 || n == of;
        rising
            && last == self.bends.len()
            && self.n_lanes as usize <= self.frames.len()
            && stands_for.iter().all(|&i| i < n || i == NONE)
            && fits(stands_for.len(), self.marks.n_actions as usize)
            && fits(self.kinds.len(), self.edges.len())
            && fits(self.weights.len(), self.edges.len())
    }
}

/// How many words a layout of those lengths has.
fn n_words(n_actions: u32, some: u32, lengths: [u32; 9]) -> u64 {
    let [shown, artifacts, groups, stands_for, edges, kinds, weights, bends, frames] =
        lengths.map(u64::from);
    let n_shown = if some == 1 { shown } else { u64::from(n_actions) };
    let n_marks = n_shown + artifacts + groups;
    let rows = shown + artifacts + groups + stands_for + kinds + weights;
    (HEAD + PLACE) as u64 + rows + 3 * n_marks + 2 * bends + 5 * (edges + frames)
}

/// What is still to be read. Rows are read as pieces of a slice: this way the loop is a copy.
struct Words<'a>(&'a [[u8; 4]]);

impl Words<'_> {
    fn take(&mut self, n: usize) -> Vec<u32> {
        let (row, rest) = self.0.split_at(n);
        self.0 = rest;
        row.iter().map(|word| u32::from_le_bytes(*word)).collect()
    }

    fn four(&mut self) -> [u32; 4] {
        let row = self.take(4);
        [row[0], row[1], row[2], row[3]]
    }

    fn rect(&mut self) -> Rect {
        let [x, y, width, height] = self.four().map(f32::from_bits);
        Rect { x, y, width, height }
    }

    fn points(&mut self, n: usize) -> Vec<Point> {
        let words = self.take(2 * n);
        let real = f32::from_bits;
        words.chunks_exact(2).map(|w| Point::new(real(w[0]), real(w[1]))).collect()
    }

    fn edges(&mut self, n: usize) -> Option<Vec<Edge>> {
        let edge = |w: &[u32]| Some(Edge { from: mark([w[0], w[1]])?, to: mark([w[2], w[3]])? });
        self.take(4 * n).chunks_exact(4).map(edge).collect()
    }

    fn kinds(&mut self, n: usize) -> Option<Vec<EdgeKind>> {
        self.take(n).into_iter().map(|kind| KINDS.get(kind as usize).copied()).collect()
    }

    fn frames(&mut self, n: usize) -> Vec<Frame> {
        (0..n)
            .map(|_| {
                let group = self.take(1)[0];
                Frame { group: GroupId(group), rect: self.rect() }
            })
            .collect()
    }
}

fn rect_words(rect: Rect) -> [u32; 4] {
    [rect.x, rect.y, rect.width, rect.height].map(f32::to_bits)
}

fn mark_words(mark: Mark) -> [u32; 2] {
    match mark {
        Mark::Action(action) => [0, action.0],
        Mark::Artifact(artifact) => [1, artifact.0],
        Mark::AcEntry(action) => [2, action.0],
        Mark::Group(group) => [3, group.0],
    }
}

fn mark([kind, id]: [u32; 2]) -> Option<Mark> {
    Some(match kind {
        0 => Mark::Action(ActionId(id)),
        1 => Mark::Artifact(ArtifactId(id)),
        2 => Mark::AcEntry(ActionId(id)),
        3 => Mark::Group(GroupId(id)),
        _ => return None,
    })
}
