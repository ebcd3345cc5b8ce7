//! What outlives a build: the cache, the output tree, and what the server remembers.

use std::collections::HashMap;

use crate::model::{
    AcEntry, ActionDigests, ActionId, ArtifactId, BlobId, Cache, Graph, IdSet, Revision,
};

use crate::rewind::engine::{Engine, Validity};
use crate::rewind::scenario::DownloadMode;

/// State that passes from build to build.
pub struct World {
    /// The remote cache.
    pub cache: Cache,
    /// Outputs on disk with the content that their action last yielded.
    pub disk: IdSet<ArtifactId>,
    /// Actions that succeeded and are not looked at again.
    pub valid: IdSet<ActionId>,
    /// Digests that could not be fetched (R3, R10).
    pub lost: LostBlobs,
    /// Outputs of hits that the mode did not want: whatever is on disk, the tool takes them to be
    /// in the cache.
    pub remote: IdSet<ArtifactId>,
    /// The last build failed on something lost, so remote outputs are in doubt (R9).
    pub doubts_remote: bool,
    /// AC entries written since the cache was loaded: they name what the graph says.
    rewritten: IdSet<BlobId>,
    /// Digests that edits changed.
    edited_actions: HashMap<ActionId, ActionDigests>,
    edited_artifacts: HashMap<ArtifactId, BlobId>,
    /// Contents that AC entries gave in place of what the graph says.
    served: HashMap<ArtifactId, BlobId>,
    mode: Option<DownloadMode>,
    restarted: bool,
}

/// A set that knows its size: in most builds it is empty, and asked for every action.
#[derive(Default)]
pub struct LostBlobs {
    blobs: IdSet<BlobId>,
    n: usize,
}

impl LostBlobs {
    /// How many digests are remembered.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Whether `blob` is remembered.
    pub fn contains(&self, blob: BlobId) -> bool {
        self.blobs.contains(blob)
    }

    /// Remembers `blob`.
    pub fn insert(&mut self, blob: BlobId) {
        self.n += usize::from(self.blobs.insert(blob));
    }

    /// Forgets `blob`: it was uploaded again.
    pub fn remove(&mut self, blob: BlobId) {
        self.n -= usize::from(self.blobs.remove(blob));
    }

    fn clear(&mut self) {
        self.blobs.clear();
        self.n = 0;
    }
}

impl World {
    /// `cache` as loaded, an empty output tree, a server that knows nothing.
    pub fn new(graph: &Graph, cache: &Cache) -> Self {
        Self {
            cache: cache.clone(),
            disk: IdSet::with_capacity(graph.n_artifacts()),
            valid: IdSet::with_capacity(graph.n_actions()),
            lost: LostBlobs::default(),
            remote: IdSet::with_capacity(graph.n_artifacts()),
            doubts_remote: false,
            rewritten: IdSet::default(),
            edited_actions: HashMap::new(),
            edited_artifacts: HashMap::new(),
            served: HashMap::new(),
            mode: None,
            restarted: false,
        }
    }

    /// `bazel clean`: output tree, local action cache and what is remembered of actions go.
    pub fn clean(&mut self) {
        self.disk.clear();
        self.remote.clear();
        self.valid.clear();
        self.forget();
    }

    /// The server is shut down: the output tree and the local action cache stay, which in 7.7 knows
    /// remote outputs too.
    pub fn restart(&mut self) {
        self.forget();
        self.restarted = true;
    }

    /// New source content. Actions whose digests change are done no more. Returns the artifacts
    /// without a producer that changed.
    pub fn edit(&mut self, graph: &Graph, revision: &Revision) -> Vec<(ArtifactId, BlobId)> {
        for &(action, digests) in &revision.actions {
            if self.digests(graph, action).key != digests.key {
                self.valid.remove(action);
            }
            self.edited_actions.insert(action, digests);
        }
        let mut sources = Vec::new();
        for &(artifact, blob) in &revision.artifacts {
            let before = self.edited_artifacts.insert(artifact, blob).or(graph.blob(artifact));
            if before != Some(blob) && graph.producer(artifact).is_none() {
                sources.push((artifact, blob));
            }
            self.served.remove(&artifact);
        }
        sources
    }

    /// What the tool makes of a switch of mode or a restart: which actions stay valid (R9).
    pub fn start_build(&mut self, graph: &Graph, engine: &Engine, mode: DownloadMode) {
        let before = self.mode.replace(mode).unwrap_or(mode);
        let restarted = std::mem::take(&mut self.restarted);
        let in_doubt = match engine.validity {
            Validity::OnDisk => restarted || before != mode,
            Validity::RemoteMetadata => {
                (before == DownloadMode::All) != (mode == DownloadMode::All)
            }
        };
        if in_doubt {
            self.valid = valid_where(graph, &self.valid, |a| self.disk.contains(a));
        }
    }

