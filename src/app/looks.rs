//! Which view of a graph is on show, and how it came to be: plain data.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::model::{ActionId, BlobId};
use crate::scene::{GroupCounts, GroupId, Grouping, Layout, Viewport};
use crate::web::protocol::WireGroupBy;

/// Graphs of more actions open as groups: with a mark each they are a mass of edges.
pub const ACTIONS_AT_ONCE_MAX: usize = 300;

/// A view of a graph that a person can choose.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Look {
    /// All actions with their edges: for small graphs.
    #[default]
    All,
    /// All actions as a map.
    Overview,
    /// Groups.
    Groups,
    /// Some actions.
    Focus(Focused),
}

/// What a focus is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Focused {
    /// An action and what is within so many hops: towards producers, towards consumers.
    Around(ActionId, u32, u32),
    /// All paths between two actions.
    Between(ActionId, ActionId),
    /// What the plan runs, loses or fails.
    Plan,
    /// The loss of a blob: producer, consumers.
    Loss(BlobId),
    /// The executions that had to wait for one another.
    CriticalPath,
}

/// Where the view is and where it was.
#[derive(Clone, Debug, Default)]
pub struct Looking {
    /// What is on show, or asked for.
    pub look: Look,
    /// The groups of the graph, once the worker has told.
    pub grouping: Option<Rc<Grouping>>,
    /// Which of them are open.
    pub open: BTreeSet<GroupId>,
    /// What is in the closed ones; brought up to date when they are painted.
    pub counts: Rc<std::cell::RefCell<GroupCounts>>,
    /// The layout that is asked for.
    pub job: Option<u32>,
    /// The views before, the last one last.
    pub past: Vec<Past>,
    /// The layout that is being left and how far that is, 0 to 1.
    pub leaving: Option<(Rc<Layout>, f32)>,
    /// How many actions a focus left out.
    pub n_left_out: usize,
    /// Width over height of the room when a layout was asked for last.
    pub aspect: f32,
    /// Whether the window is to show all of the layout that is asked for.
    pub fits: bool,
    /// The action selected before the one that is selected now.
    pub other: Option<ActionId>,
    /// Show the critical path in every view.
    pub with_critical_path: bool,
    /// Give all artifacts of a focus marks of their own.
    pub with_artifacts: bool,
    /// What actions are grouped by.
    pub group_by: WireGroupBy,
}

/// A view to come back to.
#[derive(Clone, Debug)]
pub struct Past {
    /// What was on show.
    pub look: Look,
    /// Which groups were open.
    pub open: BTreeSet<GroupId>,
    /// Where it lay.
    pub layout: Rc<Layout>,
    /// Through what window.
    pub viewport: Viewport,
    /// How many actions a focus left out.
    pub n_left_out: usize,
}
