//! Builds a [`Graph`]: interns, joins by path, and refuses what is no graph.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use super::blobs::BlobsBuilder;
use super::digest::Digest;
use super::graph::{ActionColumns, ActionKind, ArtifactColumns, ArtifactKind, Graph, NONE};
use super::ids::{ActionId, ArtifactId, BlobId, Id, TextId};
use super::revision::ActionDigests;
use super::texts::TextsBuilder;

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
    by_path: HashMap<TextId, ArtifactId>,
    path: Vec<TextId>,
    kind: Vec<ArtifactKind>,
    blob: Vec<Option<BlobId>>,
    in_memory: super::IdSet<ArtifactId>,
    trees: HashMap<ArtifactId, Vec<ArtifactId>>,
    actions: Vec<ActionSpec>,
}

impl GraphBuilder {
    /// The artifact at `path`, new (with `kind`) or known.
    pub fn artifact(&mut self, path: &str, kind: ArtifactKind) -> ArtifactId {
        let path = self.texts.intern(path);
        let next = ArtifactId::at(self.path.len());
        let artifact = *self.by_path.entry(path).or_insert(next);
        if artifact == next {
            self.path.push(path);
            self.kind.push(kind);
            self.blob.push(None);
        }
        artifact
    }

    /// The artifact at `path`, if it is known.
    pub fn find_artifact(&self, path: &str) -> Option<ArtifactId> {
        self.by_path.get(&self.texts.find(path)?).copied()
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
        self.blob[artifact.index()].replace(blob).filter(|&before| before != blob)
    }

    /// The content of `artifact`, where known so far.
    pub fn blob(&self, artifact: ArtifactId) -> Option<BlobId> {
        self.blob[artifact.index()]
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
        self.actions.push(spec);
        ActionId::at(self.actions.len() - 1)
    }

    /// How many actions were added.
    pub fn n_actions(&self) -> usize {
        self.actions.len()
    }

    /// The action added as `id`.
    pub fn get_action(&self, id: ActionId) -> &ActionSpec {
        &self.actions[id.index()]
    }

    /// The action added as `id`, to complete it.
    pub fn get_action_mut(&mut self, id: ActionId) -> &mut ActionSpec {
        &mut self.actions[id.index()]
    }

    /// Renumbers the actions: those with a smaller key first, equal ones as they were added.
    /// Independent actions are tried in the order of their ids.
    pub fn sort_actions_by_key<K: Ord>(&mut self, key: impl Fn(ActionId) -> K) {
        let mut order: Vec<usize> = (0..self.actions.len()).collect();
        order.sort_by_key(|&i| key(ActionId::at(i)));
        let mut actions: Vec<_> = self.actions.drain(..).map(Some).collect();
        self.actions = order.into_iter().filter_map(|i| actions[i].take()).collect();
    }

