//! Where in a trace an action or a blob is spoken of, so that a chain of causes is found by looking
//! at few events, however long the trace.
//!
//! Four bytes for each event and action that it is about, as many for each event and blob, and four
//! for each action and blob.

use crate::model::{ActionId, BlobId, Graph, Id, Status, Verb};
use crate::rewind::trace::{Event, MissReason, Trace};

/// Positions of events by what they are about, ascending. Made in two passes over the trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Index {
    by_action: Rows,
    by_blob: Rows,
    /// Attempts that start.
    pub starts: Vec<u32>,
    /// Attempts that are given up.
    pub retries: Vec<u32>,
    /// Inputs and outputs that are found lost, reports of such.
    pub losses: Vec<u32>,
    /// Actions that fail.
    pub failures: Vec<u32>,
    /// Reads that end in an error.
    pub errors: Vec<u32>,
    /// Sources that are edited.
    pub edits: Vec<u32>,
}

impl Index {
    pub fn of(graph: &Graph, trace: &Trace) -> Self {
        let events = &trace.events;
        assert!(events.len() < u32::MAX as usize, "more than u32::MAX events");
        let positions = |is_it: fn(&Event) -> bool| -> Vec<u32> {
            let found = events.iter().enumerate().filter(|(_, event)| is_it(event));
            found.map(|(position, _)| position as u32).collect()
        };
        Self {
            by_action: Rows::of(events, graph.n_actions(), |e| actor(e).map(Id::index)),
            by_blob: Rows::of(events, graph.blobs().len(), |e| blob(e).map(Id::index)),
            starts: positions(|e| matches!(e, Event::BuildStarted { .. })),
            retries: positions(|e| matches!(e, Event::Retrying { .. })),
            losses: positions(|e| {
                matches!(
                    e,
                    Event::LostInput { .. } | Event::LostOutput { .. } | Event::LossReported { .. }
                )
            }),
            failures: positions(|e| matches!(e, Event::Failed { .. })),
            errors: positions(|e| matches!(e, Event::Asked(r) if r.status == Status::Error)),
            edits: positions(|e| matches!(e, Event::Edited { .. })),
        }
    }

    /// The events before `at` that `action` does or suffers, ascending.
    pub fn of_action(&self, action: ActionId, at: usize) -> &[u32] {
        before(self.by_action.row(action.index()), at)
    }

    /// The events before `at` that bear on whether `blob` is there, ascending.
    pub fn of_blob(&self, blob: BlobId, at: usize) -> &[u32] {
        before(self.by_blob.row(blob.index()), at)
    }

    /// Where the attempt that the event at `at` belongs to starts; 0 before the first.
    pub fn attempt_start(&self, at: usize) -> usize {
        before(&self.starts, at).last().map_or(0, |&start| start as usize)
    }

    /// Where the next attempt starts, if any.
    pub fn next_start(&self, at: usize) -> Option<usize> {
        let n = self.starts.partition_point(|&start| (start as usize) <= at);
        self.starts.get(n).map(|&start| start as usize)
    }
}

/// Those of `positions` (ascending) that are before `at`.
pub(super) fn before(positions: &[u32], at: usize) -> &[u32] {
    &positions[..positions.partition_point(|&position| (position as usize) < at)]
}

/// Positions by id, as compressed sparse rows.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Rows {
    ends: Vec<u32>,
    positions: Vec<u32>,
}

impl Rows {
    /// Room for ids below `n`; what is beyond grows it (fresh content).
    fn of(events: &[Event], n: usize, id: impl Fn(&Event) -> Option<usize>) -> Self {
        let mut ends = vec![0_u32; n];
        for id in events.iter().filter_map(&id) {
            if id >= ends.len() {
                ends.resize(id + 1, 0);
            }
            ends[id] += 1;
        }
        let mut n_before = 0;
        for end in &mut ends {
            // The start of the row, which filling it turns into its end.
            n_before += std::mem::replace(end, n_before);
        }
        let mut positions = vec![0; n_before as usize];
        for (position, event) in events.iter().enumerate() {
            if let Some(id) = id(event) {
                positions[ends[id] as usize] = position as u32;
                ends[id] += 1;
            }
        }
        Self { ends, positions }
    }

    fn row(&self, id: usize) -> &[u32] {
        let Some(&end) = self.ends.get(id) else { return &[] };
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.positions[start as usize..end as usize]
    }
}

/// Who does or suffers what the event says.
fn actor(event: &Event) -> Option<ActionId> {
    match *event {
        Event::Asked(request) => request.owner,
        Event::Reused { action }
        | Event::CacheHit { action }
        | Event::CacheMiss { action, .. }
        | Event::LostInput { consumer: action, .. }
        | Event::LossReported { consumer: action }
        | Event::MarkedDirty { action, .. }
        | Event::Outdated { action, .. }
        | Event::UploadCancelled { action }
        | Event::Reset { action }
        | Event::Started { action }
        | Event::Executed { action, .. }
        | Event::Made { action }
        | Event::LeftRemote { action }
        | Event::Failed { action, .. }
        | Event::Skipped { action } => Some(action),
        _ => None,
    }
}

/// The blob that the event brings, takes, or finds gone.
fn blob(event: &Event) -> Option<BlobId> {
    match *event {
        Event::Asked(request) => {
            let tells = request.verb == Verb::Put || request.status != Status::Ok;
            tells.then_some(request.blob)
        }
        Event::Evicted { blob, .. }
        | Event::LostInput { blob, .. }
        | Event::LostOutput { blob, .. }
        | Event::CacheMiss {
            reason: MissReason::BlobLost(blob) | MissReason::NamesLost(blob),
            ..
        } => Some(blob),
        _ => None,
    }
}
