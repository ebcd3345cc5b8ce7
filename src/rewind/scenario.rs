//! What is asked of a build tool: which builds, in which mode, on which cache, with what evicted.

use crate::model::{ActionId, ArtifactId, BlobId, CacheKind, Revision};

use super::engine::Engine;

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

/// How the cache server answers for AC entries (W5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CachePolicy {
    /// Serves an AC entry blindly: HTTP caches, buckets, nginx.
    #[default]
    Unverified,
    /// Serves an AC entry only if all it refers to is present: bazel-remote's gRPC default,
    /// Buildbarn.
    Verified,
}

/// Something removed from the cache before a build.
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
    /// How many actions run at once.
    pub jobs: u32,
    /// AC entries are looked up (off: `--noremote_accept_cached`).
    pub accept_cached: bool,
    /// Results of local execution are uploaded (off: `--noremote_upload_local_results`).
    pub upload: bool,
    /// Index into [`Scenario::revisions`] of the edit made first, if any.
    pub edit: Option<usize>,
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
            edit: None,
            evict: Vec::new(),
            order: Vec::new(),
        }
    }
}

/// A sequence of builds by one engine on one cache.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    /// Who builds.
    pub engine: Engine,
    /// How the cache server answers.
    pub cache_policy: CachePolicy,
    /// Edits that builds refer to.
    pub revisions: Vec<Revision>,
    /// The invocations, in order.
    pub builds: Vec<Build>,
}

impl Scenario {
    /// `engine` doing `builds` on an unverified cache.
    pub fn new(engine: Engine, builds: Vec<Build>) -> Self {
        Self { engine, cache_policy: CachePolicy::default(), revisions: Vec::new(), builds }
    }
}
