//! The colours of the page, light and dark: Okabe-Ito at the base, checked for the common colour
//! deficiencies. No state is told by colour alone; `shapes` gives each its mark too.

use crate::rewind::ActionState;

/// Red, green, blue, alpha, from the highest byte.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Color(pub u32);

impl Color {
    /// Paints nothing.
    pub const NONE: Self = Self(0);

    /// An opaque colour from `0xRRGGBB`.
    pub const fn rgb(rgb: u32) -> Self {
        Self(rgb << 8 | 0xFF)
    }

    /// The same colour at `alpha` (0 to 1).
    #[must_use]
    pub fn with_alpha(self, alpha: f32) -> Self {
        Self(self.0 & !0xFF | (alpha.clamp(0.0, 1.0) * 255.0).round() as u32)
    }

    /// Red, green, blue, alpha.
    pub fn bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// Whether it paints nothing.
    pub fn is_none(self) -> bool {
        self.0 & 0xFF == 0
    }

    /// Relative luminance, as WCAG defines it; alpha left out.
    pub fn luminance(self) -> f32 {
        let linear = |byte: u8| {
            let c = f32::from(byte) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b, _] = self.bytes();
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    /// Contrast ratio with `other`, 1 to 21, as WCAG defines it.
    pub fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

/// The ground a person chose or the system asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Theme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// The colours of one theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Palette {
    /// Behind everything.
    pub ground: Color,
    /// Text and what is selected.
    pub text: Color,
    /// Text of second rank.
    pub quiet: Color,
    /// Edges, and outlines without a state.
    pub hairline: Color,
    /// Sources: half as strong as what is built.
    pub source: Color,
    /// Nothing has happened yet.
    pub not_reached: Color,
    /// From the cache.
    pub cache_hit: Color,
    /// Executed, or executing.
    pub executed: Color,
    /// Blobs and inputs that are gone.
    pub lost: Color,
    /// Must run again.
    pub dirty: Color,
    /// Executed again.
    pub reexecuted: Color,
    /// Failed.
    pub failed: Color,
    /// Will not run.
    pub skipped: Color,
}

const LIGHT: Palette = Palette {
    ground: Color::rgb(0xFBFBFA),
    text: Color::rgb(0x1B1F23),
    quiet: Color::rgb(0x5B646D),
    hairline: Color::rgb(0xC3C8CD),
    source: Color::rgb(0xB4BAC0),
    not_reached: Color::rgb(0x848E98),
    cache_hit: Color::rgb(0x0072B2),
    executed: Color::rgb(0x009E73),
    lost: Color::rgb(0xD55E00),
    dirty: Color::rgb(0xB77900),
    reexecuted: Color::rgb(0x8F4E8B),
    failed: Color::rgb(0xA1122B),
    skipped: Color::rgb(0x8F979F),
};

const DARK: Palette = Palette {
    ground: Color::rgb(0x14171A),
    text: Color::rgb(0xE8EAED),
    quiet: Color::rgb(0x9AA3AC),
    hairline: Color::rgb(0x4A525B),
    source: Color::rgb(0x58616A),
    not_reached: Color::rgb(0x6B7480),
    cache_hit: Color::rgb(0x56B4E9),
    executed: Color::rgb(0x2FC795),
    lost: Color::rgb(0xFF8A3D),
    dirty: Color::rgb(0xF5B73B),
    reexecuted: Color::rgb(0xCC79A7),
    failed: Color::rgb(0xFF6B7A),
    skipped: Color::rgb(0x5F6872),
};

impl Palette {
    /// The colours of `theme`.
    pub const fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }

    /// The colour of a state.
    pub fn state(&self, state: ActionState) -> Color {
        match state {
            ActionState::NotReached => self.not_reached,
            ActionState::CacheHit => self.cache_hit,
            ActionState::Running | ActionState::Executed => self.executed,
            ActionState::LostInput => self.lost,
            ActionState::Dirty => self.dirty,
            ActionState::Reexecuted => self.reexecuted,
            ActionState::Failed => self.failed,
            ActionState::Skipped => self.skipped,
        }
    }

    /// Text or ground, whichever reads better on `fill`.
    pub fn on(&self, fill: Color) -> Color {
        let (dark, light) = (Color::rgb(0x14171A), Color::rgb(0xFFFFFF));
        if fill.contrast(light) >= fill.contrast(dark) { light } else { dark }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_stand_out_from_both_grounds() {
        for palette in [&LIGHT, &DARK] {
            for color in [
                palette.not_reached,
                palette.cache_hit,
                palette.executed,
                palette.lost,
                palette.dirty,
                palette.reexecuted,
                palette.failed,
            ] {
                let contrast = color.contrast(palette.ground);
                assert!(contrast >= 3.0, "{color:x?} has only {contrast}");
            }
            assert!(palette.skipped.contrast(palette.ground) >= 2.8);
            assert!(palette.text.contrast(palette.ground) >= 7.0);
            assert!(palette.quiet.contrast(palette.ground) >= 4.5);
        }
    }

    #[test]
    fn labels_on_filled_marks_read_well() {
        for palette in [&LIGHT, &DARK] {
            for fill in [palette.cache_hit, palette.executed, palette.failed] {
                assert!(palette.on(fill).contrast(fill) >= 4.5);
            }
        }
    }
}
