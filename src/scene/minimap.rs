//! The whole layout in a corner, with a frame around what shows.

use super::geometry::Point;
use super::layout::Layout;
use super::shape::Scene;
use super::shapes::View;

/// The whole layout in `width` by `height` CSS pixels: a dot for each action, the worst state on
/// top, and a frame for the viewport of `view`.
pub fn minimap(view: &View, width: f32, height: f32) -> Scene {
    todo!("{width} {height} {}", view.motion)
}

/// The world point under `at` (CSS pixels) of a minimap of that size.
pub fn minimap_to_world(layout: &Layout, width: f32, height: f32, at: Point) -> Point {
    todo!("{layout:?} {width} {height} {at:?}")
}
