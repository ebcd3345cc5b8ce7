//! The finished layout: where everything lies, and questions about it.

use crate::model::{ActionId, ArtifactId, Graph, Id};

use super::super::geometry::{Point, Rect};
use super::super::grid::Grid;
use super::super::grouping::GroupId;
use super::super::label;
use super::super::mark::Mark;
use super::super::shape::Font;
use super::grouped::Folds;
use super::{Direction, Tier};

/// In place of an index where there is none.
pub(super) const NONE: u32 = u32::MAX;

/// A line from one mark to another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Edge {
    /// Where it starts: the side that is there first.
    pub from: Mark,
    /// Where it ends.
    pub to: Mark,
}

/// What an edge stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EdgeKind {
    /// One reads what the other writes.
    Direct,
    /// A path through actions that do not show.
    Hidden,
    /// Between groups that depend on each other: against the direction of the layout.
    Back,
}

/// A rectangle around marks of one group.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Frame {
    /// Which group. In an overview a group has a frame in each rank that it is in.
    pub group: GroupId,
    /// Where, in world units. In a view of groups its top [`Layout::FRAME_HEAD`] has room for the
    /// name.
    pub rect: Rect,
}

/// Which marks there are: actions, then artifacts, then groups, each ascending.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Marks {
    /// How many actions the graph has.
    pub n_actions: u32,
    /// The actions that show; `None` for all.
    pub actions: Option<Vec<ActionId>>,
    pub artifacts: Vec<ArtifactId>,
    pub groups: Vec<GroupId>,
    /// By action the index of the mark that stands for it; empty unless groups show.
    pub stands_for: Vec<u32>,
}

impl Marks {
    pub fn n_shown_actions(&self) -> usize {
        self.actions.as_ref().map_or(self.n_actions as usize, Vec::len)
    }

    pub fn len(&self) -> usize {
        self.n_shown_actions() + self.artifacts.len() + self.groups.len()
    }

    /// The mark at `index`, which is below [`len`](Self::len).
    pub fn at(&self, index: usize) -> Mark {
        let n = self.n_shown_actions();
        match (index.checked_sub(n), &self.actions) {
            (None, None) => Mark::Action(ActionId::at(index)),
            (None, Some(shown)) => Mark::Action(shown[index]),
            (Some(i), _) => match i.checked_sub(self.artifacts.len()) {
                None => Mark::Artifact(self.artifacts[i]),
                Some(i) => Mark::Group(self.groups[i]),
            },
        }
    }

    /// The index of `mark`; of an AC entry that of its action.
    pub fn index(&self, mark: Mark) -> Option<usize> {
        let n = self.n_shown_actions();
        match mark {
            Mark::Action(action) | Mark::AcEntry(action) => match &self.actions {
                None => Some(action.index()).filter(|&i| i < n),
                Some(shown) => shown.binary_search(&action).ok(),
            },
            Mark::Artifact(artifact) => Some(n + self.artifacts.binary_search(&artifact).ok()?),
            Mark::Group(group) => {
                Some(n + self.artifacts.len() + self.groups.binary_search(&group).ok()?)
            }
        }
    }
}

/// Where everything lies, in world units (CSS pixels at scale 1).
#[derive(Clone, PartialEq, Debug)]
pub struct Layout {
    pub(super) tier: Tier,
    pub(super) direction: Direction,
    pub(super) bounds: Rect,
    /// Width of every action and group.
    pub(super) action_width: f32,
    pub(super) marks: Marks,
    /// Centres of all marks, by index.
    pub(super) centres: Vec<Point>,
    pub(super) edges: Vec<Edge>,
    /// By edge; empty where all are direct.
    pub(super) kinds: Vec<EdgeKind>,
    /// By edge; empty where all are 1.
    pub(super) weights: Vec<u32>,
    /// Positions in `edges`, by ascending ends.
    pub(super) edges_by_ends: Vec<u32>,
    /// End of each edge's row in `bends`.
    pub(super) bend_ends: Vec<u32>,
    /// Points that edges pass, their ends left out.
    pub(super) bends: Vec<Point>,
    pub(super) frames: Vec<Frame>,
    /// How many of `frames` are lanes: the first ones.
    pub(super) n_lanes: u32,
    pub(super) grid: Grid,
    pub(super) folds: Folds,
}

