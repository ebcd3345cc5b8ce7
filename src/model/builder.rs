//! Builds a [`Graph`]: interns, joins by path, and refuses what is no graph.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::blobs::BlobsBuilder;
use super::digest::Digest;
use super::graph::{ActionColumns, ActionKind, ArtifactColumns, ArtifactKind, Graph, NONE};
use super::ids::{ActionId, ArtifactId, BlobId, Id, TextId};
use super::revision::ActionDigests;
use super::room;
use super::texts::{Texts, TextsBuilder};

/// An action to add. Inputs and outputs are artifacts of the same builder; equal inputs count once.
#[derive(Clone, Debug)]
pub struct ActionSpec {
    /// Target, such as `//:a`; empty if unknown.
    pub label: String,
    /// Sort of action, such as `Genrule`.
    pub mnemonic: String,
    /// How it comes by its outputs.
    pub kind: ActionKind,
    /// What it reads.
    pub inputs: Vec<ArtifactId>,
    /// What it declares to write.
    pub outputs: Vec<ArtifactId>,
    /// Its digests, where known.
    pub digests: ActionDigests,
    /// How long it executes, where known.
    pub duration_ms: Option<u32>,
}

/// An action as a builder keeps it, to be completed.
#[derive(Clone, Debug)]
pub struct DraftAction {
    /// Target; the empty text if unknown.
    pub label: TextId,
    /// Sort of action.
    pub mnemonic: TextId,
    /// How it comes by its outputs.
    pub kind: ActionKind,
    /// What it reads.
    pub inputs: Vec<ArtifactId>,
    /// What it declares to write.
    pub outputs: Vec<ArtifactId>,
    /// Its digests, where known.
    pub digests: ActionDigests,
    /// How long it executes, where known.
    pub duration_ms: Option<u32>,
}

/// Actions between two moments at which making a graph can be broken off.
pub(super) const HEARD_ACTIONS: usize = 8192;

/// What was wrong with the actions and artifacts given, and what was done about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GraphDefect {
    /// Two actions declare `path`: the first stays its producer, the output is taken from the
    /// second.
    TwoProducers {
        /// The output.
        path: String,
        /// Label of the action that stays its producer.
        kept: String,
        /// Label of the action that loses it.
        dropped: String,
    },
    /// An action reads what it (indirectly) writes: the inputs on the cycle are taken from one
    /// action of it.
    Cycle {
        /// Label of the action whose inputs were cut.
        label: String,
        /// Paths of the inputs cut.
        paths: Vec<String>,
    },
}

/// Collects actions and artifacts.
#[derive(Default, Debug)]
pub struct GraphBuilder {
    /// Labels, paths, mnemonics.
    pub texts: TextsBuilder,
    /// Digests of artifacts, actions and of whatever a cache holds.
    pub blobs: BlobsBuilder,
    /// Per text, the artifact of that path; `NONE` for labels and the like.
    by_path: Vec<u32>,
    pub(super) path: Vec<TextId>,
    kind: Vec<ArtifactKind>,
    blob: Vec<u32>,
    in_memory: super::IdSet<ArtifactId>,
    trees: HashMap<ArtifactId, Vec<ArtifactId>>,
    pub(super) actions: Vec<DraftAction>,
}

impl GraphBuilder {
    /// The artifact at `path`, new (with `kind`) or known.
    pub fn artifact(&mut self, path: &str, kind: ArtifactKind) -> ArtifactId {
        let path = self.texts.intern(path);
        self.artifact_of_text(path, kind)
    }

    /// The artifact whose path is `path`, a text of this builder; new (with `kind`) or known.
    pub fn artifact_of_text(&mut self, path: TextId, kind: ArtifactKind) -> ArtifactId {
        if self.by_path.len() < self.texts.len() {
            self.by_path.resize(self.texts.len(), NONE);
        }
        let known = &mut self.by_path[path.index()];
        if *known != NONE {
            return ArtifactId(*known);
        }
        let artifact = ArtifactId::at(self.path.len());
        *known = artifact.0;
        room::push(&mut self.path, path);
        room::push(&mut self.kind, kind);
        room::push(&mut self.blob, NONE);
        artifact
    }

    /// The artifact at `path`, if it is known.
    pub fn find_artifact(&self, path: &str) -> Option<ArtifactId> {
        let known = *self.by_path.get(self.texts.find(path)?.index())?;
        (known != NONE).then_some(ArtifactId(known))
    }

    /// How many artifacts there are so far.
    pub fn n_artifacts(&self) -> usize {
        self.path.len()
    }

