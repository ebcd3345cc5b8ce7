//! What files tell that name actions without naming all they read and write: logs and queries of
//! Buck2, graphs in DOT, plain graphs in JSON.

use std::collections::HashMap;

use crate::model::{ActionKind, BlobId, Blobs, BlobsBuilder, TextId, Texts, TextsBuilder};

/// Something that an action reads or writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NamedArtifact {
    /// Its path; empty for an output that the file does not name.
    pub path: TextId,
    /// Its content, where told, in terms of the facts' own blobs.
    pub blob: Option<BlobId>,
}

/// An action, as far as the file tells it. Texts may be empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedAction {
    /// The tool's own name of it, which no other action has: Buck2's `HOLDER_INDEX`
    /// (`ActionKey.key`), or the name of a node.
    pub name: TextId,
    /// Target, with its configuration as the tool writes it.
    pub owner: TextId,
    /// Sort of action (Buck2: category).
    pub category: TextId,
    /// What tells it from others of its sort and target.
    pub identifier: TextId,
    /// How it comes by its outputs, where told.
    pub kind: Option<ActionKind>,
    /// Digest of its `Action`.
    pub key: Option<BlobId>,
    /// How long it executed, where it did.
    pub duration_ms: Option<u32>,
    /// What it reads, as far as paths are told.
    pub inputs: Vec<NamedArtifact>,
    /// What it writes.
    pub outputs: Vec<NamedArtifact>,
    /// Indices of actions whose outputs it reads.
    pub depends_on: Vec<u32>,
}

/// Named actions of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedFacts {
    /// Names, targets, paths.
    pub texts: Texts,
    /// Digests.
    pub blobs: Blobs,
    /// Actions in the order of the file.
    pub actions: Vec<NamedAction>,
    /// Whether the file tells edges: a graph, not a log.
    pub tells_edges: bool,
}

/// Collects [`NamedFacts`].
#[derive(Default)]
pub(super) struct NamedBuilder {
    pub texts: TextsBuilder,
    pub blobs: BlobsBuilder,
    pub actions: Vec<NamedAction>,
    by_name: HashMap<TextId, u32>,
}

impl NamedBuilder {
    /// None so far, but `blobs` to refer to.
    pub fn with_blobs(blobs: BlobsBuilder) -> Self {
        Self { blobs, ..Self::default() }
    }

    /// The index of the action called `name`, new or known.
    pub fn action(&mut self, name: &str) -> usize {
        let name = self.texts.intern(name);
        let next = self.actions.len() as u32;
        let index = *self.by_name.entry(name).or_insert(next);
        if index == next {
            self.actions.push(nothing_known(name));
        }
        index as usize
    }

    /// Adds an action without a name of its own.
    pub fn nameless(&mut self) -> usize {
        self.actions.push(nothing_known(Texts::EMPTY));
        self.actions.len() - 1
    }

    /// The finished facts.
    pub fn finish(self, tells_edges: bool) -> NamedFacts {
        NamedFacts {
            texts: self.texts.finish(),
            blobs: self.blobs.finish(),
            actions: self.actions,
            tells_edges,
        }
    }
}

fn nothing_known(name: TextId) -> NamedAction {
    NamedAction {
        name,
        owner: Texts::EMPTY,
        category: Texts::EMPTY,
        identifier: Texts::EMPTY,
        kind: None,
        key: None,
        duration_ms: None,
        inputs: Vec::new(),
        outputs: Vec::new(),
        depends_on: Vec::new(),
    }
}
