//! Where the marks of a graph lie, in world units: layered from producers (left) to consumers.
//!
//! Up to [`LayoutOptions::detail_max`] actions get the classical treatment (Sugiyama's): longest
//! path ranks, dummies on long edges, barycentre sweeps of which the best is kept, least-squares
//! coordinates. Larger graphs get an overview: ranks as columns, wide ranks wrapped into bands, no
//! edges. Nothing is recursive; equal graphs lie equally.

mod bytes;
mod detail;
mod network;
mod order;
mod overview;
mod place;
mod rank;

use std::ops::ControlFlow;

use crate::model::{ActionId, ArtifactId, Graph, Id};

use super::geometry::{Point, Rect};
use super::grid::Grid;
use super::label;
use super::mark::Mark;
use super::shape::Font;

/// Which artifacts get circles of their own. The others' edges go from action to action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ShownArtifacts {
    /// All in a small graph, none in a larger one.
    #[default]
    Auto,
    /// All that an action reads or writes.
    All,
    /// Those that an action writes.
    Derived,
    /// None.
    None,
}

/// Where edges point.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    /// To the right.
    #[default]
    Right,
    /// Down: for windows taller than wide.
    Down,
}

/// What a person can choose about a layout.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LayoutOptions {
    /// Which artifacts get circles.
    pub artifacts: ShownArtifacts,
    /// Where edges point.
    pub direction: Direction,
    /// Graphs of more actions get the overview.
    pub detail_max: usize,
    /// Width over height that an overview strives for.
    pub aspect: f32,
}

impl Default for LayoutOptions {
    fn default() -> Self {
        Self {
            artifacts: ShownArtifacts::Auto,
            direction: Direction::Right,
            detail_max: 3_000,
            aspect: 1.6,
        }
    }
}

impl LayoutOptions {
    /// What suits a window of that size, in CSS pixels: down where it is narrow, else to the right.
    pub fn for_window(width: f32, height: f32) -> Self {
        let is_narrow = width < 640.0 && height > width * 0.8;
        Self {
            direction: if is_narrow { Direction::Down } else { Direction::Right },
            aspect: (width / height.max(1.0)).clamp(0.4, 3.0),
            ..Self::default()
        }
    }
}

/// How much of a graph a layout shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tier {
    /// Every mark with its edges.
    Detail,
    /// Every action, no edges but those pointed at.
    Overview,
}

/// A line from one mark to another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Edge {
    /// Where it starts: the side that is there first.
    pub from: Mark,
    /// Where it ends.
    pub to: Mark,
}

/// Where everything lies, in world units (CSS pixels at scale 1).
#[derive(Clone, PartialEq, Debug)]
pub struct Layout {
    tier: Tier,
    direction: Direction,
    bounds: Rect,
    /// Width of every action.
    action_width: f32,
    n_actions: usize,
    /// Artifacts with a circle, ascending.
    artifacts: Vec<ArtifactId>,
    /// Centres: of all actions by id, then of `artifacts`.
    centres: Vec<Point>,
    edges: Vec<Edge>,
    /// Positions in `edges`, by ascending ends.
    edges_by_ends: Vec<u32>,
    /// End of each edge's row in `bends`.
    bend_ends: Vec<u32>,
    /// Points that edges pass, their ends left out.
    bends: Vec<Point>,
    grid: Grid,
}

impl Layout {
    /// Height of an action's rectangle.
    pub const ACTION_HEIGHT: f32 = 36.0;
    /// Radius of an artifact's circle.
    pub const ARTIFACT_RADIUS: f32 = 7.0;
    /// Side of an AC entry's square.
    pub const AC_SIDE: f32 = 9.0;
    /// Room for the name of an artifact.
    pub(super) const NAME_ROOM: f32 = 92.0;