    /// The graph, and what had to be mended to make it one.
    pub fn finish(mut self) -> (Graph, Vec<GraphDefect>) {
        let mut defects = Vec::new();
        let producer = self.assign_producers(&mut defects);
        let topological = self.order(&producer, &mut defects);
        (self.freeze(producer, topological), defects)
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
                        kept: self.actions[*slot as usize].label.clone(),
                        dropped: self.actions[i].label.clone(),
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

    /// All actions, producers before consumers (Kahn, ties by id). Cuts cycles.
    fn order(&mut self, producer: &[u32], defects: &mut Vec<GraphDefect>) -> Vec<ActionId> {
        let mut seen = vec![NONE; self.path.len()];
        for (i, spec) in self.actions.iter_mut().enumerate() {
            spec.inputs
                .retain(|input| std::mem::replace(&mut seen[input.index()], i as u32) != i as u32);
        }
        loop {
            let order = self.kahn(producer);
            if order.len() == self.actions.len() {
                return order;
            }
            self.cut_cycles(producer, &order, defects);
        }
    }

    /// Actions in an order where producers come first, those on or behind a cycle left out.
    fn kahn(&self, producer: &[u32]) -> Vec<ActionId> {
        let n = self.actions.len();
        let (mut waits, mut ends) = (vec![0u32; n], vec![0u32; n + 1]);
        let each_edge = |visit: &mut dyn FnMut(usize, usize)| {
            for (i, spec) in self.actions.iter().enumerate() {
                for input in &spec.inputs {
                    let from = producer[input.index()];
                    if from != NONE {
                        visit(from as usize, i);
                    }
                }
            }
        };
        each_edge(&mut |from, to| {
            waits[to] += 1;
            ends[from + 1] += 1;
        });
        for i in 0..n {
            ends[i + 1] += ends[i];
        }
        let mut next = ends.clone();
        let mut successors = vec![0u32; ends[n] as usize];
        each_edge(&mut |from, to| {
            successors[next[from] as usize] = to as u32;
            next[from] += 1;
        });
        let mut order = Vec::with_capacity(n);
        let mut ready: BinaryHeap<Reverse<u32>> =
            (0..n as u32).filter(|&i| waits[i as usize] == 0).map(Reverse).collect();
        while let Some(Reverse(id)) = ready.pop() {
            order.push(ActionId(id));
            let from = id as usize;
            for &to in &successors[ends[from] as usize..ends[from + 1] as usize] {
                waits[to as usize] -= 1;
                if waits[to as usize] == 0 {
                    ready.push(Reverse(to));
                }
            }
        }
        order
    }

    /// Takes away every input that closes a cycle on a depth-first walk from consumers to
    /// producers.
    ///
    /// Own code, as the page must survive a cycle of a million actions, or a million knotted
    /// together: `petgraph::algo::tarjan_scc` recurses, `greedy_feedback_arc_set` took 1.4 s for a
    /// cycle of 20 000.
    fn cut_cycles(&mut self, producer: &[u32], order: &[ActionId], defects: &mut Vec<GraphDefect>) {
        let (new, open, done) = (0u8, 1, 2);
        let mut state = vec![new; self.actions.len()];
        for action in order {
            state[action.index()] = done;
        }
        let mut cut: BTreeSet<(usize, ArtifactId)> = BTreeSet::new();
        for start in 0..self.actions.len() {
            // Actions being walked, each with the position of its next input.
            let mut walk = if state[start] == new { vec![(start, 0)] } else { Vec::new() };
            while let Some((action, next)) = walk.last_mut() {
                let at = *action;
                state[at] = open;
                let Some(&input) = self.actions[at].inputs.get(*next) else {
                    state[at] = done;
                    walk.pop();
                    continue;
                };
                *next += 1;
                let before = producer[input.index()] as usize;
                match state.get(before) {
                    Some(&s) if s == open => {
                        cut.insert((at, input));
                    }
                    Some(&s) if s == new => walk.push((before, 0)),
                    _ => {}
                }
            }
        }
        for consumer in cut.iter().map(|c| c.0).collect::<BTreeSet<usize>>() {
            let mut paths = Vec::new();
            self.actions[consumer].inputs.retain(|&input| {
                let is_cut = cut.contains(&(consumer, input));
                if is_cut {
                    paths.push(self.texts.get(self.path[input.index()]).to_owned());
                }
                !is_cut
            });
            let label = self.actions[consumer].label.clone();
            defects.push(GraphDefect::Cycle { label, paths });
        }
    }

    fn freeze(mut self, producer: Vec<u32>, topological: Vec<ActionId>) -> Graph {
        let raw = |blob: Option<BlobId>| blob.map_or(NONE, |b| b.0);
        let mut columns = ActionColumns::default();
        for spec in std::mem::take(&mut self.actions) {
            columns.label.push(self.texts.intern(&spec.label));
            columns.mnemonic.push(self.texts.intern(&spec.mnemonic));
            columns.kind.push(spec.kind);
            columns.key.push(raw(spec.digests.key));
            columns.command.push(raw(spec.digests.command));
            columns.stdout.push(raw(spec.digests.stdout));
            columns.stderr.push(raw(spec.digests.stderr));
            columns.duration_ms.push(spec.duration_ms.unwrap_or(NONE));
            columns.inputs.extend(&spec.inputs);
            columns.input_ends.push(end(columns.inputs.len()));
            columns.outputs.extend(&spec.outputs);
            columns.output_ends.push(end(columns.outputs.len()));
        }
        let mut trees: Vec<_> =
            self.trees.into_iter().map(|(t, f)| (t, f.into_boxed_slice())).collect();
        trees.sort_unstable_by_key(|t| t.0);
        let mut graph = Graph {
            texts: self.texts.finish(),
            blobs: self.blobs.finish(),
            actions: columns,
            artifacts: ArtifactColumns {
                path: self.path,
                kind: self.kind,
                producer,
                blob: self.blob.into_iter().map(raw).collect(),
                in_memory: self.in_memory,
                ..ArtifactColumns::default()
            },
            trees,
            by_key: Vec::new(),
            topological,
        };
        graph.derive_indices();
        graph
    }
}

fn end(len: usize) -> u32 {
    assert!(len < NONE as usize, "more than u32::MAX edges");
    len as u32
}
