//! From mark to mark by keyboard, along the edges.

use crate::model::Graph;

use super::layout::Layout;
use super::mark::Mark;

/// Which way to go from a mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Against the edges: to what it reads, or who writes it.
    Input,
    /// Along the edges: to what it writes, or who reads it.
    Output,
    /// To the next below (to the right in a layout that points down) in its rank.
    Next,
    /// To the next above (to the left).
    Previous,
}

/// The mark one step from `from`; `None` where the picture ends. Of several inputs or outputs the
/// one nearest across.
pub fn step_along(graph: &Graph, layout: &Layout, from: Mark, way: Way) -> Option<Mark> {
    todo!("{} {layout:?} {from:?} {way:?}", graph.n_actions())
}
