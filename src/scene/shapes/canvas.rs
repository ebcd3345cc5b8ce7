//! Pixels of which each keeps the worst that was painted on it.

use super::super::geometry::Point;
use super::shades::N_SHADES;

/// What an edge leaves in a pixel: less than any action.
pub(super) const EDGE: u8 = 1;

/// Boxes with sides of so many pixels and more have an outline where they are hollow.
pub(super) const HOLLOW_MIN: f32 = 4.0;

/// An upright box of whole pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Pixels {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Pixels {
    pub fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    /// The smallest box that holds both; an empty one holds nothing.
    pub fn union(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// The worst of each pixel; 0 for none.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    pub width: usize,
    pub height: usize,
    worst: Vec<u8>,
    /// What lies under the blocks.
    under: Vec<u8>,
}

impl Canvas {
    /// Makes it that large, and empty.
    pub fn clear(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.worst.clear();
        self.worst.resize(width * height, 0);
    }

    /// Remembers what is painted so far as what [`wipe`](Self::wipe) leaves.
    pub fn keep_ground(&mut self) {
        self.under.clear();
        self.under.extend_from_slice(&self.worst);
    }

    /// [`keep_ground`](Self::keep_ground) for some pixels.
    pub fn keep_within(&mut self, pixels: Pixels) {
        for y in pixels.top..pixels.bottom {
            let row = y * self.width + pixels.left..y * self.width + pixels.right;
            self.under[row.clone()].copy_from_slice(&self.worst[row]);
        }
    }

    /// Leaves nothing in `pixels`.
    pub fn clear_within(&mut self, pixels: Pixels) {
        for y in pixels.top..pixels.bottom {
            self.worst[y * self.width + pixels.left..y * self.width + pixels.right].fill(0);
        }
    }

    /// The border of a box, one pixel wide, within `clip`.
    pub fn outline(&mut self, [left, top, right, bottom]: [f32; 4], severity: u8, clip: Pixels) {
        for side in [
            [left, top, right, top + 1.0],
            [left, bottom - 1.0, right, bottom],
            [left, top, left + 1.0, bottom],
            [right - 1.0, top, right, bottom],
        ] {
            self.block(side, severity, false, Some(clip));
        }
    }

    /// Moves all that is painted by so many pixels, which are fewer than it has; what comes into
    /// sight is whatever was there.
    pub fn shift(&mut self, by: (i32, i32)) {
        shift(&mut self.worst, 1, self.width, by);
        shift(&mut self.under, 1, self.width, by);
    }

    /// Takes away all blocks within `pixels`.
    pub fn wipe(&mut self, pixels: Pixels) {
        for y in pixels.top..pixels.bottom {
            let row = y * self.width + pixels.left..y * self.width + pixels.right;
            self.worst[row.clone()].copy_from_slice(&self.under[row]);
        }
    }

    /// The whole pixels of a box (left, top, right, bottom) that are on the canvas.
    pub fn within(&self, [left, top, right, bottom]: [f32; 4]) -> Pixels {
        // Casts of floats saturate, so that what is far off stays so.
        Pixels {
            left: left.max(0.0) as usize,
            top: top.max(0.0) as usize,
            right: (right.max(0.0) as usize).min(self.width),
            bottom: (bottom.max(0.0) as usize).min(self.height),
        }
    }

    /// A box, or where it is hollow and large enough its outline; within `clip` if there is one.
    pub fn block(&mut self, sides: [f32; 4], severity: u8, is_hollow: bool, clip: Option<Pixels>) {
        let [left, top, right, bottom] = sides;
        if right <= 0.0 || bottom <= 0.0 {
            return;
        }
        let mut pixels = self.within(sides);
        if let Some(clip) = clip {
            pixels = Pixels {
                left: pixels.left.max(clip.left),
                top: pixels.top.max(clip.top),
                right: pixels.right.min(clip.right),
                bottom: pixels.bottom.min(clip.bottom),
            };
        }
        let Pixels { left: x0, top: y0, right: x1, bottom: y1 } = pixels;
        if x0 >= x1 || y0 >= y1 {
            return;
        }
        let outline = is_hollow && right - left >= HOLLOW_MIN && bottom - top >= HOLLOW_MIN;
        for y in y0..y1 {
            let row = &mut self.worst[y * self.width + x0..y * self.width + x1];
            if !outline || y as f32 == top || y as f32 == bottom - 1.0 {
                for slot in row {
                    *slot = (*slot).max(severity);
                }
                continue;
            }
            for (x, slot) in (x0..x1).zip(row) {
                if x as f32 == left || x as f32 == right - 1.0 {
                    *slot = (*slot).max(severity);
                }
            }
        }
    }

    /// A filled box of `size` pixels with its corner at the first two of `sides`, which are whole,
    /// within `clip`: [`block`](Self::block) for millions of them.
    #[inline]
    pub fn dot(&mut self, sides: [f32; 4], size: (i32, i32), severity: u8, clip: Pixels) {
        // Casts of floats saturate, so that what is far off stays so.
        let (left, top) = (sides[0] as i32, sides[1] as i32);
        let (right, bottom) = (left.saturating_add(size.0), top.saturating_add(size.1));
        let x0 = left.max(clip.left as i32) as usize;
        let x1 = right.min(clip.right as i32).max(0) as usize;
        let y0 = top.max(clip.top as i32) as usize;
        let y1 = bottom.min(clip.bottom as i32).max(0) as usize;
        if size == (1, 1) {
            if x0 < x1 && y0 < y1 {
                let slot = &mut self.worst[y0 * self.width + x0];
                *slot = (*slot).max(severity);
            }
            return;
        }
        for y in y0..y1 {
            let Some(row) = self.worst.get_mut(y * self.width + x0..y * self.width + x1) else {
                return;
            };
            row.iter_mut().for_each(|slot| *slot = (*slot).max(severity));
        }
    }

    /// A cubic segment as a row of pixels.
    pub fn curve(&mut self, segment: &[Point]) {
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
                *slot = (*slot).max(EDGE * N_SHADES);
            }
        }
    }

    /// All of it.
    pub fn all(&self) -> Pixels {
        Pixels { left: 0, top: 0, right: self.width, bottom: self.height }
    }

    /// Writes the colour of each pixel within `boxes` to `rgba`.
    pub fn color(&self, colors: &[[u8; 4]], boxes: &[Pixels], rgba: &mut Vec<u8>) {
        rgba.resize(self.worst.len() * 4, 0);
        let mut by_worst = [[0; 4]; 256];
        by_worst[..colors.len()].copy_from_slice(colors);
        let pixels = rgba.as_chunks_mut::<4>().0;
        for &Pixels { left, top, right, bottom } in boxes.iter().filter(|b| !b.is_empty()) {
            for y in top..bottom {
                let row = y * self.width + left..y * self.width + right;
                for (pixel, &worst) in pixels[row.clone()].iter_mut().zip(&self.worst[row]) {
                    *pixel = by_worst[usize::from(worst)];
                }
            }
        }
    }
}

/// Moves all pixels of rows of `width` by so many; what comes into sight is whatever was there.
/// `each` is how many items a pixel has.
pub(super) fn shift<T: Copy>(pixels: &mut [T], each: usize, width: usize, (dx, dy): (i32, i32)) {
    let by = (dy as isize * width as isize + dx as isize) * each as isize;
    let n = pixels.len();
    match usize::try_from(by) {
        Ok(by) => pixels.copy_within(..n.saturating_sub(by), by.min(n)),
        Err(_) => pixels.copy_within(by.unsigned_abs().min(n).., 0),
    }
}
