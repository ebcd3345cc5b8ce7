//! Which actions a person wants to see, and what becomes of the others.

use crate::model::{ActionId, IdSet};

/// A choice of actions.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    shown: IdSet<ActionId>,
    n_shown: usize,
    hides: bool,
    version: u64,
}

impl Filter {
    /// The actions `shown`; the others are hidden if `hides`, else they stand back. `version` is
    /// to differ from that of any other filter of the graph, and from 0.
    pub fn new(shown: IdSet<ActionId>, hides: bool, version: u64) -> Self {
        let n_shown = shown.len();
        Self { shown, n_shown, hides, version }
    }

    /// Whether `action` is shown.
    pub fn shows(&self, action: ActionId) -> bool {
        self.shown.contains(action)
    }

    /// How many actions are shown.
    pub fn n_shown(&self) -> usize {
        self.n_shown
    }

    /// Whether the others are hidden, rather than dimmed.
    pub fn hides(&self) -> bool {
        self.hides
    }

    /// Which filter it is.
    pub fn version(&self) -> u64 {
        self.version
    }
}
