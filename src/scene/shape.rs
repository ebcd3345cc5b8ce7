//! Plain shapes in CSS pixels, in painting order: all that a painter has to know.

use std::rc::Rc;

use super::geometry::{Point, Rect};
use super::palette::Color;

/// How a line is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dash {
    /// Not at all.
    #[default]
    Solid,
    /// 4 on, 3 off.
    Dashed,
    /// 2 on, 2 off: dashes of what is too small for longer ones.
    Fine,
    /// 1 on, 3 off, round.
    Dotted,
}

impl Dash {
    /// Lengths on and off, in CSS pixels; empty for a solid line.
    pub fn pattern(self) -> &'static [f32] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[4.0, 3.0],
            Self::Fine => &[2.0, 2.0],
            Self::Dotted => &[1.0, 3.0],
        }
    }
}

/// How a shape is filled and outlined. A transparent colour paints nothing.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Style {
    /// Inside.
    pub fill: Color,
    /// Outline.
    pub stroke: Color,
    /// Width of the outline in CSS pixels.
    pub width: f32,
    /// How the outline is broken.
    pub dash: Dash,
}

impl Style {
    /// Filled, not outlined.
    pub fn filled(fill: Color) -> Self {
        Self { fill, ..Self::default() }
    }

    /// A solid line.
    pub fn line(stroke: Color, width: f32) -> Self {
        Self { stroke, width, ..Self::default() }
    }
}

/// A typeface and weight; the size comes with the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Font {
    /// The system's, regular.
    Text,
    /// The system's, semi-bold.
    Strong,
    /// The system's monospace.
    Mono,
}

impl Font {
    /// The CSS families.
    pub fn families(self) -> &'static str {
        match self {
            Self::Text | Self::Strong => "system-ui, sans-serif",
            Self::Mono => "ui-monospace, monospace",
        }
    }

    /// The CSS weight.
    pub fn weight(self) -> u16 {
        if self == Self::Strong { 600 } else { 400 }
    }
}

/// Where a text lies relative to its point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// It starts there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// The form of a shape.
#[derive(Clone, PartialEq, Debug)]
pub enum Geometry {
    /// A rectangle with rounded corners.
    Rect {
        /// Its place.
        rect: Rect,
        /// Radius of its corners.
        radius: f32,
    },
    /// A circle.
    Circle {
        /// Its middle.
        centre: Point,
        /// Its radius.
        radius: f32,
    },
    /// An open line through points.
    Line(Vec<Point>),
    /// Smooth segments end to end: first point, then two control points and an end each.
    Curve(Vec<Point>),
    /// Diagonal lines inside a rectangle with rounded corners (a circle if as round as can be).
    Hatch {
        /// Its place.
        rect: Rect,
        /// Radius of its corners.
        radius: f32,
        /// Distance between the lines, measured along the upper edge.
        spacing: f32,
    },
    /// One line of text.
    Text {
        /// On the base line.
        at: Point,
        /// What it says.
        text: String,
        /// In what.
        font: Font,
        /// How large, in CSS pixels.
        size: f32,
        /// Where it lies.
        align: Align,
        /// Room in CSS pixels: a painter squeezes what its typeface makes wider.
        room: f32,
    },
}

/// A form and how it is painted. The fill of a text is its colour.
#[derive(Clone, PartialEq, Debug)]
pub struct Shape {
    /// Its form.
    pub geometry: Geometry,
    /// Its paint.
    pub style: Style,
}

impl Shape {
    /// The box around it in CSS pixels; for a text, around what it may cover.
    pub fn bounds(&self) -> Rect {
        let rect = match &self.geometry {
            Geometry::Rect { rect, .. } | Geometry::Hatch { rect, .. } => *rect,
            Geometry::Circle { centre, radius } => {
                Rect::around(*centre, 2.0 * radius, 2.0 * radius)
            }
            Geometry::Line(points) | Geometry::Curve(points) => hull(points),
            Geometry::Text { at, size, align, room, .. } => {
                let x = match align {
                    Align::Start => at.x,
                    Align::Middle => at.x - room / 2.0,
                    Align::End => at.x - room,
                };
                Rect { x, y: at.y - size, width: *room, height: size * 1.4 }
            }
        };
        rect.grown(self.style.width / 2.0 + 1.0)
    }

