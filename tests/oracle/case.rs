//! A recorded case, as graph, scenario and what was observed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rewindow::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId, Cache,
    CacheKind, Digest, Graph, GraphBuilder, Revision,
};
use rewindow::rewind::{Build, DownloadMode, Engine, Eviction, Targets};
use serde::Deserialize;

/// One request as recorded: verb, half, digest, HTTP status.
pub type Line = (String, String, String, u16);

#[derive(Deserialize)]
struct Raw {
    spec: RawSpec,
    digests: Vec<BTreeMap<String, RawDigests>>,
    steps: Vec<Observed>,
}

#[derive(Deserialize)]
struct RawSpec {
    name: String,
    bazel: String,
    sources: BTreeMap<String, String>,
    rules: Vec<RawRule>,
    steps: Vec<RawStep>,
}

#[derive(Deserialize)]
struct RawRule {
    name: String,
    srcs: Vec<String>,
    outs: Vec<String>,
}

#[derive(Deserialize)]
struct RawStep {
    build: Vec<String>,
    mode: String,
    clean: bool,
    jobs: u32,
    #[serde(default)]
    keep_going: bool,
    #[serde(default)]
    restart: bool,
    #[serde(default)]
    edit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct RawDigests {
    action: String,
    action_size: u64,
    command: String,
    command_size: u64,
    outputs: BTreeMap<String, String>,
    stdout: Option<String>,
    stderr: Option<String>,
}

/// What was observed of one step.
#[derive(Deserialize)]
pub struct Observed {
    pub exit_code: u8,
    pub success: bool,
    pub failed_actions: Vec<String>,
    pub missing_hashes: Vec<String>,
    pub errors: Vec<String>,
    pub executed: Vec<String>,
    pub evicted: Vec<(String, String, bool)>,
    pub requests: Vec<Line>,
    pub local_outputs: Vec<String>,
    pub cache_before: Halves,
    pub cache_added: Halves,
}

#[derive(Deserialize)]
pub struct Halves {
    pub ac: BTreeSet<String>,
    pub cas: BTreeSet<String>,
}

/// A recorded case.
pub struct Case {
    pub name: String,
    pub version: String,
    pub engine: Engine,
    pub graph: Graph,
    pub revisions: Vec<Revision>,
    pub builds: Vec<Build>,
    pub observed: Vec<Observed>,
}

impl Case {
    /// Reads a case from its JSON.
    pub fn read(text: &str) -> Result<Self, String> {
        let raw: Raw = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let version = raw.spec.bazel.clone();
        let engine = engine_of(&version).ok_or_else(|| format!("no engine for Bazel {version}"))?;
        let mut maker = Maker::default();
        let (actions, artifacts) = maker.add_rules(&raw);
        let revisions = maker.revisions(&raw, &actions, &artifacts);
        for observed in &raw.steps {
            maker.intern_observed(observed);
        }
        let (graph, defects) = maker.builder.finish();
        assert!(defects.is_empty(), "{defects:?}");
        let mut case = Self {
            name: raw.spec.name.clone(),
            version,
            engine,
            graph,
            revisions,
            builds: Vec::new(),
            observed: Vec::new(),
        };
        let mut n_edits = 0;
        for (step, observed) in raw.spec.steps.iter().zip(&raw.steps) {
            let build = case.build(step, observed, &raw.spec.rules, &artifacts, &mut n_edits);
            case.builds.push(build);
        }
        case.observed = raw.steps;
        Ok(case)
    }

    /// The blob named by hexadecimal digits.
    pub fn blob(&self, hex: &str) -> BlobId {
        self.graph.blobs().find(&digest(hex)).unwrap()
    }

    /// The cache as recorded before step `step`, after its evictions.
    pub fn cache_before(&self, step: usize) -> Cache {
        let mut cache = Cache::default();
        let before = &self.observed[step].cache_before;
        for (kind, half) in [(CacheKind::Ac, &before.ac), (CacheKind::Cas, &before.cas)] {
            for hex in half {
                cache.insert(kind, self.blob(hex));
            }
        }
        cache
    }

    fn build(
        &self,
        step: &RawStep,
        observed: &Observed,
        rules: &[RawRule],
        artifacts: &HashMap<String, ArtifactId>,
        n_edits: &mut usize,
    ) -> Build {
        let outs = |name: &String| match rules.iter().find(|r| r.name == *name) {
            Some(rule) => rule.outs.clone(),
            None => vec![name.clone()],
        };
        let wanted = step.build.iter().flat_map(outs).map(|out| artifacts[&out]).collect();
        let mode = DownloadMode::from_name(&step.mode).unwrap();
        let edit = step.edit.is_some().then(|| {
            *n_edits += 1;
            *n_edits - 1
        });
        let evict = observed.evicted.iter().map(|(kind, hex, _)| Eviction {
            kind: if kind == "ac" { CacheKind::Ac } else { CacheKind::Cas },
            blob: self.blob(hex),
        });
        Build {
            clean: step.clean,
            restart: step.restart,
            keep_going: step.keep_going,
            jobs: step.jobs,
            edit,
            evict: evict.collect(),
            order: self.observed_order(observed, *n_edits),
            ..Build::clean(Targets::Artifacts(wanted), mode)
        }
    }

