//! Paints a scene on a canvas.

use web_sys::CanvasRenderingContext2d;

use crate::scene::Scene;

/// Paints `scene` over all of the canvas behind `context`, whose width and height in device pixels
/// must be those of the scene times its pixel ratio.
pub fn paint(context: &CanvasRenderingContext2d, scene: &Scene) {
    todo!("{context:?} {}", scene.width)
}
