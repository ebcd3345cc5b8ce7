//! The whole layout in a corner, with a frame around what shows.

use super::geometry::{Point, Rect};
use super::layout::Layout;
use super::palette::Palette;
use super::shape::{Geometry, Scene, Style};
use super::shapes::{PixelMap, View};
use super::viewport::Viewport;

/// The whole layout in `width` by `height` CSS pixels: a dot for each action, the worst state on
/// top, and a frame for the viewport of `view`. `map` keeps what it painted for the next time.
pub fn minimap(view: &View, width: f32, height: f32, map: &mut PixelMap) -> Scene {
    let palette = Palette::of(view.theme);
    let ratio = view.viewport.pixel_ratio;
    let small = Viewport::new(width, height, ratio).fit(view.layout.bounds());
    let mut scene = Scene::new(width, height, ratio, palette.ground);
    scene.raster = Some(map.draw(&View { viewport: small, ..*view }));
    let seen = view.viewport.world();
    let corners = [Point::new(seen.x, seen.y), Point::new(seen.right(), seen.bottom())];
    let [low, high] = corners.map(|corner| {
        let at = small.to_screen(corner);
        Point::new(at.x.clamp(0.5, width - 0.5), at.y.clamp(0.5, height - 0.5))
    });
    let frame = Geometry::Rect { rect: Rect::spanning(low, high), radius: 2.0 };
    let style = Style { fill: palette.text.with_alpha(0.06), ..Style::line(palette.quiet, 1.0) };
    scene.push(frame, style);
    scene
}

/// The world point under `at` (CSS pixels) of a minimap of that size.
pub fn minimap_to_world(layout: &Layout, width: f32, height: f32, at: Point) -> Point {
    Viewport::new(width, height, 1.0).fit(layout.bounds()).to_world(at)
}
