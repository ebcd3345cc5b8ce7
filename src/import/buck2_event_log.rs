//! Reads Buck2's event log (`buck-out/*/log/*_events.*`), as delimited messages or as JSON lines.
//!
//! The log tells which actions ran, how and for how long, but neither inputs nor, as a rule, paths
//! of outputs. Outputs have the first four bytes of their digest only; a whole digest is known
//! where exactly one of the digests that the same action uploaded begins so.

use std::collections::HashMap;

use prost::Message;

use super::buck2_names;
use super::card::{Counts, Place};
use super::exec_log::millis;
use super::feed::Feed;
use super::feed_json::ReadObject;
use super::named_facts::{NamedArtifact, NamedBuilder, NamedFacts};
use super::notes::{Meter, Notes, Stop};
use super::wire::buck2 as wire;
use super::wire::buck2_lines::Line;
use super::wire::delimited::Delimited;
use crate::model::{ActionKind, BlobId, TextId, Texts};

/// The facts and the counts of a file of named actions.
pub(super) type Read = (NamedFacts, Counts);

/// Characters of an error text that a warning shows.
const ERROR_CHARS: usize = 240;

/// `ActionKind.RUN`.
const KIND_RUN: i32 = 3;

/// Whether `bytes` begin with the `Invocation` that every event log begins with: its trace id, a
/// UUID, is what no other format has there.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    let mut messages = Delimited::new(bytes).map_while(|(_, message)| message.ok());
    let invocation = messages.next().and_then(|first| wire::Invocation::decode(first).ok());
    invocation.is_some_and(|invocation| {
        let is_uuid =
            |id: &String| id.len() == 36 && id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
        !invocation.command_line_args.is_empty()
            && !invocation.working_dir.is_empty()
            && invocation.trace_id.as_ref().is_some_and(is_uuid)
    })
}

