//! Actions from execution logs.

use std::collections::HashSet;

use super::{Merger, Side, Sources};
use crate::import::log_facts::{ExecLogFacts, LoggedSpawn, LoggedSymlink};
use crate::model::{
    ActionDigests, ActionId, ActionKind, ActionSpec, ArtifactId, ArtifactKind, BlobId, Fact,
};

/// A log's own ids in terms of the merged graph.
struct Joined {
    blobs: Vec<BlobId>,
    files: Vec<ArtifactId>,
}

impl Merger {
    /// Adds the spawns of all logs.
    pub(super) fn add_logs(&mut self, sources: &Sources) {
        for (i, log) in sources.logs.iter().enumerate() {
            self.told.by(sources.files.logs[i]);
            let joined = self.join(log);
            for (j, spawn) in log.spawns.iter().enumerate() {
                self.add_spawn(log, &joined, spawn, (i, j));
            }
        }
    }

    fn join(&mut self, log: &ExecLogFacts) -> Joined {
        let blobs = log.blobs.ids().map(|id| log.blobs.get(id));
        let blobs: Vec<BlobId> = blobs.map(|b| self.intern(b.digest, b.size_bytes)).collect();
        let mut files = Vec::with_capacity(log.files.len());
        for file in &log.files {
            let artifact = self.artifact(log.texts.get(file.path));
            if let Some(blob) = file.blob {
                self.set_blob(artifact, blobs[blob.0 as usize], false);
            }
            files.push(artifact);
        }
        Joined { blobs, files }
    }

    fn add_spawn(
        &mut self,
        log: &ExecLogFacts,
        joined: &Joined,
        spawn: &LoggedSpawn,
        at: (usize, usize),
    ) {
        let artifact = |&file: &u32| joined.files[file as usize];
        let mut outputs: Vec<ArtifactId> = spawn.outputs.iter().map(artifact).collect();
        let mut inputs: Vec<ArtifactId> = spawn.inputs.iter().map(artifact).collect();
        for &tree in &spawn.output_trees {
            outputs.push(self.tree(log, joined, tree));
        }
        // As logs in JSON list them; the compact log has them as declared.
        outputs.sort_by(|&a, &b| self.builder.path(a).cmp(self.builder.path(b)));
        for &tree in &spawn.input_trees {
            // An empty directory has no file that would stand for it.
            let directory = self.tree(log, joined, tree);
            if log.trees[tree as usize].files.is_empty() {
                inputs.push(directory);
            }
        }
        let spec = ActionSpec {
            label: log.texts.get(spawn.label).to_owned(),
            mnemonic: log.texts.get(spawn.mnemonic).to_owned(),
            kind: ActionKind::Spawn,
            inputs,
            outputs,
            digests: ActionDigests {
                key: spawn
                    .key
                    .filter(|_| spawn.remote_cacheable)
                    .map(|k| joined.blobs[k.0 as usize]),
                ..ActionDigests::default()
            },
            duration_ms: spawn.duration_ms,
        };
        let side =
            Side { spawn: Some(at), succeeded: spawn.succeeded, cacheable: spawn.remote_cacheable };
        let first = spec.outputs.first().and_then(|o| self.by_output.get(o)).copied();
        let again = first.filter(|&a| {
            let known = self.builder.get_action(a);
            known.mnemonic == spec.mnemonic && known.outputs.first() == spec.outputs.first()
        });
        match again {
            Some(known) => self.log_again(known, spec, side),
            None => {
                self.add_action(spec, side, Some(at.1 + 1));
            }
        }
        if spawn.succeeded {
            self.set_outputs(log, joined, spawn);
        }
    }

    /// What a spawn that ended well wrote is what the artifacts contain.
    fn set_outputs(&mut self, log: &ExecLogFacts, joined: &Joined, spawn: &LoggedSpawn) {
        let trees = spawn.output_trees.iter().flat_map(|&t| &log.trees[t as usize].files);
        for &file in spawn.outputs.iter().chain(trees) {
            let blob = log.files[file as usize].blob.map(|b| joined.blobs[b.0 as usize]);
            let artifact = joined.files[file as usize];
            if let Some(blob) = blob {
                self.set_blob(artifact, blob, true);
            }
        }
    }

    /// A spawn logged before: a test that is tried again, another attempt of the build, the same
    /// build logged twice. The last that ended well counts.
    fn log_again(&mut self, known: ActionId, new: ActionSpec, side: Side) {
        let before = self.sides[known.0 as usize];
        let wins = side.succeeded || !before.succeeded;
        let old = self.builder.get_action_mut(known);
        let has: HashSet<ArtifactId> = old.outputs.iter().copied().collect();
        let more: Vec<_> = new.outputs.into_iter().filter(|o| !has.contains(o)).collect();
        old.outputs.extend(&more);
        if old.label.is_empty() {
            old.label = new.label;
        }
        let has_duration = old.duration_ms.is_none() && new.duration_ms.is_some();
        old.duration_ms = old.duration_ms.or(new.duration_ms);
        let (key, old_key) = (new.digests.key, old.digests.key);
        if wins {
            old.inputs = new.inputs;
            old.digests.key = key.or(old_key);
            self.sides[known.0 as usize] = side;
        }
        self.told.tell(Fact::Action(known));
        if has_duration {
            self.told.tell(Fact::Duration(known));
        }
        match key {
            Some(key) if old_key == Some(key) => self.told.tell(Fact::Key(known)),
            Some(_) if wins => self.told.retell(Fact::Key(known)),
            _ => {}
        }
        for output in more {
            self.by_output.entry(output).or_insert(known);
        }
    }

    /// The artifact of a logged directory, with its files.
    fn tree(&mut self, log: &ExecLogFacts, joined: &Joined, tree: u32) -> ArtifactId {
        let tree = &log.trees[tree as usize];
        let path = log.texts.get(tree.path);
        let directory = self.artifact(path);
        if super::is_generated(path) {
            self.builder.set_kind(directory, ArtifactKind::Tree);
            let files = tree.files.iter().map(|&file| joined.files[file as usize]);
            self.add_tree_files(directory, files);
        }
        directory
    }

    /// Adds files to a directory, each once.
    pub(super) fn add_tree_files(
        &mut self,
        tree: ArtifactId,
        files: impl Iterator<Item = ArtifactId>,
    ) {
        let known = self.trees.entry(tree).or_default();
        let mut has: HashSet<ArtifactId> = known.iter().copied().collect();
        known.extend(files.filter(|&file| has.insert(file)));
    }

    /// Adds the symlinks of compact logs whose outputs nothing else produces.
    pub(super) fn add_logged_symlinks(&mut self, sources: &Sources) {
        for (log, &file) in sources.logs.iter().zip(&sources.files.logs) {
            self.told.by(file);
            for link in &log.symlinks {
                self.add_logged_symlink(log, link);
            }
        }
    }

    fn add_logged_symlink(&mut self, log: &ExecLogFacts, link: &LoggedSymlink) {
        let output = self.artifact(log.texts.get(link.output));
        if self.by_output.contains_key(&output) {
            return;
        }
        let spec = ActionSpec {
            label: log.texts.get(link.label).to_owned(),
            mnemonic: log.texts.get(link.mnemonic).to_owned(),
            kind: ActionKind::Symlink,
            inputs: vec![self.artifact(log.texts.get(link.input))],
            outputs: vec![output],
            digests: ActionDigests::default(),
            duration_ms: None,
        };
        self.add_action(spec, Side::default(), None);
    }
}
