//! Reads the compact execution log: entries that refer to earlier ones by id.
//!
//! Two layouts: up to 7.3 every entry has an id and sets name files, directories and symlinks
//! apart; from 7.4 on sets and outputs name any entry by one id, and only what is referred to has
//! one. One pass, since an entry comes before whatever refers to it
//! (`CompactSpawnLogContext.java`).

use std::collections::HashMap;

use prost::Message;
use prost::bytes::Bytes;

use super::ac_key::SpawnParts;
use super::card::Place;
use super::digests;
use super::exec_log::{self, Effort, LogReader, Read};
use super::feed::{Called, Feed};
use super::input_sets::{InputWalk, MEMBERS_MAX, Member, Packed};
use super::log_facts::{FileIndex, LoggedSpawn, LoggedSymlink, LoggedTree, Rebuilt};
use super::notes::{Meter, Notes, Stop};
use super::wire::command::{Command, CommandEntry};
use super::wire::command_check;
use super::wire::spawn::{Entry, ExecLogEntry, File, InputSet, Output, RunfilesTree, Spawn};
use crate::model::{BlobId, DigestFunction};

/// Names of the kinds of entry on the card, by tag.
pub(super) const ENTRY_KINDS: [&str; 9] = [
    "entries.invocation",
    "entries.file",
    "entries.directory",
    "entries.unresolved_symlink",
    "entries.input_set",
    "entries.spawn",
    "entries.symlink_action",
    "entries.symlink_entry_set",
    "entries.runfiles_tree",
];

/// Reads the unpacked entries of `--execution_log_compact_file`.
pub(super) fn read(feed: &mut Feed, notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut log = CompactReader::default();
    let remedy = "It is left out, and what refers to it.";
    let called = Called { key: "message", one: "An entry", remedy };
    feed.each_message_and_bytes(&called, notes, meter, |entry, bytes, place, notes| {
        log.add(entry, bytes, &place, notes);
    })?;
    let (facts, mut counts) = log.log.finish(notes)?;
    let kinds = ENTRY_KINDS.iter().zip(log.n_entries).filter(|(_, n)| *n > 0);
    counts.extend(kinds.map(|(&kind, n)| (kind, n)));
    Ok((facts, counts))
}

/// What ids stand for. Bazel counts them up, so that a list will do; an id far beyond has its place
/// in a map.
#[derive(Default)]
struct Ids {
    near: Vec<Packed>,
    far: HashMap<u32, Packed>,
}

impl Ids {
    fn insert(&mut self, id: u32, member: Member) {
        let at = id as usize;
        if at < self.near.len() * 2 + 1024 {
            self.near.resize(self.near.len().max(at + 1), Packed::NONE);
            self.near[at] = Packed::of(member);
        } else {
            self.far.insert(id, Packed::of(member));
        }
    }

    fn get(&self, id: u32) -> Option<Member> {
        let near = self.near.get(id as usize).and_then(|packed| packed.get());
        near.or_else(|| self.far.get(&id)?.get())
    }
}

#[derive(Default)]
struct CompactReader {
    log: LogReader,
    function: Option<DigestFunction>,
    n_entries: [u64; 9],
    ids: Ids,
    walk: InputWalk,
}

impl CompactReader {
    /// Adds `entry`, which was decoded from `bytes`.
    fn add(&mut self, entry: ExecLogEntry, bytes: &[u8], place: &Place, notes: &mut Notes) {
        let id = entry.id;
        let Some(entry) = entry.entry else {
            let what = || "An entry is of no known kind.".to_owned();
            notes.add("kind", place.clone(), what, "It is left out.");
            return;
        };
        let kind = match &entry {
            Entry::Invocation(_) => 0,
            Entry::File(_) => 1,
            Entry::Directory(_) => 2,
            Entry::UnresolvedSymlink(_) => 3,
            Entry::InputSet(_) => 4,
            Entry::Spawn(_) => 5,
            Entry::SymlinkAction(_) => 6,
            Entry::SymlinkEntrySet(_) => 7,
            Entry::RunfilesTree(_) => 8,
        };
        self.n_entries[kind] += 1;
        let builder = &self.log.builder;
        let n_most = builder.files.len().max(builder.sets.len()).max(builder.trees.len());
        if n_most >= MEMBERS_MAX as usize {
            let what = || format!("The log has more than {MEMBERS_MAX} files or sets.");
            notes.add("too many", place.clone(), what, "Those after them are left out.");
            return;
        }
        if let Entry::Spawn(spawn) = &entry {
            self.spawn(spawn, bytes, place, notes);
        } else if let Some(known) = self.meaning(entry, place, notes)
            && id != 0
        {
            self.ids.insert(id, known);
        }
    }

