//! The graph as plain maps, with the edits made so far.

use std::collections::{BTreeMap, BTreeSet};

use rewindow::model::{
    AcEntry, ActionDigests, ActionId, ActionKind, ArtifactId, BlobId, Cache, Graph, Id, Revision,
};
use rewindow::rewind::{Build, DownloadMode, Targets, Timing, TopLevelFetch};

/// An action, all by id.
#[derive(Clone, Debug)]
pub struct Spec {
    pub kind: ActionKind,
    pub label: String,
    pub digests: ActionDigests,
    pub inputs: Vec<ArtifactId>,
    pub outputs: Vec<ArtifactId>,
    pub duration_ms: u64,
}

impl Spec {
    /// Whether its outputs only lead to others.
    pub fn is_link(&self) -> bool {
        self.is_made() && self.kind != ActionKind::Internal
    }

    /// Whether the tool makes the outputs itself.
    pub fn is_made(&self) -> bool {
        self.kind != ActionKind::Spawn
    }
}

/// What an AC entry says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Content by output and by file of an output.
    pub names: BTreeMap<ArtifactId, BlobId>,
    pub stdout: Option<BlobId>,
    pub stderr: Option<BlobId>,
    /// All it refers to, in order (W2, P27).
    pub closure: Vec<BlobId>,
    pub broken: bool,
}

/// All actions and artifacts.
#[derive(Clone, Debug)]
pub struct World {
    pub actions: BTreeMap<ActionId, Spec>,
    pub producer: BTreeMap<ArtifactId, ActionId>,
    /// Of trees whose files are known; others are taken for one file.
    pub tree_files: BTreeMap<ArtifactId, Vec<ArtifactId>>,
    pub trees: BTreeSet<ArtifactId>,
    /// What the graph says is in an artifact; for a tree its `Tree` message.
    pub said: BTreeMap<ArtifactId, BlobId>,
    pub in_memory: BTreeSet<ArtifactId>,
    /// Blobs of size 0.
    pub empty: BTreeSet<BlobId>,
    pub sizes: BTreeMap<BlobId, u64>,
    /// Topological positions.
    pub position: BTreeMap<ActionId, u64>,
    /// Actions that read an artifact itself.
    pub readers: BTreeMap<ArtifactId, Vec<ActionId>>,
    pub n_known_blobs: usize,
}

impl World {
    pub fn new(graph: &Graph) -> Self {
        let blobs = graph.blobs();
        let artifacts = || graph.artifact_ids();
        let trees = artifacts().map(|a| (a, graph.tree_files(a).to_vec()));
        let is_tree = |a| graph.artifact_kind(a) == rewindow::model::ArtifactKind::Tree;
        let mut readers: BTreeMap<ArtifactId, Vec<ActionId>> = BTreeMap::new();
        for action in graph.action_ids() {
            for &input in graph.inputs(action) {
                readers.entry(input).or_default().push(action);
            }
        }
        let spec = |action| Spec {
            kind: graph.action_kind(action),
            label: graph.label(action).to_owned(),
            digests: graph.digests(action),
            inputs: graph.inputs(action).to_vec(),
            outputs: graph.outputs(action).to_vec(),
            duration_ms: Timing::duration_ms(graph, action),
        };
        let topological = graph.topological().iter().enumerate();
        Self {
            actions: graph.action_ids().map(|a| (a, spec(a))).collect(),
            producer: artifacts().filter_map(|a| Some((a, graph.producer(a)?))).collect(),
            tree_files: trees.filter(|t| is_tree(t.0) && !t.1.is_empty()).collect(),
            trees: artifacts().filter(|&a| is_tree(a)).collect(),
            said: artifacts().filter_map(|a| Some((a, graph.blob(a)?))).collect(),
            in_memory: artifacts().filter(|&a| graph.is_in_memory(a)).collect(),
            empty: blobs.ids().filter(|&b| blobs.is_size_0(b)).collect(),
            sizes: blobs.ids().filter_map(|b| Some((b, blobs.size_bytes(b)?))).collect(),
            position: topological.map(|(i, &a)| (a, i as u64)).collect(),
            readers,
            n_known_blobs: blobs.len(),
        }
    }

