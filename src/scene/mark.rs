//! What can be pointed at and selected in the picture.

use crate::model::{ActionId, ArtifactId, BlobId};

/// A thing drawn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mark {
    /// A rounded rectangle.
    Action(ActionId),
    /// A circle.
    Artifact(ArtifactId),
    /// The small square pinned to its action.
    AcEntry(ActionId),
}

/// What is selected, on any pane of the page.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Selection {
    /// Nothing.
    #[default]
    None,
    /// An action.
    Action(ActionId),
    /// An artifact.
    Artifact(ArtifactId),
    /// The AC entry of an action.
    AcEntry(ActionId),
    /// A blob: every artifact with that content is shown selected.
    Blob(BlobId),
}

impl From<Mark> for Selection {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::Action(action) => Self::Action(action),
            Mark::Artifact(artifact) => Self::Artifact(artifact),
            Mark::AcEntry(action) => Self::AcEntry(action),
        }
    }
}
