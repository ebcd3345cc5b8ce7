//! Turns actions into blocks of pixels.

use crate::model::{ActionId, Id};
use crate::rewind::ActionState;

use super::super::geometry::{Point, Rect};
use super::super::layout::{Frame, Layout};
use super::super::mark::Mark;
use super::super::tints::Tints;
use super::View;
use super::canvas::{Canvas, HOLLOW_MIN, Pixels};
use super::raster::{BY_SEVERITY, DIMMED, FRAME, SEVERE, severities};
use super::shades::N_SHADES;

/// Least side of an action that lost inputs, lost its outputs or failed, CSS pixels.
const SEEN_MIN: f32 = 3.0;

/// Paints the actions of one view.
pub(super) struct Brush<'a> {
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
    /// The usual ones as whole numbers, where they are so small that all of them are filled.
    dot: Option<(i32, i32)>,
}

impl<'a> Brush<'a> {
    pub fn new(view: &'a View, tints: &'a Tints, shades: &'a [u8]) -> Self {
        let ratio = view.viewport.pixel_ratio.max(0.1);
        let unit = view.viewport.scale * ratio;
        let (wide, high) = (view.layout.action_width() * unit, Layout::ACTION_HEIGHT * unit);
        let sides = |least: f32| (wide.max(least).round(), high.max(least).round());
        let usual = sides(1.0);
        let is_dot = usual.0 < HOLLOW_MIN || usual.1 < HOLLOW_MIN;
        Self {
            view,
            states: tints.states(),
            severities: severities(),
            shades,
            unit,
            usual,
            dot: is_dot.then_some((usual.0 as i32, usual.1 as i32)),
            severe: sides(SEEN_MIN * ratio),
        }
    }

    /// What an action there covers, in device pixels: left, top, right, bottom.
    #[inline]
    pub fn block(&self, centre: Point, severity: u8) -> [f32; 4] {
        // What went wrong is never smaller than the eye can find.
        let (wide, high) = if severity >= SEVERE { self.severe } else { self.usual };
        let x = (centre.x - self.view.viewport.x) * self.unit - wide / 2.0;
        let y = (centre.y - self.view.viewport.y) * self.unit - high / 2.0;
        // Not `round`: a processor has no instruction for it, and this is asked a million times.
        let (left, top) = ((x + 0.5).floor(), (y + 0.5).floor());
        [left, top, left + wide, top + high]
    }

    /// Closed groups, each in the colour of its worst state.
    pub fn groups(&self, canvas: &mut Canvas) {
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
    pub fn frames(&self, canvas: &mut Canvas, clip: Pixels) {
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
    pub fn redraw(&self, canvas: &mut Canvas, pixels: Pixels) {
        if pixels.is_empty() {
            return;
        }
        canvas.wipe(pixels);
        self.all_in(canvas, pixels);
    }

    /// Paints what of all actions lies within `pixels`.
    pub fn all_in(&self, canvas: &mut Canvas, pixels: Pixels) {
        for (mark, centre) in self.view.layout.middles(self.around(pixels)) {
            if let Mark::Action(action) = mark {
                self.draw(canvas, action, centre, pixels);
            }
        }
    }

    /// Where the middles of all lie that may reach into `pixels`, in world units.
    pub fn around(&self, pixels: Pixels) -> Rect {
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

    /// Paints what of an action lies within `clip`. Asked a million times a picture: in the loop,
    /// it keeps at hand what is the same for all.
    #[inline]
    pub fn draw(&self, canvas: &mut Canvas, action: ActionId, centre: Point, clip: Pixels) {
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
        let shade = match self.shades.get(action.index()) {
            Some(&shade) if severity < FRAME => shade,
            _ => 0,
        };
        let worst = severity * N_SHADES + shade;
        let sides = self.block(centre, severity);
        match self.dot {
            // What most of a million are.
            Some(size) if severity < SEVERE => canvas.dot(sides, size, worst, clip),
            _ => {
                let is_hollow = severity <= self.severities[ActionState::Skipped as usize];
                canvas.block(sides, worst, is_hollow, Some(clip));
            }
        }
    }
}
