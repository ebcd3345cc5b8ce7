//! The graph as maps of strings, with the edits made so far.

use std::collections::{BTreeMap, BTreeSet};

use rewindow::model::{ActionDigests, ArtifactKind, Graph, Id, Revision};
use rewindow::rewind::{Build, DownloadMode, Targets, TopLevelFetch};

/// An action, all by name.
#[derive(Clone, Debug)]
pub struct Action {
    pub label: String,
    pub key: String,
    pub command: Option<String>,
    pub stdout: Option<String>,
    pub stderr: Option<String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
}

/// All actions and files.
#[derive(Clone, Debug)]
pub struct World {
    /// By index of their id.
    pub actions: Vec<Action>,
    /// Which action writes a path.
    pub producer: BTreeMap<String, usize>,
    /// What is in a file; for a tree its `Tree` message.
    pub content: BTreeMap<String, String>,
    /// Files of a tree.
    pub tree_files: BTreeMap<String, Vec<String>>,
    /// Digests of size 0.
    pub empty: BTreeSet<String>,
    /// Path of each artifact.
    pub paths: Vec<String>,
}

impl World {
    pub fn new(graph: &Graph) -> Self {
        let hex = |id| graph.blobs().digest(id).hex();
        let path = |&a: &_| graph.path(a).to_owned();
        let mut world = Self {
            actions: Vec::new(),
            producer: BTreeMap::new(),
            content: BTreeMap::new(),
            tree_files: BTreeMap::new(),
            empty: graph.blobs().ids().filter(|&b| graph.blobs().is_size_0(b)).map(hex).collect(),
            paths: graph.artifact_ids().map(|a| path(&a)).collect(),
        };
        for artifact in graph.artifact_ids() {
            let name = path(&artifact);
            if let Some(producer) = graph.producer(artifact) {
                world.producer.insert(name.clone(), producer.index());
            }
            if graph.artifact_kind(artifact) == ArtifactKind::Tree {
                let files = graph.tree_files(artifact).iter().map(path).collect();
                world.tree_files.insert(name.clone(), files);
            }
            if let Some(blob) = graph.blob(artifact) {
                world.content.insert(name, hex(blob));
            }
        }
        for action in graph.action_ids() {
            world.actions.push(Action {
                label: graph.label(action).to_owned(),
                key: String::new(),
                command: None,
                stdout: None,
                stderr: None,
                inputs: graph.inputs(action).iter().map(path).collect(),
                outputs: graph.outputs(action).iter().map(path).collect(),
            });
            world.set_digests(graph, action.index(), graph.digests(action));
        }
        world
    }

    /// Makes an edit.
    pub fn edit(&mut self, graph: &Graph, revision: &Revision) {
        for &(action, digests) in &revision.actions {
            self.set_digests(graph, action.index(), digests);
        }
        for &(artifact, blob) in &revision.artifacts {
            let hex = graph.blobs().digest(blob).hex();
            self.content.insert(self.paths[artifact.index()].clone(), hex);
        }
    }

    /// The files that `path` stands for: those inside, if it is a tree.
    pub fn files(&self, path: &str) -> Vec<String> {
        match self.tree_files.get(path) {
            Some(files) => files.clone(),
            None => vec![path.to_owned()],
        }
    }

    /// The producers of what `action` reads.
    pub fn producers(&self, action: usize) -> BTreeSet<usize> {
        let inputs = self.actions[action].inputs.iter();
        inputs.filter_map(|input| self.producer.get(input).copied()).collect()
    }

    /// Requested outputs.
    pub fn top_level(&self, build: &Build) -> BTreeSet<String> {
        let Targets::Artifacts(artifacts) = &build.targets else {
            let all = self.actions.iter().flat_map(|a| a.outputs.iter().map(move |o| (a, o)));
            let read_by_same_label = |label: &str, output: &String| {
                self.actions.iter().any(|a| a.label == label && a.inputs.contains(output))
            };
            return all
                .filter(|(action, output)| !read_by_same_label(&action.label, output))
                .map(|(_, output)| output.clone())
                .collect();
        };
        artifacts.iter().map(|a| self.paths[a.index()].clone()).collect()
    }

    /// The actions that a build is about: producers of what is requested, and all before them.
    pub fn need(&self, build: &Build) -> BTreeSet<usize> {
        if build.targets == Targets::All {
            return (0..self.actions.len()).collect();
        }
        let mut need = BTreeSet::new();
        let top_level = self.top_level(build);
        let mut left: Vec<usize> =
            top_level.iter().filter_map(|path| self.producer.get(path).copied()).collect();
        while let Some(action) = left.pop() {
            if need.insert(action) {
                left.extend(self.producers(action));
            }
        }
        need
    }

    /// Outputs of `action` that the mode fetches (R2).
    pub fn wanted(&self, action: usize, build: &Build, fetch: TopLevelFetch) -> BTreeSet<String> {
        let outputs: BTreeSet<String> = self.actions[action].outputs.iter().cloned().collect();
        let requested: BTreeSet<String> =
            outputs.intersection(&self.top_level(build)).cloned().collect();
        match (build.download, fetch) {
            (DownloadMode::All, _) => outputs,
            (DownloadMode::Minimal, _) => BTreeSet::new(),
            (DownloadMode::TopLevel, TopLevelFetch::RequestedFiles) => requested,
            (DownloadMode::TopLevel, TopLevelFetch::WholeAction) if requested.is_empty() => {
                requested
            }
            (DownloadMode::TopLevel, TopLevelFetch::WholeAction) => outputs,
        }
    }

    /// Everything that the AC entry of `action` refers to (W2).
    pub fn closure(&self, action: usize) -> BTreeSet<String> {
        let spec = &self.actions[action];
        let mut all: BTreeSet<String> = spec.stdout.iter().chain(&spec.stderr).cloned().collect();
        for output in &spec.outputs {
            all.insert(self.content[output].clone());
            all.extend(self.files(output).iter().map(|file| self.content[file].clone()));
        }
        all
    }

    fn set_digests(&mut self, graph: &Graph, action: usize, digests: ActionDigests) {
        let hex = |id: Option<_>| id.map(|id| graph.blobs().digest(id).hex());
        let spec = &mut self.actions[action];
        spec.key = hex(digests.key).expect("every action of a test has a key");
        spec.command = hex(digests.command);
        spec.stdout = hex(digests.stdout);
        spec.stderr = hex(digests.stderr);
    }
}
