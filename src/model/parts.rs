//! A graph as plain columns, for writing it out and reading it back.
//!
//! What is read back may come from anywhere, so everything that the rest of the program relies on
//! is checked here; what follows from other columns is derived anew.

use super::blobs::BlobsBuilder;
use super::digest::{Digest, DigestFunction};
use super::graph::{ActionColumns, ActionKind, ArtifactColumns, ArtifactKind, Graph, NONE, row};
use super::ids::{ArtifactId, Id};
use super::texts::Texts;

/// The columns of a [`Graph`]. Ids are `u32`, absent ones `u32::MAX`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GraphParts {
    /// All texts, one after the other.
    pub text_arena: String,
    /// End of each text in the arena.
    pub text_ends: Vec<u32>,
    /// Function of each digest, as its place in [`DigestFunction::ALL`].
    pub blob_functions: Vec<u8>,
    /// Bytes of the digests, one after the other.
    pub blob_bytes: Vec<u8>,
    /// Sizes in bytes, `u64::MAX` where unknown.
    pub blob_sizes: Vec<u64>,
    /// Per action: text of the label.
    pub labels: Vec<u32>,
    /// Per action: text of the mnemonic.
    pub mnemonics: Vec<u32>,
    /// Per action: 0 spawn, 1 internal, 2 symlink.
    pub action_kinds: Vec<u8>,
    /// Per action: blob of the AC key.
    pub keys: Vec<u32>,
    /// Per action: blob of the Command.
    pub commands: Vec<u32>,
    /// Per action: blob of the standard output.
    pub stdouts: Vec<u32>,
    /// Per action: blob of the standard error.
    pub stderrs: Vec<u32>,
    /// Per action: duration in milliseconds.
    pub durations_ms: Vec<u32>,
    /// Per action: end of its row in `inputs`.
    pub input_ends: Vec<u32>,
    /// Artifacts read.
    pub inputs: Vec<u32>,
    /// Per action: end of its row in `outputs`.
    pub output_ends: Vec<u32>,
    /// Artifacts written.
    pub outputs: Vec<u32>,
    /// Per artifact: text of the path.
    pub paths: Vec<u32>,
    /// Per artifact: 0 source, 1 derived, 2 tree, 3 file of a tree, 4 unknown generated.
    pub artifact_kinds: Vec<u8>,
    /// Per artifact: its content.
    pub artifact_blobs: Vec<u32>,
    /// Artifacts kept in memory, ascending.
    pub in_memory: Vec<u32>,
    /// Trees whose files are known, ascending.
    pub trees: Vec<u32>,
    /// Per tree: end of its row in `tree_files`.
    pub tree_ends: Vec<u32>,
    /// Files of trees.
    pub tree_files: Vec<u32>,
    /// All actions, producers before consumers.
    pub topological: Vec<u32>,
}

/// Why columns make no graph.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the column of {column} does not hold together: {why}")]
pub struct PartsError {
    /// Which column.
    pub column: &'static str,
    /// What was found.
    pub why: &'static str,
}

pub(super) const ACTION_KINDS: [ActionKind; 5] = [
    ActionKind::Spawn,
    ActionKind::Internal,
    ActionKind::Symlink,
    ActionKind::Template,
    ActionKind::Redirect,
];

pub(super) const ARTIFACT_KINDS: [ArtifactKind; 5] = [
    ArtifactKind::Source,
    ArtifactKind::Derived,
    ArtifactKind::Tree,
    ArtifactKind::TreeFile,
    ArtifactKind::UnknownGenerated,
];

impl Graph {
    /// The columns that make this graph.
    pub fn to_parts(&self) -> GraphParts {
        let (a, f) = (&self.actions, &self.artifacts);
        let (arena, ends) = self.texts.parts();
        let mut parts = GraphParts {
            text_arena: arena.to_owned(),
            text_ends: ends.to_vec(),
            labels: raw(&a.label),
            mnemonics: raw(&a.mnemonic),
            action_kinds: a.kind.iter().map(|k| code(&ACTION_KINDS, k)).collect(),
            keys: a.key.clone(),
            commands: a.command.clone(),
            stdouts: whole(&a.stdout, self.n_actions()),
            stderrs: whole(&a.stderr, self.n_actions()),
            durations_ms: a.duration_ms.clone(),
            input_ends: a.input_ends.clone(),
            inputs: raw(&a.inputs),
            output_ends: a.output_ends.clone(),
            outputs: raw(&a.outputs),
            paths: raw(&f.path),
            artifact_kinds: f.kind.iter().map(|k| code(&ARTIFACT_KINDS, k)).collect(),
            artifact_blobs: f.blob.clone(),
            in_memory: f.in_memory.iter().map(|a| a.0).collect(),
            topological: raw(&self.topological),
            ..GraphParts::default()
        };
        for id in self.blobs.ids() {
            let blob = self.blobs.get(id);
            parts.blob_functions.push(code(&DigestFunction::ALL, &blob.digest.function()));
            parts.blob_bytes.extend_from_slice(blob.digest.bytes());
            parts.blob_sizes.push(blob.size_bytes.unwrap_or(u64::MAX));
        }
        for (tree, files) in &self.trees {
            parts.trees.push(tree.0);
            parts.tree_files.extend(files.iter().map(|file| file.0));
            parts.tree_ends.push(parts.tree_files.len() as u32);
        }
        parts
    }

