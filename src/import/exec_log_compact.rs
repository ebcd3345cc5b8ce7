//! Reads the compact execution log: entries that refer to earlier ones by id.
//!
//! Two layouts: up to 7.3 every entry has an id and sets name files, directories and symlinks
//! apart; from 7.4 on sets and outputs name any entry by one id, and only what is referred to has
//! one. One pass, since an entry comes before whatever refers to it
//! (`CompactSpawnLogContext.java`).

use std::collections::HashMap;

use prost::Message;

use super::ac_key::{self, SpawnParts};
use super::card::Place;
use super::digests;
use super::exec_log::{self, LogReader, Read};
use super::log_facts::{FileIndex, LoggedSpawn, LoggedSymlink, LoggedTree};
use super::notes::{Meter, Notes, Stop};
use super::wire::delimited::Delimited;
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
pub(super) fn read(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut log = CompactReader::default();
    for (offset, message) in Delimited::new(bytes) {
        meter.at(offset, bytes.len())?;
        let place = Place::Offset(offset as u64);
        match message.map(ExecLogEntry::decode) {
            Ok(Ok(entry)) => log.add(entry, &place, notes),
            Ok(Err(error)) => {
                let what = || format!("An entry cannot be decoded: {error}.");
                notes.add("message", place, what, "It is left out, and what refers to it.");
            }
            Err(what) => notes.add("tail", place, || what, "What came before is used."),
        }
    }
    let (facts, mut counts) = log.log.finish(notes)?;
    let kinds = ENTRY_KINDS.iter().zip(log.n_entries).filter(|(_, n)| *n > 0);
    counts.extend(kinds.map(|(&kind, n)| (kind, n)));
    Ok((facts, counts))
}

/// What an id stands for.
enum Known {
    File(FileIndex),
    Tree(u32),
    /// Ids of members, and of sets whose members come before.
    Set {
        members: Vec<u32>,
        sets: Vec<u32>,
    },
}

#[derive(Default)]
struct CompactReader {
    log: LogReader,
    function: Option<DigestFunction>,
    n_entries: [u64; 9],
    known: Vec<Known>,
    by_id: HashMap<u32, u32>,
    /// Per known entry, the last flattening that met it.
    met: Vec<u32>,
    round: u32,
}

impl CompactReader {
    fn add(&mut self, entry: ExecLogEntry, place: &Place, notes: &mut Notes) {
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
        if let Some(known) = self.meaning(entry, place, notes)
            && id != 0
        {
            self.by_id.insert(id, self.known.len() as u32);
            self.known.push(known);
        }
    }