    /// Lays out `graph`. `progress` hears of how far it is (0 to 1) at least every 100 ms or so of
    /// work and may break it off: then the answer is `None`.
    pub fn layered(
        graph: &Graph,
        options: &LayoutOptions,
        progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Option<Self> {
        if progress(0.0).is_break() {
            return None;
        }
        let mut layout = if graph.n_actions() > options.detail_max {
            Self::overview(graph, options, progress)?
        } else {
            detail::lay_out(graph, options, progress)?
        };
        layout.derive_indices();
        progress(1.0).is_continue().then_some(layout)
    }

    /// Fills in what follows from the rest: bounds and ways to search.
    fn derive_indices(&mut self) {
        self.bounds = self.measured();
        self.grid = Grid::new(&self.centres, self.bounds);
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

    /// What to fit a viewport to: all marks and their labels.
    pub fn bounds(&self) -> Rect {
        self.bounds
    }

    /// Every mark that lies somewhere, AC entries left out: actions by id, then artifacts by id.
    pub fn marks(&self) -> impl Iterator<Item = Mark> + '_ {
        (0..self.centres.len() as u32).map(|i| self.mark(i))
    }

    /// The middle of `mark`, if it is drawn.
    pub fn centre(&self, mark: Mark) -> Option<Point> {
        match mark {
            Mark::Action(action) => self.centres[..self.n_actions].get(action.index()).copied(),
            Mark::Artifact(artifact) => {
                let i = self.artifacts.binary_search(&artifact).ok()?;
                Some(self.centres[self.n_actions + i])
            }
            Mark::AcEntry(action) => {
                let corner = self.rect(Mark::Action(action))?;
                Some(Point::new(corner.right() - 12.0, corner.y))
            }
        }
    }

    /// What `mark` covers, its label left out, if it is drawn.
    pub fn rect(&self, mark: Mark) -> Option<Rect> {
        let (width, height) = match mark {
            Mark::Action(_) => (self.action_width, Self::ACTION_HEIGHT),
            Mark::Artifact(_) => (2.0 * Self::ARTIFACT_RADIUS, 2.0 * Self::ARTIFACT_RADIUS),
            Mark::AcEntry(_) => (Self::AC_SIDE, Self::AC_SIDE),
        };
        Some(Rect::around(self.centre(mark)?, width, height))
    }

    /// Artifacts with circles, ascending.
    pub fn artifacts(&self) -> &[ArtifactId] {
        &self.artifacts
    }

    /// All edges; none in an overview.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The position in [`edges`](Self::edges) of the one between those marks.
    pub fn edge_between(&self, from: Mark, to: Mark) -> Option<usize> {
        let edge = Edge { from, to };
        let found = self.edges_by_ends.binary_search_by_key(&edge, |&i| self.edges[i as usize]);
        found.ok().map(|i| self.edges_by_ends[i] as usize)
    }

    /// The points that edge `i` of [`edges`](Self::edges) passes, its two ends included.
    pub fn route(&self, i: usize) -> impl Iterator<Item = Point> + '_ {
        let start = i.checked_sub(1).map_or(0, |before| self.bend_ends[before] as usize);
        let bends = &self.bends[start..self.bend_ends[i] as usize];
        let Edge { from, to } = self.edges[i];
        let first = self.port(from, 1.0);
        first.into_iter().chain(bends.iter().copied()).chain(self.port(to, -1.0))
    }

    /// Where edges touch `mark`: on the side that they leave from (`side` 1) or arrive at (-1).
    pub(super) fn port(&self, mark: Mark, side: f32) -> Option<Point> {
        let (rect, centre) = (self.rect(mark)?, self.centre(mark)?);
        Some(match self.direction {
            Direction::Right => Point::new(centre.x + side * rect.width / 2.0, centre.y),
            Direction::Down => Point::new(centre.x, centre.y + side * rect.height / 2.0),
        })
    }

    /// Marks that may lie in `area`; some lie beside it. AC entries left out.
    pub(super) fn near(&self, area: Rect) -> impl Iterator<Item = (Mark, Point)> + '_ {
        let reach = self.action_width.max(Self::NAME_ROOM);
        let found = self.grid.near(area.grown(reach));
        found.map(|i| (self.mark(i), self.centres[i as usize]))
    }

    /// Centres of all actions, by id.
    pub(super) fn action_centres(&self) -> &[Point] {
        &self.centres[..self.n_actions]
    }

    /// Width of every action.
    pub(super) fn action_width(&self) -> f32 {
        self.action_width
    }

    fn mark(&self, vertex: u32) -> Mark {
        let vertex = vertex as usize;
        match vertex.checked_sub(self.n_actions) {
            None => Mark::Action(ActionId::at(vertex)),
            Some(i) => Mark::Artifact(self.artifacts[i]),
        }
    }

    fn overview(
        graph: &Graph,
        options: &LayoutOptions,
        progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Option<Self> {
        let action_width = action_width(graph);
        let (wide, high) = (action_width + 16.0, Self::ACTION_HEIGHT + 12.0);
        let is_right = options.direction == Direction::Right;
        let (along, across) = if is_right { (wide, high) } else { (high, wide) };
        let aspect = if is_right { options.aspect } else { 1.0 / options.aspect };
        let pitch = overview::Pitch { along, across, rank: 56.0, line: 64.0 };
        let mut centres = overview::place(graph, &pitch, aspect, progress)?;
        if !is_right {
            centres.iter_mut().for_each(|p| *p = Point::new(p.y, p.x));
        }
        Some(Self {
            tier: Tier::Overview,
            direction: options.direction,
            bounds: Rect::default(),
            action_width,
            n_actions: graph.n_actions(),
            artifacts: Vec::new(),
            centres,
            edges: Vec::new(),
            edges_by_ends: Vec::new(),
            bend_ends: Vec::new(),
            bends: Vec::new(),
            grid: Grid::default(),
        })
    }

    /// The bounds of all marks and the names of artifacts.
    fn measured(&self) -> Rect {
        let (mut low, mut high) = (Point::new(f32::MAX, f32::MAX), Point::new(f32::MIN, f32::MIN));
        let half = (self.action_width / 2.0, Self::ACTION_HEIGHT / 2.0 + Self::AC_SIDE / 2.0);
        for (i, at) in self.centres.iter().enumerate() {
            let (before, after) = match (i < self.n_actions, self.direction) {
                (true, _) => (half, half),
                (false, Direction::Right) => {
                    let side = Self::NAME_ROOM / 2.0;
                    ((side, Self::ARTIFACT_RADIUS), (side, Self::ARTIFACT_RADIUS + 18.0))
                }
                (false, Direction::Down) => {
                    let radius = Self::ARTIFACT_RADIUS;
                    ((radius, radius), (radius + 5.0 + Self::NAME_ROOM, radius))
                }
            };
            low = Point::new(low.x.min(at.x - before.0), low.y.min(at.y - before.1));
            high = Point::new(high.x.max(at.x + after.0), high.y.max(at.y + after.1));
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
