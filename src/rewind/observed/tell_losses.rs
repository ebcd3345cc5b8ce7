//! Whose loss a blob is that was not there (O10).

use std::collections::{HashMap, HashSet};

use crate::model::{ActionId, BlobId, CacheKind, Id, Request, Status, Tier, Verb};
use crate::rewind::trace::{Event, FailReason};

use super::tell::{Known, Teller};

/// A blob that more commands read is nobody's loss in particular.
const READERS_MAX: usize = 4096;

/// The losses of an attempt that nobody has made good yet.
#[derive(Default)]
pub struct Losses {
    /// By who makes the blob: who found it lost (`None`: the build).
    open: HashMap<ActionId, Vec<Option<ActionId>>>,
    /// Consumers for which a round of rewinding has begun.
    rounds: HashSet<Option<ActionId>>,
    /// Who found which blob lost.
    found: HashSet<(ActionId, BlobId)>,
}

impl Losses {
    /// Takes out who found lost what `maker` makes, each once.
    pub fn take_of(&mut self, maker: ActionId) -> Vec<Option<ActionId>> {
        self.open.remove(&maker).unwrap_or_default()
    }

    /// Whether a round for `consumer` begins now, rather than goes on.
    pub fn begin_round(&mut self, consumer: Option<ActionId>) -> bool {
        self.rounds.insert(consumer)
    }

    /// What `consumer` lost before is behind it.
    pub fn forget(&mut self, consumer: ActionId) {
        self.rounds.remove(&Some(consumer));
    }

    fn add(&mut self, makers: &[ActionId], consumer: Option<ActionId>, blob: BlobId) {
        self.found.extend(consumer.map(|consumer| (consumer, blob)));
        for &maker in makers {
            let open = self.open.entry(maker).or_default();
            if !open.contains(&consumer) {
                open.push(consumer);
            }
        }
    }
}

impl Teller<'_> {
    /// A blob was read in vain.
    pub(super) fn lose_read(&mut self, at: usize, blob: BlobId, owner: Option<ActionId>) {
        let consumer = self.consumer(at, blob, owner);
        self.request(Verb::Get, blob, owner.or(consumer));
        self.lost(blob, consumer);
    }

    /// A blob was asked after, is not there and is not uploaded either.
    pub(super) fn lose_asked(&mut self, at: usize, blob: BlobId, owner: Option<ActionId>) {
        if let Some(consumer) = self.consumer(at, blob, owner) {
            self.lost(blob, Some(consumer));
        }
    }

    /// A worker lacks a blob.
    pub(super) fn lose(&mut self, at: usize, blob: BlobId, owner: Option<ActionId>) {
        if let Some(consumer) = self.consumer(at, blob, owner) {
            self.lost(blob, Some(consumer));
        }
    }

    fn request(&mut self, verb: Verb, blob: BlobId, owner: Option<ActionId>) {
        let (tier, kind) = (Tier::Remote, CacheKind::Cas);
        let status = Status::NotFound;
        let request = Request { verb, tier, kind, blob, status, owner };
        self.events.push(Event::Asked(request));
    }

    fn lost(&mut self, blob: BlobId, consumer: Option<ActionId>) {
        let makers = self.roles.makers(blob);
        let artifact = match consumer {
            Some(consumer) => self.roles.input_of(consumer, blob),
            None => self.roles.artifact_near(blob, None),
        };
        match (consumer, artifact) {
            (Some(consumer), Some(input)) => {
                *self.known(consumer) = Known::Lost;
                self.losses.add(makers, Some(consumer), blob);
                self.events.push(Event::LostInput { consumer, input, blob });
            }
            (None, Some(artifact)) if self.is_for_build(blob) => {
                self.losses.add(makers, None, blob);
                self.events.push(Event::LostOutput { artifact, blob });
            }
            _ => {}
        }
    }

    /// Whether only the build itself can have asked for `blob`: it is made, and nobody who is to
    /// execute reads it.
    fn is_for_build(&self, blob: BlobId) -> bool {
        let is_done = |action: &ActionId| self.known[action.index()] == Known::Done;
        let is_open =
            |action: &ActionId| matches!(self.known[action.index()], Known::Open | Known::Lost);
        let readers = self.roles.readers(blob, READERS_MAX);
        self.roles.makers(blob).iter().any(is_done)
            && readers.len() <= READERS_MAX
            && !readers.iter().any(is_open)
    }

    /// Who found `blob` lost: as the log tells, else as the build tool prints, else the only one
    /// that can have.
    fn consumer(&self, at: usize, blob: BlobId, owner: Option<ActionId>) -> Option<ActionId> {
        let is_open =
            |action: &ActionId| matches!(self.known[action.index()], Known::Open | Known::Lost);
        if owner.is_some() {
            return owner.filter(is_open);
        }
        let readers = self.roles.readers(blob, READERS_MAX);
        if readers.len() > READERS_MAX {
            return None;
        }
        let is_new = |action: &ActionId| !self.losses.found.contains(&(*action, blob));
        let open: Vec<ActionId> = readers.into_iter().filter(is_open).filter(is_new).collect();
        if let &[only] = &open[..] {
            return Some(only);
        }
        let printed = self.observed.losses.iter().filter(|loss| loss.blob == Some(blob));
        if let Some(named) = printed.filter_map(|loss| loss.consumer).find(|c| open.contains(c)) {
            return Some(named);
        }
        let ends: Vec<ActionId> =
            open.iter().copied().filter(|&action| !self.positions.is_active(action, at)).collect();
        let is_each = self.positions.n_vain(blob) >= ends.len();
        ends.first().copied().filter(|_| ends.len() == 1 || is_each)
    }

    /// O10: who lost an input and did not go on has failed, right after its last loss.
    pub(super) fn tell_failures(&mut self, first_event: usize) {
        let mut last: HashMap<ActionId, usize> = HashMap::new();
        for (at, event) in self.events.iter().enumerate().skip(first_event) {
            if let Event::LostInput { consumer, .. } | Event::LossReported { consumer } = event
                && self.known[consumer.index()] == Known::Lost
            {
                last.insert(*consumer, at);
            }
        }
        let is_over = |action: &ActionId| self.known[action.index()] == Known::Open;
        let named: Vec<ActionId> = self.observed.failed.iter().copied().filter(is_over).collect();
        let reason = FailReason::LostInputs;
        let rest = self.events.split_off(first_event);
        for (i, event) in rest.into_iter().enumerate() {
            self.events.push(event);
            if let Event::LostInput { consumer, .. } | Event::LossReported { consumer } = event
                && last.get(&consumer) == Some(&(first_event + i))
            {
                self.events.push(Event::Failed { action: consumer, reason });
            }
        }
        self.events.extend(named.into_iter().map(|action| Event::Failed { action, reason }));
    }
}
