//! A remote cache: which AC entries and CAS blobs it holds.

use super::graph::Graph;
use super::id_set::IdSet;
use super::ids::{BlobId, TextId};

/// The two halves of a cache.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CacheKind {
    /// The action cache: action digest to ActionResult.
    Ac,
    /// The content-addressable store: digest to content.
    Cas,
}

/// One output named by a decoded AC entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AcOutput {
    /// Its path as the entry has it.
    pub path: TextId,
    /// Its content; for a directory the digest of its `Tree`.
    pub blob: BlobId,
    /// Whether it is a directory.
    pub is_tree: bool,
}

/// A decoded ActionResult (`build.bazel.remote.execution.v2.ActionResult`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AcEntry {
    /// Output files and directories.
    pub outputs: Vec<AcOutput>,
    /// Files inside output directories whose `Tree` blob was at hand: part of the closure.
    pub tree_files: Vec<BlobId>,
    /// Standard output, unless inlined or empty.
    pub stdout: Option<BlobId>,
    /// Standard error, unless inlined or empty.
    pub stderr: Option<BlobId>,
    /// Size in bytes of the standard output that is inlined.
    pub stdout_inline_bytes: u32,
    /// Size in bytes of the standard error that is inlined.
    pub stderr_inline_bytes: u32,
    /// Exit code of the action.
    pub exit_code: i32,
    /// The body is no ActionResult: a client treats it as a miss.
    pub broken: bool,
}

impl AcEntry {
    /// Every blob that the entry refers to (W2).
    pub fn closure(&self) -> impl Iterator<Item = BlobId> + '_ {
        let outputs = self.outputs.iter().map(|o| o.blob);
        let files = self.tree_files.iter().copied();
        outputs.chain(files).chain(self.stdout).chain(self.stderr)
    }
}

/// What a cache holds, in terms of the blobs of one [`Graph`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cache {
    /// Keys of the AC entries present.
    pub ac: IdSet<BlobId>,
    /// Blobs present.
    pub cas: IdSet<BlobId>,
    /// Decoded entries by ascending key, where their bodies were at hand. Without one, an entry is
    /// taken to name what the graph says its action yields.
    pub entries: Vec<(BlobId, AcEntry)>,
}

impl Cache {
    /// Whether the half `kind` holds `blob`.
    pub fn contains(&self, kind: CacheKind, blob: BlobId) -> bool {
        match kind {
            CacheKind::Ac => self.ac.contains(blob),
            CacheKind::Cas => self.cas.contains(blob),
        }
    }

    /// Puts `blob` into the half `kind`; true if it was absent.
    pub fn insert(&mut self, kind: CacheKind, blob: BlobId) -> bool {
        match kind {
            CacheKind::Ac => self.ac.insert(blob),
            CacheKind::Cas => self.cas.insert(blob),
        }
    }

    /// Evicts `blob` from the half `kind`; true if it was present.
    pub fn evict(&mut self, kind: CacheKind, blob: BlobId) -> bool {
        match kind {
            CacheKind::Ac => self.ac.remove(blob),
            CacheKind::Cas => self.cas.remove(blob),
        }
    }

    /// The decoded entry of `key`, if its body was at hand.
    pub fn entry(&self, key: BlobId) -> Option<&AcEntry> {
        let i = self.entries.binary_search_by_key(&key, |e| e.0).ok()?;
        Some(&self.entries[i].1)
    }

    /// Blobs that an AC entry present under `key` refers to and the CAS lacks; size 0 counts as
    /// present (W2, W3).
    pub fn lost_of_entry(&self, graph: &Graph, key: BlobId) -> Vec<BlobId> {
        self.lost_of(graph, self.closure(graph, key))
    }

    /// Those of `blobs` that the CAS lacks, ascending, each once; size 0 counts as present (W3).
    pub fn lost_of(&self, graph: &Graph, blobs: Vec<BlobId>) -> Vec<BlobId> {
        let mut lost = blobs;
        lost.retain(|&blob| !self.cas.contains(blob) && !graph.blobs().is_size_0(blob));
        lost.sort_unstable();
        lost.dedup();
        lost
    }

    /// Keys of AC entries present whose closure the CAS lacks a blob of, ascending.
    pub fn dangling(&self, graph: &Graph) -> Vec<BlobId> {
        self.ac.iter().filter(|&key| !self.lost_of_entry(graph, key).is_empty()).collect()
    }

    /// Every blob that the entry of `key` refers to (W2): each output, then the files in it, then
    /// standard output and error.
    pub fn closure(&self, graph: &Graph, key: BlobId) -> Vec<BlobId> {
        if let Some(entry) = self.entry(key) {
            return entry.closure().collect();
        }
        let Some(action) = graph.action_of_key(key) else {
            return Vec::new();
        };
        let files = graph.outputs(action).iter().flat_map(|&output| {
            let inside = graph.tree_files(output).iter();
            std::iter::once(output).chain(inside.copied()).filter_map(|a| graph.blob(a))
        });
        let digests = graph.digests(action);
        files.chain(digests.stdout).chain(digests.stderr).collect()
    }
}