    /// The graph that `parts` make, if they make one.
    pub fn from_parts(parts: GraphParts) -> Result<Self, PartsError> {
        parts.check_lengths()?;
        parts.check_ids()?;
        parts.check_rows()?;
        let producer = parts.producers()?;
        parts.check_order(&producer)?;
        let blobs = parts.blobs()?;
        let texts = Texts::from_parts(parts.text_arena, parts.text_ends)
            .ok_or_else(|| error("texts", "the ends do not cut the arena"))?;
        let mut in_memory = super::IdSet::default();
        for &artifact in &parts.in_memory {
            in_memory.insert(ArtifactId(artifact));
        }
        let rows = parts.trees.iter().enumerate();
        let trees = rows.map(|(i, &tree)| {
            let files = row(&parts.tree_ends, &parts.tree_files, i);
            (ArtifactId(tree), files.iter().map(|&file| ArtifactId(file)).collect())
        });
        let mut graph = Self {
            texts,
            blobs,
            trees: trees.collect(),
            by_key: Vec::new(),
            topological: ids(&parts.topological),
            actions: ActionColumns {
                label: ids(&parts.labels),
                mnemonic: ids(&parts.mnemonics),
                kind: decode("action kinds", &ACTION_KINDS, &parts.action_kinds)?,
                key: parts.keys,
                command: parts.commands,
                stdout: parts.stdouts,
                stderr: parts.stderrs,
                duration_ms: parts.durations_ms,
                n_produced_inputs: Vec::new(),
                input_ends: parts.input_ends,
                inputs: ids(&parts.inputs),
                output_ends: parts.output_ends,
                outputs: ids(&parts.outputs),
            },
            artifacts: ArtifactColumns {
                path: ids(&parts.paths),
                kind: decode("artifact kinds", &ARTIFACT_KINDS, &parts.artifact_kinds)?,
                producer,
                blob: parts.artifact_blobs,
                in_memory,
                ..ArtifactColumns::default()
            },
        };
        graph.derive_indices();
        Ok(graph)
    }
}

impl GraphParts {
    fn check_lengths(&self) -> Result<(), PartsError> {
        let n = self.labels.len();
        let per_action = [
            self.mnemonics.len(),
            self.action_kinds.len(),
            self.keys.len(),
            self.commands.len(),
            self.stdouts.len(),
            self.stderrs.len(),
            self.durations_ms.len(),
            self.input_ends.len(),
            self.output_ends.len(),
            self.topological.len(),
        ];
        check(per_action.iter().all(|&len| len == n), "actions", "columns differ in length")?;
        let n = self.paths.len();
        let same = self.artifact_kinds.len() == n && self.artifact_blobs.len() == n;
        check(same, "artifacts", "columns differ in length")?;
        let n = self.blob_functions.len();
        check(self.blob_sizes.len() == n, "blobs", "columns differ in length")?;
        check(self.trees.len() == self.tree_ends.len(), "trees", "columns differ in length")
    }

    fn check_ids(&self) -> Result<(), PartsError> {
        let (texts, blobs) = (self.text_ends.len(), self.blob_functions.len());
        let (actions, artifacts) = (self.labels.len(), self.paths.len());
        below("labels", &self.labels, texts)?;
        below("mnemonics", &self.mnemonics, texts)?;
        below("paths", &self.paths, texts)?;
        below("inputs", &self.inputs, artifacts)?;
        below("outputs", &self.outputs, artifacts)?;
        below("artifacts in memory", &self.in_memory, artifacts)?;
        below("trees", &self.trees, artifacts)?;
        below("files of trees", &self.tree_files, artifacts)?;
        below("the order", &self.topological, actions)?;
        for column in
            [&self.keys, &self.commands, &self.stdouts, &self.stderrs, &self.artifact_blobs]
        {
            let fits = column.iter().all(|&id| id == NONE || (id as usize) < blobs);
            check(fits, "digests", "an id is too large")?;
        }
        let mut seen = vec![false; texts];
        let again = |&path: &u32| std::mem::replace(&mut seen[path as usize], true);
        check(!self.paths.iter().any(again), "paths", "two artifacts have one path")
    }