    /// The path of `artifact`.
    pub fn path(&self, artifact: ArtifactId) -> &str {
        self.texts.get(self.path[artifact.index()])
    }

    /// Says what `artifact` is, overriding what it was taken for.
    pub fn set_kind(&mut self, artifact: ArtifactId, kind: ArtifactKind) {
        self.kind[artifact.index()] = kind;
    }

    /// What `artifact` is taken for so far.
    pub fn kind(&self, artifact: ArtifactId) -> ArtifactKind {
        self.kind[artifact.index()]
    }

    /// Says what `artifact` contains; returns the earlier, different content if there was one (the
    /// new one stays).
    pub fn set_blob(&mut self, artifact: ArtifactId, blob: BlobId) -> Option<BlobId> {
        let before = std::mem::replace(&mut self.blob[artifact.index()], blob.0);
        (before != NONE && before != blob.0).then_some(BlobId(before))
    }

    /// The content of `artifact`, where known so far.
    pub fn blob(&self, artifact: ArtifactId) -> Option<BlobId> {
        let blob = self.blob[artifact.index()];
        (blob != NONE).then_some(BlobId(blob))
    }

    /// Interns a digest. See [`BlobsBuilder::intern`].
    pub fn intern_blob(&mut self, digest: Digest, size_bytes: Option<u64>) -> BlobId {
        self.blobs.intern(digest, size_bytes)
    }

    /// Marks `artifact` as kept in memory by Bazel, so that it is fetched in every download mode.
    pub fn set_in_memory(&mut self, artifact: ArtifactId) {
        self.in_memory.insert(artifact);
    }

    /// Says which files the tree `tree` contains.
    pub fn set_tree_files(&mut self, tree: ArtifactId, files: Vec<ArtifactId>) {
        self.kind[tree.index()] = ArtifactKind::Tree;
        for &file in &files {
            self.kind[file.index()] = ArtifactKind::TreeFile;
        }
        self.trees.insert(tree, files);
    }

    /// Adds an action. Its outputs become derived artifacts unless they are trees.
    pub fn action(&mut self, spec: ActionSpec) -> ActionId {
        let draft = DraftAction {
            label: self.texts.intern(&spec.label),
            mnemonic: self.texts.intern(&spec.mnemonic),
            kind: spec.kind,
            inputs: spec.inputs,
            outputs: spec.outputs,
            digests: spec.digests,
            duration_ms: spec.duration_ms,
        };
        self.draft(draft)
    }

    /// Adds an action whose label and mnemonic are texts of this builder.
    pub fn draft(&mut self, draft: DraftAction) -> ActionId {
        room::push(&mut self.actions, draft);
        ActionId::at(self.actions.len() - 1)
    }

    /// Makes room for `n` more actions, no more.
    pub fn expect_actions(&mut self, n: usize) {
        self.actions.reserve_exact(n);
    }

    /// Gives the action added as `id` this label and mnemonic where it has none yet.
    pub fn name_action(&mut self, id: ActionId, label: &str, mnemonic: &str) {
        let action = &mut self.actions[id.index()];
        for (known, told) in [(&mut action.label, label), (&mut action.mnemonic, mnemonic)] {
            if *known == Texts::EMPTY {
                *known = self.texts.intern(told);
            }
        }
    }

    /// How many actions were added.
    pub fn n_actions(&self) -> usize {
        self.actions.len()
    }

    /// The action added as `id`.
    pub fn get_action(&self, id: ActionId) -> &DraftAction {
        &self.actions[id.index()]
    }

    /// The action added as `id`, to complete it.
    pub fn get_action_mut(&mut self, id: ActionId) -> &mut DraftAction {
        &mut self.actions[id.index()]
    }

    /// Renumbers the actions: those with a smaller key first, equal ones as they were added.
    /// Independent actions are tried in the order of their ids. Says how, as the former ids in
    /// their new order, unless they stay as they are.
    pub fn sort_actions_by_key<K: Ord>(
        &mut self,
        key: impl Fn(ActionId) -> K,
    ) -> Option<Vec<ActionId>> {
        let ids = || (0..self.actions.len()).map(ActionId::at);
        if ids().is_sorted_by_key(&key) {
            return None;
        }
        let mut order: Vec<ActionId> = ids().collect();
        order.sort_by_key(|&id| key(id));
        let mut actions: Vec<_> = self.actions.drain(..).map(Some).collect();
        self.actions = order.iter().filter_map(|id| actions[id.index()].take()).collect();
        Some(order)
    }

