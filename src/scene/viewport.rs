//! The window through which a person looks at a layout.

use super::geometry::{Point, Rect};

/// Closest a person can look: screen pixels a world unit.
const SCALE_MAX: f32 = 6.0;
/// Farthest.
const SCALE_MIN: f32 = 1e-4;
/// A fit never enlarges more than this: three actions do not fill a wall.
const FIT_SCALE_MAX: f32 = 1.25;
/// Margin of a fit, screen pixels; a twelfth of the smaller side where that is less.
const FIT_MARGIN: f32 = 32.0;

/// A window of `width` by `height` CSS pixels on the world. World units are CSS pixels at scale 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Viewport {
    /// World x at the left edge.
    pub x: f32,
    /// World y at the top edge.
    pub y: f32,
    /// CSS pixels a world unit.
    pub scale: f32,
    /// Width in CSS pixels.
    pub width: f32,
    /// Height in CSS pixels.
    pub height: f32,
    /// Device pixels a CSS pixel.
    pub pixel_ratio: f32,
}

impl Viewport {
    /// A window of that size at the origin, at scale 1.
    pub fn new(width: f32, height: f32, pixel_ratio: f32) -> Self {
        Self { x: 0.0, y: 0.0, scale: 1.0, width, height, pixel_ratio }
    }

    /// The window moved so that what is under the pointer follows it by `dx`, `dy` CSS pixels.
    #[must_use]
    pub fn pan(self, dx: f32, dy: f32) -> Self {
        // By whole device pixels, so that what was painted can move along as it is.
        let whole = |by: f32| (by * self.pixel_ratio).round() / self.pixel_ratio;
        let (dx, dy) = (whole(dx), whole(dy));
        Self { x: self.x - dx / self.scale, y: self.y - dy / self.scale, ..self }
    }

    /// The window at the place of `other`, as large and as near as it is.
    #[must_use]
    pub fn panned_to(self, other: Self) -> Self {
        Self { x: other.x, y: other.y, ..self }
    }

    /// By how many device pixels what shows has moved since `before`, if that is all that happened
    /// and some of it still shows.
    pub fn moved_since(self, before: Self) -> Option<(i32, i32)> {
        if self == before {
            return Some((0, 0));
        }
        if self.panned_to(before) != before {
            return None;
        }
        let unit = self.scale * self.pixel_ratio;
        let by = [(before.x - self.x) * unit, (before.y - self.y) * unit];
        let whole = by.map(f32::round);
        let is_whole = by.iter().zip(whole).all(|(by, whole)| (by - whole).abs() < 0.05);
        let room = [self.width, self.height].map(|side| side * self.pixel_ratio * 0.7);
        let is_near = whole.iter().zip(room).all(|(by, room)| by.abs() < room);
        (is_whole && is_near).then_some((whole[0] as i32, whole[1] as i32))
    }

    /// The window scaled by `factor`, what is at `point` (CSS pixels) staying there.
    #[must_use]
    pub fn zoom_at(self, point: Point, factor: f32) -> Self {
        let scale = (self.scale * factor).clamp(SCALE_MIN, SCALE_MAX);
        let under = self.to_world(point);
        Self { x: under.x - point.x / scale, y: under.y - point.y / scale, scale, ..self }
    }

    /// The window moved and scaled so that all of `bounds` (world) shows, centred.
    #[must_use]
    pub fn fit(self, bounds: Rect) -> Self {
        let margin = FIT_MARGIN.min(self.width.min(self.height) / 12.0);
        let wide = (self.width - 2.0 * margin).max(1.0) / bounds.width.max(1.0);
        let high = (self.height - 2.0 * margin).max(1.0) / bounds.height.max(1.0);
        let scale = wide.min(high).clamp(SCALE_MIN, FIT_SCALE_MAX);
        Self { scale, ..self }.centred_on(bounds.centre())
    }

    /// The window moved so that `point` (world) is in its middle.
    #[must_use]
    pub fn centred_on(self, point: Point) -> Self {
        Self {
            x: point.x - self.width / 2.0 / self.scale,
            y: point.y - self.height / 2.0 / self.scale,
            ..self
        }
    }

    /// The window moved as little as needed to show all of `rect` (world) with a margin.
    #[must_use]
    pub fn revealing(self, rect: Rect) -> Self {
        let (seen, rect) = (self.world(), rect.grown(24.0 / self.scale));
        let nearest = |start: f32, length: f32, low: f32, span: f32| {
            if span >= length || low < start {
                low
            } else if low + span > start + length {
                low + span - length
            } else {
                start
            }
        };
        Self {
            x: nearest(seen.x, seen.width, rect.x, rect.width),
            y: nearest(seen.y, seen.height, rect.y, rect.height),
            ..self
        }
    }

    /// The same middle and scale in a window of another size.
    #[must_use]
    pub fn resized(self, width: f32, height: f32, pixel_ratio: f32) -> Self {
        Self { width, height, pixel_ratio, ..self }.centred_on(self.world().centre())
    }

    /// CSS pixels of a world point.
    pub fn to_screen(&self, point: Point) -> Point {
        Point::new((point.x - self.x) * self.scale, (point.y - self.y) * self.scale)
    }

    /// World point under a CSS pixel.
    pub fn to_world(&self, point: Point) -> Point {
        Point::new(self.x + point.x / self.scale, self.y + point.y / self.scale)
    }

    /// The part of the world that shows.
    pub fn world(&self) -> Rect {
        Rect {
            x: self.x,
            y: self.y,
            width: self.width / self.scale,
            height: self.height / self.scale,
        }
    }
}
