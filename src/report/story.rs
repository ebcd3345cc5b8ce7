//! The story: a sentence per event, in words that a newcomer follows.
//!
//! A sentence may look at the events around its own (was the output fetched? will the producer run
//! again?), so it is made for a position of a trace, not for an event alone.

use std::ops::Range;

use crate::model::Graph;
use crate::rewind::{Counts, Event, MissReason, Scenario, Trace};

use super::names::Names;
use super::words::Sentence;

/// How much an event matters to who follows the story.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Importance {
    /// Follows from what was told: uploads, downloads, starts.
    Detail,
    /// A step of the build: lookups, hits, executions.
    Step,
    /// Things take a turn: losses, rewinding, failures, begin and end.
    Turn,
}

/// A line of the story with long runs of alike events folded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Line {
    /// The event at this position.
    Event(usize),
    /// The events at these positions, told as one.
    Folded(Range<usize>),
}

/// Tells a trace.
#[derive(Clone, Copy, Debug)]
pub struct Story<'a> {
    /// What is built.
    pub graph: &'a Graph,
    /// What things are called.
    pub names: &'a Names,
    /// Who builds what in which mode.
    pub scenario: &'a Scenario,
    /// What happens.
    pub trace: &'a Trace,
}

impl Story<'_> {
    /// How much the event at `position` matters.
    pub fn importance(&self, position: usize) -> Importance {
        importance(&self.trace.events[position])
    }

    /// The story of `events` (positions) with runs of more than `run_max` steps or of as many
    /// evictions or skips folded. Details are left out, or told within a folded run.
    pub fn lines(&self, events: Range<usize>, run_max: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut run = events.start;
        while run < events.end {
            let class = class(&self.trace.events[run]);
            let rest = &self.trace.events[run..events.end];
            let len = rest.iter().position(|e| self::class(e) != class).unwrap_or(rest.len());
            let told: Vec<usize> = (run..run + len)
                .filter(|&p| self.importance(p) > Importance::Detail)
                .take(run_max.max(1) + 1)
                .collect();
            if told.len() > run_max && class != Class::Alone {
                lines.push(Line::Folded(run..run + len));
            } else {
                let all = run..run + len;
                let shown = all.filter(|&p| self.importance(p) > Importance::Detail);
                lines.extend(shown.map(Line::Event));
            }
            run += len;
        }
        lines
    }

    /// A line of the story as a sentence.
    pub fn line(&self, line: &Line) -> Sentence {
        match line {
            Line::Event(position) => self.sentence(*position),
            Line::Folded(range) => self.summary(range.clone()),
        }
    }

    /// Many events in one sentence: how many of what.
    pub fn summary(&self, events: Range<usize>) -> Sentence {
        let events = &self.trace.events[events];
        let counts = Counts::of(events);
        let (n_disk, requests) = (counts.requests.n_disk(), counts.requests);
        let count = |is_it: fn(&Event) -> bool| events.iter().filter(|&e| is_it(e)).count();
        let told = [
            (
                count(|e| matches!(e, Event::Evicted { .. })),
                "blob or AC entry is evicted",
                "blobs and AC entries are evicted",
            ),
            (
                count(|e| matches!(e, Event::Edited { .. })),
                "source is edited",
                "sources are edited",
            ),
            (
                count(|e| matches!(e, Event::Reused { .. })),
                "action is reused",
                "actions are reused",
            ),
            (counts.n_hits, "cache hit", "cache hits"),
            (count(|e| matches!(e, Event::CacheMiss { .. })), "cache miss", "cache misses"),
            (counts.n_executions, "execution", "executions"),
            (
                count(|e| matches!(e, Event::Skipped { .. })),
                "action is skipped",
                "actions are skipped",
            ),
            (requests.n_reads(), "read of the cache", "reads of the cache"),
            (requests.n_writes(), "write to the cache", "writes to the cache"),
            (n_disk, "request to the disk cache", "requests to the disk cache"),
        ];
        let told: Vec<String> = told
            .into_iter()
            .filter(|count| count.0 > 0)
            .map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many }))
            .collect();
        Sentence::new(told.join(", ") + ".")
    }
}

/// How much `event` matters.
pub fn importance(event: &Event) -> Importance {
    match event {
        Event::Asked(request) if is_lookup(request) => Importance::Step,
        Event::Asked(_)
        | Event::Materialized { .. }
        | Event::Made { .. }
        | Event::LeftRemote { .. }
        | Event::Started { .. }
        | Event::Clock { .. }
        | Event::UploadCancelled { .. }
        | Event::Deleted { .. } => Importance::Detail,
        Event::CacheMiss {
            reason: MissReason::BlobLost(_) | MissReason::NamesLost(_) | MissReason::Broken,
            ..
        }
        | Event::Executed { again: true, .. } => Importance::Turn,
        Event::CacheHit { .. }
        | Event::CacheMiss { .. }
        | Event::Reused { .. }
        | Event::Executed { .. }
        | Event::Cleaned
        | Event::ServerRestarted
        | Event::Skipped { .. } => Importance::Step,
        Event::Evicted { .. }
        | Event::Edited { .. }
        | Event::BuildStarted { .. }
        | Event::LostInput { .. }
        | Event::LostOutput { .. }
        | Event::LossReported { .. }
        | Event::Outdated { .. }
        | Event::Rewound { .. }
        | Event::MarkedDirty { .. }
        | Event::Reset { .. }
        | Event::Failed { .. }
        | Event::Retrying { .. }
        | Event::BuildFinished { .. } => Importance::Turn,
    }
}

/// Which events may be folded into one line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Alone,
    Evictions,
    Skips,
    Steps,
}

fn class(event: &Event) -> Class {
    match event {
        Event::Evicted { .. } => Class::Evictions,
        Event::Skipped { .. } => Class::Skips,
        _ if importance(event) == Importance::Turn => Class::Alone,
        _ => Class::Steps,
    }
}

/// Lookups in the action cache, and reads of blobs that turn out to be gone.
fn is_lookup(request: &crate::model::Request) -> bool {
    use crate::model::{CacheKind, Status, Verb};
    let vain = request.status == Status::NotFound;
    request.verb != Verb::Put && (request.kind == CacheKind::Ac || vain)
}
