//! What a trace cost, counted from its events.

mod critical;
mod requests;

use std::collections::BTreeSet;

use crate::model::{ActionId, Graph, Verb};

use super::trace::{Event, Trace};
pub use critical::CriticalPath;
pub use requests::{RequestCount, RequestCounts};

/// Counts over a part of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Runs of whole builds.
    pub n_attempts: usize,
    /// Rounds of rewinding.
    pub n_rewinds: usize,
    /// Executions, repeated ones included.
    pub n_executions: usize,
    /// Executions of actions that were done before in the same attempt.
    pub n_reexecutions: usize,
    /// Results taken from the cache.
    pub n_hits: usize,
    /// Requests, by kind.
    pub requests: RequestCounts,
}

impl Counts {
    /// Counts `events`.
    pub fn of(events: &[Event]) -> Self {
        let mut counts = Self::default();
        for event in events {
            match event {
                Event::BuildStarted { .. } => counts.n_attempts += 1,
                Event::Rewound { .. } => counts.n_rewinds += 1,
                Event::Executed { again, .. } => {
                    counts.n_executions += 1;
                    counts.n_reexecutions += usize::from(*again);
                }
                Event::CacheHit { .. } => counts.n_hits += 1,
                Event::Asked(request) => counts.requests.add(request),
                _ => {}
            }
        }
        counts
    }
}

/// What a whole trace cost.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cost {
    /// How often what happened.
    pub counts: Counts,
    /// Bytes of blobs that the remote cache served. AC entries, whose size no export tells, and
    /// the cache on disk, which no network lies before, are not counted.
    pub bytes_down: u64,
    /// Bytes of blobs that clients and workers uploaded to the remote cache, counted likewise.
    pub bytes_up: u64,
    /// Reads and writes of blobs, among those counted, whose size no export tells: they add
    /// nothing to the bytes.
    pub n_unknown_size: usize,
    /// Virtual milliseconds during builds; the time between builds is left out.
    pub virtual_ms: u64,
    /// What had to happen one after the other in the attempt that took longest for it.
    pub critical_path: CriticalPath,
}

impl Cost {
    /// The cost of `trace`, over all its builds. A pass over the events; where something executes,
    /// also over the inputs of what is done.
    pub fn of(graph: &Graph, trace: &Trace) -> Self {
        let mut cost = Self { counts: Counts::of(&trace.events), ..Self::default() };
        let (mut now_ms, mut started_ms) = (0, None);
        for event in &trace.events {
            match *event {
                Event::Clock { ms } => now_ms = ms,
                Event::BuildStarted { .. } => {
                    started_ms.get_or_insert(now_ms);
                }
                Event::BuildFinished { .. } => {
                    cost.virtual_ms += now_ms - started_ms.take().unwrap_or(now_ms);
                }
                Event::Asked(request) if requests::moves_blob(&request) => {
                    let size_bytes = graph.blobs().size_bytes(request.blob);
                    let total = match request.verb {
                        Verb::Put => &mut cost.bytes_up,
                        Verb::Get | Verb::Find => &mut cost.bytes_down,
                    };
                    *total += size_bytes.unwrap_or(0);
                    cost.n_unknown_size += usize::from(size_bytes.is_none());
                }
                _ => {}
            }
        }
        cost.critical_path = CriticalPath::of(graph, trace);
        cost
    }
}

/// The actions that executed, in order of their first execution, each once.
pub fn executed(trace: &Trace) -> Vec<ActionId> {
    distinct(trace, |event| match event {
        Event::Executed { action, .. } => Some(*action),
        _ => None,
    })
}

/// The actions that were made to run again by rewinding, in order, each once.
pub fn rewound(trace: &Trace) -> Vec<ActionId> {
    distinct(trace, |event| match event {
        Event::MarkedDirty { action, .. } => Some(*action),
        _ => None,
    })
}

/// The actions that failed, in order, each once.
pub fn failed(trace: &Trace) -> Vec<ActionId> {
    distinct(trace, |event| match event {
        Event::Failed { action, .. } => Some(*action),
        _ => None,
    })
}

fn distinct(trace: &Trace, pick: impl Fn(&Event) -> Option<ActionId>) -> Vec<ActionId> {
    let mut seen = BTreeSet::new();
    trace.events.iter().filter_map(pick).filter(|action| seen.insert(*action)).collect()
}
