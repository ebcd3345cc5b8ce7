//! The two caches: what they hold, answer, and lose (P10, P25-P29, P34).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rewindow::model::{ActionId, BlobId, CacheKind, Request, Status, Tier, Verb};
use rewindow::rewind::{CachePolicy, Event, ForgetsLost, Lifetime, RemembersLost, Report};

use super::sim::Sim;
use super::world::Entry;

/// One cache.
#[derive(Clone, Debug, Default)]
pub struct Store {
    pub ac: BTreeMap<BlobId, Entry>,
    pub cas: BTreeSet<BlobId>,
    /// When each was used last: the clock, and how many uses there had been.
    pub used: BTreeMap<(CacheKind, BlobId), (u64, u64)>,
    /// What is gone without being called gone (P9, P34).
    pub untyped: BTreeSet<(CacheKind, BlobId)>,
}

impl Store {
    pub fn has(&self, kind: CacheKind, blob: BlobId) -> bool {
        match kind {
            CacheKind::Ac => self.ac.contains_key(&blob),
            CacheKind::Cas => self.cas.contains(&blob),
        }
    }

    /// All of one half, ascending.
    pub fn all(&self, kind: CacheKind) -> Vec<BlobId> {
        match kind {
            CacheKind::Ac => self.ac.keys().copied().collect(),
            CacheKind::Cas => self.cas.iter().copied().collect(),
        }
    }

    /// The entries that refer to a blob, ascending.
    fn referring(&self, blob: BlobId) -> Vec<BlobId> {
        let entries = self.ac.iter().filter(|(_, entry)| entry.closure.contains(&blob));
        entries.map(|(&key, _)| key).collect()
    }
}

