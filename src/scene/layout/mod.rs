//! Where the marks of a graph lie, in world units: layered from producers (left) to consumers.
//!
//! Up to [`LayoutOptions::detail_max`] actions get the classical treatment (Sugiyama's): longest
//! path ranks, dummies on long edges, barycentre sweeps of which the best is kept, least-squares
//! coordinates. Larger graphs get an overview: ranks as columns, wide ranks wrapped into bands, no
//! edges. Nothing is recursive; equal graphs lie equally.

mod network;
mod order;
mod overview;
mod place;
mod rank;

use std::ops::ControlFlow;

use crate::model::{ActionId, ArtifactId, Graph, Id};

use super::geometry::{Point, Rect};
use super::grid::Grid;
use super::mark::Mark;

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

/// How much of a graph a layout shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tier {
    /// Every mark with its edges.
    Detail,
    /// Every action, no edges but those pointed at.
    Overview,
}

/// A line from one mark to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    /// Width and height of every action.
    action_size: (f32, f32),
    n_actions: usize,
    /// Artifacts with a circle, ascending.
    artifacts: Vec<ArtifactId>,
    /// Centres: of all actions by id, then of `artifacts`.
    centres: Vec<Point>,
    edges: Vec<Edge>,
    /// End of each edge's row in `bends`.
    bend_ends: Vec<u32>,
    /// Points that edges pass, their ends left out.
    bends: Vec<Point>,
    grid: Grid,
}

impl Layout {
    /// Radius of an artifact's circle.
    pub const ARTIFACT_RADIUS: f32 = 7.0;
    /// Side of an AC entry's square.
    pub const AC_SIDE: f32 = 9.0;

    /// Lays out `graph`. `progress` hears of how far it is (0 to 1) at least every 100 ms or so of
    /// work and may break it off: then the answer is `None`.
    pub fn layered(
        graph: &Graph,
        options: &LayoutOptions,
        progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Option<Self> {
        todo!("{} {options:?} {:?}", graph.n_actions(), progress(0.0))
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
        let actions = (0..self.n_actions).map(|i| Mark::Action(ActionId::at(i)));
        actions.chain(self.artifacts.iter().map(|&a| Mark::Artifact(a)))
    }

    /// All edges; none in an overview.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    pub fn rect(&self, _mark: Mark) -> Option<Rect> {
        None
    }
}
