//! Panes whose sizes a person drags, and which this browser remembers.

/// A pane whose size a person can drag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pane {
    /// Width of the inspector.
    Inspector,
    /// Height of the story.
    Story,
}

/// Sizes of the panes in CSS pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Panes {
    /// Width of the inspector.
    pub inspector: f64,
    /// Height of the story.
    pub story: f64,
}

impl Panes {
    /// The sizes as text, for storage.
    pub fn to_text(self) -> String {
        format!("{:.0} {:.0}", self.inspector, self.story)
    }

    /// The sizes that [`to_text`](Self::to_text) wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        let (inspector, story) = text.split_once(' ')?;
        Some(Self { inspector: inspector.parse().ok()?, story: story.parse().ok()? }.kept())
    }

    /// The sizes, kept within what a window can hold.
    #[must_use]
    pub fn kept(self) -> Self {
        Self { inspector: self.inspector.clamp(220.0, 720.0), story: self.story.clamp(96.0, 640.0) }
    }
}

impl Default for Panes {
    fn default() -> Self {
        Self { inspector: 320.0, story: 240.0 }
    }
}
