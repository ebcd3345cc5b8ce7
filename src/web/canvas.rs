//! Paints a scene on a canvas.

use std::f64::consts::TAU;
use std::fmt::Write;

use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, ImageData};

use crate::scene::{
    Align, Color, Dash, Font, Geometry, Raster, Rect, Scene, Shape, Style, hatch_lines,
};

/// Paints `scene` over all of the canvas behind `context`, whose width and height in device pixels
/// are those of the scene times its pixel ratio.
pub fn paint(context: &CanvasRenderingContext2d, scene: &Scene) {
    scale(context, scene);
    let (width, height) = (f64::from(scene.width), f64::from(scene.height));
    match &scene.raster {
        Some(raster) => put_pixels(context, raster, [0, 0, raster.width, raster.height]),
        None => context.clear_rect(0.0, 0.0, width, height),
    }
    let mut brush = Brush::new(context);
    if scene.raster.is_none() && !scene.ground.is_none() {
        brush.fill_with(scene.ground);
        context.fill_rect(0.0, 0.0, width, height);
    }
    let shapes: Vec<&Shape> = scene.shapes.iter().collect();
    paint_shapes(&mut brush, &shapes);
}

/// Paints what of `scene` lies within `boxes`, in CSS pixels; the rest of the canvas stays.
/// `bounds` is the box around the shape of that index.
pub fn paint_within(
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    boxes: &[Rect],
    bounds: impl Fn(usize) -> Rect,
) {
    scale(context, scene);
    let ratio = scene.pixel_ratio;
    if let Some(raster) = &scene.raster {
        for area in boxes {
            let [left, top, right, bottom] = whole(area, ratio).map(|at| at.max(0.0) as u32);
            put_pixels(context, raster, [left, top, right, bottom]);
        }
    }
    let is_in = |i: usize| boxes.iter().any(|area| area.grown(1.0).overlaps(&bounds(i)));
    let within = scene.shapes.iter().enumerate().filter(|&(i, _)| is_in(i));
    let shapes: Vec<&Shape> = within.map(|(_, shape)| shape).collect();
    if shapes.is_empty() && scene.raster.is_some() {
        return;
    }
    context.save();
    context.begin_path();
    for area in boxes {
        // Whole pixels, so that no border of the clip is smoothed.
        let [x, y, right, bottom] = whole(area, ratio).map(|at| f64::from(at / ratio));
        context.rect(x, y, right - x, bottom - y);
    }
    context.clip();
    let mut brush = Brush::new(context);
    if scene.raster.is_none() {
        context.clear_rect(0.0, 0.0, f64::from(scene.width), f64::from(scene.height));
        if !scene.ground.is_none() {
            brush.fill_with(scene.ground);
            context.fill_rect(0.0, 0.0, f64::from(scene.width), f64::from(scene.height));
        }
    }
    paint_shapes(&mut brush, &shapes);
    context.restore();
}

/// The sides of the whole device pixels that `area` touches: left, top, right, bottom.
fn whole(area: &Rect, ratio: f32) -> [f32; 4] {
    let [x, y] = [area.x, area.y].map(|at| (at * ratio).floor());
    let [right, bottom] = [area.right(), area.bottom()].map(|at| (at * ratio).ceil());
    [x, y, right, bottom]
}

/// Moves all that is on the canvas by so many device pixels.
pub fn shift(context: &CanvasRenderingContext2d, dx: i32, dy: i32) {
    let Some(canvas) = context.canvas() else { return };
    let _ = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
    let _ = context.set_global_composite_operation("copy");
    let _ = context.draw_image_with_html_canvas_element(&canvas, f64::from(dx), f64::from(dy));
    let _ = context.set_global_composite_operation("source-over");
}

fn scale(context: &CanvasRenderingContext2d, scene: &Scene) {
    let ratio = f64::from(scene.pixel_ratio);
    // A canvas takes any numbers here; only a detached one refuses, and it shows nothing anyway.
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
}