impl Sim<'_> {
    pub fn store(&mut self, tier: Tier) -> &mut Store {
        match tier {
            Tier::Remote => &mut self.remote,
            Tier::Disk => self.disk.as_mut().expect("there is a disk cache"),
        }
    }

    /// Asks whichever cache has it; what the remote one serves goes to the disk one (P25).
    pub fn read(&mut self, kind: CacheKind, blob: BlobId, owner: Option<ActionId>) -> Status {
        if self.disk.is_some() && self.ask(Verb::Get, Tier::Disk, kind, blob, owner) == Status::Ok {
            return Status::Ok;
        }
        let status = self.ask(Verb::Get, Tier::Remote, kind, blob, owner);
        if status == Status::Ok && self.disk.is_some() {
            let entry = self.remote.ac.get(&blob).cloned();
            self.put(Tier::Disk, kind, blob, entry, owner);
        }
        status
    }

    /// One request that is no upload.
    pub fn ask(
        &mut self,
        verb: Verb,
        tier: Tier,
        kind: CacheKind,
        blob: BlobId,
        owner: Option<ActionId>,
    ) -> Status {
        self.settle();
        let status = self.answer(verb, tier, kind, blob);
        if status == Status::Ok {
            self.touch(tier, kind, blob);
            let touches = self.scenario.server.lifetime == Lifetime::TouchesBlobs;
            if kind == CacheKind::Ac && tier == Tier::Remote && touches {
                for blob in self.remote.ac[&blob].closure.clone() {
                    self.touch(Tier::Remote, CacheKind::Cas, blob);
                }
            }
        }
        self.note(Event::Asked(Request { verb, tier, kind, blob, status, owner }));
        status
    }

    fn answer(&mut self, verb: Verb, tier: Tier, kind: CacheKind, blob: BlobId) -> Status {
        let checks = match tier {
            Tier::Remote => self.scenario.server.policy == CachePolicy::Verified,
            Tier::Disk => {
                self.engine.checks_disk_ac
                    || self.looks_at_dirty && self.engine.checks_disk_ac_on_replay
            }
        };
        let empty = self.world.empty.clone();
        let store = self.store(tier);
        let untyped = store.untyped.contains(&(kind, blob));
        let there = |b: &BlobId| {
            store.cas.contains(b)
                || empty.contains(b)
                || store.untyped.contains(&(CacheKind::Cas, *b))
        };
        let whole = |entry: &Entry| entry.closure.iter().all(there);
        let served = match kind {
            CacheKind::Ac => store.ac.get(&blob).is_some_and(|e| !checks || whole(e)),
            CacheKind::Cas => store.cas.contains(&blob),
        };
        match (served, untyped, verb) {
            (true, ..) | (false, true, Verb::Find) => Status::Ok,
            (false, true, _) => Status::Error,
            (false, false, _) => Status::NotFound,
        }
    }

    fn touch(&mut self, tier: Tier, kind: CacheKind, blob: BlobId) {
        self.n_uses += 1;
        let time = (self.clock, self.n_uses);
        self.store(tier).used.insert((kind, blob), time);
    }

    /// P18.
    pub fn remember(&mut self, blob: BlobId) {
        self.lost_something = true;
        if self.engine.remembers_needs_retries && self.engine.retries == 0 {
            return;
        }
        match self.engine.remembers_lost {
            RemembersLost::No => false,
            RemembersLost::AtOnce => self.lost_digests.insert(blob),
            RemembersLost::FromNextAttempt => self.lost_later.insert(blob),
        };
    }

    /// One upload, and what follows from it.
    pub fn put(
        &mut self,
        tier: Tier,
        kind: CacheKind,
        blob: BlobId,
        entry: Option<Entry>,
        owner: Option<ActionId>,
    ) {
        self.settle();
        let store = self.store(tier);
        match kind {
            CacheKind::Ac => {
                let entry = entry.expect("an entry says something");
                store.ac.insert(blob, entry.clone());
                // For one key both caches name the same (P25): what is in the remote one.
                if let Some(disk) = self.disk.as_mut().filter(|_| tier == Tier::Remote) {
                    disk.ac.entry(blob).and_modify(|other| *other = entry);
                }
            }
            CacheKind::Cas => {
                store.cas.insert(blob);
            }
        }
        let store = self.store(tier);
        store.untyped.remove(&(kind, blob));
        self.touch(tier, kind, blob);
        let is_blob = tier == Tier::Remote && kind == CacheKind::Cas;
        if is_blob && self.engine.forgets_lost == ForgetsLost::OnUpload {
            self.lost_digests.remove(&blob);
            self.lost_later.remove(&blob);
        }
        let (verb, status) = (Verb::Put, Status::Ok);
        self.note(Event::Asked(Request { verb, tier, kind, blob, status, owner }));
        self.take_upload(tier, kind, blob);
        if tier == Tier::Remote {
            self.keep_within_capacity(kind);
        }
    }

    /// P28.
    fn keep_within_capacity(&mut self, kind: CacheKind) {
        loop {
            let capacity = self.scenario.server.capacity;
            let too_much = match kind {
                CacheKind::Ac => {
                    capacity.ac_entries.is_some_and(|n| self.remote.ac.len() as u64 > n)
                }
                CacheKind::Cas => {
                    let sizes = self.remote.cas.iter().map(|b| self.world.sizes.get(b));
                    let held: u64 = sizes.map(|size| size.copied().unwrap_or(1)).sum();
                    capacity.cas_bytes.is_some_and(|n| held > n)
                }
            };
            let mut candidates = self.remote.all(kind);
            candidates.retain(|&blob| !self.is_kept(Tier::Remote, kind, blob));
            let oldest =
                candidates.into_iter().min_by_key(|&b| (self.remote.used.get(&(kind, b)), b));
            match oldest {
                Some(blob) if too_much => self.evict(Tier::Remote, kind, blob, Report::Typed),
                _ => return,
            };
        }
    }

    fn is_kept(&self, tier: Tier, kind: CacheKind, blob: BlobId) -> bool {
        tier == Tier::Remote
            && kind == CacheKind::Cas
            && self.scenario.server.lifetime == Lifetime::KeepsBlobs
            && !self.remote.referring(blob).is_empty()
    }

    /// P29: evicts it, if it is there and may go, and what goes with it; says whether it did.
    pub fn evict(&mut self, tier: Tier, kind: CacheKind, blob: BlobId, report: Report) -> bool {
        self.strike_steps();
        if !self.store(tier).has(kind, blob) || self.is_kept(tier, kind, blob) {
            return false;
        }
        let together =
            tier == Tier::Remote && self.scenario.server.lifetime == Lifetime::EvictsTogether;
        let mut left = VecDeque::from([(kind, blob)]);
        while let Some((kind, blob)) = left.pop_front() {
            self.settle();
            let store = self.store(tier);
            if !store.has(kind, blob) {
                continue;
            }
            let more: Vec<(CacheKind, BlobId)> = match kind {
                CacheKind::Cas => {
                    store.referring(blob).into_iter().map(|k| (CacheKind::Ac, k)).collect()
                }
                CacheKind::Ac => {
                    store.ac[&blob].closure.iter().map(|&b| (CacheKind::Cas, b)).collect()
                }
            };
            store.ac.retain(|key, _| kind != CacheKind::Ac || *key != blob);
            store.cas.retain(|b| kind != CacheKind::Cas || *b != blob);
            let untyped = report == Report::Untyped && kind == CacheKind::Cas;
            match untyped && tier == Tier::Remote {
                true => store.untyped.insert((kind, blob)),
                false => store.untyped.remove(&(kind, blob)),
            };
            if kind == CacheKind::Cas {
                self.run.put.remove(&(tier, blob));
            }
            self.note(Event::Evicted { kind, blob, tier });
            if together {
                left.extend(more);
            }
        }
        true
    }
}