/// Reads delimited messages: an `Invocation`, then `CommandProgress`.
pub(super) fn read_proto(
    feed: &mut Feed,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Read, Stop> {
    let mut log = EventLog::default();
    while let Some((offset, message)) = feed.message(notes, meter)? {
        let place = Place::Offset(offset);
        let message = match message {
            Ok(message) => message,
            Err(what) => {
                let remedy = "What came before is used; the log of a running build ends so.";
                notes.add("tail", place, || what, remedy);
                break;
            }
        };
        if offset == 0 && wire::Invocation::decode(message).is_ok_and(|i| !i.working_dir.is_empty())
        {
            continue;
        }
        match wire::CommandProgress::decode(message) {
            Ok(progress) => log.add(progress, &place, notes),
            Err(error) => damaged("message", place, &error.to_string(), notes),
        }
    }
    log.finish(notes)
}

/// Reads a JSON object a line.
pub(super) fn read_json(
    feed: &mut Feed,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<Read, Stop> {
    let mut log = EventLog::default();
    feed.each_object(notes, meter, |line: ReadObject<Line>, place, notes| match line {
        Ok(line) if line.command_line_args.is_some() => {}
        Ok(line) => {
            let data = line.event.map(|event| event.data.unwrap_or_default());
            let event = data.map(|data| wire::BuckEvent {
                span_end: data.span_end.and_then(|span| span.data),
                instant: data.instant.and_then(|instant| instant.data),
                ..wire::BuckEvent::default()
            });
            let result = line.result.and_then(|result| result.result);
            log.add(wire::CommandProgress { event, result }, place, notes);
        }
        Err(error) => damaged("line", place.clone(), &error.to_string(), notes),
    })?;
    log.finish(notes)
}

fn damaged(kind: &'static str, place: Place, error: &str, notes: &mut Notes) {
    let what = || format!("A {kind} cannot be decoded: {error}.");
    notes.add(kind, place, what, "It is left out; what comes after is used.");
}

#[derive(Default)]
struct EventLog {
    named: NamedBuilder,
    n_events: u64,
    n_executed: u64,
    n_hits: u64,
    n_failed: u64,
    n_uploads: u64,
    n_materialized: u64,
    n_not_materialized: u64,
    /// Whether the command ended well, once it ended.
    outcome: Option<bool>,
    /// Nodes and edges of Buck2's own action graph, which it counts but does not log.
    graph_size: Option<(u64, u64)>,
    /// First digits of the outputs' digests, per action.
    outputs: HashMap<usize, Vec<String>>,
    /// Files that actions uploaded.
    uploads: HashMap<usize, Vec<BlobId>>,
    /// Paths that were materialised, by the digest of the action that wrote them.
    paths: HashMap<BlobId, Vec<TextId>>,
}

impl EventLog {
    fn add(&mut self, progress: wire::CommandProgress, place: &Place, notes: &mut Notes) {
        if let Some(event) = progress.event {
            self.n_events += 1;
            if let Some(info) = event.instant.and_then(|instant| instant.build_graph_info) {
                self.graph_size = Some((info.num_nodes, info.num_edges));
            }
            let span = event.span_end.unwrap_or_default();
            if let Some(end) = span.action_execution {
                self.executed(&end, place, notes);
            }
            if let Some(upload) = span.cache_upload {
                self.uploaded(&upload);
            }
            if let Some(end) = span.materialization {
                self.materialized(end, place, notes);
            }
            if let Some(end) = span.command {
                self.outcome = Some(end.is_success);
            }
        }
        if let Some(result) = progress.result {
            let errors = result.build_response.map(|r| r.errors).unwrap_or_default();
            for error in result.error.iter().chain(&errors) {
                let what = || format!("The command failed: {}", shown(&error.message));
                notes.add("command failed", place.clone(), what, "What ran until then is shown.");
            }
            self.outcome = self.outcome.or(Some(result.error.is_none() && errors.is_empty()));
        }
    }

    /// The action of `key`, new or known.
    fn action(&mut self, key: Option<&wire::ActionKey>, name: Option<&wire::ActionName>) -> usize {
        let (unique, owner) = key.map(buck2_names::of_key).unwrap_or_default();
        let index = match unique.as_str() {
            "" => self.named.nameless(),
            unique => self.named.action(unique),
        };
        let texts = &mut self.named.texts;
        let action = &mut self.named.actions[index];
        action.owner = texts.intern(&owner);
        if let Some(name) = name {
            action.category = texts.intern(&name.category);
            action.identifier = texts.intern(&name.identifier);
        }
        index
    }

    fn executed(&mut self, end: &wire::ActionExecutionEnd, place: &Place, notes: &mut Notes) {
        let index = self.action(end.key.as_ref(), end.name.as_ref());
        // Of ActionExecutionKind: the caches of actions and of dep files, here and remote.
        let is_hit = matches!(end.execution_kind, 3 | 7 | 9 | 10);
        self.n_executed += u64::from(!is_hit);
        self.n_hits += u64::from(is_hit);
        let details = end.commands.last().and_then(|command| command.details.as_ref());
        let digest = end.commands.iter().rev().find_map(|c| action_digest(c.details.as_ref()?));
        let key = digest.filter(|text| !text.is_empty()).and_then(|text| {
            let digest = buck2_names::digest(text);
            if digest.is_none() {
                let what = || format!("'{}' is no digest of an action.", shown(text));
                notes.add("digest", place.clone(), what, "The action is kept without its key.");
            }
            let (digest, size) = digest?;
            Some(self.named.blobs.intern(digest, size))
        });
        let execution = details.and_then(|d| d.metadata.as_ref()?.execution_time.as_ref());
        let duration = execution.or(end.wall_time.as_ref()).filter(|_| !is_hit);
        let action = &mut self.named.actions[index];
        action.kind = Some(match end.kind {
            0 | KIND_RUN => ActionKind::Spawn,
            _ => ActionKind::Internal,
        });
        action.key = key.or(action.key);
        action.duration_ms = duration.and_then(millis).or(action.duration_ms);
        if end.failed {
            self.n_failed += 1;
            let name = self.named.texts.get(action.name).to_owned();
            let what = || format!("The action {name} failed: {}", failure(end));
            notes.add("action failed", place.clone(), what, "It is shown as it was asked for.");
            return;
        }
        let digests = end.outputs.iter().map(|output| output.tiny_digest.clone());
        self.outputs.insert(index, digests.collect());
    }

    fn uploaded(&mut self, upload: &wire::CacheUploadEnd) {
        self.n_uploads += 1;
        let index = self.action(upload.key.as_ref(), upload.name.as_ref());
        let blobs = &mut self.named.blobs;
        let mut intern = |text: &str| {
            let (digest, size) = buck2_names::digest(text)?;
            Some(blobs.intern(digest, size))
        };
        let key = intern(&upload.action_digest);
        let files = upload.file_digests.iter().filter_map(|text| intern(text));
        if upload.success {
            self.uploads.entry(index).or_default().extend(files);
        }
        let action = &mut self.named.actions[index];
        action.key = action.key.or(key);
    }

    fn materialized(&mut self, end: wire::MaterializationEnd, place: &Place, notes: &mut Notes) {
        self.n_materialized += u64::from(end.success);
        self.n_not_materialized += u64::from(!end.success);
        if let Some(error) = end.error.filter(|_| !end.success) {
            let what = || format!("{} could not be materialised: {}", end.path, shown(&error));
            let remedy = "Its blob may be lost: play the build with that blob evicted.";
            notes.add("materialisation", place.clone(), what, remedy);
        }
        let digest = end.action_digest.as_deref().and_then(buck2_names::digest);
        if let Some((digest, size)) = digest {
            let key = self.named.blobs.intern(digest, size);
            let path = self.named.texts.intern(&end.path);
            let paths = self.paths.entry(key).or_default();
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }

    fn finish(mut self, notes: &mut Notes) -> Result<Read, Stop> {
        if self.n_events == 0 {
            let what = "Not one whole event could be read.".to_owned();
            let remedy = "Take the log from buck-out/v2/log again, or check that it is whole.";
            return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
        }
        if self.outcome.is_none() {
            let what = || "The log has no end of the command.".to_owned();
            let remedy = "It was copied while the build ran, or the build was killed.";
            notes.add("no end", Place::Whole, what, remedy);
        }
        for index in 0..self.named.actions.len() {
            self.name_outputs(index);
        }
        let mut counts: Counts = vec![
            ("events", self.n_events),
            ("actions", self.named.actions.len() as u64),
            ("executed", self.n_executed),
            ("cache_hits", self.n_hits),
            ("failed", self.n_failed),
            ("uploads", self.n_uploads),
            ("materialized", self.n_materialized),
            ("not_materialized", self.n_not_materialized),
        ];
        counts.extend(self.outcome.map(|is_success| ("command_succeeded", u64::from(is_success))));
        let graph = self.graph_size.into_iter();
        counts.extend(graph.flat_map(|(n, m)| [("graph_nodes", n), ("graph_edges", m)]));
        Ok((self.named.finish(false), counts))
    }

    /// Gives an action its outputs: paths where files were materialised on its behalf, contents
    /// where digest and path can only belong together.
    fn name_outputs(&mut self, index: usize) {
        let tiny = self.outputs.remove(&index).unwrap_or_default();
        let uploads = self.uploads.remove(&index).unwrap_or_default();
        let key = self.named.actions[index].key;
        let paths = key.and_then(|key| self.paths.remove(&key)).unwrap_or_default();
        let is_one = tiny.len() == 1 && paths.len() <= 1;
        let blobs = &self.named.blobs;
        let whole = |tiny: &String| {
            let mut same = uploads.iter().filter(|&&b| {
                let hex = blobs.digest(b).hex();
                !tiny.is_empty() && hex.starts_with(tiny.as_str())
            });
            same.next().copied().filter(|first| same.all(|other| other == first))
        };
        let mut outputs: Vec<NamedArtifact> =
            paths.iter().map(|&path| NamedArtifact { path, blob: None }).collect();
        if is_one {
            let path = paths.first().copied().unwrap_or(Texts::EMPTY);
            outputs = vec![NamedArtifact { path, blob: whole(&tiny[0]) }];
        } else if paths.is_empty() {
            let nameless = |t: &String| NamedArtifact { path: Texts::EMPTY, blob: whole(t) };
            outputs = tiny.iter().map(nameless).collect();
        }
        self.named.actions[index].outputs = outputs;
    }
}

fn action_digest(details: &wire::CommandDetails) -> Option<&str> {
    Some(match details.command_kind.as_ref()?.command.as_ref()? {
        wire::Command::Local(command) | wire::Command::Worker(command) => &command.action_digest,
        wire::Command::Remote(command) | wire::Command::OmittedLocal(command) => {
            &command.action_digest
        }
    })
}

/// Why an action failed: the error, else what its last command said.
fn failure(end: &wire::ActionExecutionEnd) -> String {
    match &end.error {
        Some(wire::ActionFailure::Unknown(error)) => shown(error),
        Some(wire::ActionFailure::MissingOutputs(missing)) => shown(&missing.message),
        None => {
            let details = end.commands.last().and_then(|command| command.details.as_ref());
            let code = details.and_then(|d| d.signed_exit_code);
            let code = code.map_or("no exit code".into(), |code| format!("exit code {code}"));
            match details.map_or("", |d| d.cmd_stderr.trim()) {
                "" => format!("{code}."),
                stderr => format!("{code}, {}", shown(stderr)),
            }
        }
    }
}

/// The beginning of a text that somebody else wrote, on one line, without colours.
fn shown(text: &str) -> String {
    let mut line = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => {
                let _ = rest.by_ref().find(|c| c.is_ascii_alphabetic());
            }
            c if c.is_whitespace() && line.ends_with(' ') => {}
            c if c.is_control() || c.is_whitespace() => line.push(' '),
            c => line.push(c),
        }
        if line.len() >= ERROR_CHARS {
            line.push('…');
            break;
        }
    }
    line
}
