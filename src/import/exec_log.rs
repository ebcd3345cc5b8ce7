//! Reads the execution log of Bazel as JSON objects one after the other, or as delimited messages.

use std::collections::{HashMap, HashSet};

use prost::bytes::Bytes;

use super::ac_key::{self, Directories, SpawnParts};
use super::card::{CountKind, Place};
use super::digests;
use super::feed::{Called, Feed};
use super::input_sets::{InputWalk, Member};
use super::log_facts::{ExecLogFacts, FileIndex, LogBuilder, LoggedSpawn, LoggedTree, Rebuilt};
use super::notes::{Meter, Notes, Stop};
use super::wire::command::{self, Command, Platform};
use super::wire::spawn::{Duration, File, Pair, SpawnExec};
use crate::model::{Digest, DigestFunction, IdSet, TextId};

/// Inputs that are hashed to rebuild AC keys, over all spawns of a log that tells none: a few
/// seconds in a browser.
const REBUILT_INPUTS_MAX: usize = 20_000_000;

/// Inputs that are hashed to learn from logged keys how the Commands are encoded.
const PROVED_INPUTS_MAX: usize = 1_000;

/// The facts and the counts of a log.
pub(super) type Read = (ExecLogFacts, Vec<(CountKind, u64)>);

/// Reads `--execution_log_json_file`: objects without a separator.
pub(super) fn read_json(
    feed: &mut Feed,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Read, Stop> {
    let mut log = LogReader::default();
    while let Some((offset, object)) = feed.object(notes, meter)? {
        let place = Place::Offset(offset);
        match object {
            Ok(spawn) => log.add(spawn, place, notes),
            Err(error) => {
                let n = log.builder.spawns.len();
                let what = || format!("The object after {n} spawns is damaged: {error}.");
                notes.add("object", place, what, "It is left out.");
            }
        }
    }
    log.finish(notes)
}

/// Reads `--execution_log_binary_file`: messages after their length.
pub(super) fn read_binary(
    feed: &mut Feed,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Read, Stop> {
    let mut log = LogReader::default();
    let called = Called { key: "message", one: "A spawn", remedy: "It is left out." };
    feed.each_message(&called, notes, meter, |spawn, place, notes| log.add(spawn, place, notes))?;
    log.finish(notes)
}

/// Milliseconds of a logged duration.
pub(super) fn millis(duration: &Duration) -> Option<u32> {
    let ms = duration.seconds.checked_mul(1000)? + i64::from(duration.nanos / 1_000_000);
    u32::try_from(ms).ok().filter(|&ms| ms != u32::MAX)
}

/// The target that a progress message such as `Executing genrule //:a [for host]` names.
pub(super) fn label_of_progress(message: &str) -> &str {
    let is_label =
        |word: &&str| word.starts_with("//") || (word.starts_with('@') && word.contains("//"));
    message.split_whitespace().find(is_label).unwrap_or("")
}

/// Collects the spawns of a log.
#[derive(Default)]
pub(super) struct LogReader {
    pub builder: LogBuilder,
    labels: IdSet<TextId>,
    /// Paths of declared outputs.
    outputs: IdSet<TextId>,
    n_rebuilt_inputs: usize,
    pub proved: Proved,
    /// Whether each spawn may be cached at all.
    cacheable: Vec<bool>,
}

/// What the spawns before have taught of how keys are made.
#[derive(Default)]
pub(super) struct Proved {
    /// The encoding by which the last key was proved: without a platform, and with one.
    encodings: [Option<usize>; 2],
    directories: Directories,
}

impl Proved {
    /// Rebuilds `parts`, whose `key` was logged or not, with that effort.
    pub fn rebuild(
        &mut self,
        parts: SpawnParts,
        key: Option<Digest>,
        effort: Effort,
    ) -> Option<Rebuilt> {
        let proved = &mut self.encodings[usize::from(parts.has_platform())];
        let known = &mut self.directories;
        match (effort, key) {
            (Effort::Whole, None) => Some(Rebuilt::Actions(ac_key::rebuild(parts, known))),
            (Effort::Whole, Some(key)) => {
                let (encoding, command) = ac_key::prove(parts, key, *proved, known)?;
                *proved = Some(encoding);
                Some(Rebuilt::Command(command))
            }
            (Effort::Command, _) => {
                let command = ac_key::rebuild_command(parts, (*proved)?);
                Some(Rebuilt::LikelyCommand(command))
            }
            (Effort::Nothing, _) => None,
        }
    }
}

/// How much of the way in which a spawn is asked for is to be rebuilt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    Nothing,
    /// Inputs and all.
    Whole,
    /// The Command alone.
    Command,
}

impl LogReader {
    /// Whether the inputs of a spawn whose key is logged are not looked at any more.
    pub fn is_proved(&self, is_keyed: bool) -> bool {
        is_keyed && self.n_rebuilt_inputs > PROVED_INPUTS_MAX
    }

    /// What is to be rebuilt of a spawn of `n` inputs that may be cached if `cacheable`; notes it
    /// if it is too much.
    pub fn effort(
        &mut self,
        n: usize,
        (is_keyed, cacheable): (bool, bool),
        place: &Place,
        notes: &mut Notes,
    ) -> Effort {
        if self.is_proved(is_keyed) {
            let is_any = cacheable && self.proved.encodings.iter().any(Option::is_some);
            return if is_any { Effort::Command } else { Effort::Nothing };
        }
        self.n_rebuilt_inputs += n;
        if self.n_rebuilt_inputs <= REBUILT_INPUTS_MAX {
            return Effort::Whole;
        }
        let what = || format!("The spawns have more than {REBUILT_INPUTS_MAX} inputs together.");
        let remedy = "AC keys and Commands of the rest are taken from the log or a cache only.";
        notes.add("rebuild", place.clone(), what, remedy);
        Effort::Nothing
    }

    /// Counts what the card tells of `spawn`, and keeps it with what was rebuilt of it.
    pub fn push(
        &mut self,
        spawn: LoggedSpawn,
        rebuilt: Option<Rebuilt>,
        is_labelled: bool,
        cacheable: bool,
    ) {
        let at = self.builder.spawns.len() as u32;
        self.builder.rebuilt.extend(rebuilt.map(|rebuilt| (at, rebuilt)));
        self.cacheable.push(cacheable);
        if is_labelled {
            self.labels.insert(spawn.label);
        }
        self.builder.spawns.push(spawn);
    }

    /// Counts a declared output.
    pub fn list_output(&mut self, path: TextId) {
        self.outputs.insert(path);
    }

    fn add(&mut self, spawn: SpawnExec, place: Place, notes: &mut Notes) {
        if spawn.command_args.is_empty() && spawn.listed_outputs.is_empty() {
            let what = || "A spawn has neither a command nor outputs.".to_owned();
            notes.add("empty", place, what, "It is left out.");
            return;
        }
        let inputs: Vec<Member> =
            spawn.inputs.iter().map(|file| Member::File(self.file(file, &place, notes))).collect();
        let (outputs, output_trees) = self.outputs(&spawn, &place, notes);
        let key = spawn.digest.as_ref().and_then(|d| digests::of_log(d, &place, notes));
        let key = key.map(|(digest, size)| self.builder.blobs.intern(digest, size));
        let kind = (key.is_some(), spawn.remote_cacheable);
        let effort = self.effort(inputs.len(), kind, &place, notes);
        let parts = match effort {
            Effort::Nothing => None,
            effort => self.parts(&spawn, &output_trees, effort == Effort::Whole),
        };
        let logged_key = key.map(|key| self.builder.blobs.digest(key));
        let rebuilt = parts.and_then(|parts| self.proved.rebuild(parts, logged_key, effort));
        let label = match spawn.target_label.as_str() {
            "" => label_of_progress(&spawn.progress_message),
            label => label,
        };
        let metrics = spawn.metrics.as_ref();
        let duration = metrics.and_then(|m| m.execution_wall.as_ref().or(m.total.as_ref()));
        let files = outputs.into_iter().map(Member::File);
        let members = files.chain(output_trees.into_iter().map(Member::Tree));
        let logged = LoggedSpawn {
            label: self.builder.texts.intern(label),
            mnemonic: self.builder.texts.intern(&spawn.mnemonic),
            inputs: Some(self.builder.sets.push(inputs)),
            outputs: self.builder.sets.push(members),
            key,
            duration_ms: duration
                .or(spawn.walltime.as_ref())
                .filter(|_| !spawn.cache_hit)
                .and_then(millis),
            succeeded: spawn.exit_code == 0 && spawn.status.is_empty(),
            remote_cacheable: spawn.remote_cacheable,
        };
        self.push(logged, rebuilt, !spawn.target_label.is_empty(), spawn.cacheable);
    }

    fn file(&mut self, file: &File, place: &Place, notes: &mut Notes) -> FileIndex {
        let digest = file.digest.as_ref().and_then(|d| digests::of_log(d, place, notes));
        let blob = digest.map(|(digest, size)| self.builder.blobs.intern(digest, size));
        self.builder.file(&file.path, blob)
    }

    /// Outputs of `spawn`: the listed ones, with the content that was found, and directories with
    /// the files found in them. `actualOutputs` is empty for remote hits without a download before
    /// 7.0 (bazelbuild/bazel#20060).
    fn outputs(
        &mut self,
        spawn: &SpawnExec,
        place: &Place,
        notes: &mut Notes,
    ) -> (Vec<FileIndex>, Vec<u32>) {
        let listed: HashSet<&str> = spawn.listed_outputs.iter().map(String::as_str).collect();
        let mut content: HashMap<&str, FileIndex> = HashMap::new();
        let mut in_trees: Vec<(&str, Vec<FileIndex>)> = Vec::new();
        let mut by_tree: HashMap<&str, usize> = HashMap::new();
        let mut extra = Vec::new();
        for file in &spawn.actual_outputs {
            let index = self.file(file, place, notes);
            let path = file.path.as_str();
            let slashes = path.rmatch_indices('/').map(|(i, _)| &path[..i]);
            if listed.contains(path) {
                content.insert(path, index);
            } else if let Some(tree) = slashes.into_iter().find(|p| listed.contains(p)) {
                let n = in_trees.len();
                let i = *by_tree.entry(tree).or_insert(n);
                if i == n {
                    in_trees.push((tree, Vec::new()));
                }
                in_trees[i].1.push(index);
            } else {
                extra.push(index);
            }
        }
        let mut outputs: Vec<FileIndex> = Vec::new();
        for path in spawn.listed_outputs.iter().map(String::as_str) {
            let text = self.builder.texts.intern(path);
            self.list_output(text);
            if by_tree.contains_key(path) {
                continue;
            }
            let found = content.get(path).copied();
            outputs.push(found.unwrap_or_else(|| self.builder.file(path, None)));
        }
        outputs.extend(extra);
        let trees = in_trees.into_iter().map(|(path, files)| {
            let path = self.builder.texts.intern(path);
            self.builder.trees.push(LoggedTree { path, files });
            self.builder.trees.len() as u32 - 1
        });
        let trees = trees.collect();
        (outputs, trees)
    }

    /// What goes into the AC key of `spawn`, with its inputs or without; `None` if a digest is of
    /// another function or absent.
    fn parts<'a>(
        &self,
        spawn: &'a SpawnExec,
        output_trees: &[u32],
        with_inputs: bool,
    ) -> Option<SpawnParts<'a>> {
        let inputs = spawn.inputs.iter().filter(|_| with_inputs).map(|file| {
            let digest = file.digest.as_ref()?;
            let sha256 = Digest::from_hex(&digest.hash, Some(DigestFunction::Sha256)).ok()?;
            Some((file.path.as_str(), sha256, digest.size_bytes))
        });
        let trees: HashSet<&str> = output_trees
            .iter()
            .map(|&tree| self.builder.texts.get(self.builder.trees[tree as usize].path))
            .collect();
        let is_tree = |path: &&String| trees.contains(path.as_str());
        let bytes = |text: &String| Bytes::copy_from_slice(text.as_bytes());
        let pairs = |pairs: &[Pair]| {
            let pair = |p: &Pair| command::Pair { name: bytes(&p.name), value: bytes(&p.value) };
            pairs.iter().map(pair).collect()
        };
        let platform = spawn.platform.as_ref();
        Some(SpawnParts {
            command: Command {
                arguments: spawn.command_args.iter().map(bytes).collect(),
                environment_variables: pairs(&spawn.environment_variables),
                output_files: spawn
                    .listed_outputs
                    .iter()
                    .filter(|p| !is_tree(p))
                    .cloned()
                    .collect(),
                output_directories: spawn.listed_outputs.iter().filter(is_tree).cloned().collect(),
                platform: platform.map(|p| Platform { properties: pairs(&p.properties) }),
                output_paths: Vec::new(),
            },
            inputs: inputs.collect::<Option<_>>()?,
            timeout_ms: spawn.timeout_millis,
            remotable: spawn.remotable,
        })
    }

    /// The facts and counts; an error if there is no spawn at all.
    pub fn finish(mut self, notes: &mut Notes) -> Result<Read, Stop> {
        if self.builder.spawns.is_empty() {
            let what = "Not one whole spawn could be read.".to_owned();
            let remedy = "Export the execution log again, or check that it was copied whole.";
            return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
        }
        // Before 3.x no spawn is marked as remotely cacheable.
        if self.builder.spawns.iter().all(|s| !s.remote_cacheable) {
            for (spawn, &cacheable) in self.builder.spawns.iter_mut().zip(&self.cacheable) {
                spawn.remote_cacheable = cacheable;
            }
        }
        let counts = vec![
            ("spawns", self.builder.spawns.len() as u64),
            ("listed_outputs", self.outputs.len() as u64),
            ("distinct_inputs", self.n_inputs()),
            ("labels", self.labels.len() as u64),
        ];
        Ok((self.builder.finish(), counts))
    }

    /// How many different paths are read.
    fn n_inputs(&self) -> u64 {
        let builder = &self.builder;
        let mut paths = IdSet::with_capacity(builder.texts.len());
        let mut walk = InputWalk::over_all();
        for set in builder.spawns.iter().filter_map(|spawn| spawn.inputs) {
            builder.sets.each(set, &mut walk, |member| {
                let files = match &member {
                    Member::File(file) => std::slice::from_ref(file),
                    Member::Tree(tree) => &builder.trees[*tree as usize].files[..],
                    Member::Set(_) => &[],
                };
                paths.extend(files.iter().map(|&file| builder.files[file as usize].path));
            });
        }
        paths.len() as u64
    }
}
