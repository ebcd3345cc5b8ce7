//! What the blobs that a log speaks of are to the build: who makes them, who reads them.

use std::collections::{HashMap, HashSet};

use crate::model::{
    ActionId, ActionKind, ArtifactId, ArtifactKind, BlobId, Cache, Deed, Graph, IdSet, Observed,
};

/// Roles of the blobs that a log speaks of.
pub struct Roles<'a> {
    /// The build.
    pub graph: &'a Graph,
    makers: HashMap<BlobId, Vec<ActionId>>,
    commands: HashMap<BlobId, Vec<ActionId>>,
    artifacts: HashMap<BlobId, Vec<ArtifactId>>,
}

impl<'a> Roles<'a> {
    /// A pass over the graph and the decoded entries of `cache`.
    pub fn of(graph: &'a Graph, cache: &Cache, observed: &Observed) -> Self {
        let mut spoken = IdSet::with_capacity(graph.blobs().len());
        for deed in &observed.deeds {
            if let Deed::Asked { blob, .. } | Deed::Lacked { blob } = deed.deed {
                spoken.insert(blob);
            }
        }
        let (makers, commands, artifacts) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut roles = Self { graph, makers, commands, artifacts };
        for artifact in graph.artifact_ids() {
            let (Some(blob), Some(maker)) = (graph.blob(artifact), graph.producer(artifact)) else {
                continue;
            };
            if spoken.contains(blob) {
                roles.artifacts.entry(blob).or_default().push(artifact);
                roles.add_maker(blob, maker);
            }
        }
        for action in graph.action_ids() {
            let digests = graph.digests(action);
            for blob in digests.stdout.into_iter().chain(digests.stderr) {
                if spoken.contains(blob) {
                    roles.add_maker(blob, action);
                }
            }
            if let Some(command) = digests.command.filter(|&command| spoken.contains(command)) {
                roles.commands.entry(command).or_default().push(action);
            }
        }
        for (key, entry) in &cache.entries {
            let Some(action) = graph.action_of_key(*key) else { continue };
            for blob in entry.closure().filter(|&blob| spoken.contains(blob)) {
                roles.add_maker(blob, action);
            }
        }
        roles
    }

    fn add_maker(&mut self, blob: BlobId, maker: ActionId) {
        let makers = self.makers.entry(blob).or_default();
        if self.graph.action_kind(maker) == ActionKind::Spawn && !makers.contains(&maker) {
            makers.push(maker);
        }
    }

    /// The commands that yield `blob`: as output, in a tree, as standard output or error.
    pub fn makers(&self, blob: BlobId) -> &[ActionId] {
        self.makers.get(&blob).map_or(&[], Vec::as_slice)
    }

    /// The commands that upload `blob` once they have executed: those that yield it, and those
    /// whose `Action` or `Command` it is.
    pub fn uploaders(&self, blob: BlobId) -> impl Iterator<Item = ActionId> + '_ {
        let commands = self.commands.get(&blob).map_or(&[][..], Vec::as_slice);
        let key = self.graph.action_of_key(blob);
        key.into_iter().chain(self.makers(blob).iter().chain(commands).copied())
    }

    /// The derived artifacts with this content.
    pub fn artifacts(&self, blob: BlobId) -> &[ArtifactId] {
        self.artifacts.get(&blob).map_or(&[], Vec::as_slice)
    }

    /// The artifact with this content that `action` reads or writes; without an action, the only
    /// one there is.
    pub fn artifact_near(&self, blob: BlobId, action: Option<ActionId>) -> Option<ArtifactId> {
        let all = self.artifacts(blob);
        let Some(action) = action else {
            return match all {
                &[only] => Some(only),
                _ => None,
            };
        };
        let graph = self.graph;
        let near = graph.outputs(action).iter().chain(graph.inputs(action));
        let inside = near.clone().flat_map(|&artifact| graph.tree_files(artifact));
        near.chain(inside).copied().find(|&artifact| graph.blob(artifact) == Some(blob))
    }

    /// The input of `action`, or the file in one, with this content.
    pub fn input_of(&self, action: ActionId, blob: BlobId) -> Option<ArtifactId> {
        let graph = self.graph;
        let inputs = graph.inputs(action).iter();
        let inside = inputs.clone().flat_map(|&input| graph.tree_files(input));
        inputs.chain(inside).copied().find(|&artifact| graph.blob(artifact) == Some(blob))
    }

    /// The commands that read `blob`, directly or through what the build tool makes itself
    /// (symlinks), each once; not more than `n_max` of them and one.
    pub fn readers(&self, blob: BlobId, n_max: usize) -> Vec<ActionId> {
        let graph = self.graph;
        let mut open = self.artifacts(blob).to_vec();
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        while let Some(artifact) = open.pop() {
            if graph.artifact_kind(artifact) == ArtifactKind::TreeFile {
                open.extend(self.tree_of(artifact));
            }
            for &reader in graph.consumers(artifact) {
                if found.len() > n_max {
                    return found;
                }
                match graph.action_kind(reader) {
                    _ if !seen.insert(reader) => {}
                    ActionKind::Spawn => found.push(reader),
                    _ => open.extend(graph.outputs(reader)),
                }
            }
        }
        found.sort_unstable();
        found
    }

    fn tree_of(&self, file: ArtifactId) -> Option<ArtifactId> {
        let graph = self.graph;
        let outputs = graph.outputs(graph.producer(file)?).iter().copied();
        outputs.into_iter().find(|&tree| graph.tree_files(tree).contains(&file))
    }
}
