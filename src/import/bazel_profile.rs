//! Reads Bazel's trace profile (`--profile`): JSON in Chrome's trace event format, an event at a
//! time.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::bazel_profile_facts::{PlannedRewind, ProfileFacts, ProfiledAction};
use super::card::{Counts, Place};
use super::exec_log::label_of_progress;
use super::notes::{Meter, Notes, Stop};
use crate::model::TextsBuilder;

/// The facts, the counts and the sentences for the card.
pub(super) type Read = (ProfileFacts, Counts, Vec<String>);

/// Rewinds that are spelt out on the card.
const REWINDS_MAX: usize = 5;

/// How far into a file its events begin at the latest.
const HEAD_BYTES: usize = 1 << 20;

/// The key before the events, in the form with an object around them.
const EVENTS_KEY: &[u8] = b"\"traceEvents\"";

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, default)]
    cat: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(default)]
    ts: f64,
    #[serde(default)]
    dur: f64,
    #[serde(default)]
    tid: i64,
    #[serde(borrow, default)]
    out: Cow<'a, str>,
    #[serde(borrow, default)]
    args: Args<'a>,
}

#[derive(Deserialize, Default)]
struct Args<'a> {
    #[serde(borrow, default)]
    target: Cow<'a, str>,
    #[serde(borrow, default)]
    mnemonic: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct OtherData {
    build_id: String,
}

/// Reads a trace profile.
pub(super) fn read(bytes: &[u8], notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let Some(mut at) = start_of_events(bytes) else {
        let what = "It has no list of trace events.".to_owned();
        let remedy = "Export the profile again (bazel build --profile=FILE).";
        return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
    };
    let mut profile = ProfileReader { invocation: invocation(&bytes[..at]), ..Default::default() };
    loop {
        let between = |b: &&u8| b.is_ascii_whitespace() || **b == b',';
        at += bytes[at..].iter().take_while(between).count();
        let place = Place::Offset(at as u64);
        match bytes.get(at) {
            Some(b']') => break,
            None => {
                let what = || "The list of events has no end.".to_owned();
                notes.add("tail", place, what, "What came before is used.");
                break;
            }
            Some(_) => {}
        }
        meter.at(at, bytes.len())?;
        let mut events = serde_json::Deserializer::from_slice(&bytes[at..]).into_iter::<Event>();
        match events.next() {
            Some(Ok(event)) => {
                profile.add(&event);
                at += events.byte_offset();
            }
            Some(Err(error)) => {
                let what = || format!("An event is damaged: {error}.");
                notes.add("event", place, what, "It is left out.");
                at = next_event(bytes, at);
            }
            None => break,
        }
    }
    profile.finish(notes)
}

/// Where the first event may begin: behind the bracket of the list.
fn start_of_events(bytes: &[u8]) -> Option<usize> {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let bare = head.trim_ascii_start();
    if bare.starts_with(b"[") {
        return Some(head.len() - bare.len() + 1);
    }
    let key = head.windows(EVENTS_KEY.len()).position(|w| w == EVENTS_KEY)? + EVENTS_KEY.len();
    let bracket = head[key..].iter().position(|&b| b == b'[')?;
    let gap = &head[key..key + bracket];
    gap.iter().all(|b| b.is_ascii_whitespace() || *b == b':').then_some(key + bracket + 1)
}

/// The id of the invocation in what comes before the events.
fn invocation(head: &[u8]) -> String {
    let key = b"\"otherData\"";
    let at = head.windows(key.len()).position(|w| w == key);
    let value = at.and_then(|at| head.get(at + key.len()..)).map(|rest| rest.trim_ascii_start());
    let value = value.and_then(|rest| rest.strip_prefix(b":")).unwrap_or_default();
    let mut data = serde_json::Deserializer::from_slice(value).into_iter::<OtherData>();
    data.next().and_then(Result::ok).map(|data| data.build_id).unwrap_or_default()
}

/// Where the event after the one at `at` begins: a brace at the start of a line, or after a comma.
fn next_event(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at + 1..];
    let mut last = b' ';
    for (i, &byte) in rest.iter().enumerate() {
        if byte == b'{' && (last == b'\n' || last == b',') {
            return at + 1 + i;
        }
        if byte == b'\n' || !byte.is_ascii_whitespace() {
            last = byte;
        }
    }
    bytes.len()
}

/// Collects the events of a profile.
#[derive(Default)]
struct ProfileReader {
    texts: TextsBuilder,
    invocation: String,
    n_events: u64,
    /// Each with its thread.
    actions: Vec<(i64, ProfiledAction)>,
    rewinds: Vec<PlannedRewind>,
    /// Begin and duration of each run of a command, by thread.
    runs: HashMap<i64, Vec<(i64, u64)>>,
}

