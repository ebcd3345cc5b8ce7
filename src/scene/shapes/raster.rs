//! The overview as a map of pixels: each action a block of its state's colour, the worst state on
//! top, so that one lost blob in a million is seen.

use crate::model::{ActionId, CacheKind};
use crate::rewind::ActionState;

use super::super::geometry::{Point, Rect};
use super::super::layout::Layout;
use super::super::mark::Mark;
use super::super::palette::{Color, Palette};
use super::super::shape::Raster;
use super::{View, edges};

/// States from the best to the worst: where two share a pixel, the later shows.
const BY_SEVERITY: [ActionState; 9] = [
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

/// Severities from that of [`ActionState::LostInput`] must be seen at any scale.
const SEVERE: u8 = EDGE + 8;

/// Least side of an action that lost inputs, lost its outputs or failed, CSS pixels.
const SEEN_MIN: f32 = 3.0;

/// Every action that shows through the viewport of `view`, opaque.
pub(in crate::scene) fn map(view: &View, palette: &Palette) -> Raster {
    let viewport = view.viewport;
    let ratio = viewport.pixel_ratio.max(0.1);
    let width = (viewport.width * ratio).round().max(1.0) as usize;
    let height = (viewport.height * ratio).round().max(1.0) as usize;
    let mut canvas = Canvas { width, height, worst: vec![0; width * height] };
    let severity = severities();
    let unit = viewport.scale * ratio;
    let (wide, high) = (view.layout.action_width() * unit, Layout::ACTION_HEIGHT * unit);
    draw_edges(&mut canvas, view, ratio);
    let mut draw = |action: ActionId, centre: Point| {
        let mut state = view.moment.action(action);
        if has_evicted_output(view, action) && severity[state as usize] < SEVERE {
            state = ActionState::LostInput;
        }
        let at = viewport.to_screen(centre);
        // What went wrong is never smaller than the eye can find.
        let least = if severity[state as usize] >= SEVERE { SEEN_MIN * ratio } else { 1.0 };
        let (wide, high) = (wide.max(least), high.max(least));
        let rect = Rect::around(Point::new(at.x * ratio, at.y * ratio), wide, high);
        let is_hollow = matches!(state, ActionState::NotReached | ActionState::Skipped);
        canvas.block(rect, severity[state as usize], is_hollow);
    };
    let (seen, all) = (viewport.world(), view.layout.bounds());
    if seen.width * seen.height * 8.0 > all.width * all.height {
        // In the order of memory: a million actions are many cache lines.
        view.layout.actions().for_each(|(action, centre)| draw(action, centre));
    } else {
        for (mark, centre) in view.layout.near(seen) {
            if let Mark::Action(action) = mark {
                draw(action, centre);
            }
        }
    }
    Raster { width: width as u32, height: height as u32, rgba: canvas.colored(palette) }
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
        let curve = edges::curve(layout.route(i).map(to_pixel), layout.direction());
        for segment in curve.windows(4).step_by(3) {
            canvas.curve(segment);
        }
    }
}

fn has_evicted_output(view: &View, action: ActionId) -> bool {
    let blobs = view.graph.outputs(action).iter().filter_map(|&o| view.graph.blob(o));
    blobs.into_iter().any(|blob| (view.evicted)(CacheKind::Cas, blob))
}

/// By state: above [`EDGE`].
fn severities() -> [u8; 9] {
    let mut severities = [0; 9];
    for (i, &state) in BY_SEVERITY.iter().enumerate() {
        severities[state as usize] = i as u8 + EDGE + 1;
    }
    severities
}

/// What an edge leaves in a pixel: less than any action.
const EDGE: u8 = 1;

/// The worst state of each pixel; 0 for none.
struct Canvas {
    width: usize,
    height: usize,
    worst: Vec<u8>,
}

impl Canvas {
    /// A cubic segment as a row of pixels.
    fn curve(&mut self, segment: &[Point]) {
        let &[a, b, c, d] = segment else { return };
        let length = (d.x - a.x).abs() + (d.y - a.y).abs();
        let n_steps = (length.min(4_000.0) * 1.5) as usize + 1;
        for step in 0..=n_steps {
            let t = step as f32 / n_steps as f32;
            let (ab, bc, cd) = (a.towards(b, t), b.towards(c, t), c.towards(d, t));
            let at = ab.towards(bc, t).towards(bc.towards(cd, t), t);
            if at.x < 0.0 || at.y < 0.0 {
                continue;
            }
            let (x, y) = (at.x as usize, at.y as usize);
            if x < self.width && y < self.height {
                let slot = &mut self.worst[y * self.width + x];
                *slot = (*slot).max(EDGE);
            }
        }
    }

    fn block(&mut self, rect: Rect, severity: u8, is_hollow: bool) {
        let (left, top) = (rect.x.round(), rect.y.round());
        let (right, bottom) = (left + rect.width.round(), top + rect.height.round());
        if right <= 0.0 || bottom <= 0.0 {
            return;
        }
        let (x0, y0) = (left.max(0.0) as usize, top.max(0.0) as usize);
        let (x1, y1) = ((right as usize).min(self.width), (bottom as usize).min(self.height));
        let outline = is_hollow && rect.width >= 4.0 && rect.height >= 4.0;
        for y in y0..y1 {
            let edge_row = y as f32 == top || y as f32 == bottom - 1.0;
            for x in x0..x1 {
                let edge = edge_row || x as f32 == left || x as f32 == right - 1.0;
                if edge || !outline {
                    let slot = &mut self.worst[y * self.width + x];
                    *slot = (*slot).max(severity);
                }
            }
        }
    }

    fn colored(&self, palette: &Palette) -> Vec<u8> {
        let mut colors = [palette.ground.bytes(); 11];
        colors[EDGE as usize] = faint(palette).bytes();
        for (i, &state) in BY_SEVERITY.iter().enumerate() {
            colors[i + 1 + EDGE as usize] = color(state, palette).bytes();
        }
        let mut rgba = Vec::with_capacity(self.worst.len() * 4);
        for &severity in &self.worst {
            rgba.extend_from_slice(&colors[severity as usize]);
        }
        rgba
    }
}

/// Half way from the ground to a hairline: pixels have no other way to be thin.
fn faint(palette: &Palette) -> Color {
    let (a, b) = (palette.ground.bytes(), palette.hairline.bytes());
    Color(u32::from_be_bytes([0, 1, 2, 3].map(|i| a[i].midpoint(b[i]))))
}

/// What is not reached stands back, so that the rest is seen among a million.
fn color(state: ActionState, palette: &Palette) -> Color {
    match state {
        ActionState::NotReached | ActionState::Skipped => palette.source,
        state => palette.state(state),
    }
}

/// Whether `view` is better shown as a map than mark by mark.
pub(super) fn is_better(view: &View) -> bool {
    let high = Layout::ACTION_HEIGHT * view.viewport.scale;
    high < 7.0 && view.layout.n_marks() > 1_000
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
        assert_eq!(severities, [2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }
}