/// Shapes that follow one another in the same style share one path, since what costs on a canvas
/// is its calls and changes of state, not its pixels.
fn paint_shapes(brush: &mut Brush, shapes: &[&Shape]) {
    let context = brush.context;
    context.set_line_cap("round");
    context.set_line_join("round");
    let mut rest = shapes;
    while let Some(first) = rest.first() {
        let n = batch(rest);
        if let Geometry::Text { .. } = first.geometry {
            rest[..n].iter().for_each(|shape| brush.text(shape));
        } else {
            context.begin_path();
            rest[..n].iter().for_each(|shape| trace(context, &shape.geometry));
            brush.finish(&first.style);
        }
        rest = &rest[n..];
    }
}

/// Paints `scene` on a canvas of its own and saves it as a PNG file called `name`.
pub fn save_png(scene: &Scene, name: &str) {
    let document = gloo::utils::document();
    let canvas = document.create_element("canvas").ok();
    let canvas = canvas.and_then(|c| c.dyn_into::<web_sys::HtmlCanvasElement>().ok());
    let Some(canvas) = canvas else { return };
    canvas.set_width((scene.width * scene.pixel_ratio).round() as u32);
    canvas.set_height((scene.height * scene.pixel_ratio).round() as u32);
    let context = canvas.get_context("2d").ok().flatten();
    let context = context.and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok());
    let Some(context) = context else { return };
    // Pixels leave out what is below them.
    let mut ground = scene.clone();
    ground.raster = None;
    ground.shapes.clear();
    paint(&context, &ground);
    if let Some(raster) = &scene.raster {
        put_pixels(&context, raster, [0, 0, raster.width, raster.height]);
    }
    scale(&context, scene);
    paint_shapes(&mut Brush::new(&context), &scene.shapes.iter().collect::<Vec<_>>());
    let name = name.to_owned();
    let done = wasm_bindgen::closure::Closure::once_into_js(move |blob: JsValue| {
        if let Ok(blob) = blob.dyn_into::<web_sys::Blob>() {
            super::files::save_blob(&name, &blob);
        }
    });
    // Refused only for a canvas without pixels.
    let _ = canvas.to_blob(done.unchecked_ref());
}

/// How many shapes from the first can share a path: those of its style and sort. A scene puts
/// shapes that overlap in one style in a row only where painting them together looks the same.
fn batch(shapes: &[&Shape]) -> usize {
    let first = shapes[0];
    let is_text = |shape: &Shape| matches!(shape.geometry, Geometry::Text { .. });
    // A long path with many crossings is slow to stroke, and lines of one path do not darken one
    // another where they cross.
    const BATCH_MAX: usize = 64;
    let alike = |s: &&&Shape| s.style == first.style && is_text(s) == is_text(first);
    shapes.iter().take(BATCH_MAX).take_while(alike).count()
}

/// Puts the pixels of a box (left, top, right, bottom) on the canvas.
fn put_pixels(context: &CanvasRenderingContext2d, raster: &Raster, sides: [u32; 4]) {
    let Raster { width, height, .. } = *raster;
    let [left, top] = [sides[0], sides[1]];
    let (right, bottom) = (sides[2].min(width), sides[3].min(height));
    if left >= right || top >= bottom {
        return;
    }
    // Whole rows lie in a row in memory: no others are looked at.
    let bytes = (top * width * 4) as usize..(bottom * width * 4) as usize;
    let pixels = Clamped(&raster.rgba[bytes]);
    let rows = bottom - top;
    let image = ImageData::new_with_u8_clamped_array_and_sh(pixels, width, rows);
    let Ok(image) = image else { return };
    let [x, y, wide, rows] = [left, top, right - left, rows].map(f64::from);
    let _ = context.put_image_data_with_dirty_x_and_dirty_y_and_dirty_width_and_dirty_height(
        &image, 0.0, y, x, 0.0, wide, rows,
    );
}

