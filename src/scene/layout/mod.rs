//! Where the marks of a graph lie, in world units: layered from producers (left) to consumers.
//!
//! Up to [`LayoutOptions::detail_max`] actions, and any [`Focus`], get the classical treatment
//! (Sugiyama's): ranks, dummies on long edges, sweeps of which the best is kept, least-squares
//! coordinates. Larger graphs get an overview: ranks as columns, wide ranks wrapped into bands, no
//! edges. Groups lie as one layered picture in another, so that unfolding one only makes room.
//! Nothing is recursive; equal graphs lie equally.

mod acyclic;
mod anchor;
mod between;
mod bytes;
mod detail;
mod engine;
mod grouped;
mod lanes;
mod lines;
mod network;
mod order;
mod overview;
mod place;
mod placed;
mod quotient;
mod rank;
mod simplex;
mod spread;

use std::ops::ControlFlow;

use crate::model::Graph;

use super::focus::Focus;
use super::grouping::{Grouping, Open};

pub use placed::{Edge, EdgeKind, Frame, Layout};

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
    /// Width over height that a layout strives for.
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
    /// Every action with its edges.
    Detail,
    /// Some actions with their edges.
    Focus,
    /// Closed groups, the members of open ones, and the edges between them.
    Groups,
    /// Every action, no edges but those pointed at.
    Overview,
}

/// What to lay out of a graph.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// All actions: in detail or as an overview, as [`LayoutOptions::detail_max`] says.
    All,
    /// All actions as an overview, sorted into the groups of a cut, which get frames.
    Overview(&'a Grouping, &'a Open),
    /// The groups of a cut.
    Groups(&'a Grouping, &'a Open),
    /// Some actions.
    Focus(&'a Focus),
}

/// What a layout in the making tells.
#[derive(Clone, PartialEq, Debug)]
pub enum Making {
    /// How far it is, 0 to 1.
    Share(f32),
    /// A picture to show until a better one comes.
    Picture(Box<Layout>),
}

/// Hears of how far a layout is and may break it off.
type Tell<'a> = &'a mut dyn FnMut(Making) -> ControlFlow<()>;

impl Layout {
    /// Lays out `graph`. `progress` hears of how far it is (0 to 1) at least every 50 ms or so of
    /// work and may break it off: then the answer is `None`.
    pub fn layered(
        graph: &Graph,
        options: &LayoutOptions,
        progress: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Option<Self> {
        Self::of(graph, Subject::All, None, options, &mut |making| match making {
            Making::Share(share) => progress(share),
            Making::Picture(_) => ControlFlow::Continue(()),
        })
    }

    /// Lays out `subject`, so that what is in `before` too stays near where it was. `tell` hears of
    /// how far it is at least every 50 ms or so of work, of a first picture where the best takes
    /// longer, and may break it off: then the answer is `None`.
    pub fn of(
        graph: &Graph,
        subject: Subject,
        before: Option<&Self>,
        options: &LayoutOptions,
        tell: &mut dyn FnMut(Making) -> ControlFlow<()>,
    ) -> Option<Self> {
        if tell(Making::Share(0.0)).is_break() {
            return None;
        }
        let mut layout = match subject {
            Subject::All if graph.n_actions() <= options.detail_max => {
                detail::lay_out(graph, None, before, options, tell)?
            }
            Subject::All => overview::lay_out(graph, None, options, tell)?,
            Subject::Overview(grouping, open) => {
                overview::lay_out(graph, Some((grouping, open)), options, tell)?
            }
            Subject::Groups(grouping, open) => {
                grouped::lay_out(graph, grouping, open, before, options, tell)?
            }
            Subject::Focus(focus) => detail::lay_out(graph, Some(focus), before, options, tell)?,
        };
        if let Some(before) = before {
            anchor::hold(&mut layout, before);
        }
        layout.derive_indices();
        tell(Making::Share(1.0)).is_continue().then_some(layout)
    }
}