impl ProfileReader {
    fn add(&mut self, event: &Event) {
        self.n_events += 1;
        let (start_us, total_us) = (event.ts as i64, event.dur as u64);
        if event.cat == "action processing" {
            let label = match event.args.target.as_ref() {
                "" => label_of_progress(&event.name),
                label => label,
            };
            let action = ProfiledAction {
                name: self.texts.intern(&event.name),
                label: self.texts.intern(label),
                mnemonic: self.texts.intern(&event.args.mnemonic),
                primary_output: self.texts.intern(&event.out),
                start_us,
                total_us,
                executed_us: None,
            };
            self.actions.push((event.tid, action));
        } else if is_run(event) {
            self.runs.entry(event.tid).or_default().push((start_us, total_us));
        } else if let Some((n_lost, of_outputs, whose)) = planned_rewind(&event.name) {
            let whose = self.texts.intern(whose);
            self.rewinds.push(PlannedRewind { n_lost, of_outputs, whose, start_us });
        }
    }

    fn finish(mut self, notes: &mut Notes) -> Result<Read, Stop> {
        if self.n_events == 0 {
            let what = "Not one whole event could be read.".to_owned();
            let remedy = "Export the profile again, or check that it was copied whole.";
            return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
        }
        for runs in self.runs.values_mut() {
            runs.sort_unstable();
        }
        for (thread, action) in &mut self.actions {
            let runs = self.runs.get(thread).map_or(&[][..], Vec::as_slice);
            action.executed_us = run_within(runs, action.start_us, action.total_us);
        }
        let mut actions: Vec<ProfiledAction> = self.actions.into_iter().map(|a| a.1).collect();
        actions.sort_by_key(|action| action.start_us);
        self.rewinds.sort_by_key(|rewind| rewind.start_us);
        let n_lost = self.rewinds.iter().fold(0u64, |sum, r| sum.saturating_add(r.n_lost));
        let counts = vec![
            ("events", self.n_events),
            ("actions", actions.len() as u64),
            ("executed", actions.iter().filter(|a| a.executed_us.is_some()).count() as u64),
            ("rewind_plans", self.rewinds.len() as u64),
            ("lost", n_lost),
        ];
        let facts = ProfileFacts {
            texts: self.texts.finish(),
            invocation: self.invocation,
            actions,
            rewinds: self.rewinds,
        };
        let told = sentences(&facts);
        Ok((facts, counts, told))
    }
}

/// Whether `event` is the run of a command: here (`LocalSpawnRunner`, sandboxes) or by a remote
/// worker (`ProfilerTask.REMOTE_PROCESS_TIME`).
fn is_run(event: &Event) -> bool {
    event.name == "subprocess.run" || event.cat == "Remote execution process wall time"
}

/// How long commands ran between `start` and `start + length`; `None` if none did. `runs` are in
/// order.
fn run_within(runs: &[(i64, u64)], start: i64, length: u64) -> Option<u64> {
    let end = start.saturating_add_unsigned(length);
    let first = runs.partition_point(|run| run.0 < start);
    let inside = runs[first..].iter().take_while(|run| run.0 <= end);
    let mut inside = inside.filter(|run| run.0.saturating_add_unsigned(run.1) <= end).peekable();
    inside.peek()?;
    Some(inside.fold(0u64, |sum, run| sum.saturating_add(run.1)))
}

/// Number of lost blobs, whether they are outputs, and whose, of a span such as "Preparing rewind
/// plan for 2 lost inputs of action 'Executing genrule //:c'".
fn planned_rewind(name: &str) -> Option<(u64, bool, &str)> {
    let rest = name.strip_prefix("Preparing rewind plan for ")?;
    let (n, rest) = rest.split_once(" lost ")?;
    let (what, whose) = rest.split_once(" of ").unwrap_or((rest, ""));
    Some((n.parse().ok()?, what.starts_with("output"), whose))
}

fn sentences(facts: &ProfileFacts) -> Vec<String> {
    let rewinds = facts.rewinds.iter();
    let mut told: Vec<String> = rewinds
        .take(REWINDS_MAX)
        .map(|rewind| {
            let kind = if rewind.of_outputs { "outputs" } else { "inputs" };
            let whose: String = facts.texts.get(rewind.whose).chars().take(200).collect();
            let seconds = rewind.start_us as f64 / 1e6;
            format!(
                "At {seconds:.3} s a rewind was planned: {} lost {kind} of {whose}.",
                rewind.n_lost
            )
        })
        .collect();
    if facts.rewinds.len() > REWINDS_MAX {
        told.push(format!("{} more rewinds were planned.", facts.rewinds.len() - REWINDS_MAX));
    }
    told
}
