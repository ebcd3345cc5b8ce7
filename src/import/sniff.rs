//! Tells formats apart by their content. A file's name is never asked.

use prost::Message;

use super::card::Format;
use super::wire::bep::BuildEvent;
use super::wire::delimited::{Delimited, Field, Fields};
use super::wire::spawn::{Entry, ExecLogEntry, SpawnExec};
use super::{
    access_log, aquery_plain, aquery_text, buck2_event_log, buck2_names, buck2_what_ran,
    execution_graph, find_missing, graph_dot, pack,
};

/// How much of a file is looked at.
const HEAD_BYTES: usize = 256 << 10;

/// What a file is taken for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Guess {
    /// A format that is read.
    Read(Format),
    /// A format that is known but not read: what it is, and what to drop instead.
    NotRead(&'static str, &'static str),
    /// Nothing known.
    Nothing,
}

/// What the small exports of Buck2 say, the event log says too.
const LOG_INSTEAD: &str = "Drop the event log that it was made from (buck2 log last).";

/// What `bytes`, unpacked, are.
pub(super) fn sniff(bytes: &[u8]) -> Guess {
    if bytes.starts_with(pack::MAGIC) {
        return Guess::Read(Format::Packed);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Guess::Read(Format::BlobsZip);
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Guess::Read(Format::BlobsTar);
    }
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let text = head.trim_ascii_start();
    if text.starts_with(b"{") {
        return sniff_json(text);
    }
    if let Some(guess) = sniff_binary(bytes) {
        return guess;
    }
    // The bare list of events, each with its phase.
    if text.starts_with(b"[") && text.windows(4).take(4096).any(|w| w == b"\"ph\"") {
        return Guess::Read(Format::BazelProfile);
    }
    // The objects of a log, put into a list: those formats are read object by object.
    if let Some(first) = text.strip_prefix(b"[").map(<[u8]>::trim_ascii_start)
        && first.starts_with(b"{")
        && let Guess::Read(format) = sniff_json(first)
        && LISTED.contains(&format)
    {
        return Guess::Read(format);
    }
    sniff_text(text)
}

/// Formats of which each object is read by itself.
const LISTED: [Format; 4] = [
    Format::BazelExecLogJson,
    Format::BazelBepJson,
    Format::Buck2EventLogJson,
    Format::Buck2WhatRan,
];

/// Keys of build events beside the id: what they announce, and their payloads.
const EVENT_KEYS: [&str; 20] = [
    "children",
    "started",
    "progress",
    "configured",
    "namedSetOfFiles",
    "completed",
    "action",
    "finished",
    "aborted",
    "optionsParsed",
    "structuredCommandLine",
    "unstructuredCommandLine",
    "workspaceStatus",
    "workspaceInfo",
    "buildMetadata",
    "buildMetrics",
    "buildToolLogs",
    "testResult",
    "testSummary",
    "lastMessage",
];

/// Tells JSON formats apart by the keys of the first object.
fn sniff_json(text: &[u8]) -> Guess {
    let keys = top_keys(text);
    let has = |key: &str| keys.contains(&key.as_bytes());
    let n_spawn =
        ["commandArgs", "listedOutputs", "actualOutputs", "environmentVariables", "remotable"]
            .iter()
            .filter(|key| has(key))
            .count();
    let graph = ["artifacts", "depSetOfFiles", "pathFragments", "actions", "targets"];
    if n_spawn >= 1 && !has("artifacts") {
        Guess::Read(Format::BazelExecLogJson)
    } else if graph.iter().any(|key| has(key)) {
        Guess::Read(Format::BazelAqueryJsonproto)
    } else if has("traceEvents") || has("otherData") {
        Guess::Read(Format::BazelProfile)
    } else if has("id") && EVENT_KEYS.iter().any(|key| has(key)) {
        Guess::Read(Format::BazelBepJson)
    } else if has("Event") || (has("command_line_args") && has("working_dir")) {
        Guess::Read(Format::Buck2EventLogJson)
    } else if has("reason") && has("identity") && has("reproducer") {
        Guess::Read(Format::Buck2WhatRan)
    } else if keys.iter().any(|key| is_queried(key)) {
        Guess::Read(Format::Buck2AqueryJson)
    } else if has("edges") || has("links") {
        Guess::Read(Format::GraphJson)
    } else if find_missing::KEYS.iter().any(|key| has(key)) {
        Guess::Read(Format::FindMissingBlobs)
    } else if let Some(format) = access_log::sniff(text) {
        Guess::Read(format)
    } else if has("method") && has("file_count") && has("action_digest") {
        Guess::NotRead("what Buck2 materialised", LOG_INSTEAD)
    } else if has("digests_uploaded") {
        Guess::NotRead("what Buck2 uploaded", LOG_INSTEAD)
    } else if has("execution_kind") && has("total_duration") {
        Guess::NotRead("Buck2's critical path", LOG_INSTEAD)
    } else if has("CurrSize") && has("MaxSize") {
        let instead = "It names no blob. List the folder of the cache: find -type f.";
        Guess::NotRead("the status of a bazel-remote server", instead)
    } else {
        Guess::Nothing
    }
}

fn is_queried(key: &[u8]) -> bool {
    std::str::from_utf8(key).is_ok_and(|key| buck2_names::of_query(key).is_some())
}

/// Keys of the first object in `text`, as far as it goes.
fn top_keys(text: &[u8]) -> Vec<&[u8]> {
    let (mut keys, mut depth, mut i) = (Vec::new(), 0usize, 0);
    while i < text.len() {
        match text[i] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            b'"' => {
                let start = i + 1;
                i = start;
                while i < text.len() && text[i] != b'"' {
                    i += if text[i] == b'\\' { 2 } else { 1 };
                }
                let end = i.min(text.len());
                let after = text.get(i + 1..).unwrap_or_default().trim_ascii_start();
                if depth == 1 && after.starts_with(b":") {
                    keys.push(&text[start..end]);
                }
            }
            _ => {}
        }
        i += 1;
    }
    keys
}