impl Layout {
    /// Height of an action's rectangle.
    pub const ACTION_HEIGHT: f32 = 36.0;
    /// Height of a closed group's rectangle, as wide as an action's.
    pub const GROUP_HEIGHT: f32 = 52.0;
    /// Room at the top of the frame of an open group, for its name.
    pub const FRAME_HEAD: f32 = 28.0;
    /// Radius of an artifact's circle.
    pub const ARTIFACT_RADIUS: f32 = 7.0;
    /// Side of an AC entry's square.
    pub const AC_SIDE: f32 = 9.0;
    /// Height of the name of an artifact and of the digest below it.
    pub(in crate::scene) const NAME_HEIGHT: f32 = 30.0;
    /// Room for the name of an artifact.
    pub(in crate::scene) const NAME_ROOM: f32 = 92.0;

    /// A layout of `marks` that lie nowhere yet.
    pub(super) fn unplaced(graph: &Graph, tier: Tier, direction: Direction, marks: Marks) -> Self {
        Self {
            tier,
            direction,
            bounds: Rect::default(),
            action_width: action_width(graph),
            centres: vec![Point::default(); marks.len()],
            marks,
            edges: Vec::new(),
            kinds: Vec::new(),
            weights: Vec::new(),
            edges_by_ends: Vec::new(),
            bend_ends: Vec::new(),
            bends: Vec::new(),
            frames: Vec::new(),
            n_lanes: 0,
            grid: Grid::default(),
            folds: Folds::default(),
        }
    }

    /// Fills in what follows from the rest: bounds and ways to search.
    pub(super) fn derive_indices(&mut self) {
        self.bounds = self.measured();
        self.grid = Grid::new(&self.centres, self.bounds);
        self.index_edges();
    }

    /// Fills in the way to find edges by their ends.
    pub(super) fn index_edges(&mut self) {
        let mut by_ends: Vec<u32> = (0..self.edges.len() as u32).collect();
        by_ends.sort_unstable_by_key(|&i| self.edges[i as usize]);
        self.edges_by_ends = by_ends;
    }

    /// How much of the graph it shows.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// Where edges point.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// What to fit a viewport to: all marks, frames and labels.
    pub fn bounds(&self) -> Rect {
        self.bounds
    }

    /// How many marks lie somewhere, AC entries left out.
    pub fn n_marks(&self) -> usize {
        self.centres.len()
    }

