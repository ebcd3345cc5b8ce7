//! What a person chose in the scenario bar, and the scenario that follows from it.

use std::collections::BTreeSet;

use crate::model::{ActionId, ArtifactId, Cache, CacheKind, Graph};
use crate::rewind::{
    Build, CachePolicy, DownloadMode, Engine, Eviction, Scenario, Server, Targets, engines,
    top_level_outputs,
};

/// Which targets a build is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum TargetChoice {
    /// Every action.
    #[default]
    All,
    /// The targets with these labels.
    Labels(BTreeSet<String>),
}

/// Everything that the scenario bar holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Choice {
    /// What is built.
    pub targets: TargetChoice,
    /// By whom.
    pub engine: Engine,
    /// What is fetched.
    pub download: DownloadMode,
    /// How the cache answers.
    pub policy: CachePolicy,
    /// How many actions run at once.
    pub jobs: u32,
    /// Whether a build goes on after a failure.
    pub keep_going: bool,
    /// What is removed from the cache first, in the order chosen.
    pub evictions: Vec<Eviction>,
}

/// Jobs offered by the scenario bar.
pub const JOBS: [u32; 6] = [1, 2, 4, 8, 16, 64];

impl Choice {
    /// All targets, the first engine, `minimal`, one job, nothing evicted.
    pub fn start() -> Self {
        Self {
            targets: TargetChoice::All,
            engine: engines()[0],
            download: DownloadMode::Minimal,
            policy: CachePolicy::Unverified,
            jobs: 1,
            keep_going: false,
            evictions: Vec::new(),
        }
    }

    /// One clean build of the chosen targets on the cache less what is evicted.
    pub fn scenario(&self, graph: &Graph) -> Scenario {
        let build = Build {
            keep_going: self.keep_going,
            jobs: self.jobs,
            evict: self.evictions.clone(),
            ..Build::clean(self.targets.resolve(graph), self.download)
        };
        let server = Server { policy: self.policy, ..Server::default() };
        Scenario { server, ..Scenario::new(self.engine, vec![build]) }
    }

    /// Evicts `more` besides, each once.
    pub fn evict(&mut self, more: Vec<Eviction>) {
        let mut known: BTreeSet<Eviction> = self.evictions.iter().copied().collect();
        self.evictions.extend(more.into_iter().filter(|&eviction| known.insert(eviction)));
    }

    /// Goes over from one graph to another that more files made: what the latter does not know is
    /// left out.
    pub fn translate(&mut self, from: &Graph, to: &Graph) {
        let blobs = |eviction: Eviction| {
            let blob = to.blobs().find(&from.blobs().digest(eviction.blob))?;
            Some(Eviction { blob, ..eviction })
        };
        self.evictions = self.evictions.iter().filter_map(|&e| blobs(e)).collect();
        if let TargetChoice::Labels(labels) = &self.targets {
            let known = self::labels(to);
            let kept = labels.iter().map(String::as_str).filter(|l| known.contains(l));
            self.targets = TargetChoice::of(kept);
        }
    }

    /// Whether `eviction` is chosen.
    pub fn evicts(&self, eviction: Eviction) -> bool {
        self.evictions.contains(&eviction)
    }
}

impl TargetChoice {
    /// The labels given, or all if there are none.
    pub fn of<'a>(labels: impl IntoIterator<Item = &'a str>) -> Self {
        let labels: BTreeSet<String> = labels.into_iter().map(str::to_owned).collect();
        if labels.is_empty() { Self::All } else { Self::Labels(labels) }
    }

    /// The top-level outputs in terms of the planner.
    pub fn resolve(&self, graph: &Graph) -> Targets {
        match self {
            Self::All => Targets::All,
            Self::Labels(labels) => Targets::Artifacts(outputs_of_labels(graph, labels)),
        }
    }

    /// What the scenario bar shows.
    pub fn summary(&self) -> String {
        match self {
            Self::All => "all targets".to_owned(),
            Self::Labels(labels) => match labels.first() {
                Some(only) if labels.len() == 1 => only.clone(),
                _ => format!("{} targets", labels.len()),
            },
        }
    }
}

/// The top-level outputs of the actions labelled so.
fn outputs_of_labels(graph: &Graph, labels: &BTreeSet<String>) -> Vec<ArtifactId> {
    let is_meant = |&action: &ActionId| labels.contains(graph.label(action));
    let actions: Vec<ActionId> = graph.action_ids().filter(is_meant).collect();
    top_level_outputs(graph, &actions)
}

/// All distinct labels, ascending.
pub fn labels(graph: &Graph) -> Vec<&str> {
    let distinct: BTreeSet<&str> = graph.action_ids().map(|a| graph.label(a)).collect();
    distinct.into_iter().filter(|label| !label.is_empty()).collect()
}

/// The eviction of the content of `artifact`, where its digest is known.
pub fn evict_artifact(graph: &Graph, artifact: ArtifactId) -> Option<Eviction> {
    graph.blob(artifact).map(|blob| Eviction { kind: CacheKind::Cas, blob })
}

/// The eviction of the AC entry of `action`, where its key is known.
pub fn evict_entry(graph: &Graph, action: ActionId) -> Option<Eviction> {
    graph.digests(action).key.map(|blob| Eviction { kind: CacheKind::Ac, blob })
}

/// What a chip calls an eviction: a path's last part, a label, or a digest.
pub fn eviction_name(graph: &Graph, eviction: Eviction) -> String {
    let digest = || graph.blobs().digest(eviction.blob).short();
    match eviction.kind {
        CacheKind::Ac => match graph.action_of_key(eviction.blob) {
            Some(action) => format!("AC {}", action_name(graph, action)),
            None => format!("AC {}", digest()),
        },
        CacheKind::Cas => match graph.artifacts_of_blob(eviction.blob).next() {
            Some(artifact) => file_name(graph.path(artifact)).to_owned(),
            None if graph.blobs().is_size_0(eviction.blob) => "empty blob".to_owned(),
            None => digest(),
        },
    }
}

/// The label of `action`, or what stands for it where no export names one.
pub fn action_name(graph: &Graph, action: ActionId) -> String {
    match (graph.label(action), graph.outputs(action).first()) {
        ("", Some(&output)) => file_name(graph.path(output)).to_owned(),
        ("", None) => graph.mnemonic(action).to_owned(),
        (label, _) => label.to_owned(),
    }
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `cache` holds what `eviction` would remove.
pub fn is_present(cache: &Cache, eviction: Eviction) -> bool {
    cache.contains(eviction.kind, eviction.blob)
}