    /// What `entry` stands for; spawns and the like are kept at once and stand for nothing.
    fn meaning(&mut self, entry: Entry, place: &Place, notes: &mut Notes) -> Option<Member> {
        Some(match entry {
            Entry::Invocation(invocation) => {
                self.function = DigestFunction::from_name(&invocation.hash_function_name);
                return None;
            }
            Entry::File(file) => Member::File(self.file("", &file, place, notes)),
            Entry::Directory(directory) => {
                let prefix = format!("{}/", directory.path);
                let files = directory.files.iter();
                let files = files.map(|file| self.file(&prefix, file, place, notes)).collect();
                let builder = &mut self.log.builder;
                let path = builder.texts.intern(&directory.path);
                builder.trees.push(LoggedTree { path, files });
                Member::Tree(builder.trees.len() as u32 - 1)
            }
            Entry::UnresolvedSymlink(link) => Member::File(self.log.builder.file(&link.path, None)),
            Entry::InputSet(set) => self.input_set(set, place, notes),
            Entry::SymlinkEntrySet(set) => {
                let mut members: Vec<u32> = set.direct_entries.into_values().collect();
                members.sort_unstable();
                self.set(set.transitive_set_ids.into_iter().chain(members), &[], place, notes)
            }
            Entry::RunfilesTree(tree) => self.runfiles(tree, place, notes),
            Entry::Spawn(_) => return None,
            Entry::SymlinkAction(link) => {
                let texts = &mut self.log.builder.texts;
                let link = LoggedSymlink {
                    input: texts.intern(&link.input_path),
                    output: texts.intern(&link.output_path),
                    label: texts.intern(&link.target_label),
                    mnemonic: texts.intern(&link.mnemonic),
                };
                self.log.builder.symlinks.push(link);
                return None;
            }
        })
    }

    /// The artifacts behind a runfiles tree: what its links point to, under their own paths.
    fn runfiles(&mut self, tree: RunfilesTree, place: &Place, notes: &mut Notes) -> Member {
        let manifest = tree.repo_mapping_manifest.filter(|f| !f.path.is_empty());
        let manifest = manifest.map(|file| Member::File(self.file("", &file, place, notes)));
        let sets = [tree.input_set_id, tree.symlinks_id, tree.root_symlinks_id];
        let sets = sets.into_iter().filter(|&id| id != 0);
        self.set(sets, manifest.as_slice(), place, notes)
    }

    /// Members of inner sets come first.
    fn input_set(&mut self, set: InputSet, place: &Place, notes: &mut Notes) -> Member {
        let old = set.file_ids.into_iter().chain(set.directory_ids);
        let members = old.chain(set.unresolved_symlink_ids).chain(set.input_ids);
        self.set(set.transitive_set_ids.into_iter().chain(members), &[], place, notes)
    }

    /// A set of what `ids` stand for, and `more`.
    fn set(
        &mut self,
        ids: impl Iterator<Item = u32>,
        more: &[Member],
        place: &Place,
        notes: &mut Notes,
    ) -> Member {
        let known = ids.filter_map(|id| {
            let known = self.ids.get(id);
            if known.is_none() {
                unknown_id(place, notes);
            }
            known
        });
        Member::Set(self.log.builder.sets.push(known.chain(more.iter().copied())))
    }

    fn file(&mut self, prefix: &str, file: &File, place: &Place, notes: &mut Notes) -> FileIndex {
        let blob = self.blob(file, place, notes);
        match prefix {
            "" => self.log.builder.file(&file.path, blob),
            _ => self.log.builder.file(&format!("{prefix}{}", file.path), blob),
        }
    }

    /// Content of `file`; an empty file has no digest, the function is named once for all.
    fn blob(&mut self, file: &File, place: &Place, notes: &mut Notes) -> Option<BlobId> {
        let (digest, size) = match file.digest.as_ref().filter(|d| !d.hash.is_empty()) {
            Some(digest) => digests::of_log_as(digest, self.function, place, notes)?,
            None => (digests::empty(self.function.unwrap_or(DigestFunction::Sha256))?, Some(0)),
        };
        Some(self.log.builder.blobs.intern(digest, size))
    }

    fn spawn(&mut self, spawn: &Spawn, bytes: &[u8], place: &Place, notes: &mut Notes) {
        let inputs = self.inputs(spawn.input_set_id, place, notes);
        let (mut outputs, mut trees) = (Vec::new(), Vec::new());
        for output in &spawn.outputs {
            match self.output(output) {
                Some(Member::File(file)) => {
                    outputs.push(Member::File(file));
                    let path = self.log.builder.files[file as usize].path;
                    self.log.list_output(path);
                }
                Some(Member::Tree(tree)) => {
                    trees.push(Member::Tree(tree));
                    let path = self.log.builder.trees[tree as usize].path;
                    self.log.list_output(path);
                }
                _ if !output.invalid_output_path.is_empty() => {
                    let file = self.log.builder.file(&output.invalid_output_path, None);
                    outputs.push(Member::File(file));
                    let path = self.log.builder.files[file as usize].path;
                    self.log.list_output(path);
                }
                _ => unknown_id(place, notes),
            }
        }
        outputs.extend(trees);
        let named = spawn.digest.as_ref();
        let key = named.and_then(|d| digests::of_log_as(d, self.function, place, notes));
        let key = key.map(|(digest, size)| self.log.builder.blobs.intern(digest, size));
        let metrics = spawn.metrics.as_ref().filter(|_| !spawn.cache_hit);
        let duration = metrics.and_then(|m| m.execution_wall.as_ref().or(m.total.as_ref()));
        let builder = &mut self.log.builder;
        let logged = LoggedSpawn {
            label: builder.texts.intern(&spawn.target_label),
            mnemonic: builder.texts.intern(&spawn.mnemonic),
            inputs,
            outputs: builder.sets.push(outputs),
            key,
            duration_ms: duration.and_then(exec_log::millis),
            succeeded: spawn.exit_code == 0 && spawn.status.is_empty(),
            remote_cacheable: spawn.remote_cacheable,
        };
        let rebuilt = self.rebuilt(spawn, bytes, &logged, place, notes);
        self.log.push(logged, rebuilt, !spawn.target_label.is_empty(), spawn.cacheable);
    }

