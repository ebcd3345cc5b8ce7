//! The overview as a map of pixels: each action a block of its state's colour, the worst state on
//! top, so that one lost blob in a million is seen.
//!
//! A map remembers what it painted last: the same picture costs nothing, a step that changes a few
//! actions costs those few, and only another window or theme costs all of them.

use std::rc::Rc;

use crate::model::ActionId;
use crate::rewind::ActionState;

use super::super::geometry::Point;
use super::super::layout::{Layout, Tier};
use super::super::mark::Mark;
use super::super::palette::{Palette, Theme};
use super::super::shape::{Raster, RasterChange};
use super::super::tints::Tints;
use super::super::viewport::Viewport;
use super::brush::Brush;
use super::canvas::{Canvas, EDGE, Pixels, shift};
use super::shades::{colors, shades};
use super::{View, edges};

/// What the frame of a group leaves in a pixel: more than what is usual, less than what is amiss.
pub(super) const FRAME: u8 = DIMMED + 7;

/// States from the best to the worst: where two share a pixel, the later shows.
pub(super) const BY_SEVERITY: [ActionState; 9] = [
    ActionState::NotReached,
    ActionState::Skipped,
    ActionState::CacheHit,
    ActionState::Executed,
    ActionState::Reexecuted,
    ActionState::Running,
    ActionState::Dirty,
    ActionState::LostInput,
    ActionState::Failed,
];

/// What an action that is filtered out leaves in a pixel.
pub(super) const DIMMED: u8 = EDGE + 1;
/// Severities from that of [`ActionState::LostInput`] must be seen at any scale.
pub(super) const SEVERE: u8 = DIMMED + 9;
/// How many severities there are, none included.
pub(super) const N_SEVERITIES: usize = DIMMED as usize + 2 + BY_SEVERITY.len();
/// How many actions are painted in the order of memory in the time that one takes elsewhere.
const SCATTERED: usize = 6;

/// Paints maps of pixels, one after the other.
#[derive(Debug, Default)]
pub struct PixelMap {
    canvas: Canvas,
    raster: Option<Rc<Raster>>,
    painted: Option<Painted>,
    n_painted: u64,
    /// By action its shade in the layout that is painted; empty where all have the same.
    shades: Vec<u8>,
}

/// All that a map depends on.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Painted {
    layout: *const Layout,
    viewport: Viewport,
    theme: Theme,
    filter: u64,
    tints: u64,
}

impl PixelMap {
    /// Every action that shows through the viewport of `view`, opaque. Meant for one graph: after
    /// a change of graph, take another.
    pub fn draw(&mut self, view: &View) -> Rc<Raster> {
        let own;
        let tints = match view.tints {
            Some(tints) => tints,
            None => {
                own = Tints::of(view.graph, view.moment, view.evicted);
                &own
            }
        };
        let now = Painted {
            layout: view.layout,
            viewport: view.viewport,
            theme: view.theme,
            filter: view.filter.map_or(0, |f| f.version()),
            tints: tints.version(),
        };
        let before = self.painted.replace(now).filter(|_| view.tints.is_some());
        if before.is_none_or(|b| b.layout != now.layout) {
            self.shades = shades(view);
        }
        if let (Some(raster), Some(before)) = (&self.raster, before) {
            if before == now {
                return Rc::clone(raster);
            }
            let is_next = Painted { tints: before.tints + 1, ..before } == now;
            let has_groups = !view.layout.groups().is_empty();
            if let (true, Some(changed)) = (is_next && !has_groups, tints.changed()) {
                let dirty = self.patch(view, tints, changed);
                return self.finish(view, Some(((0, 0), vec![dirty])));
            }
            let is_elsewhere = Painted { viewport: before.viewport, ..now } == before;
            let by = now.viewport.moved_since(before.viewport).filter(|_| is_elsewhere);
            if let (Some(by), true) = (by, view.layout.edges().is_empty())
                && let Some(strips) = self.shift(view, tints, by)
            {
                return self.finish(view, Some((by, strips)));
            }
        }
        self.start(view, tints);
        self.finish(view, None)
    }

    /// Moves what is painted and paints the strips that come into sight; `None` where painting all
    /// of it takes less.
    fn shift(&mut self, view: &View, tints: &Tints, (dx, dy): (i32, i32)) -> Option<Vec<Pixels>> {
        let (width, height) = (self.canvas.width, self.canvas.height);
        let (right, left) = (dx.max(0) as usize, width - dx.min(0).unsigned_abs() as usize);
        let (down, up) = (dy.max(0) as usize, height - dy.min(0).unsigned_abs() as usize);
        let strip = |left, top, right, bottom| Pixels { left, top, right, bottom };
        // Those on the sides leave the corners to those above and below.
        let mut strips = vec![
            strip(0, down, right, up),
            strip(left, down, width, up),
            strip(0, 0, width, down),
            strip(0, up, width, height),
        ];
        strips.retain(|strip| !strip.is_empty());
        let brush = Brush::new(view, tints, &self.shades);
        let n_met: usize = strips.iter().map(|s| view.layout.n_middles(brush.around(*s))).sum();
        if n_met * SCATTERED > in_order(view).unwrap_or(usize::MAX) {
            return None;
        }
        self.canvas.shift((dx, dy));
        for &strip in &strips {
            self.canvas.clear_within(strip);
            brush.frames(&mut self.canvas, strip);
            self.canvas.keep_within(strip);
            brush.redraw(&mut self.canvas, strip);
        }
        Some(strips)
    }

