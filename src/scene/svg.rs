//! A scene as SVG text: for exports, the legend and tests.

use std::fmt::{self, Write};

use super::geometry::Point;
use super::hatch::hatch_lines;
use super::palette::Color;
use super::shape::{Align, Geometry, Raster, Scene, Shape, Style};

/// `scene` as an SVG document without style attributes, so that a strict content security policy
/// lets a page inline it.
pub fn to_svg(scene: &Scene) -> String {
    let mut svg = String::new();
    let written = write_scene(&mut svg, scene);
    assert!(written.is_ok(), "a String takes everything");
    svg
}

fn write_scene(out: &mut String, scene: &Scene) -> fmt::Result {
    let (width, height) = (Number(scene.width), Number(scene.height));
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">"
    )?;
    if !scene.ground.is_none() {
        let fill = Hex(scene.ground);
        writeln!(out, "<rect width=\"{width}\" height=\"{height}\" fill=\"{fill}\"/>")?;
    }
    if let Some(raster) = &scene.raster {
        write_raster(out, raster, scene)?;
    }
    for shape in &scene.shapes {
        write_shape(out, shape)?;
    }
    writeln!(out, "</svg>")
}

/// Runs of equal pixels, those of the ground left out, one path a colour.
fn write_raster(out: &mut String, raster: &Raster, scene: &Scene) -> fmt::Result {
    let mut paths = std::collections::BTreeMap::<[u8; 4], String>::new();
    let width = raster.width as usize;
    for (y, row) in raster.rgba.chunks_exact(width.max(1) * 4).enumerate() {
        let pixels = row.as_chunks::<4>().0;
        let mut x = 0;
        while x < width {
            let n = pixels[x..].iter().take_while(|p| **p == pixels[x]).count();
            if pixels[x] != scene.ground.bytes() {
                let path = paths.entry(pixels[x]).or_default();
                write!(path, "M{x} {y}h{n}v1h-{n}z")?;
            }
            x += n;
        }
    }
    let scale = Number(1.0 / scene.pixel_ratio);
    writeln!(out, "<g transform=\"scale({scale})\" shape-rendering=\"crispEdges\">")?;
    for (color, path) in paths {
        let fill = Hex(Color(u32::from_be_bytes(color)));
        writeln!(out, "<path fill=\"{fill}\" d=\"{path}\"/>")?;
    }
    writeln!(out, "</g>")
}

fn write_shape(out: &mut String, shape: &Shape) -> fmt::Result {
    let paint = Paint(&shape.style);
    match &shape.geometry {
        Geometry::Rect { rect, radius } => writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"{paint}/>",
            Number(rect.x),
            Number(rect.y),
            Number(rect.width),
            Number(rect.height),
            Number(*radius),
        ),
        Geometry::Circle { centre, radius } => {
            let (x, y, r) = (Number(centre.x), Number(centre.y), Number(*radius));
            writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"{paint}/>")
        }
        Geometry::Line(points) => writeln!(out, "<path d=\"{}\"{paint}/>", Path(points, 'L')),
        Geometry::Curve(points) => writeln!(out, "<path d=\"{}\"{paint}/>", Path(points, 'C')),
        Geometry::Hatch { rect, radius, spacing } => {
            write!(out, "<path d=\"")?;
            for [from, to] in hatch_lines(*rect, *radius, *spacing) {
                write!(out, "{}", Path(&[from, to], 'L'))?;
            }
            writeln!(out, "\"{paint}/>")
        }
        Geometry::Text { at, text, font, size, align, .. } => {
            let (x, y, size) = (Number(at.x), Number(at.y), Number(*size));
            let anchor = match align {
                Align::Start => "start",
                Align::Middle => "middle",
                Align::End => "end",
            };
            writeln!(
                out,
                "<text x=\"{x}\" y=\"{y}\" font-family=\"{}\" font-weight=\"{}\" \
                 font-size=\"{size}\" text-anchor=\"{anchor}\"{paint}>{}</text>",
                font.families(),
                font.weight(),
                Escaped(text),
            )
        }
    }
}

/// A number with at most two digits behind the point.
struct Number(f32);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let hundredths = (f64::from(self.0) * 100.0).round() / 100.0;
        // Not "-0".
        write!(f, "{}", if hundredths == 0.0 { 0.0 } else { hundredths })
    }
}

struct Hex(Color);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "#{:06x}", self.0.0 >> 8)
    }
}

struct Path<'a>(&'a [Point], char);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (i, at) in self.0.iter().enumerate() {
            let command = match i {
                0 => "M",
                1 if self.1 == 'C' => "C",
                _ if self.1 == 'C' => " ",
                _ => "L",
            };
            write!(f, "{command}{} {}", Number(at.x), Number(at.y))?;
        }
        Ok(())
    }
}

struct Paint<'a>(&'a Style);

impl fmt::Display for Paint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let alpha = |color: Color| Number(f32::from(color.bytes()[3]) / 255.0);
        let Style { fill, stroke, width, dash } = *self.0;
        if fill.is_none() {
            write!(f, " fill=\"none\"")?;
        } else {
            write!(f, " fill=\"{}\"", Hex(fill))?;
        }
        if !fill.is_none() && fill.bytes()[3] != 255 {
            write!(f, " fill-opacity=\"{}\"", alpha(fill))?;
        }
        if stroke.is_none() {
            return Ok(());
        }
        write!(f, " stroke=\"{}\" stroke-width=\"{}\"", Hex(stroke), Number(width))?;
        if stroke.bytes()[3] != 255 {
            write!(f, " stroke-opacity=\"{}\"", alpha(stroke))?;
        }
        if let [on, off] = dash.pattern() {
            write!(f, " stroke-dasharray=\"{on} {off}\"")?;
        }
        write!(f, " stroke-linecap=\"round\" stroke-linejoin=\"round\"")
    }
}

struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // XML has no place for other control characters, not even escaped.
                c if c.is_control() => f.write_char('\u{FFFD}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
