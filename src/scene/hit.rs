//! What lies under the pointer.

use crate::model::Graph;

use super::geometry::Point;
use super::layout::Layout;
use super::mark::{Mark, Selection};
use super::viewport::Viewport;

/// The mark at `at` (CSS pixels), or within a finger's reach of it. `selection` matters where only
/// what is selected shows its artifacts.
pub fn hit(
    graph: &Graph,
    layout: &Layout,
    selection: Selection,
    viewport: &Viewport,
    at: Point,
) -> Option<Mark> {
    todo!("{} {layout:?} {selection:?} {viewport:?} {at:?}", graph.n_actions())
}
