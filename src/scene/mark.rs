//! What can be pointed at and selected in the picture.

use crate::model::{ActionId, ArtifactId, BlobId};

use super::grouping::GroupId;

/// A thing drawn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mark {
    /// A rounded rectangle.
    Action(ActionId),
    /// A circle.
    Artifact(ArtifactId),
    /// The small square pinned to its action.
    AcEntry(ActionId),
    /// A closed group of actions.
    Group(GroupId),
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
    /// A group of actions, closed or open.
    Group(GroupId),
}

impl From<Mark> for Selection {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::Action(action) => Self::Action(action),
            Mark::Artifact(artifact) => Self::Artifact(artifact),
            Mark::AcEntry(action) => Self::AcEntry(action),
            Mark::Group(group) => Self::Group(group),
        }
    }
}
