//! Why something happened: the chain of events from a moment back to the eviction that began it.
//!
//! Each link is the nearest earlier event that the kind of event has as its cause, so a chain takes
//! as many scans of the trace as it has links: about six per build.

use std::collections::VecDeque;

use crate::model::{
    ActionId, ArtifactId, BlobId, CacheKind, Graph, IdSet, Request, Status, Tier, Verb,
};

use super::trace::{Event, MissReason, Trace};

/// Positions of the events that explain the state of `action` after the first `step` events, latest
/// first, ending with the eviction (or the first event) that began it. Empty if nothing happened to
/// it.
pub fn why(graph: &Graph, trace: &Trace, action: ActionId, step: usize) -> Vec<usize> {
    let events = &trace.events[..step.min(trace.events.len())];
    let past = Past { graph, events };
    let Some(mut at) = past.state_of(action) else {
        return Vec::new();
    };
    let mut chain = vec![at];
    while let Some(cause) = past.cause(at) {
        assert!(cause < at, "a cause comes before its effect");
        chain.push(cause);
        at = cause;
    }
    chain
}

/// The events up to a moment.
struct Past<'a> {
    graph: &'a Graph,
    events: &'a [Event],
}

impl Past<'_> {
    /// The latest event of the running attempt that says what `action` is.
    fn state_of(&self, action: ActionId) -> Option<usize> {
        let at = self.events.iter().rposition(|event| {
            subject(event) == Some(action) || matches!(event, Event::BuildStarted { .. })
        })?;
        (subject(&self.events[at]) == Some(action)).then_some(at)
    }

    /// The event that led to the one at `at`.
    fn cause(&self, at: usize) -> Option<usize> {
        match self.events[at] {
            Event::Executed { action, .. } | Event::Started { action } => {
                self.cause_of_execution(at, action)
            }
            Event::CacheMiss { action, reason } => self.cause_of_miss(at, action, reason),
            Event::CacheHit { action } => {
                self.rerun_order(at, action).or_else(|| self.ac_answer(at, action).map(|a| a.0))
            }
            Event::Reused { action } | Event::LeftRemote { action } => {
                self.latest(at, |event| is_done(event, action))
            }
            Event::Made { action } => self.rerun_order(at, action),
            Event::MarkedDirty { action, consumer } => self.cause_of_dirt(at, action, consumer),
            Event::Reset { action } | Event::Failed { action, .. } => self.latest(
                at,
                |event| matches!(event, Event::LostInput { consumer, .. } if *consumer == action),
            ),
            Event::LostInput { input, blob, .. } => self.cause_of_loss(at, Some(input), blob),
            Event::LostOutput { artifact, blob } => self.cause_of_loss(at, Some(artifact), blob),
            Event::Skipped { action } => self.cause_of_skip(at, action),
            Event::Asked(request) => self.cause_of_answer(at, request),
            Event::Materialized { for_action, .. } => {
                let action = for_action?;
                self.latest(at, |event| subject(event) == Some(action))
            }
            Event::Rewound { consumer, .. } => self.latest(at, |event| match event {
                Event::LostInput { consumer: who, .. } => consumer.is_none_or(|c| c == *who),
                Event::LostOutput { .. } => consumer.is_none(),
                _ => false,
            }),
            Event::Retrying { .. } => self.first_failure(at),
            Event::BuildFinished { success, .. } => {
                if success {
                    None
                } else {
                    self.first_failure(at)
                }
            }
            Event::BuildStarted { .. } => at
                .checked_sub(1)
                .filter(|&before| matches!(self.events[before], Event::Retrying { .. })),
            Event::LossReported { consumer } => self.latest(
                at,
                |event| matches!(event, Event::Started { action } if *action == consumer),
            ),
            Event::Outdated { producer, .. } => self.latest(at, |event| is_done(event, producer)),
            Event::UploadCancelled { action } => self.rerun_order(at, action),
            Event::Clock { .. }
            | Event::Evicted { .. }
            | Event::Edited { .. }
            | Event::Cleaned
            | Event::ServerRestarted
            | Event::Deleted { .. } => None,
        }
    }

    /// It executes because its lookup failed, or, without a lookup, because it was made to.
    fn cause_of_execution(&self, at: usize, action: ActionId) -> Option<usize> {
        let found = self.in_attempt(at, |event| match event {
            Event::CacheMiss { action: who, .. } => *who == action,
            _ => orders_rerun(event, action),
        })?;
        let order = match self.events[found] {
            // A lookup that was not made explains nothing: what made it run again does.
            Event::CacheMiss { reason: MissReason::NotAsked, .. } => {
                self.rerun_order(found, action)
            }
            _ => None,
        };
        Some(order.unwrap_or(found))
    }

    fn cause_of_miss(&self, at: usize, action: ActionId, reason: MissReason) -> Option<usize> {
        if let Some(order) = self.rerun_order(at, action) {
            return Some(order);
        }
        match reason {
            MissReason::NoEntry => self.cause_of_no_entry(at, action),
            MissReason::BlobLost(blob) => self
                .evicted(at, CacheKind::Cas, blob)
                .or_else(|| self.latest(at, |event| asked_in_vain(event, CacheKind::Cas, blob))),
            MissReason::NamesLost(blob) => self.latest(at, |event| match event {
                Event::LostInput { blob: lost, .. } | Event::LostOutput { blob: lost, .. } => {
                    *lost == blob
                }
                Event::CacheMiss { reason: MissReason::BlobLost(lost), .. } => *lost == blob,
                Event::Evicted { kind: CacheKind::Cas, blob: gone, tier: Tier::Remote } => {
                    *gone == blob
                }
                _ => asked_in_vain(event, CacheKind::Cas, blob),
            }),
            MissReason::Broken => self.ac_answer(at, action).map(|answer| answer.0),
            MissReason::NotAsked => None,
        }
    }

    /// Evicted, or another key since a source was edited, or never there.
    fn cause_of_no_entry(&self, at: usize, action: ActionId) -> Option<usize> {
        let answer = self.ac_answer(at, action);
        let key = answer.map(|(_, key)| key).or(self.graph.digests(action).key);
        if let Some(evicted) = key.and_then(|key| self.evicted(at, CacheKind::Ac, key)) {
            return Some(evicted);
        }
        let is_edit = |event: &Event| matches!(event, Event::Edited { .. });
        if self.events[..at].iter().any(is_edit) {
            let upstream = self.upstream_artifacts(action);
            let edit = self.latest(at, |event| {
                matches!(event, Event::Edited { artifact, .. } if upstream.contains(*artifact))
            });
            if edit.is_some() {
                return edit;
            }
        }
        answer.map(|(position, _)| position)
    }

    fn cause_of_dirt(
        &self,
        at: usize,
        action: ActionId,
        consumer: Option<ActionId>,
    ) -> Option<usize> {
        let loses = |event: &Event, of_action: bool| match *event {
            Event::LostInput { consumer: who, input, .. } => {
                Some(who) == consumer && (!of_action || self.graph.producer(input) == Some(action))
            }
            Event::LostOutput { artifact, .. } => {
                consumer.is_none() && (!of_action || self.graph.producer(artifact) == Some(action))
            }
            _ => false,
        };
        // Behind a symlink, what was lost is not an output of the action itself.
        self.latest(at, |event| loses(event, true))
            .or_else(|| self.latest(at, |event| loses(event, false)))
    }

    /// The eviction; without one the hit of the producer, whose entry was believed although the
    /// blob was gone before the trace began.
    fn cause_of_loss(
        &self,
        at: usize,
        artifact: Option<ArtifactId>,
        blob: BlobId,
    ) -> Option<usize> {
        self.evicted(at, CacheKind::Cas, blob).or_else(|| {
            let producer = self.graph.producer(artifact?)?;
            self.latest(
                at,
                |event| matches!(event, Event::CacheHit { action } if *action == producer),
            )
        })
    }

    /// The failure of the nearest producer, or else the first failure, which stopped the build.
    fn cause_of_skip(&self, at: usize, action: ActionId) -> Option<usize> {
        let start = self.attempt_start(at);
        let mut failed = IdSet::<ActionId>::with_capacity(self.graph.n_actions());
        for event in &self.events[start..at] {
            if let Event::Failed { action, .. } = event {
                failed.insert(*action);
            }
        }
        let culprit = self.nearest_producer(action, &failed);
        let failure = culprit.and_then(|culprit| {
            self.latest(at, |e| matches!(e, Event::Failed { action, .. } if *action == culprit))
        });
        failure.or_else(|| self.first_failure(at))
    }

    fn cause_of_answer(&self, at: usize, request: Request) -> Option<usize> {
        if request.verb == Verb::Put {
            let owner = request.owner?;
            return self.latest(at, |event| is_done(event, owner));
        }
        if request.status == Status::NotFound {
            return self.evicted(at, request.kind, request.blob);
        }
        None
    }

    /// The first failure or lost output of the attempt that the event at `at` belongs to.
    fn first_failure(&self, at: usize) -> Option<usize> {
        let start = self.attempt_start(at);
        let is_failure =
            |event: &Event| matches!(event, Event::Failed { .. } | Event::LostOutput { .. });
        self.events[start..at].iter().position(is_failure).map(|offset| start + offset)
    }

    /// What made `action` run again in this attempt, unless it has been done since.
    fn rerun_order(&self, at: usize, action: ActionId) -> Option<usize> {
        let found =
            self.in_attempt(at, |event| orders_rerun(event, action) || is_done(event, action))?;
        orders_rerun(&self.events[found], action).then_some(found)
    }

    /// The latest answer of the action cache to `action`: position and key.
    fn ac_answer(&self, at: usize, action: ActionId) -> Option<(usize, BlobId)> {
        let is_answer = |event: &Event| match event {
            Event::Asked(request) => {
                (request.kind, request.verb, request.owner)
                    == (CacheKind::Ac, Verb::Get, Some(action))
            }
            _ => false,
        };
        let found = self.in_attempt(at, is_answer)?;
        match self.events[found] {
            Event::Asked(request) => Some((found, request.blob)),
            _ => None,
        }
    }

    fn evicted(&self, at: usize, kind: CacheKind, blob: BlobId) -> Option<usize> {
        self.latest(at, |event| *event == Event::Evicted { kind, blob, tier: Tier::Remote })
    }

    fn latest(&self, at: usize, is_it: impl Fn(&Event) -> bool) -> Option<usize> {
        self.events[..at].iter().rposition(is_it)
    }

    fn in_attempt(&self, at: usize, is_it: impl Fn(&Event) -> bool) -> Option<usize> {
        let start = self.attempt_start(at);
        self.events[start..at].iter().rposition(is_it).map(|offset| start + offset)
    }

    fn attempt_start(&self, at: usize) -> usize {
        self.latest(at, |event| matches!(event, Event::BuildStarted { .. })).unwrap_or(0)
    }

    fn nearest_producer(&self, from: ActionId, wanted: &IdSet<ActionId>) -> Option<ActionId> {
        let mut seen = IdSet::<ActionId>::with_capacity(self.graph.n_actions());
        let mut queue = VecDeque::from([from]);
        while let Some(action) = queue.pop_front() {
            for &input in self.graph.inputs(action) {
                let Some(producer) = self.graph.producer(input) else { continue };
                if wanted.contains(producer) {
                    return Some(producer);
                }
                if seen.insert(producer) {
                    queue.push_back(producer);
                }
            }
        }
        None
    }

    /// All artifacts that `action` depends on, directly or not.
    fn upstream_artifacts(&self, action: ActionId) -> IdSet<ArtifactId> {
        let mut upstream = IdSet::with_capacity(self.graph.n_artifacts());
        let mut stack = vec![action];
        while let Some(action) = stack.pop() {
            for &input in self.graph.inputs(action) {
                if upstream.insert(input) {
                    stack.extend(self.graph.producer(input));
                }
            }
        }
        upstream
    }
}

/// The action whose state the event changes.
fn subject(event: &Event) -> Option<ActionId> {
    match *event {
        Event::LostInput { consumer, .. } => Some(consumer),
        Event::Reused { action }
        | Event::CacheHit { action }
        | Event::CacheMiss { action, .. }
        | Event::MarkedDirty { action, .. }
        | Event::Reset { action }
        | Event::Started { action }
        | Event::Executed { action, .. }
        | Event::Failed { action, .. }
        | Event::Skipped { action } => Some(action),
        _ => None,
    }
}

fn orders_rerun(event: &Event, action: ActionId) -> bool {
    match event {
        Event::MarkedDirty { action: who, .. } | Event::Reset { action: who } => *who == action,
        _ => false,
    }
}

fn is_done(event: &Event, action: ActionId) -> bool {
    match event {
        Event::Executed { action: who, .. }
        | Event::CacheHit { action: who }
        | Event::Made { action: who } => *who == action,
        _ => false,
    }
}

fn asked_in_vain(event: &Event, kind: CacheKind, blob: BlobId) -> bool {
    matches!(event, Event::Asked(r)
        if (r.kind, r.blob, r.status) == (kind, blob, Status::NotFound) && r.verb != Verb::Put)
}