    /// Makes an edit.
    pub fn edit(&mut self, revision: &Revision) {
        for &(action, digests) in &revision.actions {
            self.actions.get_mut(&action).expect("an action of the graph").digests = digests;
        }
        self.said.extend(revision.artifacts.iter().copied());
    }

    /// The files that an artifact stands for: those inside, if it is a tree.
    pub fn files(&self, artifact: ArtifactId) -> Vec<ArtifactId> {
        self.tree_files.get(&artifact).cloned().unwrap_or_else(|| vec![artifact])
    }

    /// All files of all outputs of an action.
    pub fn output_files(&self, action: ActionId) -> Vec<ArtifactId> {
        self.actions[&action].outputs.iter().flat_map(|&o| self.files(o)).collect()
    }

    /// What a symlink or redirect leads to; any other artifact itself.
    pub fn resolve(&self, artifact: ArtifactId) -> ArtifactId {
        let Some(producer) = self.producer.get(&artifact) else { return artifact };
        let spec = &self.actions[producer];
        let leads = matches!(spec.kind, ActionKind::Symlink | ActionKind::Redirect);
        match spec.inputs.as_slice() {
            [input] if leads => self.resolve(*input),
            _ => artifact,
        }
    }

    /// The producers of what `action` reads.
    pub fn producers(&self, action: ActionId) -> Vec<ActionId> {
        let inputs = self.actions[&action].inputs.iter();
        inputs.filter_map(|input| self.producer.get(input).copied()).collect()
    }

    /// Who reads one of these or a file in it, directly or through what the tool makes (P24).
    pub fn consumers(&self, of: &[ArtifactId]) -> BTreeSet<ActionId> {
        let mut found = BTreeSet::new();
        let mut left = of.to_vec();
        while let Some(artifact) = left.pop() {
            let writer = self.producer.get(&artifact);
            let mut inside = self.tree_files.get(&artifact).cloned().unwrap_or_default();
            // Other actions write the files of a template's tree.
            inside.retain(|file| self.producer.get(file) == writer);
            let around = self.tree_files.iter().filter(|t| t.1.contains(&artifact)).map(|t| *t.0);
            for read in std::iter::once(artifact).chain(inside).chain(around) {
                for &reader in self.readers.get(&read).into_iter().flatten() {
                    let spec = &self.actions[&reader];
                    if found.insert(reader) && spec.is_made() {
                        left.extend(&spec.outputs);
                    }
                }
            }
        }
        found
    }

    /// Requested outputs: those of the targets, or for a build of everything those that no command
    /// of the same label reads, where there are commands only theirs, `.d` files left out.
    pub fn top_level(&self, build: &Build) -> BTreeSet<ArtifactId> {
        if let Targets::Artifacts(artifacts) = &build.targets {
            return artifacts.iter().copied().collect();
        }
        let is_own = |output: &ArtifactId, label: &str| {
            let readers = self.readers.get(output).into_iter().flatten();
            let mut specs = readers.map(|reader| &self.actions[reader]);
            specs.any(|s| s.label == label && !s.is_made())
        };
        let of = |made_too: bool| -> BTreeSet<ArtifactId> {
            let specs = self.actions.values().filter(|s| made_too || !s.is_made());
            let outputs = specs.flat_map(|s| s.outputs.iter().map(move |&o| (s, o)));
            let wanted =
                outputs.filter(|(s, o)| !is_own(o, &s.label) && !self.in_memory.contains(o));
            wanted.map(|(_, output)| output).collect()
        };
        let commands = of(false);
        if commands.is_empty() { of(true) } else { commands }
    }

