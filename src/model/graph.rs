//! The build graph: actions over artifacts, as compressed sparse rows.

use super::blobs::Blobs;
use super::ids::{ActionId, ArtifactId, BlobId, Id, TextId};
use super::revision::ActionDigests;
use super::texts::Texts;

/// How an action comes by its outputs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ActionKind {
    /// Runs a command; its result can come from a cache.
    Spawn,
    /// Done by the build tool itself in every build (FileWrite, SymlinkTree, Middleman, …): asks no
    /// cache, its outputs are always on disk.
    Internal,
    /// A symlink to its input, made by the build tool: its output is remote as long as its input is
    /// (Bazel's `SymlinkAction`, `SolibSymlinkAction`; "may insensitively propagate inputs").
    Symlink,
    /// An action template: its output is a tree whose files are the outputs of its expansion
    /// actions, which are its inputs. Made by the build tool, asks no cache
    /// (`ActionTemplateExpansionFunction`).
    Template,
    /// Buck2's `dynamic_output`: its output is bound to an artifact that another action, known only
    /// later, writes. Made by the build tool, asks no cache.
    Redirect,
}

/// What an artifact is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ArtifactKind {
    /// Checked out, never requested from a cache.
    Source,
    /// A file that an action writes.
    Derived,
    /// A directory that an action writes, whose files are known only afterwards.
    Tree,
    /// A file inside a tree; its producer is the tree's, unless an expansion action of a template
    /// writes it.
    TreeFile,
    /// Under the output tree, but no action of the graph produces it: an export is missing. Planned
    /// like a source.
    UnknownGenerated,
}

/// The build graph. Immutable; made by [`GraphBuilder`](super::GraphBuilder). Holds no cycle, and
/// every derived artifact has one producer.
#[derive(Clone, PartialEq, Debug)]
pub struct Graph {
    pub(super) texts: Texts,
    pub(super) blobs: Blobs,
    pub(super) actions: ActionColumns,
    pub(super) artifacts: ArtifactColumns,
    /// Files of tree artifacts, by ascending tree.
    pub(super) trees: Vec<(ArtifactId, Box<[ArtifactId]>)>,
    /// Actions in ascending order of their key's id, those without a key left out.
    pub(super) by_key: Vec<ActionId>,
    /// All actions, producers before consumers; ties by id.
    pub(super) topological: Vec<ActionId>,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct ActionColumns {
    pub label: Vec<TextId>,
    pub mnemonic: Vec<TextId>,
    pub kind: Vec<ActionKind>,
    /// `u32::MAX` where absent, for this and the next three.
    pub key: Vec<u32>,
    pub command: Vec<u32>,
    /// Empty where no action has any, as is the next: a plan asks for them with each hit, and most
    /// exports tell none.
    pub stdout: Vec<u32>,
    pub stderr: Vec<u32>,
    /// `u32::MAX` where unknown.
    pub duration_ms: Vec<u32>,
    /// How many of the inputs have a producer: a plan starts with that of each action.
    pub n_produced_inputs: Vec<u32>,
    pub input_ends: Vec<u32>,
    pub inputs: Vec<ArtifactId>,
    pub output_ends: Vec<u32>,
    pub outputs: Vec<ArtifactId>,
}

impl ActionColumns {
    /// Columns with room for `n` actions, no inputs and no outputs.
    pub fn with_capacity(n: usize) -> Self {
        Self {
            label: Vec::with_capacity(n),
            mnemonic: Vec::with_capacity(n),
            kind: Vec::with_capacity(n),
            key: Vec::with_capacity(n),
            command: Vec::with_capacity(n),
            stdout: Vec::with_capacity(n),
            stderr: Vec::with_capacity(n),
            duration_ms: Vec::with_capacity(n),
            n_produced_inputs: Vec::new(),
            input_ends: Vec::with_capacity(n),
            inputs: Vec::new(),
            output_ends: Vec::with_capacity(n),
            outputs: Vec::new(),
        }
    }
}

#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct ArtifactColumns {
    pub path: Vec<TextId>,
    pub kind: Vec<ArtifactKind>,
    /// `u32::MAX` where absent, for this and the next.
    pub producer: Vec<u32>,
    pub blob: Vec<u32>,
    pub consumer_ends: Vec<u32>,
    pub consumers: Vec<ActionId>,
    /// Bit per artifact: Bazel keeps it in memory and so fetches it in every mode (`.d` of
    /// CppCompile, `.jdeps`).
    pub in_memory: super::IdSet<ArtifactId>,
}

pub(super) const NONE: u32 = u32::MAX;

impl Graph {
    /// How many actions there are.
    pub fn n_actions(&self) -> usize {
        self.actions.label.len()
    }

    /// How many artifacts there are, files of trees included.
    pub fn n_artifacts(&self) -> usize {
        self.artifacts.path.len()
    }

