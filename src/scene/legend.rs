//! The legend, drawn by the same hand as the graph, so that it cannot lie.

use super::palette::Theme;
use super::shape::Scene;

/// One line of the legend.
#[derive(Clone, PartialEq, Debug)]
pub struct LegendEntry {
    /// What it is called.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// How it looks: 28 by 20 CSS pixels on no ground.
    pub picture: Scene,
}

/// All states of actions, then of blobs and AC entries.
pub fn legend(theme: Theme) -> Vec<LegendEntry> {
    todo!("{theme:?}")
}