    /// A failed build that lost something takes nothing remote for granted any more, in memory or
    /// in the local action cache, so that a restart changes nothing
    /// (`LeaseService.handleMissingInputs`). After a successful one what was lost is there again.
    pub fn finish_build(&mut self, graph: &Graph, engine: &Engine, success: bool) {
        let doubts_remote = std::mem::take(&mut self.doubts_remote);
        if doubts_remote && !success && engine.validity == Validity::RemoteMetadata {
            self.invalidate_remote(graph);
        }
    }

    /// Blobs that the CAS lacks of what the AC entry of `action` refers to (W5).
    pub fn lost_of_entry(&self, graph: &Graph, action: ActionId, key: BlobId) -> Vec<BlobId> {
        if let Some(entry) = self.entry(key) {
            return self.cache.lost_of(graph, entry.closure().collect());
        }
        let outputs = graph.outputs(action).iter();
        let artifacts = outputs.flat_map(|&o| graph.tree_files(o).iter().copied().chain([o]));
        let digests = self.digests(graph, action);
        let blobs = artifacts.filter_map(|a| self.yielded(graph, a));
        let blobs = blobs.chain(digests.stdout).chain(digests.stderr).collect();
        self.cache.lost_of(graph, blobs)
    }

    /// Every action with an output that is taken to be in the cache is looked at again, as before a
    /// retry (R2 of restarts) or after a loss (R9).
    pub fn invalidate_remote(&mut self, graph: &Graph) {
        self.valid = valid_where(graph, &self.valid, |a| !self.remote.contains(a));
    }

    /// The digests of `action` as the sources are now.
    pub fn digests(&self, graph: &Graph, action: ActionId) -> ActionDigests {
        let edited = self.edited_actions.get(&action).copied();
        edited.unwrap_or_else(|| graph.digests(action))
    }

    /// What executing the producer of `artifact` yields, or the content of a source.
    pub fn yielded(&self, graph: &Graph, artifact: ArtifactId) -> Option<BlobId> {
        if self.edited_artifacts.is_empty() {
            return graph.blob(artifact);
        }
        self.edited_artifacts.get(&artifact).copied().or_else(|| graph.blob(artifact))
    }

    /// The content that `artifact` is believed to have.
    pub fn blob(&self, graph: &Graph, artifact: ArtifactId) -> Option<BlobId> {
        if self.served.is_empty() {
            return self.yielded(graph, artifact);
        }
        self.served.get(&artifact).copied().or_else(|| self.yielded(graph, artifact))
    }

    /// The decoded body of the AC entry `key` as loaded, unless it was written again since.
    pub fn entry(&self, key: BlobId) -> Option<&AcEntry> {
        self.cache.entry(key).filter(|_| !self.rewritten.contains(key))
    }

    /// The AC entry `key` was served for `action`: from now on its outputs have the contents that
    /// the entry names.
    pub fn believe(&mut self, graph: &Graph, action: ActionId, key: BlobId) {
        let mut named = Vec::new();
        if let Some(entry) = self.entry(key) {
            for output in graph.outputs(action) {
                let path = graph.path_id(*output);
                let found = entry.outputs.iter().find(|o| o.path == path);
                named.extend(found.map(|o| (*output, o.blob)));
            }
        }
        self.disbelieve(graph, action);
        for (artifact, blob) in named {
            if self.yielded(graph, artifact) != Some(blob) {
                self.served.insert(artifact, blob);
            }
        }
    }

    /// `action` executes: its outputs have what executing it yields.
    pub fn disbelieve(&mut self, graph: &Graph, action: ActionId) {
        if self.served.is_empty() {
            return;
        }
        for output in graph.outputs(action) {
            self.served.remove(output);
        }
    }

    /// The AC entry `key` was written by the tool itself.
    pub fn rewrite(&mut self, key: BlobId) {
        self.rewritten.insert(key);
    }

    fn forget(&mut self) {
        self.lost.clear();
        self.doubts_remote = false;
    }
}

/// Those of `valid` all of whose outputs are `good`.
fn valid_where(
    graph: &Graph,
    valid: &IdSet<ActionId>,
    good: impl Fn(ArtifactId) -> bool,
) -> IdSet<ActionId> {
    valid.iter().filter(|&action| graph.outputs(action).iter().all(|&o| good(o))).collect()
}
