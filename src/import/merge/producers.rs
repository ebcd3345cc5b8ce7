//! Which action writes which artifact, as far as files were merged.

use crate::model::{ActionId, ArtifactId, Id};

/// Producers by artifact: a list, as most artifacts have one or are sources of a few.
#[derive(Default)]
pub(super) struct Producers {
    /// `NONE` where nothing is known to write it.
    of: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Producers {
    /// The action that writes `artifact`.
    pub fn get(&self, artifact: ArtifactId) -> Option<ActionId> {
        self.of.get(artifact.index()).filter(|&&action| action != NONE).map(|&a| ActionId(a))
    }

    /// Whether an action writes `artifact`.
    pub fn contains(&self, artifact: ArtifactId) -> bool {
        self.get(artifact).is_some()
    }

    /// Says that `action` writes `artifact`, unless another does: the one that does.
    pub fn claim(&mut self, artifact: ArtifactId, action: ActionId) -> ActionId {
        if self.of.len() <= artifact.index() {
            self.of.resize(artifact.index() + 1, NONE);
        }
        let known = &mut self.of[artifact.index()];
        if *known == NONE {
            *known = action.0;
        }
        ActionId(*known)
    }
}
