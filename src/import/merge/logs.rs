//! Actions from execution logs.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::{Merger, Side, Sources};
use crate::import::input_sets::{InputSets, InputWalk, Member};
use crate::import::log_facts::{ExecLogFacts, LoggedSpawn, LoggedSymlink, LoggedTree};
use crate::model::{
    ActionDigests, ActionId, ActionKind, ArtifactId, ArtifactKind, BlobId, DraftAction, Fact, Id,
    TextId, Texts, TextsBuilder,
};

/// Spawns, and files, between two moments at which a merge can be broken off.
const HEARD_SPAWNS: usize = 1024;
const HEARD_FILES: usize = 1 << 16;

/// Spawns that are given back together.
const PIECE_SPAWNS: usize = 4096;

/// Gives out `spawns` so that those that were given out take no room any more: actions come in
/// their place, one by one.
fn in_pieces(mut spawns: Vec<LoggedSpawn>) -> impl Iterator<Item = LoggedSpawn> {
    let mut pieces = Vec::with_capacity(spawns.len() / PIECE_SPAWNS + 1);
    while spawns.len() > PIECE_SPAWNS {
        pieces.push(spawns.split_off((spawns.len() - 1) / PIECE_SPAWNS * PIECE_SPAWNS));
    }
    spawns.shrink_to_fit();
    pieces.push(spawns);
    pieces.into_iter().rev().flatten()
}

/// A log's own ids in terms of the merged graph. The first log's texts and digests are the merged
/// graph's own, so that none is ever there twice.
struct Joined {
    /// None: they are the same.
    blobs: Option<Vec<BlobId>>,
    /// Artifact and the log's own content of each file.
    files: Vec<(ArtifactId, Option<BlobId>)>,
    /// The log's texts; none if they are the graph's.
    texts: Option<TextsBuilder>,
    trees: Vec<LoggedTree>,
}

impl Joined {
    fn blob(&self, blob: BlobId) -> BlobId {
        self.blobs.as_ref().map_or(blob, |blobs| blobs[blob.index()])
    }
}

