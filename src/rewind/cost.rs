//! What a trace cost, counted from its events.

use std::collections::BTreeSet;

use crate::model::{ActionId, Status, Verb};

use super::trace::{Event, Trace};

/// Counts over a trace or a part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cost {
    /// Runs of whole builds.
    pub n_attempts: usize,
    /// Rounds of rewinding.
    pub n_rewinds: usize,
    /// Executions, repeated ones included.
    pub n_executions: usize,
    /// Executions of actions that were done before in the same build.
    pub n_reexecutions: usize,
    /// Results taken from the cache.
    pub n_hits: usize,
    /// Reads.
    pub n_gets: usize,
    /// Reads that found nothing.
    pub n_not_found: usize,
    /// Writes.
    pub n_puts: usize,
}

impl Cost {
    /// Counts `events`.
    pub fn of(events: &[Event]) -> Self {
        let mut cost = Self::default();
        for event in events {
            match event {
                Event::BuildStarted { .. } => cost.n_attempts += 1,
                Event::Rewound { .. } => cost.n_rewinds += 1,
                Event::Executed { again, .. } => {
                    cost.n_executions += 1;
                    cost.n_reexecutions += usize::from(*again);
                }
                Event::CacheHit { .. } => cost.n_hits += 1,
                Event::Asked(request) if request.verb == Verb::Put => cost.n_puts += 1,
                Event::Asked(request) => {
                    cost.n_gets += 1;
                    cost.n_not_found += usize::from(request.status == Status::NotFound);
                }
                _ => {}
            }
        }
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
