//! A scene as equal rows of numbers, for a painter that draws them all at once: one row a
//! rectangle, circle, hatch or stretch of a line, in painting order. Texts are left out.

use super::geometry::{Point, Rect};
use super::shape::{Dash, Geometry, Scene, Shape, Style};

/// Pieces that a cubic segment is cut into at most.
const PIECES_MAX: usize = 24;

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InstanceKind {
    /// A rectangle with round corners, or a circle.
    Box,
    /// A stretch of a line with round ends.
    Line,
    /// Diagonal lines in a rectangle with round corners.
    Hatch,
}

/// Rows of [`FLOATS`](Self::FLOATS) numbers and of [`WORDS`](Self::WORDS) words.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Instances {
    /// Per row, in CSS pixels: left, top, width, height, or the two ends of a line; radius of the
    /// corners; width of the stroke; distance of the lines of a hatch, or how far along its line a
    /// stretch begins; 0.
    pub floats: Vec<f32>,
    /// Per row: fill and stroke as red, green, blue, alpha from the highest byte; kind; length on
    /// and off of the dashes in pixels, times 256 and 1.
    pub words: Vec<u32>,
}

impl Instances {
    /// Numbers a row.
    pub const FLOATS: usize = 8;
    /// Words a row.
    pub const WORDS: usize = 4;

    /// The shapes of `scene` but its texts.
    pub fn of(scene: &Scene) -> Self {
        let mut rows = Self::default();
        scene.shapes.iter().for_each(|shape| rows.add(shape));
        rows
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.words.len() / Self::WORDS
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn add(&mut self, shape: &Shape) {
        let style = &shape.style;
        match &shape.geometry {
            Geometry::Rect { rect, radius } => {
                let radius = radius.min(rect.width / 2.0).min(rect.height / 2.0);
                self.push(InstanceKind::Box, sides(*rect), radius, 0.0, style);
            }
            Geometry::Circle { centre, radius } => {
                let rect = Rect::around(*centre, 2.0 * radius, 2.0 * radius);
                self.push(InstanceKind::Box, sides(rect), *radius, 0.0, style);
            }
            Geometry::Hatch { rect, radius, spacing } => {
                self.push(InstanceKind::Hatch, sides(*rect), *radius, *spacing, style);
            }
            Geometry::Line(points) => self.line(points, style),
            Geometry::Curve(points) => self.line(&flat(points), style),
            Geometry::Text { .. } => {}
        }
    }

    fn line(&mut self, points: &[Point], style: &Style) {
        let mut along = 0.0;
        for pair in points.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            self.push(InstanceKind::Line, [a.x, a.y, b.x, b.y], 0.0, along, style);
            along += (b.x - a.x).hypot(b.y - a.y);
        }
    }

    fn push(&mut self, kind: InstanceKind, place: [f32; 4], radius: f32, more: f32, style: &Style) {
        let width = if style.stroke.is_none() { 0.0 } else { style.width };
        self.floats.extend(place);
        self.floats.extend([radius, width, more, 0.0]);
        let dash = match style.dash {
            Dash::Solid => 0,
            dash => (dash.pattern()[0] as u32) << 8 | dash.pattern()[1] as u32,
        };
        self.words.extend([style.fill.0, style.stroke.0, kind as u32, dash]);
    }
}

fn sides(rect: Rect) -> [f32; 4] {
    [rect.x, rect.y, rect.width, rect.height]
}

/// A curve as a row of points, near enough for the eye.
fn flat(curve: &[Point]) -> Vec<Point> {
    let mut points: Vec<Point> = curve.first().copied().into_iter().collect();
    for i in (0..curve.len().saturating_sub(1)).step_by(3) {
        let &[a, b, c, d] = &curve[i..(i + 4).min(curve.len())] else { break };
        // A straight segment needs no cutting.
        let bend = (b.y - a.y).abs().min((d.y - a.y).abs() + (b.x - a.x).abs())
            + (c.y - d.y).abs()
            + (b.x - a.x).abs().min((d.y - a.y).abs());
        let n = if bend < 0.5 { 1 } else { (bend / 4.0) as usize + 6 }.min(PIECES_MAX);
        for step in 1..=n {
            let t = step as f32 / n as f32;
            let (ab, bc, cd) = (a.towards(b, t), b.towards(c, t), c.towards(d, t));
            points.push(ab.towards(bc, t).towards(bc.towards(cd, t), t));
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Color;

    #[test]
    fn every_shape_has_its_rows_in_painting_order() {
        let mut scene = Scene::new(100.0, 50.0, 1.0, Color::NONE);
        let red = Color::rgb(0xFF_0000);
        let rect = Rect { x: 1.0, y: 2.0, width: 30.0, height: 10.0 };
        scene.push(Geometry::Rect { rect, radius: 90.0 }, Style::filled(red));
        let at = |x, y| Point::new(x, y);
        let dashed = Style { dash: Dash::Dashed, ..Style::line(red, 2.0) };
        scene.push(Geometry::Line(vec![at(0.0, 0.0), at(3.0, 4.0), at(3.0, 9.0)]), dashed);
        let curve = vec![at(0.0, 0.0), at(20.0, 0.0), at(20.0, 40.0), at(40.0, 40.0)];
        scene.push(Geometry::Curve(curve), Style::line(red, 1.0));
        let rows = Instances::of(&scene);
        assert_eq!(rows.floats[..8], [1.0, 2.0, 30.0, 10.0, 5.0, 0.0, 0.0, 0.0]);
        assert_eq!(rows.words[..4], [red.0, 0, 0, 0]);
        assert_eq!(rows.floats[16..24], [3.0, 4.0, 3.0, 9.0, 0.0, 2.0, 5.0, 0.0]);
        assert_eq!(rows.words[8..12], [0, red.0, 1, 4 << 8 | 3]);
        assert!((8..=3 + PIECES_MAX).contains(&rows.len()), "{}", rows.len());
        let last = &rows.floats[rows.floats.len() - 8..];
        assert_eq!((last[2], last[3]), (40.0, 40.0));
    }
}