    /// The set of that id; one of its own where the id is that of a file or a directory.
    fn inputs(&mut self, id: u32, place: &Place, notes: &mut Notes) -> Option<u32> {
        match self.ids.get(id).filter(|_| id != 0) {
            Some(Member::Set(set)) => Some(set),
            Some(member) => Some(self.log.builder.sets.push([member])),
            None => {
                if id != 0 {
                    unknown_id(place, notes);
                }
                None
            }
        }
    }

    fn output(&self, output: &Output) -> Option<Member> {
        let ids =
            [output.output_id, output.file_id, output.directory_id, output.unresolved_symlink_id];
        self.ids.get(ids.into_iter().find(|&id| id != 0)?)
    }

    /// Digests of `Command` and `Action`, where every input is a SHA-256. `bytes` are the entry of
    /// `spawn`.
    fn rebuilt(
        &mut self,
        spawn: &Spawn,
        bytes: &[u8],
        logged: &LoggedSpawn,
        place: &Place,
        notes: &mut Notes,
    ) -> Option<Rebuilt> {
        if let Some(what) = command_check::damage(bytes) {
            let remedy = "The spawn is kept without its Command.";
            notes.add("command", place.clone(), || what.to_owned(), remedy);
            return None;
        }
        let kind = (logged.key.is_some(), logged.remote_cacheable);
        let mut files = Vec::new();
        let effort = if self.log.is_proved(kind.0) {
            self.log.effort(0, kind, place, notes)
        } else {
            files = self.flat(logged.inputs);
            self.log.effort(files.len(), kind, place, notes)
        };
        let with_inputs = match effort {
            Effort::Nothing => return None,
            Effort::Whole => &files[..],
            Effort::Command => &[],
        };
        let LogReader { builder, proved, .. } = &mut self.log;
        let inputs = with_inputs.iter().map(|&file| {
            let blob = builder.files[file as usize].blob?;
            let digest = builder.blobs.digest(blob);
            let size = builder.blobs.size_bytes(blob)?;
            let is_sha256 = digest.function() == DigestFunction::Sha256;
            is_sha256.then(|| (builder.path(file), digest, size as i64))
        });
        let inputs = inputs.collect::<Option<_>>()?;
        // What the entry was decoded from before. Of one copy all texts are slices.
        let command = CommandEntry::decode(Bytes::copy_from_slice(bytes)).ok()?.spawn?;
        let path = |member| match member {
            Member::File(file) => builder.path(file).to_owned(),
            Member::Tree(tree) => builder.texts.get(builder.trees[tree as usize].path).to_owned(),
            Member::Set(_) => String::new(),
        };
        let is_tree = |member: &Member| matches!(member, Member::Tree(_));
        let outputs = || builder.sets.members(logged.outputs);
        let parts = SpawnParts {
            command: Command {
                arguments: command.args,
                environment_variables: command.env_vars,
                output_files: outputs().filter(|member| !is_tree(member)).map(path).collect(),
                output_directories: outputs().filter(is_tree).map(path).collect(),
                platform: command.platform,
                output_paths: Vec::new(),
            },
            inputs,
            timeout_ms: spawn.timeout_millis,
            remotable: spawn.remotable,
        };
        proved.rebuild(parts, logged.key.map(|key| builder.blobs.digest(key)), effort)
    }

    /// The files in a set, those of directories included.
    fn flat(&mut self, set: Option<u32>) -> Vec<FileIndex> {
        let mut files = Vec::new();
        let builder = &self.log.builder;
        if let Some(set) = set {
            builder.sets.each(set, &mut self.walk, |member| match member {
                Member::Tree(tree) => files.extend(&builder.trees[tree as usize].files),
                Member::File(file) => files.push(file),
                Member::Set(_) => {}
            });
        }
        files
    }
}

fn unknown_id(place: &Place, notes: &mut Notes) {
    let what = || "An entry refers to an id that no entry before it has.".to_owned();
    notes.add("id", place.clone(), what, "The reference is left out.");
}