    /// What `entry` stands for; spawns and the like are kept at once and stand for nothing.
    fn meaning(&mut self, entry: Entry, place: &Place, notes: &mut Notes) -> Option<Known> {
        Some(match entry {
            Entry::Invocation(invocation) => {
                self.function = DigestFunction::from_name(&invocation.hash_function_name);
                return None;
            }
            Entry::File(file) => Known::File(self.file("", &file, place, notes)),
            Entry::Directory(directory) => {
                let prefix = format!("{}/", directory.path);
                let files = directory.files.iter();
                let files = files.map(|file| self.file(&prefix, file, place, notes)).collect();
                let builder = &mut self.log.builder;
                let path = builder.texts.intern(&directory.path);
                builder.trees.push(LoggedTree { path, files });
                Known::Tree(builder.trees.len() as u32 - 1)
            }
            Entry::UnresolvedSymlink(link) => Known::File(self.log.builder.file(&link.path, None)),
            Entry::InputSet(set) => set_of(set),
            Entry::SymlinkEntrySet(set) => {
                let mut members: Vec<u32> = set.direct_entries.into_values().collect();
                members.sort_unstable();
                Known::Set { members, sets: set.transitive_set_ids }
            }
            Entry::RunfilesTree(tree) => self.runfiles(tree, place, notes),
            Entry::Spawn(spawn) => {
                self.spawn(*spawn, place, notes);
                return None;
            }
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
    fn runfiles(&mut self, tree: RunfilesTree, place: &Place, notes: &mut Notes) -> Known {
        let mut members = Vec::new();
        let manifest = tree.repo_mapping_manifest.filter(|f| !f.path.is_empty());
        if let Some(manifest) = manifest {
            let file = self.file("", &manifest, place, notes);
            // Referred to from here alone, by an id that no entry of the log can have.
            let id = u32::MAX - self.known.len() as u32;
            self.by_id.insert(id, self.known.len() as u32);
            self.known.push(Known::File(file));
            members.push(id);
        }
        let sets = [tree.input_set_id, tree.symlinks_id, tree.root_symlinks_id];
        Known::Set { members, sets: sets.into_iter().filter(|&id| id != 0).collect() }
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
        let mut digest = file.digest.clone().unwrap_or_default();
        let function = self.function.unwrap_or(DigestFunction::Sha256);
        let (digest, size) = if digest.hash.is_empty() {
            (digests::empty(function)?, Some(0))
        } else {
            if digest.hash_function_name.is_empty() && self.function.is_some() {
                digest.hash_function_name = function.name().to_owned();
            }
            digests::of_log(&digest, place, notes)?
        };
        Some(self.log.builder.blobs.intern(digest, size))
    }

    fn spawn(&mut self, spawn: Spawn, place: &Place, notes: &mut Notes) {
        let (inputs, input_trees) = self.flatten(spawn.input_set_id, place, notes);
        let (mut outputs, mut output_trees) = (Vec::new(), Vec::new());
        for output in &spawn.outputs {
            match self.output(output) {
                Some(Known::File(file)) => outputs.push(*file),
                Some(Known::Tree(tree)) => output_trees.push(*tree),
                _ if !output.invalid_output_path.is_empty() => {
                    outputs.push(self.log.builder.file(&output.invalid_output_path, None));
                }
                _ => unknown_id(place, notes),
            }
        }
        let named = spawn.digest.clone().map(|mut digest| {
            if let (Some(function), "") = (self.function, digest.hash_function_name.as_str()) {
                digest.hash_function_name = function.name().to_owned();
            }
            digest
        });
        let key = named.and_then(|d| digests::of_log(&d, place, notes));
        let key = key.map(|(digest, size)| self.log.builder.blobs.intern(digest, size));
        let rebuilt = self.rebuilt(&spawn, &inputs, &outputs, &output_trees, place, notes);
        let metrics = spawn.metrics.as_ref().filter(|_| !spawn.cache_hit);
        let duration = metrics.and_then(|m| m.execution_wall.as_ref().or(m.total.as_ref()));
        let texts = &mut self.log.builder.texts;
        let logged = LoggedSpawn {
            label: texts.intern(&spawn.target_label),
            mnemonic: texts.intern(&spawn.mnemonic),
            inputs,
            input_trees,
            outputs,
            output_trees,
            key,
            rebuilt,
            duration_ms: duration.and_then(exec_log::millis),
            succeeded: spawn.exit_code == 0 && spawn.status.is_empty(),
            remote_cacheable: spawn.remote_cacheable,
        };
        self.list_outputs(&logged);
        self.log.push(logged, &spawn.target_label, spawn.cacheable);
    }

    /// Counts the outputs of `spawn` by path.
    fn list_outputs(&mut self, spawn: &LoggedSpawn) {
        let builder = &mut self.log.builder;
        let mut files = spawn.outputs.clone();
        for &tree in &spawn.output_trees {
            let path = builder.texts.get(builder.trees[tree as usize].path).to_owned();
            files.push(builder.file(&path, None));
        }
        self.log.list_outputs(files);
    }

    fn output(&self, output: &Output) -> Option<&Known> {
        let ids =
            [output.output_id, output.file_id, output.directory_id, output.unresolved_symlink_id];
        let id = ids.into_iter().find(|&id| id != 0)?;
        self.known.get(*self.by_id.get(&id)? as usize)
    }

    /// Files and trees in the set `id`, each once, members of inner sets first. With its own
    /// stack: sets may be nested deeply.
    fn flatten(&mut self, id: u32, place: &Place, notes: &mut Notes) -> (Vec<FileIndex>, Vec<u32>) {
        enum Visit {
            Enter(u32),
            Members(u32),
        }
        self.round += 1;
        self.met.resize(self.known.len(), 0);
        let (mut files, mut trees) = (Vec::new(), Vec::new());
        let mut stack = if id == 0 { Vec::new() } else { vec![Visit::Enter(id)] };
        while let Some(visit) = stack.pop() {
            let (id, entering) = match visit {
                Visit::Enter(id) => (id, true),
                Visit::Members(id) => (id, false),
            };
            let Some(&index) = self.by_id.get(&id) else {
                unknown_id(place, notes);
                continue;
            };
            let met = &mut self.met[index as usize];
            if entering && std::mem::replace(met, self.round) == self.round {
                continue;
            }
            match &self.known[index as usize] {
                Known::File(file) => files.push(*file),
                Known::Tree(tree) => {
                    trees.push(*tree);
                    files.extend(&self.log.builder.trees[*tree as usize].files);
                }
                Known::Set { sets, .. } if entering => {
                    stack.push(Visit::Members(id));
                    stack.extend(sets.iter().rev().map(|&id| Visit::Enter(id)));
                }
                Known::Set { members, .. } => {
                    stack.extend(members.iter().rev().map(|&id| Visit::Enter(id)));
                }
            }
        }
        (files, trees)
    }

    /// Digests of `Command` and `Action`, where every input is a SHA-256.
    fn rebuilt(
        &mut self,
        spawn: &Spawn,
        inputs: &[FileIndex],
        outputs: &[FileIndex],
        output_trees: &[u32],
        place: &Place,
        notes: &mut Notes,
    ) -> Option<Box<[super::log_facts::RebuiltAction]>> {
        if !self.log.may_rebuild(inputs.len(), place, notes) {
            return None;
        }
        let builder = &self.log.builder;
        let hex = inputs.iter().map(|&file| {
            let blob = builder.files[file as usize].blob?;
            let digest = builder.blobs.digest(blob);
            let size = builder.blobs.size_bytes(blob)?;
            (digest.function() == DigestFunction::Sha256).then(|| (digest.hex(), size as i64))
        });
        let hex: Vec<(String, i64)> = hex.collect::<Option<_>>()?;
        let paths = inputs.iter().map(|&file| builder.texts.get(builder.files[file as usize].path));
        let tree_paths = output_trees.iter().map(|&t| builder.trees[t as usize].path);
        let output_paths = outputs.iter().map(|&o| builder.files[o as usize].path);
        let owned = |path| builder.texts.get(path).to_owned();
        Some(ac_key::rebuild(SpawnParts {
            arguments: spawn.args.clone(),
            environment: spawn.env_vars.clone(),
            platform: spawn.platform.clone().map(|p| p.properties).unwrap_or_default(),
            inputs: paths
                .zip(&hex)
                .map(|(path, (hex, size))| (path, hex.as_str(), *size))
                .collect(),
            output_files: output_paths.map(owned).collect(),
            output_directories: tree_paths.map(owned).collect(),
            timeout_ms: spawn.timeout_millis,
            remotable: spawn.remotable,
        }))
    }
}

fn set_of(set: InputSet) -> Known {
    let old = set.file_ids.into_iter().chain(set.directory_ids).chain(set.unresolved_symlink_ids);
    Known::Set { members: old.chain(set.input_ids).collect(), sets: set.transitive_set_ids }
}

fn unknown_id(place: &Place, notes: &mut Notes) {
    let what = || "An entry refers to an id that no entry before it has.".to_owned();
    notes.add("id", place.clone(), what, "The reference is left out.");
}
