//! What outlives a build: the caches, the output tree, and what the server remembers.

use crate::model::{ActionId, ActionKind, ArtifactId, BlobId, Cache, Graph, IdSet, Revision};

use crate::rewind::engine::{Engine, Validity};
use crate::rewind::scenario::{DownloadMode, Scenario};

use super::contents::{Contents, origin};
use super::rewinding::consumers_of;
use super::store::Store;

/// State that passes from build to build.
pub struct World {
    /// The remote cache.
    pub store: Store,
    /// The cache on the client's disk.
    pub disk_cache: Option<Cache>,
    /// What artifacts contain.
    pub contents: Contents,
    /// Outputs on disk with the content that their action last yielded.
    pub disk: IdSet<ArtifactId>,
    /// Actions that succeeded and are not looked at again.
    pub valid: IdSet<ActionId>,
    /// Digests known to be lost (R3, R10).
    pub lost: LostBlobs,
    /// Per action: the clock when it last had its outputs; empty where nobody asks (P39).
    pub made_at: Vec<u64>,
    /// Digests found lost in this attempt, to be remembered from the next on (P18).
    pub lost_in_attempt: Vec<BlobId>,
    /// Outputs of hits that the mode did not want, and of workers: whatever is on disk, the tool
    /// takes them to be in the cache.
    pub remote: IdSet<ArtifactId>,
    /// The last build failed on something lost, so remote outputs are in doubt (R9).
    pub doubts_remote: bool,
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

    /// Forgets `blob`: it was uploaded again, or is expected to be.
    pub fn remove(&mut self, blob: BlobId) {
        self.n -= usize::from(self.blobs.remove(blob));
    }

    fn clear(&mut self) {
        self.blobs.clear();
        self.n = 0;
    }
}

impl World {
    /// The caches as loaded, an empty output tree, a server that knows nothing.
    pub fn new(graph: &Graph, cache: &Cache, scenario: &Scenario) -> Self {
        Self {
            store: Store::new(graph, cache, scenario),
            disk_cache: scenario.disk_cache.clone(),
            contents: Contents::default(),
            disk: IdSet::with_capacity(graph.n_artifacts()),
            valid: IdSet::with_capacity(graph.n_actions()),
            lost: LostBlobs::default(),
            made_at: match scenario.engine.trusts_digests_hours {
                0 => Vec::new(),
                _ => vec![0; graph.n_actions()],
            },
            lost_in_attempt: Vec::new(),
            remote: IdSet::with_capacity(graph.n_artifacts()),
            doubts_remote: false,
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
            if self.contents.digests(graph, action).key != digests.key {
                self.valid.remove(action);
            }
        }
        let is_other = |&&(a, blob): &&(ArtifactId, BlobId)| {
            self.contents.recorded(graph, a) != Some(blob) && graph.producer(a).is_some()
        };
        let changed: Vec<_> = revision.artifacts.iter().filter(is_other).map(|r| r.0).collect();
        for consumer in consumers_of(graph, &changed) {
            self.outdate(graph, consumer);
        }
        // What the tool writes itself has no key that would tell.
        for producer in changed.iter().filter_map(|&artifact| graph.producer(artifact)) {
            if graph.action_kind(producer) == ActionKind::Internal {
                self.valid.remove(producer);
            }
        }
        self.contents.edit(graph, revision)
    }

    /// Something that `action` reads has changed: it is looked at again, unless it is a link, which
    /// holds nothing that could be another.
    pub fn outdate(&mut self, graph: &Graph, action: ActionId) {
        match graph.action_kind(action) {
            ActionKind::Spawn | ActionKind::Internal => {
                self.valid.remove(action);
            }
            ActionKind::Symlink | ActionKind::Redirect => {
                // What was fetched under its name is the old content.
                for &output in graph.outputs(action) {
                    self.disk.remove(output);
                }
            }
            ActionKind::Template => {}
        }
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
            self.valid = valid_where(graph, &self.valid, |a| self.is_on_disk(graph, a));
        }
    }

    /// `blob` was uploaded: it is lost no more.
    pub fn forget_lost(&mut self, blob: BlobId) {
        self.lost.remove(blob);
        self.lost_in_attempt.retain(|&lost| lost != blob);
    }

    /// An attempt is over: what it found lost is remembered from now on (P18).
    pub fn finish_attempt(&mut self) {
        for blob in std::mem::take(&mut self.lost_in_attempt) {
            self.lost.insert(blob);
        }
    }

    /// A failed build that lost something takes nothing remote for granted any more, in memory or
    /// in the local action cache, so that a restart changes nothing
    /// (`LeaseService.handleMissingInputs`). After a successful one what was lost is there again,
    /// and nothing is remembered of it (`RemoteExecutionService.onBuildComplete`).
    pub fn finish_build(&mut self, graph: &Graph, engine: &Engine, success: bool) {
        let doubts_remote = std::mem::take(&mut self.doubts_remote);
        if success {
            self.lost.clear();
        }
        if doubts_remote && !success && engine.validity == Validity::RemoteMetadata {
            self.invalidate_remote(graph);
        }
    }

    /// Every action with an output that is taken to be in the cache is looked at again, as before a
    /// retry (R2 of restarts) or after a loss (R9).
    pub fn invalidate_remote(&mut self, graph: &Graph) {
        self.valid = valid_where(graph, &self.valid, |a| !self.remote.contains(a));
    }

    /// Whether `artifact` is on disk: a tree if all its files are, however they came there, a link
    /// if what it leads to is.
    fn is_on_disk(&self, graph: &Graph, artifact: ArtifactId) -> bool {
        let is_there =
            |artifact| self.disk.contains(artifact) || self.disk.contains(origin(graph, artifact));
        match graph.tree_files(origin(graph, artifact)) {
            [] => is_there(artifact),
            files => files.iter().all(|&file| is_there(file)),
        }
    }

    fn forget(&mut self) {
        self.lost.clear();
        self.lost_in_attempt.clear();
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