    /// Every mark that lies somewhere, AC entries left out: actions by id, then artifacts, then
    /// groups by id.
    pub fn marks(&self) -> impl Iterator<Item = Mark> + '_ {
        (0..self.centres.len()).map(|i| self.marks.at(i))
    }

    /// The mark at position `index` of [`marks`](Self::marks).
    pub fn mark_at(&self, index: usize) -> Mark {
        self.marks.at(index)
    }

    /// The position in [`marks`](Self::marks) of what stands for `action`: itself, or the closed
    /// group that it is in. `None` where nothing does.
    pub fn index_of(&self, action: ActionId) -> Option<usize> {
        match self.marks.stands_for.get(action.index()) {
            Some(&index) => Some(index as usize).filter(|_| index != NONE),
            None => self.marks.index(Mark::Action(action)),
        }
    }

    /// The middle of `mark`, if it is drawn.
    pub fn centre(&self, mark: Mark) -> Option<Point> {
        if let Mark::AcEntry(action) = mark {
            let corner = self.rect(Mark::Action(action))?;
            return Some(Point::new(corner.right() - 12.0, corner.y));
        }
        Some(self.centres[self.marks.index(mark)?])
    }

    /// What `mark` covers, its label left out, if it is drawn.
    pub fn rect(&self, mark: Mark) -> Option<Rect> {
        let (width, height) = match mark {
            Mark::Action(_) => (self.action_width, Self::ACTION_HEIGHT),
            Mark::Artifact(_) => (2.0 * Self::ARTIFACT_RADIUS, 2.0 * Self::ARTIFACT_RADIUS),
            Mark::AcEntry(_) => (Self::AC_SIDE, Self::AC_SIDE),
            Mark::Group(_) => (self.action_width, Self::GROUP_HEIGHT),
        };
        Some(Rect::around(self.centre(mark)?, width, height))
    }

    /// Artifacts with circles, ascending.
    pub fn artifacts(&self) -> &[ArtifactId] {
        &self.marks.artifacts
    }

    /// Groups that show as one mark, ascending.
    pub fn groups(&self) -> &[GroupId] {
        &self.marks.groups
    }

    /// The actions that show as marks of their own, ascending, and their middles.
    pub fn actions(&self) -> impl Iterator<Item = (ActionId, Point)> + '_ {
        let shown = self.marks.n_shown_actions();
        let id = |i: usize| self.marks.actions.as_ref().map_or(ActionId(i as u32), |all| all[i]);
        self.centres[..shown].iter().enumerate().map(move |(i, &at)| (id(i), at))
    }

    /// Rectangles around the marks of one group: open groups in a view of groups, the outer before
    /// the inner; the parts of groups in an overview.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The lanes of an overview: those of its frames in which everything of one group lies, or, in
    /// that of [`GroupId::ROOT`], everything of the groups that are too small for one.
    pub fn lanes(&self) -> &[Frame] {
        &self.frames[..self.n_lanes as usize]
    }

    /// All edges; none in an overview.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// What edge `i` of [`edges`](Self::edges) stands for.
    pub fn edge_kind(&self, i: usize) -> EdgeKind {
        self.kinds.get(i).copied().unwrap_or(EdgeKind::Direct)
    }

    /// How many pairs of a producer and a consumer edge `i` of [`edges`](Self::edges) stands for.
    pub fn edge_weight(&self, i: usize) -> u32 {
        self.weights.get(i).copied().unwrap_or(1)
    }

    /// The position in [`edges`](Self::edges) of the one between those marks.
    pub fn edge_between(&self, from: Mark, to: Mark) -> Option<usize> {
        let edge = Edge { from, to };
        let found = self.edges_by_ends.binary_search_by_key(&edge, |&i| self.edges[i as usize]);
        found.ok().map(|i| self.edges_by_ends[i] as usize)
    }

    /// The points that edge `i` of [`edges`](Self::edges) passes, its two ends included: all the
    /// way in the direction of the layout, or, where it goes back, against it.
    pub fn route(&self, i: usize) -> impl Iterator<Item = Point> + '_ {
        let start = i.checked_sub(1).map_or(0, |before| self.bend_ends[before] as usize);
        let bends = &self.bends[start..self.bend_ends[i] as usize];
        let Edge { from, to } = self.edges[i];
        let side = if self.edge_kind(i) == EdgeKind::Back { -1.0 } else { 1.0 };
        let first = self.port(from, side);
        first.into_iter().chain(bends.iter().copied()).chain(self.port(to, -side))
    }

    /// Where edges touch `mark`: on the side that they leave from (`side` 1) or arrive at (-1).
    pub(in crate::scene) fn port(&self, mark: Mark, side: f32) -> Option<Point> {
        let (rect, centre) = (self.rect(mark)?, self.centre(mark)?);
        Some(match self.direction {
            Direction::Right => Point::new(centre.x + side * rect.width / 2.0, centre.y),
            Direction::Down => Point::new(centre.x, centre.y + side * rect.height / 2.0),
        })
    }

    /// Marks that may lie in `area`; some lie beside it. AC entries left out.
    pub(in crate::scene) fn near(&self, area: Rect) -> impl Iterator<Item = (Mark, Point)> + '_ {
        let found = self.grid.near(area.grown(self.reach()));
        found.map(|i| (self.marks.at(i as usize), self.centres[i as usize]))
    }

    /// Marks whose middles lie in `area`; some lie beside it. AC entries left out.
    pub(in crate::scene) fn middles(&self, area: Rect) -> impl Iterator<Item = (Mark, Point)> + '_ {
        self.grid.near(area).map(|i| (self.marks.at(i as usize), self.centres[i as usize]))
    }

    /// How many marks [`middles`](Self::middles) yields.
    pub(in crate::scene) fn n_middles(&self, area: Rect) -> usize {
        self.grid.n_near(area)
    }

    /// How far a mark and its name reach from its middle, at most.
    fn reach(&self) -> f32 {
        match self.tier {
            // Without names.
            Tier::Overview => self.action_width,
            _ => self.action_width.max(Self::NAME_ROOM),
        }
    }

    /// Width of every action and group.
    pub(in crate::scene) fn action_width(&self) -> f32 {
        self.action_width
    }

    /// Moves everything.
    pub(super) fn shift(&mut self, by: Point) {
        let points = self.centres.iter_mut().chain(&mut self.bends);
        points.for_each(|p| *p = Point::new(p.x + by.x, p.y + by.y));
        for frame in &mut self.frames {
            frame.rect.x += by.x;
            frame.rect.y += by.y;
        }
    }

    /// The bounds of all marks, frames and the names of artifacts.
    fn measured(&self) -> Rect {
        let (mut low, mut high) = (Point::new(f32::MAX, f32::MAX), Point::new(f32::MIN, f32::MIN));
        let mut hold = |at: Point, before: (f32, f32), after: (f32, f32)| {
            low = Point::new(low.x.min(at.x - before.0), low.y.min(at.y - before.1));
            high = Point::new(high.x.max(at.x + after.0), high.y.max(at.y + after.1));
        };
        let (wide, pinned) = (self.action_width / 2.0, Self::AC_SIDE / 2.0);
        let action = (wide, Self::ACTION_HEIGHT / 2.0 + pinned);
        let group = (wide, Self::GROUP_HEIGHT / 2.0);
        let (side, radius) = (Self::NAME_ROOM / 2.0, Self::ARTIFACT_RADIUS);
        let artifact = match self.direction {
            Direction::Right => ((side, radius), (side, radius + Self::NAME_HEIGHT)),
            Direction::Down => ((radius, radius), (radius + 5.0 + Self::NAME_ROOM, radius)),
        };
        let n_actions = self.marks.n_shown_actions();
        let n_artifacts = self.marks.artifacts.len();
        let (actions, rest) = self.centres.split_at(n_actions);
        let (artifacts, groups) = rest.split_at(n_artifacts);
        actions.iter().for_each(|&at| hold(at, action, action));
        artifacts.iter().for_each(|&at| hold(at, artifact.0, artifact.1));
        groups.iter().for_each(|&at| hold(at, group, group));
        for Frame { rect, .. } in &self.frames {
            hold(Point::new(rect.x, rect.y), (0.0, 0.0), (rect.width, rect.height));
        }
        if self.centres.is_empty() { Rect::default() } else { Rect::spanning(low, high) }
    }
}

/// The width that shows most labels whole, within bounds.
fn action_width(graph: &Graph) -> f32 {
    // A sample does, spread over the graph.
    let step = graph.n_actions().div_ceil(500).max(1);
    let mut widths: Vec<f32> = (graph.action_ids().step_by(step))
        .map(|action| label::width(label::of_action(graph, action), Font::Strong, 12.0))
        .collect();
    widths.sort_unstable_by(f32::total_cmp);
    let most = widths.get(widths.len() * 9 / 10).copied().unwrap_or(0.0);
    // In fours, as all room on the page.
    (((most + 34.0) / 4.0).ceil() * 4.0).clamp(112.0, 188.0)
}
