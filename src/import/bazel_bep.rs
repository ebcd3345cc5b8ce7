//! Reads Bazel's build events: a JSON object a line, or delimited messages.

use std::collections::{HashMap, HashSet};

use super::bazel_bep_facts::{Attempt, BepFacts, ReportedAction, ReportedTarget};
use super::card::{Counts, Place};
use super::digests;
use super::feed::{Called, Feed};
use super::feed_json::ReadObject;
use super::log_facts::{ArtifactSet, LogBuilder};
use super::notes::{Meter, Notes, Stop};
use super::wire::bep::{
    ActionExecuted, BuildEvent, EventId, File, Finished, NamedSet, OptionsParsed, Started,
    TargetComplete,
};
use super::wire::spawn;

/// The facts, the counts and the sentences for the card.
pub(super) type Read = (BepFacts, Counts, Vec<String>);

/// Failed actions that are spelt out on the card.
const FAILURES_MAX: usize = 5;

/// Attempts that are spelt out on the card.
const ATTEMPTS_MAX: usize = 10;

/// Length of a failure on the card, in characters.
const FAILURE_CHARS_MAX: usize = 400;

/// Options that decide about what a lost blob leads to.
const OPTIONS: [&str; 14] = [
    "remote_cache",
    "remote_executor",
    "remote_instance_name",
    "disk_cache",
    "remote_download_outputs",
    "remote_download_all",
    "remote_download_minimal",
    "remote_download_toplevel",
    "remote_download_regex",
    "experimental_remote_cache_eviction_retries",
    "experimental_remote_cache_ttl",
    "experimental_remote_cache_lease_extension",
    "rewind_lost_inputs",
    "keep_going",
];

