//! A slow and plain interpreter of the semantics: the independent check of the planner.
//!
//! It is written from the rules and the recorded runs alone, with maps of strings and nothing of
//! the planner's. Rule numbers are those of the semantics; N numbers are in
//! `docs/semantics-notes.md`.

// Each test target uses a part of this module.
#![allow(dead_code)]

pub mod bazel;
pub mod between;
pub mod buck2;
pub mod compare;
pub mod generate;
pub mod oracle;
pub mod recorded;
pub mod sound;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};

use rewindow::model::{Cache, CacheKind, Graph, Id, Status, Verb};
use rewindow::rewind::{Build, CachePolicy, DownloadMode, Engine, OnLoss, Scenario};

use world::World;

/// One request with its answer, on whosever behalf.
pub type Asked = (Verb, CacheKind, String, Status);

/// What one build did, in names: actions by index, artifacts by path, blobs by hexadecimal digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How often each action executed.
    pub executed: BTreeMap<usize, usize>,
    /// Actions that failed.
    pub failed: BTreeSet<usize>,
    /// How often each action was dirtied by rewinding.
    pub dirtied: BTreeMap<usize, usize>,
    /// Who found what lost: consumer (`None`: the build), path, digest.
    pub lost: BTreeSet<(Option<usize>, String, String)>,
    pub success: bool,
    pub exit_code: u8,
    pub attempts: u32,
    pub rewinds: u32,
    /// How often each request was made.
    pub requests: BTreeMap<Asked, usize>,
    /// Derived files on disk afterwards.
    pub local: BTreeSet<String>,
    /// The build stopped at its first failure: what else had started depends on the order.
    pub stopped: bool,
    /// Whether a top-level output was found lost.
    pub output_lost: bool,
}

/// The build tool and its cache, between builds.
#[derive(Clone, Debug)]
pub struct Client {
    pub engine: Engine,
    pub policy: CachePolicy,
    pub ac: BTreeSet<String>,
    pub cas: BTreeSet<String>,
    /// Keys whose entry is no ActionResult.
    pub broken: BTreeSet<String>,
    /// Derived files on disk and what is in them.
    pub disk: BTreeMap<String, String>,
    /// Actions that succeeded, with the key they had.
    pub done: BTreeMap<usize, String>,
    /// Outputs known by metadata only: their action was a hit that did not want them.
    pub remote: BTreeSet<String>,
    /// Digests remembered as lost (R10).
    pub known_lost: BTreeSet<String>,
    /// Mode of the last build since `clean`.
    pub mode: Option<DownloadMode>,
    /// The last build failed on a fetch (N3).
    pub fetch_failed: bool,
}

impl Client {
    pub fn new(graph: &Graph, cache: &Cache, engine: Engine, policy: CachePolicy) -> Self {
        let hex = |id| graph.blobs().digest(id).hex();
        let broken = cache.entries.iter().filter(|e| e.1.broken).map(|e| hex(e.0));
        Self {
            engine,
            policy,
            ac: cache.ac.iter().map(hex).collect(),
            cas: cache.cas.iter().map(hex).collect(),
            broken: broken.collect(),
            disk: BTreeMap::new(),
            done: BTreeMap::new(),
            remote: BTreeSet::new(),
            known_lost: BTreeSet::new(),
            mode: None,
            fetch_failed: false,
        }
    }

    /// One build, everything that precedes it included (but for edits, which change the world).
    /// `rank` says which of several ready actions goes first: the lowest.
    pub fn build(&mut self, world: &World, build: &Build, rank: &[usize], evict: &Evict) -> Report {
        for (kind, blob) in evict {
            match kind {
                CacheKind::Ac => self.ac.remove(blob),
                CacheKind::Cas => self.cas.remove(blob),
            };
        }
        if build.clean {
            self.disk.clear();
            self.done.clear();
            self.remote.clear();
            self.known_lost.clear();
            self.mode = None;
            self.fetch_failed = false;
        }
        if build.restart {
            self.known_lost.clear();
        }
        match self.engine.on_loss {
            OnLoss::RewindCommand { passes_max } => {
                buck2::build(self, world, build, rank, passes_max)
            }
            OnLoss::Fail | OnLoss::Rewind { .. } => bazel::build(self, world, build, rank),
        }
    }
}

/// What is removed from the cache before a build.
pub type Evict = Vec<(CacheKind, String)>;

/// Every build of `scenario`, and the client with its cache as they are afterwards.
pub fn interpret(graph: &Graph, cache: &Cache, scenario: &Scenario) -> (Vec<Report>, Client) {
    let mut world = World::new(graph);
    let mut client = Client::new(graph, cache, scenario.engine, scenario.server.policy);
    let mut reports = Vec::new();
    for build in &scenario.builds {
        if let Some(edit) = build.edit {
            world.edit(graph, &scenario.revisions[edit]);
        }
        let hex = |id| graph.blobs().digest(id).hex();
        let mut rank: Vec<usize> = vec![0; graph.n_actions()];
        for (position, action) in graph.topological().iter().enumerate() {
            rank[action.index()] = build.order.len() + position;
        }
        for (position, action) in build.order.iter().enumerate().rev() {
            rank[action.index()] = position;
        }
        let evict = build.evict.iter().map(|e| (e.kind, hex(e.blob))).collect();
        reports.push(client.build(&world, build, &rank, &evict));
    }
    (reports, client)
}