    /// The same shape elsewhere.
    #[must_use]
    pub fn moved(mut self, dx: f32, dy: f32) -> Self {
        let shift = |p: &mut Point| *p = Point::new(p.x + dx, p.y + dy);
        match &mut self.geometry {
            Geometry::Rect { rect, .. } | Geometry::Hatch { rect, .. } => {
                (rect.x, rect.y) = (rect.x + dx, rect.y + dy);
            }
            Geometry::Circle { centre, .. } => shift(centre),
            Geometry::Line(points) | Geometry::Curve(points) => points.iter_mut().for_each(shift),
            Geometry::Text { at, .. } => shift(at),
        }
        self
    }

    /// A number that other shapes hardly have.
    pub fn fingerprint(&self) -> u64 {
        let mut print = Fingerprint(0xcbf2_9ce4_8422_2325);
        let Style { fill, stroke, width, dash } = self.style;
        print.words([fill.0, stroke.0, width.to_bits(), dash as u32]);
        match &self.geometry {
            Geometry::Rect { rect, radius } => print.rect(1, rect, *radius),
            Geometry::Circle { centre, radius } => {
                print.words([2, centre.x.to_bits(), centre.y.to_bits(), radius.to_bits()]);
            }
            Geometry::Line(points) | Geometry::Curve(points) => {
                points.iter().for_each(|p| print.words([p.x.to_bits(), p.y.to_bits()]));
            }
            Geometry::Hatch { rect, radius, spacing } => print.rect(3, rect, radius + spacing),
            Geometry::Text { at, text, font, size, align, room } => {
                print.words([at.x.to_bits(), at.y.to_bits(), size.to_bits(), room.to_bits()]);
                print.words([*font as u32, *align as u32]);
                text.bytes().for_each(|byte| print.words([u32::from(byte)]));
            }
        }
        print.0
    }
}

/// The box around some points.
fn hull(points: &[Point]) -> Rect {
    let (mut low, mut high) = (Point::new(f32::MAX, f32::MAX), Point::new(f32::MIN, f32::MIN));
    for at in points {
        low = Point::new(low.x.min(at.x), low.y.min(at.y));
        high = Point::new(high.x.max(at.x), high.y.max(at.y));
    }
    if points.is_empty() { Rect::default() } else { Rect::spanning(low, high) }
}

/// FNV-1a over words.
struct Fingerprint(u64);

impl Fingerprint {
    fn words<const N: usize>(&mut self, words: [u32; N]) {
        for word in words {
            self.0 = (self.0 ^ u64::from(word)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
    }

    fn rect(&mut self, kind: u32, rect: &Rect, more: f32) {
        let Rect { x, y, width, height } = *rect;
        self.words([kind, x.to_bits(), y.to_bits(), width.to_bits(), height.to_bits()]);
        self.words([more.to_bits()]);
    }
}

/// Device pixels under all shapes: the overview.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raster {
    /// Device pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue, alpha; row by row.
    pub rgba: Vec<u8>,
    /// Counts what one painter of pixels has painted.
    pub version: u64,
    /// What leads to it from the version before; `None`: all of it is new.
    pub changed: Option<RasterChange>,
}

/// The way from one version of a raster to the next: what there was moves, and the boxes are new.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RasterChange {
    /// By how many pixels, to the right and down.
    pub moved: [i32; 2],
    /// Left, top, right, bottom in pixels; they may overlap.
    pub boxes: Vec<[u32; 4]>,
}

/// A picture.
#[derive(Clone, PartialEq, Debug)]
pub struct Scene {
    /// Width in CSS pixels.
    pub width: f32,
    /// Height in CSS pixels.
    pub height: f32,
    /// Device pixels a CSS pixel.
    pub pixel_ratio: f32,
    /// Painted first; transparent for none.
    pub ground: Color,
    /// Painted second.
    pub raster: Option<Rc<Raster>>,
    /// Painted last, in this order.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// An empty picture.
    pub fn new(width: f32, height: f32, pixel_ratio: f32, ground: Color) -> Self {
        Self { width, height, pixel_ratio, ground, raster: None, shapes: Vec::new() }
    }

    /// Adds a shape on top.
    pub fn push(&mut self, geometry: Geometry, style: Style) {
        self.shapes.push(Shape { geometry, style });
    }
}