fn sniff_binary(bytes: &[u8]) -> Option<Guess> {
    if bytes.is_empty() {
        return None;
    }
    if buck2_event_log::looks_like(bytes) {
        return Some(Guess::Read(Format::Buck2EventLog));
    }
    if execution_graph::looks_like(bytes) {
        return Some(Guess::Read(Format::BazelExecutionGraph));
    }
    if is_spawn_log(bytes) {
        return Some(Guess::Read(Format::BazelExecLogBinary));
    }
    if is_container(bytes) {
        return Some(Guess::Read(Format::BazelAqueryProto));
    }
    let mut first = Delimited::new(bytes).map_while(|(_, message)| message.ok());
    let first = first.next()?;
    if is_compact_entry(first) {
        return Some(Guess::Read(Format::BazelExecLogCompact));
    }
    if !first.is_empty() && is_container(first) {
        return Some(Guess::Read(Format::BazelAqueryStreamedProto));
    }
    other_messages(first)
}

/// Whether the first message is a spawn: a mnemonic or a runner, and nothing that a spawn lacks.
fn is_spawn_log(bytes: &[u8]) -> bool {
    Delimited::new(bytes).take(2).any(|(_, message)| {
        let Some(spawn) = message.ok().and_then(|m| Some((m, SpawnExec::decode(m).ok()?))) else {
            return false;
        };
        let (message, spawn) = spawn;
        let word = !spawn.mnemonic.is_empty()
            && spawn.mnemonic.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        let digests = spawn.inputs.iter().filter_map(|f| f.digest.as_ref());
        let hex = digests.take(8).all(|d| d.hash.bytes().all(|b| b.is_ascii_hexdigit()));
        let fields = Fields::new(message).all(|f| f.number <= 20);
        word && hex && fields && !(spawn.command_args.is_empty() && spawn.listed_outputs.is_empty())
    })
}

/// Whether `bytes` are the fields of an `ActionGraphContainer`: elements that all begin with their
/// id (actions: that of their target), or a damaged tail after some of those.
fn is_container(bytes: &[u8]) -> bool {
    let mut n_elements = 0;
    for field in Fields::new(bytes).take(64) {
        let Some(element) = field.bytes.filter(|_| field.number <= 8) else {
            return false;
        };
        let mut inner = Fields::new(element);
        let is_id = |first: &Field| {
            let text = first.bytes.is_some_and(|id| id.iter().all(u8::is_ascii_digit));
            first.number == 1 && (text || first.varint.is_some())
        };
        if !inner.next().is_some_and(|first| is_id(&first)) {
            return false;
        }
        let number_max = if field.number == 2 { 32 } else { 8 };
        if inner.by_ref().take(32).any(|part| part.number > number_max) || inner.damage.is_some() {
            return false;
        }
        n_elements += 1;
    }
    n_elements > 0
}

fn is_compact_entry(message: &[u8]) -> bool {
    let Ok(entry) = ExecLogEntry::decode(message) else { return false };
    match entry.entry {
        Some(Entry::Invocation(invocation)) => {
            crate::model::DigestFunction::from_name(&invocation.hash_function_name).is_some()
        }
        Some(Entry::File(file)) => {
            let hex = |d: super::wire::spawn::Digest| d.hash.bytes().all(|b| b.is_ascii_hexdigit());
            !file.path.is_empty() && file.digest.is_none_or(hex)
        }
        _ => false,
    }
}

/// Formats of delimited messages that later versions read.
fn other_messages(first: &[u8]) -> Option<Guess> {
    let numbers: Vec<(u64, bool)> =
        Fields::new(first).take(32).map(|f| (f.number, f.bytes.is_some())).collect();
    let has = |number: u64| numbers.contains(&(number, true));
    // LogEntry: metadata, method name as text, times.
    let method = Fields::new(first).find(|f| f.number == 3).and_then(|f| f.bytes);
    if has(1) && method.is_some_and(|m| m.starts_with(b"build.bazel.") || m.starts_with(b"google."))
    {
        return Some(Guess::Read(Format::BazelGrpcLog));
    }
    is_build_event(first, &numbers).then_some(Guess::Read(Format::BazelBepBinary))
}

/// Whether `message` is a build event: an id of one known kind, and children or a payload.
fn is_build_event(message: &[u8], numbers: &[(u64, bool)]) -> bool {
    let id = Fields::new(message).find(|field| field.number == 1).and_then(|field| field.bytes);
    let is_kind = id.is_some_and(|id| {
        let mut fields = Fields::new(id);
        let first = fields.next();
        first.is_some_and(|f| f.bytes.is_some() && f.number <= 40) && fields.next().is_none()
    });
    let known = numbers.iter().all(|&(number, is_bytes)| is_bytes && number <= 40 || number == 20);
    let payload = numbers.iter().any(|&(number, _)| (2..=40).contains(&number));
    is_kind && known && payload && BuildEvent::decode(message).is_ok()
}

fn sniff_text(text: &[u8]) -> Guess {
    if graph_dot::looks_like(text) {
        return Guess::Read(Format::Dot);
    }
    if aquery_text::looks_like(text) {
        return Guess::Read(Format::BazelAqueryTextproto);
    }
    if aquery_plain::looks_like(text) {
        return Guess::Read(Format::BazelAqueryText);
    }
    if buck2_what_ran::looks_like_text(text) {
        return Guess::Read(Format::Buck2WhatRan);
    }
    access_log::sniff(text).map_or(Guess::Nothing, Guess::Read)
}