impl Merger {
    /// Adds the spawns of all logs, of which little is left afterwards.
    pub(super) fn add_logs(
        &mut self,
        logs: &mut [ExecLogFacts],
        sources: &Sources,
        hear: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<()> {
        for (i, log) in logs.iter_mut().enumerate() {
            self.told.by(sources.files.logs[i]);
            let joined = self.join(log, hear)?;
            let sets = std::mem::take(&mut log.sets);
            let mut walk = InputWalk::default();
            let mut members = Vec::new();
            self.rebuilt.push(std::mem::take(&mut log.rebuilt));
            let spawns = std::mem::take(&mut log.spawns);
            self.builder.expect_actions(spawns.len() + log.symlinks.len());
            self.sides.reserve_exact(spawns.len() + log.symlinks.len());
            for (j, spawn) in in_pieces(spawns).enumerate() {
                members.clear();
                if let Some(set) = spawn.inputs {
                    sets.each(set, &mut walk, |member| members.push(member));
                }
                self.add_spawn(&joined, &spawn, &sets, &members, (i, j));
                if j.is_multiple_of(HEARD_SPAWNS) {
                    hear().continue_value()?;
                }
            }
            let symlinks = std::mem::take(&mut log.symlinks).into_iter();
            let symlinks = symlinks.map(|link| self.own_symlink(&joined, link)).collect();
            self.symlinks.push(symlinks);
        }
        Some(())
    }

    fn join(
        &mut self,
        log: &mut ExecLogFacts,
        hear: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Joined> {
        let is_first = self.builder.texts.len() <= 1 && self.builder.blobs.is_empty();
        let (mut texts, mut blobs) = (None, None);
        let (own_texts, own_blobs) =
            (std::mem::take(&mut log.texts), std::mem::take(&mut log.blobs));
        if is_first {
            (self.builder.texts, self.builder.blobs) = (own_texts, own_blobs);
            // Often nothing is looked for any more.
            self.builder.texts.rest();
            self.builder.blobs.rest();
            for id in self.builder.blobs.ids() {
                if self.builder.blobs.get(id).size_bytes.is_some() {
                    self.told.tell(Fact::Size(id));
                }
            }
        } else {
            let all = own_blobs.ids().map(|id| own_blobs.get(id));
            let all = all.map(|b| self.intern(b.digest, b.size_bytes));
            (texts, blobs) = (Some(own_texts), Some(all.collect()));
        }
        let trees = std::mem::take(&mut log.trees);
        let mut joined = Joined { blobs, files: Vec::new(), texts, trees };
        // Collected where the log had them: no list of as many files comes on top.
        let files = std::mem::take(&mut log.files).into_iter().enumerate().map(|(i, file)| {
            if i.is_multiple_of(HEARD_FILES) {
                hear().continue_value()?;
            }
            let artifact = self.logged_artifact(&joined, file.path);
            if let Some(blob) = file.blob {
                self.set_blob(artifact, joined.blob(blob), false);
            }
            Some((artifact, file.blob))
        });
        joined.files = files.collect::<Option<_>>()?;
        Some(joined)
    }

    /// A text of a log as one of the graph.
    fn own_text(&mut self, joined: &Joined, text: TextId) -> TextId {
        match &joined.texts {
            Some(texts) => self.builder.texts.intern(texts.get(text)),
            None => text,
        }
    }

    /// The artifact at a path of a log.
    fn logged_artifact(&mut self, joined: &Joined, path: TextId) -> ArtifactId {
        let path = self.own_text(joined, path);
        self.artifact_of_text(path)
    }

    fn own_symlink(&mut self, joined: &Joined, link: LoggedSymlink) -> LoggedSymlink {
        LoggedSymlink {
            input: self.own_text(joined, link.input),
            output: self.own_text(joined, link.output),
            label: self.own_text(joined, link.label),
            mnemonic: self.own_text(joined, link.mnemonic),
        }
    }

    fn add_spawn(
        &mut self,
        joined: &Joined,
        spawn: &LoggedSpawn,
        sets: &InputSets,
        members: &[Member],
        at: (usize, usize),
    ) {
        let mut outputs: Vec<ArtifactId> = Vec::with_capacity(sets.members(spawn.outputs).count());
        for member in sets.members(spawn.outputs) {
            match member {
                Member::File(file) => outputs.push(joined.files[file as usize].0),
                Member::Tree(tree) => outputs.push(self.tree(joined, tree)),
                Member::Set(_) => {}
            }
        }
        let inputs = self.flat_inputs(joined, members);
        // As logs in JSON list them; the compact log has them as declared.
        outputs.sort_by(|&a, &b| self.builder.path(a).cmp(self.builder.path(b)));
        let spec = DraftAction {
            label: self.own_text(joined, spawn.label),
            mnemonic: self.own_text(joined, spawn.mnemonic),
            kind: ActionKind::Spawn,
            inputs,
            outputs,
            digests: ActionDigests {
                key: spawn.key.filter(|_| spawn.remote_cacheable).map(|k| joined.blob(k)),
                ..ActionDigests::default()
            },
            duration_ms: spawn.duration_ms,
        };
        let side = Side {
            spawn: Some((at.0 as u32, at.1 as u32)),
            succeeded: spawn.succeeded,
            cacheable: spawn.remote_cacheable,
        };
        let first = spec.outputs.first().and_then(|&o| self.by_output.get(o));
        let again = first.filter(|&a| {
            let known = self.builder.get_action(a);
            known.mnemonic == spec.mnemonic && known.outputs.first() == spec.outputs.first()
        });
        match again {
            Some(known) => self.log_again(known, spec, side),
            None => self.add_draft(spec, side, Some(at.1 + 1)),
        }
        if spawn.succeeded {
            self.set_outputs(joined, sets.members(spawn.outputs));
        }
    }

    /// Files and directories of a spawn as artifacts, each once, in their order.
    fn flat_inputs(&mut self, joined: &Joined, members: &[Member]) -> Vec<ArtifactId> {
        let mut met = std::mem::take(&mut self.met);
        met.start(self.builder.n_artifacts());
        for &member in members {
            match member {
                Member::File(file) => met.add(joined.files[file as usize].0),
                Member::Tree(tree) => {
                    let files = &joined.trees[tree as usize].files;
                    files.iter().for_each(|&file| met.add(joined.files[file as usize].0));
                }
                Member::Set(_) => {}
            }
        }
        for &member in members {
            let Member::Tree(tree) = member else { continue };
            // An empty directory has no file that would stand for it.
            let directory = self.tree(joined, tree);
            if joined.trees[tree as usize].files.is_empty() {
                met.list.push(directory);
            }
        }
        // A copy has no room to spare: there are as many lists as actions.
        let inputs = met.list.clone();
        self.met = met;
        inputs
    }

    /// What a spawn that ended well wrote is what the artifacts contain.
    fn set_outputs(&mut self, joined: &Joined, members: impl Iterator<Item = Member>) {
        for member in members {
            let files = match &member {
                Member::File(file) => std::slice::from_ref(file),
                Member::Tree(tree) => &joined.trees[*tree as usize].files[..],
                Member::Set(_) => &[],
            };
            for &file in files {
                let (artifact, blob) = joined.files[file as usize];
                if let Some(blob) = blob {
                    self.set_blob(artifact, joined.blob(blob), true);
                }
            }
        }
    }

    /// A spawn logged before: a test that is tried again, another attempt of the build, the same
    /// build logged twice. The last that ended well counts.
    fn log_again(&mut self, known: ActionId, new: DraftAction, side: Side) {
        let before = self.sides[known.0 as usize];
        let wins = side.succeeded || !before.succeeded;
        let old = self.builder.get_action_mut(known);
        let has: HashSet<ArtifactId> = old.outputs.iter().copied().collect();
        let more: Vec<_> = new.outputs.into_iter().filter(|o| !has.contains(o)).collect();
        old.outputs.extend(&more);
        if old.label == Texts::EMPTY {
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
            self.by_output.claim(output, known);
        }
    }

    /// The artifact of a logged directory, with its files.
    fn tree(&mut self, joined: &Joined, tree: u32) -> ArtifactId {
        let tree = &joined.trees[tree as usize];
        let directory = self.logged_artifact(joined, tree.path);
        if super::is_generated(self.builder.path(directory)) {
            self.builder.set_kind(directory, ArtifactKind::Tree);
            let files = tree.files.iter().map(|&file| joined.files[file as usize].0);
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
        for (i, links) in std::mem::take(&mut self.symlinks).into_iter().enumerate() {
            self.told.by(sources.files.logs[i]);
            links.into_iter().for_each(|link| self.add_logged_symlink(link));
        }
    }

    fn add_logged_symlink(&mut self, link: LoggedSymlink) {
        let output = self.artifact_of_text(link.output);
        if self.by_output.contains(output) {
            return;
        }
        let draft = DraftAction {
            label: link.label,
            mnemonic: link.mnemonic,
            kind: ActionKind::Symlink,
            inputs: vec![self.artifact_of_text(link.input)],
            outputs: vec![output],
            digests: ActionDigests::default(),
            duration_ms: None,
        };
        self.add_draft(draft, Side::default(), None);
    }
}