    /// Paints all of it.
    fn start(&mut self, view: &View, tints: &Tints) {
        let viewport = view.viewport;
        let ratio = viewport.pixel_ratio.max(0.1);
        let width = (viewport.width * ratio).round().max(1.0) as usize;
        let height = (viewport.height * ratio).round().max(1.0) as usize;
        self.canvas.clear(width, height);
        draw_edges(&mut self.canvas, view, ratio);
        let brush = Brush::new(view, tints, &self.shades);
        let all = self.canvas.all();
        brush.frames(&mut self.canvas, all);
        self.canvas.keep_ground();
        brush.groups(&mut self.canvas);
        if in_order(view).is_some() {
            for (action, centre) in view.layout.actions() {
                brush.draw(&mut self.canvas, action, centre, all);
            }
        } else {
            brush.all_in(&mut self.canvas, all);
        }
    }

    /// Paints anew what `changed` covers, and says where that is.
    fn patch(&mut self, view: &View, tints: &Tints, changed: &[(ActionId, u8)]) -> Pixels {
        let brush = Brush::new(view, tints, &self.shades);
        let mut dirty = Pixels::default();
        for &(action, _) in changed {
            let Some(centre) = view.layout.centre(Mark::Action(action)) else { continue };
            // As large as it can have been.
            let pixels = self.canvas.within(brush.block(centre, SEVERE));
            brush.redraw(&mut self.canvas, pixels);
            dirty = dirty.union(pixels);
        }
        dirty
    }

    /// The canvas in colours: what moved and the boxes that are new, if the rest is as before.
    fn finish(&mut self, view: &View, way: Option<((i32, i32), Vec<Pixels>)>) -> Rc<Raster> {
        let colors = colors(Palette::of(view.theme));
        self.n_painted += 1;
        // Whoever still shows the last one keeps it; else its memory serves again.
        let last = self.raster.take().map(Rc::try_unwrap);
        let mut raster = match (last, &way) {
            (Some(Ok(raster)), _) => raster,
            (Some(Err(shared)), Some(_)) => (*shared).clone(),
            _ => Raster { width: 0, height: 0, rgba: Vec::new(), version: 0, changed: None },
        };
        (raster.width, raster.height) = (self.canvas.width as u32, self.canvas.height as u32);
        raster.version = self.n_painted;
        match way {
            Some((by, boxes)) => {
                shift(&mut raster.rgba, 4, self.canvas.width, by);
                self.canvas.color(&colors, &boxes, &mut raster.rgba);
                let sides = |p: &Pixels| [p.left, p.top, p.right, p.bottom].map(|at| at as u32);
                let boxes = boxes.iter().map(sides).collect();
                raster.changed = Some(RasterChange { moved: by.into(), boxes });
            }
            None => {
                self.canvas.color(&colors, &[self.canvas.all()], &mut raster.rgba);
                raster.changed = None;
            }
        }
        let raster = Rc::new(raster);
        self.raster = Some(Rc::clone(&raster));
        raster
    }
}

/// How many actions all of the layout has, if it is painted in the order of memory: where much of
/// it is in sight, as a million actions are many cache lines.
fn in_order(view: &View) -> Option<usize> {
    let (seen, all) = (view.viewport.world(), view.layout.bounds());
    let is_much = seen.width * seen.height * SCATTERED as f32 > all.width * all.height;
    is_much.then(|| view.layout.n_marks())
}

/// The edges of a detailed layout, as thin as can be.
fn draw_edges(canvas: &mut Canvas, view: &View, ratio: f32) {
    let (layout, seen) = (view.layout, view.viewport.world());
    for i in 0..layout.edges().len() {
        if !edges::bounds(layout, i).overlaps(&seen.grown(1.0)) {
            continue;
        }
        let to_pixel = |at: Point| {
            let at = view.viewport.to_screen(at);
            Point::new(at.x * ratio, at.y * ratio)
        };
        let curve =
            edges::curve(layout.route(i).map(to_pixel), layout.direction(), view.viewport.scale);
        for segment in curve.windows(4).step_by(3) {
            canvas.curve(segment);
        }
    }
}

/// By state: above [`DIMMED`].
pub(super) fn severities() -> [u8; 9] {
    let mut severities = [0; 9];
    for (i, &state) in BY_SEVERITY.iter().enumerate() {
        let above = DIMMED + 1 + i as u8;
        severities[state as usize] = above + u8::from(above >= FRAME);
    }
    severities
}

/// Whether `view` is better shown as a map than mark by mark.
pub(super) fn is_better(view: &View) -> bool {
    let high = Layout::ACTION_HEIGHT * view.viewport.scale;
    high < 7.0 && view.layout.n_marks() > 1_000 && view.layout.tier() != Tier::Groups
}

/// Where actions on which the eye should rest are too small to see, a ring of this size around
/// them shows.
pub(super) const FINDER_SIZE: f32 = 14.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_severity() {
        let mut severities = severities();
        assert_eq!(severities[ActionState::LostInput as usize], SEVERE);
        severities.sort_unstable();
        assert_eq!(severities, [3, 4, 5, 6, 7, 8, 10, 11, 12]);
    }
}
