//! Whose the reads and uploads of blobs are (O3, O8, O9).

use crate::model::{ActionId, BlobId, CacheKind, Id, Status, Verb};
use crate::rewind::trace::{Event, MissReason};

use super::tell::{Known, READERS_MAX, Teller};

impl Teller<'_> {
    /// Whether `action` may have executed just now: its entry is stored later, or, where the log
    /// ends before, it had to execute and nobody else uploads what it yields.
    fn is_ready(&self, action: ActionId, at: usize) -> bool {
        let known = self.known[action.index()];
        match self.positions.next_execution(action, at) {
            None => known == Known::Open && !self.positions.has_workers(),
            Some(_) => {
                let execution = self.positions.next_local(action, at);
                let is_new = |execution| !self.told.contains(&(action, execution));
                known != Known::Nothing && execution.is_some_and(is_new)
            }
        }
    }

    /// Whether `action` has executed and its entry is still to be stored.
    fn is_uploading(&self, action: ActionId, at: usize) -> bool {
        let execution = self.positions.next_local(action, at);
        execution.is_some_and(|execution| self.told.contains(&(action, execution)))
    }

    /// O8, O9: an upload, or the question before it.
    pub(super) fn upload(
        &mut self,
        at: usize,
        verb: Verb,
        blob: BlobId,
        status: Status,
        owner: Option<ActionId>,
    ) {
        let uploaders: Vec<ActionId> = self.roles.uploaders(blob).collect();
        let near = |is: &dyn Fn(&Self, ActionId) -> bool| -> Vec<ActionId> {
            let mine = uploaders.iter().copied().filter(|&a| owner.is_none_or(|o| o == a));
            let mut found: Vec<ActionId> = mine.filter(|&action| is(self, action)).collect();
            found.dedup();
            found
        };
        let uploading = near(&|teller, action| teller.is_uploading(action, at));
        // Who has its outputs from its entry has nothing to offer.
        let is_open = |teller: &Self, action: ActionId| {
            verb == Verb::Put || teller.known[action.index()] == Known::Open
        };
        let ready = near(&|teller, action| is_open(teller, action) && teller.is_ready(action, at));
        let who = match (&uploading[..], &ready[..]) {
            (&[], &[only]) => {
                self.execute(only, at);
                Some(only)
            }
            (&[only], &[]) => Some(only),
            _ => None,
        };
        self.ask(verb, CacheKind::Cas, blob, status, owner.or(who));
        let is_offered = uploaders.iter().any(|&action| is_open(self, action))
            || !uploading.is_empty()
            || uploaders.is_empty();
        let is_question = verb == Verb::Put || is_offered && self.positions.is_uploaded(blob, at);
        if status == Status::NotFound && !is_question {
            self.lose_asked(at, blob, owner);
        }
    }

    pub(super) fn read(
        &mut self,
        at: usize,
        blob: BlobId,
        status: Status,
        owner: Option<ActionId>,
    ) {
        if let Some(&action) = self.turned.get(&at) {
            self.ask(Verb::Get, CacheKind::Cas, blob, status, Some(action));
            *self.known(action) = Known::Open;
            let reason = MissReason::BlobLost(blob);
            return self.events.push(Event::CacheMiss { action, reason });
        }
        if status == Status::NotFound {
            return self.lose_read(at, blob, owner);
        }
        let hit = self.settling(blob);
        let owner = owner.or(hit).or_else(|| self.only_reader(blob));
        self.ask(Verb::Get, CacheKind::Cas, blob, status, owner);
        let artifact = self.roles.artifact_near(blob, owner);
        let artifact = artifact.filter(|&artifact| !self.graph().is_in_memory(artifact));
        if let (Some(artifact), Status::Ok) = (artifact, status) {
            let for_action =
                owner.filter(|owner| !self.graph().outputs(*owner).contains(&artifact));
            self.events.push(Event::Materialized { artifact, for_action });
        }
    }

    /// The only action that has found its entry and may be fetching its output `blob`.
    fn settling(&self, blob: BlobId) -> Option<ActionId> {
        let is_asked = |action: &&ActionId| self.known[action.index()] == Known::Asked;
        let mut asked = self.roles.makers(blob).iter().filter(is_asked);
        asked.next().copied().filter(|_| asked.next().is_none())
    }

    /// The only action that has to execute and reads `blob`.
    fn only_reader(&self, blob: BlobId) -> Option<ActionId> {
        let readers = self.roles.readers(blob, READERS_MAX);
        let is_open = |action: &&ActionId| self.known[action.index()] == Known::Open;
        let mut open = readers.iter().filter(is_open);
        let only = open.next().copied().filter(|_| open.next().is_none());
        only.filter(|_| readers.len() <= READERS_MAX)
    }
}