    /// The actions that a build is about: producers of what is requested, and all before them.
    pub fn need(&self, build: &Build) -> BTreeSet<ActionId> {
        if build.targets == Targets::All {
            return self.actions.keys().copied().collect();
        }
        let mut need = BTreeSet::new();
        let top_level = self.top_level(build);
        let mut left: Vec<ActionId> =
            top_level.iter().filter_map(|a| self.producer.get(a).copied()).collect();
        while let Some(action) = left.pop() {
            if need.insert(action) {
                left.extend(self.producers(action));
            }
        }
        need
    }

    /// Outputs of `action`, and files in them, that the mode fetches (R2).
    pub fn wanted(
        &self,
        action: ActionId,
        mode: DownloadMode,
        top_level: &BTreeSet<ArtifactId>,
        fetch: TopLevelFetch,
    ) -> Vec<ArtifactId> {
        let outputs = &self.actions[&action].outputs;
        let own = |file: &ArtifactId| self.producer.get(file) == Some(&action);
        let inside = |o: &ArtifactId| {
            self.tree_files.get(o).into_iter().flatten().copied().filter(own).collect::<Vec<_>>()
        };
        let mut requested: Vec<ArtifactId> =
            outputs.iter().flat_map(|o| [vec![*o], inside(o)].concat()).collect();
        requested.retain(|artifact| top_level.contains(artifact));
        let whole = fetch == TopLevelFetch::WholeAction && !requested.is_empty();
        match mode {
            DownloadMode::All => outputs.clone(),
            DownloadMode::Minimal => Vec::new(),
            DownloadMode::TopLevel if whole => outputs.clone(),
            DownloadMode::TopLevel => requested,
        }
    }

    /// What the entries of a cache say, as loaded (P22). `revisions` tell of keys that only an edit
    /// brings.
    pub fn entries(
        &self,
        graph: &Graph,
        cache: &Cache,
        revisions: &[Revision],
    ) -> BTreeMap<BlobId, Entry> {
        let entry = |key: BlobId| {
            if let Some(body) = cache.entry(key) {
                return self.decoded(graph, key, body, revisions);
            }
            self.said_of_key(graph, key, revisions)
        };
        cache.ac.iter().map(|key| (key, entry(key))).collect()
    }

    /// What the graph says of the action with this key.
    fn said_of_key(&self, graph: &Graph, key: BlobId, revisions: &[Revision]) -> Entry {
        if let Some(action) = graph.action_of_key(key) {
            return self.entry(action, &self.said);
        }
        for revision in revisions {
            if let Some((action, _)) = revision.actions.iter().find(|a| a.1.key == Some(key)) {
                let mut edited = self.clone();
                edited.edit(revision);
                return edited.entry(*action, &edited.said);
            }
        }
        Entry::default()
    }

    fn decoded(&self, graph: &Graph, key: BlobId, body: &AcEntry, revisions: &[Revision]) -> Entry {
        let mut names = self.said_of_key(graph, key, revisions).names;
        for output in &body.outputs {
            let named = graph.artifact_ids().find(|&a| graph.path_id(a) == output.path);
            names.extend(named.map(|artifact| (artifact, output.blob)));
        }
        Entry {
            names,
            stdout: body.stdout,
            stderr: body.stderr,
            closure: body.closure().collect(),
            broken: body.broken,
        }
    }

    /// The entry of `action` if its outputs have this content.
    pub fn entry(&self, action: ActionId, content: &BTreeMap<ArtifactId, BlobId>) -> Entry {
        let spec = &self.actions[&action];
        let mut entry =
            Entry { stdout: spec.digests.stdout, stderr: spec.digests.stderr, ..Entry::default() };
        for &output in &spec.outputs {
            let inside = self.tree_files.get(&output).cloned().unwrap_or_default();
            for artifact in std::iter::once(output).chain(inside) {
                if let Some(&blob) = content.get(&artifact) {
                    entry.names.insert(artifact, blob);
                    entry.closure.push(blob);
                }
            }
        }
        entry.closure.extend(entry.stdout);
        entry.closure.extend(entry.stderr);
        entry
    }

    /// Whether `blob` is made up for content that no export tells of.
    pub fn is_fresh(&self, blob: BlobId) -> bool {
        blob.index() >= self.n_known_blobs
    }
}
