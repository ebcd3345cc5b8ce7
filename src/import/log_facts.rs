//! What an execution log and an action graph tell, with paths and digests kept once.

use std::collections::HashMap;

use super::input_sets::InputSets;
use crate::model::{BlobId, BlobsBuilder, Digest, DigestFunction, Id, TextId, Texts, TextsBuilder};

/// A path with the content that a log gives it; index into [`ExecLogFacts::files`].
pub(super) type FileIndex = u32;

/// A path and its content, where told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LoggedFile {
    /// Path from the execution root.
    pub path: TextId,
    /// Content, in terms of the facts' own blobs.
    pub blob: Option<BlobId>,
}

/// A directory that was read or written, with its files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoggedTree {
    /// Path of the directory.
    pub path: TextId,
    /// Its files, by whole path.
    pub files: Vec<FileIndex>,
}

/// Size and SHA-256 of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MessageDigest {
    /// SHA-256.
    pub hash: [u8; 32],
    /// Size in bytes.
    pub size_bytes: u32,
}

impl MessageDigest {
    /// As a digest.
    pub fn digest(&self) -> Digest {
        let digest = Digest::new(DigestFunction::Sha256, &self.hash);
        digest.unwrap_or_else(|| unreachable!("32 bytes are a SHA-256"))
    }
}

/// Digests of `Command` and `Action` as one version of Bazel encodes them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RebuiltAction {
    /// The `Command`.
    pub command: MessageDigest,
    /// The `Action`: the AC key.
    pub key: MessageDigest,
}

/// What could be rebuilt of how a spawn is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rebuilt {
    /// Its key is not logged: `Command` and `Action` by encoding (see `ac_key`).
    Actions(Box<[RebuiltAction]>),
    /// Its `Command`, proved by its logged key.
    Command(MessageDigest),
    /// Its `Command`, if it was encoded as the spawns before: to be proved by a cache that has it.
    LikelyCommand(MessageDigest),
}

/// A command that ran, or whose result came from a cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoggedSpawn {
    /// Target; empty where the log has none.
    pub label: TextId,
    /// Sort of action.
    pub mnemonic: TextId,
    /// What it read: a set of [`ExecLogFacts::sets`].
    pub inputs: Option<u32>,
    /// Declared and actual outputs, each path once, directories last: a set of
    /// [`ExecLogFacts::sets`] that holds no other.
    pub outputs: u32,
    /// Digest of the `Action` as logged (7.0 and later).
    pub key: Option<BlobId>,
    /// How long it executed, unless it was a cache hit.
    pub duration_ms: Option<u32>,
    /// Whether it ended well.
    pub succeeded: bool,
    /// Whether its result may be kept in a remote cache.
    pub remote_cacheable: bool,
}

/// A symlink that the build tool made (compact log of 7.4 and later).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoggedSymlink {
    /// What it points to.
    pub input: TextId,
    /// Where it is.
    pub output: TextId,
    /// Target.
    pub label: TextId,
    /// Sort of action.
    pub mnemonic: TextId,
}

/// What an execution log tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ExecLogFacts {
    /// Paths, labels, mnemonics. Not frozen, so that a merge can go on with them.
    pub texts: TextsBuilder,
    /// Digests; likewise.
    pub blobs: BlobsBuilder,
    /// Each path with each content.
    pub files: Vec<LoggedFile>,
    /// Directories.
    pub trees: Vec<LoggedTree>,
    /// What spawns read, nested as logged.
    pub sets: InputSets,
    /// Spawns in the order of the log.
    pub spawns: Vec<LoggedSpawn>,
    /// What else of spawns may be in a cache, by ascending index of the spawn.
    pub rebuilt: Vec<(u32, Rebuilt)>,
    /// Symlink actions in the order of the log.
    pub symlinks: Vec<LoggedSymlink>,
}

/// Collects [`ExecLogFacts`].
#[derive(Default)]
pub(super) struct LogBuilder {
    pub texts: TextsBuilder,
    pub blobs: BlobsBuilder,
    pub files: Vec<LoggedFile>,
    /// Per text, the first file of that path; `NO_FILE` for labels and the like.
    by_path: Vec<FileIndex>,
    /// Files of a path that has another content already.
    others: HashMap<LoggedFile, FileIndex>,
    pub trees: Vec<LoggedTree>,
    pub sets: InputSets,
    pub spawns: Vec<LoggedSpawn>,
    pub rebuilt: Vec<(u32, Rebuilt)>,
    pub symlinks: Vec<LoggedSymlink>,
}

