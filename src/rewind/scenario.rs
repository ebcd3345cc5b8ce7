//! What is asked of a build tool: which builds, in which mode, on which cache, with what evicted.

use crate::model::{ActionId, ArtifactId, BlobId, Cache, CacheKind, IdSet, Revision};

use super::engine::{Engine, Executor};
use super::fault::Fault;
use super::server::Server;
use super::timing::Timing;

/// Which outputs a client fetches from the cache (`--remote_download_outputs`, Buck2's
/// `--materializations`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DownloadMode {
    /// None but what the tool itself needs.
    Minimal,
    /// Those of the requested targets.
    TopLevel,
    /// All.
    All,
}

impl DownloadMode {
    /// All modes, least first.
    pub const ALL: [Self; 3] = [Self::Minimal, Self::TopLevel, Self::All];

    /// Its value of `--remote_download_outputs`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::TopLevel => "toplevel",
            Self::All => "all",
        }
    }

    /// The mode that a flag value names.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == name)
    }
}

/// Something removed from the cache.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Eviction {
    /// From which half.
    pub kind: CacheKind,
    /// Which key or blob.
    pub blob: BlobId,
}

/// What a build is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Targets {
    /// Every action of the graph. Top-level outputs are those that no command of the same label
    /// reads ([`top_level_outputs`](super::top_level_outputs)).
    All,
    /// These artifacts: they are the top-level outputs.
    Artifacts(Vec<ArtifactId>),
}

/// One invocation of the build tool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Build {
    /// What is asked for.
    pub targets: Targets,
    /// What is fetched.
    pub download: DownloadMode,
    /// The output tree and all that the tool remembers is removed first (`bazel clean`).
    pub clean: bool,
    /// The server was shut down first: what it remembers in memory is gone, the output tree stays.
    pub restart: bool,
    /// Actions that do not depend on a failed one still run (`--keep_going`).
    pub keep_going: bool,
    /// How many actions run at once, in virtual time.
    pub jobs: u32,
    /// AC entries are looked up (off: `--noremote_accept_cached`).
    pub accept_cached: bool,
    /// Results of local execution are uploaded (off: `--noremote_upload_local_results`).
    pub upload: bool,
    /// Uploads end some time after the execution, and consumers start meanwhile
    /// (`--remote_cache_async`).
    pub async_upload: bool,
    /// At the end, requested outputs that the CAS lacks are uploaded from disk
    /// (Buck2: `--upload-final-artifacts=always`).
    pub upload_final: bool,
    /// Virtual milliseconds that pass before the build.
    pub wait_ms: u64,
    /// Index into [`Scenario::revisions`] of the edit made first, if any.
    pub edit: Option<usize>,
    /// Sources that get fresh content first; what follows from it is fresh too.
    pub edit_sources: Vec<ArtifactId>,
    /// Removed from the cache first.
    pub evict: Vec<Eviction>,
    /// Which of several ready actions goes first: the earlier here; those not listed go last, by
    /// topological position. The order of independent actions is the tool's own affair, so it is an
    /// input.
    pub order: Vec<ActionId>,
}

impl Build {
    /// A clean build of everything, one job, nothing evicted.
    pub fn clean(targets: Targets, download: DownloadMode) -> Self {
        Self {
            targets,
            download,
            clean: true,
            restart: false,
            keep_going: false,
            jobs: 1,
            accept_cached: true,
            upload: true,
            async_upload: false,
            upload_final: false,
            wait_ms: 0,
            edit: None,
            edit_sources: Vec::new(),
            evict: Vec::new(),
            order: Vec::new(),
        }
    }
}

/// Where actions execute (hybrid: some here, some on workers).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Execution {
    /// Where most do; `None`: where the engine has them.
    pub default: Option<Executor>,
    /// These execute on this machine all the same.
    pub local_only: IdSet<ActionId>,
    /// These execute on a worker all the same.
    pub remote_only: IdSet<ActionId>,
}

/// A sequence of builds by one engine on one cache.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    /// Who builds.
    pub engine: Engine,
    /// The cache server.
    pub server: Server,
    /// Where actions execute.
    pub execution: Execution,
    /// How long things take.
    pub timing: Timing,
    /// What the cache on the client's disk holds at first; `None`: there is none.
    pub disk_cache: Option<Cache>,
    /// Actions that yield fresh content each time they execute.
    pub nondeterministic: IdSet<ActionId>,
    /// Edits that builds refer to.
    pub revisions: Vec<Revision>,
    /// What goes wrong with the caches.
    pub faults: Vec<Fault>,
    /// For shares of blobs, and, unless 0, for which of several ready actions goes first.
    pub seed: u64,
    /// The invocations, in order.
    pub builds: Vec<Build>,
}

impl Scenario {
    /// `engine` doing `builds` on an unverified HTTP cache of unlimited size.
    pub fn new(engine: Engine, builds: Vec<Build>) -> Self {
        Self {
            engine,
            server: Server::default(),
            execution: Execution::default(),
            timing: Timing::default(),
            disk_cache: None,
            nondeterministic: IdSet::default(),
            revisions: Vec::new(),
            faults: Vec::new(),
            seed: 0,
            builds,
        }
    }

    /// Where `action` executes.
    pub fn executor(&self, action: ActionId) -> Executor {
        if self.execution.local_only.contains(action) {
            Executor::Local
        } else if self.execution.remote_only.contains(action) {
            Executor::Remote
        } else {
            self.execution.default.unwrap_or(self.engine.executor)
        }
    }
}
