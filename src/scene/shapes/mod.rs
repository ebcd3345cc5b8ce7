//! Layout, moment and viewport to shapes.

use crate::model::{BlobId, CacheKind, Graph};
use crate::rewind::{Event, Moment};

use super::layout::Layout;
use super::mark::{Mark, Selection};
use super::palette::Theme;
use super::shape::Scene;
use super::viewport::Viewport;

/// All that a picture of the graph depends on.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What there is.
    pub graph: &'a Graph,
    /// Where it lies; of the same graph.
    pub layout: &'a Layout,
    /// What state it is in.
    pub moment: &'a Moment,
    /// The event that led to the moment: its edges move. `None` at the start.
    pub event: Option<&'a Event>,
    /// How far that motion is, 0 to 1; 1 when it is over, and always under
    /// `prefers-reduced-motion`.
    pub motion: f32,
    /// What is selected on the page.
    pub selection: Selection,
    /// What is under the pointer.
    pub hover: Option<Mark>,
    /// Whether a blob or AC entry was in the cache once and is gone from it at this moment.
    pub evicted: &'a dyn Fn(CacheKind, BlobId) -> bool,
    /// Through what window.
    pub viewport: Viewport,
    /// On which ground.
    pub theme: Theme,
}

/// The picture, culled to the viewport.
pub fn shapes(view: &View) -> Scene {
    todo!("{}", view.motion)
}
