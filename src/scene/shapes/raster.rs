//! The overview as a map of pixels: each action a block of its state's colour, the worst state on
//! top, so that one lost blob in a million is seen.
//!
//! A map remembers what it painted last: the same picture costs nothing, a step that changes a few
//! actions costs those few, and only another window or theme costs all of them.

use std::rc::Rc;

use crate::model::{ActionId, Id};
use crate::rewind::ActionState;

use super::super::geometry::{Point, Rect};
use super::super::layout::{Frame, Layout, Tier};
use super::super::mark::Mark;
use super::super::palette::{Palette, Theme};
use super::super::shape::{Raster, RasterChange};
use super::super::tints::Tints;
use super::super::viewport::Viewport;
use super::canvas::{Canvas, EDGE, Pixels, shift};
use super::shades::{N_SHADES, colors, shades};
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
const SEVERE: u8 = DIMMED + 9;
/// How many severities there are, none included.
pub(super) const N_SEVERITIES: usize = DIMMED as usize + 2 + BY_SEVERITY.len();
/// How many actions are painted in the order of memory in the time that one takes elsewhere.
const SCATTERED: usize = 6;
/// Least side of an action that lost inputs, lost its outputs or failed, CSS pixels.
const SEEN_MIN: f32 = 3.0;

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
                brush.draw(&mut self.canvas, action, centre, None);
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

/// Turns actions into blocks of pixels.
struct Brush<'a> {
    view: &'a View<'a>,
    states: &'a [u8],
    severities: [u8; 9],
    /// By action its shade; empty where all have the same.
    shades: &'a [u8],
    /// Device pixels a world unit.
    unit: f32,
    /// Sides in device pixels: of most, and of what must be seen.
    usual: (f32, f32),
    severe: (f32, f32),
}

impl<'a> Brush<'a> {
    fn new(view: &'a View, tints: &'a Tints, shades: &'a [u8]) -> Self {
        let ratio = view.viewport.pixel_ratio.max(0.1);
        let unit = view.viewport.scale * ratio;
        let (wide, high) = (view.layout.action_width() * unit, Layout::ACTION_HEIGHT * unit);
        let sides = |least: f32| (wide.max(least).round(), high.max(least).round());
        Self {
            view,
            states: tints.states(),
            severities: severities(),
            shades,
            unit,
            usual: sides(1.0),
            severe: sides(SEEN_MIN * ratio),
        }
    }

    /// What an action there covers, in device pixels: left, top, right, bottom.
    fn block(&self, centre: Point, severity: u8) -> [f32; 4] {
        // What went wrong is never smaller than the eye can find.
        let (wide, high) = if severity >= SEVERE { self.severe } else { self.usual };
        let x = (centre.x - self.view.viewport.x) * self.unit - wide / 2.0;
        let y = (centre.y - self.view.viewport.y) * self.unit - high / 2.0;
        // Not `round`: a processor has no instruction for it, and this is asked a million times.
        let (left, top) = ((x + 0.5).floor(), (y + 0.5).floor());
        [left, top, left + wide, top + high]
    }

    /// Closed groups, each in the colour of its worst state.
    fn groups(&self, canvas: &mut Canvas) {
        for &group in self.view.layout.groups() {
            let Some(centre) = self.view.layout.centre(Mark::Group(group)) else { continue };
            let counts = self.view.counts.and_then(|c| c.of(self.view.layout, group));
            let present = |state: &&ActionState| counts.is_some_and(|c| c.0[**state as usize] > 0);
            let worst = BY_SEVERITY.iter().rev().find(present).copied().unwrap_or_default();
            let severity = self.severities[worst as usize];
            canvas.block(self.block(centre, severity), severity * N_SHADES, false, None);
        }
    }

    /// Lines around the parts of packages, where there is room for them.
    fn frames(&self, canvas: &mut Canvas, clip: Pixels) {
        const LEAST: f32 = 7.0;
        const MARK_LEAST: f32 = 2.5;
        let viewport = self.view.viewport;
        if Layout::ACTION_HEIGHT * self.unit < MARK_LEAST {
            // Lines would be all that is seen. Shades tell groups apart.
            return;
        }
        let n_lanes = self.view.layout.lanes().len();
        for Frame { rect, .. } in &self.view.layout.frames()[n_lanes..] {
            let (wide, high) = (rect.width * self.unit, rect.height * self.unit);
            if wide < LEAST || high < LEAST {
                continue;
            }
            let left = ((rect.x - viewport.x) * self.unit + 0.5).floor();
            let top = ((rect.y - viewport.y) * self.unit + 0.5).floor();
            let sides = [left, top, left + wide.round(), top + high.round()];
            canvas.outline(sides, FRAME * N_SHADES, clip);
        }
    }

    /// Paints all that lies within `pixels` anew.
    fn redraw(&self, canvas: &mut Canvas, pixels: Pixels) {
        if pixels.is_empty() {
            return;
        }
        canvas.wipe(pixels);
        self.all_in(canvas, pixels);
    }

    /// Paints what of all actions lies within `pixels`.
    fn all_in(&self, canvas: &mut Canvas, pixels: Pixels) {
        for (mark, centre) in self.view.layout.middles(self.around(pixels)) {
            if let Mark::Action(action) = mark {
                self.draw(canvas, action, centre, Some(pixels));
            }
        }
    }

    /// Where the middles of all lie that may reach into `pixels`, in world units.
    fn around(&self, pixels: Pixels) -> Rect {
        let (viewport, unit) = (self.view.viewport, 1.0 / self.unit);
        let room = Rect {
            x: viewport.x + pixels.left as f32 * unit,
            y: viewport.y + pixels.top as f32 * unit,
            width: (pixels.right - pixels.left) as f32 * unit,
            height: (pixels.bottom - pixels.top) as f32 * unit,
        };
        // Half of the larger block, and a pixel for rounding.
        let (wide, high) = self.severe;
        room.grown((wide.max(high).max(self.usual.0).max(self.usual.1) / 2.0 + 1.0) * unit)
    }

    fn draw(&self, canvas: &mut Canvas, action: ActionId, centre: Point, clip: Option<Pixels>) {
        let state = usize::from(self.states[action.index()]);
        let severity = match self.view.filter {
            Some(filter) if !filter.shows(action) => {
                if filter.hides() {
                    return;
                }
                DIMMED
            }
            _ => self.severities[state],
        };
        let is_hollow = severity <= self.severities[ActionState::Skipped as usize];
        let shade = match self.shades.get(action.index()) {
            Some(&shade) if severity < FRAME => shade,
            _ => 0,
        };
        let worst = severity * N_SHADES + shade;
        canvas.block(self.block(centre, severity), worst, is_hollow, clip);
    }
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