const NO_FILE: FileIndex = FileIndex::MAX;

impl LogBuilder {
    /// The index of `path` with `blob`, new or known.
    pub fn file(&mut self, path: &str, blob: Option<BlobId>) -> FileIndex {
        let path = self.texts.intern(path);
        self.file_of_text(path, blob)
    }

    /// The index of `path`, a text of this builder, with `blob`; new or known.
    pub fn file_of_text(&mut self, path: TextId, blob: Option<BlobId>) -> FileIndex {
        let file = LoggedFile { path, blob };
        let new = self.files.len() as FileIndex;
        if self.by_path.len() <= path.index() {
            self.by_path.resize(self.texts.len(), NO_FILE);
        }
        let first = &mut self.by_path[path.index()];
        let known = match self.files.get(*first as usize) {
            None => {
                *first = new;
                new
            }
            Some(known) if *known == file => *first,
            Some(_) => *self.others.entry(file).or_insert(new),
        };
        if known == new {
            self.files.push(file);
        }
        known
    }

    /// The path of `file`.
    pub fn path(&self, file: FileIndex) -> &str {
        self.texts.get(self.files[file as usize].path)
    }

    /// The finished facts.
    pub fn finish(mut self) -> ExecLogFacts {
        self.by_path = Vec::new();
        self.files.shrink_to_fit();
        self.spawns.shrink_to_fit();
        self.sets.shrink_to_fit();
        ExecLogFacts {
            texts: self.texts,
            blobs: self.blobs,
            files: self.files,
            trees: self.trees,
            sets: self.sets,
            spawns: self.spawns,
            rebuilt: self.rebuilt,
            symlinks: self.symlinks,
        }
    }
}

/// An artifact of an action graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueriedArtifact {
    /// Path from the execution root.
    pub path: TextId,
    /// Whether it is a directory.
    pub is_tree: bool,
}

/// An action of an action graph. Artifacts are indices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueriedAction {
    /// Target; empty if the graph names none.
    pub label: TextId,
    /// Sort of action.
    pub mnemonic: TextId,
    /// What it reads: sets, see [`AqueryFacts::sets`].
    pub input_sets: Vec<u32>,
    /// What it writes, the primary output first.
    pub outputs: Vec<u32>,
    /// Whether it has a command line: then it spawns.
    pub has_arguments: bool,
    /// Whether its true inputs are known only once it ran.
    pub discovers_inputs: bool,
}

/// A set of artifacts: direct members and other sets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ArtifactSet {
    /// Direct members, indices of artifacts.
    pub direct: Vec<u32>,
    /// Other sets, by index.
    pub transitive: Vec<u32>,
}

/// What an action graph tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AqueryFacts {
    /// Paths, labels, mnemonics.
    pub texts: Texts,
    /// Artifacts.
    pub artifacts: Vec<QueriedArtifact>,
    /// Sets of artifacts.
    pub sets: Vec<ArtifactSet>,
    /// Actions in the order of the graph.
    pub actions: Vec<QueriedAction>,
}

impl AqueryFacts {
    /// The artifacts that `action` reads, each once, in the order of the graph. Walks sets with its
    /// own stack: they may be nested deeply, or (in a damaged file) hold themselves.
    pub fn inputs(&self, action: &QueriedAction, walk: &mut SetWalk) -> Vec<u32> {
        walk.round += 1;
        let (round, mut inputs) = (walk.round, Vec::new());
        walk.sets.resize(self.sets.len(), 0);
        walk.artifacts.resize(self.artifacts.len(), 0);
        let mut stack: Vec<u32> = action.input_sets.iter().rev().copied().collect();
        while let Some(set) = stack.pop() {
            if std::mem::replace(&mut walk.sets[set as usize], round) == round {
                continue;
            }
            let set = &self.sets[set as usize];
            for &artifact in &set.direct {
                if std::mem::replace(&mut walk.artifacts[artifact as usize], round) != round {
                    inputs.push(artifact);
                }
            }
            stack.extend(set.transitive.iter().rev());
        }
        inputs
    }
}

/// What was visited on a walk over sets, kept between walks.
#[derive(Default, Debug)]
pub struct SetWalk {
    round: u32,
    sets: Vec<u32>,
    artifacts: Vec<u32>,
}