    fn check_rows(&self) -> Result<(), PartsError> {
        cuts("inputs", &self.input_ends, self.inputs.len())?;
        cuts("outputs", &self.output_ends, self.outputs.len())?;
        cuts("files of trees", &self.tree_ends, self.tree_files.len())?;
        let rising = self.trees.windows(2).all(|w| w[0] < w[1]);
        check(rising, "trees", "they are not in order")?;
        let mut seen = vec![NONE; self.paths.len()];
        for action in 0..self.labels.len() {
            for &input in row(&self.input_ends, &self.inputs, action) {
                let before = std::mem::replace(&mut seen[input as usize], action as u32);
                check(before != action as u32, "inputs", "an action reads one artifact twice")?;
            }
        }
        Ok(())
    }

    /// Producer of each artifact, from outputs and trees.
    fn producers(&self) -> Result<Vec<u32>, PartsError> {
        let mut producer = vec![NONE; self.paths.len()];
        for action in 0..self.labels.len() {
            for &output in row(&self.output_ends, &self.outputs, action) {
                let before = std::mem::replace(&mut producer[output as usize], action as u32);
                check(before == NONE, "outputs", "two actions write one artifact")?;
            }
        }
        for (i, &tree) in self.trees.iter().enumerate() {
            for &file in row(&self.tree_ends, &self.tree_files, i) {
                // The expansion actions of a template write the files of its tree themselves.
                if producer[file as usize] == NONE {
                    producer[file as usize] = producer[tree as usize];
                }
            }
        }
        Ok(producer)
    }

    /// Checks that the order has every action once, producers first: so there is no cycle.
    fn check_order(&self, producer: &[u32]) -> Result<(), PartsError> {
        let mut done = vec![false; self.labels.len()];
        for &action in &self.topological {
            for &input in row(&self.input_ends, &self.inputs, action as usize) {
                let from = producer[input as usize];
                let ready = from == NONE || done[from as usize];
                check(ready, "the order", "a consumer comes before its producer")?;
            }
            let again = std::mem::replace(&mut done[action as usize], true);
            check(!again, "the order", "an action comes twice")?;
        }
        Ok(())
    }

    fn blobs(&self) -> Result<super::Blobs, PartsError> {
        let mut builder = BlobsBuilder::default();
        let mut rest = self.blob_bytes.as_slice();
        let functions = decode("digests", &DigestFunction::ALL, &self.blob_functions)?;
        for (function, &size) in functions.into_iter().zip(&self.blob_sizes) {
            let digest = rest.split_at_checked(function.n_bytes()).and_then(|(bytes, after)| {
                rest = after;
                Digest::new(function, bytes)
            });
            let digest = digest.ok_or_else(|| error("digests", "bytes are short"))?;
            builder.intern(digest, Some(size).filter(|&s| s != u64::MAX));
        }
        check(rest.is_empty(), "digests", "bytes are left over")?;
        check(builder.len() == self.blob_functions.len(), "digests", "a digest comes twice")?;
        Ok(builder.finish())
    }
}

fn error(column: &'static str, why: &'static str) -> PartsError {
    PartsError { column, why }
}

fn check(holds: bool, column: &'static str, why: &'static str) -> Result<(), PartsError> {
    if holds { Ok(()) } else { Err(error(column, why)) }
}

fn below(column: &'static str, ids: &[u32], n: usize) -> Result<(), PartsError> {
    check(ids.iter().all(|&id| (id as usize) < n), column, "an id is too large")
}

fn cuts(column: &'static str, ends: &[u32], len: usize) -> Result<(), PartsError> {
    let rising = ends.windows(2).all(|w| w[0] <= w[1]);
    let whole = ends.last().map_or(0, |&end| end as usize) == len;
    check(rising && whole, column, "the ends do not cut it into rows")
}

pub(super) fn code<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|x| x == one).map_or(u8::MAX, |i| i as u8)
}

fn decode<T: Copy>(column: &'static str, all: &[T], codes: &[u8]) -> Result<Vec<T>, PartsError> {
    let known = |&code: &u8| all.get(usize::from(code)).copied();
    codes.iter().map(known).collect::<Option<_>>().ok_or_else(|| error(column, "an unknown kind"))
}

/// A column of `n`, also where no action has any.
fn whole(column: &[u32], n: usize) -> Vec<u32> {
    if column.is_empty() { vec![NONE; n] } else { column.to_vec() }
}

fn raw<I: Id>(ids: &[I]) -> Vec<u32> {
    ids.iter().map(|id| id.index() as u32).collect()
}

fn ids<I: Id>(raw: &[u32]) -> Vec<I> {
    raw.iter().map(|&id| I::at(id as usize)).collect()
}
