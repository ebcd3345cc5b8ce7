//! A picture to take along: what shows, with the legend below it.

use super::geometry::{Point, Rect};
use super::label;
use super::legend::legend;
use super::palette::{Palette, Theme};
use super::shape::{Align, Font, Geometry, Scene, Style};

/// Height of a line of the legend, and size of its text, CSS pixels.
const LINE: f32 = 24.0;
const SIZE: f32 = 12.0;
const MARGIN: f32 = 16.0;

/// `picture` with the legend of `theme` below it.
pub fn with_legend(picture: &Scene, theme: Theme) -> Scene {
    let palette = Palette::of(theme);
    let entries = legend(theme);
    let widest = entries.iter().map(|e| label::width(e.name, Font::Text, SIZE)).fold(0.0, f32::max);
    let column = 28.0 + 8.0 + widest + 20.0;
    let n_columns = (((picture.width - 2.0 * MARGIN) / column) as usize).max(1);
    let n_lines = entries.len().div_ceil(n_columns);
    let top = picture.height + MARGIN;
    let mut scene = picture.clone();
    scene.height = top + n_lines as f32 * LINE + MARGIN;
    // What runs over the lower edge of the picture would lie on the legend.
    let below = Rect {
        x: 0.0,
        y: picture.height,
        width: picture.width,
        height: scene.height - picture.height,
    };
    let ground = Style { stroke: palette.hairline, width: 1.0, ..Style::filled(palette.ground) };
    scene.push(Geometry::Rect { rect: below.grown(1.0), radius: 0.0 }, ground);
    for (i, entry) in entries.into_iter().enumerate() {
        let x = MARGIN + (i % n_columns) as f32 * column;
        let y = top + (i / n_columns) as f32 * LINE;
        let name = Geometry::Text {
            at: Point::new(x + 36.0, y + 14.0),
            text: entry.name.to_owned(),
            font: Font::Text,
            size: SIZE,
            align: Align::Start,
            room: widest,
        };
        scene.shapes.extend(entry.picture.shapes.into_iter().map(|shape| shape.moved(x, y)));
        scene.push(name, Style::filled(palette.text));
    }
    scene
}
