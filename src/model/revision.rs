//! What changes in the digests of a graph when source content is edited.

use super::ids::{ActionId, ArtifactId, BlobId};

/// The digests that belong to one action.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ActionDigests {
    /// Digest of the `Action` message: the AC key, and the blob that is uploaded with it.
    pub key: Option<BlobId>,
    /// Digest of the `Command` message.
    pub command: Option<BlobId>,
    /// Standard output, unless inlined in the AC entry or absent from it.
    pub stdout: Option<BlobId>,
    /// Standard error, likewise.
    pub stderr: Option<BlobId>,
}

/// New digests after an edit: what actions will be asked for and what they will yield from then on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Revision {
    /// The actions whose digests change.
    pub actions: Vec<(ActionId, ActionDigests)>,
    /// The artifacts (edited sources, outputs downstream of them) whose content changes.
    pub artifacts: Vec<(ArtifactId, BlobId)>,
}
