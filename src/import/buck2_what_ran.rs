//! Reads `buck2 log what-ran`, as tab-separated text and as JSON.
//!
//! A line is a command, not an action: an action may have a cache query, a remote and a local
//! command. Lines of one identity are one action.

use serde::Deserialize;

use super::buck2_event_log::Read;
use super::buck2_names;
use super::card::Place;
use super::feed::Feed;
use super::named_facts::NamedBuilder;
use super::notes::{Meter, Notes, Stop};
use crate::model::{ActionKind, Texts};

/// Executors of the text format (`CommandReproducer::executor`); that of remote execution may have
/// the platform behind it.
const EXECUTORS: [&str; 9] = [
    "cache_query",
    "re_dep_file_cache",
    "cache",
    "dep_file",
    "local",
    "worker_init",
    "worker",
    "re_worker",
    "re",
];

/// Whether the first line is a command of the text format.
pub(super) fn looks_like_text(text: &[u8]) -> bool {
    let line = text.split(|&b| b == b'\n').next().unwrap_or_default();
    std::str::from_utf8(line).ok().and_then(columns).is_some()
}

/// Reads either format.
pub(super) fn read(feed: &mut Feed, notes: &mut Notes, meter: &mut Meter) -> Result<Read, Stop> {
    let mut commands = Commands::default();
    let head = feed.head(1024, notes, meter)?.trim_ascii_start();
    if matches!(head.first(), Some(b'{' | b'[')) {
        read_json(feed, &mut commands, notes, meter)?;
    } else {
        read_text(feed, &mut commands, notes, meter)?;
    }
    if commands.n == 0 {
        let what = "Not one whole command could be read.".to_owned();
        let remedy = "Drop the event log itself, or run buck2 log what-ran --format json again.";
        return Err(Stop::Unusable(Box::new(notes.warning(Place::Whole, what, remedy))));
    }
    // An identity is no name: actions of one target may share it.
    commands.named.actions.iter_mut().for_each(|action| action.name = Texts::EMPTY);
    let counts = vec![
        ("commands", commands.n),
        ("actions", commands.named.actions.len() as u64),
        ("cache_hits", commands.n_hits),
        ("tests", commands.n_tests),
    ];
    Ok((commands.named.finish(false), counts))
}

#[derive(Deserialize)]
struct Command {
    reason: String,
    identity: String,
    reproducer: Reproducer,
}

#[derive(Deserialize)]
struct Reproducer {
    executor: String,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    digest: Option<String>,
}

fn read_json(
    feed: &mut Feed,
    commands: &mut Commands,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<(), Stop> {
    while let Some((offset, object)) = feed.object::<Command>(notes, meter)? {
        let place = Place::Offset(offset);
        match object {
            Ok(command) => {
                let digest = command.reproducer.details.and_then(|d| d.digest);
                let executor = command.reproducer.executor;
                let is_hit = ["Cache", "ReDepFileCache", "LocalDepFileCache"].contains(&&*executor);
                let digest = digest.as_deref().unwrap_or("");
                commands.add(&command.reason, &command.identity, is_hit, digest, &place, notes);
            }
            Err(error) => {
                let n = commands.n;
                let what = || format!("The object after {n} commands is damaged: {error}.");
                notes.add("object", place, what, "What came before is used.");
                return Ok(());
            }
        }
    }
    Ok(())
}

fn read_text(
    feed: &mut Feed,
    commands: &mut Commands,
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<(), Stop> {
    while let Some(line) = feed.line(notes, meter)? {
        let place = line.place();
        let line = String::from_utf8_lossy(line.bytes);
        match columns(&line) {
            Some((reason, identity, executor, details)) => {
                let is_hit = ["cache", "re_dep_file_cache", "dep_file"].contains(&executor);
                let digest = match executor {
                    "local" | "worker" | "worker_init" => "",
                    _ => details.trim(),
                };
                commands.add(reason, identity, is_hit, digest, &place, notes);
            }
            // --show-std-err prints what a command said below it.
            None => {
                let what = || "A line is no command: it has not four columns.".to_owned();
                notes.add("line", place, what, "It is left out.");
            }
        }
    }
    Ok(())
}

/// Reason, identity, executor and details of a line.
fn columns(line: &str) -> Option<(&str, &str, &str, &str)> {
    let mut columns = line.splitn(4, '\t');
    let (reason, identity) = (columns.next()?, columns.next()?);
    let (executor, details) = (columns.next()?, columns.next()?);
    let is_reason = reason == "build" || reason.starts_with("test.");
    let known = |name: &&&str| executor.strip_prefix(**name).is_some_and(is_platform);
    let executor = EXECUTORS.iter().find(known)?;
    is_reason.then_some((reason, identity, executor, details))
}

fn is_platform(text: &str) -> bool {
    text.is_empty() || text.starts_with(['(', ' '])
}

#[derive(Default)]
struct Commands {
    named: NamedBuilder,
    n: u64,
    n_hits: u64,
    n_tests: u64,
}

impl Commands {
    fn add(
        &mut self,
        reason: &str,
        identity: &str,
        is_hit: bool,
        digest: &str,
        place: &Place,
        notes: &mut Notes,
    ) {
        self.n += 1;
        self.n_hits += u64::from(is_hit);
        if reason != "build" {
            self.n_tests += 1;
            return;
        }
        let Some((owner, category, identifier)) = buck2_names::of_identity(identity) else {
            let what =
                || format!("'{}' names no action.", identity.chars().take(120).collect::<String>());
            notes.add("identity", place.clone(), what, "The command is counted, not shown.");
            return;
        };
        let key =
            buck2_names::digest(digest).map(|(digest, size)| self.named.blobs.intern(digest, size));
        if key.is_none() && !digest.is_empty() {
            let what = || "A command has no digest where one is expected.".to_owned();
            notes.add("digest", place.clone(), what, "The action is kept without its key.");
        }
        let index = self.named.action(identity);
        let texts = &mut self.named.texts;
        let action = &mut self.named.actions[index];
        action.owner = texts.intern(owner);
        action.category = texts.intern(category);
        action.identifier = texts.intern(identifier);
        action.kind = Some(ActionKind::Spawn);
        action.key = key.or(action.key);
    }
}