    /// How many inputs all actions have together.
    pub fn n_edges(&self) -> usize {
        self.actions.inputs.len()
    }

    /// How many artifacts are sources.
    pub fn n_sources(&self) -> usize {
        self.artifacts.kind.iter().filter(|k| **k == ArtifactKind::Source).count()
    }

    /// All actions by ascending id.
    pub fn action_ids(
        &self,
    ) -> impl DoubleEndedIterator<Item = ActionId> + ExactSizeIterator + use<> {
        (0..self.n_actions()).map(ActionId::at)
    }

    /// All artifacts by ascending id.
    pub fn artifact_ids(
        &self,
    ) -> impl DoubleEndedIterator<Item = ArtifactId> + ExactSizeIterator + use<> {
        (0..self.n_artifacts()).map(ArtifactId::at)
    }

    /// All actions, producers before consumers.
    pub fn topological(&self) -> &[ActionId] {
        &self.topological
    }

    /// The artifacts that `action` reads, each once, in the order of the export.
    pub fn inputs(&self, action: ActionId) -> &[ArtifactId] {
        row(&self.actions.input_ends, &self.actions.inputs, action.index())
    }

    /// By action: how many of its inputs have a producer.
    pub fn n_produced_inputs(&self) -> &[u32] {
        &self.actions.n_produced_inputs
    }

    /// The artifacts that `action` declares to write, in the order of the export; files of trees
    /// are not among them.
    pub fn outputs(&self, action: ActionId) -> &[ArtifactId] {
        row(&self.actions.output_ends, &self.actions.outputs, action.index())
    }

    /// The actions that read `artifact`, ascending.
    pub fn consumers(&self, artifact: ArtifactId) -> &[ActionId] {
        row(&self.artifacts.consumer_ends, &self.artifacts.consumers, artifact.index())
    }

    /// The action that writes `artifact`; for a file of a tree the producer of the tree, unless the
    /// file has one of its own.
    pub fn producer(&self, artifact: ArtifactId) -> Option<ActionId> {
        id(self.artifacts.producer[artifact.index()])
    }

    /// What `artifact` leads to, where a symlink or a redirect makes it: the input of that action
    /// at its place among the outputs, else the first.
    pub fn link_target(&self, artifact: ArtifactId) -> Option<ArtifactId> {
        let link = self.producer(artifact)?;
        if !matches!(self.action_kind(link), ActionKind::Symlink | ActionKind::Redirect) {
            return None;
        }
        let at = self.outputs(link).iter().position(|&o| o == artifact).unwrap_or(0);
        let inputs = self.inputs(link);
        inputs.get(at).or(inputs.first()).copied()
    }

    /// The files of the tree artifact `artifact`, empty for others and for trees not known.
    pub fn tree_files(&self, artifact: ArtifactId) -> &[ArtifactId] {
        if self.trees.is_empty() {
            return &[];
        }
        let found = self.trees.binary_search_by_key(&artifact, |t| t.0);
        found.map_or(&[], |i| &self.trees[i].1)
    }

    /// The target that `action` belongs to, such as `//:a`; empty where no export names it.
    pub fn label(&self, action: ActionId) -> &str {
        self.texts.get(self.label_id(action))
    }

    /// The interned label of `action`.
    pub fn label_id(&self, action: ActionId) -> TextId {
        self.actions.label[action.index()]
    }

    /// What sort of action it is, such as `Genrule`.
    pub fn mnemonic(&self, action: ActionId) -> &str {
        self.texts.get(self.mnemonic_id(action))
    }

    /// The interned mnemonic of `action`.
    pub fn mnemonic_id(&self, action: ActionId) -> TextId {
        self.actions.mnemonic[action.index()]
    }

    /// How `action` comes by its outputs.
    pub fn action_kind(&self, action: ActionId) -> ActionKind {
        self.actions.kind[action.index()]
    }

    /// Whether every action runs a command.
    pub fn has_spawns_only(&self) -> bool {
        self.actions.kind.iter().all(|&kind| kind == ActionKind::Spawn)
    }

    /// How long `action` takes to execute, where an export told it.
    pub fn duration_ms(&self, action: ActionId) -> Option<u32> {
        Some(self.actions.duration_ms[action.index()]).filter(|&ms| ms != NONE)
    }

    /// The digests that belong to `action`, before any edit.
    pub fn digests(&self, action: ActionId) -> ActionDigests {
        let (columns, i) = (&self.actions, action.index());
        let [stdout, stderr] = self.std_outputs(action);
        ActionDigests { key: id(columns.key[i]), command: id(columns.command[i]), stdout, stderr }
    }

    /// Standard output and error of `action`, before any edit.
    pub fn std_outputs(&self, action: ActionId) -> [Option<BlobId>; 2] {
        let of = |column: &[u32]| id(*column.get(action.index())?);
        [of(&self.actions.stdout), of(&self.actions.stderr)]
    }

