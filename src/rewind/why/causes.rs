//! One link of a chain: which earlier event led to an event.

use crate::model::{
    ActionId, ActionKind, ArtifactId, BlobId, CacheKind, Graph, Request, Status, Tier, Verb,
};
use crate::rewind::trace::{Event, FailReason, MissReason};

use super::index::{Index, before};
use super::subject;

/// A trace with its index.
pub(super) struct Past<'a> {
    pub graph: &'a Graph,
    pub events: &'a [Event],
    pub index: &'a Index,
}

impl Past<'_> {
    /// The latest of the first `step` events, of the running attempt, that says what `action` is.
    pub fn state_of(&self, action: ActionId, step: usize) -> Option<usize> {
        self.latest_in_attempt(step, action, |event| subject(event) == Some(action))
    }

    /// The event at `position` and all that led to it, latest first.
    pub fn chain(&self, position: usize) -> Vec<usize> {
        let mut chain = vec![position];
        let mut at = position;
        while let Some(cause) = self.cause(at) {
            assert!(cause < at, "a cause comes before its effect");
            chain.push(cause);
            at = cause;
        }
        chain
    }

    /// The event that led to the one at `at`.
    fn cause(&self, at: usize) -> Option<usize> {
        match self.events[at] {
            Event::Executed { action, .. } | Event::Started { action } => {
                Some(self.cause_of_execution(at, action))
            }
            Event::CacheMiss { action, reason } => self.cause_of_miss(at, action, reason),
            Event::CacheHit { action } => {
                self.rerun_order(at, action).or_else(|| self.ac_answer(at, action).map(|a| a.0))
            }
            Event::Reused { action } | Event::LeftRemote { action } => {
                self.latest(at, action, is_done)
            }
            Event::Made { action } | Event::UploadCancelled { action } => {
                self.rerun_order(at, action)
            }
            Event::MarkedDirty { action, consumer } => self.cause_of_dirt(at, action, consumer),
            Event::Outdated { producer, .. } => self.latest(at, producer, is_done),
            Event::Reset { action } => self.latest_in_attempt(at, action, is_loss),
            Event::Failed { action, reason } => self.cause_of_failure(at, action, reason),
            Event::LostInput { input: artifact, blob, .. }
            | Event::LostOutput { artifact, blob } => self.cause_of_loss(at, artifact, blob),
            Event::LossReported { consumer } => self.cause_of_report(at, consumer),
            Event::Skipped { action } => self.cause_of_skip(at, action),
            Event::Asked(request) => self.cause_of_answer(at, request),
            Event::Materialized { for_action, .. } => self.state_of(for_action?, at),
            Event::Rewound { consumer: Some(consumer), .. } => {
                self.latest_in_attempt(at, consumer, is_loss)
            }
            Event::Rewound { consumer: None, .. } => self.latest_loss(at),
            Event::Retrying { .. } | Event::BuildFinished { success: false, .. } => {
                self.failure(at)
            }
            Event::BuildStarted { attempt: 2.., .. } => last(&self.index.retries, at),
            Event::BuildStarted { .. }
            | Event::BuildFinished { success: true, .. }
            | Event::Clock { .. }
            | Event::Evicted { .. }
            | Event::Edited { .. }
            | Event::Cleaned
            | Event::ServerRestarted
            | Event::Deleted { .. } => None,
        }
    }

    /// It executes because its lookup failed, or was made to run again; else because it is built
    /// at all.
    fn cause_of_execution(&self, at: usize, action: ActionId) -> usize {
        let is_miss = |event: &Event| matches!(event, Event::CacheMiss { .. });
        let found = self.latest_in_attempt(at, action, |event| is_miss(event) || is_order(event));
        let Some(found) = found else { return self.index.attempt_start(at) };
        match self.events[found] {
            // A lookup that was not made explains nothing: what made it run again does.
            Event::CacheMiss { reason: MissReason::NotAsked, .. } => {
                self.rerun_order(found, action).unwrap_or(found)
            }
            _ => found,
        }
    }

    fn cause_of_miss(&self, at: usize, action: ActionId, reason: MissReason) -> Option<usize> {
        if let Some(order) = self.rerun_order(at, action) {
            return Some(order);
        }
        match reason {
            MissReason::NoEntry => self.cause_of_no_entry(at, action),
            MissReason::BlobLost(blob) => self
                .evicted(at, CacheKind::Cas, blob)
                .or_else(|| self.latest_of_blob(at, blob, |event| is_vain(event, CacheKind::Cas)))
                .or_else(|| self.ac_answer(at, action).map(|answer| answer.0)),
            // What a hit lacks is not remembered, only what somebody lost (P18).
            MissReason::NamesLost(blob) => self.latest_of_blob(at, blob, |event| {
                matches!(event, Event::LostInput { .. } | Event::LostOutput { .. })
            }),
            MissReason::Broken => self.ac_answer(at, action).map(|answer| answer.0),
            MissReason::NotAsked => Some(self.index.attempt_start(at)),
        }
    }

    /// Evicted; or the key is another, since something upstream changed; or the server verifies
    /// and something that the entry refers to is gone; or it was never there.
    fn cause_of_no_entry(&self, at: usize, action: ActionId) -> Option<usize> {
        let answer = self.ac_answer(at, action);
        let known = self.graph.digests(action).key;
        let key = answer.map(|(_, key)| key).or(known);
        if let Some(evicted) = key.and_then(|key| self.evicted(at, CacheKind::Ac, key)) {
            return Some(evicted);
        }
        let changed = if key == known { None } else { self.cause_of_change(at, action) };
        changed
            .or_else(|| self.evicted_of_closure(at, action))
            .or(answer.map(|(position, _)| position))
    }

    /// The latest eviction of something that the entry of `action` refers to.
    fn evicted_of_closure(&self, at: usize, action: ActionId) -> Option<usize> {
        let graph = self.graph;
        let files = graph.outputs(action).iter().flat_map(|&output| {
            std::iter::once(output).chain(graph.tree_files(output).iter().copied())
        });
        let digests = graph.digests(action);
        let blobs = files.filter_map(|artifact| graph.blob(artifact));
        let all = blobs.chain(digests.stdout).chain(digests.stderr);
        all.filter_map(|blob| self.evicted_from(at, CacheKind::Cas, blob, Tier::Remote)).max()
    }

    /// The loss that `action` is dirtied for: of one of its own outputs if the consumer lost
    /// several, of another behind a symlink.
    fn cause_of_dirt(
        &self,
        at: usize,
        action: ActionId,
        consumer: Option<ActionId>,
    ) -> Option<usize> {
        let is_own = |artifact| self.graph.producer(artifact) == Some(action);
        let Some(consumer) = consumer else {
            let start = self.index.attempt_start(at);
            let losses = before(&self.index.losses, at).iter().rev().map(|&p| p as usize);
            let of_build = losses
                .take_while(|&position| position >= start)
                .filter(|&position| matches!(self.events[position], Event::LostOutput { .. }));
            let own = of_build.clone().find(|&position| match self.events[position] {
                Event::LostOutput { artifact, .. } => is_own(artifact),
                _ => false,
            });
            return own.or_else(|| of_build.clone().next());
        };
        let latest = self.latest_in_attempt(at, consumer, is_loss)?;
        // Those that were found together: with nothing but requests between them.
        let row = self.index.of_action(consumer, latest + 1).iter().rev().map(|&p| p as usize);
        let together = row.take_while(|&position| {
            matches!(self.events[position], Event::LostInput { .. } | Event::Asked(_))
        });
        let own = together.into_iter().find(|&position| match self.events[position] {
            Event::LostInput { input, .. } => is_own(input),
            _ => false,
        });
        Some(own.unwrap_or(latest))
    }

    fn cause_of_failure(&self, at: usize, action: ActionId, reason: FailReason) -> Option<usize> {
        let is_error = |event: &Event| match event {
            Event::Asked(request) => request.status == Status::Error,
            Event::LossReported { .. } => true,
            _ => false,
        };
        let error = match reason {
            FailReason::IoError => self.latest_in_attempt(at, action, is_error),
            _ => None,
        };
        error.or_else(|| self.latest_in_attempt(at, action, is_loss))
    }

    /// The eviction; without one what was believed although the blob was not there: the hit of its
    /// producer, or that its uploads would end.
    fn cause_of_loss(&self, at: usize, artifact: ArtifactId, blob: BlobId) -> Option<usize> {
        self.evicted(at, CacheKind::Cas, blob)
            .or_else(|| {
                let writer = self.writer(artifact, blob)?;
                self.latest(at, writer, |event| {
                    is_done(event) || matches!(event, Event::UploadCancelled { .. })
                })
            })
            .or_else(|| self.latest_of_blob(at, blob, |event| is_vain(event, CacheKind::Cas)))
    }

    /// The action that writes what `artifact` holds: not a symlink to it.
    fn writer(&self, artifact: ArtifactId, blob: BlobId) -> Option<ActionId> {
        let mut writer = self.graph.producer(artifact)?;
        while self.graph.action_kind(writer) != ActionKind::Spawn {
            let inputs = self.graph.inputs(writer).iter();
            let same = inputs.copied().find(|&input| self.graph.blob(input) == Some(blob));
            match same.and_then(|input| self.graph.producer(input)) {
                Some(behind) => writer = behind,
                None => break,
            }
        }
        Some(writer)
    }

    /// The latest eviction of what the worker was to read: an untyped report names none, but the
    /// existence checks before it do.
    fn cause_of_report(&self, at: usize, consumer: ActionId) -> Option<usize> {
        let start = self.index.attempt_start(at);
        let row = self.index.of_action(consumer, at).iter().rev().map(|&p| p as usize);
        let recent = row.take_while(|&position| {
            let event = &self.events[position];
            position >= start && !matches!(event, Event::CacheMiss { .. }) && !is_order(event)
        });
        let mut taken = None;
        for position in recent {
            if let Event::Asked(Request { verb: Verb::Find, kind, blob, .. }) =
                self.events[position]
            {
                taken = taken.max(self.evicted_from(at, kind, blob, Tier::Remote));
            }
        }
        let is_start = |event: &Event| matches!(event, Event::Started { .. });
        taken.or_else(|| self.latest_in_attempt(at, consumer, is_start))
    }

    fn cause_of_answer(&self, at: usize, request: Request) -> Option<usize> {
        let Request { verb, kind, blob, owner, tier, status } = request;
        match (verb, status) {
            (Verb::Put, _) => self.cause_of_upload(at, kind, blob, owner),
            (_, Status::Ok) => None,
            (Verb::Get, _) if kind == CacheKind::Ac => self
                .evicted_from(at, kind, blob, tier)
                .or_else(|| self.evicted_of_closure(at, owner?)),
            _ => self.evicted_from(at, kind, blob, tier),
        }
    }

    /// An execution; or a check that found the blob gone while the client still had it.
    fn cause_of_upload(
        &self,
        at: usize,
        kind: CacheKind,
        blob: BlobId,
        owner: Option<ActionId>,
    ) -> Option<usize> {
        let checked = self.latest_of_blob(at, blob, |event| {
            is_vain(event, kind) || matches!(event, Event::Asked(r) if r.verb == Verb::Put)
        });
        let checked = checked.filter(|&position| {
            matches!(self.events[position], Event::Asked(r)
                if r.verb == Verb::Find && r.owner == owner)
        });
        checked.max(owner.and_then(|owner| self.latest(at, owner, is_done)))
    }

    /// What failed first in the attempt of the event at `at`; where no action did, the last output
    /// that was lost or could not be read.
    pub fn failure(&self, at: usize) -> Option<usize> {
        let start = self.index.attempt_start(at);
        let n_before = before(&self.index.failures, start).len();
        let failed = before(&self.index.failures, at).get(n_before).map(|&p| p as usize);
        failed.or_else(|| {
            let errors = before(&self.index.errors, at).iter().rev().map(|&p| p as usize);
            let mut in_attempt = errors.take_while(|&position| position >= start);
            let error = in_attempt.find(|&position| !self.is_taken_for_miss(position));
            error.max(self.latest_loss(at))
        })
    }

    /// Whether the read at `at` belongs to a hit which it turned into a miss.
    fn is_taken_for_miss(&self, at: usize) -> bool {
        // The reads of a hit follow one another, and its end follows them.
        let after = self.events[at..].iter();
        let mut told = after.skip_while(|e| matches!(e, Event::Asked(_) | Event::Evicted { .. }));
        let Event::Asked(Request { owner, .. }) = self.events[at] else { return false };
        matches!(told.next(), Some(Event::CacheMiss { action, .. }) if Some(*action) == owner)
    }

    fn latest_loss(&self, at: usize) -> Option<usize> {
        let start = self.index.attempt_start(at);
        last(&self.index.losses, at).filter(|&position| position >= start)
    }

    /// What made `action` run again in this attempt, unless it has been done since.
    fn rerun_order(&self, at: usize, action: ActionId) -> Option<usize> {
        let found =
            self.latest_in_attempt(at, action, |event| is_order(event) || is_done(event))?;
        is_order(&self.events[found]).then_some(found)
    }

    /// The latest answer of the action cache to `action` in this attempt: position and key.
    fn ac_answer(&self, at: usize, action: ActionId) -> Option<(usize, BlobId)> {
        let found = self.latest_in_attempt(at, action, is_ac_answer)?;
        match self.events[found] {
            Event::Asked(request) => Some((found, request.blob)),
            _ => None,
        }
    }

    /// The eviction that explains why neither cache, or the only one, has it.
    fn evicted(&self, at: usize, kind: CacheKind, blob: BlobId) -> Option<usize> {
        let from = |tier| self.evicted_from(at, kind, blob, tier);
        from(Tier::Remote).or_else(|| from(Tier::Disk))
    }

    /// The latest eviction, if nothing was uploaded since.
    fn evicted_from(&self, at: usize, kind: CacheKind, blob: BlobId, of: Tier) -> Option<usize> {
        let found = self.latest_of_blob(at, blob, |event| match *event {
            Event::Evicted { kind: half, tier, .. } => (half, tier) == (kind, of),
            Event::Asked(r) => {
                (r.verb, r.kind, r.tier, r.status) == (Verb::Put, kind, of, Status::Ok)
            }
            _ => false,
        })?;
        matches!(self.events[found], Event::Evicted { .. }).then_some(found)
    }

    /// The latest event before `at` that `action` does or suffers and that `is_it`.
    pub fn latest(
        &self,
        at: usize,
        action: ActionId,
        is_it: impl Fn(&Event) -> bool,
    ) -> Option<usize> {
        let row = self.index.of_action(action, at).iter().rev().map(|&p| p as usize);
        row.into_iter().find(|&position| is_it(&self.events[position]))
    }

    fn latest_in_attempt(
        &self,
        at: usize,
        action: ActionId,
        is_it: impl Fn(&Event) -> bool,
    ) -> Option<usize> {
        let start = self.index.attempt_start(at);
        let row = self.index.of_action(action, at).iter().rev().map(|&p| p as usize);
        let mut in_attempt = row.take_while(|&position| position >= start);
        in_attempt.find(|&position| is_it(&self.events[position]))
    }

    fn latest_of_blob(
        &self,
        at: usize,
        blob: BlobId,
        is_it: impl Fn(&Event) -> bool,
    ) -> Option<usize> {
        let row = self.index.of_blob(blob, at).iter().rev().map(|&p| p as usize);
        row.into_iter().find(|&position| is_it(&self.events[position]))
    }
}

fn last(positions: &[u32], at: usize) -> Option<usize> {
    before(positions, at).last().map(|&position| position as usize)
}

fn is_order(event: &Event) -> bool {
    matches!(event, Event::MarkedDirty { .. } | Event::Reset { .. } | Event::Outdated { .. })
}

pub(super) fn is_done(event: &Event) -> bool {
    matches!(event, Event::Executed { .. } | Event::CacheHit { .. } | Event::Made { .. })
}

fn is_loss(event: &Event) -> bool {
    matches!(event, Event::LostInput { .. } | Event::LossReported { .. })
}

pub(super) fn is_ac_answer(event: &Event) -> bool {
    matches!(event, Event::Asked(r) if (r.kind, r.verb) == (CacheKind::Ac, Verb::Get))
}

/// A read or a check that did not find the blob.
fn is_vain(event: &Event, kind: CacheKind) -> bool {
    matches!(event, Event::Asked(r)
        if r.kind == kind && r.status != Status::Ok && r.verb != Verb::Put)
}