    /// The graph, and what had to be mended to make it one.
    pub fn finish(self) -> (Graph, Vec<GraphDefect>) {
        let finished = self.finish_with(&mut || ControlFlow::Continue(()));
        finished.unwrap_or_else(|| unreachable!("nothing breaks it off"))
    }

    /// The same, unless `hear`, which is asked now and then, breaks it off.
    pub fn finish_with(
        mut self,
        hear: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<(Graph, Vec<GraphDefect>)> {
        self.by_path = Vec::new();
        let mut defects = Vec::new();
        let producer = self.assign_producers(&mut defects);
        hear().continue_value()?;
        let topological = self.order(&producer, &mut defects, hear)?;
        Some((self.freeze(producer, topological, hear)?, defects))
    }

    /// The producer of each artifact (`NONE` if it has none); a second producer loses the output.
    fn assign_producers(&mut self, defects: &mut Vec<GraphDefect>) -> Vec<u32> {
        let mut producer = vec![NONE; self.path.len()];
        for i in 0..self.actions.len() {
            let mut outputs = std::mem::take(&mut self.actions[i].outputs);
            outputs.retain(|&output| {
                let slot = &mut producer[output.index()];
                if *slot == i as u32 {
                    return false;
                }
                if *slot != NONE {
                    defects.push(GraphDefect::TwoProducers {
                        path: self.texts.get(self.path[output.index()]).to_owned(),
                        kept: self.texts.get(self.actions[*slot as usize].label).to_owned(),
                        dropped: self.texts.get(self.actions[i].label).to_owned(),
                    });
                    return false;
                }
                *slot = i as u32;
                true
            });
            for output in &outputs {
                let kind = &mut self.kind[output.index()];
                if !matches!(kind, ArtifactKind::Tree | ArtifactKind::TreeFile) {
                    *kind = ArtifactKind::Derived;
                }
            }
            self.actions[i].outputs = outputs;
        }
        for (tree, files) in &self.trees {
            for file in files {
                // Expansion actions write theirs.
                let of_tree = producer[tree.index()];
                let own = &mut producer[file.index()];
                *own = if *own == NONE { of_tree } else { *own };
            }
        }
        producer
    }

    fn freeze(
        mut self,
        producer: Vec<u32>,
        topological: Vec<ActionId>,
        hear: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Graph> {
        let raw = |blob: Option<BlobId>| blob.map_or(NONE, |b| b.0);
        let mut columns = ActionColumns::with_capacity(self.actions.len());
        columns.outputs.reserve_exact(self.actions.iter().map(|draft| draft.outputs.len()).sum());
        let mut inputs = Vec::with_capacity(self.actions.len());
        for (i, draft) in std::mem::take(&mut self.actions).into_iter().enumerate() {
            if i.is_multiple_of(HEARD_ACTIONS) {
                hear().continue_value()?;
            }
            columns.label.push(draft.label);
            columns.mnemonic.push(draft.mnemonic);
            columns.kind.push(draft.kind);
            columns.key.push(raw(draft.digests.key));
            columns.command.push(raw(draft.digests.command));
            columns.stdout.push(raw(draft.digests.stdout));
            columns.stderr.push(raw(draft.digests.stderr));
            columns.duration_ms.push(draft.duration_ms.unwrap_or(NONE));
            columns.outputs.extend(&draft.outputs);
            columns.output_ends.push(end(columns.outputs.len()));
            inputs.push(draft.inputs);
        }
        // The largest column, once the rest of the drafts is gone.
        columns.inputs.reserve_exact(inputs.iter().map(Vec::len).sum());
        for (i, inputs) in inputs.into_iter().enumerate() {
            if i.is_multiple_of(HEARD_ACTIONS) {
                hear().continue_value()?;
            }
            columns.inputs.extend(&inputs);
            columns.input_ends.push(end(columns.inputs.len()));
        }
        let mut trees: Vec<_> =
            self.trees.into_iter().map(|(t, f)| (t, f.into_boxed_slice())).collect();
        trees.sort_unstable_by_key(|t| t.0);
        let mut graph = Graph {
            texts: self.texts.finish(),
            blobs: self.blobs.finish_with(hear)?,
            actions: columns,
            artifacts: ArtifactColumns {
                path: self.path,
                kind: self.kind,
                producer,
                blob: self.blob,
                in_memory: self.in_memory,
                ..ArtifactColumns::default()
            },
            trees,
            by_key: Vec::new(),
            topological,
        };
        hear().continue_value()?;
        graph.derive_indices();
        Some(graph)
    }
}

fn end(len: usize) -> u32 {
    assert!(len < NONE as usize, "more than u32::MAX edges");
    len as u32
}