fn trace(context: &CanvasRenderingContext2d, geometry: &Geometry) {
    match geometry {
        Geometry::Rect { rect, radius } => {
            let (x, y) = (f64::from(rect.x), f64::from(rect.y));
            let (width, height) = (f64::from(rect.width), f64::from(rect.height));
            let radius = f64::from(radius.min(rect.width / 2.0).min(rect.height / 2.0));
            if radius < 0.5 {
                context.rect(x, y, width, height);
            } else {
                let _ = context.round_rect_with_f64(x, y, width, height, radius);
            }
        }
        Geometry::Circle { centre, radius } => {
            let (x, y, radius) = (f64::from(centre.x), f64::from(centre.y), f64::from(*radius));
            context.move_to(x + radius, y);
            let _ = context.arc(x, y, radius, 0.0, TAU);
        }
        Geometry::Line(points) => {
            for (i, at) in points.iter().enumerate() {
                let (x, y) = (f64::from(at.x), f64::from(at.y));
                if i == 0 { context.move_to(x, y) } else { context.line_to(x, y) }
            }
        }
        Geometry::Curve(points) => {
            let Some((start, segments)) = points.split_first() else { return };
            context.move_to(f64::from(start.x), f64::from(start.y));
            for [a, b, c] in segments.as_chunks::<3>().0 {
                let [a, b, c] = [a, b, c].map(|p| (f64::from(p.x), f64::from(p.y)));
                context.bezier_curve_to(a.0, a.1, b.0, b.1, c.0, c.1);
            }
        }
        Geometry::Hatch { rect, radius, spacing } => {
            for [from, to] in hatch_lines(*rect, *radius, *spacing) {
                context.move_to(f64::from(from.x), f64::from(from.y));
                context.line_to(f64::from(to.x), f64::from(to.y));
            }
        }
        Geometry::Text { .. } => {}
    }
}

/// The state of the canvas as last set, so that it is set only when it changes.
struct Brush<'a> {
    context: &'a CanvasRenderingContext2d,
    fill: Option<Color>,
    stroke: Option<Color>,
    width: Option<f32>,
    dash: Option<Dash>,
    font: Option<(Font, f32)>,
    align: Option<Align>,
    /// For colours and fonts as CSS text.
    css: String,
}

impl<'a> Brush<'a> {
    fn new(context: &'a CanvasRenderingContext2d) -> Self {
        let css = String::with_capacity(64);
        Self {
            context,
            fill: None,
            stroke: None,
            width: None,
            dash: None,
            font: None,
            align: None,
            css,
        }
    }

    /// Fills and outlines the current path.
    fn finish(&mut self, style: &Style) {
        if !style.fill.is_none() {
            self.fill_with(style.fill);
            self.context.fill();
        }
        if !style.stroke.is_none() {
            self.stroke_with(style);
            self.context.stroke();
        }
    }

    fn fill_with(&mut self, color: Color) {
        if self.fill.replace(color) != Some(color) {
            self.context.set_fill_style_str(write_color(&mut self.css, color));
        }
    }

    fn stroke_with(&mut self, style: &Style) {
        if self.stroke.replace(style.stroke) != Some(style.stroke) {
            self.context.set_stroke_style_str(write_color(&mut self.css, style.stroke));
        }
        if self.width.replace(style.width) != Some(style.width) {
            self.context.set_line_width(f64::from(style.width));
        }
        if self.dash.replace(style.dash) != Some(style.dash) {
            let pattern: js_sys::Array =
                style.dash.pattern().iter().map(|&length| JsValue::from(length)).collect();
            let _ = self.context.set_line_dash(&pattern);
        }
    }

    fn text(&mut self, shape: &Shape) {
        let Geometry::Text { at, text, font, size, align, room } = &shape.geometry else {
            return;
        };
        self.fill_with(shape.style.fill);
        if self.font.replace((*font, *size)) != Some((*font, *size)) {
            self.css.clear();
            let written = write!(self.css, "{} {size}px {}", font.weight(), font.families());
            assert!(written.is_ok(), "a String takes everything");
            self.context.set_font(&self.css);
        }
        if self.align.replace(*align) != Some(*align) {
            self.context.set_text_align(match align {
                Align::Start => "left",
                Align::Middle => "center",
                Align::End => "right",
            });
        }
        let (x, y, room) = (f64::from(at.x), f64::from(at.y), f64::from(*room));
        let _ = self.context.fill_text_with_max_width(text, x, y, room.max(1.0));
    }
}

fn write_color(css: &mut String, color: Color) -> &str {
    css.clear();
    let written = write!(css, "#{:08x}", color.0);
    assert!(written.is_ok(), "a String takes everything");
    css
}