    /// Actions in the order in which they first asked the action cache.
    fn observed_order(&self, observed: &Observed, n_edits: usize) -> Vec<ActionId> {
        let mut key_of: HashMap<BlobId, ActionId> = HashMap::new();
        for action in self.graph.action_ids() {
            key_of.extend(self.graph.digests(action).key.map(|key| (key, action)));
        }
        for revision in &self.revisions[..n_edits.min(self.revisions.len())] {
            let keys = revision.actions.iter().filter_map(|(a, d)| Some((d.key?, *a)));
            key_of.extend(keys);
        }
        let asks = observed.requests.iter().filter(|r| r.0 == "GET" && r.1 == "ac");
        let mut order = Vec::new();
        for line in asks {
            let action = key_of[&self.blob(&line.2)];
            if !order.contains(&action) {
                order.push(action);
            }
        }
        order
    }
}

#[derive(Default)]
struct Maker {
    builder: GraphBuilder,
}

impl Maker {
    fn add_rules(&mut self, raw: &Raw) -> (HashMap<String, ActionId>, HashMap<String, ArtifactId>) {
        let mut artifacts = HashMap::new();
        for source in raw.spec.sources.keys() {
            artifacts.insert(source.clone(), self.builder.artifact(source, ArtifactKind::Source));
        }
        for out in raw.spec.rules.iter().flat_map(|r| &r.outs) {
            let path = format!("bazel-out/k8-fastbuild/bin/{out}");
            artifacts.insert(out.clone(), self.builder.artifact(&path, ArtifactKind::Derived));
        }
        let mut actions = HashMap::new();
        for rule in &raw.spec.rules {
            let first = &raw.digests[0][&rule.name];
            for (out, digest) in &first.outputs {
                let blob = self.sized(digest);
                self.builder.set_blob(artifacts[out], blob);
            }
            let spec = ActionSpec {
                label: format!("//:{}", rule.name),
                mnemonic: "Genrule".to_owned(),
                kind: ActionKind::Spawn,
                inputs: rule.srcs.iter().map(|s| artifacts[s]).collect(),
                outputs: rule.outs.iter().map(|o| artifacts[o]).collect(),
                digests: self.digests(first),
                duration_ms: None,
            };
            actions.insert(rule.name.clone(), self.builder.action(spec));
        }
        (actions, artifacts)
    }

    fn revisions(
        &mut self,
        raw: &Raw,
        actions: &HashMap<String, ActionId>,
        artifacts: &HashMap<String, ArtifactId>,
    ) -> Vec<Revision> {
        let mut revisions = Vec::new();
        for edit in &raw.digests[1..] {
            let mut revision = Revision::default();
            for (name, digests) in edit {
                revision.actions.push((actions[name], self.digests(digests)));
                for (out, digest) in &digests.outputs {
                    revision.artifacts.push((artifacts[out], self.sized(digest)));
                }
            }
            revisions.push(revision);
        }
        revisions
    }

    fn intern_observed(&mut self, observed: &Observed) {
        let evicted = observed.evicted.iter().map(|e| &e.1);
        let asked = observed.requests.iter().map(|r| &r.2);
        let before = observed.cache_before.ac.iter().chain(&observed.cache_before.cas);
        for hex in evicted.chain(asked).chain(before) {
            self.builder.intern_blob(digest(hex), None);
        }
    }

    fn digests(&mut self, raw: &RawDigests) -> ActionDigests {
        let key = self.builder.intern_blob(digest(&raw.action), Some(raw.action_size));
        let command = self.builder.intern_blob(digest(&raw.command), Some(raw.command_size));
        let mut std = |text: &Option<String>| text.as_ref().map(|t| self.sized(t));
        let (stdout, stderr) = (std(&raw.stdout), std(&raw.stderr));
        ActionDigests { key: Some(key), command: Some(command), stdout, stderr }
    }

    /// Interns `HASH/SIZE`.
    fn sized(&mut self, text: &str) -> BlobId {
        let (hash, size) = text.split_once('/').unwrap();
        self.builder.intern_blob(digest(hash), Some(size.parse().unwrap()))
    }
}

fn digest(hex: &str) -> Digest {
    Digest::from_hex(hex, None).unwrap()
}

/// The engine for a Bazel version: that of the same major and minor, else of the same major.
fn engine_of(version: &str) -> Option<Engine> {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next()?, parts.next()?);
    let same_major = || {
        rewindow::rewind::engines().iter().find(|e| e.id.starts_with(&format!("bazel-{major}.")))
    };
    Engine::find(&format!("bazel-{major}.{minor}")).or_else(|| same_major().copied())
}