/// Reads `--build_event_json_file`.
pub(super) fn read_json(
    feed: &mut Feed,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Read, Stop> {
    let mut events = EventReader::default();
    feed.each_object(notes, meter, |event: ReadObject<BuildEvent>, place, notes| match event {
        Ok(event) => events.add(event, place, notes),
        Err(error) => {
            let what = || format!("The event is damaged: {error}.");
            notes.add("event", place.clone(), what, "It is left out.");
        }
    })?;
    events.finish(notes)
}

/// Reads `--build_event_binary_file`.
pub(super) fn read_binary(
    feed: &mut Feed,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Read, Stop> {
    let mut events = EventReader::default();
    let called = Called { key: "event", one: "An event", remedy: "It is left out." };
    feed.each_message(&called, notes, meter, |event, place, notes| {
        events.add(event, &place, notes)
    })?;
    events.finish(notes)
}

/// The digest and the size of a file, where told.
type Content = Option<(crate::model::Digest, Option<u64>)>;

/// Collects the events of a stream.
#[derive(Default)]
struct EventReader {
    builder: LogBuilder,
    n_events: u64,
    n_sets: u64,
    sets: Vec<ArtifactSet>,
    /// Sets of the current attempt by id: each attempt counts anew.
    by_id: HashMap<String, u32>,
    targets: Vec<ReportedTarget>,
    actions: Vec<ReportedAction>,
    attempts: Vec<Attempt>,
}

impl EventReader {
    fn add(&mut self, event: BuildEvent, place: &Place, notes: &mut Notes) {
        let Some(id) = event.id else {
            notes.add("id", place.clone(), || "An event has no id.".into(), "It is left out.");
            return;
        };
        self.n_events += 1;
        if let Some(started) = event.started {
            self.start(started);
        }
        if let Some(options) = event.options_parsed {
            self.attempt().options = options_that_matter(&options);
        }
        if let Some(set) = event.named_set_of_files {
            self.add_set(&id, &set, place, notes);
        }
        if let Some(target) = event.completed {
            self.add_target(&id, &target, place, notes);
        }
        if let Some(action) = event.action {
            self.add_action(&id, &action, place, notes);
        }
        if event.aborted.is_some() {
            self.attempt().n_aborted += 1;
        }
        if let Some(finished) = event.finished {
            self.finish_attempt(finished);
        }
        if let Some(summary) = event.build_metrics.and_then(|m| m.action_summary) {
            let runners = summary.runner_count.into_iter();
            let runners = runners.map(|r| (r.name, u64::try_from(r.count).unwrap_or(0)));
            self.attempt().runners = runners.collect();
        }
    }

    /// The attempt that events belong to now; one without a start if the stream begins amid it.
    fn attempt(&mut self) -> &mut Attempt {
        if self.attempts.is_empty() {
            self.attempts.push(Attempt::default());
        }
        let last = self.attempts.len() - 1;
        &mut self.attempts[last]
    }

    fn start(&mut self, started: Started) {
        self.by_id.clear();
        self.attempts.push(Attempt {
            invocation: started.uuid,
            command: started.command,
            version: started.build_tool_version,
            started_ms: Some(started.start_time_millis).filter(|&ms| ms > 0),
            ..Attempt::default()
        });
    }

    fn finish_attempt(&mut self, finished: Finished) {
        let attempt = self.attempt();
        attempt.finished_ms = Some(finished.finish_time_millis).filter(|&ms| ms > 0);
        if let Some(exit) = finished.exit_code {
            attempt.exit_code = Some(exit.code);
            attempt.exit_name = exit.name;
        }
        attempt.failure = finished.failure_detail.map(|d| d.message).unwrap_or_default();
    }

    /// The set called `id`, which may come later than what refers to it.
    fn set(&mut self, id: &str) -> u32 {
        if let Some(&known) = self.by_id.get(id) {
            return known;
        }
        let next = self.sets.len() as u32;
        self.sets.push(ArtifactSet::default());
        self.by_id.insert(id.to_owned(), next);
        next
    }

    fn add_set(&mut self, id: &EventId, set: &NamedSet, place: &Place, notes: &mut Notes) {
        let Some(id) = &id.named_set else {
            let what = || "A set of files has no id.".to_owned();
            notes.add("set", place.clone(), what, "It is left out.");
            return;
        };
        self.n_sets += 1;
        let at = self.set(&id.id) as usize;
        let direct = set.files.iter().filter_map(|file| self.file(file, place, notes)).collect();
        let transitive = set.file_sets.iter().map(|set| self.set(&set.id)).collect();
        self.sets[at] = ArtifactSet { direct, transitive };
    }

    fn file(&mut self, file: &File, place: &Place, notes: &mut Notes) -> Option<u32> {
        let path = path(file);
        if path.is_empty() {
            notes.add("path", place.clone(), || "A file has no name.".into(), "It is left out.");
            return None;
        }
        let content = self.content(file, place, notes);
        let blob = content.map(|(digest, size)| self.builder.blobs.intern(digest, size));
        Some(self.builder.file(&path, blob))
    }

    fn content(&self, file: &File, place: &Place, notes: &mut Notes) -> Content {
        if file.digest.is_empty() {
            return self.of_uri(file, place, notes);
        }
        let digest = spawn::Digest {
            hash: file.digest.clone(),
            size_bytes: file.length,
            hash_function_name: String::new(),
        };
        // Only an address may name the function.
        let resource = file.uri.strip_prefix("bytestream://").and_then(digests::of_resource);
        let function = resource.map(|(digest, _)| digest.function());
        let function = function.filter(|function| function.n_bytes() * 2 == file.digest.len());
        digests::of_log_as(&digest, function, place, notes)
    }

    fn of_uri(&self, file: &File, place: &Place, notes: &mut Notes) -> Content {
        let resource = file.uri.strip_prefix("bytestream://")?;
        let content = digests::of_resource(resource);
        if content.is_none() {
            let what = || {
                let shown: String = resource.chars().take(200).collect();
                format!("'bytestream://{shown}' names no blob; expected blobs/HASH/SIZE.")
            };
            notes.add("uri", place.clone(), what, "The file is kept without its content.");
        }
        content
    }

    fn add_target(
        &mut self,
        id: &EventId,
        target: &TargetComplete,
        place: &Place,
        notes: &mut Notes,
    ) {
        let (mut default_sets, mut other_sets) = (Vec::new(), Vec::new());
        for group in &target.output_group {
            let sets = if group.name == "default" { &mut default_sets } else { &mut other_sets };
            sets.extend(group.file_sets.iter().map(|set| self.set(&set.id)));
            let inline = &group.inline_files;
            if !inline.is_empty() {
                let direct = inline.iter().filter_map(|file| self.file(file, place, notes));
                let direct = direct.collect();
                sets.push(self.sets.len() as u32);
                self.sets.push(ArtifactSet { direct, transitive: Vec::new() });
            }
        }
        self.attempt();
        let label = id.target_completed.as_ref().map_or("", |id| &id.label);
        self.targets.push(ReportedTarget {
            label: self.builder.texts.intern(label),
            succeeded: target.success,
            default_sets,
            other_sets,
            attempt: self.attempts.len() as u32 - 1,
        });
    }

    fn add_action(
        &mut self,
        id: &EventId,
        action: &ActionExecuted,
        place: &Place,
        notes: &mut Notes,
    ) {
        self.attempt();
        let id = id.action_completed.as_ref();
        let primary_output = id.map_or("", |id| &id.primary_output);
        // A `file:` address tells no content, and the path alone nothing new.
        let content = action.primary_output.as_ref().filter(|_| !primary_output.is_empty());
        if let Some((digest, size)) = content.and_then(|file| self.content(file, place, notes)) {
            let blob = self.builder.blobs.intern(digest, size);
            self.builder.file(primary_output, Some(blob));
        }
        let label = match action.label.as_str() {
            "" => id.map_or("", |id| &id.label),
            label => label,
        };
        let failure = action.failure_detail.as_ref().map_or("", |detail| &detail.message);
        let texts = &mut self.builder.texts;
        self.actions.push(ReportedAction {
            primary_output: texts.intern(primary_output),
            label: texts.intern(label),
            mnemonic: texts.intern(&action.mnemonic),
            succeeded: action.success,
            exit_code: action.exit_code,
            failure: texts.intern(failure),
            attempt: self.attempts.len() as u32 - 1,
        });
    }

    fn finish(self, notes: &mut Notes) -> Result<Read, Stop> {
        if self.n_events == 0 {
            let what = "Not one whole event could be read.".to_owned();
            let remedy = "Export the build events again, or check that they were copied whole.";
            return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
        }
        let (n_events, n_sets) = (self.n_events, self.n_sets);
        let facts = BepFacts {
            texts: self.builder.texts.finish(),
            blobs: self.builder.blobs.finish(),
            files: self.builder.files,
            sets: self.sets,
            targets: self.targets,
            actions: self.actions,
            attempts: self.attempts,
        };
        let paths: HashSet<_> = facts.files.iter().map(|file| file.path).collect();
        let failed = facts.actions.iter().filter(|action| !action.succeeded).count();
        let counts = vec![
            ("events", n_events),
            ("attempts", facts.attempts.len() as u64),
            ("targets", facts.targets.len() as u64),
            ("named_sets", n_sets),
            ("outputs", paths.len() as u64),
            ("top_level_outputs", facts.top_level().len() as u64),
            ("reported_actions", facts.actions.len() as u64),
            ("failed_actions", failed as u64),
        ];
        let told = sentences(&facts);
        Ok((facts, counts, told))
    }
}

/// The path of `file` from the execution root. Files of the source tree have no prefix.
fn path(file: &File) -> String {
    let mut path = String::new();
    for part in file.path_prefix.iter().chain([&file.name]) {
        if !path.is_empty() {
            path.push('/');
        }
        path += part;
    }
    path
}

/// The last of each of [`OPTIONS`] in effect.
fn options_that_matter(options: &OptionsParsed) -> Vec<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for option in options.startup_options.iter().chain(&options.cmd_line) {
        let Some(text) = option.strip_prefix("--") else { continue };
        let name = text.split('=').next().unwrap_or(text);
        let name = name.strip_prefix("no").filter(|n| OPTIONS.contains(n)).unwrap_or(name);
        let Some(at) = OPTIONS.iter().position(|known| *known == name) else { continue };
        found.retain(|(other, _)| *other != at);
        found.push((at, without_user(option)));
    }
    found.sort();
    found.into_iter().map(|(_, option)| option).collect()
}

/// `option` without the name and password in an address, which are nobody's business.
fn without_user(option: &str) -> String {
    let Some((before, address)) = option.split_once("://") else { return option.to_owned() };
    let host = address.split('/').next().unwrap_or(address);
    match host.rfind('@') {
        Some(at) => format!("{before}://{}", &address[at + 1..]),
        None => option.to_owned(),
    }
}

/// How the build went, for the card.
fn sentences(facts: &BepFacts) -> Vec<String> {
    let mut told = Vec::new();
    let n = facts.attempts.len();
    for (i, attempt) in facts.attempts.iter().enumerate().take(ATTEMPTS_MAX) {
        let which = if n > 1 { format!("Attempt {} of {n}", i + 1) } else { "The build".into() };
        let name = match attempt.exit_name.as_str() {
            "" => String::new(),
            name => format!(" ({name})"),
        };
        told.push(match attempt.exit_code {
            Some(code) => format!("{which} ended with exit code {code}{name}."),
            None => format!("{which} has no end in this stream."),
        });
        if !attempt.options.is_empty() {
            told.push(format!("Its options: {}.", attempt.options.join(" ")));
        }
        let runners: Vec<String> =
            attempt.runners.iter().map(|(name, n)| format!("{n} {name}")).collect();
        if !runners.is_empty() {
            told.push(format!("Its processes: {}.", runners.join(", ")));
        }
    }
    let failed: Vec<&ReportedAction> = facts.actions.iter().filter(|a| !a.succeeded).collect();
    for action in failed.iter().take(FAILURES_MAX) {
        told.push(failure(facts, action));
    }
    if failed.len() > FAILURES_MAX {
        told.push(format!("{} more actions failed.", failed.len() - FAILURES_MAX));
    }
    told
}

fn failure(facts: &BepFacts, action: &ReportedAction) -> String {
    let text = |id| facts.texts.get(id);
    let whose = match text(action.label) {
        "" => text(action.primary_output),
        label => label,
    };
    let why: String = text(action.failure).chars().take(FAILURE_CHARS_MAX).collect();
    let cut = if why.len() < text(action.failure).len() { "…" } else { "" };
    format!("{} of {whose} failed: {why}{cut}", text(action.mnemonic))
}
