//! Plain shapes in CSS pixels, in painting order: all that a painter has to know.

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

/// Device pixels under all shapes: the overview.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raster {
    /// Device pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue, alpha; row by row.
    pub rgba: Vec<u8>,
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
    pub raster: Option<Raster>,
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
