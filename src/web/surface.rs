//! A canvas that knows what is on it, so that a picture that differs little costs little.
//!
//! A window that moved takes along what is on the canvas and paints the strips that come into
//! sight; a step paints what lies in the boxes around the shapes, or in those of the pixels, that
//! changed.

use std::collections::HashMap;

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::scene::{RasterChange, Rect, Scene, Viewport};

use super::canvas;

/// More boxes than this to paint anew are put together.
const BOXES_MAX: usize = 12;

/// A canvas of the page and what it shows.
#[derive(Debug, Default)]
pub struct Surface {
    canvas: Option<HtmlCanvasElement>,
    context: Option<CanvasRenderingContext2d>,
    shown: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    viewport: Viewport,
    /// Version of the raster, if it is one.
    raster: Option<u64>,
    /// Fingerprints of the shapes, and their boxes.
    shapes: Vec<(u64, Rect)>,
    ground: crate::scene::Color,
}

impl Surface {
    /// Takes `node` for its canvas. Another one shows nothing yet.
    pub fn attach(&mut self, node: Option<web_sys::Node>) {
        let canvas = node.and_then(|n| n.dyn_into::<HtmlCanvasElement>().ok());
        if canvas == self.canvas && self.context.is_some() {
            return;
        }
        self.shown = None;
        let context = canvas.as_ref().and_then(|c| c.get_context("2d").ok().flatten());
        self.context = context.and_then(|c| c.dyn_into().ok());
        self.canvas = canvas;
    }

    /// Whether there is a canvas that shows.
    pub fn is_visible(&self) -> bool {
        self.canvas.as_ref().is_some_and(|canvas| !canvas.hidden())
    }

    /// The canvas.
    pub fn canvas(&self) -> Option<&HtmlCanvasElement> {
        self.canvas.as_ref()
    }

    /// Shows `scene`, which was seen through `viewport`.
    pub fn show(&mut self, scene: &Scene, viewport: Viewport) {
        let (Some(canvas), Some(context)) = (&self.canvas, &self.context) else { return };
        let width = (scene.width * scene.pixel_ratio).round() as u32;
        let height = (scene.height * scene.pixel_ratio).round() as u32;
        // Setting a size clears the canvas and costs time, even if it is the same.
        if canvas.width() != width || canvas.height() != height {
            canvas.set_width(width);
            canvas.set_height(height);
            self.shown = None;
        }
        let shapes: Vec<(u64, Rect)> =
            scene.shapes.iter().map(|shape| (shape.fingerprint(), shape.bounds())).collect();
        let before = self.shown.take().filter(|b| b.ground == scene.ground);
        let raster = scene.raster.as_ref().map(|r| r.version);
        match &before {
            // What lies over the picture is little, and some of it keeps to the window.
            Some(before) if scene.ground.is_none() => {
                if before.shapes != shapes {
                    canvas::paint(context, scene);
                }
            }
            Some(before) if raster.is_none() && before.raster.is_none() => {
                change(context, scene, &shapes, viewport, before);
            }
            Some(before) if raster.is_some() && raster == before.raster => {
                if before.shapes != shapes {
                    canvas::paint(context, scene);
                }
            }
            Some(before) => match next_raster(scene, before) {
                Some(way) => go_on(context, scene, &shapes, viewport, before, way),
                None => canvas::paint(context, scene),
            },
            None => canvas::paint(context, scene),
        }
        self.shown = Some(Shown { viewport, raster, shapes, ground: scene.ground });
    }
}

/// Turns what `before` left on the canvas into `scene`.
fn change(
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    shapes: &[(u64, Rect)],
    viewport: Viewport,
    before: &Shown,
) {
    let Some((dx, dy)) = viewport.moved_since(before.viewport) else {
        return canvas::paint(context, scene);
    };
    let mut boxes = Vec::new();
    if (dx, dy) == (0, 0) {
        boxes = differing(shapes, &before.shapes);
    } else {
        canvas::shift(context, dx, dy);
        let ratio = scene.pixel_ratio;
        let (dx, dy) = (dx as f32 / ratio, dy as f32 / ratio);
        let (width, height) = (scene.width, scene.height);
        // One pixel more, for what is smoothed at the border.
        let (x, y) = (
            if dx > 0.0 { 0.0 } else { width + dx - 1.0 },
            if dy > 0.0 { 0.0 } else { height + dy - 1.0 },
        );
        if dx != 0.0 {
            boxes.push(Rect { x, y: 0.0, width: dx.abs() + 1.0, height });
        }
        if dy != 0.0 {
            boxes.push(Rect { x: 0.0, y, width, height: dy.abs() + 1.0 });
        }
    }
    let area: f32 = boxes.iter().map(|b| b.width * b.height).sum();
    if area > scene.width * scene.height * 0.6 {
        return canvas::paint(context, scene);
    }
    if !boxes.is_empty() {
        canvas::paint_within(context, scene, &boxes, |i| shapes[i].1);
    }
}

/// What the raster of `scene` says of the way from what is on the canvas.
fn next_raster<'a>(scene: &'a Scene, before: &Shown) -> Option<&'a RasterChange> {
    let raster = scene.raster.as_ref()?;
    let is_next = before.raster == Some(raster.version.wrapping_sub(1));
    raster.changed.as_ref().filter(|_| is_next)
}

/// Turns what `before` left on the canvas into `scene`, whose pixels come from it by `way`: shapes
/// over them move along.
fn go_on(
    context: &CanvasRenderingContext2d,
    scene: &Scene,
    shapes: &[(u64, Rect)],
    viewport: Viewport,
    before: &Shown,
    way: &RasterChange,
) {
    let ratio = scene.pixel_ratio;
    let to_css = |[left, top, right, bottom]: [u32; 4]| {
        let [x, y, right, bottom] = [left, top, right, bottom].map(|at| at as f32 / ratio);
        Rect { x, y, width: right - x, height: bottom - y }
    };
    let mut boxes: Vec<Rect> = way.boxes.iter().copied().map(to_css).collect();
    let [dx, dy] = way.moved;
    if viewport.moved_since(before.viewport) != Some((dx, dy)) {
        return canvas::paint(context, scene);
    }
    if (dx, dy) == (0, 0) {
        boxes.extend(differing(shapes, &before.shapes));
    } else {
        canvas::shift(context, dx, dy);
    }
    canvas::paint_within(context, scene, &boxes, |i| shapes[i].1);
}

/// Boxes around the shapes that only one of two pictures has.
fn differing(now: &[(u64, Rect)], before: &[(u64, Rect)]) -> Vec<Rect> {
    let mut counts: HashMap<u64, i32> = HashMap::with_capacity(before.len());
    before.iter().for_each(|(print, _)| *counts.entry(*print).or_default() += 1);
    let mut boxes: Vec<Rect> = Vec::new();
    for (print, bounds) in now {
        let count = counts.entry(*print).or_default();
        *count -= 1;
        if *count < 0 {
            add(&mut boxes, *bounds);
        }
    }
    for (print, bounds) in before {
        if let Some(count) = counts.get_mut(print).filter(|count| **count > 0) {
            *count -= 1;
            add(&mut boxes, *bounds);
        }
    }
    boxes
}

fn add(boxes: &mut Vec<Rect>, bounds: Rect) {
    let bounds = bounds.grown(2.0);
    let near = boxes.iter().position(|b| b.overlaps(&bounds));
    let near = near.or_else(|| (boxes.len() == BOXES_MAX).then_some(0));
    match near.map(|i| &mut boxes[i]) {
        Some(near) => *near = near.union(&bounds),
        None => boxes.push(bounds),
    }
}
