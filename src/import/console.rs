//! What a build tool printed about blobs that its cache had lost, pasted or saved from a terminal
//! or from continuous integration.
//!
//! `docs/formats/loss_messages.md` lists the messages, by version. The planner's own words for
//! them are in `rewind/planner/message.rs`; both follow the tools' sources.

use super::card::{Counts, Place};
use super::console_text::{Record, records};
use super::losses::{self, LossFacts};
use super::notes::{Meter, Notes, Stop};

/// How much of a file is looked at to recognise it: a failing build says so at its end.
const HEAD_BYTES: usize = 16 << 20;

/// Whether `bytes` are what a build tool printed: they tell of a loss, or of how a build ended.
pub(super) fn sniff(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    if head.contains(&0) {
        return false;
    }
    let text = String::from_utf8_lossy(head);
    const ENDS: [&str; 5] = [
        "INFO: Elapsed time: ",
        "INFO: Invocation ID: ",
        "Build did NOT complete successfully",
        "INFO: Build completed",
        "retrying the build...",
    ];
    ENDS.iter().any(|end| text.contains(end)) || !facts(&text).is_empty()
}

/// Blobs and paths that `text` tells to be lost. Empty where it tells of none.
pub fn read_losses(text: &str) -> LossFacts {
    facts(text)
}

/// Reads console text.
pub(super) fn read(
    bytes: &[u8],
    notes: &mut Notes,
    meter: &mut Meter,
) -> Result<(LossFacts, Counts), Stop> {
    let text = String::from_utf8_lossy(bytes);
    let mut facts = LossFacts::default();
    let records = records(&text);
    for (i, record) in records.iter().enumerate() {
        meter.at(i << 8, records.len() << 8)?;
        let n_cut = facts.n_cut;
        losses::add(&mut facts, &record.text);
        if facts.n_cut > n_cut {
            let what = || "A digest of a lost blob is cut short or of no known length.".to_owned();
            let remedy = "It is left out. Paste the whole line.";
            notes.add("cut digest", Place::Line(record.line), what, remedy);
        }
    }
    if facts.n_unnamed > 0 {
        let n = facts.n_unnamed;
        let what = || format!("The text tells of {n} lost blobs without naming them.");
        let remedy = "An access log of the cache, or a log of gRPC calls, names them.";
        notes.add("unnamed", Place::Whole, what, remedy);
    }
    if !text.ends_with('\n') && is_unfinished(records.last()) {
        let place = Place::Line(records.last().map_or(1, |r| r.line));
        let what = || "The text breaks off within a message.".to_owned();
        let remedy = "What came before is used. Paste it to its end.";
        notes.add("breaks off", place, what, remedy);
    }
    let counts = counts(&facts);
    Ok((facts, counts))
}

fn facts(text: &str) -> LossFacts {
    let mut facts = LossFacts::default();
    for record in records(text) {
        losses::add(&mut facts, &record.text);
    }
    facts
}

fn is_unfinished(last: Option<&Record>) -> bool {
    last.is_some_and(|record| {
        record.text.starts_with("ERROR: ") && !record.text.ends_with(['.', ')', 'y'])
    })
}

fn counts(facts: &LossFacts) -> Counts {
    let mut counts = vec![("lost", facts.lost.len() as u64)];
    let more = [
        ("lost_paths", facts.lost_paths.len() as u64),
        ("unnamed", facts.n_unnamed),
        ("failed_actions", facts.failed_actions.len() as u64),
        ("retries", facts.n_retries),
        ("rewinds", facts.n_rewinds),
    ];
    counts.extend(more.into_iter().filter(|count| count.1 > 0));
    counts.extend(facts.exit_code.map(|code| ("exit_code", u64::from(code))));
    counts
}