    /// The AC key of `action`, before any edit.
    pub fn key(&self, action: ActionId) -> Option<BlobId> {
        id(self.actions.key[action.index()])
    }

    /// The action whose AC key is `key`, before any edit.
    pub fn action_of_key(&self, key: BlobId) -> Option<ActionId> {
        let found = self.by_key.binary_search_by_key(&key.0, |a| self.actions.key[a.index()]);
        found.ok().map(|i| self.by_key[i])
    }

    /// The path of `artifact`, as the build tool names it (`bazel-out/k8-fastbuild/bin/a.txt`).
    pub fn path(&self, artifact: ArtifactId) -> &str {
        self.texts.get(self.path_id(artifact))
    }

    /// The interned path of `artifact`.
    pub fn path_id(&self, artifact: ArtifactId) -> TextId {
        self.artifacts.path[artifact.index()]
    }

    /// What `artifact` is.
    pub fn artifact_kind(&self, artifact: ArtifactId) -> ArtifactKind {
        self.artifacts.kind[artifact.index()]
    }

    /// The content of `artifact` before any edit, where known; for a tree its `Tree` message.
    pub fn blob(&self, artifact: ArtifactId) -> Option<BlobId> {
        id(self.artifacts.blob[artifact.index()])
    }

    /// Whether Bazel keeps `artifact` in memory and so fetches it in every download mode.
    pub fn is_in_memory(&self, artifact: ArtifactId) -> bool {
        self.artifacts.in_memory.contains(artifact)
    }

    /// All digests that graph and cache speak of.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// All labels, paths and mnemonics.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The artifacts whose content is `blob`, ascending: a scan, for inspection, not for planning.
    pub fn artifacts_of_blob(&self, blob: BlobId) -> impl Iterator<Item = ArtifactId> + '_ {
        self.artifact_ids().filter(move |&a| self.blob(a) == Some(blob))
    }

    /// Size of the graph in bytes, texts left out.
    pub fn n_bytes(&self) -> usize {
        let (a, f) = (&self.actions, &self.artifacts);
        let words = a.label.len() * 6
            + a.stdout.len()
            + a.stderr.len()
            + a.input_ends.len()
            + a.inputs.len()
            + a.output_ends.len()
            + a.outputs.len();
        let more = f.path.len() * 3 + f.consumer_ends.len() + f.consumers.len();
        let orders = self.by_key.len() + self.topological.len();
        let trees: usize = self.trees.iter().map(|t| 24 + t.1.len() * 4).sum();
        (words + more + orders) * 4
            + a.kind.len()
            + f.kind.len() * 9 / 8
            + trees
            + self.blobs.len() * 41
    }

    /// Fills in what follows from the other columns: consumers, how many inputs are produced, and
    /// the search by key.
    pub(super) fn derive_indices(&mut self) {
        let n = self.artifacts.path.len();
        let mut ends = vec![0u32; n + 1];
        for input in &self.actions.inputs {
            ends[input.index() + 1] += 1;
        }
        for i in 0..n {
            ends[i + 1] += ends[i];
        }
        let mut consumers = vec![ActionId(0); self.actions.inputs.len()];
        for action in self.action_ids() {
            for input in self.inputs(action) {
                // The start of each row moves on to the start of the next.
                consumers[ends[input.index()] as usize] = action;
                ends[input.index()] += 1;
            }
        }
        // A bit each fits in a processor's cache where the column of producers does not.
        let produced: super::IdSet<ArtifactId> =
            self.artifact_ids().filter(|&artifact| self.producer(artifact).is_some()).collect();
        let is_produced = |&&input: &&ArtifactId| produced.contains(input);
        let n_produced = |action| self.inputs(action).iter().filter(is_produced).count() as u32;
        let n_produced_inputs = self.action_ids().map(n_produced).collect();
        self.actions.n_produced_inputs = n_produced_inputs;
        for column in [&mut self.actions.stdout, &mut self.actions.stderr] {
            if column.iter().all(|&blob| blob == NONE) {
                *column = Vec::new();
            }
        }
        ends.truncate(n);
        self.artifacts.consumer_ends = ends;
        self.artifacts.consumers = consumers;
        let keys = &self.actions.key;
        let mut by_key: Vec<ActionId> =
            self.action_ids().filter(|a| keys[a.index()] != NONE).collect();
        by_key.sort_by_key(|a| keys[a.index()]);
        self.by_key = by_key;
    }
}

pub(super) fn row<'a, T>(ends: &[u32], all: &'a [T], i: usize) -> &'a [T] {
    let start = if i == 0 { 0 } else { ends[i - 1] as usize };
    &all[start..ends[i] as usize]
}

fn id<I: Id>(raw: u32) -> Option<I> {
    (raw != NONE).then(|| I::at(raw as usize))
}
